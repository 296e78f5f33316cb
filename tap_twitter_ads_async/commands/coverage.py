"""What a state says of each day: extracted, still open, or still expected to change. Pure.

The bookmark tells as of which moment a day has been extracted; how long numbers move after that is the API's finality
table: metrics are estimates for 24 hours, spend for 3 days, and adjustments come for 14 days after the event.
"""

from __future__ import annotations

import contextlib
import typing as t
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from tap_twitter_ads_async.domain.calendar import HOUR, AccountZone
from tap_twitter_ads_async.errors import TapError
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from tap_twitter_ads_async.domain.intervals import IntervalSet
    from tap_twitter_ads_async.stats.plan.layer import Layer

Json = dict[str, t.Any]


class DayStatus(str, Enum):
    """What is known of one day."""

    FINAL = "final"
    WITHIN_14_DAYS = "changes within 14 days"
    WITHIN_3_DAYS = "changes within 3 days"
    WITHIN_24_HOURS = "changes within 24 hours"
    OPEN = "open"
    FAILED = "failed"


CHANGING = (DayStatus.WITHIN_24_HOURS, DayStatus.WITHIN_3_DAYS, DayStatus.WITHIN_14_DAYS)
FINALITY: tuple[tuple[timedelta, DayStatus], ...] = (
    (timedelta(hours=24), DayStatus.WITHIN_24_HOURS),
    (timedelta(days=3), DayStatus.WITHIN_3_DAYS),
    (timedelta(days=14), DayStatus.WITHIN_14_DAYS),
)
"""How old a day has to be, when it is extracted, for its numbers not to change for that reason any more."""
CLOCKS_APART = HOUR
"""Where a state does not name the time zone, bounds of its days are off by so much when clocks have changed."""

WESTMOST = 10
"""Hawaii's hours behind UTC: the same midnights are those of zones east of it, in New Zealand rather than on Midway."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One stream in one ads account.

    Attributes:
        stream: Stream name.
        account: Ads account; empty for object streams that belong to none.
        extracted_to: The bookmark: what was recorded before it has been extracted; None before the first run.
        days: Status by calendar day of the account, in order; empty for object streams, and where no run has said
            which days it covers.
        jobs: Created jobs whose results the next run collects.
    """

    stream: str
    account: str
    extracted_to: str | None
    days: Mapping[date, DayStatus]
    jobs: int = 0

    def count(self, *statuses: DayStatus) -> int:
        """Return how many days have one of some statuses."""
        counted = Counter(self.days.values())
        return sum(counted[status] for status in statuses)


def coverages(state: Json, now: datetime) -> list[Coverage]:
    """Read a state, as a run of this tap writes it.

    Args:
        state: The value of a STATE message.
        now: Days that begin later are left out.

    Raises:
        StateError: A field is not what it should be.
    """
    bookmarks: Json = state.get("bookmarks") or {}
    return [coverage(stream, entry, now) for stream, fields in bookmarks.items() for entry in _entries(fields)]


def _entries(fields: Json) -> Iterator[Json]:
    """Yield the partitions of a stream, or the stream's own fields where it has none."""
    partitions = fields.get("partitions") or []
    yield from partitions
    if not partitions and fields.get("replication_key_value"):
        yield fields


def coverage(stream: str, partition: Json, now: datetime) -> Coverage:
    """Read one partition.

    Args:
        stream: Name of the stream.
        partition: The stream's state for one account.
        now: Time to which the ages of days refer, with time zone.

    Raises:
        StateError: A field is not what it should be.
    """
    account = str((partition.get("context") or {}).get("account_id") or "")
    if "periods" in (partition.get("covers") or {}):  # reach is asked for by periods, not by days
        return Coverage(stream, account, str(partition.get("replication_key_value") or "") or None, {})
    bookmark = Bookmark.from_json(partition, f"stream {stream}, account {account or '-'}")
    extracted_to = partition.get("replication_key_value")
    return Coverage(
        stream,
        account,
        None if extracted_to is None else str(extracted_to),
        _days(bookmark, now),
        len(bookmark.tickets),
    )


def _days(bookmark: Bookmark, now: datetime) -> dict[date, DayStatus]:
    if bookmark.covers is None or bookmark.cursor is None:
        return {}
    calendar, tolerance = _calendar(bookmark)
    days = _days_of(calendar, bookmark.covers.start, min(bookmark.covers.end, now))
    looked_at = (bookmark.until or bookmark.cursor) if bookmark.layers else bookmark.cursor
    as_of, failed = [looked_at] * len(days), [False] * len(days)
    for layer in bookmark.layers:
        since = layer.changes.start if layer.changes else bookmark.cursor
        for i in _touched(days, layer.days, tolerance):
            as_of[i] = min(as_of[i], since)
            failed[i] = failed[i] or _is_piece(layer)
    for i in _touched(days, bookmark.failed, tolerance):
        failed[i] = True
    return {
        day.date: DayStatus.FAILED if lost else _status(day, moment, tolerance)
        for day, moment, lost in zip(days, as_of, failed, strict=True)
    }


class _Day(t.NamedTuple):
    """A day of an account: its bounds, end exclusive, and its date."""

    start: datetime
    end: datetime
    date: date


@lru_cache(maxsize=1 << 10)
def _days_of(calendar: tuple[tuple[str, str], ...], start: datetime, end: datetime) -> tuple[_Day, ...]:
    """List the days that begin before `end`, from the one that holds `start` on; the same for many streams."""
    zone = AccountZone.of(dict(calendar))
    starts = zone.days(zone.floor_day(start), end)
    bounds = [*starts, zone.next_day(starts[-1])] if starts else []
    return tuple(_Day(first, last, zone.date_of(first)) for first, last in pairwise(bounds))


def _touched(days: Sequence[_Day], spans: IntervalSet, tolerance: timedelta) -> Iterator[int]:
    """Yield the numbers of the days that some spans overlap by more than a tolerance."""
    for span in spans:
        first = bisect_right(days, span.start + tolerance, key=lambda day: day.end)
        last = bisect_left(days, span.end - tolerance, key=lambda day: day.start)
        yield from range(first, last)


def _status(day: _Day, as_of: datetime, tolerance: timedelta) -> DayStatus:
    """Return the status of a day that was last looked at in a moment."""
    if as_of <= day.start + tolerance:
        return DayStatus.OPEN
    age = as_of - day.end
    return next((status for limit, status in FINALITY if age < limit), DayStatus.FINAL)


def _calendar(bookmark: Bookmark) -> tuple[tuple[tuple[str, str], ...], timedelta]:
    """Return the account's calendar; where the state does not name it, the offset at which its days begin."""
    assert bookmark.covers is not None  # noqa: S101 - the caller has looked
    if bookmark.calendar:
        with contextlib.suppress(TapError, ValueError):  # a person may have edited it
            AccountZone.of(bookmark.calendar)
            return tuple(bookmark.calendar.items()), timedelta()
    hour = bookmark.covers.start.hour
    west = hour if hour <= WESTMOST else hour - 24
    # The sign of these names is POSIX's: Etc/GMT+8 is eight hours behind UTC.
    return (("timezone", "Etc/GMT" if not west else f"Etc/GMT{west:+d}"),), CLOCKS_APART


def _is_piece(layer: Layer) -> bool:
    """Whether a layer is what is left of a window that failed in part."""
    return layer.entity_ids is not None
