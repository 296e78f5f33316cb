"""Plans and what they are made of: streams, buckets, needs, jobs. A test states only what it is about."""

from __future__ import annotations

import typing as t
from datetime import date

from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.settings.model import (
    Bound,
    Granularity,
    StatsDefinition,
)
from tap_twitter_ads_async.stats.plan.buckets import Buckets
from tap_twitter_ads_async.stats.plan.spec import JobSpec
from tap_twitter_ads_async.stats.plan.windows import JobShape, Need
from tests.support.moments import at, between

TWITTER = "ALL_ON_TWITTER"
SHAPE = JobShape("acc1", (("ENGAGEMENT", "BILLING"), ("MOBILE_CONVERSION",)))


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
