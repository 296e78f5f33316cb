"""Reads ISO 8601 dates and date-times: those of settings, of states, and of the API's answers."""

from __future__ import annotations

import re
import sys
from datetime import date, datetime, timedelta

if sys.version_info >= (3, 11):
    from_text = datetime.fromisoformat
else:  # Python's own knows few forms there
    from backports.datetime_fromisoformat import datetime_fromisoformat as from_text

_FORM = re.compile(
    r"(?P<date>(?P<year>[0-9]{4})-?(?:[0-9]{2}-?[0-9]{2}|W[0-9]{2}-?[0-9]|(?P<day_of_year>[0-9]{3})))"
    r"(?:[Tt ](?P<clock>[0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]+)?)?)?)(?: ?(?P<offset>[Zz]|[+-][0-9:]+))?)?"
)
_END_OF_DAY = re.compile(r"24(:?00(:?00([.,]0+)?)?)?")


def parse_iso8601(text: str) -> datetime:
    """Read a date, which is its midnight, or a date-time.

    A day may be that of a month, of a week or of a year, with or without hyphens; a time may do without colons,
    seconds or minutes; the hour 24 is the end of the day.

    Returns:
        The moment, without a time zone where the text has no offset.

    Raises:
        ValueError: The text is neither, or no such day or time exists.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not an ISO 8601 date or date-time")
    day, clock, offset = found["date"], found["clock"] or "00", (found["offset"] or "").upper()
    if found["day_of_year"]:
        day = _day_of_year(int(found["year"]), int(found["day_of_year"])).isoformat()
    if not _END_OF_DAY.fullmatch(clock):
        return from_text(f"{day}T{clock}{offset}")
    try:
        return from_text(f"{day}T00{offset}") + timedelta(days=1)
    except OverflowError:
        raise ValueError(f"{text!r} is later than any date") from None


def _day_of_year(year: int, number: int) -> date:
    """Return a day by its number, 1 for the first of January.

    Raises:
        ValueError: The year has no such day.
    """
    if not 1 <= number <= date(year, 12, 31).timetuple().tm_yday:
        raise ValueError(f"{year} has no day {number}")
    return date(year, 1, 1) + timedelta(days=number - 1)
