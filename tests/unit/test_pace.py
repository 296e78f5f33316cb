"""How often jobs are asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.stats.jobs.polling_interval import LONGEST_SECONDS, SHARE_OF_LATENCY, SHORTEST_SECONDS, Pace

seconds = st.floats(0, 10_000)


@given(st.lists(seconds, max_size=20), seconds)
def test_the_interval_stays_within_its_bounds(latencies: list[float], age: float) -> None:
    """Neither hammered nor forgotten, whatever the jobs do."""
    pace = Pace()
    for latency in latencies:
        pace.finished(latency)
    assert SHORTEST_SECONDS <= pace.interval(age) <= LONGEST_SECONDS


@given(st.floats(5, 180), st.floats(0, 1_000))
def test_a_job_is_noticed_within_a_small_share_of_its_duration(latency: float, age: float) -> None:
    """Time between success and notice is time in which a slot stands empty."""
    pace = Pace()
    for _ in range(30):
        pace.finished(latency)
    assert pace.interval(age) <= max(SHORTEST_SECONDS, SHARE_OF_LATENCY * latency * 1.001)


def test_slow_jobs_are_asked_for_seldom_once_they_are_old() -> None:
    """Jobs that take minutes need no request every half second."""
    pace = Pace()
    pace.finished(100)
    assert pace.interval(100) == SHARE_OF_LATENCY * 100
    assert pace.interval(1) < pace.interval(100)


def test_without_experience_the_age_of_the_oldest_job_decides() -> None:
    """A first job may take a second or ten minutes."""
    pace = Pace()
    assert pace.interval(0) == SHORTEST_SECONDS
    assert pace.interval(100) == SHARE_OF_LATENCY * 100
    assert pace.interval(3600) == LONGEST_SECONDS


def test_the_interval_follows_jobs_that_become_faster() -> None:
    """One slow start must not set the pace for the day."""
    pace = Pace()
    pace.finished(100)
    for _ in range(30):
        pace.finished(5)
    assert pace.interval(1000) < SHARE_OF_LATENCY * 6
