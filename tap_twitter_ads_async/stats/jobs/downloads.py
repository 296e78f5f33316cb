"""Result files of one account on their way to the spool, with retries of their own.

A file may lag behind its job by minutes; that costs the job no attempt. While the spool is full, only what is
emitted next is fetched. What arrives is held against its spec at once, while another job can still be made.
"""

from __future__ import annotations

import logging
import typing as t
from functools import partial

from tap_twitter_ads_async.errors import CredentialsRejected, SpoolError, Unavailable
from tap_twitter_ads_async.pauses import growing
from tap_twitter_ads_async.stats.jobs.events import Fatal
from tap_twitter_ads_async.stats.jobs.outcome import Delivered, Incomplete, Malformed, NoFile, Refused
from tap_twitter_ads_async.stats.jobs.result_file import UntrustedUrl
from tap_twitter_ads_async.stats.records.results import ResultMalformed

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_twitter_ads_async.stats.jobs.outcome import Outcome
    from tap_twitter_ads_async.stats.jobs.resources import Resources
    from tap_twitter_ads_async.stats.jobs.tasks import Task

logger = logging.getLogger("tap-twitter-ads-async.jobs")

PARALLEL_DOWNLOADS = 4
DOWNLOAD_TRIES = 8
"""Tries of one download, with pauses that grow to half a minute: a minute and a half for a file that is late, before
its job is made anew."""
ADOPTED_TRIES, EXPIRED_TRIES = 4, 1
"""Tries for the file of an earlier run's job, which may be gone: another job is soon made."""
MALFORMED_TRIES = 2
"""A file that arrived whole and cannot be read is as good as written so: once more, in case of the way."""
EXPECTED_DELAYS = 3
"""So often a file may be missing without a warning: it follows its job by seconds."""


class Downloads:
    """The downloads of one account; all methods run on the engine's thread.

    Args:
        resources: What all accounts work with.
        ended: Called with the outcome of a task's download.
    """

    def __init__(self, resources: Resources, ended: Callable[[Task, Outcome], None]) -> None:
        self._resources = resources
        self._ended = ended
        self._waiting: list[tuple[float, Task, Callable[[Path], None]]] = []
        self._under_way: set[Task] = set()

    @property
    def busy(self) -> bool:
        """Whether files are waiting or under way."""
        return bool(self.tasks)

    @property
    def tasks(self) -> int:
        """How many tasks wait for their file."""
        return len(self._waiting) + len(self._under_way)

    @property
    def jobs(self) -> int:
        """How many of them have a job."""
        return sum(bool(task.job_id) for task in (*(task for _, task, _ in self._waiting), *self._under_way))

    def add(self, task: Task, fetch: Callable[[Path], None], at: float = 0.0) -> None:
        """Queue a result.

        Args:
            task: What it answers.
            fetch: Writes it to a path.
            at: Monotonic second before which it is not to be fetched.
        """
        self._waiting.append((at, task, fetch))

    def drop(self) -> list[Task]:
        """Give up what is waiting."""
        dropped = [task for _, task, _ in self._waiting]
        self._waiting = []
        return dropped

    def step(self, now: float) -> float:
        """Start what can be started; return the monotonic second at which to look again."""
        while len(self._under_way) < PARALLEL_DOWNLOADS and not self._resources.spool.broken:
            due = [e for e in self._waiting if e[0] <= now and self._resources.may_work_ahead(e[1].order)]
            if not due:
                break
            entry = min(due, key=lambda e: e[1].order)
            self._waiting.remove(entry)
            self._start(entry[1], entry[2])
        return min((at for at, _, _ in self._waiting if at > now), default=float("inf"))

    def _start(self, task: Task, fetch: Callable[[Path], None]) -> None:
        path = self._resources.spool.new_path()
        self._under_way.add(task)

        def succeed(outcome: Outcome) -> None:
            self._under_way.discard(task)
            self._ended(task, outcome)

        def fail(error: Exception) -> None:
            self._under_way.discard(task)
            if isinstance(error, SpoolError):  # no other download would fare better; the job keeps its ticket
                self._resources.spool.broken = True
                self._resources.tell(Fatal(error))
                return
            self._not_there(task, fetch, error)

        self._resources.workers.submit(partial(self._fetch, task, fetch, path), succeed, fail)

    def _fetch(self, task: Task, fetch: Callable[[Path], None], path: Path) -> Outcome:
        fetch(path)
        try:
            missing = self._resources.missing_ids(path, task.spec, task.run.extraction.definition)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        file = self._resources.spool.add(path)
        return Incomplete(file, missing) if missing else Delivered(file)

    def _not_there(self, task: Task, fetch: Callable[[Path], None], error: Exception) -> None:
        task.downloads += 1
        if task.downloads >= _tries(task, error):
            self._ended(task, _outcome(error))
            return
        longest = self._resources.pauses.file
        pause = growing(task.downloads, min(1.0, longest), longest)
        if isinstance(error, Unavailable):
            pause = max(pause, error.retry_after or 0.0)
        level = logging.DEBUG if task.downloads <= EXPECTED_DELAYS else logging.WARNING
        logger.log(level, "Retrying the result file in %.0f s: %s: %s", pause, task.spec, error)
        self.add(task, fetch, self._resources.clock.monotonic() + pause)


def _tries(task: Task, error: Exception) -> int:
    if isinstance(error, ResultMalformed):
        return 1 if task.adopted else MALFORMED_TRIES
    if not isinstance(error, Unavailable):
        return 1
    if not task.adopted:
        return DOWNLOAD_TRIES
    return EXPIRED_TRIES if task.expired else ADOPTED_TRIES


def _outcome(error: Exception) -> Outcome:
    if isinstance(error, ResultMalformed):
        return Malformed(str(error))
    if isinstance(error, CredentialsRejected):
        return Refused(error)
    # Where the API says where a file lies, the next job's file would lie as well.
    never = isinstance(error, UntrustedUrl)
    broken = not isinstance(error, Unavailable) or not error.status
    return NoFile(str(error), never=never, broken=broken)
