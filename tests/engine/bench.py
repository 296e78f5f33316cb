"""A lane on the bench: one thread, a clock that moves when told, an account in memory, outcomes in any order."""

from __future__ import annotations

import gzip
import json
import sys
import typing as t
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from tap_twitter_ads_async.api.client import JobPage, JobStatus
from tap_twitter_ads_async.stats.jobs.account import AccountJobs
from tap_twitter_ads_async.stats.jobs.events import Planned, Ready, TicketChanged
from tap_twitter_ads_async.stats.jobs.quota_sharing import QuotaSharing
from tap_twitter_ads_async.stats.jobs.resources import Resources
from tap_twitter_ads_async.stats.jobs.workers import Workers
from tap_twitter_ads_async.stats.plan.spec import Group, Window
from tap_twitter_ads_async.stats.plan.tickets import Ticket
from tests.engine.server import NEVER, Server, cells
from tests.support.clocks import StillClock
from tests.support.moments import at
from tests.support.plans import definition, spec
from tests.support.settings import settings

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.jobs.events import Event
    from tap_twitter_ads_async.stats.jobs.executor import Executor
    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.plan.spec import JobSpec
    from tap_twitter_ads_async.stats.records.window_result import WindowResult
    from tests.engine.server import Cell

# --- the engine's surroundings --------------------------------------------------------------------------------


@dataclass(eq=False)
class Work:
    """One blocking call that was handed to the workers."""

    run: Callable[[], t.Any]
    done: Callable[[t.Any], None]
    failed: Callable[[Exception], None]
    submitted: float
    delivered: float = NEVER
    outcome: t.Any = None


class HandWorkers(Workers):
    """Workers that do nothing by themselves: tests run the work and deliver the outcomes, in any order."""

    def __init__(self, clock: StillClock) -> None:
        super().__init__(0)
        self._clock = clock
        self.waiting: list[Work] = []
        self.answered: list[Work] = []
        self.current: Work

    @override
    def submit(
        self, work: Callable[[], t.Any], done: Callable[[t.Any], None], failed: Callable[[Exception], None]
    ) -> None:
        self.waiting.append(Work(work, done, failed, self._clock.monotonic()))

    def run(self, index: int = 0) -> None:
        """Do a piece of work; its outcome waits for delivery."""
        work = self.current = self.waiting.pop(index)
        try:
            work.outcome = work.run()
        except Exception as error:  # noqa: BLE001 - that is what workers do
            work.outcome = error
        self.answered.append(work)

    def deliver(self, index: int = 0) -> Work:
        """Hand an outcome to the lane."""
        work = self.answered.pop(index)
        work.delivered = self._clock.monotonic()
        if isinstance(work.outcome, Exception):
            work.failed(work.outcome)
        else:
            work.done(work.outcome)
        return work


@dataclass(eq=False)
class FakeExtraction:
    """A stream and account whose plan is given."""

    windows: list[Window]
    inherited_jobs: dict[str, Ticket] = field(default_factory=dict)
    served: frozenset[str] = frozenset()
    looks_back: bool = False
    account_id: str = "acc1"
    error: Exception | None = None
    definition: StatsDefinition = field(default_factory=definition)

    def plan(self) -> list[Window]:
        """Return the windows, or fail."""
        if self.error is not None:
            raise self.error
        return self.windows


class Bench:
    """One lane, its server (or that of a neighbour, another run in the same account), and a main thread.

    Attributes:
        tickets: What the state would say: job id by digest.
        ready: Windows that were told to be complete, in the order of telling.
        committed: Windows whose records would be written.
        events: Everything that was told.
    """

    def __init__(
        self, max_jobs: int = 100, job_timeout: int = 600, limit: int = 100, neighbour: Bench | None = None
    ) -> None:
        self.clock: StillClock = neighbour.clock if neighbour else StillClock(at("2026-03-01T00"))
        self.server: Server = neighbour.server if neighbour else Server(self.clock, limit)
        self.server.bench = self
        self.resources = Resources(
            t.cast("Executor", self.server),
            settings(max_concurrent_jobs=max_jobs, job_timeout_seconds=job_timeout),
            self.clock,
        )
        self.workers = HandWorkers(self.clock)
        self.resources.workers = self.workers
        self.account = AccountJobs("acc1", self.resources)
        self.sharing = QuotaSharing(self.resources, [self.account])
        self.extractions: list[FakeExtraction] = []
        self.tickets: dict[str, str] = {}
        self.ready: list[WindowResult] = []
        self.committed: list[WindowResult] = []
        self.events: list[Event] = []
        self.planned: dict[int, int] = {}
        self.accepted: set[str] = set()
        self.told_dead: set[str] = set()

    def add(self, windows: list[Window], inherited: dict[str, str] | None = None) -> FakeExtraction:
        """Queue a stream."""
        extraction = FakeExtraction(windows, {digest: Ticket(job) for digest, job in (inherited or {}).items()})
        self.tickets |= inherited or {}
        self.account.add(len(self.extractions), t.cast("Extraction", extraction))
        self.extractions.append(extraction)
        return extraction

    def step(self) -> float:
        """Let the lane start what it can; return when it wants to look again."""
        now = self.clock.monotonic()
        timers = self.resources.run_timers(now)
        self.account.look(now)
        due = min(timers, self.sharing.step(now), self.account.step(now))
        self.take_events()
        return due

    def deliver(self, index: int = 0) -> None:
        """Hand an outcome to the lane, and note what it told."""
        outcome = self.workers.deliver(index).outcome
        if isinstance(outcome, JobStatus):
            self.accepted.add(outcome.job_id)
        if isinstance(outcome, JobPage):
            self.told_dead |= {j.job_id for j in outcome.jobs if j.status in {"FAILED", "CANCELLED"}}
        self.take_events()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.moment += timedelta(seconds=seconds)

    def settle(self) -> None:
        """Run all work and deliver all outcomes until nothing is left to do at this moment."""
        self.server.bench = self
        for _ in range(10_000):
            self.step()
            while self.workers.waiting:
                self.workers.run()
            if not self.workers.answered:
                return
            while self.workers.answered:
                self.deliver()
        raise AssertionError("the lane keeps itself busy without time passing")

    def finish(self, hours: float = 6.0, until: Callable[[], bool] | None = None) -> None:
        """Let time pass until the lane is idle, as the engine does: in steps of a second at most."""
        deadline = self.clock.monotonic() + hours * 3600
        while True:
            self.settle()
            if self.account.idle or (until is not None and until()):
                return
            assert self.clock.monotonic() < deadline, f"stuck: {self.account.work}, {self.server.all_statuses()}"
            due = self.step() - self.clock.monotonic()
            self.advance(max(0.01, min(1.0, due)))

    # --- the main thread's part -----------------------------------------------------------------------------------

    def take_events(self) -> None:
        """Note what the lane told, keep the tickets, and commit windows in order."""
        while not self.resources.events.empty():
            event = self.resources.events.get_nowait()
            self.events.append(event)
            if isinstance(event, Ready):
                place = (event.result.extraction, event.result.index)
                assert place not in {(r.extraction, r.index) for r in self.ready}, "a window is ready once"
                self.ready.append(event.result)
            elif isinstance(event, TicketChanged):
                self._take_ticket(event)
            elif isinstance(event, Planned):
                self.planned[self._number(event.extraction)] = event.windows
        self._commit()

    def _take_ticket(self, event: TicketChanged) -> None:
        over = {digest for run in self.ready for digest in run.tickets}
        assert event.name not in over, "nothing is told of a window after its end"
        if event.ticket is None:
            self.tickets.pop(event.name, None)
        else:
            self.tickets[event.name] = event.ticket.job_id

    def _number(self, extraction: object) -> int:
        return self.extractions.index(t.cast("FakeExtraction", extraction))

    def _commit(self) -> None:
        """Commit what is next, again and again; the lane learns which window is wanted."""
        by_place = {(self._number(run.extraction), run.index): run for run in self.ready}
        number, index = self.resources.wanted[:2]
        while number < len(self.extractions):
            run = by_place.get((number, index))
            if run is not None:
                self.committed.append(run)
                for digest in run.tickets:
                    self.tickets.pop(digest, None)
                index += 1
            elif self.planned.get(number, index + 1) <= index:
                number, index = number + 1, 0
            else:
                break
        self.resources.wanted = (number, index, 0)

    # --- what came out -------------------------------------------------------------------------------------------

    def outcome(self) -> tuple[Counter[Cell], Counter[Cell]]:
        """Return the cells that were delivered and those that were reported lost, each with its count."""
        delivered: Counter[Cell] = Counter()
        lost: Counter[Cell] = Counter()
        for run in self.ready:
            for group, results in zip(run.window.groups, run.answers, strict=True):
                for asked, file in results:
                    body = json.loads(gzip.decompress(file.path.read_bytes()))
                    content = [tuple(c) for c in body["cells"]]
                    assert content == cells(asked), "a file belongs to its spec"
                    assert any(set(asked.metric_groups) <= set(planned.metric_groups) for planned in group.specs)
                    delivered.update(t.cast("list[Cell]", content))
            for piece in run.lost:
                lost.update(cells(piece.spec))
        return delivered, lost

    def asked(self) -> Counter[Cell]:
        """Return the cells of all plans."""
        groups = (g for e in self.extractions for w in e.windows for g in w.groups)
        return Counter(c for g in groups for s in g.specs for c in cells(s))

    def assert_all_delivered(self) -> None:
        """Every cell came once, none was lost."""
        delivered, lost = self.outcome()
        assert not lost
        assert delivered == self.asked()
        assert len(self.committed) == sum(len(e.windows) for e in self.extractions)

    def created(self) -> dict[JobSpec, list[str]]:
        """Return the ids of the jobs created for each spec."""
        by_spec: dict[JobSpec, list[str]] = defaultdict(list)
        for job in self.server.jobs.values():
            by_spec[job.spec].append(job.job_id)
        return by_spec


def window(*specs: JobSpec) -> Window:
    """Return a window of one group per spec."""
    if not specs:
        return Window(at("2026-01-01"), at("2026-01-08"), ())
    start, end = min(s.start for s in specs), max(s.end for s in specs)
    return Window(start, end, tuple(Group((s,)) for s in specs))


def windows(count: int, ids: str = "a,b") -> list[Window]:
    """Return windows of one two-day job each."""
    first = at("2026-01-01")
    spans = [(first + timedelta(days=2 * i), first + timedelta(days=2 * i + 2)) for i in range(count)]
    return [window(spec(ids, f"{s:%Y-%m-%d}", f"{e:%Y-%m-%d}")) for s, e in spans]
