"""The line that tells a person how far a run is."""

from __future__ import annotations

import math
import typing as t
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.run.progress_line import (
    LINE_SECONDS,
    AccountWork,
    ProgressLine,
    Snapshot,
    duration,
    seconds_left,
    time_left,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = AccountWork(waiting=120, running=100, done=340, slots=100, job_seconds=50.0)
SNAPSHOT = Snapshot(
    accounts=3,
    streams=8,
    streams_done=2,
    current="campaign_stats",
    current_records=12_000,
    records=81_234,
    work=(ACCOUNT,),
    jobs_written=340,
    writing_seconds=20.0,
)


def test_the_line_tells_how_far_the_run_is() -> None:
    """Accounts, streams, jobs, records, rate, what is being written and how long it may take, in one line."""
    progress = ProgressLine(began=100.0)
    assert progress.line(replace(SNAPSHOT, records=54_234), 110.0)
    assert progress.line(SNAPSHOT, 115.0) == (
        "Progress: 3 accounts, 2 of 8 streams done; jobs 120 waiting, 100 running, 340 done; "
        "81,234 records, 5,400/s; now campaign_stats, 12,000 records; about 2 min left"
    )


def test_a_line_comes_every_few_seconds_at_most() -> None:
    """Logs of long runs must stay readable."""
    progress = ProgressLine(began=100.0)
    assert not progress.due(100.0 + LINE_SECONDS - 0.1)
    assert progress.due(100.0 + LINE_SECONDS)
    progress.line(SNAPSHOT, 107.0)
    assert not progress.due(107.0 + LINE_SECONDS - 0.1)
    assert progress.due(107.0 + LINE_SECONDS)


def test_it_is_quiet_while_nothing_changes() -> None:
    """Jobs may take half an hour; the same line three hundred times says nothing."""
    progress = ProgressLine(began=0.0)
    assert progress.line(SNAPSHOT, 5.0)
    slower = replace(SNAPSHOT, work=(replace(ACCOUNT, job_seconds=70.0),), writing_seconds=25.0)
    assert [progress.line(slower, at) for at in (10.0, 15.0)] == [None, None]
    assert progress.due(20.0), "quiet does not mean that it stops to look"
    (account,) = (replace(ACCOUNT, running=99, done=341),)
    assert progress.line(replace(slower, work=(account,)), 20.0)


def test_the_rate_is_that_since_the_line_before() -> None:
    """An average since the beginning would hide that a target has stopped reading."""
    progress = ProgressLine(began=0.0)
    assert "; 100 records, 20/s;" in str(progress.line(replace(SNAPSHOT, records=100), 5.0))
    assert progress.line(replace(SNAPSHOT, records=100), 10.0) is None
    assert "; 400 records, 20/s;" in str(progress.line(replace(SNAPSHOT, records=400), 20.0))
    stalled = replace(SNAPSHOT, records=400, streams_done=3)
    assert "; 400 records; now" in str(progress.line(stalled, 25.0))


def test_a_run_without_jobs_speaks_of_none() -> None:
    """Objects are read without jobs; a person wants to know which and how many."""
    snapshot = Snapshot(1, 2, current="campaigns", current_records=9_000, records=9_000, uncertain=True)
    assert ProgressLine(began=0.0).line(snapshot, 5.0) == (
        "Progress: 1 account, 0 of 2 streams done; 9,000 records, 1,800/s; now campaigns, 9,000 records"
    )


def test_nothing_is_said_about_the_time_before_it_can_be_known() -> None:
    """A wrong estimate is worse than none."""
    fresh = Snapshot(1, 1, work=(AccountWork(waiting=50, running=100, slots=100),))
    assert time_left(fresh, 60.0) == ""
    few = replace(fresh, work=(AccountWork(waiting=50, running=97, done=3, slots=100, job_seconds=60.0),))
    assert time_left(few, 60.0) == ""
    finished = replace(fresh, work=(replace(ACCOUNT, waiting=0, running=0),), jobs_written=340)
    assert time_left(finished, 60.0) == ""


@pytest.mark.parametrize(
    "unknown", [{"uncertain": True}, {"work": (replace(ACCOUNT, unplanned=1),)}], ids=["objects ahead", "not planned"]
)
def test_what_is_not_planned_yet_makes_the_estimate_a_lower_bound(unknown: dict[str, t.Any]) -> None:
    """Windows without a plan may be none or a thousand."""
    assert time_left(replace(SNAPSHOT, **unknown), 200.0) == "at least 1 min left"
    short = replace(SNAPSHOT, work=(replace(ACCOUNT, waiting=0, running=1, job_seconds=3.0, unplanned=1),))
    assert time_left(short, 3.0) == "", "at least nothing is no news"


def test_the_slowest_account_decides() -> None:
    """Accounts run side by side: jobs of one do not help another."""
    slow = AccountWork(waiting=900, running=100, done=10, slots=100, job_seconds=60.0)
    assert seconds_left(replace(SNAPSHOT, work=(ACCOUNT, slow), jobs_written=350), 60.0) == pytest.approx(600.0)


def test_an_account_without_a_finished_job_is_judged_by_the_others() -> None:
    """It is the same server."""
    unknown = AccountWork(waiting=300, running=100, slots=100)
    assert seconds_left(replace(SNAPSHOT, work=(ACCOUNT, unknown)), 50.0) == pytest.approx(200.0)


def test_a_slow_target_decides_where_it_is_slower_than_the_server() -> None:
    """All results may be here while records wait to be taken."""
    here = replace(ACCOUNT, waiting=0, running=0)
    snapshot = replace(SNAPSHOT, work=(here,), jobs_written=40, writing_seconds=20.0)
    assert seconds_left(snapshot, 300.0) == pytest.approx(150.0)
    assert time_left(snapshot, 300.0) == "about 3 min left"


@given(
    rounds=st.integers(1, 40),
    odd=st.integers(1, 100),
    slots=st.integers(1, 100),
    latency=st.floats(1.0, 900.0),
    when=st.floats(0.0, 1.0),
)
def test_the_estimate_is_right_to_one_round_of_jobs(
    rounds: int, odd: int, slots: int, latency: float, when: float
) -> None:
    """On a server that works at an even pace; nobody can know more from outside."""
    jobs = rounds * slots + min(odd, slots)
    end = math.ceil(jobs / slots) * latency
    now = latency * 1.01 + when * (end - latency * 1.02)
    done = min(jobs, slots * math.floor(now / latency))
    left = jobs - done
    account = AccountWork(
        waiting=max(0, left - slots), running=min(left, slots), done=done, slots=slots, job_seconds=latency
    )
    estimate = seconds_left(Snapshot(1, 1, work=(account,), jobs_written=done), now)
    if done < min(10, left):
        assert estimate is None
    else:
        assert estimate is not None
        assert abs(estimate - (end - now)) <= latency * 1.02


@pytest.mark.parametrize(
    ("seconds", "rounding", "words"),
    [
        (0.0, math.ceil, ""),
        (3.0, math.ceil, "10 s"),
        (3.0, math.floor, ""),
        (49.0, math.ceil, "50 s"),
        (51.0, math.ceil, "1 min"),
        (51.0, math.floor, "1 min"),
        (119.0, math.ceil, "2 min"),
        (3_599.0, math.ceil, "60 min"),
        (3_600.0, math.ceil, "1 h"),
        (4_700.0, math.ceil, "1 h 20 min"),
        (4_700.0, math.floor, "1 h 10 min"),
        (86_400.0, math.floor, "24 h"),
    ],
)
def test_a_time_span_is_told_no_finer_than_it_can_be_known(
    seconds: float, rounding: Callable[[float], int], words: str
) -> None:
    """Seconds in an estimate of an hour would be a lie."""
    assert duration(seconds, rounding) == words
