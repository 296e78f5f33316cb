"""The time buckets and windows of one stream and account: the user's bounds on the account's calendar."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.calendar import HOUR, ceil_hour, floor_hour
from tap_twitter_ads_async.domain.intervals import FAR, Interval
from tap_twitter_ads_async.settings.model import Granularity

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.domain.calendar import AccountZone
    from tap_twitter_ads_async.settings.model import Bound, StatsDefinition


@dataclass(frozen=True, slots=True)
class Buckets:
    """Buckets and windows between the user's bounds.

    Attributes:
        definition: The stream.
        zone: The account's calendar.
        start: First moment to extract, on a bucket's start.
        end: Last moment to extract, exclusive, on a bucket's end; in the future for the bucket still open.
    """

    definition: StatsDefinition
    zone: AccountZone
    start: datetime
    end: datetime

    @classmethod
    def of(
        cls, definition: StatsDefinition, zone: AccountZone, start: Bound, end: Bound | None, now: datetime
    ) -> Buckets:
        """Lay out buckets for the user's bounds; without an end, up to the end of the bucket open at `now`.

        Args:
            definition: Stream, which gives the granularity.
            zone: The account's time zone.
            start: First day or moment, inclusive.
            end: Exclusive; None for up to now.
            now: Present by the API's clock, UTC.
        """
        hourly = definition.granularity is Granularity.HOUR
        first = _on_grid(definition.granularity, zone, start, up=False)
        last = zone.floor_hour(now) + HOUR if hourly else zone.next_day(now)
        if end is not None:
            last = min(last, _on_grid(definition.granularity, zone, end, up=True))
        return cls(definition, zone, first, max(first, last))

    @property
    def whole(self) -> Interval:
        """All that may be extracted."""
        return Interval(self.start, self.end)

    @property
    def _hourly(self) -> bool:
        return self.definition.granularity is Granularity.HOUR

    def floor(self, moment: datetime) -> datetime:
        """Return the start of the hour (HOUR) or of the day (DAY, TOTAL) that holds a moment."""
        return self.zone.floor_hour(moment) if self._hourly else self.zone.floor_day(moment)

    def round_outward(self, span: Interval) -> Interval:
        """Widen a span of activity to whole hours or days; its last moment counts as active.

        The API writes activity to the second and does not say whether the end is included, so it is.
        """
        if self._hourly:
            return Interval(self.zone.floor_hour(span.start), self.zone.floor_hour(span.end) + HOUR)
        return Interval(self.zone.floor_day(span.start), self.zone.next_day(span.end))

    def align(self, span: Interval) -> Interval:
        """Widen a span of open days, maybe edited by hand, to hours or days; bounds of buckets stay."""
        end = span.end
        if end != FAR and self.floor(end) != end:
            end = self.round_outward(Interval(end, end)).end
        return Interval(self.floor(span.start) if span.start > self.start else span.start, end)

    def window_end(self, start: datetime) -> datetime:
        """Return the end of the longest window from `start`: so many days, never across a zone switch."""
        days = self.definition.window_days
        limit = timedelta(days=rules.MAX_DAYS_SEGMENTED if self.definition.segmentation_type else rules.MAX_DAYS)
        end = self._days_later(start, days)
        while end - start > limit:  # the API counts hours: 90 days with an autumn change are one too many
            days -= 1
            end = self._days_later(start, days)
        switch = self.zone.switch_at
        return switch if switch and start < switch < end else end

    def without_gap(self, span: Interval) -> Interval | None:
        """Leave out the day, or hour, that a zone switch cuts short, which cannot be asked for.

        Windows end at the switch, so it can only be their last.
        """
        if self.definition.granularity is Granularity.TOTAL or span.end != self.zone.switch_at:
            return span
        last = self.floor(span.end - timedelta(seconds=1))
        whole = last + HOUR <= span.end if self._hourly else not self.zone.is_gap(last)
        end = span.end if whole else last
        return Interval(span.start, end) if span.start < end else None

    def cells(self) -> list[Interval]:
        """List the fixed windows from `start` on: the buckets of `TOTAL`, whose keys must not move."""
        bounds = [self.start]
        while bounds[-1] < self.end:
            bounds.append(min(self.window_end(bounds[-1]), self.end))
        return [Interval(a, b) for a, b in pairwise(bounds)]

    def _days_later(self, start: datetime, days: int) -> datetime:
        end = self.zone.add_days(start, days)
        return self.zone.floor_hour(end) if self._hourly else end


def _on_grid(granularity: Granularity, zone: AccountZone, bound: Bound, *, up: bool) -> datetime:
    """Put a user's bound on a bucket's bound, outward: a start down, an end up.

    A `TOTAL` bucket may start at any whole hour, so there a date-time with an offset is that very moment; days
    and hours are counted on the account's calendar, so there a midnight means that day of the account.
    """
    exact = bound.instant if granularity is Granularity.TOTAL else None
    if exact is None and bound.is_midnight and granularity is not Granularity.HOUR:
        return bound.moment(zone)
    rounders = {
        Granularity.TOTAL: (floor_hour, ceil_hour),
        Granularity.DAY: (zone.floor_day, zone.ceil_day),
        Granularity.HOUR: (zone.floor_hour, zone.ceil_hour),
    }
    return rounders[granularity][up](exact or bound.moment(zone))
