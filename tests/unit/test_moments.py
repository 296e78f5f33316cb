"""One reader for every time that the API or a person writes."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.calendar import AccountZone, read_moment, stamp
from tap_twitter_ads_async.errors import ZoneUnreadable
from tap_twitter_ads_async.objects.shaping import Shaper
from tests.support.moments import UTC, at

if t.TYPE_CHECKING:
    from datetime import datetime

MOMENT = at("2026-03-05T10:15")


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-05T10:15:00Z",
        "2026-03-05T10:15:00.000Z",
        "2026-03-05T10:15:00.5Z",
        "2026-03-05T11:15:00+0100",
        "2026-03-05T10:15",
        " 2026-03-05 10:15:00 ",
        "Thu Mar 05 10:15:00 +0000 2026",
        1772705700,
        1772705700.0,
        1772705700000,
        1772705700000000,
        "1772705700",
    ],
)
def test_every_notation_of_a_time_is_read(written: object) -> None:
    """Endpoints differ in how they write times, and have changed before."""
    moment = read_moment(written)
    assert moment is not None
    assert moment - MOMENT < timedelta(seconds=1)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", " ", 0, 0.0, "0", True, False, -1, 5, "5", float("nan"), float("inf"), [], {}, b"2026-03-05"),
        *("soon", "0000-00-00T00:00:00Z", "2026-13-01", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59-05:00"),
    ],
)
def test_what_is_no_time_is_none(written: object) -> None:
    """Zeros are how some servers write that there is no time; a wrong guess would be worse than none."""
    assert read_moment(written) is None


@given(st.datetimes(min_value=at("1980-01-01").replace(tzinfo=None)).map(lambda d: d.replace(tzinfo=UTC)))
def test_what_is_written_is_read_back(moment: datetime) -> None:
    """To the second, which is what stamps have."""
    assert read_moment(stamp(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    ("sent", "column"),
    [
        ("2026-03-05T10:15:00Z", "2026-03-05T10:15:00Z"),
        ("2026-03-05T10:15:00.000Z", "2026-03-05T10:15:00.000Z"),
        ("2026-03-05T11:15:00+01:00", "2026-03-05T11:15:00+01:00"),
        ("2026-03-05T10:15:00+0000", "2026-03-05T10:15:00Z"),
        ("2026-03-05", "2026-03-05T00:00:00Z"),
        ("Thu Mar 05 10:15:00 +0000 2026", "2026-03-05T10:15:00Z"),
        (1772705700, "2026-03-05T10:15:00Z"),
        (1772705700000, "2026-03-05T10:15:00Z"),
        *((nothing, None) for nothing in (None, "", 0, "0", "soon", "2026-99-99T00:00:00Z", True, {"at": 1}, [1])),
    ],
)
def test_a_date_time_column_never_carries_anything_else(sent: object, column: str | None) -> None:
    """Targets create a timestamp column from the schema, and die on a text that is none."""
    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint  # noqa: PLC0415 - for this test alone

    schema = {"properties": {"start_time": {"type": ["string", "null"], "format": "date-time"}}}
    assert Shaper(ObjectEndpoint("campaigns", "accounts"), schema)({"start_time": sent}) == {"start_time": column}


# --- an account's calendar ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [None, "", 0])
def test_an_account_that_never_moved_has_no_switch(nothing: object) -> None:
    """Empty and zero are how "never" is written."""
    assert AccountZone.of({"timezone": "Europe/Berlin", "timezone_switch_at": nothing}).switch_at is None


@pytest.mark.parametrize("written", ["2020-03-09T18:30:00Z", 1583778600, "Mon Mar 09 18:30:00 +0000 2020"])
def test_a_switch_is_read_in_any_notation(written: object) -> None:
    """It decides which days are those of which zone."""
    zone = AccountZone.of({"timezone": "Asia/Kolkata", "timezone_switch_at": written})
    assert zone.switch_at == at("2020-03-09T18:30")


@pytest.mark.parametrize(
    "account",
    [
        {"timezone": "Mars/Olympus_Mons"},
        {"timezone": "../../etc/passwd"},
        {"timezone": 5},
        {"timezone": "Europe/Berlin", "timezone_switch_at": "soon"},
        {"timezone": "Europe/Berlin", "timezone_switch_at": {"a": 1}},
    ],
)
def test_a_calendar_that_cannot_be_told_is_no_other(account: dict[str, t.Any]) -> None:
    """Days of another zone would be wrong in silence."""
    with pytest.raises(ZoneUnreadable):
        AccountZone.of(account)


def test_an_account_without_a_zone_is_not_in_utc() -> None:
    """UTC is an assumption, which the API has to confirm."""
    assert AccountZone.of({"timezone": None}).presumed
    assert not AccountZone.of({"timezone": "UTC"}).presumed
