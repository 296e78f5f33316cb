"""What a later run has to extract anew because rows of earlier runs have other bounds; and which rows those are.

Rows are told apart by the start of their bucket. Where the account's calendar moves, or the windows of `TOTAL` do,
old rows stay in the warehouse beside the new ones and overlap them. The tap cannot take them away: it says which.
"""

from __future__ import annotations

import typing as t
from datetime import timedelta

from tap_twitter_ads_async.domain.calendar import DAY, AccountZone, stamp
from tap_twitter_ads_async.errors import ZoneUnreadable

if t.TYPE_CHECKING:
    from datetime import datetime

LONGEST_HISTORY = timedelta(days=366 * 15)
"""The API's figures begin in October 2013; no calendar has to be compared further back."""


def moved_from(calendar: t.Mapping[str, str], zone: AccountZone, start: datetime, now: datetime) -> datetime | None:
    """Return from when on the days of an account are other days than they were.

    Args:
        calendar: The zone as an earlier run noted it; empty where it noted none.
        zone: The zone of today.
        start: First moment extracted.
        now: The present.

    Returns:
        The start of the first day that differs; None where none does, and where the earlier zone is unknown. A zone
        that was renamed is the same zone.
    """
    try:
        earlier = AccountZone.of(calendar) if calendar.get("timezone") else None
    except ZoneUnreadable:
        earlier = None
    if earlier is None:
        return None
    moment = max(start, now - LONGEST_HISTORY)
    while moment <= now + DAY:
        if _offset(earlier, moment) != _offset(zone, moment):
            first = moment - DAY
            return max(start, min(earlier.floor_day(first), zone.floor_day(first)))
        moment += DAY
    return None


def _offset(zone: AccountZone, moment: datetime) -> timedelta | None:
    return moment.astimezone(zone.zone_at(moment)).utcoffset()


def rows_to_delete(where: str, since: datetime | None, now: datetime) -> str:
    """Return which rows overlap the new ones, in words that make a DELETE.

    Args:
        where: Stream and account.
        since: Start of the first row; None for all rows.
        now: When the run began: rows extracted before it are the old ones.
    """
    bound = "" if since is None else f" with start_time >= '{stamp(since)}'"
    return f"Delete the rows of {where}{bound} and _sdc_extracted_at < '{stamp(now)}': they overlap the new ones"
