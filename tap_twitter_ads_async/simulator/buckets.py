"""Time buckets: which seconds an element of a series covers."""

from __future__ import annotations

import itertools
import typing as t
from datetime import timedelta

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account

HOUR = 3600


class Bucket(t.NamedTuple):
    """A stretch of time in seconds since 1970, its end exclusive."""

    start: int
    end: int


def buckets(account: Account, granularity: str, start: int, end: int) -> list[Bucket]:
    """Cut [start, end) into buckets: all of it, hours, or days of the account's calendar (23 to 25 hours).

    Args:
        account: Whose calendar applies.
        granularity: `TOTAL`, `HOUR` or `DAY`.
        start: Inclusive, in epoch seconds.
        end: Exclusive, in epoch seconds.
    """
    if granularity == "TOTAL":
        return [Bucket(start, end)]
    if granularity == "HOUR":
        return [Bucket(moment, moment + HOUR) for moment in range(start, end, HOUR)]
    day = account.local(start).date()
    bounds = [account.midnight(day)]
    while bounds[-1] < end:
        day += timedelta(days=1)
        bounds.append(account.midnight(day))
    # The day on which the account changes its time zone is cut short, and empty.
    return [Bucket(a, b) for a, b in itertools.pairwise(bounds) if a >= start]
