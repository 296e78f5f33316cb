"""The only module that reads the wall clock or waits, so that both can be replaced in tests."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone


class Clock:
    """Now, monotonic seconds, and waits that end early when the run is stopped."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now(self) -> datetime:
        """Return the current moment, in UTC."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Return seconds that never jump, for deadlines and intervals."""
        return time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Wait, unless the run is stopped.

        Args:
            seconds: How long to wait; zero or less returns at once.

        Returns:
            True if the run was stopped before or while waiting.
        """
        return self._stopped.wait(max(0.0, seconds))

    def stop(self) -> None:
        """End all waits, present and future."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()
