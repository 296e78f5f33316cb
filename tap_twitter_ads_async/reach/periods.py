"""Periods of an account's calendar: days, weeks from Monday, months, and the lifetime since the start date. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import timedelta

from tap_twitter_ads_async.settings.model import ReachPeriod

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from tap_twitter_ads_async.domain.calendar import AccountZone
    from tap_twitter_ads_async.domain.intervals import Interval


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period of one account.

    Attributes:
        kind: Day, week, month or lifetime.
        start: Its first moment (UTC), part of the key of its records.
        end: Its end (UTC, exclusive); None for a lifetime that goes on.
    """

    kind: ReachPeriod
    start: datetime
    end: datetime | None

    def asked_until(self, horizon: datetime) -> datetime:
        """Return the end to ask for.

        Args:
            horizon: The last full hour, or the user's end if that is earlier.
        """
        return horizon if self.end is None else min(self.end, horizon)

    def is_over(self, horizon: datetime) -> bool:
        """Whether nothing more can happen in it, and all of it is asked for.

        Args:
            horizon: The last full hour, or the user's end if that is earlier.
        """
        return self.end is not None and self.end <= horizon


@dataclass(frozen=True, slots=True)
class PeriodCalendar:
    """The periods between the user's bounds, on an account's calendar.

    Calendar periods are whole ones, also the first: the reach of a month is that of the month, and a part of it would
    be another figure under the same name. The user's end cuts the last one, whose records then say that they end there
    and are not complete.

    Attributes:
        zone: The account's calendar.
        start: The user's start (UTC).
        end: The user's end (UTC, exclusive), None for none.
    """

    zone: AccountZone
    start: datetime
    end: datetime | None

    def holding(self, kind: ReachPeriod, moment: datetime) -> Period:
        """Return the period that holds a moment."""
        if kind is ReachPeriod.LIFETIME:
            return Period(kind, self.start, self.end)
        first = _first_day(kind, self.zone.date_of(moment))
        end = self.zone.day_start(_next_first_day(kind, first))
        return Period(kind, self.zone.day_start(first), end)

    def touching(self, kind: ReachPeriod, span: Interval) -> Iterator[Period]:
        """Yield the periods that share a moment with a span of activity, whose last moment counts as active."""
        moment = max(span.start, self.first(kind).start)
        last = span.end if self.end is None else min(span.end, self.end - timedelta(seconds=1))
        while moment <= last:
            period = self.holding(kind, moment)
            yield period
            if period.end is None:
                return
            moment = max(period.end, moment + timedelta(seconds=1))

    def cut(self, moment: datetime) -> datetime:
        """Return a moment, no later than the user's end."""
        return moment if self.end is None else min(moment, self.end)

    def closing(self, period: Period) -> datetime | None:
        """Return the end (UTC, exclusive) of what is ever asked for of a period, None for a lifetime that goes on."""
        return None if period.end is None else self.cut(period.end)

    def first(self, kind: ReachPeriod) -> Period:
        """Return the period that holds the user's start."""
        return self.holding(kind, self.start)


def _first_day(kind: ReachPeriod, day: date) -> date:
    if kind is ReachPeriod.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if kind is ReachPeriod.MONTH else day


def _next_first_day(kind: ReachPeriod, first: date) -> date:
    if kind is ReachPeriod.MONTH:
        return _first_day(kind, first + timedelta(days=31))
    return first + timedelta(days=7 if kind is ReachPeriod.WEEK else 1)
