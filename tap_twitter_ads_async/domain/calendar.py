"""The calendar an ads account reports in: local days and whole hours as UTC bounds.

A day is a calendar day of the account's time zone; around daylight-saving changes it has 23 or 25 hours. Accounts
that were moved out of the API's original zone reported in `America/Los_Angeles` before their
`timezone_switch_at`; the part of that zone's day which the switch cuts off is not reported by day.
"""

from __future__ import annotations

import contextlib
import re
import typing as t
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tap_twitter_ads_async.domain.iso8601 import parse_iso8601
from tap_twitter_ads_async.errors import ZoneUnreadable

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
UTC = timezone.utc
ORIGINAL_ZONE = ZoneInfo("America/Los_Angeles")
LEGACY_TIME = "%a %b %d %H:%M:%S %z %Y"
"""Time format of Tweets: `Tue Aug 27 22:22:12 +0000 2019`."""
_EPOCH = re.compile(r"-?[0-9]{9,17}(\.[0-9]+)?")
_EARLIEST_EPOCH = 1e8
"""Seconds (in 1973): what is less, zero above all, stands for "no time"."""
_LATEST_EPOCH = 1e11
"""Seconds (in the year 5138): what is more counts milliseconds, or microseconds."""


def floor_hour(moment: datetime) -> datetime:
    """Return the start of the whole UTC hour that holds a moment."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def ceil_hour(moment: datetime) -> datetime:
    """Return the first whole UTC hour at or after a moment."""
    floor = floor_hour(moment)
    return floor if floor == moment else floor + HOUR


@lru_cache(maxsize=1 << 16)
def stamp(moment: datetime) -> str:
    """Write a moment the way the API and the records do: `2026-03-08T08:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_stamp(text: str) -> datetime:
    """Read an ISO 8601 date-time with any offset (UTC where it has none), or a bare date (midnight UTC).

    Raises:
        ValueError: The text is neither.
    """
    return _in_utc(parse_iso8601(text))


def parse_bookmark(text: str, zone: AccountZone | None, *, is_end: bool = False) -> datetime:
    """Read a moment of the state, which a person may have written, as `parse_stamp` does.

    Without an offset it may be meant in UTC or on the account's clock; the wider of the two leaves nothing out.

    Args:
        text: Date or date-time.
        zone: The account's zone; None where it is not known.
        is_end: Whether it ends what is to be extracted, so that the later reading is the wider.

    Raises:
        ValueError: The text is neither.
    """
    moment = parse_iso8601(text)
    if moment.tzinfo is None and zone is not None:
        with contextlib.suppress(OverflowError):  # at the ends of the calendar
            return (max if is_end else min)(_in_utc(moment), zone.at(moment.date(), moment.time()))
    return _in_utc(moment)


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{moment} lies beyond the calendar in UTC") from None


def read_moment(value: object) -> datetime | None:
    """Read a time as any answer of the API may carry it, None where it is none.

    ISO 8601, the notation of tweets, and numbers (or their text) that count seconds or milliseconds since 1970.
    Zeros mean that there is no time.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if not isinstance(value, str):
        return _of_epoch(value)
    text = value.strip()
    if _EPOCH.fullmatch(text):
        return _of_epoch(float(text))
    for read in (parse_stamp, _parse_legacy):
        try:
            return read(text)
        except (ValueError, OverflowError):
            continue
    return None


def _of_epoch(number: float) -> datetime | None:
    while _LATEST_EPOCH <= number < float("inf"):
        number /= 1000
    return datetime.fromtimestamp(number, UTC) if _EARLIEST_EPOCH <= number < _LATEST_EPOCH else None


def _parse_legacy(text: str) -> datetime:
    return datetime.strptime(text, LEGACY_TIME).astimezone(UTC)


class AccountZone:
    """Days of one ads account.

    Attributes:
        name: tz-database name of the account's zone.
        switch_at: Moment from which the account reports in that zone; None where it always did.
        presumed: Whether the API names no zone. UTC is assumed until the API has shown where it places the
            account's midnights; see `stats/plan/zone_check.py`.
    """

    def __init__(self, name: str, switch_at: datetime | None = None, *, presumed: bool = False) -> None:
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ZoneUnreadable(
                f"The API names the time zone {name!r}, which the tz database of this machine does not know. Update "
                "the package tzdata; objects are still extracted"
            ) from None
        self.name = name
        self.switch_at = switch_at
        self.presumed = presumed

    @classmethod
    def of(cls, account: t.Mapping[str, t.Any]) -> AccountZone:
        """Read the zone off an account record of the API.

        Raises:
            ZoneUnreadable: The tz database does not know the zone, or the moment of its switch is no time.
        """
        name, written = account.get("timezone"), account.get("timezone_switch_at")
        switch = read_moment(written)
        if switch is None and written and written != "0":
            raise ZoneUnreadable(
                f"The API gives {written!r} as timezone_switch_at, the time from which the account reports in its own "
                "time zone, which is not a valid time; objects are still extracted"
            )
        return cls(str(name), switch) if name else cls("UTC", switch, presumed=True)

    def as_account(self, since: datetime) -> dict[str, str]:
        """Return the zone as account records name it, as far as it matters since a moment; `of` reads it again."""
        later = self.switch_at is not None and self.switch_at > since
        switch = {"timezone_switch_at": stamp(self.switch_at)} if self.switch_at and later else {}
        return {"timezone": self.name, **switch}

    def zone_at(self, moment: datetime) -> ZoneInfo:
        """Return the zone in force at a moment."""
        return ORIGINAL_ZONE if self.switch_at and moment < self.switch_at else self._zone

    def floor_hour(self, moment: datetime) -> datetime:
        """Return the start of the hour on the account's clock; in half-hour zones that is half past in UTC."""
        phase = _hour_phase(self.zone_at(moment))
        return floor_hour(moment + phase) - phase

    def ceil_hour(self, moment: datetime) -> datetime:
        """Return the first start of an hour on the account's clock at or after a moment."""
        floor = self.floor_hour(moment)
        return floor if floor == moment else floor + HOUR

    def date_of(self, moment: datetime) -> date:
        """Return the account's calendar date at a moment."""
        return moment.astimezone(self.zone_at(moment)).date()

    def day_start(self, day: date) -> datetime:
        """Return the moment (UTC) at which a calendar day of the account starts."""
        return self.at(day, time())

    def at(self, day: date, clock: time) -> datetime:
        """Return the moment (UTC) at which the account's clock shows a time; the earlier, where it does so twice."""
        moment = _at(day, clock, self._zone)
        return _at(day, clock, ORIGINAL_ZONE) if self.switch_at and moment < self.switch_at else moment

    def local_stamp(self, moment: datetime) -> str:
        """Write a moment as the account's clock shows it, with that clock's offset."""
        return moment.astimezone(self.zone_at(moment)).isoformat(timespec="seconds")

    def floor_day(self, moment: datetime) -> datetime:
        """Return the start of the account's day that holds a moment."""
        return _midnight(self.date_of(moment), self.zone_at(moment))

    def next_day(self, moment: datetime) -> datetime:
        """Return the start of the day after the one that holds a moment; the switch starts a day, too."""
        following = _midnight(self.date_of(moment) + DAY, self.zone_at(moment))
        if self.switch_at and moment < self.switch_at < following:
            return self.switch_at
        return following

    def ceil_day(self, moment: datetime) -> datetime:
        """Return the first start of a day at or after a moment."""
        return moment if self.floor_day(moment) == moment else self.next_day(moment)

    def add_days(self, moment: datetime, days: int) -> datetime:
        """Move a moment by calendar days, keeping the account's wall-clock time; a day's start stays one."""
        zone = self.zone_at(moment)
        local = moment.astimezone(zone)
        if moment == self.floor_day(moment):  # where a change skips midnight, a day starts at one o'clock
            return _midnight(local.date() + timedelta(days=days), zone)
        return datetime.combine(local.date() + timedelta(days=days), local.time(), zone).astimezone(UTC)

    def is_gap(self, day_start: datetime) -> bool:
        """Whether the day starting here is the one that the zone switch cuts short: not reported by day."""
        return bool(
            self.switch_at
            and day_start < self.switch_at < _midnight(self.date_of(day_start) + DAY, self.zone_at(day_start))
        )

    def days(self, start: datetime, end: datetime) -> list[datetime]:
        """List the starts of the days that begin in `[start, end)`; `start` must be one."""
        starts = []
        while start < end:
            starts.append(start)
            start = self.next_day(start)
        return starts


@lru_cache(maxsize=1 << 10)
def _hour_phase(zone: ZoneInfo) -> timedelta:
    """Return how far past UTC's whole hours the zone's are; zero where the two seasons disagree.

    Only one zone moves its clocks by half an hour; whole UTC hours are the only ones that it has all year.
    """
    seasons = (datetime(2025, month, 1, tzinfo=zone).utcoffset() or timedelta() for month in (1, 7))
    phases = {offset % HOUR for offset in seasons}
    return phases.pop() if len(phases) == 1 else timedelta()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return _at(day, time(), zone)


@lru_cache(maxsize=1 << 14)
def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    # Where a daylight-saving change skips midnight, the day starts with the change: fold=0 reads the missing
    # 00:00 in the old offset, which is that very moment.
    return datetime.combine(day, clock, zone).astimezone(UTC)
