"""Settings once parsed: frozen, complete, and known to be possible."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import time
from enum import Enum

from tap_twitter_ads_async.api.connection import Connection
from tap_twitter_ads_async.domain import rules

if t.TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from tap_twitter_ads_async.api.connection import Credentials
    from tap_twitter_ads_async.domain.calendar import AccountZone
    from tap_twitter_ads_async.settings.batches import BatchSettings


class Granularity(str, Enum):
    """Time bucket of a stats record."""

    HOUR = "HOUR"
    DAY = "DAY"
    TOTAL = "TOTAL"


class StatsEndpoint(str, Enum):
    """Where metrics are asked for."""

    ASYNC = "ASYNC"
    AUTO = "AUTO"


class ReachPeriod(str, Enum):
    """Period of a reach record."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    LIFETIME = "LIFETIME"


@dataclass(frozen=True, slots=True)
class Bound:
    """A start or an end as the user wrote it.

    Attributes:
        day: The calendar day written, to be taken in each account's own time zone. For a date-time at
            midnight, whatever its offset, this is its date: people write `2026-01-01T00:00:00Z` for "from the
            first of January on".
        instant: The exact moment (UTC), where a date-time with an offset was written; None otherwise. It
            decides for `TOTAL` buckets, which may start at any whole hour, and where it is not a midnight.
        clock: The time of day written. Without an offset it is that of each account's own time zone, as the day is.
    """

    day: date
    instant: datetime | None = None
    clock: time = time()

    @property
    def is_midnight(self) -> bool:
        """Whether only the day counts: a bare date, or a date-time written as midnight."""
        return self.clock == time()

    def moment(self, zone: AccountZone) -> datetime:
        """Return the moment (UTC) that is meant in an account; a midnight is that of the account's day.

        Args:
            zone: The account's time zone.
        """
        if self.is_midnight or self.instant is None:
            return zone.at(self.day, self.clock)
        return self.instant


@dataclass(frozen=True, slots=True)
class StatsDefinition:
    """One stats stream: a built-in one, one of `segmentation_types`, or one of `reports`.

    Attributes:
        name: Stream name, unique.
        entity: Entity type, such as `CAMPAIGN`.
        granularity: Time bucket.
        segmentation_type: Segmentation, None for unsegmented.
        metric_groups: Groups to ask for, in the API's order; empty where the settings leave none.
        placements: Placements to ask for.
        country_codes: ISO codes, one job each; empty unless the segmentation needs a country.
        platforms: Names or targeting values as the user wrote them, one job each; empty where the
            segmentation needs no platform, or where all platforms are meant (`needs_platform` tells).
        window_days: Longest day window of one job.
        lookback_days: Days before the bookmark that are always asked for again.
    """

    name: str
    entity: str
    granularity: Granularity
    segmentation_type: str | None
    metric_groups: tuple[str, ...]
    placements: tuple[str, ...]
    country_codes: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    window_days: int = 30
    lookback_days: int = 0

    @property
    def segmented(self) -> bool:
        """Whether records are per segment."""
        return self.segmentation_type is not None

    @property
    def needs_country(self) -> bool:
        """Whether each job must name a country, which is then a column and part of the key."""
        return rules.needs_country(self.segmentation_type)

    @property
    def needs_platform(self) -> bool:
        """Whether each job must name a platform, which is then a column and part of the key."""
        return rules.needs_platform(self.segmentation_type)

    @property
    def has_change_feed(self) -> bool:
        """Whether the API reports which entities of this type changed."""
        return rules.ENTITIES[self.entity].has_change_feed

    @property
    def delay_hours(self) -> int:
        """How long the newest metrics may stay incomplete, in hours."""
        return rules.delay_hours(self.segmentation_type)

    @property
    def historic(self) -> bool:
        """Whether the API's present documentation lacks the entity type or the segmentation."""
        return rules.is_historic(self.entity, self.segmentation_type)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the user can set, parsed; see `declaration.py` for meanings and defaults."""

    credentials: Credentials
    start: Bound
    end: Bound | None
    account_ids: tuple[str, ...] | None
    country_codes: tuple[str, ...]
    stats: tuple[StatsDefinition, ...]
    max_concurrent_jobs: int
    job_timeout_seconds: int
    with_deleted: bool
    personal_data: bool
    page_size: int
    reach_periods: tuple[ReachPeriod, ...]
    stats_endpoint: StatsEndpoint
    request_timeout: float
    user_agent: str
    api_url: str
    api_version: str
    batches: BatchSettings | None = None
    report_path: Path | None = None
    newest_first: bool = False

    @property
    def connection(self) -> Connection:
        """How to reach the API, and as whom."""
        return Connection(
            credentials=self.credentials,
            api_url=self.api_url,
            api_version=self.api_version,
            request_timeout=self.request_timeout,
            user_agent=self.user_agent,
        )
