"""Start and end dates, as people write them."""

from __future__ import annotations

import re
import typing as t
from datetime import date, datetime, time, timedelta, timezone

from tap_twitter_ads_async.settings.model import Bound
from tap_twitter_ads_async.settings.values import WrongValueError, date_text, shown

_ISO = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,][0-9]+)?"
    r" ?(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_EARLIEST = date(1970, 1, 1)  # long before the first ad: an earlier year is a slip of the pen
_FARTHEST_AHEAD = timedelta(hours=14)  # no time zone is further ahead of UTC
_ALLOWED = "must be an ISO 8601 date such as 2026-01-31 or date-time such as 2026-01-31T00:00:00Z"


def _zone(offset: str) -> timezone:
    """Return the zone of an offset such as `Z`, `+01`, `-0730` or `+05:30`.

    Raises:
        ValueError: The offset is a day or more.
    """
    if offset in "Zz":
        return timezone.utc
    digits = offset[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if offset.startswith("-") else ahead)


def bound(value: object) -> Bound:
    """Return a date or date-time as a bound.

    Args:
        value: ISO 8601 text; a date-time may have an offset, and must have one unless it is a midnight.

    Returns:
        The day as written, and for a date-time with an offset the moment in UTC.

    Raises:
        WrongValueError: It is something else, or no such day or time exists.
    """
    found = date_text(value)
    match = _ISO.fullmatch(found.strip()) if isinstance(found, str) else None
    if match is None:
        raise WrongValueError(f"{_ALLOWED}, not {shown(found)}")
    try:
        day = date.fromisoformat(match["day"])
        clock = time.fromisoformat(match["clock"] or "00:00")
        zone = _zone(match["offset"]) if match["offset"] else None
        # Some years fit the calendar in one zone and leave it in another; those end here as well.
        instant = datetime.combine(day, clock, zone).astimezone(timezone.utc) if zone else None
    except (ValueError, OverflowError):
        raise WrongValueError(f"{_ALLOWED}; {shown(found)} does not exist") from None
    if day < _EARLIEST:
        raise WrongValueError(f"must not be before {_EARLIEST}, and is {shown(found)}")
    if instant is None and clock != time():
        raise WrongValueError(
            f"{_ALLOWED}; {shown(found)} has a time without an offset such as Z or +01:00",
        )
    return Bound(day=day, instant=instant, wrote_midnight=clock == time())


def begins_in_future(start: Bound, now: datetime) -> bool:
    """Return whether a start has come in no account's time zone yet."""
    if start.is_midnight:
        return start.day > (now + _FARTHEST_AHEAD).date()
    return t.cast("datetime", start.instant) > now


def ends_after(start: Bound, end: Bound) -> bool:
    """Return whether there is anything between a start and an end; bounds at midnight count as days."""
    if not start.is_midnight and not end.is_midnight:
        return t.cast("datetime", end.instant) > t.cast("datetime", start.instant)
    if start.day == end.day:
        return start.is_midnight and not end.is_midnight
    return end.day > start.day
