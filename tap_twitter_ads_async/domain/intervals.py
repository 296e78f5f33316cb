"""Half-open intervals of time, and sets of them: the arithmetic behind windows and progress.

All moments are UTC. `FAR` stands for "no end".
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone

from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FAR = datetime(9999, 1, 1, tzinfo=timezone.utc)
"""Later than any moment the API knows: an interval that ends here has no end."""


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The moments from `start` to just before `end`."""

    start: datetime
    end: datetime

    def intersect(self, other: Interval) -> Interval | None:
        """Return the common part, None where there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start, end) if start < end else None

    def subtract(self, other: Interval) -> Iterator[Interval]:
        """Yield what remains of this interval without the other."""
        if other.end <= self.start or self.end <= other.start:
            yield self
            return
        if self.start < other.start:
            yield Interval(self.start, other.start)
        if other.end < self.end:
            yield Interval(other.end, self.end)


class IntervalSet:
    """A set of moments, kept as sorted, disjoint, non-touching intervals. Immutable."""

    __slots__ = ("_intervals",)

    def __init__(self, intervals: Iterable[Interval] = ()) -> None:
        merged: list[Interval] = []
        for interval in sorted(i for i in intervals if i.start < i.end):
            if merged and interval.start <= merged[-1].end:
                merged[-1] = Interval(merged[-1].start, max(merged[-1].end, interval.end))
            else:
                merged.append(interval)
        self._intervals = tuple(merged)

    def __iter__(self) -> Iterator[Interval]:
        return iter(self._intervals)

    def __len__(self) -> int:
        return len(self._intervals)

    def __bool__(self) -> bool:
        return bool(self._intervals)

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntervalSet) and self._intervals == other._intervals

    @override
    def __hash__(self) -> int:
        return hash(self._intervals)

    @override
    def __repr__(self) -> str:
        return f"IntervalSet({list(self._intervals)!r})"

    def add(self, interval: Interval) -> IntervalSet:
        """Return this set with an interval more."""
        return IntervalSet((*self._intervals, interval))

    def subtract(self, interval: Interval) -> IntervalSet:
        """Return this set without an interval."""
        return IntervalSet(rest for mine in self._intervals for rest in mine.subtract(interval))

    def intersect(self, interval: Interval) -> IntervalSet:
        """Return the part of this set within an interval."""
        parts = (mine.intersect(interval) for mine in self._intervals)
        return IntervalSet(part for part in parts if part)
