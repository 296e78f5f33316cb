"""What `docs/scaling-out.md` promises: shards run side by side, each with its own state, together all of the truth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
DAYS = 5
SLOTS = 12
NOT_OURS = ("TAP_", "TARGET_", "MELTANO_", "PYTHON")
SHARDS_OWN = {"account_ids", "max_concurrent_jobs", "window_days"}
LOADER = "target-duckdb-local"
SCHEMA = "tap_twitter_ads_async"
KEY = ("account_id", "entity_id", "placement", "start_time")

Figures = dict[tuple[str, ...], dict[str, int]]


class Shard(t.NamedTuple):
    """One of several simultaneous runs: an entry of `meltano.yml` that inherits the tap."""

    name: str
    accounts: tuple[int, ...]
    stream: str
    entity: str


# They share the first account, whose slots are fewer than they want together.
SHARDS = (
    Shard("tap-x-ads-emea", (0,), "campaign_stats", "CAMPAIGN"),
    Shard("tap-x-ads-all-ads", (0, 1), "line_item_stats", "LINE_ITEM"),
)


class Project:
    """A Meltano project with one plugin for each shard, all in one folder, with one system database."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self.folder = folder
        self.accounts = list(simulator.api.world.accounts)
        (folder / "meltano.yml").write_text(yaml.safe_dump(self._definition(set(simulator.config()))), "utf-8")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)},
            **{f"TAP_TWITTER_ADS_ASYNC_{name.upper()}": str(value) for name, value in simulator.config().items()},
            "MELTANO_STATE_BACKEND_URI": (folder / "state").as_uri(),
        }

    def _definition(self, settings: set[str]) -> dict[str, t.Any]:
        """Return this repository's project with only what is used: Meltano takes its time for each setting."""
        definition: dict[str, t.Any] = yaml.safe_load((ROOT / "meltano.yml").read_text("utf-8"))
        (tap,) = definition["plugins"]["extractors"]
        (loader,) = (plugin for plugin in definition["plugins"]["loaders"] if plugin["name"] == LOADER)
        for plugin in (tap, loader):
            del plugin["pip_url"]  # installed already, in the environment of the tests
            plugin["executable"] = str(BIN / plugin["executable"])
        tap["settings"] = [setting for setting in tap["settings"] if setting["name"] in settings | SHARDS_OWN]
        loader["config"] = {"default_target_schema": "$MELTANO_EXTRACT__LOAD_SCHEMA"}
        shards = [self._entry(shard) for shard in SHARDS]
        return definition | {"plugins": {"extractors": [tap, *shards], "loaders": [loader]}}

    def accounts_of(self, shard: Shard) -> set[str]:
        """Return the ids of a shard's accounts."""
        return {self.accounts[index] for index in shard.accounts}

    def _entry(self, shard: Shard) -> dict[str, t.Any]:
        return {
            "name": shard.name,
            "inherit_from": "tap-twitter-ads-async",
            "load_schema": SCHEMA,
            "config": {
                "account_ids": sorted(self.accounts_of(shard)),
                "max_concurrent_jobs": SLOTS,
                "window_days": 1,
            },
            "select": [f"{shard.stream}.*"],
        }

    def install(self) -> None:
        """Do what shards that start together must not do: install, and create the system database."""
        self._finish([self._start("install")])

    def run(self, *shards: Shard) -> None:
        """Run shards at the same time, each into a file of its own."""
        self._finish(
            [
                self._start(
                    "run",
                    "--no-install",
                    shard.name,
                    "target-duckdb-local",
                    TARGET_DUCKDB_LOCAL_PATH=self.database(shard),
                )
                for shard in shards
            ]
        )

    def _start(self, *command: str, **environment: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [BIN / "meltano", *command],
            cwd=self.folder,
            env=self.environment | {name: str(value) for name, value in environment.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _finish(self, running: t.Sequence[subprocess.Popen[str]]) -> None:
        printed = [process.communicate(timeout=200)[0] for process in running]
        failed = [text[-4000:] for text, process in zip(printed, running, strict=True) if process.returncode]
        assert failed == []

    def database(self, shard: Shard) -> Path:
        """Return the shard's database file."""
        return self.folder / f"{shard.name}.duckdb"

    def state(self, shard: Shard) -> dict[str, set[str]]:
        """Return the accounts of each stream in the state that Meltano keeps for a shard."""
        file = self.folder / "state" / f"dev:{shard.name}-to-{LOADER}" / "state.json"
        state = json.loads(file.read_text("utf-8"))["completed"]["singer_state"]
        return {
            stream: {partition["context"]["account_id"] for partition in bookmark["partitions"]}
            for stream, bookmark in state["bookmarks"].items()
        }

    def figures(self, shard: Shard) -> Figures:
        """Return every figure that the shard loaded and that is neither null nor zero, by key."""
        with duckdb.connect(self.database(shard), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.execute(
                "SELECT strftime(start_time, '%Y-%m-%dT%H:%M:%SZ') AS start_time, "  # noqa: S608 - our own streams
                f"* EXCLUDE (start_time) FROM {SCHEMA}.{shard.stream}"
            )
            names = [column[0] for column in found.description or ()]
            return figures(dict(zip(names, row, strict=True)) for row in found.fetchall())


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


def truth(simulator: Simulator, project: Project, shard: Shard) -> Figures:
    """Return what happened in the shard's part of the world on the days that are over in every time zone."""
    start = date.fromisoformat(simulator.config()["start_date"])
    days = start.isoformat(), (start + timedelta(days=DAYS - 1)).isoformat()
    rows = (
        row for account in project.accounts_of(shard) for row in simulator.truth(account, shard.entity, "DAY", *days)
    )
    return figures({**row, **row["metrics"]} for row in rows)


@pytest.fixture(scope="module")
def simulator() -> t.Iterator[Simulator]:
    """A small world, whose accounts have few slots, so that runs that share one feel each other."""
    options = SimulatorOptions(
        accounts=2, campaigns_per_account=2, days=DAYS, job_latency=0.3, rate_limit_scale=0, max_jobs=SLOTS
    )
    with Simulator(options) as running:
        yield running


def test_shards_side_by_side_are_separate_and_complete(simulator: Simulator, tmp_path: Path) -> None:
    """A shard that reads another's state extracts everything anew or leaves streams out, and nobody is told."""
    project = Project(tmp_path, simulator)
    project.install()
    project.run(*SHARDS)
    for shard in SHARDS:
        expected = truth(simulator, project, shard)
        assert len(expected) > 5
        found = project.figures(shard)
        assert found.items() >= expected.items()
        assert {key[0] for key in found} == project.accounts_of(shard)
        assert project.state(shard) == {shard.stream: project.accounts_of(shard)}
        assert (tmp_path / ".meltano" / "run" / shard.name / "tap.properties.json").exists()
    assert set(simulator.journal.max_in_flight.values()) <= set(range(SLOTS + 1))

    jobs = simulator.journal.counters["jobs_created"]
    key = next(iter(truth(simulator, project, SHARDS[0])))
    hour = int(datetime.fromisoformat(key[3].replace("Z", "+00:00")).timestamp())
    simulator.revise(key[0], "CAMPAIGN", key[1], hour, "billed_charge_local_micro", 7_000_000, key[2])
    project.run(SHARDS[0])
    assert project.figures(SHARDS[0]).items() >= truth(simulator, project, SHARDS[0]).items()
    assert 0 < simulator.journal.counters["jobs_created"] - jobs < jobs / 2
    assert simulator.journal.violations == []
