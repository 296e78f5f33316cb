"""What happens to one ad in one slot of time: pure functions of the ad, the placement and the clock on the wall.

Three families keep the cost down: an ad has conversions only where its objective and its set-up bring them.
"""

from __future__ import annotations

import typing as t
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from tap_twitter_ads_async.simulator.entities import DAY, LEGACY_ZONE
from tap_twitter_ads_async.simulator.hashing import mix, salt
from tap_twitter_ads_async.simulator.metrics import (
    LIFETIME,
    LIFETIME_PREFIX,
    MOBILE_CONVERSION,
    WEB_CONVERSION,
)

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Node

Figures = dict[str, int]
"""Metric (or `metric.key`) -> value; what is zero is left out."""

FAMILY_OF_GROUP = {
    "ENGAGEMENT": "BASE",
    "BILLING": "BASE",
    "VIDEO": "BASE",
    "MEDIA": "BASE",
    "WEB_CONVERSION": "WEB",
    "MOBILE_CONVERSION": "MOBILE",
    "LIFE_TIME_VALUE_MOBILE_CONVERSION": "MOBILE",
}
_HOUR_SHAPE = (4, 2, 1, 0, 0, 1, 3, 6, 9, 10, 11, 12, 13, 12, 11, 11, 12, 14, 16, 18, 19, 17, 12, 7)
_WEEKDAY_SHAPE = (10, 10, 11, 11, 12, 8, 7)
_PLACEMENT_PERCENT = {"ALL_ON_TWITTER": 100, "PUBLISHER_NETWORK": 35, "SPOTLIGHT": 15, "TREND": 10}
_NEW_PLACEMENT_PERCENT = 25
_RAMP_DAYS = 7
_VIDEO = frozenset({"VIDEO_VIEWS", "PREROLL_VIEWS", "APP_INSTALLS"})
_WEB = frozenset({"WEBSITE_CLICKS", "WEBSITE_CONVERSIONS", "REACH"})
_APP = frozenset({"APP_INSTALLS", "APP_ENGAGEMENTS"})
_CONVERSION_KINDS = 4
_MICRO = 1_000_000


@lru_cache(maxsize=200_000)
def _wall(zone: str, slot: int) -> tuple[int, int, int]:
    local = datetime.fromtimestamp(slot, ZoneInfo(zone))
    return local.hour, local.weekday(), local.toordinal()


def impressions(leaf: Node, placement: str, slot: int) -> int:
    """Return how often an ad is seen in a slot; 0 outside its flight, when it is paused, and in the dead of night.

    Args:
        leaf: Ad.
        placement: Placement.
        slot: Number of the slot since the epoch.
    """
    if placement not in leaf.placements or not leaf.start <= slot < leaf.end:
        return 0
    if leaf.fixed is not None:
        return leaf.fixed.get(slot, {}).get("impressions", 0)
    account = leaf.account
    hour, weekday, day = _wall(account.timezone if slot >= account.switch_at else LEGACY_ZONE, slot)
    # Pauses: blocks of three days, one block in nine.
    if mix(leaf.salt ^ (day // 3)) % 9 == 0:
        return 0
    low, high = account.gap
    if low <= slot < high:
        return 0
    noise = mix(leaf.salt ^ (slot * 0x9E3779B97F4A7C15) ^ len(placement))
    ramp = min(slot - leaf.start, _RAMP_DAYS * DAY) // DAY + 3
    size = 20 + leaf.salt % 180
    level = (
        size
        * _HOUR_SHAPE[hour]
        * _WEEKDAY_SHAPE[weekday]
        * ramp
        * _PLACEMENT_PERCENT.get(placement, _NEW_PLACEMENT_PERCENT)
    )
    return level * (60 + noise % 80) // (100 * 100 * 10 * 10)


def has_family(leaf: Node, family: str) -> bool:
    """Tell whether an ad can have figures of a family at all."""
    if leaf.fixed is not None or family == "BASE":
        return family == "BASE"
    return leaf.objective in (_WEB if family == "WEB" else _APP)


def slot_figures(leaf: Node, placement: str, slot: int, family: str) -> Figures:
    """Return everything that happens to an ad in a slot, for one family of metrics.

    Args:
        leaf: Ad.
        placement: Placement.
        slot: Number of the slot since the epoch.
        family: Family of metrics.
    """
    if not has_family(leaf, family):
        return {}
    if leaf.fixed is not None:
        return leaf.fixed.get(slot, {}) if placement in leaf.placements else {}
    seen = impressions(leaf, placement, slot)
    if not seen:
        return {}
    noise = mix(leaf.salt ^ (slot * 0xD1B54A32D192ED03) ^ len(placement))
    if family == "BASE":
        return _base(leaf, seen, noise)
    return _web(leaf, seen, noise) if family == "WEB" else _mobile(leaf, seen, noise)


def _base(leaf: Node, seen: int, noise: int) -> Figures:
    engagements = seen * (8 + noise % 24) // 1000 + (noise & 1)
    clicks = engagements * (50 + (noise >> 8) % 30) // 100
    url_clicks = clicks * ((noise >> 16) % 70) // 100
    figures = {
        "impressions": seen,
        "qualified_impressions": seen * 97 // 100,
        "engagements": engagements,
        "clicks": clicks,
        "url_clicks": url_clicks,
        "likes": engagements * ((noise >> 24) % 25) // 100,
        "retweets": engagements * ((noise >> 28) % 9) // 100,
        "replies": engagements * ((noise >> 32) % 5) // 100,
        "follows": engagements * ((noise >> 36) % (40 if leaf.objective == "FOLLOWERS" else 4)) // 100,
    }
    if leaf.entity != "ORGANIC_TWEET":
        figures["billed_engagements"] = engagements * 9 // 10
        figures["billed_charge_local_micro"] = seen * (2500 + (noise >> 40) % 3000)
    if leaf.objective in _VIDEO:
        _add_video(figures, seen, noise)
    else:
        figures["card_engagements"] = url_clicks + ((noise >> 20) & 3)
        figures["carousel_swipes"] = ((noise >> 44) % 50) // 47
    if leaf.objective in _APP:
        figures["app_clicks"] = clicks * 6 // 10
    figures["unfollows"] = ((noise >> 50) % 60) // 59
    figures["tweets_send"] = ((noise >> 52) % 40) // 39
    figures["poll_card_vote"] = ((noise >> 54) % 80) // 79
    return {name: value for name, value in figures.items() if value}


def _add_video(figures: Figures, seen: int, noise: int) -> None:
    views = seen * (25 + (noise >> 12) % 30) // 100
    figures.update(
        {
            "video_total_views": views,
            "video_mrc_views": views * 9 // 10,
            "video_3s100pct_views": views * 7 // 10,
            "video_6s_views": views // 2,
            "video_15s_views": views // 4,
            "video_views_25": views * 8 // 10,
            "video_views_50": views * 6 // 10,
            "video_views_75": views * 4 // 10,
            "video_views_100": views * 3 // 10,
            "video_content_starts": seen * 6 // 10,
            "video_cta_clicks": views // 60,
            "media_views": views,
            "media_engagements": views // 25,
        }
    )


@lru_cache(maxsize=20_000)
def _kinds(leaf_salt: int, table: str) -> tuple[str, ...]:
    """Return the few conversions that an ad's account measures for it."""
    names = sorted(WEB_CONVERSION if table == "WEB" else MOBILE_CONVERSION)
    first = salt(leaf_salt, table) % len(names)
    return tuple(names[(first + step * 5) % len(names)] for step in range(_CONVERSION_KINDS))


def _web(leaf: Node, seen: int, noise: int) -> Figures:
    figures: Figures = {}
    for index, name in enumerate(_kinds(leaf.salt, "WEB")):
        roll = mix(noise + index)
        if roll % 4000 >= seen:
            continue
        engagement = 1 + roll % 2
        view = (roll >> 8) % 3
        price = (5 + (roll >> 16) % 90) * _MICRO + (roll >> 24) % 100 * 10_000
        figures.update(
            {
                f"{name}.metric": engagement + view,
                f"{name}.post_view": view,
                f"{name}.post_engagement": engagement,
                f"{name}.order_quantity": (engagement + view) * _MICRO,
                f"{name}.order_quantity_view": view * _MICRO,
                f"{name}.order_quantity_engagement": engagement * _MICRO,
                f"{name}.sale_amount": (engagement + view) * price,
                f"{name}.sale_amount_view": view * price,
                f"{name}.sale_amount_engagement": engagement * price,
            }
        )
        if name in {"conversion_purchases", "conversion_sign_ups"}:
            figures[f"{name}.assisted"] = (roll >> 32) % 2
    return {name: value for name, value in figures.items() if value}


def _mobile(leaf: Node, seen: int, noise: int) -> Figures:
    figures: Figures = {}
    for index, name in enumerate(_kinds(leaf.salt, "MOBILE")):
        roll = mix(noise + 31 * (index + 1))
        if roll % 3000 >= seen:
            continue
        keys = MOBILE_CONVERSION[name]
        counts = {
            "post_view": (roll >> 8) % 3,
            "post_engagement": 1 + roll % 2,
            "assisted": (roll >> 20) % 2,
            "order_quantity": (1 + roll % 2) * _MICRO,
            "sale_amount": (1 + (roll >> 16) % 40) * 990_000,
        }
        figures.update({f"{name}.{key}": counts[key] for key in keys if counts[key]})
        lifetime = LIFETIME_PREFIX + name.removeprefix("mobile_conversion_")
        if lifetime in LIFETIME:
            figures[f"{lifetime}.metric"] = 2 + (roll >> 30) % 3
            figures[f"{lifetime}.order_quantity"] = (2 + (roll >> 30) % 3) * _MICRO
            figures[f"{lifetime}.sale_amount"] = (1 + (roll >> 34) % 60) * 1_990_000
    return figures
