"""The jobs of one ads account: plan ahead, keep the slots full, poll, download, retry, split.

A lane is a state machine that only the engine's thread touches, so it needs no locks. Everything that blocks is
handed to workers, whose outcomes come back as calls on the same thread.

```
plan ─► ready ─► (slot) create ─► running ─► poll ─► SUCCESS and url ─► download ─► done
          ▲                          │ FAILED, hung, vanished              │ not there for long
          └── again, later halved ◄──┴─────────────────────────────────────┘
```
"""

from __future__ import annotations

import heapq
import itertools
import logging
import typing as t
from functools import partial

from tap_twitter_ads_async import rules
from tap_twitter_ads_async.errors import ApiError, CredentialsRejected, Unavailable
from tap_twitter_ads_async.stats.create import create_job
from tap_twitter_ads_async.stats.downloads import Downloads
from tap_twitter_ads_async.stats.pace import Pace
from tap_twitter_ads_async.stats.refusals import Remedy, remedy_for
from tap_twitter_ads_async.stats.tasks import LostPiece, Task, WindowRun

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.ads_api import JobPage, JobStatus
    from tap_twitter_ads_async.stats.engine import Shop
    from tap_twitter_ads_async.stats.extraction import Extraction
    from tap_twitter_ads_async.stats.spec import Window
    from tap_twitter_ads_async.stats.spool import SpooledFile

logger = logging.getLogger("tap-twitter-ads-async.jobs")

PARALLEL_CREATIONS = 10
PLAN_AHEAD_TASKS = 200
"""So many tasks are planned ahead of the slots, so that the slots never wait for a plan."""
RETRY_PAUSE_SECONDS = 2.0
ATTEMPTS_BEFORE_SPLIT = 2
UNLISTED_POLLS, UNLISTED_SECONDS = 5, 120.0
"""A new job may be missing from the list at first; after so many polls and seconds it is taken for lost."""
ADOPTED_UNLISTED_POLLS = 3
HOPELESS_FAILURES = 40
"""So many failures in a row, without any success, and the account is given up for this run."""
FOREVER = float("inf")
FAILED_STATUSES = frozenset({"FAILED", "CANCELLED"})


class Lane:
    """One account's share of the engine; all methods run on the engine's thread."""

    def __init__(self, account_id: str, shop: Shop) -> None:
        self.account_id = account_id
        self._shop = shop
        self._unplanned: list[tuple[int, Extraction]] = []
        self._planning = False
        self._ready: list[tuple[tuple[int, int, int], int, Task]] = []
        self._later: list[tuple[float, int, Task]] = []
        self._downloads = Downloads(shop, self._downloaded, self._download_failed)
        self._serial = itertools.count()
        self._running: dict[str, Task] = {}
        self._finishing: dict[str, Task] = {}
        self._zombies: set[str] = set()
        self._known_jobs: set[str] = set()
        self._creating = 0
        self._polling = False
        self._poll_at = 0.0
        self._failed_in_a_row = 0
        self._limit = shop.max_jobs
        self._pace = Pace()
        self._skipped: dict[tuple[int, str], str] = {}
        self.jobs_created = 0
        self.jobs_done = 0

    # --- what the engine asks -----------------------------------------------------------------------------

    def add(self, number: int, extraction: Extraction) -> None:
        """Queue a stream for this account; they are planned and emitted in the order of their numbers."""
        self._unplanned.append((number, extraction))

    @property
    def idle(self) -> bool:
        """Whether there is nothing left to do."""
        waiting = self._unplanned or self._planning or self._ready or self._later
        return not (waiting or self._running or self._finishing or self._creating or self._downloads.busy)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Tasks waiting, jobs in flight and jobs done, for progress lines."""
        in_flight = len(self._running) + self._creating
        return len(self._ready) + len(self._later), in_flight, self.jobs_done

    def step(self) -> float:
        """Start whatever can be started; return the monotonic second at which to look again."""
        now = self._shop.clock.monotonic()
        while self._later and self._later[0][0] <= now:
            self._make_ready(heapq.heappop(self._later)[2])
        self._give_up_hung(now)
        self._plan_ahead()
        self._create()
        self._poll(now)
        timers = [self._downloads.step(now), self._later[0][0] if self._later else FOREVER]
        if not self._polling and (self._running or self._finishing or self._zombies):
            timers.append(self._poll_at)
        return min(timers)

    # --- planning ------------------------------------------------------------------------------------------

    def _plan_ahead(self) -> None:
        if self._planning or not self._unplanned or len(self._ready) >= PLAN_AHEAD_TASKS:
            return
        number, extraction = self._unplanned.pop(0)
        self._planning = True
        self._shop.workers.submit(
            extraction.plan,
            lambda windows: self._planned(number, extraction, windows),
            lambda error: self._plan_failed(extraction, error),
        )

    def _planned(self, number: int, extraction: Extraction, windows: list[Window]) -> None:
        self._planning = False
        runs = [WindowRun(extraction, i, window) for i, window in enumerate(windows)]
        self._shop.emit.planned(extraction, len(runs))
        for run in runs:
            tasks = list(self._tasks_of(number, run))
            run.pending = len(tasks)
            for task in tasks:
                self._adopt_or_queue(task)
            self._settle(run)

    def _tasks_of(self, number: int, run: WindowRun) -> Iterable[Task]:
        places = ((g, p, spec) for g, group in enumerate(run.window.groups) for p, spec in enumerate(group.specs))
        for i, (group, partition, spec) in enumerate(places):
            yield Task(spec, run, (group, partition), (number, run.index, i))

    def _adopt_or_queue(self, task: Task) -> None:
        """Take up the job that an earlier run left for this spec, if its ticket is in the state."""
        job_id = task.run.extraction.inherited_jobs.get(task.spec.digest())
        if job_id is None or job_id in self._known_jobs:
            self._make_ready(task)
            return
        task.adopted = True
        task.run.job_digests.append(task.spec.digest())
        self._start_watching(task, job_id)

    def _plan_failed(self, extraction: Extraction, error: Exception) -> None:
        self._planning = False
        if isinstance(error, CredentialsRejected):
            self._shop.emit.fatal(error)
        else:
            self._shop.emit.abandoned(extraction, error)

    # --- creating ------------------------------------------------------------------------------------------

    def _make_ready(self, task: Task) -> None:
        heapq.heappush(self._ready, (task.order, next(self._serial), task))

    def _slots_taken(self) -> int:
        return len(self._running) + len(self._zombies) + self._creating

    def _create(self) -> None:
        while self._ready and self._creating < PARALLEL_CREATIONS and self._slots_taken() < self._limit:
            if not self._shop.may_work_ahead(self._ready[0][0]):
                return
            task = heapq.heappop(self._ready)[2]
            if self._is_skipped(task):
                self._done(task)
                continue
            self._creating += 1
            self._shop.workers.submit(
                partial(create_job, self._shop.api, self._shop.clock, task.spec, self._known_jobs),
                partial(self._created, task),
                partial(self._refused, task),
            )

    def _created(self, task: Task, job: JobStatus) -> None:
        self._creating -= 1
        self.jobs_created += 1
        digest = task.spec.digest()
        task.run.job_digests.append(digest)
        self._shop.emit.ticket(task.run.extraction, digest, job.job_id)
        self._start_watching(task, job.job_id)

    def _start_watching(self, task: Task, job_id: str) -> None:
        now = self._shop.clock.monotonic()
        task.job_id, task.created = job_id, now
        if not self._running and not self._finishing:
            self._poll_at = now + (0.0 if task.adopted else self._pace.interval(0.0))
        self._known_jobs.add(job_id)
        self._running[job_id] = task

    def _refused(self, task: Task, error: Exception) -> None:
        self._creating -= 1
        remedy = remedy_for(error) if isinstance(error, ApiError) else Remedy.LOSE
        if remedy is Remedy.WAIT_FOR_SLOT:
            self._wait_for_slot(task)
        elif remedy is Remedy.STOP:
            self._shop.emit.fatal(error)
        elif remedy is Remedy.RETRY:
            self._failed(task, str(error))
        elif remedy is Remedy.SPLIT:
            self._split(task, str(error))
        elif remedy is Remedy.LOSE_ACCOUNT:
            self._give_up_account(str(error))
            self._lose(task, str(error))
        elif remedy is Remedy.LOSE:
            self._lose(task, str(error))
        else:
            self._skip(task, remedy, error)

    def _wait_for_slot(self, task: Task) -> None:
        """Other clients hold slots of this account: work with what is left, and look again at the next poll."""
        self._make_ready(task)
        self._limit = max(0, len(self._running) + len(self._zombies))
        if not self._running:
            self._later_call(RETRY_PAUSE_SECONDS)
        logger.info("Account %s: all job slots are taken, going on with %d", self.account_id, self._limit)

    def _later_call(self, seconds: float) -> None:
        def reopen() -> None:
            self._limit = max(self._limit, 1)

        self._shop.call_later(seconds, reopen)

    def _is_skipped(self, task: Task) -> bool:
        number = task.order[0]
        spec = task.spec
        return any((number, what) in self._skipped for what in ("", spec.placement, "+".join(spec.metric_groups)))

    def _skip(self, task: Task, remedy: Remedy, error: Exception) -> None:
        """Leave out, with one warning, what this account or API version does not offer."""
        spec, extraction = task.spec, task.run.extraction
        what, words = {
            Remedy.SKIP_PLACEMENT: (spec.placement, f"placement {spec.placement}"),
            Remedy.SKIP_METRICS: (
                "+".join(spec.metric_groups),
                f"metric groups {', '.join(spec.metric_groups)}",
            ),
        }.get(remedy, ("", f"entity type {spec.entity}, segmentation {spec.segmentation_type or 'none'}"))
        self._skipped[task.order[0], what] = words
        if what == "":
            extraction.refused = True
        self._shop.emit.not_offered(extraction, words, error)
        self._done(task)

    # --- polling -------------------------------------------------------------------------------------------

    def _poll(self, now: float) -> None:
        watched = [*self._running, *self._finishing, *self._zombies][: rules.MAX_JOB_IDS]
        if self._polling or not watched or now < self._poll_at:
            return
        self._polling = True
        undisturbed = self._creating == 0
        self._shop.workers.submit(
            lambda: self._shop.api.job_statuses(self.account_id, watched),
            lambda page: self._polled(watched, page, undisturbed=undisturbed),
            self._poll_failed,
        )

    def _polled(self, asked: list[str], page: JobPage, *, undisturbed: bool) -> None:
        self._polling = False
        listed = {job.job_id: job for job in page.jobs}
        self._learn_limit(page.free_slots, undisturbed=undisturbed and self._creating == 0)
        for job_id in asked:
            job = listed.get(job_id)
            if job_id in self._zombies:
                if job is None or job.status in FAILED_STATUSES or job.status == "SUCCESS":
                    self._zombies.discard(job_id)
                continue
            task = self._running.get(job_id) or self._finishing.get(job_id)
            if task is not None:
                self._missing(task) if job is None else self._seen(task, job)
        self._schedule_poll()

    def _learn_limit(self, free_slots: int | None, *, undisturbed: bool) -> None:
        """Work with the slots that other clients of the account leave; without word of them, probe upward."""
        if free_slots is None:
            self._limit = min(self._shop.max_jobs, self._limit + 1)
        elif undisturbed:  # a creation under way may or may not be counted by the server
            in_flight = len(self._running) + len(self._zombies)
            self._limit = min(self._shop.max_jobs, in_flight + free_slots)

    def _schedule_poll(self) -> None:
        now = self._shop.clock.monotonic()
        oldest = min((task.created for task in self._running.values()), default=now)
        self._poll_at = now + self._pace.interval(now - oldest)

    def _poll_failed(self, error: Exception) -> None:
        """A failed poll is not a failed job: ask again later, unless the account itself is out of reach."""
        self._polling = False
        if isinstance(error, CredentialsRejected):
            self._shop.emit.fatal(error)
            return
        self._failed_in_a_row += 1
        logger.warning("Account %s: polling failed: %s", self.account_id, error)
        if not isinstance(error, Unavailable):
            self._failed_in_a_row = HOPELESS_FAILURES
        if self._failed_in_a_row >= HOPELESS_FAILURES:
            self._give_up_account(str(error))
        self._schedule_poll()

    def _seen(self, task: Task, job: JobStatus) -> None:
        task.unlisted = 0
        expired = job.expires_at is not None and job.expires_at <= self._shop.clock.now()
        if job.status == "SUCCESS" and expired:
            self._forget(task)
            self._make_ready(task)
        elif job.status == "SUCCESS" and job.url:
            self._forget_watch(task)
            if not task.adopted:
                self._pace.finished(self._shop.clock.monotonic() - task.created)
            self._downloads.add(task, job.url)
        elif job.status == "SUCCESS":
            self._running.pop(task.job_id, None)  # the slot is free, only the url is late
            self._finishing[task.job_id] = task
        elif job.status in FAILED_STATUSES:
            job_id = task.job_id
            self._forget(task)
            self._failed(task, f"job {job_id} ended as {job.status}")

    def _missing(self, task: Task) -> None:
        task.unlisted += 1
        age = self._shop.clock.monotonic() - task.created
        gone = (
            task.unlisted >= ADOPTED_UNLISTED_POLLS
            if task.adopted
            else task.unlisted >= UNLISTED_POLLS and age > UNLISTED_SECONDS
        )
        if not gone:
            return
        was_adopted, job_id = task.adopted, task.job_id
        self._forget(task)
        if was_adopted:
            self._make_ready(task)
        else:
            self._failed(task, f"job {job_id} vanished from the account's list")

    def _give_up_hung(self, now: float) -> None:
        """Cancel jobs that take too long; their slots count as taken until the server lets go of them."""
        for task in [*self._running.values(), *self._finishing.values()]:
            if now - task.created <= self._shop.job_timeout:
                continue
            job_id = task.job_id
            self._forget(task)
            self._zombies.add(job_id)
            self._shop.workers.submit(
                partial(self._shop.api.cancel_job, self.account_id, job_id),
                partial(self._cancelled, job_id),
                partial(logger.warning, "Job %s was not cancelled: %s", job_id),
            )
            self._split(task, f"job {job_id} took longer than {self._shop.job_timeout:g} s")

    def _cancelled(self, job_id: str, _: None) -> None:
        self._zombies.discard(job_id)

    def _forget_watch(self, task: Task) -> None:
        self._running.pop(task.job_id, None)
        self._finishing.pop(task.job_id, None)

    def _forget(self, task: Task) -> None:
        """Let go of a job that will not serve, and of its ticket."""
        self._forget_watch(task)
        self._shop.emit.ticket(task.run.extraction, task.spec.digest(), None)
        task.forget_job()

    # --- downloading ---------------------------------------------------------------------------------------

    def _downloaded(self, task: Task, file: SpooledFile) -> None:
        self.jobs_done += 1
        self._failed_in_a_row = 0
        task.run.files.setdefault(task.place, []).append((task.spec, file))
        self._done(task)

    def _download_failed(self, task: Task, error: Exception) -> None:
        self._forget(task)
        self._failed(task, str(error))

    # --- ends ----------------------------------------------------------------------------------------------

    def _failed(self, task: Task, words: str) -> None:
        """An attempt failed: try again once, then in smaller pieces."""
        self._failed_in_a_row += 1
        task.failures += 1
        if self._failed_in_a_row >= HOPELESS_FAILURES:
            self._give_up_account(words)
            self._lose(task, words)
        elif task.failures < ATTEMPTS_BEFORE_SPLIT:
            logger.warning("Trying again: %s: %s", task.spec, words)
            wait = RETRY_PAUSE_SECONDS * self._shop.pause_scale
            heapq.heappush(self._later, (self._shop.clock.monotonic() + wait, next(self._serial), task))
        else:
            self._split(task, words)

    def _split(self, task: Task, words: str) -> None:
        halves = task.split()
        if not halves:
            self._lose(task, words)
            return
        logger.warning("Splitting in two: %s: %s", task.spec, words)
        task.run.pending += 1
        for half in halves:
            self._make_ready(half)

    def _lose(self, task: Task, words: str) -> None:
        task.run.lost.append(LostPiece(task.spec, words))
        self._done(task)

    def _give_up_account(self, words: str) -> None:
        """Lose everything that is left of this account in this run; it stays open for the next."""
        waiting = [entry[2] for entry in (*self._ready, *self._later)] + self._downloads.drop()
        watched = [*self._running.values(), *self._finishing.values()]
        self._ready, self._later = [], []
        self._running, self._finishing = {}, {}
        for task in [*waiting, *watched]:
            self._lose(task, words)
        for _, extraction in self._unplanned:
            self._shop.emit.abandoned(extraction, Unavailable(words))
        self._unplanned = []

    def _done(self, task: Task) -> None:
        task.run.pending -= 1
        self._settle(task.run)

    def _settle(self, run: WindowRun) -> None:
        if run.pending == 0:
            self._shop.emit.ready(run)
