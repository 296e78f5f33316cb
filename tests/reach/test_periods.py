"""Days, weeks, months and lifetimes of an account's calendar."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.reach.periods import PeriodCalendar
from tap_twitter_ads_async.settings.model import ReachPeriod
from tests.support.moments import at

ZONES = ["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
CALENDAR_KINDS = [ReachPeriod.DAY, ReachPeriod.WEEK, ReachPeriod.MONTH]
moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(timezone.utc))  # noqa: DTZ001 - zones are given apart


def _calendar(
    zone: str = "America/Los_Angeles", start: str = "2026-01-15T08:00", end: str | None = None
) -> PeriodCalendar:
    return PeriodCalendar(AccountZone(zone), at(start), at(end) if end else None)


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        (ReachPeriod.DAY, "2026-03-08T08:00", "2026-03-09T07:00"),
        (ReachPeriod.WEEK, "2026-03-02T08:00", "2026-03-09T07:00"),
        (ReachPeriod.MONTH, "2026-03-01T08:00", "2026-04-01T07:00"),
    ],
)
def test_periods_follow_the_account_s_clock_through_a_change(kind: ReachPeriod, start: str, end: str) -> None:
    """A day of 23 hours is a day, and a week begins on Monday."""
    period = _calendar().holding(kind, at("2026-03-08T20:00"))
    assert (period.start, period.end) == (at(start), at(end))


@given(st.sampled_from(ZONES), st.sampled_from(CALENDAR_KINDS), moments)
def test_periods_lie_end_to_end(zone: str, kind: ReachPeriod, moment: datetime) -> None:
    """Each moment is in one period, and each period begins where another ends."""
    calendar = PeriodCalendar(AccountZone(zone), moment, None)
    period = calendar.holding(kind, moment)
    assert period.end is not None
    assert period.start <= moment < period.end
    assert calendar.holding(kind, period.end).start == period.end
    assert calendar.holding(kind, period.start - timedelta(seconds=1)).end == period.start


@given(
    st.sampled_from(ZONES), st.sampled_from(CALENDAR_KINDS), moments, st.timedeltas(timedelta(0), timedelta(days=80))
)
def test_a_span_touches_the_periods_that_share_a_moment_with_it(
    zone: str, kind: ReachPeriod, moment: datetime, length: timedelta
) -> None:
    """No more, or figures are asked for in vain; no less, or they are lost."""
    calendar = PeriodCalendar(AccountZone(zone), at("2023-01-01"), None)
    span = Interval(moment, moment + length)
    touched = list(calendar.touching(kind, span))
    assert touched[0] == calendar.holding(kind, span.start)
    assert touched[-1] == calendar.holding(kind, span.end)
    assert all(a.end == b.start for a, b in itertools.pairwise(touched))


def test_the_first_month_is_a_whole_one() -> None:
    """The reach of a month is that of the month, wherever the extraction begins."""
    periods = list(_calendar().touching(ReachPeriod.MONTH, Interval(at("2025-11-05T00:00"), at("2026-02-02T00:00"))))
    assert [p.start for p in periods] == [at("2026-01-01T08:00"), at("2026-02-01T08:00")]


def test_nothing_begins_at_or_after_the_user_s_end() -> None:
    """The end is exclusive."""
    calendar = _calendar(end="2026-02-01T08:00")
    periods = list(calendar.touching(ReachPeriod.MONTH, Interval(at("2026-01-20T00:00"), at("2026-04-01T00:00"))))
    assert [p.start for p in periods] == [at("2026-01-01T08:00")]


def test_the_user_s_end_cuts_the_last_period() -> None:
    """It ends there, and is never over; before it, periods end as the calendar says."""
    calendar = _calendar(end="2026-03-10T07:00")
    cut, whole = (calendar.holding(ReachPeriod.MONTH, at(day)) for day in ("2026-03-05T00:00", "2026-02-05T00:00"))
    assert calendar.closing(cut) == cut.asked_until(calendar.cut(at("2026-06-01"))) == at("2026-03-10T07:00")
    assert not cut.is_over(calendar.cut(at("2026-06-01")))
    assert calendar.closing(whole) == at("2026-03-01T08:00")
    assert whole.is_over(calendar.cut(at("2026-06-01")))
    assert _calendar().closing(_calendar().holding(ReachPeriod.LIFETIME, at("2026-02-05T00:00"))) is None


def test_a_lifetime_begins_with_the_start_date() -> None:
    """And is never over where the user set no end."""
    (period,) = _calendar().touching(ReachPeriod.LIFETIME, Interval(at("2026-01-20T00:00"), at("2026-04-01T00:00")))
    assert (period.start, period.end) == (at("2026-01-15T08:00"), None)
    assert not period.is_over(at("2030-01-01"))
    (ended,) = _calendar(end="2026-02-01T08:00").touching(
        ReachPeriod.LIFETIME, Interval(at("2026-01-20"), at("2026-01-21"))
    )
    assert ended.is_over(at("2026-02-01T08:00"))
