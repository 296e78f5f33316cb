"""A lane on the bench: one thread, a clock that moves when told, an account in memory, outcomes in any order."""

from __future__ import annotations

import gzip
import json
import sys
import typing as t
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

import requests
from typing_extensions import Self

from tap_twitter_ads_async.ads_api import JobPage, JobStatus
from tap_twitter_ads_async.errors import ApiErrorDetail, RequestRefused, TooManyJobs, Unavailable
from tap_twitter_ads_async.stats.events import Planned, Ready, Ticket
from tap_twitter_ads_async.stats.lane import Lane
from tap_twitter_ads_async.stats.shop import Shop
from tap_twitter_ads_async.stats.spec import Group, Window
from tap_twitter_ads_async.stats.workers import Workers
from tests.unit.builders import StillClock, at, settings, spec

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from tap_twitter_ads_async.ads_api import AdsApi
    from tap_twitter_ads_async.stats.events import Event
    from tap_twitter_ads_async.stats.extraction import Extraction
    from tap_twitter_ads_async.stats.spec import JobSpec
    from tap_twitter_ads_async.stats.tasks import WindowRun

    Cell = tuple[str, str, str, str]

FILES = "https://ton.twimg.com/results/"
LIVE = frozenset({"QUEUED", "PROCESSING"})
NEVER = float("inf")


def cells(asked: JobSpec) -> list[Cell]:
    """Return what a job asks for, cell by cell: id, bucket, placement and metric group."""
    return [
        (entity_id, bucket.isoformat(), asked.placement, group)
        for entity_id in asked.entity_ids
        for bucket in asked.buckets()
        for group in asked.metric_groups
    ]


# --- the server ---------------------------------------------------------------------------------------------


@dataclass
class Fate:
    """What becomes of one job.

    Attributes:
        seconds: How long it takes; `NEVER` for a job that hangs.
        fails: It ends as FAILED.
        hidden: For so many listings it is missing.
        no_url: For so many listings after its end it has no url.
        broken: So many fetches of its file go wrong.
        how: In which way: the file is `missing`, `cut` or `garbled`.
        lifetime: Seconds for which the result lasts.
        vanishes: After so many seconds the server has forgotten it.
    """

    seconds: float = 1.0
    fails: bool = False
    hidden: int = 0
    no_url: int = 0
    broken: int = 0
    how: str = "missing"
    lifetime: float = 48 * 3600.0
    vanishes: float = NEVER

    @property
    def healthy(self) -> bool:
        """Whether nothing ever makes this job useless."""
        ends_well = not self.fails and self.seconds < NEVER and self.vanishes == NEVER
        return ends_well and self.lifetime > 24 * 3600.0


@dataclass(eq=False)
class FakeJob:
    """One job of the account."""

    job_id: str
    spec: JobSpec
    created: float
    fate: Fate
    cancelled: bool = False
    digest: str = ""
    creator: Work | None = None

    def __post_init__(self) -> None:
        """Name the spec once; walks ask for it at every turn."""
        self.digest = self.spec.digest()

    @property
    def orphan(self) -> bool:
        """Whether its creator never learnt of it, for all its searching: nobody can count such a job."""
        return self.creator is not None and isinstance(self.creator.outcome, Exception)

    def status(self, now: float) -> str:
        """Return the status at a monotonic second."""
        if self.cancelled:
            return "CANCELLED"
        if now < self.created + self.fate.seconds:
            return "PROCESSING"
        return "FAILED" if self.fate.fails else "SUCCESS"


class Server:
    """An account in memory, with the verbs of `AdsApi` that the engine uses.

    Attributes:
        fate_of: Chooses what becomes of a new job.
        mishap: Called at the start of every request with its verb; may raise.
        after_create: Called once a job exists, before its creation is answered; may raise.
        foreign: Slots taken by other clients.
        tells_slots: Whether answers say how many slots are free.
        told_dead: Jobs that an answer called FAILED or CANCELLED.
        most_ours: Most jobs of ours that were ever live at once, but for orphans.
    """

    def __init__(self, clock: StillClock, limit: int = 100) -> None:
        self.clock = clock
        self.limit = limit
        self.foreign = 0
        self.tells_slots = False
        self.jobs: dict[str, FakeJob] = {}
        self.fate_of: Callable[[JobSpec], Fate] = lambda _: Fate()
        self.mishap: Callable[[str], None] = lambda _: None
        self.after_create: Callable[[FakeJob], None] = lambda _: None
        self.most_ours = 0
        self.polls: list[Work] = []
        self.calls: Counter[str] = Counter()
        self.bench: Bench

    # --- verbs ------------------------------------------------------------------------------------------------

    def create_job(self, asked: JobSpec) -> JobStatus:
        """Accept a job, if a slot is free."""
        self._begin("create")
        if len(self.live()) + self.foreign >= self.limit:
            raise TooManyJobs("POST", status=400, details=[ApiErrorDetail("TOO_MANY_JOBS", "too many")])
        job = self.put(asked, self.fate_of(asked))
        job.creator = self.bench.workers.current
        self.most_ours = max(self.most_ours, sum(not j.orphan for j in self.live()))
        self.after_create(job)
        return JobStatus(job.job_id, "QUEUED", None, None, {})

    def job_statuses(self, account_id: str, job_ids: Sequence[str]) -> JobPage:
        """List the jobs that are asked for, if they are visible."""
        assert account_id == "acc1"
        assert 1 <= len(job_ids) <= 200
        assert len(set(job_ids)) == len(job_ids)
        self.polls.append(self.bench.workers.current)
        self._begin("poll")
        listed = [s for i in job_ids if (s := self._listed(i)) is not None]
        free = max(0, self.limit - len(self.live()) - self.foreign)
        return JobPage(tuple(listed), free if self.tells_slots else None)

    def cancel_job(self, account_id: str, job_id: str) -> None:
        """Cancel a job that has not ended."""
        assert account_id == "acc1"
        self._begin("cancel")
        job = self.jobs.get(job_id)
        if job is None or job.status(self.now) not in LIVE:
            raise RequestRefused("DELETE", status=400)
        job.cancelled = True

    def find_job(self, asked: JobSpec, created_after: datetime, known_ids: Sequence[str]) -> JobStatus | None:
        """Find a visible job of equal parameters."""
        self._begin("find")
        for job in self.jobs.values():
            recent = job.created >= created_after.timestamp() - 300
            if recent and job.spec == asked and job.job_id not in known_ids and job.fate.hidden == 0:
                return JobStatus(job.job_id, job.status(self.now), None, None, {})
        return None

    def open_result(self, url: str) -> File:
        """Open a result; it may not be there yet, or be broken."""
        self._begin("file")
        job = self.jobs[url.removeprefix(FILES)]
        content = gzip.compress(json.dumps(cells(job.spec)).encode())
        if self.now >= self._expiry(job):
            raise Unavailable("GET file", status=404)
        if job.fate.broken > 0:
            job.fate.broken -= 1
            if job.fate.how == "missing":
                raise Unavailable("GET file", status=404)
            content = content[: len(content) // 2] if job.fate.how == "cut" else content[:-8] + b"\0" * 8
        return File(content)

    # --- what tests do to it ------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The server's monotonic second."""
        return self.clock.monotonic()

    def put(self, asked: JobSpec, fate: Fate) -> FakeJob:
        """Place a job, whoever created it."""
        job = FakeJob(f"job{len(self.jobs) + 1}", asked, self.now, fate)
        self.jobs[job.job_id] = job
        return job

    def live(self) -> list[FakeJob]:
        """Return our jobs that occupy a slot."""
        return [j for j in self.jobs.values() if j.status(self.now) in LIVE and not self._forgotten(j)]

    def statuses(self) -> dict[str, str]:
        """Return the status of every job."""
        return {i: j.status(self.now) for i, j in self.jobs.items()}

    def _begin(self, verb: str) -> None:
        self.calls[verb] += 1
        self.mishap(verb)

    def _forgotten(self, job: FakeJob) -> bool:
        return self.now >= job.created + job.fate.vanishes

    def _expiry(self, job: FakeJob) -> float:
        return job.created + job.fate.seconds + job.fate.lifetime

    def _listed(self, job_id: str) -> JobStatus | None:
        job = self.jobs.get(job_id)
        if job is None or self._forgotten(job):
            return None
        if job.fate.hidden > 0:
            job.fate.hidden -= 1
            return None
        status = job.status(self.now)
        if status != "SUCCESS":
            return JobStatus(job_id, status, None, None, {})
        expires = self.clock.now() + timedelta(seconds=self._expiry(job) - self.now)
        url = None if job.fate.no_url > 0 else FILES + job_id
        job.fate.no_url -= 1
        return JobStatus(job_id, status, url, expires, {})


class File:
    """An answer of the file host, as `requests` would give it."""

    def __init__(self, content: bytes) -> None:
        self.raw = self
        self._content = content

    def __enter__(self) -> Self:
        """Open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""

    def stream(self, amount: int, *, decode_content: bool) -> Iterable[bytes]:
        """Yield the body."""
        assert amount > 0
        assert not decode_content
        if not self._content:
            raise requests.ConnectionError
        yield self._content


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
    inherited_jobs: dict[str, str] = field(default_factory=dict)
    refused: bool = False
    account_id: str = "acc1"
    error: Exception | None = None

    def plan(self) -> list[Window]:
        """Return the windows, or fail."""
        if self.error is not None:
            raise self.error
        return self.windows


class Bench:
    """One lane, its server, and a main thread that commits windows in order.

    Attributes:
        tickets: What the state would say: job id by digest.
        ready: Windows that were told to be complete, in the order of telling.
        committed: Windows whose records would be written.
        events: Everything that was told.
    """

    def __init__(self, max_jobs: int = 100, job_timeout: int = 600, limit: int = 100) -> None:
        self.clock = StillClock(at("2026-03-01T00"))
        self.server = Server(self.clock, limit)
        self.server.bench = self
        self.shop = Shop(
            t.cast("AdsApi", self.server),
            settings(max_concurrent_jobs=max_jobs, job_timeout_seconds=job_timeout),
            self.clock,
        )
        self.workers = HandWorkers(self.clock)
        self.shop.workers = self.workers
        self.lane = Lane("acc1", self.shop)
        self.extractions: list[FakeExtraction] = []
        self.tickets: dict[str, str] = {}
        self.ready: list[WindowRun] = []
        self.committed: list[WindowRun] = []
        self.events: list[Event] = []
        self.planned: dict[int, int] = {}
        self.accepted: set[str] = set()
        self.told_dead: set[str] = set()

    def add(self, windows: list[Window], inherited: dict[str, str] | None = None) -> FakeExtraction:
        """Queue a stream."""
        extraction = FakeExtraction(windows, dict(inherited or {}))
        self.tickets |= extraction.inherited_jobs
        self.lane.add(len(self.extractions), t.cast("Extraction", extraction))
        self.extractions.append(extraction)
        return extraction

    def step(self) -> float:
        """Let the lane start what it can; return when it wants to look again."""
        timers = self.shop.run_timers(self.clock.monotonic())
        due = min(timers, self.lane.step())
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
            if self.lane.idle or (until is not None and until()):
                return
            assert self.clock.monotonic() < deadline, f"stuck: {self.lane.counts}, {self.server.statuses()}"
            due = self.step() - self.clock.monotonic()
            self.advance(max(0.01, min(1.0, due)))

    # --- the main thread's part -----------------------------------------------------------------------------------

    def take_events(self) -> None:
        """Note what the lane told, keep the tickets, and commit windows in order."""
        while not self.shop.events.empty():
            event = self.shop.events.get_nowait()
            self.events.append(event)
            if isinstance(event, Ready):
                assert event.run not in self.ready, "a window is ready once"
                self.ready.append(event.run)
            elif isinstance(event, Ticket):
                self._take_ticket(event)
            elif isinstance(event, Planned):
                self.planned[self._number(event.extraction)] = event.windows
        self._commit()

    def _take_ticket(self, event: Ticket) -> None:
        over = {digest for run in self.ready for digest in run.job_digests}
        assert event.digest not in over, "nothing is told of a window after its end"
        if event.job_id is None:
            self.tickets.pop(event.digest, None)
        else:
            self.tickets[event.digest] = event.job_id

    def _number(self, extraction: object) -> int:
        return self.extractions.index(t.cast("FakeExtraction", extraction))

    def _commit(self) -> None:
        """Commit what is next, again and again; the lane learns which window is wanted."""
        by_place = {(self._number(run.extraction), run.index): run for run in self.ready}
        number, index = self.shop.wanted[:2]
        while number < len(self.extractions):
            run = by_place.get((number, index))
            if run is not None:
                self.committed.append(run)
                for digest in run.job_digests:
                    self.tickets.pop(digest, None)
                index += 1
            elif self.planned.get(number, index + 1) <= index:
                number, index = number + 1, 0
            else:
                break
        self.shop.wanted = (number, index, 0)

    # --- what came out -------------------------------------------------------------------------------------------

    def outcome(self) -> tuple[Counter[Cell], Counter[Cell]]:
        """Return the cells that were delivered and those that were reported lost, each with its count."""
        delivered: Counter[Cell] = Counter()
        lost: Counter[Cell] = Counter()
        for run in self.ready:
            for place, results in run.files.items():
                for asked, file in results:
                    content = [tuple(c) for c in json.loads(gzip.decompress(file.path.read_bytes()))]
                    assert content == cells(asked), "a file belongs to its spec"
                    assert set(asked.metric_groups) == set(_planned(run, place).metric_groups)
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


def _planned(run: WindowRun, place: tuple[int, int]) -> JobSpec:
    return run.window.groups[place[0]].specs[place[1]]


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


def unavailable(*, unknown: bool = False, retry_after: float | None = None) -> Unavailable:
    """Return the error of an API that does not serve at the moment."""
    return Unavailable("request", status=503, outcome_unknown=unknown, retry_after=retry_after)
