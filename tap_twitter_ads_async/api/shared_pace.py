"""A fair share of a quota that several runs use up together, without a word between them.

A run that was refused knows that others write as well. From then on it sends no faster than the quota's own rate: 450
writes a minute are one in 0.13 s. A run that is alone loses nothing by that, and runs that are many are all equally
fast while there is something left of the quota, so each gets as much of it as any other.
"""

from __future__ import annotations

import random
import threading
import typing as t

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.clock import Clock

FORGET_AFTER_WAITS = 3.0
"""So many times the longest wait without a refusal, and the run has the quota for itself again."""


class SharedPace:
    """Moments at which requests of one quota go on. Thread-safe.

    Args:
        clock: Now.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._longest_wait = 0.0
        self._interval = 0.0
        self._next = 0.0
        self._until = 0.0

    def refused(self, wait: float, limit: float) -> None:
        """Learn of a used-up quota.

        Args:
            wait: Seconds to its reset; the longest one met is nearest to the window's length.
            limit: Requests that one window allows.
        """
        now = self._clock.monotonic()
        with self._lock:
            self._longest_wait = max(wait, self._longest_wait)
            self._interval = self._longest_wait / max(limit, 1.0)
            # A phase of its own, or all runs would knock at the same moments.
            self._next = max(self._next, now + wait + random.uniform(0.0, self._interval))  # noqa: S311 - jitter
            self._until = now + FORGET_AFTER_WAITS * self._longest_wait

    def turn(self) -> float:
        """Return the seconds until the caller's turn, which is its own from now on; 0 while nobody was refused."""
        now = self._clock.monotonic()
        with self._lock:
            if now > self._until:
                return 0.0
            turn = max(now, self._next)
            self._next = turn + self._interval
            return turn - now
