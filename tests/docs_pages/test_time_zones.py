"""The calendar in the page on time zones is the tap's."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from tap_twitter_ads_async.domain.calendar import AccountZone, parse_stamp, stamp
from tap_twitter_ads_async.settings.dates import bound
from tests.docs_pages.tables import Row, code, table

PAGE = "docs/time-zones.md"
SWITCHED = AccountZone("Europe/Berlin", parse_stamp("2026-02-01T23:00:00Z"))
"""The account of the page's example: midnight of 2 February in Berlin."""


@pytest.mark.parametrize("row", table(PAGE, "account's zone"), ids=lambda row: f"{code(row[0])} {row[1]}")
def test_days_are_as_long_as_the_page_says(row: Row) -> None:
    """People check their own rows against this table."""
    zone = AccountZone(code(row[0]))
    start = zone.day_start(date.fromisoformat(row[1]))
    end = zone.next_day(start)
    assert [stamp(start), stamp(end), f"{(end - start) / timedelta(hours=1):.0f}"] == row[2:]


def test_the_day_of_a_zone_switch_is_as_the_page_says() -> None:
    """The gap looks like a lost day to those who do not know of it."""
    rows = table(PAGE, "date", "start_time", "end_time", "DAY row?")
    told = [(row[0], row[1], row[2], row[3].startswith("no")) for row in rows]
    starts = SWITCHED.days(parse_stamp(rows[0][1]), parse_stamp(rows[-1][2]))
    assert told == [
        (SWITCHED.date_of(s).isoformat(), stamp(s), stamp(SWITCHED.next_day(s)), SWITCHED.is_gap(s)) for s in starts
    ]


def test_dates_are_read_as_the_page_says() -> None:
    """Who writes a midnight in UTC means a day, and who leaves out an offset means the account's clock."""
    bare, midnight, moment, without_offset = (code(row[0]) for row in table(PAGE, "you write"))
    assert bound(bare).is_midnight
    assert bound(midnight).is_midnight
    assert bound(midnight).day == bound(bare).day
    assert bound(moment).instant == datetime.fromisoformat(moment.replace("Z", "+00:00"))
    assert not bound(moment).is_midnight
    assert bound(without_offset).moment(AccountZone("Asia/Kolkata")) == datetime(2026, 1, 1, 9, 30, tzinfo=timezone.utc)
