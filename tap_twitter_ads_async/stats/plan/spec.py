"""What one analytics job asks for, and how it is cut in two. No clock, no I/O."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field, replace

from typing_extensions import override

from tap_twitter_ads_async.domain.calendar import HOUR, stamp
from tap_twitter_ads_async.settings.model import Granularity

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.domain.calendar import AccountZone
    from tap_twitter_ads_async.domain.intervals import IntervalSet


class TargetingValue(t.NamedTuple):
    """A country or a platform: the API's targeting value, and what people call it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class JobSpec:
    """The parameters of one job, in canonical form.

    Attributes:
        account_id: Ads account.
        entity: Entity type.
        entity_ids: 1 to 20 ids.
        start: First moment, inclusive, on a bucket's start (UTC).
        end: Last moment, exclusive, on a bucket's end (UTC).
        granularity: Time bucket.
        placement: One placement.
        metric_groups: Groups that may be asked for together.
        segmentation_type: One segmentation, or None.
        country: Country of the segmentation, if it needs one.
        platform: Platform of the segmentation, if it needs one.
        zone: Calendar of the account.
    """

    account_id: str
    entity: str
    entity_ids: tuple[str, ...]
    start: datetime
    end: datetime
    granularity: Granularity
    placement: str
    metric_groups: tuple[str, ...]
    segmentation_type: str | None = None
    country: TargetingValue | None = None
    platform: TargetingValue | None = None
    zone: AccountZone = field(kw_only=True, compare=False, repr=False)

    def params(self) -> dict[str, str | list[str] | None]:
        """Return the query parameters of the job's creation.

        Bounds of day buckets are bare dates: the server turns them into the account's midnights itself, which
        settles which UTC offset counts around daylight-saving changes. Whole hours are written in UTC, or, in
        zones whose hours start in between, on the account's clock: the API wants times "in whole hours", and
        whether it means UTC's is not documented.
        """
        return {
            "entity": self.entity,
            "entity_ids": list(self.entity_ids),
            "start_time": self._written(self.start),
            "end_time": self._written(self.end),
            "granularity": self.granularity.value,
            "placement": self.placement,
            "metric_groups": list(self.metric_groups),
            "segmentation_type": self.segmentation_type,
            "country": self.country.value if self.country else None,
            "platform": self.platform.value if self.platform else None,
        }

    def _written(self, bound: datetime) -> str:
        # Before a zone switch a bare date is ambiguous: the documentation does not say in which of the two
        # zones it would be read, so those bounds are written as moments.
        in_one_zone = self.zone.switch_at is None or bound >= self.zone.switch_at
        if self.granularity is not Granularity.HOUR and in_one_zone and self.zone.floor_day(bound) == bound:
            return self.zone.date_of(bound).isoformat()
        # Midnights are written with the offset of their own day: the API takes no other for a day's bound.
        if bound.minute or (self.granularity is not Granularity.HOUR and self.zone.floor_day(bound) == bound):
            return self.zone.local_stamp(bound)
        return stamp(bound)

    def digest(self) -> str:
        """Return a short, stable name of this spec, the same in every run: it links a ticket to its job."""
        parts = (
            self.account_id,
            self.entity,
            ",".join(self.entity_ids),
            stamp(self.start),
            stamp(self.end),
            self.granularity.value,
            self.placement,
            ",".join(self.metric_groups),
            self.segmentation_type or "",
            self.country.value if self.country else "",
            self.platform.value if self.platform else "",
        )
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]

    def buckets(self) -> list[datetime]:
        """List the starts of the time buckets, in order."""
        return bucket_starts(self.granularity, self.zone, self.start, self.end)

    @property
    def can_be_cut(self) -> bool:
        """Whether the spec asks for more than one entity in one bucket."""
        return self.halve() is not None

    def halve(self) -> tuple[JobSpec, JobSpec] | None:
        """Cut the work in two: ids first, then time; None where it is one entity in one bucket."""
        if len(self.entity_ids) > 1:
            middle = len(self.entity_ids) // 2
            return (
                replace(self, entity_ids=self.entity_ids[:middle]),
                replace(self, entity_ids=self.entity_ids[middle:]),
            )
        starts = self.buckets()
        if len(starts) < 2:  # noqa: PLR2004 - one bucket cannot be cut
            return None
        cut = starts[len(starts) // 2]
        return replace(self, end=cut), replace(self, start=cut)

    @override
    def __str__(self) -> str:
        """Describe the job for a log line: ids, range, placement and groups."""
        ids = self.entity_ids[0] if len(self.entity_ids) == 1 else f"{len(self.entity_ids)} ids"
        groups = "+".join(self.metric_groups)
        return f"{self.entity} {ids} {stamp(self.start)}..{stamp(self.end)} {self.placement} {groups}"


def bucket_starts(granularity: Granularity, zone: AccountZone, start: datetime, end: datetime) -> list[datetime]:
    """List the starts of the buckets in a range whose bounds lie on buckets.

    Args:
        granularity: Length of the buckets.
        zone: The account's time zone.
        start: Inclusive, in UTC.
        end: Exclusive, in UTC.
    """
    if granularity is Granularity.TOTAL:
        return [start]
    if granularity is Granularity.DAY:
        return zone.days(start, end)
    return [start + HOUR * i for i in range(round((end - start) / HOUR))]


@dataclass(frozen=True, slots=True)
class Group:
    """Jobs that make up the same records: equal but for their metric groups, which must be asked for apart.

    Attributes:
        specs: The jobs.
        asked_again: By entity, the times that an earlier run has asked for and that changed since. Numbers may have
            been taken back there, so that their buckets are written even where nothing is left.
    """

    specs: tuple[JobSpec, ...]
    asked_again: tuple[tuple[str, IntervalSet], ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The unit of commit: one range of days of one stream and account.

    Attributes:
        start: Start of the days whose extraction this window completes.
        end: Their end, exclusive. Days without activity next to a window's own belong to it as well.
        groups: Jobs, in emission order; may be empty.
        layer: Number of the progress layer (see `bookmark.py`) that the window completes a part of.
        layer_key: Name of that layer in every run.
        as_of: A job serves the window only if the server created it at this moment or later (UTC).
        failed_before: Whether it asks again for what failed alone in an earlier run.
        corrected: Entities of whose earlier days something was recorded from then on: no job that nobody has a ticket
            of answers for them, because it may be older than the correction.
    """

    start: datetime
    end: datetime
    groups: tuple[Group, ...]
    layer: int = 0
    layer_key: str = ""
    as_of: datetime | None = None
    failed_before: bool = False
    corrected: frozenset[str] = frozenset()

    @override
    def __str__(self) -> str:
        """Describe the window by the days its jobs ask for."""
        specs = [s for g in self.groups for s in g.specs]
        if not specs:
            return "an empty window"
        return f"window {stamp(min(s.start for s in specs))}..{stamp(max(s.end for s in specs))}"
