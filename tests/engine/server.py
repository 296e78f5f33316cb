"""An account of the API in memory: slots, jobs and their fates, result files."""

from __future__ import annotations

import gzip
import json
import typing as t
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial

import requests
from typing_extensions import Self

from tap_twitter_ads_async.api.client import JobPage, JobStatus
from tap_twitter_ads_async.domain.calendar import stamp
from tap_twitter_ads_async.domain.metrics import metrics
from tap_twitter_ads_async.errors import ApiErrorDetail, RequestRefused, TooManyJobs, Unavailable
from tap_twitter_ads_async.stats.jobs.executor import Quota
from tap_twitter_ads_async.stats.jobs.result_file import check_url, download

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tap_twitter_ads_async.stats.plan.spec import JobSpec
    from tests.engine.bench import Bench, Work
    from tests.support.clocks import StillClock

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


def result_of(asked: JobSpec) -> dict[str, t.Any]:
    """Return what a result file holds: entities without data, and beside them the cells that tests count."""
    nulls = {metric.name: None for metric in metrics(asked.entity, asked.metric_groups)}
    # Unsegmented, an entity without data has its metrics as nulls; segmented, it has no segments.
    entries = [] if asked.segmentation_type else [{"segment": None, "metrics": nulls}]
    return {"data": [{"id": i, "id_data": entries} for i in asked.entity_ids], "cells": cells(asked)}


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
    """An account in memory, with the verbs of `Executor` that the engine uses.

    Attributes:
        fate_of: Chooses what becomes of a new job.
        mishap: Called at the start of every request with its verb; may raise.
        after_create: Called once a job exists, before its creation is answered; may raise.
        foreign: Slots taken by other clients.
        ahead: By how much its clock, which dates jobs and files, is ahead of the tap's.
        tells_slots: Whether answers say how many slots are free.
        told_dead: Jobs that an answer called FAILED or CANCELLED.
        requests_left: How many specs it answers without a job.
        requests_unknown: Whether nobody knows how many, until one is answered.
        asked_at_once: What it answered so.
        takes_of: Which specs it answers so.
        most_ours: Most jobs of ours that were ever live at once, but for orphans.
    """

    def __init__(self, clock: StillClock, limit: int = 100) -> None:
        self.clock = clock
        self.limit = limit
        self.foreign = 0
        self.ahead = timedelta()
        self.tells_slots = False
        self.jobs: dict[str, FakeJob] = {}
        self.fate_of: Callable[[JobSpec], Fate] = lambda _: Fate()
        self.mishap: Callable[[str], None] = lambda _: None
        self.requests_left = 0
        self.requests_unknown = False
        self._asking = 0
        self.asked_at_once: list[JobSpec] = []
        self.takes_of: Callable[[JobSpec], bool] = lambda _: True
        self.after_create: Callable[[FakeJob], None] = lambda _: None
        self.most_ours = 0
        self.polls: list[Work] = []
        self.calls: Counter[str] = Counter()
        self.bench: Bench

    # --- verbs ------------------------------------------------------------------------------------------------

    def takes(self, asked: JobSpec) -> bool:
        """Take what the synchronous endpoint would, if a test gives it a quota."""
        return self.requests_left > 0 and self.takes_of(asked)

    def quota(self) -> Quota:
        """Return what is left of it; with `requests_unknown`, a single request has to find out."""
        left = max(0, self.requests_left)
        return Quota(int(not self._asking and left > 0) if self.requests_unknown else left, left)

    def at_once(self, asked: JobSpec) -> Callable[[Path], None] | None:
        """Answer without a job."""
        if not self.requests_left:
            return None
        self.requests_left -= 1
        self._asking += 1
        return partial(self._answer, asked)

    def withdraw(self) -> None:
        """Give a request back."""
        self.requests_left += 1
        self._asking -= 1

    def _answer(self, asked: JobSpec, path: Path) -> None:
        self._asking -= 1
        self._begin("ask")
        self.asked_at_once.append(asked)
        self.requests_unknown = False
        path.write_bytes(gzip.compress(json.dumps(result_of(asked)).encode()))

    def start(self, asked: JobSpec) -> JobStatus:
        """Accept a job, if a slot is free."""
        self._begin("create")
        if len(self.live()) + self.foreign >= self.limit:
            raise TooManyJobs("POST", status=400, details=[ApiErrorDetail("TOO_MANY_JOBS", "too many")])
        job = self.put(asked, self.fate_of(asked))
        job.creator = self.bench.workers.current
        self.most_ours = max(self.most_ours, sum(not j.orphan for j in self.live()))
        self.after_create(job)
        return JobStatus(job.job_id, "QUEUED", None, None, {})

    def statuses(self, account_id: str, job_ids: Sequence[str]) -> JobPage:
        """List the jobs that are asked for, if they are visible."""
        assert account_id == "acc1"
        assert 1 <= len(job_ids) <= 200
        assert len(set(job_ids)) == len(job_ids)
        self.polls.append(self.bench.workers.current)
        self._begin("poll")
        listed = [s for i in job_ids if (s := self._listed(i)) is not None]
        free = max(0, self.limit - len(self.live()) - self.foreign)
        return JobPage(tuple(listed), *((free, self.limit) if self.tells_slots else (None, None)))

    def cancel(self, account_id: str, job_id: str) -> None:
        """Cancel a job that has not ended."""
        assert account_id == "acc1"
        self._begin("cancel")
        job = self.jobs.get(job_id)
        if job is None or job.status(self.now) not in LIVE:
            raise RequestRefused("DELETE", status=400)
        job.cancelled = True

    def present(self) -> datetime:
        """Return the moment by the server's clock."""
        return self.clock.now() + self.ahead

    def find(self, asked: JobSpec, not_before: datetime, known_ids: frozenset[str]) -> JobStatus | None:
        """Find a visible job of equal parameters."""
        self._begin("find")
        for job in self.jobs.values():
            recent = job.created + self.ahead.total_seconds() >= not_before.timestamp()
            if recent and job.spec == asked and job.job_id not in known_ids and job.fate.hidden == 0:
                return JobStatus(job.job_id, job.status(self.now), None, None, {})
        return None

    def recent(self, account_id: str) -> list[JobStatus]:
        """List the visible jobs, with what they were created for."""
        assert account_id == "acc1"
        self._begin("recent")
        return [self._shown(job) for job in self.jobs.values() if not self._forgotten(job)]

    def _shown(self, job: FakeJob) -> JobStatus:
        raw = {**job.spec.params(), "created_at": stamp(datetime.fromtimestamp(job.created, timezone.utc) + self.ahead)}
        return JobStatus(job.job_id, job.status(self.now), None, None, raw)

    def fetch(self, url: str, path: Path) -> None:
        """Write a result to a path."""
        check_url(url, "https://ads-api.x.com")
        download(t.cast("Callable[[str], requests.Response]", self.open_result), url, path)

    def open_result(self, url: str) -> File:
        """Open a result; it may not be there yet, or be broken."""
        self._begin("file")
        job = self.jobs[url.removeprefix(FILES)]
        content = gzip.compress(json.dumps(result_of(job.spec)).encode())
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

    def all_statuses(self) -> dict[str, str]:
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
        expires = self.present() + timedelta(seconds=self._expiry(job) - self.now)
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


def unavailable(*, unknown: bool = False, retry_after: float | None = None) -> Unavailable:
    """Return the error of an API that does not serve at the moment."""
    return Unavailable("request", status=503, outcome_unknown=unknown, retry_after=retry_after)
