"""Reference lists that belong to no account."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.simulator.hashing import base36_id, salt, snowflake
from tap_twitter_ads_async.simulator.records import times

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.objects import Record
    from tap_twitter_ads_async.simulator.world import World

_CATEGORIES = ("Automotive", "Beauty", "Business", "Education", "Entertainment", "Food", "Gaming", "Health", "Sports")
_CURRENCIES = ("USD", "GBP", "INR", "AUD", "BRL", "JPY", "EUR", "KWD")
_PLACEMENTS = {
    "PROMOTED_TWEETS": [["ALL_ON_TWITTER"], ["TWITTER_SEARCH"], ["TWITTER_TIMELINE", "TWITTER_SEARCH"]],
    "PROMOTED_ACCOUNT": [["ALL_ON_TWITTER"], ["TWITTER_TIMELINE"]],
    "MEDIA": [["ALL_ON_TWITTER"], ["TWITTER_TIMELINE", "TWITTER_PROFILE"]],
}
_SHORT_ID = 4


def advertiser_business_categories(_world: World, _account: Account | None) -> list[Record]:
    """Return the categories of advertisers."""
    return [
        {"id": base36_id(_SHORT_ID, "business_category", name), "name": name, "iab_categories": [f"IAB{n + 1}"]}
        for n, name in enumerate(_CATEGORIES)
    ]


def content_categories(_world: World, _account: Account | None) -> list[Record]:
    """Return the categories of publishers' content."""
    return [
        {
            "id": base36_id(_SHORT_ID, "content_category", name),
            "name": name,
            "iab_categories": [f"IAB{n + 1}", f"IAB{n + 1}-1"],
            "publishers_in_last_thirty_days": salt("publishers", name) % 500,
            "videos_monetized_in_last_thirty_days": salt("videos", name) % 50_000,
        }
        for n, name in enumerate(_CATEGORIES)
    ]


def curated_categories(world: World, _account: Account | None) -> list[Record]:
    """Return bundles of publishers, with the countries in which each can be bought."""
    return [
        {
            "id": base36_id(5, "curated_category", n),
            "name": f"{name} Select",
            "description": f"The best of {name.lower()}",
            "country_codes": [("US", "GB", "JP", "IN", "AU", "BR")[(n + step) % 6] for step in range(3)],
            "publisher_user_ids": [snowflake("publisher", n, step)[:10] for step in range(2)],
            "videos_monetized_in_last_thirty_days": 10 * n,
            **times(world, "curated_category", n),
        }
        for n, name in enumerate(_CATEGORIES)
    ]


def iab_categories(_world: World, _account: Account | None) -> list[Record]:
    """Return the advertising industry's content taxonomy."""
    rows: list[Record] = []
    for n, name in enumerate(_CATEGORIES):
        rows.append({"id": f"IAB{n + 1}", "name": name, "parent_id": None})
        rows += [
            {"id": f"IAB{n + 1}-{part}", "name": f"{name} {part}", "parent_id": f"IAB{n + 1}"} for part in range(1, 4)
        ]
    return rows


def publishers(_world: World, _account: Account | None) -> list[Record]:
    """Return publishers whose videos carry ads."""
    return [
        {
            "user_id": snowflake("publisher", n)[:10],
            "username": f"publisher{n}",
            "content_category_ids": [base36_id(_SHORT_ID, "content_category", name)],
            "monetizable_country_codes": ["US", "GB"],
            "promotion_eligible_country_codes": ["US"],
            "monetization_restricted": n % 4 == 0,
        }
        for n, name in enumerate(_CATEGORIES)
    ]


def bidding_rules(_world: World, _account: Account | None) -> list[Record]:
    """Return the bounds of bids, by currency."""
    return [
        {
            "currency": currency,
            "minimum_cpe_bid_local_micro": 10_000,
            "maximum_cpe_bid_local_micro": 1_000_000_000,
            "minimum_denomination": 1_000_000 if currency == "JPY" else 10_000,
        }
        for currency in _CURRENCIES
    ]


def line_item_placements(_world: World, _account: Account | None) -> list[Record]:
    """Return which placements each kind of product can be combined with."""
    return [{"product_type": kind, "placements": combinations} for kind, combinations in _PLACEMENTS.items()]
