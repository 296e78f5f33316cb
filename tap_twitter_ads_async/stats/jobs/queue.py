"""Tasks that wait for a slot, in the order in which their records are due, and those that wait for a while first.

Some could be answered without a job as well. So many of them as may be answered soon are held: they do not become jobs
meanwhile, and those behind them pass by.
"""

from __future__ import annotations

import heapq
import itertools
import typing as t
from bisect import insort

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tap_twitter_ads_async.stats.jobs.tasks import Order, Task

FOREVER = float("inf")


class TaskQueue:
    """The waiting tasks of one account.

    Args:
        takeable: Whether a task could be answered without a job.

    Attributes:
        held: So many of the takeable tasks do not become jobs, those that are due first.
    """

    def __init__(self, takeable: Callable[[Task], bool]) -> None:
        self._is_takeable = takeable
        self._ready: list[tuple[Order, int, Task]] = []  # a heap
        self._takeable: list[tuple[Order, int, Task]] = []  # sorted
        self._later: list[tuple[float, int, Task]] = []
        self._serial = itertools.count()  # of equal places, the first to come
        self.held = 0

    def __len__(self) -> int:
        return self.ready + len(self._later)

    @property
    def ready(self) -> int:
        """How many tasks could begin now, those that are held included."""
        return len(self._ready) + len(self._takeable)

    @property
    def takeable(self) -> int:
        """How many of them could be answered without a job."""
        return len(self._takeable)

    @property
    def head(self) -> Task | None:
        """The task that is due first, of those that may become jobs now."""
        source, place = self._first()
        return source[place][2] if len(source) > place else None

    @property
    def takeable_head(self) -> Task | None:
        """The task that is due first, of those that could be answered without a job."""
        return self._takeable[0][2] if self._takeable else None

    def put(self, task: Task) -> None:
        """Queue a task that could begin now."""
        entry = (task.order, next(self._serial), task)
        if self._is_takeable(task):
            insort(self._takeable, entry)
        else:
            heapq.heappush(self._ready, entry)

    def put_later(self, task: Task, at: float) -> None:
        """Queue a task that may begin at a monotonic second."""
        heapq.heappush(self._later, (at, next(self._serial), task))

    def pop(self) -> Task:
        """Take out the head; there must be one."""
        source, place = self._first()
        return heapq.heappop(source)[2] if source is self._ready else source.pop(place)[2]

    def pop_takeable(self) -> Task:
        """Take out the head of the takeable; there must be one."""
        return self._takeable.pop(0)[2]

    def _first(self) -> tuple[list[tuple[Order, int, Task]], int]:
        """Return where the head lies, if there is one."""
        passing = len(self._takeable) > self.held
        if passing and (not self._ready or self._takeable[self.held] < self._ready[0]):
            return self._takeable, self.held
        return self._ready, 0

    def wake(self, now: float) -> None:
        """Make ready what has waited until a monotonic second."""
        while self._later and self._later[0][0] <= now:
            self.put(heapq.heappop(self._later)[2])

    @property
    def wakes_at(self) -> float:
        """The monotonic second at which the next task has waited long enough."""
        return self._later[0][0] if self._later else FOREVER

    def drop(self, streams: Collection[int] | None = None) -> list[Task]:
        """Take out and return the tasks of some streams, of all if none are named."""

        def goes(task: Task) -> bool:
            return streams is None or task.order[0] in streams

        dropped = [entry[2] for entry in (*self._ready, *self._takeable, *self._later) if goes(entry[2])]
        self._ready = [entry for entry in self._ready if not goes(entry[2])]
        self._takeable = [entry for entry in self._takeable if not goes(entry[2])]
        self._later = [entry for entry in self._later if not goes(entry[2])]
        heapq.heapify(self._ready)
        heapq.heapify(self._later)
        return dropped
