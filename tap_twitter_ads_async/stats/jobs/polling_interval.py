"""How often to ask for the jobs of one account: often enough to notice, seldom enough not to hammer."""

from __future__ import annotations

SHORTEST_SECONDS = 0.4
LONGEST_SECONDS = 15.0
SHARE_OF_LATENCY = 0.08
"""A job is noticed at most this share of its own duration late, beyond the shortest interval."""
_WEIGHT = 0.2


class Pace:
    """The polling interval, learnt from how long jobs take.

    Attributes:
        shortest: Seconds that no interval is shorter than.
    """

    def __init__(self, shortest: float = SHORTEST_SECONDS) -> None:
        self.shortest = shortest
        self._latency: float | None = None

    @property
    def latency(self) -> float | None:
        """How long jobs take, in seconds; None while none has finished."""
        return self._latency

    def finished(self, seconds: float) -> None:
        """Learn from a job that took so long."""
        known = seconds if self._latency is None else self._latency
        self._latency = known + _WEIGHT * (seconds - known)

    def interval(self, oldest_age: float) -> float:
        """Return the seconds to the next request, given the age of the longest-running job."""
        expected = oldest_age if self._latency is None else min(self._latency, max(oldest_age, self.shortest))
        return min(LONGEST_SECONDS, max(self.shortest, SHARE_OF_LATENCY * expected))
