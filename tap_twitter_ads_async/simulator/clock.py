"""The world's time: fixed or ticking, and steerable while the server runs."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone
from functools import lru_cache

UTC = timezone.utc


def epoch(moment: datetime) -> int:
    """Return whole seconds since 1970."""
    return int(moment.timestamp())


@lru_cache(maxsize=50_000)
def iso(seconds: int) -> str:
    """Write an epoch second the way the API does: UTC, whole seconds, `Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_utc(text: str) -> datetime:
    """Read an ISO 8601 date or date-time; without an offset it is UTC.

    Raises:
        ValueError: The text is no such time.
    """
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class SimClock:
    """Now, in the simulated world.

    A ticking clock runs at the speed of real time from its starting point; a fixed one stands until it is moved.
    """

    def __init__(self, start: datetime | None = None, *, ticking: bool = True) -> None:
        self._lock = threading.Lock()
        self._ticking = ticking
        self._base = start or datetime.now(UTC)
        self._since = time.monotonic()

    def now(self) -> datetime:
        """Return the world's present moment in UTC, to the second."""
        with self._lock:
            return self._read().replace(microsecond=0)

    def seconds(self) -> int:
        """Return the world's present moment as epoch seconds."""
        return epoch(self.now())

    def set(self, moment: datetime) -> None:
        """Jump to a moment."""
        with self._lock:
            self._base = moment.astimezone(UTC)
            self._since = time.monotonic()

    def advance(self, seconds: float) -> None:
        """Move forward (or back, with a negative number)."""
        with self._lock:
            self._base = self._read() + timedelta(seconds=seconds)
            self._since = time.monotonic()

    def ahead(self) -> float:
        """Return by how many seconds the world's present is ahead of this machine's clock."""
        with self._lock:
            return self._read().timestamp() - time.time()

    def _read(self) -> datetime:
        elapsed = time.monotonic() - self._since if self._ticking else 0.0
        return self._base + timedelta(seconds=elapsed)
