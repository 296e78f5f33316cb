"""BATCH messages on their way into PostgreSQL: as exact as records, also when a run is killed or figures change."""

from __future__ import annotations

import gzip
import json
import typing as t
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tests.warehouses.pipes import PostgresLoader, Tap, only
from tests.warehouses.tables import Tables, connection
from tests.warehouses.worlds import Correction, correct_spend, stop_ads, yesterday

if t.TYPE_CHECKING:
    from throwaway_postgres import PostgresServer

    from tests.warehouses.messages import Json, Messages, Rows

pytestmark = pytest.mark.slow

WORLD = SimulatorOptions(
    accounts=2, campaigns_per_account=2, days=8, job_latency=0, rate_limit_scale=0, revisions=False
)
WINDOW_DAYS = 2
STREAMS = ("campaigns", "campaign_stats")


@dataclass(frozen=True)
class Run:
    """One extraction in batches and its load."""

    messages: Messages
    state: Json
    jobs: int

    @property
    def figures(self) -> list[Json]:
        """Return the records in the files of `campaign_stats`."""
        urls = [u for m in self.messages.parsed if m["type"] == "BATCH" for u in m["manifest"] if STREAMS[1] in u]
        found: list[Json] = []
        for url in urls:
            with gzip.open(Path(url2pathname(urlsplit(url).path)), "rb") as lines:
                found += map(json.loads, lines)
        return found


@dataclass(frozen=True)
class Story:
    """A run that is killed halfway, one that goes on from there, and one after a correction; and plain records."""

    killed: Run
    resumed: Run
    corrected: Run
    correction: Correction
    recorded: Messages
    violations: list[t.Any]


@pytest.fixture(scope="module")
def story(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Three runs into one schema."""
    folder = tmp_path_factory.mktemp("batches")
    storage = {"root": folder.as_uri()}
    encoding = {"format": "jsonl", "compression": "gzip"}
    batches = {"batch_config": {"encoding": encoding, "storage": storage, "batch_size": 7}}
    loader = PostgresLoader(folder, postgres, "batched")
    with Simulator(WORLD) as simulator:
        stop_ads(simulator, days_ago=3)
        tap = Tap(folder, simulator, {"window_days": WINDOW_DAYS, "end_date": yesterday()})

        def run(state: Json | None, *, killed: bool = False) -> Run:
            before = simulator.journal.counters["jobs_created"]
            messages = tap.run(only(*STREAMS), state=state, **batches)
            if killed:
                messages = messages.until_state(len(messages.states) // 2)
            return Run(messages, loader.load(messages), simulator.journal.counters["jobs_created"] - before)

        killed = run(None, killed=True)
        resumed = run(killed.state)
        correction = correct_spend(simulator, next(iter(simulator.api.world.accounts)))
        corrected = run(resumed.state)
        recorded = tap.run(only(*STREAMS))
        return Story(killed, resumed, corrected, correction, recorded, list(simulator.journal.violations))


def test_everything_comes_in_batches(story: Story) -> None:
    """A stream that went on sending records would be slow without anybody noticing."""
    for run in (story.killed, story.resumed):
        assert {m["type"] for m in run.messages.parsed} == {"SCHEMA", "BATCH", "STATE"}
        assert {m["stream"] for m in run.messages.parsed if m["type"] == "BATCH"} & {"campaign_stats"}
        assert run.figures


def test_the_target_lets_go_of_the_last_state_it_was_sent(story: Story) -> None:
    """What the target prints is what the next run starts from."""
    for run in (story.killed, story.resumed, story.corrected):
        assert run.state == run.messages.states[-1]


def test_a_resumed_run_repeats_no_finished_window(story: Story) -> None:
    """A state behind the files would pay for jobs twice; one ahead of them would lose rows."""
    key = story.recorded.schemas["campaign_stats"]["key_properties"]
    first, second = ({tuple(r[k] for k in key): r for r in run.figures} for run in (story.killed, story.resumed))
    again = [first[place] for place in first.keys() & second.keys()]
    assert len(again) < len(first)
    assert len(again) < len(second)
    assert len({record["account_id"] for record in again}) <= 1
    assert len({record["date"] for record in again}) <= WINDOW_DAYS, "no more than the window that was being written"
    assert story.resumed.jobs < story.killed.jobs / 2, "jobs that exist are taken up again"


def test_a_later_run_asks_only_for_what_changed(story: Story) -> None:
    """Batches are for big accounts, where asking again for everything costs hours."""
    (record,) = story.corrected.figures
    assert Correction(*(record[name] for name in Correction._fields)) == story.correction
    assert 0 < story.corrected.jobs < story.killed.jobs / 2
    assert story.violations == []


def test_batches_leave_what_records_say(story: Story, postgres: PostgresServer) -> None:
    """A killed, a resumed and a later run by files add up to one run by records."""
    with connection(postgres) as connected:
        tables = Tables(connected, "batched")
        for stream in STREAMS:
            held = tables.rows(stream, story.recorded.schemas[stream]["key_properties"])
            expected = story.recorded.rows(stream)
            assert len(expected) > 1
            assert without_zeros(held) == without_zeros(expected), stream


def without_zeros(rows: Rows) -> Rows:
    """Take zeros for null: for a metric without events the API says one or the other by what else a job asked for."""
    return {
        place: {name: None if value == 0 and type(value) is int else value for name, value in row.items()}
        for place, row in rows.items()
    }
