"""Result files of one account on their way to the spool, with retries of their own.

A file may lag behind its job by minutes; that costs the job no attempt. While the spool is full, only what is
emitted next is fetched.
"""

from __future__ import annotations

import logging
import typing as t

from tap_twitter_ads_async.errors import SpoolError, Unavailable
from tap_twitter_ads_async.stats.jobs.result_file import check_url, download

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_twitter_ads_async.stats.jobs.resources import Resources
    from tap_twitter_ads_async.stats.jobs.spool import SpooledFile
    from tap_twitter_ads_async.stats.jobs.tasks import Task

logger = logging.getLogger("tap-twitter-ads-async.jobs")

PARALLEL_DOWNLOADS = 4
DOWNLOAD_TRIES = 8
"""Tries of one download, with pauses that grow to half a minute: a minute and a half for a file that is late, before
its job is made anew."""
ADOPTED_TRIES, EXPIRED_TRIES = 4, 1
"""Tries for the file of an earlier run's job, which may be gone: another job is soon made."""
EXPECTED_DELAYS = 3
"""So often a file may be missing without a warning: it follows its job by seconds."""
LONGEST_PAUSE_SECONDS = 30.0


class Downloads:
    """The downloads of one account; all methods run on the engine's thread."""

    def __init__(
        self,
        resources: Resources,
        done: Callable[[Task, SpooledFile], None],
        failed: Callable[[Task, Exception], None],
    ) -> None:
        self._resources = resources
        self._done = done
        self._failed = failed
        self._waiting: list[tuple[float, Task, str]] = []
        self._under_way = 0

    @property
    def busy(self) -> bool:
        """Whether files are waiting or under way."""
        return bool(self.tasks)

    @property
    def tasks(self) -> int:
        """How many tasks wait for their file."""
        return len(self._waiting) + self._under_way

    def add(self, task: Task, url: str, at: float = 0.0) -> None:
        """Queue a result file, not to be fetched before the monotonic second `at`."""
        self._waiting.append((at, task, url))

    def drop(self) -> list[Task]:
        """Give up what is waiting."""
        dropped = [task for _, task, _ in self._waiting]
        self._waiting = []
        return dropped

    def step(self, now: float) -> float:
        """Start what can be started; return the monotonic second at which to look again."""
        while self._under_way < PARALLEL_DOWNLOADS and not self._resources.spool.broken:
            due = [e for e in self._waiting if e[0] <= now and self._resources.may_work_ahead(e[1].order)]
            if not due:
                break
            entry = min(due, key=lambda e: e[1].order)
            self._waiting.remove(entry)
            self._start(entry[1], entry[2])
        return min((at for at, _, _ in self._waiting if at > now), default=float("inf"))

    def _start(self, task: Task, url: str) -> None:
        path = self._resources.spool.new_path()
        self._under_way += 1

        def succeed(file: SpooledFile) -> None:
            self._under_way -= 1
            self._done(task, file)

        def fail(error: Exception) -> None:
            self._under_way -= 1
            if isinstance(error, SpoolError):  # no other download would fare better; the job keeps its ticket
                self._resources.spool.broken = True
                self._resources.emit.fatal(error)
                return
            self._not_there(task, url, error)

        self._resources.workers.submit(lambda: self._fetch(url, path), succeed, fail)

    def _fetch(self, url: str, path: Path) -> SpooledFile:
        check_url(url, self._resources.api_url)
        download(self._resources.executor.open_result, url, path)
        return self._resources.spool.add(path)

    def _not_there(self, task: Task, url: str, error: Exception) -> None:
        task.downloads += 1
        tries = DOWNLOAD_TRIES
        if task.adopted:
            tries = EXPIRED_TRIES if task.expired else ADOPTED_TRIES
        if task.downloads >= tries or not isinstance(error, Unavailable):
            self._failed(task, error)
            return
        pause = max(min(LONGEST_PAUSE_SECONDS, 2.0 ** (task.downloads - 1)), error.retry_after or 0.0)
        level = logging.DEBUG if task.downloads <= EXPECTED_DELAYS else logging.WARNING
        logger.log(level, "Retrying the result file in %.0f s: %s: %s", pause, task.spec, error)
        self.add(task, url, self._resources.clock.monotonic() + pause)
