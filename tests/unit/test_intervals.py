"""Interval sets, against sets of hours."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.intervals import Interval, IntervalSet
from tests.support.moments import HOUR, at

ZERO = at("2026-01-01")
HOURS = 24


def _interval(first: int, last: int) -> Interval:
    return Interval(ZERO + first * HOUR, ZERO + last * HOUR)


def _hours(intervals: IntervalSet) -> set[int]:
    """Return the hours that a set holds, probed one by one."""
    return {h for h in range(HOURS) if any(i.start <= ZERO + h * HOUR < i.end for i in intervals)}


drawn = st.tuples(st.integers(0, HOURS), st.integers(0, HOURS))
drawn_sets = st.lists(drawn, max_size=8)


def _set(pairs: list[tuple[int, int]]) -> IntervalSet:
    return IntervalSet(_interval(*p) for p in pairs)


def _model(pairs: list[tuple[int, int]]) -> set[int]:
    return {h for first, last in pairs for h in range(first, last)}


@given(drawn_sets)
def test_a_set_holds_the_moments_of_its_intervals_and_no_others(pairs: list[tuple[int, int]]) -> None:
    """Windows are cut out of such sets: a moment gained or lost is a day asked twice or never."""
    assert _hours(_set(pairs)) == _model(pairs)


@given(drawn_sets)
def test_intervals_of_a_set_are_sorted_and_do_not_touch(pairs: list[tuple[int, int]]) -> None:
    """Touching intervals would make two windows, and two lines of state, where one does."""
    kept = list(_set(pairs))
    assert all(i.start < i.end for i in kept)
    assert all(a.end < b.start for a, b in pairwise(kept))


@given(drawn_sets, drawn)
def test_adding_removing_and_clipping_do_what_they_do_to_sets_of_hours(
    pairs: list[tuple[int, int]], other: tuple[int, int]
) -> None:
    """Progress is nothing but these three operations."""
    mine, model, theirs = _set(pairs), _model(pairs), set(range(*other))
    assert _hours(mine.add(_interval(*other))) == model | theirs
    assert _hours(mine.intersect(_interval(*other))) == model & theirs
    if other[0] < other[1]:
        assert _hours(mine.subtract(_interval(*other))) == model - theirs


@given(drawn_sets)
def test_equal_moments_make_equal_sets_whatever_their_pieces(pairs: list[tuple[int, int]]) -> None:
    """States are compared by what is open, not by how it came to be."""
    hour_by_hour = IntervalSet(_interval(h, h + 1) for h in _model(pairs))
    assert _set(pairs) == hour_by_hour
    assert hash(_set(pairs)) == hash(hour_by_hour)
    assert bool(_set(pairs)) == bool(_model(pairs))
    assert len(_set(pairs)) == len(hour_by_hour)


def test_neighbours_do_not_intersect() -> None:
    """Ends are exclusive: yesterday's window shares nothing with today's."""
    assert _interval(0, 3).intersect(_interval(3, 5)) is None


def test_a_set_is_not_equal_to_other_things() -> None:
    """Comparison with foreign values must not raise."""
    assert IntervalSet() != ()


def test_a_set_shows_its_intervals() -> None:
    """Failing assertions and debug logs need more than an address."""
    assert "2026" in repr(_set([(1, 2)]))
