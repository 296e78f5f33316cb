"""Dates and date-times as ISO 8601 allows them: settings, states and answers are read by one function."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.iso8601 import parse_iso8601

OFFSETS = st.none() | st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def in_words(day: date, form: str) -> str:
    """Return a day in one of the notations of the standard."""
    year, week, weekday = day.isocalendar()
    return {
        "month": f"{day:%Y-%m-%d}",
        "month, basic": f"{day:%Y%m%d}",
        "week": f"{year:04}-W{week:02}-{weekday}",
        "week, basic": f"{year:04}W{week:02}{weekday}",
        "year": f"{day:%Y-%j}",
        "year, basic": f"{day:%Y%j}",
    }[form]


FORMS = ("month", "month, basic", "week", "week, basic", "year", "year, basic")


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)), st.sampled_from(FORMS))
def test_a_day_is_read_in_all_notations(day: date, form: str) -> None:
    """Calendar, week and day of the year, with and without hyphens."""
    assert parse_iso8601(f" {in_words(day, form)} ") == datetime.combine(day, time())


@settings(max_examples=300)
@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30)),  # noqa: DTZ001 - the offset comes separately
    OFFSETS,
    st.sampled_from(FORMS),
    st.sampled_from(["%H:%M:%S.%f", "%H%M%S,%f", "%H:%M:%S", "%H%M%S", "%H:%M", "%H%M", "%H"]),
    st.sampled_from("Tt "),
)
def test_a_date_time_is_read_in_all_notations(
    moment: datetime, offset: timezone | None, form: str, clock: str, separator: str
) -> None:
    """What a notation leaves out is zero; what has no offset stays without one."""
    text = f"{in_words(moment.date(), form)}{separator}{moment.strftime(clock)}"
    expected = datetime.combine(moment.date(), datetime.strptime(moment.strftime(clock), clock).time(), offset)  # noqa: DTZ007 - a time of day
    if offset is not None:
        text += moment.replace(tzinfo=offset).strftime("%z")
    read = parse_iso8601(text)
    assert read == expected
    assert (read.tzinfo is None) is (offset is None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T10:15:00Z", "2026-03-01T10:15:00+00:00"),
        ("2026-03-01t10:15:00z", "2026-03-01T10:15:00+00:00"),
        ("2026-03-01T10:15:00 +05:30", "2026-03-01T10:15:00+05:30"),
        ("2026-03-01T10:15:00+05", "2026-03-01T10:15:00+05:00"),
        ("2026-03-01T10:15:00.1234567891Z", "2026-03-01T10:15:00.123456+00:00"),
        ("2026-03-01T24:00:00Z", "2026-03-02T00:00:00+00:00"),
        ("2026-365T24", "2027-01-01T00:00:00"),
        ("2024-366", "2024-12-31T00:00:00"),
    ],
)
def test_rarer_forms_are_read(text: str, expected: str) -> None:
    """Lower case, a blank before the offset, more digits than a clock needs, the end of a day."""
    assert parse_iso8601(text).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026", "2026-03", "2026-W10", "01/02/2026", "2026-3-1", "2026-0301", "202603-01"),
        *("2026-02-29", "2026-13-01", "2026-000", "2025-366", "9999-366", "2026-W54-1", "0000-01-01"),
        *("2026-03-01T", "2026-03-01T25:00", "2026-03-01T24:01", "2026-03-01T10:5", "2026-03-01T10:15:60"),
        *(
            "2026-03-01T10.5",
            "2026-03-01x10:15",
            "2026-03-01510:15",
            "2026-03-01Z",
            "2026-03-01T10:15+",
            "9999-12-31T24",
        ),
        *("2026-03-01T10:15:00+24:00", "2026-03-01T10:15:00 UTC"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """A part of a date, a day that does not exist, a fraction of an hour: none is guessed."""
    with pytest.raises(ValueError, match=r"."):
        parse_iso8601(text)
