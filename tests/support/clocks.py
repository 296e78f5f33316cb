"""Clocks for tests: still, fast, real, and one whose waits are over at once."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta, timezone

from tap_twitter_ads_async.clock import Clock

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override


class StillClock(Clock):
    """A clock that moves only when told to, or by the waits themselves, which cost no time."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.moment = now
        self.waits: list[float] = []

    @override
    def now(self) -> datetime:
        return self.moment

    @override
    def monotonic(self) -> float:
        return self.moment.timestamp()

    @override
    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        if not self.stopped:
            self.moment += timedelta(seconds=seconds)
        return self.stopped


class QuickClock(StillClock):
    """A clock on which a real second is a hundred."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self._began = datetime.now(timezone.utc)

    @override
    def now(self) -> datetime:
        return self.moment + (datetime.now(timezone.utc) - self._began) * 100

    @override
    def monotonic(self) -> float:
        return self.now().timestamp()


class RunningClock(StillClock):
    """Real time, for tests of real threads."""

    @override
    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    @override
    def monotonic(self) -> float:
        return time.time()


class ImpatientClock(Clock):
    """Real time whose waits are over at once, so that retries cost no time."""

    @override
    def wait(self, seconds: float) -> bool:
        return self.stopped
