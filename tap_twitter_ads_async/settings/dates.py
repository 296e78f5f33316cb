"""Start and end dates, as people write them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from tap_twitter_ads_async.domain.iso8601 import parse_iso8601
from tap_twitter_ads_async.settings.model import Bound
from tap_twitter_ads_async.settings.values import WrongValueError, date_text, shown

_LOOKS_LIKE_A_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.,]+ ?([Zz]|[+-][0-9:]+)?)?")
_EARLIEST = date(1970, 1, 1)  # long before the first ad: an earlier year is a slip of the pen
_FARTHEST_AHEAD = timedelta(hours=14)  # no time zone is further ahead of UTC
_ALLOWED = "must be an ISO 8601 date such as 2026-01-31 or date-time such as 2026-01-31T00:00:00Z"


def bound(value: object) -> Bound:
    """Return a date or date-time as a bound.

    Args:
        value: ISO 8601 text, or a date or date-time object.

    Returns:
        The day and the time as written, and for a date-time with an offset the moment in UTC.

    Raises:
        WrongValueError: It is something else, or no such day or time exists.
    """
    found = date_text(value)
    if not isinstance(found, str):
        raise WrongValueError(f"{_ALLOWED}, not {shown(found)}")
    try:
        moment = parse_iso8601(found).replace(microsecond=0)
        # Some years fit the calendar in one zone and leave it in another; those end here as well.
        instant = moment.astimezone(timezone.utc) if moment.tzinfo else None
    except (ValueError, OverflowError):
        if _LOOKS_LIKE_A_DATE.fullmatch(found.strip()):
            raise WrongValueError(f"{_ALLOWED}; {shown(found)} does not exist") from None
        raise WrongValueError(f"{_ALLOWED}, not {shown(found)}") from None
    if moment.date() < _EARLIEST:
        raise WrongValueError(f"must not be before {_EARLIEST}, and is {shown(found)}")
    return Bound(moment.date(), instant, moment.time())


def begins_in_future(start: Bound, now: datetime) -> bool:
    """Return whether a start has come in no account's time zone yet."""
    if start.is_midnight or start.instant is None:
        return start.day > (now + _FARTHEST_AHEAD).date()
    return start.instant > now


def ends_after(start: Bound, end: Bound) -> bool:
    """Return whether there is anything between a start and an end; bounds at midnight count as days.

    A time without an offset is another moment in each account: it is compared as it is written.
    """
    if start.instant is not None and end.instant is not None and not (start.is_midnight or end.is_midnight):
        return end.instant > start.instant
    return (end.day, end.clock) > (start.day, start.clock)
