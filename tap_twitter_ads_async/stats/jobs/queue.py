"""Tasks that wait for a slot, in the order in which their records are due, and those that wait for a while first."""

from __future__ import annotations

import heapq
import itertools
import typing as t

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.stats.jobs.tasks import Order, Task

FOREVER = float("inf")


class TaskQueue:
    """The waiting tasks of one account."""

    def __init__(self) -> None:
        self._ready: list[tuple[Order, int, Task]] = []
        self._later: list[tuple[float, int, Task]] = []
        self._serial = itertools.count()  # of equal places, the first to come

    def __len__(self) -> int:
        return len(self._ready) + len(self._later)

    @property
    def ready(self) -> int:
        """How many tasks could begin now."""
        return len(self._ready)

    @property
    def head(self) -> Task:
        """The task that is due first, of those that could begin now; there must be one."""
        return self._ready[0][2]

    def put(self, task: Task) -> None:
        """Queue a task that could begin now."""
        heapq.heappush(self._ready, (task.order, next(self._serial), task))

    def put_later(self, task: Task, at: float) -> None:
        """Queue a task that may begin at a monotonic second."""
        heapq.heappush(self._later, (at, next(self._serial), task))

    def pop(self) -> Task:
        """Take out the head."""
        return heapq.heappop(self._ready)[2]

    def wake(self, now: float) -> None:
        """Make ready what has waited until a monotonic second."""
        while self._later and self._later[0][0] <= now:
            self.put(heapq.heappop(self._later)[2])

    @property
    def wakes_at(self) -> float:
        """The monotonic second at which the next task has waited long enough."""
        return self._later[0][0] if self._later else FOREVER

    def drop(self) -> list[Task]:
        """Empty the queue; return what was in it."""
        waiting = [entry[2] for entry in (*self._ready, *self._later)]
        self._ready, self._later = [], []
        return waiting
