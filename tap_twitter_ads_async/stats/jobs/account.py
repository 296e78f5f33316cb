"""The jobs of one ads account: plan ahead, keep the slots full, poll, download, retry, split.

They are a state machine that only the engine's thread touches, so it needs no locks. Everything that blocks is handed
to workers, whose outcomes come back as calls on the same thread.

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

from tap_twitter_ads_async.errors import ApiError, CredentialsRejected, Unavailable
from tap_twitter_ads_async.run.progress_line import AccountWork
from tap_twitter_ads_async.run.record import ADOPTED, CREATED, DOWNLOADED, ENDED
from tap_twitter_ads_async.singer.sdk_metrics import job_took
from tap_twitter_ads_async.stats.jobs.creation import create_job
from tap_twitter_ads_async.stats.jobs.downloads import Downloads
from tap_twitter_ads_async.stats.jobs.events import JobStep
from tap_twitter_ads_async.stats.jobs.poller import Poller
from tap_twitter_ads_async.stats.jobs.refusals import Remedy, remedy_for
from tap_twitter_ads_async.stats.jobs.result_file import UntrustedUrl
from tap_twitter_ads_async.stats.jobs.slots import Slots
from tap_twitter_ads_async.stats.jobs.tasks import LostPiece, Task, WindowJobs, inherited_job

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.api.client import JobPage, JobStatus
    from tap_twitter_ads_async.stats.jobs.resources import Resources
    from tap_twitter_ads_async.stats.jobs.spool import SpooledFile
    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.plan.spec import Window

logger = logging.getLogger("tap-twitter-ads-async.jobs")

PARALLEL_CREATIONS = 10
PLAN_AHEAD_TASKS = 200
"""So many tasks are planned ahead of the slots, so that the slots never wait for a plan."""
RETRY_PAUSE_SECONDS = 2.0
ATTEMPTS_BEFORE_SPLIT = 2
HOPELESS_FAILURES = 40
"""So many failures in a row, without any success, and the account is given up for this run."""
FOREVER = float("inf")


class AccountJobs:
    """One account's share of the engine; all methods run on the engine's thread."""

    def __init__(self, account_id: str, resources: Resources) -> None:
        self.account_id = account_id
        self._resources = resources
        self._unplanned: list[tuple[int, Extraction]] = []
        self._planning = False
        self._ready: list[tuple[tuple[int, int, int], int, Task]] = []
        self._later: list[tuple[float, int, Task]] = []
        self._downloads = Downloads(resources, self._downloaded, self._download_failed)
        self._serial = itertools.count()
        self._poller = Poller(account_id, resources, self)
        self._creating = 0
        self._creations_overlap = False
        self._probing = False
        self._failed_in_a_row = 0
        self._slots = Slots(resources.max_jobs)
        self._skipped: dict[tuple[int, str], str] = {}
        self._told_of_others = False
        self.jobs_done = 0

    # --- what the engine asks -----------------------------------------------------------------------------

    def add(self, number: int, extraction: Extraction) -> None:
        """Queue a stream for this account; they are planned and emitted in the order of their numbers."""
        self._unplanned.append((number, extraction))

    @property
    def idle(self) -> bool:
        """Whether there is nothing left to do."""
        waiting = self._unplanned or self._planning or self._ready or self._later
        return not (waiting or self._poller.busy or self._creating or self._downloads.busy)

    @property
    def work(self) -> AccountWork:
        """What is left and what is done, for progress lines; read from another thread."""
        return AccountWork(
            unplanned=len(self._unplanned) + self._planning,
            waiting=len(self._ready) + len(self._later),
            running=self._poller.tasks + self._creating + self._downloads.tasks,
            done=self.jobs_done,
            slots=self._slots.limit,
            job_seconds=self._poller.job_seconds,
        )

    def step(self) -> float:
        """Start whatever can be started; return the monotonic second at which to look again."""
        now = self._resources.clock.monotonic()
        while self._later and self._later[0][0] <= now:
            self._make_ready(heapq.heappop(self._later)[2])
        self._plan_ahead()
        self._create()
        self._look_again()
        retry_at = self._later[0][0] if self._later else FOREVER
        return min(self._poller.step(now), self._downloads.step(now), retry_at)

    # --- planning ------------------------------------------------------------------------------------------

    def _plan_ahead(self) -> None:
        if self._planning or not self._unplanned or len(self._ready) >= PLAN_AHEAD_TASKS:
            return
        number, extraction = self._unplanned.pop(0)
        self._planning = True
        self._resources.workers.submit(
            extraction.plan,
            lambda windows: self._planned(number, extraction, windows),
            lambda error: self._plan_failed(extraction, error),
        )

    def _planned(self, number: int, extraction: Extraction, windows: list[Window]) -> None:
        self._planning = False
        runs = [WindowJobs(extraction, i, window) for i, window in enumerate(windows)]
        self._resources.emit.planned(extraction, len(runs))
        for run in runs:
            tasks = list(self._tasks_of(number, run))
            run.pending = len(tasks)
            for task in tasks:
                self._adopt_or_queue(task)
            self._settle(run)

    def _tasks_of(self, number: int, run: WindowJobs) -> Iterable[Task]:
        places = ((g, p, spec) for g, group in enumerate(run.window.groups) for p, spec in enumerate(group.specs))
        for i, (group, partition, spec) in enumerate(places):
            yield Task(spec, run, (group, partition), (number, run.index, i))

    def _adopt_or_queue(self, task: Task) -> None:
        """Take up the job that an earlier run left for this spec, if its ticket is in the state."""
        job_id = inherited_job(task.run.extraction, task.spec, self._poller.known_jobs)
        if job_id is None:
            self._make_ready(task)
            return
        task.adopted = True
        task.run.job_digests.append(task.spec.digest())
        self._poller.start(task, job_id)
        self._tell(task, ADOPTED)

    def _plan_failed(self, extraction: Extraction, error: Exception) -> None:
        self._planning = False
        if isinstance(error, CredentialsRejected):
            self._resources.emit.fatal(error)
        else:
            self._resources.emit.abandoned(extraction, error)

    # --- creating ------------------------------------------------------------------------------------------

    def _make_ready(self, task: Task) -> None:
        heapq.heappush(self._ready, (task.order, next(self._serial), task))

    def _slots_taken(self) -> int:
        return self._poller.slots_taken + self._creating

    def _create(self) -> None:
        while self._ready and self._creating < PARALLEL_CREATIONS and self._slots_taken() < self._slots.limit:
            if not self._resources.may_work_ahead(self._ready[0][0]):
                return
            task = heapq.heappop(self._ready)[2]
            if self._is_skipped(task):
                self._done(task)
                continue
            self._creating += 1
            self._resources.workers.submit(
                partial(
                    create_job, self._resources.executor, self._resources.clock, task.spec, self._poller.known_jobs
                ),
                partial(self._created, task),
                partial(self._refused, task),
            )

    def _created(self, task: Task, job: JobStatus) -> None:
        self._creating -= 1
        self._creations_overlap = True
        if job.job_id in self._poller.known_jobs:  # found by two tasks that ask the same: it serves the first
            self._make_ready(task)
            return
        digest = task.spec.digest()
        task.run.job_digests.append(digest)
        self._resources.emit.ticket(task.run.extraction, digest, job.job_id)
        self._poller.start(task, job.job_id)
        self._tell(task, CREATED)

    def _refused(self, task: Task, error: Exception) -> None:
        self._creating -= 1
        remedy = remedy_for(error) if isinstance(error, ApiError) else Remedy.LOSE
        if remedy is Remedy.WAIT_FOR_SLOT:
            self._wait_for_slot(task)
        elif remedy is Remedy.STOP:
            self._resources.emit.fatal(error)
        elif remedy is Remedy.RETRY:
            self._failed_in_a_row += 1
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
        self._slots.refused(self._poller.slots_taken)
        level = logging.DEBUG if self._told_of_others else logging.INFO
        self._told_of_others = True
        words = "Account %s: other clients hold job slots; going on with %d of %d"
        logger.log(level, words, self.account_id, self._slots.limit, self._resources.max_jobs)

    def _look_again(self) -> None:
        """Try a single job after a while, where no slot is left and no poll will tell of a free one."""
        stuck = self._ready and not self._creating and not self._poller.polls and self._slots.limit == 0
        if stuck and not self._probing:
            self._probing = True
            self._resources.call_later(self._slots.probe_pause(), self._probe)

    def _probe(self) -> None:
        self._probing = False
        self._slots.probe()

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
        self._resources.emit.not_offered(extraction, words, error)
        self._done(task)

    # --- outcomes of watching --------------------------------------------------------------------------------

    def delivered(self, task: Task, url: str) -> None:
        """Fetch a task's result."""
        self._tell(task, ENDED)
        self._downloads.add(task, url)

    def again(self, task: Task) -> None:
        """Create another job for a task."""
        self._make_ready(task)

    def job_failed(self, task: Task, words: str) -> None:
        """Try a task again, or in pieces."""
        self._took(task, succeeded=False)
        self._failed(task, words)

    def job_hung(self, task: Task, words: str) -> None:
        """Try a task in pieces."""
        self._took(task, succeeded=False)
        self._split(task, words)

    def let_go(self, task: Task, outcome: str) -> None:
        """Drop the ticket of a task's job."""
        self._tell(task, outcome)
        self._resources.emit.ticket(task.run.extraction, task.spec.digest(), None)

    def asking(self) -> None:
        """Note whether a creation is under way, which the server's answer may count or not."""
        self._creations_overlap = self._creating > 0

    def polled(self, page: JobPage) -> None:
        """Work with the slots that other clients of the account leave; without word of them, probe upward."""
        sure = self._creating == 0 and not self._creations_overlap
        self._slots.told(page, self._poller.slots_taken, self._resources.clock.monotonic(), sure=sure)

    def poll_failed(self, error: Exception) -> None:
        """Go on asking, unless the account itself is out of reach."""
        if isinstance(error, CredentialsRejected):
            self._resources.emit.fatal(error)
            return
        self._failed_in_a_row += 1
        logger.warning("Account %s: polling failed: %s", self.account_id, error)
        if self._failed_in_a_row >= HOPELESS_FAILURES or not isinstance(error, Unavailable):
            self._give_up_account(str(error))

    # --- downloading ---------------------------------------------------------------------------------------

    def _downloaded(self, task: Task, file: SpooledFile) -> None:
        self._took(task, succeeded=True)
        self._tell(task, DOWNLOADED, file.size)
        self.jobs_done += 1
        self._failed_in_a_row = 0
        task.run.files.setdefault(task.place, []).append((task.spec, file))
        self._done(task)

    def _download_failed(self, task: Task, error: Exception) -> None:
        was_adopted = task.adopted
        self._took(task, succeeded=False)
        self.let_go(task, "no result file")
        task.forget_job()
        if was_adopted:
            self._make_ready(task)
        elif isinstance(error, UntrustedUrl):
            self._lose(task, str(error))  # the next job's file would lie there as well
        else:
            self._failed(task, str(error))

    def _tell(self, task: Task, step: str, size: int = 0) -> None:
        """Tell what happened to a task's job."""
        now = self._resources.clock.now()
        self._resources.emit.job(JobStep(task.run.extraction, task.job_id, step, now, task.failures + 1, size))

    def _took(self, task: Task, *, succeeded: bool) -> None:
        job_took(
            self._resources.clock.monotonic() - task.created,
            stream=task.run.extraction.definition.name,
            entity=task.spec.entity,
            account_id=self.account_id,
            succeeded=succeeded,
        )

    # --- ends ----------------------------------------------------------------------------------------------

    def _failed(self, task: Task, words: str) -> None:
        """An attempt failed: try again once, then in smaller pieces."""
        task.failures += 1
        if not task.spec.can_be_cut:  # what smaller pieces may cure says nothing about the account
            self._failed_in_a_row += 1
        if self._failed_in_a_row >= HOPELESS_FAILURES:
            self._give_up_account(words)
            self._lose(task, words)
        elif task.failures < ATTEMPTS_BEFORE_SPLIT:
            logger.warning("Retrying the job: %s: %s", task.spec, words)
            heapq.heappush(
                self._later, (self._resources.clock.monotonic() + RETRY_PAUSE_SECONDS, next(self._serial), task)
            )
        else:
            self._split(task, words)

    def _split(self, task: Task, words: str) -> None:
        halves = task.split()
        if not halves:
            self._lose(task, words)
            return
        logger.warning("Splitting the job in two: %s: %s", task.spec, words)
        task.run.pending += 1
        for half in halves:
            self._make_ready(half)

    def _lose(self, task: Task, words: str) -> None:
        task.run.lost.append(LostPiece(task.spec, words))
        self._done(task)

    def _give_up_account(self, words: str) -> None:
        """Lose everything that is left of this account in this run; it stays open for the next."""
        waiting = [entry[2] for entry in (*self._ready, *self._later)] + self._downloads.drop()
        self._ready, self._later = [], []
        for task in [*waiting, *self._poller.drop()]:
            self._lose(task, words)
        for _, extraction in self._unplanned:
            self._resources.emit.abandoned(extraction, Unavailable(words))
        self._unplanned = []

    def _done(self, task: Task) -> None:
        task.run.pending -= 1
        self._settle(task.run)

    def _settle(self, run: WindowJobs) -> None:
        if run.pending == 0:
            self._resources.emit.ready(run)
