"""The streams of one account that are still to be planned: one after another, in order, ahead of the slots."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.errors import CredentialsRejected, Unavailable
from tap_twitter_ads_async.stats.jobs.events import Abandoned, Fatal

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.stats.jobs.resources import Resources
    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.plan.spec import Window

PLAN_AHEAD_TASKS = 200
"""So many tasks are planned ahead of the slots, so that the slots never wait for a plan."""


class Planner:
    """Plans one account's streams; all methods run on the engine's thread.

    Args:
        resources: What all accounts work with.
        planned: Called with a stream's number, the stream and its windows.
    """

    def __init__(self, resources: Resources, planned: Callable[[int, Extraction, list[Window]], None]) -> None:
        self._resources = resources
        self._tell_planned = planned
        self._waiting: list[tuple[int, Extraction]] = []
        self._busy = False
        self._streams = 0
        self._tasks = 0

    def add(self, number: int, extraction: Extraction) -> None:
        """Queue a stream."""
        self._waiting.append((number, extraction))

    @property
    def left(self) -> int:
        """How many streams are not planned yet."""
        return len(self._waiting) + self._busy

    @property
    def busy(self) -> bool:
        """Whether a stream is being planned at this moment."""
        return self._busy

    @property
    def expected_tasks(self) -> int:
        """How many tasks the streams that are left may bring, if they are like those before."""
        return round(self.left * self._tasks / self._streams) if self._streams else 0

    def go_on(self) -> None:
        """Plan the next stream, if there is one and none is being planned."""
        if self._busy or not self._waiting:
            return
        number, extraction = self._waiting.pop(0)
        self._busy = True
        self._resources.workers.submit(
            extraction.plan,
            lambda windows: self._planned(number, extraction, windows),
            lambda error: self._failed(extraction, error),
        )

    def _planned(self, number: int, extraction: Extraction, windows: list[Window]) -> None:
        self._busy = False
        self._streams += 1
        self._tasks += sum(len(group.specs) for window in windows for group in window.groups)
        self._tell_planned(number, extraction, windows)

    def _failed(self, extraction: Extraction, error: Exception) -> None:
        self._busy = False
        if isinstance(error, CredentialsRejected):
            self._resources.tell(Fatal(error))
        else:
            self._resources.tell(Abandoned(extraction, error))

    def give_up(self, words: str) -> None:
        """Leave what is not planned yet to the next run."""
        for _, extraction in self._waiting:
            self._resources.tell(Abandoned(extraction, Unavailable(words)))
        self._waiting = []
