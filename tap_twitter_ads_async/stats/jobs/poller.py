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
from tap_twitter_ads_async.stats.jobs.executor import created_at
from tap_twitter_ads_async.stats.jobs.outcome import Failed, Hung, Malformed, NoFile, Vanished
from tap_twitter_ads_async.stats.jobs.polling_interval import Pace
from tap_twitter_ads_async.stats.plan.echo import contradiction
from tap_twitter_ads_async.stats.plan.tickets import serves

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.api.client import JobPage, JobStatus
    from tap_twitter_ads_async.stats.jobs.outcome import Outcome
    from tap_twitter_ads_async.stats.jobs.resources import Resources
    from tap_twitter_ads_async.stats.jobs.tasks import Task

logger = logging.getLogger("tap-twitter-ads-async.jobs")

UNLISTED_POLLS, UNLISTED_SECONDS = 5, 120.0
"""A new job may be missing from the list at first; after so many polls and seconds it is taken for lost."""
ADOPTED_UNLISTED_POLLS = 3
CANCEL_AGAIN_SECONDS = 30.0
FOREVER = float("inf")
FAILED_STATUSES = frozenset({"FAILED", "CANCELLED"})


class Owner(t.Protocol):
    """Whom a poller reports to; all calls come on the engine's thread."""

    def delivered(self, task: Task, url: str) -> None:
        """The result of a task's job lies at a URL."""

    def ended(self, task: Task, outcome: Outcome) -> None:
        """Nothing comes of a task's job, which the poller has let go of."""

    def let_go(self, task: Task, word: str) -> None:
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

    def __init__(self, account_id: str, resources: Resources, owner: Owner) -> None:
        self._account_id = account_id
        self._resources = resources
        self._owner = owner
        self._running: dict[str, Task] = {}
        self._finishing: dict[str, Task] = {}
        self._zombies: dict[str, _Zombie] = {}
        self._polling = False
        self._poll_at = 0.0
        self._earliest = 0.0
        self._pace = Pace(resources.pauses.poll)
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

    def abandon(self, job_id: str) -> None:
        """Cancel a job that serves nobody; until that is confirmed its slot counts as taken."""
        now = self._resources.clock.monotonic()
        self.known_jobs.add(job_id)
        self._zombies[job_id] = _Zombie(given_up=now, cancelled=now)
        self._cancel(job_id, self._zombies[job_id])

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
        self._owner.asking()
        self._resources.workers.submit(
            partial(self._resources.executor.statuses, self._account_id, watched),
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
        self._owner.polled(page)
        self._schedule()

    def _poll_failed(self, error: Exception) -> None:
        self._polling = False
        self._schedule()
        self._owner.poll_failed(error)

    def _schedule(self) -> None:
        now = self._resources.clock.monotonic()
        oldest = min((task.created for task in self._running.values()), default=now)
        # Uneven: the first of an account's runs to look takes the free slots, and in step it would always be the same.
        uneven = self._pace.interval(now - oldest) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter
        self._poll_at = now + max(self._pace.shortest, uneven)
        self._earliest = now + self._pace.shortest

    def _seen(self, task: Task, job: JobStatus) -> None:
        task.unlisted = 0
        wrong = _unfit(task, job)
        if wrong is not None:
            self._end(task, "another question", wrong)
            return
        task.expired = job.expires_at is not None and job.expires_at <= self._resources.executor.present()
        if job.status == "SUCCESS" and job.url:
            self._unwatch(task)
            if not task.adopted:
                self._pace.finished(self._resources.clock.monotonic() - task.created)
            self._owner.delivered(task, job.url)
        elif job.status == "SUCCESS":
            self._running.pop(task.job_id, None)  # the slot is free, only the url is late
            self._finishing[task.job_id] = task
        elif job.status in FAILED_STATUSES:
            self._end(task, job.status.lower(), Failed(f"job {task.job_id} ended as {job.status}"))

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
            self._end(task, "vanished", Vanished(f"job {task.job_id} is not listed any more"))
        elif not task.adopted and task.unlisted >= UNLISTED_POLLS and age > UNLISTED_SECONDS:
            self._end(task, "vanished", Vanished(f"job {task.job_id} vanished from the account's list"))

    def _give_up(self, task: Task) -> None:
        """Cancel a job that takes too long; until that is confirmed its slot counts as taken."""
        job_id, limit = task.job_id, self._resources.job_timeout
        if job_id in self._finishing:
            # It has ended, so that smaller jobs would not end sooner.
            self._end(task, "no url", NoFile(f"job {job_id} ended, and no url came within {limit:g} s"))
            return
        self.abandon(job_id)
        self._end(task, "timed out", Hung(f"job {job_id} took longer than {limit:g} s"))

    def _cancel(self, job_id: str, zombie: _Zombie) -> None:
        zombie.cancelled = self._resources.clock.monotonic()
        self._resources.workers.submit(
            partial(self._resources.executor.cancel, self._account_id, job_id),
            partial(self._cancelled, job_id),
            partial(logger.warning, "Job %s was not cancelled: %s", job_id),
        )

    def _cancelled(self, job_id: str, _: None) -> None:
        self._zombies.pop(job_id, None)

    def _unwatch(self, task: Task) -> None:
        self._running.pop(task.job_id, None)
        self._finishing.pop(task.job_id, None)

    def _end(self, task: Task, word: str, outcome: Outcome) -> None:
        self._unwatch(task)
        self._owner.let_go(task, word)
        self._owner.ended(task, outcome)


def _unfit(task: Task, job: JobStatus) -> Outcome | None:
    """Return why a job does not answer its task, by what the API shows of it."""
    seen = task.adopted or job.status == "SUCCESS"
    wrong = contradiction(job.raw, task.spec) if seen else None
    if wrong is not None:
        return Malformed(f"job {job.job_id} has a result for other parameters: {wrong}")
    if task.adopted and not serves(created_at(job), task.run.window):
        return Vanished(f"job {job.job_id} is older than the changes that it has to know")
    return None
