"""The jobs of one account that the server works on: one status request for all of them, at a pace that adapts.

A failed request is not a failed job, a job missing from the answer is not a lost one, and `SUCCESS` is only done with a
URL. A job that is given up keeps its slot until the server has let go of it.
"""

from __future__ import annotations

import logging
import random
import typing as t
from dataclasses import dataclass
from functools import partial

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.stats.jobs.polling_interval import SHORTEST_SECONDS, Pace

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.api.client import JobPage, JobStatus
    from tap_twitter_ads_async.stats.jobs.resources import Resources
    from tap_twitter_ads_async.stats.jobs.tasks import Task

logger = logging.getLogger("tap-twitter-ads-async.jobs")

UNLISTED_POLLS, UNLISTED_SECONDS = 5, 120.0
"""A new job may be missing from the list at first; after so many polls and seconds it is taken for lost."""
ADOPTED_UNLISTED_POLLS = 3
CANCEL_AGAIN_SECONDS = 30.0
FOREVER = float("inf")
FAILED_STATUSES = frozenset({"FAILED", "CANCELLED"})


class Outcomes(t.Protocol):
    """What a poller reports; all calls come on the engine's thread."""

    def delivered(self, task: Task, url: str) -> None:
        """The result of a task's job lies at a URL."""

    def again(self, task: Task) -> None:
        """The job will not serve through no fault of its own: create another, no attempt spent."""

    def job_failed(self, task: Task, words: str) -> None:
        """The job failed."""

    def job_hung(self, task: Task, words: str) -> None:
        """The job took too long and was given up."""

    def let_go(self, task: Task, outcome: str) -> None:
        """A task's job is of no use any more, for a reason in a word: its ticket can go."""

    def asking(self) -> None:
        """The server is about to be asked."""

    def polled(self, page: JobPage) -> None:
        """The server answered, and said how many more jobs it takes."""

    def poll_failed(self, error: Exception) -> None:
        """The server did not answer."""


@dataclass(slots=True)
class _Zombie:
    """A job that was given up and may still run.

    Attributes:
        given_up: Monotonic second at which it was given up.
        cancelled: When the server was last asked to cancel it.
        unlisted: Polls in a row whose answer lacked it.
    """

    given_up: float
    cancelled: float
    unlisted: int = 0


class Poller:
    """Jobs of one account on the server; all methods run on the engine's thread."""

    def __init__(self, account_id: str, resources: Resources, outcomes: Outcomes) -> None:
        self._account_id = account_id
        self._resources = resources
        self._outcomes = outcomes
        self._running: dict[str, Task] = {}
        self._finishing: dict[str, Task] = {}
        self._zombies: dict[str, _Zombie] = {}
        self._polling = False
        self._poll_at = 0.0
        self._earliest = 0.0
        self._pace = Pace()
        self.known_jobs: set[str] = set()

    @property
    def slots_taken(self) -> int:
        """Jobs that occupy a slot of the account."""
        return len(self._running) + len(self._zombies)

    @property
    def busy(self) -> bool:
        """Whether any task waits for its job."""
        return bool(self._running or self._finishing)

    @property
    def tasks(self) -> int:
        """How many tasks wait for their job."""
        return len(self._running) + len(self._finishing)

    @property
    def job_seconds(self) -> float | None:
        """How long jobs take on the server, None while none has finished."""
        return self._pace.latency

    @property
    def polls(self) -> bool:
        """Whether there is any job to ask the server about."""
        return self.busy or bool(self._zombies)

    def start(self, task: Task, job_id: str) -> None:
        """Poll a task's job, new or adopted."""
        now = self._resources.clock.monotonic()
        task.job_id, task.created = job_id, now
        if not self.busy:
            self._poll_at = max(self._earliest, now + (0.0 if task.adopted else self._pace.interval(0.0)))
        self.known_jobs.add(job_id)
        self._running[job_id] = task

    def step(self, now: float) -> float:
        """Give up hung jobs and ask for the others when it is time; return when to look again."""
        for task in [*self._running.values(), *self._finishing.values()]:
            if now - task.created > self._resources.job_timeout:
                self._give_up(task)
        watched = [*self._running, *self._finishing, *self._zombies][: rules.MAX_JOB_IDS]
        if self._polling or not watched:
            return FOREVER
        if now < self._poll_at:
            return self._poll_at
        self._polling = True
        self._outcomes.asking()
        self._resources.workers.submit(
            partial(self._resources.executor.job_statuses, self._account_id, watched),
            partial(self._polled, watched),
            self._poll_failed,
        )
        return FOREVER

    def drop(self) -> list[Task]:
        """Stop watching; the jobs are left to the server."""
        tasks = [*self._running.values(), *self._finishing.values()]
        self._running, self._finishing = {}, {}
        return tasks

    def _polled(self, asked: list[str], page: JobPage) -> None:
        self._polling = False
        listed = {job.job_id: job for job in page.jobs}
        for job_id in asked:
            job = listed.get(job_id)
            task = self._running.get(job_id) or self._finishing.get(job_id)
            if job_id in self._zombies:
                self._seen_zombie(job_id, job)
            elif task is not None and job is None:
                self._missing(task)
            elif task is not None and job is not None:
                self._seen(task, job)
        # After the jobs that have ended: the server does not count their slots any more, and neither must we.
        self._outcomes.polled(page)
        self._schedule()

    def _poll_failed(self, error: Exception) -> None:
        self._polling = False
        self._schedule()
        self._outcomes.poll_failed(error)

    def _schedule(self) -> None:
        now = self._resources.clock.monotonic()
        oldest = min((task.created for task in self._running.values()), default=now)
        # Uneven: the first of an account's runs to look takes the free slots, and in step it would always be the same.
        uneven = self._pace.interval(now - oldest) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter
        self._poll_at = now + max(SHORTEST_SECONDS, uneven)
        self._earliest = now + SHORTEST_SECONDS

    def _seen(self, task: Task, job: JobStatus) -> None:
        task.unlisted = 0
        task.expired = job.expires_at is not None and job.expires_at <= self._resources.clock.now()
        if job.status == "SUCCESS" and job.url:
            self._unwatch(task)
            if not task.adopted:
                self._pace.finished(self._resources.clock.monotonic() - task.created)
            self._outcomes.delivered(task, job.url)
        elif job.status == "SUCCESS":
            self._running.pop(task.job_id, None)  # the slot is free, only the url is late
            self._finishing[task.job_id] = task
        elif job.status in FAILED_STATUSES:
            job_id = task.job_id
            self._forget(task, job.status.lower())
            self._outcomes.job_failed(task, f"job {job_id} ended as {job.status}")

    def _seen_zombie(self, job_id: str, job: JobStatus | None) -> None:
        """Free the slot of a job that was given up, once it has ended or is not listed any more."""
        zombie, now = self._zombies[job_id], self._resources.clock.monotonic()
        zombie.unlisted = zombie.unlisted + 1 if job is None else 0
        ended = job is not None and (job.status == "SUCCESS" or job.status in FAILED_STATUSES)
        # One that outlives a second time-out is the server's: if it still counts it, it will refuse by itself.
        if ended or zombie.unlisted >= UNLISTED_POLLS or now - zombie.given_up > self._resources.job_timeout:
            self._zombies.pop(job_id)
        elif job is not None and now - zombie.cancelled > CANCEL_AGAIN_SECONDS:
            self._cancel(job_id, zombie)

    def _missing(self, task: Task) -> None:
        task.unlisted += 1
        age = self._resources.clock.monotonic() - task.created
        if task.adopted and task.unlisted >= ADOPTED_UNLISTED_POLLS:
            self._forget(task, "vanished")
            self._outcomes.again(task)
        elif not task.adopted and task.unlisted >= UNLISTED_POLLS and age > UNLISTED_SECONDS:
            job_id = task.job_id
            self._forget(task, "vanished")
            self._outcomes.job_failed(task, f"job {job_id} vanished from the account's list")

    def _give_up(self, task: Task) -> None:
        """Cancel a job that takes too long; until that is confirmed its slot counts as taken."""
        job_id = task.job_id
        self._forget(task, "timed out")
        now = self._resources.clock.monotonic()
        self._zombies[job_id] = _Zombie(given_up=now, cancelled=now)
        self._cancel(job_id, self._zombies[job_id])
        self._outcomes.job_hung(task, f"job {job_id} took longer than {self._resources.job_timeout:g} s")

    def _cancel(self, job_id: str, zombie: _Zombie) -> None:
        zombie.cancelled = self._resources.clock.monotonic()
        self._resources.workers.submit(
            partial(self._resources.executor.cancel_job, self._account_id, job_id),
            partial(self._cancelled, job_id),
            partial(logger.warning, "Job %s was not cancelled: %s", job_id),
        )

    def _cancelled(self, job_id: str, _: None) -> None:
        self._zombies.pop(job_id, None)

    def _unwatch(self, task: Task) -> None:
        self._running.pop(task.job_id, None)
        self._finishing.pop(task.job_id, None)

    def _forget(self, task: Task, outcome: str) -> None:
        self._unwatch(task)
        self._outcomes.let_go(task, outcome)
        task.forget_job()
