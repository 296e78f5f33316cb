"""`meltano run tap-twitter-ads-async target-postgres`, as users run it, into a real PostgreSQL: twice, with changes."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from datetime import datetime

import pytest

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tests.support.meltano_home import MELTANO, ROOT, MeltanoHome
from tests.warehouses.pipes import run
from tests.warehouses.tables import Tables, connection, far_from_utc
from tests.warehouses.worlds import SPEND, correct_spend, stop_ads, yesterday

if t.TYPE_CHECKING:
    from pathlib import Path

    from throwaway_postgres import PostgresServer

    from tests.warehouses.messages import Json, Key, Rows

pytestmark = pytest.mark.slow

SCHEMA = "tap_twitter_ads_async"  # what meltano.yml gives the loader
WORLD = SimulatorOptions(
    accounts=2, campaigns_per_account=2, days=6, job_latency=0.1, rate_limit_scale=0, revisions=False
)
KEY = ("account_id", "entity_id", "placement", "granularity", "start_time")


@dataclass(frozen=True)
class Project:
    """Meltano's view of this checkout, with a state of its own."""

    folder: Path
    home: MeltanoHome
    simulator: Simulator
    server: PostgresServer

    def run(self, *, use_copy: bool) -> None:
        """Run Meltano's job."""
        tap = self.simulator.config(end_date=yesterday(), window_days=2)
        names = ("host", "port", "user", "password", "database")
        variables = {
            **self.home.variables("target-postgres"),
            **{f"TAP_TWITTER_ADS_ASYNC_{name.upper()}": str(value) for name, value in tap.items()},
            **{f"TARGET_POSTGRES_{name.upper()}": str(getattr(self.server, name)) for name in names},
            "TARGET_POSTGRES_USE_COPY": str(use_copy).lower(),
            "TAP_TWITTER_ADS_ASYNC__SELECT": json.dumps(["campaigns.*", "campaign_stats.*"]),
            "MELTANO_STATE_BACKEND_URI": (self.folder / "state").as_uri(),
        }
        run([MELTANO, f"--cwd={ROOT}", "run", "tap-twitter-ads-async", "target-postgres"], variables=variables)

    def partitions(self, stream: str) -> list[Json]:
        """Return the bookmarks of a stream that Meltano keeps."""
        (file,) = self.folder.glob("state/*/state.json")
        state = json.loads(file.read_text("utf-8"))["completed"]["singer_state"]
        return t.cast("list[Json]", state["bookmarks"][stream]["partitions"])


def truth(simulator: Simulator) -> Rows:
    """Return what the simulator says happened: key columns, and the figures that are not zero."""
    end, start = yesterday(), simulator.api.world.start_day.isoformat()
    rows = [row for a in simulator.api.world.accounts for row in simulator.truth(a, "CAMPAIGN", "DAY", start, end)]
    return {as_key(row): row["metrics"] for row in rows}


def as_key(row: t.Mapping[str, t.Any]) -> Key:
    """Return the key of a row of the truth as the database has it."""
    start = datetime.fromisoformat(row["start_time"].replace("Z", "+00:00")).replace(tzinfo=None)
    return tuple({**row, "start_time": start}[name] for name in KEY)


def figures(rows: Rows) -> Rows:
    """Return the figures of a table that are neither null nor zero, leaving out rows that have none."""
    found = {key: {n: v for n, v in row.items() if isinstance(v, int) and v} for key, row in rows.items()}
    return {key: numbers for key, numbers in found.items() if numbers}


def jobs(simulator: Simulator) -> list[Json]:
    """Return the parameters of the jobs that were asked for."""
    return [r["params"] for r in simulator.journal.requests if (r["method"], r["route"]) == ("POST", "stats/jobs")]


def test_runs_twice_and_postgresql_equals_the_truth(
    postgres: PostgresServer, meltano_home: MeltanoHome, tmp_path: Path
) -> None:
    """The way most users go: settings, selection, keys and state have to survive Meltano's handing over."""
    with Simulator(WORLD) as simulator, connection(postgres) as connected, far_from_utc(connected):
        stop_ads(simulator, days_ago=2)
        accounts = list(simulator.api.world.accounts)
        project, tables = Project(tmp_path, meltano_home, simulator, postgres), Tables(connected, SCHEMA)
        project.run(use_copy=True)
        assert tables.keys() == {"campaigns": {"account_id", "id"}, "campaign_stats": set(KEY)}
        first = truth(simulator)
        assert len(first) > 10
        assert figures(tables.rows("campaign_stats", KEY)) == first
        assert {p["context"]["account_id"] for p in project.partitions("campaign_stats")} == set(accounts)
        jobs_before = len(jobs(simulator))
        connected.commit()

        correction = correct_spend(simulator, accounts[0])
        budget = {"total_budget_amount_local_micro": 123_000_000}
        simulator.change_object(accounts[0], "campaigns", correction.entity_id, {"name": "Renamed", **budget})
        project.run(use_copy=False)  # moments in the key have to be the same, or everything doubles
        second = truth(simulator)
        (changed,) = (key for key in second if second[key] != first[key])
        assert second[changed][SPEND] == first[changed].get(SPEND, 0) + 7_000_000
        assert figures(tables.rows("campaign_stats", KEY)) == second
        campaigns = tables.rows("campaigns", ["account_id", "id"])
        assert campaigns.keys() == {(a, c["id"]) for a in accounts for c in simulator.objects(a, "campaigns")}
        assert campaigns[accounts[0], correction.entity_id].items() >= {"name": "Renamed", **budget}.items()

        later = jobs(simulator)[jobs_before:]
        assert {params["entity_ids"] for params in later} == {correction.entity_id}
        assert {params["placement"] for params in later} == {correction.placement}
        assert {params["start_time"] for params in later} == {correction.start_time[:10]}
        assert simulator.journal.violations == []
