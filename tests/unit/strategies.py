"""What hypothesis draws: account zones with awkward clocks, moments near the changes of those clocks."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tap_twitter_ads_async.domain.calendar import AccountZone
from tests.support.moments import HOUR, UTC, at

ZONES = (
    "UTC",
    "America/Los_Angeles",
    "Europe/London",
    "Asia/Kolkata",  # half past all year
    "Asia/Kathmandu",  # a quarter to all year
    "Australia/Lord_Howe",  # clocks move by half an hour
    "America/Sao_Paulo",  # skipped midnight until 2018
    "Africa/Cairo",  # skips midnight since 2023
    "America/Havana",  # skips and repeats midnight
    "America/Santiago",
    "Pacific/Apia",  # far ahead of UTC
    "Pacific/Pago_Pago",  # far behind UTC
    "America/St_Johns",
)
EARLIEST, LATEST = at("2014-01-01"), at("2027-01-01")
"""The API has no spend before October 2013, so older quirks of the tz database cannot matter."""


def clock_changes(name: str) -> list[datetime]:
    """List the moments at which a zone's UTC offset changes, to the hour or better."""
    zone = ZoneInfo(name)
    found: list[datetime] = []
    day, step = EARLIEST, timedelta(days=1)
    while day < LATEST:
        if (day + step).astimezone(zone).utcoffset() != day.astimezone(zone).utcoffset():
            quarters = (day + timedelta(minutes=15) * i for i in range(97))
            before = day.astimezone(zone).utcoffset()
            found.append(next(q for q in quarters if q.astimezone(zone).utcoffset() != before))
        day += step
    return found


CHANGES = {name: clock_changes(name) for name in ZONES}


@st.composite
def zones(draw: st.DrawFn, *, switched: bool = False) -> AccountZone:
    """An account's calendar; perhaps one that was switched out of the API's original zone."""
    name = draw(st.sampled_from(ZONES))
    if not switched or not draw(st.booleans()):
        return AccountZone(name)
    day = draw(st.dates(EARLIEST.date(), (LATEST - timedelta(days=365)).date()))
    return AccountZone(name, AccountZone(name).day_start(day))


@st.composite
def moments(draw: st.DrawFn, zone: AccountZone) -> datetime:
    """A moment, half of the time within two days of a clock change or zone switch."""
    near = [*CHANGES[zone.name], *([zone.switch_at] if zone.switch_at else [])]
    if draw(st.booleans() if near else st.just(value=False)):
        seconds = draw(st.integers(-2 * 86400, 2 * 86400))
        return draw(st.sampled_from(near)) + timedelta(seconds=seconds)
    return draw(st.datetimes(EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None))).replace(
        tzinfo=UTC, microsecond=0
    )


def whole_hours(start: str, hours: int) -> t.Any:
    """Whole hours from a moment on."""
    return st.integers(0, hours).map(lambda n: at(start) + n * HOUR)
