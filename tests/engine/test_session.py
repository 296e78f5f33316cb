"""The main thread's side: windows in order, state behind its records, tickets in the state, failures by name."""

from __future__ import annotations

import copy
import threading
import typing as t
from dataclasses import dataclass, field

import pytest

from tap_twitter_ads_async.errors import CredentialsRejected, NotOffered, Terminated
from tap_twitter_ads_async.pauses import Pauses
from tap_twitter_ads_async.run.context import Verdict
from tap_twitter_ads_async.run.stats import RunStats
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark
from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tap_twitter_ads_async.stats.session import StatsSession
from tests.engine.bench import Bench, Work
from tests.engine.server import Fate, Server
from tests.support.clocks import QuickClock, StillClock
from tests.support.moments import at
from tests.support.plans import definition
from tests.support.settings import settings

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tap_twitter_ads_async.run.context import RunContext
    from tap_twitter_ads_async.stats.jobs.executor import Executor


Json = dict[str, t.Any]
STREAM = "campaign_stats"


@dataclass
class FakeRun:
    """What the streams of one run share."""

    api: Server
    clock: StillClock
    settings: t.Any = field(default_factory=lambda: settings("2026-01-01", "2026-01-20"))
    verdict: Verdict = field(default_factory=Verdict)
    pauses: Pauses = field(default_factory=Pauses)
    accounts: list[Json] = field(default_factory=lambda: [{"id": "acc1", "timezone": "UTC"}])
    look: Callable[[], None] = field(init=False)

    def __post_init__(self) -> None:
        """Begin to count."""
        self.stats = RunStats(self.clock)
        self.now = self.clock.now

    @property
    def accounts_read(self) -> int:
        """How many accounts there are."""
        return len(self.accounts)


@dataclass
class Store:
    """The Singer state, and every STATE line."""

    partitions: dict[tuple[str, str], Json] = field(default_factory=dict)
    lines: list[Json] = field(default_factory=list)

    def partition(self, stream: str, account_id: str) -> Json:
        """Return a live partition."""
        return self.partitions.setdefault((stream, account_id), {"context": {"account_id": account_id}})

    def change(self, partition: Json, fields: Json) -> None:
        """Replace its fields."""
        for name in set(partition) - {"context"}:
            del partition[name]
        partition.update(copy.deepcopy(fields))

    def write(self) -> None:
        """Note a STATE line of the one partition there is."""
        self.lines.append(copy.deepcopy(self.partitions[STREAM, "acc1"]))

    def write_now(self) -> None:
        """Note it likewise."""
        self.write()

    def waiting(self) -> None:
        """There are no batch files."""


class Stage:
    """A session with an account in memory."""

    def __init__(self, server: Server) -> None:
        self.server, self.store = server, Store()
        server.clock = QuickClock(at("2026-03-01T10:30"))
        server.bench.workers.current = Work(lambda: None, lambda _: None, lambda _: None, 0.0)
        self.rows = [
            {
                "entity_id": "c1",
                "activity_start_time": f"2026-01-{day:02}T10:00:00Z",
                "activity_end_time": f"2026-01-{day:02}T11:00:00Z",
                "placements": ["ALL_ON_TWITTER"],
            }
            for day in (2, 10, 18)
        ]
        server.active_entities = self.active_entities  # type: ignore[attr-defined]
        self.error: Exception | None = None
        self.run = FakeRun(server, server.clock)
        self.session: StatsSession

    def active_entities(self, _account_id: str, _entity: str, start: str, _end: str) -> list[Json]:
        """Answer from the rows, all of which were recorded in January."""
        if self.error is not None:
            raise self.error
        return self.rows if start < "2026-02" else []

    def open(self) -> StatsSession:
        """Start a session."""
        self.session = StatsSession(
            t.cast("RunContext", self.run), [definition(window_days=7)], self.store, t.cast("Executor", self.server)
        )
        self.session.start()
        return self.session

    def bookmark(self, line: Json) -> Bookmark:
        """Read a STATE line as the next run would."""
        return Bookmark.from_json(line, "test")


@pytest.fixture
def stage(make_bench: Callable[..., Bench]) -> Iterator[Stage]:
    """Return a stage; its session is closed in the end."""
    made = Stage(make_bench().server)
    yield made
    if hasattr(made, "session"):
        made.session.close()


def test_windows_come_in_order_and_the_state_follows_each(stage: Stage) -> None:
    """Progress is written behind a window's records, never before."""
    session = stage.open()
    starts: list[datetime] = []
    for run in session.windows(STREAM, "acc1"):
        starts.append(run.window.start)
        session.wrote(run, 5)
        session.commit(run)
        assert "end" in stage.store.lines[-1]["covers"]
    assert starts == sorted(starts)
    assert len(starts) == 3
    last = stage.store.lines[-1]
    assert last["replication_key_value"] == "2026-03-01T10:00:00Z"
    assert "progress" not in last
    assert "jobs" not in last
    assert stage.run.stats.of(STREAM).records == 15
    assert stage.run.verdict.failures == []


def test_windows_are_handed_out_once(stage: Stage) -> None:
    """Their results are made once; whoever asked again would wait for ever."""
    session = stage.open()
    for run in session.windows(STREAM, "acc1"):
        session.commit(run)
    with pytest.raises(RuntimeError, match=f"stream {STREAM}, account acc1 were handed out before"):
        next(session.windows(STREAM, "acc1"))
    assert list(session.windows(STREAM, "another")) == []


def test_the_state_between_two_windows_leaves_exactly_the_rest_open(stage: Stage) -> None:
    """A run that is killed here goes on with the second window."""
    session = stage.open()
    windows = session.windows(STREAM, "acc1")
    first = next(windows)
    session.commit(first)
    bookmark = stage.bookmark(stage.store.lines[-1])
    assert [(i.start, i.end) for layer in bookmark.layers for i in layer.days] == [(first.window.end, at("2026-01-20"))]
    assert bookmark.cursor == at("2026-01-01")


def test_tickets_are_in_the_state_while_jobs_run(stage: Stage) -> None:
    """They are the next run's head start."""
    stage.server.fate_of = lambda _: Fate(seconds=300)
    session = stage.open()
    windows = session.windows(STREAM, "acc1")
    session.commit(next(windows))
    told = [line["jobs"] for line in stage.store.lines if "jobs" in line]
    assert set(stage.server.jobs) == {job["id"] for jobs in told for job in jobs.values()}
    assert len(stage.store.lines[-1]["jobs"]) == 2, "the committed window's ticket is gone"


def test_jobs_of_the_state_are_taken_up_by_the_next_session(stage: Stage) -> None:
    """The server did the work while nobody ran."""
    stage.server.fate_of = lambda _: Fate(seconds=200)
    session = stage.open()
    next(session.windows(STREAM, "acc1"))
    session.close()
    created = stage.server.calls["create"]
    again = stage.open()
    for run in again.windows(STREAM, "acc1"):
        again.commit(run)
    assert stage.server.calls["create"] == created
    assert stage.run.verdict.failures == []


def test_a_lost_piece_stays_open_and_is_named(stage: Stage) -> None:
    """The run goes on, ends with a failure, and the next asks for this piece alone."""
    stage.server.fate_of = lambda s: Fate(fails=s.start == at("2026-01-10"))
    session = stage.open()
    for run in session.windows(STREAM, "acc1"):
        session.commit(run)
    (failure,) = stage.run.verdict.failures
    assert (failure.stream, failure.account_id) == (STREAM, "acc1")
    assert "2026-01-10" in failure.what
    assert "FAILED" in failure.error
    (layer,) = stage.bookmark(stage.store.lines[-1]).layers
    assert (layer.entity_ids, layer.placements) == (("c1",), ("ALL_ON_TWITTER",))
    assert [(i.start, i.end) for i in layer.days] == [(at("2026-01-10"), at("2026-01-11"))]


def test_a_window_whose_files_cannot_be_used_stays_open(stage: Stage) -> None:
    """Its neighbours commit all the same."""
    session = stage.open()
    for run in session.windows(STREAM, "acc1"):
        if run.index == 1:
            session.lose(run, ResultMalformed("no"))
        else:
            session.commit(run)
    assert len(stage.run.verdict.failures) == 1
    last = stage.store.lines[-1]
    assert "jobs" not in last
    (layer,) = stage.bookmark(last).layers
    assert any(i.start <= at("2026-01-10") < i.end for i in layer.days)
    assert not any(i.start <= at("2026-01-02") < i.end for i in layer.days)


def test_a_stream_that_is_not_offered_leaves_the_state_as_it_was(stage: Stage) -> None:
    """Skipped with a warning, not counted as extracted, not a failure."""
    stage.error = NotOffered("GET", status=404)
    session = stage.open()
    assert list(session.windows(STREAM, "acc1")) == []
    assert stage.run.verdict.failures == []
    assert stage.store.partitions[STREAM, "acc1"] == {"context": {"account_id": "acc1"}}


def test_rejected_credentials_reach_the_main_thread(stage: Stage) -> None:
    """It must end, not wait."""
    stage.error = CredentialsRejected("GET", status=401)
    session = stage.open()
    with pytest.raises(CredentialsRejected):
        next(session.windows(STREAM, "acc1"))


def test_jobs_that_nobody_has_heard_of_are_in_the_state_after_closing(stage: Stage) -> None:
    """A signal may arrive between a job's creation and the moment at which the main thread looks."""
    stage.server.fate_of = lambda _: Fate(seconds=1e9)
    polls: list[str] = []
    known = threading.Event()

    def note(verb: str) -> None:
        if verb == "poll" and len(stage.server.jobs) == 3:
            polls.append(verb)
            if len(polls) == 2:  # the first may have been sent before the last creation was answered
                known.set()

    stage.server.mishap = note
    session = stage.open()
    assert known.wait(10.0)
    session.close()
    assert {job["id"] for job in stage.store.partitions[STREAM, "acc1"]["jobs"].values()} == set(stage.server.jobs)


def test_a_signal_is_noticed_while_waiting(stage: Stage) -> None:
    """Within a fraction of a second, although no job comes back."""
    stage.server.fate_of = lambda _: Fate(seconds=1e9)
    session = stage.open()
    windows = session.windows(STREAM, "acc1")
    stage.run.clock.stop()
    with pytest.raises(Terminated):
        next(windows)


def test_a_stream_that_is_not_selected_has_no_windows(stage: Stage) -> None:
    """And does not wait for any."""
    session = stage.open()
    assert list(session.windows("line_item_stats", "acc1")) == []
    assert list(session.windows(STREAM, "other")) == []
