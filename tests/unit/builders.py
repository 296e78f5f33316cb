"""Small makers of the core's values, so that a test states only what it is about."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, timedelta, timezone

from typing_extensions import override

from tap_twitter_ads_async.api.http import Credentials
from tap_twitter_ads_async.clock import Clock
from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.settings.model import (
    Bound,
    Granularity,
    ReachPeriod,
    Settings,
    StatsDefinition,
    StatsEndpoint,
)
from tap_twitter_ads_async.stats.plan.buckets import Buckets
from tap_twitter_ads_async.stats.plan.spec import JobSpec
from tap_twitter_ads_async.stats.plan.windows import JobShape, Need

UTC = timezone.utc
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TWITTER = "ALL_ON_TWITTER"
SHAPE = JobShape("acc1", (("ENGAGEMENT", "BILLING"), ("MOBILE_CONVERSION",)))


class StillClock(Clock):
    """A clock that moves only when told to, or by the waits themselves, which cost no time."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.moment = now
        self.waits: list[float] = []

    @override
    def now(self) -> datetime:
        return self.moment

    @override
    def monotonic(self) -> float:
        return self.moment.timestamp()

    @override
    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        if not self.stopped:
            self.moment += timedelta(seconds=seconds)
        return self.stopped


def at(text: str) -> datetime:
    """Return a moment: `2026-03-08`, `2026-03-08T10` or `2026-03-08T10:30`, in UTC."""
    return datetime.fromisoformat(text if "T" not in text or ":" in text else f"{text}:00").replace(tzinfo=UTC)


def between(start: str, end: str) -> Interval:
    """Return the interval between two moments, see `at`."""
    return Interval(at(start), at(end))


def definition(granularity: str = "DAY", **fields: t.Any) -> StatsDefinition:
    """Return a stream of campaigns with two metric groups, unless told otherwise."""
    return StatsDefinition(
        **{
            "name": "campaign_stats",
            "entity": "CAMPAIGN",
            "granularity": Granularity(granularity),
            "segmentation_type": None,
            "metric_groups": ("ENGAGEMENT", "BILLING"),
            "placements": (TWITTER, "PUBLISHER_NETWORK"),
            **fields,
        }
    )


def grid_of(start: str, end: str | None, now: str, zone: str | AccountZone = "UTC", **fields: t.Any) -> Buckets:
    """Return the grid between two dates of the account, for a stream with the given fields."""
    account = AccountZone(zone) if isinstance(zone, str) else zone
    last = Bound(date.fromisoformat(end)) if end else None
    return Buckets.of(definition(**fields), account, Bound(date.fromisoformat(start)), last, at(now))


def need(entity_id: str, start: str, end: str, *placements: str) -> Need:
    """Return a need in some placements, by default the first one."""
    return Need(entity_id, between(start, end), frozenset(placements or (TWITTER,)))


def spec(ids: str, start: str, end: str, zone: str | AccountZone = "UTC", **fields: t.Any) -> JobSpec:
    """Return a job for comma-separated ids between two moments."""
    return JobSpec(
        **{
            "account_id": "acc1",
            "entity": "CAMPAIGN",
            "entity_ids": tuple(ids.split(",")),
            "start": at(start),
            "end": at(end),
            "granularity": Granularity.DAY,
            "placement": TWITTER,
            "metric_groups": ("ENGAGEMENT", "BILLING"),
            "zone": AccountZone(zone) if isinstance(zone, str) else zone,
            **fields,
        }
    )


def settings(start: str = "2026-01-01", end: str | None = None, **fields: t.Any) -> Settings:
    """Return settings of a run between two dates."""
    return Settings(
        **{
            "credentials": Credentials("key", "key-secret", "token", "token-secret"),
            "start": Bound(date.fromisoformat(start)),
            "end": Bound(date.fromisoformat(end)) if end else None,
            "account_ids": None,
            "country_codes": (),
            "stats": (),
            "max_concurrent_jobs": 100,
            "job_timeout_seconds": 600,
            "with_deleted": True,
            "personal_data": False,
            "page_size": 200,
            "reach_periods": (ReachPeriod.MONTH,),
            "stats_endpoint": StatsEndpoint.ASYNC,
            "request_timeout": 10.0,
            "user_agent": "unit-tests",
            "api_url": "https://ads-api.x.com",
            "api_version": "12",
            **fields,
        }
    )
