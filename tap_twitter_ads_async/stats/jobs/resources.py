"""What all accounts of the engine work with."""

from __future__ import annotations

import threading
import typing as t
from queue import Queue

from tap_twitter_ads_async.pauses import Pauses
from tap_twitter_ads_async.stats.jobs.spool import Spool
from tap_twitter_ads_async.stats.jobs.workers import Workers
from tap_twitter_ads_async.stats.records.answers import missing_ids

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.settings.model import Settings, StatsDefinition
    from tap_twitter_ads_async.stats.jobs.events import Event
    from tap_twitter_ads_async.stats.jobs.executor import Executor
    from tap_twitter_ads_async.stats.jobs.tasks import Order
    from tap_twitter_ads_async.stats.plan.spec import JobSpec

MAX_WORKERS = 64


class Resources:
    """What all accounts work with.

    Attributes:
        wanted: Order of the window that the main thread emits next; it is never held back. Belongs to the engine's
            thread.
    """

    def __init__(self, executor: Executor, settings: Settings, clock: Clock, pauses: Pauses = Pauses()) -> None:  # noqa: B008 - frozen
        self.executor = executor
        self.clock = clock
        self.pauses = pauses
        self.max_jobs = settings.max_concurrent_jobs
        self.job_timeout = float(settings.job_timeout_seconds)
        self.events: Queue[Event] = Queue()
        self.tell: Callable[[Event], None] = self.events.put
        self.spool = Spool()
        self.workers: Workers = Workers(MAX_WORKERS)
        self.wanted: Order = (0, 0, 0)
        self._one_at_a_time = threading.Lock()
        self._timers: list[tuple[float, Callable[[], None]]] = []

    def missing_ids(self, path: Path, spec: JobSpec, definition: StatsDefinition) -> tuple[str, ...]:
        """Check a result; see `answers.py`. One at a time, because each lies unpacked in memory meanwhile.

        Args:
            path: Result file, compressed.
            spec: What it answers.
            definition: Stream that it is for.
        """
        with self._one_at_a_time:
            return missing_ids(path, spec, definition)

    def may_work_ahead(self, order: Order) -> bool:
        """Whether a task may proceed although its window is not due yet."""
        return self.spool.has_room or order[:2] <= self.wanted[:2]

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Run a call on the engine's thread after some seconds."""
        self._timers.append((self.clock.monotonic() + seconds, call))

    def run_timers(self, now: float) -> float:
        """Run the calls that are due; return when the next one is."""
        due = [call for at, call in self._timers if at <= now]
        self._timers = [entry for entry in self._timers if entry[0] > now]
        for call in due:
            call()
        return min((at for at, _ in self._timers), default=float("inf"))
