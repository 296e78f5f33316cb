"""The account's calendar: days and hours around clock changes, and the switch out of the original zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.calendar import AccountZone, ceil_hour, floor_hour, parse_bookmark, parse_stamp, stamp
from tap_twitter_ads_async.errors import TapError
from tests.support.moments import DAY, HOUR, UTC, at
from tests.unit.strategies import EARLIEST, LATEST, ZONES, moments, zones

SECOND = timedelta(seconds=1)


# --- days -------------------------------------------------------------------------------------------------------


@given(st.data())
def test_every_moment_lies_in_exactly_one_day(data: st.DataObject) -> None:
    """Days are the buckets: one too few loses spend, one too many doubles it."""
    zone = data.draw(zones(switched=True))
    moment = data.draw(moments(zone))
    start, end = zone.floor_day(moment), zone.next_day(moment)
    assert start <= moment < end
    assert zone.floor_day(start) == start
    assert zone.next_day(start) == end
    assert zone.floor_day(end) == end
    assert zone.floor_day(end - SECOND) == start


@given(st.data())
def test_the_moments_of_a_day_bear_its_date_and_no_others_do(data: st.DataObject) -> None:
    """The `date` column is what people group by."""
    zone = data.draw(zones())
    moment = data.draw(moments(zone))
    start, end = zone.floor_day(moment), zone.next_day(moment)
    written = moment.astimezone(ZoneInfo(zone.name)).date()
    assert {zone.date_of(start), zone.date_of(moment), zone.date_of(end - SECOND)} == {written}
    assert zone.date_of(end) > written > zone.date_of(start - SECOND)


@given(st.data())
def test_a_calendar_date_and_its_first_moment_belong_together(data: st.DataObject) -> None:
    """A start date is written as a date; extraction starts at that day's first moment."""
    zone = data.draw(zones())
    day = data.draw(st.dates(EARLIEST.date(), LATEST.date()))
    assert zone.date_of(zone.day_start(day)) == day
    assert zone.floor_day(zone.day_start(day)) == zone.day_start(day)


@given(st.data())
def test_ceil_day_is_the_first_midnight_not_before(data: st.DataObject) -> None:
    """End dates are rounded up, and a midnight stays where it is."""
    zone = data.draw(zones(switched=True))
    moment = data.draw(moments(zone))
    ceiling = zone.ceil_day(moment)
    assert ceiling >= moment
    assert zone.floor_day(ceiling) == ceiling
    assert ceiling == moment or zone.floor_day(moment) < moment < ceiling
    assert zone.ceil_day(ceiling) == ceiling


@given(st.data())
def test_days_of_a_range_follow_each_other_without_gap(data: st.DataObject) -> None:
    """A job's answer has one value per day, by position."""
    zone = data.draw(zones(switched=True))
    first = zone.floor_day(data.draw(moments(zone)))
    last = zone.ceil_day(first + data.draw(st.integers(1, 100)) * DAY)
    starts = zone.days(first, last)
    assert starts[0] == first
    assert all(zone.next_day(a) == b for a, b in pairwise([*starts, last]))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Los_Angeles", "2026-03-08", 23),
        ("America/Los_Angeles", "2026-11-01", 25),
        ("Europe/London", "2026-03-29", 23),
        ("Europe/London", "2026-10-25", 25),
        ("Asia/Kolkata", "2026-03-29", 24),
        ("Asia/Kathmandu", "2026-03-29", 24),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("America/Sao_Paulo", "2019-02-16", 25),
        ("Africa/Cairo", "2026-04-24", 23),
        ("America/Havana", "2026-03-08", 23),
        ("America/Havana", "2026-11-01", 25),
    ],
)
def test_days_are_as_long_as_the_clocks_make_them(zone: str, day: str, hours: float) -> None:
    """These are the days that fixed 24-hour arithmetic gets wrong."""
    account = AccountZone(zone)
    start = account.day_start(date.fromisoformat(day))
    assert (account.next_day(start) - start) / HOUR == hours


def test_a_date_that_never_was_starts_with_the_day_after() -> None:
    """Samoa went from 29 to 31 December 2011."""
    apia = AccountZone("Pacific/Apia")
    assert apia.next_day(apia.day_start(date(2011, 12, 29))) == apia.day_start(date(2011, 12, 31))
    assert apia.day_start(date(2011, 12, 30)) == apia.day_start(date(2011, 12, 31))
    assert apia.date_of(apia.day_start(date(2011, 12, 31))) == date(2011, 12, 31)


def test_days_follow_each_other_in_every_zone_of_the_database() -> None:
    """An account may sit anywhere; a day that does not advance would never end."""
    for name in sorted(available_timezones()):
        zone = AccountZone(name)
        start = zone.day_start(date(2024, 1, 1))
        starts = zone.days(start, start + 366 * DAY)
        assert all(timedelta(0) < b - a <= 26 * HOUR for a, b in pairwise(starts)), name


# --- moving by days -----------------------------------------------------------------------------------------------


@given(st.data())
def test_moving_by_days_keeps_the_wall_clock_where_it_can(data: st.DataObject) -> None:
    """Windows of thirty days must end at midnight though the clocks changed in between."""
    zone = data.draw(zones())
    moment = data.draw(moments(zone))
    assume(moment != zone.floor_day(moment))
    days = data.draw(st.integers(-60, 60))
    local = ZoneInfo(zone.name)
    target = datetime.combine(
        moment.astimezone(local).date() + timedelta(days=days), moment.astimezone(local).time(), local
    )
    moved = zone.add_days(moment, days)
    exists = target.astimezone(UTC).astimezone(local).replace(tzinfo=None) == target.replace(tzinfo=None)
    if exists:
        assert moved.astimezone(local).replace(tzinfo=None) == target.replace(tzinfo=None)
    assert abs(moved - moment - timedelta(days=days)) <= 2 * HOUR


@given(st.data())
def test_moving_a_day_start_by_days_gives_a_day_start(data: st.DataObject) -> None:
    """A day whose midnight is skipped starts at one o'clock; thirty days later the day starts at midnight."""
    zone = data.draw(zones())
    start = zone.floor_day(data.draw(moments(zone)))
    days = data.draw(st.integers(-60, 60))
    moved = zone.add_days(start, days)
    assert moved == zone.day_start(zone.date_of(start) + timedelta(days=days))


# --- hours --------------------------------------------------------------------------------------------------------


@given(st.data())
def test_hours_of_the_account_hold_every_moment_once(data: st.DataObject) -> None:
    """HOUR buckets of half-hour zones start at half past in UTC."""
    zone = data.draw(zones())
    moment = data.draw(moments(zone))
    start = zone.floor_hour(moment)
    assert start <= moment < start + HOUR
    assert zone.floor_hour(start) == start
    assert zone.floor_hour(start + HOUR) == start + HOUR
    assert zone.ceil_hour(moment) == (start if start == moment else start + HOUR)
    if zone.name != "Australia/Lord_Howe":
        assert start.astimezone(ZoneInfo(zone.name)).minute == 0


def test_hours_of_a_zone_that_moves_by_half_an_hour_are_those_of_utc() -> None:
    """Its local hours start at two different minutes, so one grid cannot fit both."""
    assert AccountZone("Australia/Lord_Howe").floor_hour(at("2026-01-01T10:40")) == at("2026-01-01T10")


@given(st.data())
def test_rounding_to_utc_hours(data: st.DataObject) -> None:
    """The change feed takes whole hours of UTC only."""
    moment = data.draw(moments(AccountZone("UTC")))
    assert floor_hour(moment).timestamp() == moment.timestamp() // 3600 * 3600
    assert ceil_hour(moment).timestamp() == -(-moment.timestamp() // 3600) * 3600


# --- the switch out of the original zone --------------------------------------------------------------------------


def test_before_the_switch_days_are_those_of_los_angeles() -> None:
    """Accounts that were moved reported in the API's original zone before."""
    switch = at("2020-03-09T18:30")  # midnight of 10 March in Kolkata
    zone = AccountZone("Asia/Kolkata", switch)
    assert zone.floor_day(at("2020-03-05T12")) == at("2020-03-05T08")
    assert zone.day_start(date(2020, 3, 8)) == at("2020-03-08T08")
    assert zone.next_day(at("2020-03-09T10")) == switch
    assert zone.date_of(switch) == date(2020, 3, 10)
    assert zone.next_day(switch) == switch + DAY


def test_before_the_switch_hours_are_those_of_los_angeles() -> None:
    """Kolkata's hours start at half past, those of the original zone do not."""
    zone = AccountZone("Asia/Kolkata", at("2020-03-09T18:30"))
    assert zone.floor_hour(at("2020-03-05T12:40")) == at("2020-03-05T12")
    assert zone.floor_hour(at("2020-03-15T12:40")) == at("2020-03-15T12:30")


def test_only_the_day_that_the_switch_cuts_is_a_gap() -> None:
    """That day is not reported by day; the days around it are."""
    zone = AccountZone("Asia/Kolkata", at("2020-03-09T18:30"))
    gaps = [d for d in zone.days(zone.day_start(date(2020, 3, 1)), at("2020-03-20T18:30")) if zone.is_gap(d)]
    assert gaps == [at("2020-03-09T07")]


def test_a_switch_between_zones_of_one_midnight_leaves_no_gap() -> None:
    """Where both zones share the midnight, no day is cut."""
    zone = AccountZone("America/Tijuana", at("2020-03-10T07"))
    assert not any(zone.is_gap(d) for d in zone.days(at("2020-03-01T08"), at("2020-03-20T07")))


def test_the_zone_is_read_off_the_account() -> None:
    """The API gives name and switch with the account."""
    zone = AccountZone.of({"timezone": "Asia/Kolkata", "timezone_switch_at": "2020-03-09T18:30:00Z"})
    assert (zone.name, zone.switch_at) == ("Asia/Kolkata", at("2020-03-09T18:30"))
    assert AccountZone.of({"timezone": "Europe/London", "timezone_switch_at": None}).switch_at is None
    assert AccountZone.of({}).name == "UTC"


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "", "Europe"])
def test_an_unknown_zone_is_named(name: str) -> None:
    """A trace of the tz library would not tell which account's data are at stake."""
    with pytest.raises(TapError, match="time zone"):
        AccountZone(name)


# --- writing and reading moments ----------------------------------------------------------------------------------


@given(st.data())
def test_a_written_moment_reads_back(data: st.DataObject) -> None:
    """States and records carry moments as text."""
    moment = data.draw(moments(AccountZone(data.draw(st.sampled_from(ZONES)))))
    assert parse_stamp(stamp(moment)) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-08T10:00:00Z",
        "2026-03-08t10:00:00z",
        "2026-03-08 10:00:00+00:00",
        "2026-03-08T03:00:00-0700",
        "2026-03-08T03:00:00-07",
        "2026-03-08T15:30:00+05:30",
        "2026-03-08T10:00:00",
        " 2026-03-08T10:00:00.000000+0000 ",
        "2026-03-08T10:00",
    ],
)
def test_all_usual_forms_of_a_moment_are_read(text: str) -> None:
    """The API, other versions' states and people write offsets in their own ways."""
    assert parse_stamp(text) == at("2026-03-08T10")


def test_a_bare_date_is_midnight_utc() -> None:
    """People set bookmarks back by writing a date."""
    assert parse_stamp("2026-03-08") == at("2026-03-08")


@settings(max_examples=200)
@given(st.text(max_size=30))
def test_other_text_is_a_value_error_and_nothing_else(text: str) -> None:
    """Callers turn exactly this error into a message."""
    try:
        moment = parse_stamp(text)
    except ValueError:
        return
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        ("Asia/Kolkata", "2026-03-08", "2026-03-07T18:30"),
        ("Pacific/Auckland", "2026-067", "2026-03-07T11:00"),
        ("America/Los_Angeles", "2026-03-08", "2026-03-08T00:00"),
        ("Asia/Kolkata", "2026-03-08T10:00:00", "2026-03-08T04:30"),
        ("Asia/Kolkata", "2026-03-08T00:00:00Z", "2026-03-08T00:00"),
        ("Asia/Kolkata", "2026-03-08T00:00:00-08:00", "2026-03-08T08:00"),
    ],
)
def test_a_bookmark_without_an_offset_is_the_earlier_of_both_readings(zone: str, text: str, expected: str) -> None:
    """In UTC or on the account's clock: nobody asks, and too late a start would leave hours out."""
    assert parse_bookmark(text, AccountZone(zone)) == at(expected)


def test_a_bookmark_is_read_in_the_calendar_that_was_in_force() -> None:
    """Before its switch, the account's days were those of Los Angeles."""
    zone = AccountZone("Asia/Kolkata", at("2026-03-08T06:30"))
    assert parse_bookmark("2026-03-01", zone) == at("2026-03-01")
    assert parse_bookmark("2026-03-09", zone) == at("2026-03-08T18:30")


@pytest.mark.parametrize("text", ["0001-01-01", "2026-03-08"])
def test_a_bookmark_without_a_known_zone_is_read_in_utc(text: str) -> None:
    """And so is one in the first hours of the calendar, which have no other reading."""
    assert parse_bookmark(text, None) == parse_stamp(text)
    assert parse_bookmark("0001-01-01", AccountZone("Asia/Kolkata")) == parse_stamp("0001-01-01")


def test_a_clock_that_shows_a_time_twice_means_the_first() -> None:
    """An hour too many is better than one too few."""
    assert AccountZone("Europe/Berlin").at(date(2026, 10, 25), time(2, 30)) == at("2026-10-25T00:30")
