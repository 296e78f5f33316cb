"""The tap inside Meltano, as users run it: settings in, rows in a database, state kept and handed back."""

from __future__ import annotations

import json
import subprocess
import typing as t
from datetime import date, datetime, timedelta

import duckdb
import pytest

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tests.support.meltano_home import MELTANO, ROOT, MeltanoHome

if t.TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

DAYS = 7
LINES_OF_A_PAGE = 50
LONGEST_LINE = 400
KEY = ("account_id", "entity_id", "placement", "start_time")

Figures = dict[tuple[str, ...], dict[str, int]]


class Project:
    """Meltano's view of this checkout, with a database and a state of its own."""

    def __init__(self, folder: Path, simulator: Simulator, home: MeltanoHome) -> None:
        self.folder = folder
        self.database = folder / "warehouse.duckdb"
        some = ",".join(list(simulator.api.world.accounts)[:2])  # not every account, and the list as people write it
        self.environment = {
            **home.variables("target-duckdb-local"),
            **{
                f"TAP_TWITTER_ADS_ASYNC_{name.upper()}": str(value)
                for name, value in simulator.config(window_days=3, account_ids=some).items()
            },
            "TAP_TWITTER_ADS_ASYNC__SELECT": json.dumps(["campaigns.*", "campaign_stats.*", "accounts.id"]),
            "TARGET_DUCKDB_LOCAL_PATH": str(self.database),
            "MELTANO_STATE_BACKEND_URI": (folder / "state").as_uri(),
        }

    def state(self) -> dict[str, t.Any]:
        """Return the Singer state that Meltano keeps."""
        (file,) = self.folder.glob("state/*/state.json")
        return t.cast("dict[str, t.Any]", json.loads(file.read_text("utf-8"))["completed"]["singer_state"])

    def run(self) -> str:
        """Run Meltano's job; return its log."""
        done = subprocess.run(
            [MELTANO, "run", "tap-twitter-ads-async", "target-duckdb-local"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=150,
        )
        assert done.returncode == 0, done.stderr[-6000:]
        return done.stderr

    def rows(self, sql: str) -> list[dict[str, t.Any]]:
        """Return the rows of `sql` by column."""
        with duckdb.connect(self.database, read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.execute(sql)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def figures(self) -> Figures:
        """Return every figure of `campaign_stats` that is neither null nor zero, by key."""
        columns = ", ".join((*KEY[:-1], "strftime(start_time, '%Y-%m-%dT%H:%M:%SZ') AS start_time"))
        rows = self.rows(f"SELECT {columns}, * EXCLUDE ({', '.join(KEY)}) FROM campaign_stats")  # noqa: S608 - our own columns
        return figures(rows)


def figures(rows: t.Iterable[dict[str, t.Any]]) -> Figures:
    """Return the numbers of flat rows that are not zero, by key; rows with nothing else are left out."""
    found = {
        tuple(str(row[column]) for column in KEY): {
            name: value
            for name, value in row.items()
            if isinstance(value, int) and value and not name.startswith("_sdc_")
        }
        for row in rows
    }
    return {key: numbers for key, numbers in found.items() if numbers}


def truth(simulator: Simulator, accounts: t.Iterable[str]) -> Figures:
    """Return what the simulator says happened on the days that are over in every time zone."""
    start = date.fromisoformat(simulator.config()["start_date"])
    days = start.isoformat(), (start + timedelta(days=DAYS - 1)).isoformat()
    rows = (row for account in accounts for row in simulator.truth(account, "CAMPAIGN", "DAY", *days))
    return figures({**row, **row["metrics"]} for row in rows)


def assert_one_page(log: str) -> None:
    """Hold a log against what a person reads: few lines, none of them endless, and what each stream brought."""
    lines = log.splitlines()
    assert len(lines) <= LINES_OF_A_PAGE, log
    assert max(map(len, lines)) <= LONGEST_LINE, log
    assert "METRIC" not in log
    assert all(f"Stream {name}:" in log for name in ("campaigns", "campaign_stats")), log


@pytest.fixture
def simulator() -> t.Iterator[Simulator]:
    """A small world without the API's rate limits."""
    options = SimulatorOptions(accounts=3, campaigns_per_account=1, days=DAYS, job_latency=0.1, rate_limit_scale=0)
    with Simulator(options) as running:
        yield running


def test_runs_twice_and_the_database_equals_the_truth(
    simulator: Simulator, tmp_path: Path, meltano_home: MeltanoHome
) -> None:
    """Settings, selection, upserts and state all have to survive Meltano's handing over."""
    project = Project(tmp_path, simulator, meltano_home)
    log = project.run()
    assert_one_page(log)
    accounts = [row["id"] for row in project.rows("SELECT id FROM accounts")]
    assert len(accounts) == 2
    first = truth(simulator, accounts)
    assert len(first) > 10
    assert project.figures().items() >= first.items()

    state = project.state()
    partitions = state["bookmarks"]["campaign_stats"]["partitions"]
    assert {partition["context"]["account_id"] for partition in partitions} == set(accounts)

    jobs = simulator.journal.counters["jobs_created"]
    key = next(iter(first))
    hour = int(datetime.fromisoformat(key[3].replace("Z", "+00:00")).timestamp())
    simulator.revise(key[0], "CAMPAIGN", key[1], hour, "billed_charge_local_micro", 7_000_000, key[2])
    project.run()
    second = truth(simulator, accounts)
    assert second[key] != first[key]
    assert project.figures().items() >= second.items()
    assert 0 < simulator.journal.counters["jobs_created"] - jobs < jobs
    assert simulator.journal.violations == []
