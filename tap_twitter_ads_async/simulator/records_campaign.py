"""Records of the campaign tree: campaigns, line items, and everything that hangs on them."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.simulator.clock import epoch, iso
from tap_twitter_ads_async.simulator.entities import HOUR
from tap_twitter_ads_async.simulator.hashing import base36_id, pick, salt, snowflake
from tap_twitter_ads_async.simulator.places import COUNTRIES
from tap_twitter_ads_async.simulator.records import common, every, line_items, money, of_node, owner

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account, Node
    from tap_twitter_ads_async.simulator.objects import ObjectStore, Record
    from tap_twitter_ads_async.simulator.params import Params
    from tap_twitter_ads_async.simulator.world import World

_GOALS = {
    "WEBSITE_CLICKS": ("LINK_CLICKS", "LINK_CLICK"),
    "VIDEO_VIEWS": ("VIDEO_VIEW", "VIEW"),
    "APP_INSTALLS": ("APP_INSTALLS", "APP_CLICK"),
    "APP_ENGAGEMENTS": ("APP_CLICKS", "APP_CLICK"),
    "ENGAGEMENTS": ("ENGAGEMENT", "ENGAGEMENT"),
    "FOLLOWERS": ("FOLLOWERS", "FOLLOW"),
    "PREROLL_VIEWS": ("PREROLL", "VIEW"),
    "REACH": ("MAX_REACH", "IMPRESSION"),
}
_PRODUCTS = {"FOLLOWERS": "PROMOTED_ACCOUNT", "PREROLL_VIEWS": "MEDIA"}
_TARGETING = (
    ("LOCATION", "United States", COUNTRIES[0].value),
    ("PLATFORM", "iOS", "0"),
    ("GENDER", "Female", "2"),
    ("BROAD_KEYWORD", "running shoes", "running shoes"),
    ("AGE", "AGE_25_TO_49", "AGE_25_TO_49"),
    ("LANGUAGE", "English", "en"),
    ("SIMILAR_TO_FOLLOWERS_OF_USER", "@athlete", "756201191646691328"),
    ("INTEREST", "Sports/Running", "20007"),
)
_CTAS = ("VISIT_SITE", "SHOP", "WATCH_NOW", "SEE_MORE", "GO_TO")


def campaigns(_world: World, account: Account | None) -> list[Record]:
    """Return an account's campaigns."""
    account = owner(account)
    rows = []
    for number, node in enumerate(account.of("CAMPAIGN").values()):
        running = node.status == "ACTIVE" and not node.deleted
        draft = every(11, number)
        rows.append(
            {
                **of_node(node),
                "name": node.name,
                "funding_instrument_id": node.parent.id if node.parent else None,
                "entity_status": "DRAFT" if draft else node.status,
                "effective_status": "RUNNING" if running else "PAUSED",
                "servable": None if node.deleted else running,
                "reasons_not_servable": _reasons(node),
                "budget_optimization": "CAMPAIGN" if every(5, number) else "LINE_ITEM",
                "daily_budget_amount_local_micro": money(node.id, "daily"),
                "total_budget_amount_local_micro": money(node.id, "total", low=9_000, high=90_000)
                if number % 2
                else None,
                "standard_delivery": None if number % 3 else True,
                "frequency_cap": None if number % 4 else 5,
                "duration_in_days": None if number % 4 else 7,
                "purchase_order_number": None if number % 3 else f"PO-{salt(node.id) % 10**6}",
                "currency": account.currency,
            }
        )
    return rows


def line_items_(_world: World, account: Account | None) -> list[Record]:
    """Return an account's line items, the ad groups of its campaigns."""
    account = owner(account)
    return [_line_item(account, number, node) for number, node in line_items(account)]


def _line_item(account: Account, number: int, node: Node) -> Record:
    goal, pay_by = _GOALS[node.objective]
    funding = node.ancestor("FUNDING_INSTRUMENT")
    is_app = node.objective.startswith("APP_")
    return {
        **of_node(node),
        "campaign_id": node.parent.id if node.parent else None,
        "funding_instrument_id": funding.id if funding else None,
        "name": node.name if number % 9 else None,
        "entity_status": "DRAFT" if every(17, number) else node.status,
        "objective": node.objective,
        "product_type": _PRODUCTS.get(node.objective, "PROMOTED_TWEETS"),
        "goal": goal,
        "pay_by": pay_by,
        "bid_strategy": pick(("AUTO", "MAX", "TARGET"), node.id, "bid"),
        "placements": ["ALL_ON_TWITTER"] if number % 2 else ["TWITTER_TIMELINE", "TWITTER_SEARCH"],
        "start_time": iso(node.start),
        "end_time": iso(node.end) if node.end < 2**39 else None,
        "bid_amount_local_micro": money(node.id, "bid", low=1, high=9) if number % 3 else None,
        "target_cpa_local_micro": None,
        "daily_budget_amount_local_micro": money(node.id, "daily") if number % 2 else None,
        "total_budget_amount_local_micro": money(node.id, "total", low=900, high=9_000),
        "standard_delivery": True if number % 2 else None,
        "frequency_cap": None,
        "duration_in_days": None,
        "currency": account.currency,
        "advertiser_user_id": account.user_id,
        "advertiser_domain": account.domain if number % 2 else None,
        "primary_web_event_tag": base36_id(5, account.id, "web_event_tag", 0) if goal == "LINK_CLICKS" else None,
        "android_app_store_identifier": f"com.{account.domain.partition('.')[0]}.app" if is_app else None,
        "ios_app_store_identifier": "953715000" if is_app else None,
        "categories": ["IAB17", "IAB18-3"] if number % 2 else [],
        "automatic_tweet_promotion": None,
        "creative_source": "MANUAL",
    }


def _reasons(node: Node) -> list[str]:
    reasons = ["DELETED"] if node.deleted else []
    return [*reasons, "PAUSED_BY_ADVERTISER"] if node.status == "PAUSED" else reasons


def targeting_criteria(world: World, account: Account | None) -> list[Record]:
    """Return what the account's line items target."""
    account = owner(account)
    rows = []
    for number, node in line_items(account):
        for n in range(world.options.targeting_criteria_per_line_item):
            kind, name, value = _TARGETING[(n + number) % len(_TARGETING)]
            if n >= len(_TARGETING):
                kind, name, value = "BROAD_KEYWORD", f"keyword {n}", f"keyword {n}"
            row = {
                **of_node(node),
                "id": base36_id(6, node.id, "criterion", n),
                "deleted": every(8, n),
                "line_item_id": node.id,
                "name": name,
                "localized_name": name,
                "targeting_type": kind,
                "targeting_value": value,
                "operator_type": "NE" if every(6, n) else "EQ",
            }
            rows.append(row)
    return rows


def localize(record: Record, params: Params) -> Record:
    """Keep `localized_name` only where a language was asked for."""
    if params.text("lang"):
        return record
    return {name: value for name, value in record.items() if name != "localized_name"}


def promoted_tweets(_world: World, account: Account | None) -> list[Record]:
    """Return the tweets that an account promotes."""
    return [{**_leaf(node), "tweet_id": node.target_id} for node in owner(account).of("PROMOTED_TWEET").values()]


def promoted_accounts(_world: World, account: Account | None) -> list[Record]:
    """Return the users that an account promotes."""
    return [{**_leaf(node), "user_id": node.target_id} for node in owner(account).of("PROMOTED_ACCOUNT").values()]


def media_creatives(_world: World, account: Account | None) -> list[Record]:
    """Return the media that run before other people's videos."""
    return [
        {
            **_leaf(node),
            "account_media_id": base36_id(5, node.account.id, "account_media", number % 3),
            "creative_type": "PREROLL" if number % 2 else "BANNER",
            "landing_url": None if number % 2 else f"https://{node.account.domain}/landing",
            "_campaign_id": getattr(node.ancestor("CAMPAIGN"), "id", None),
        }
        for number, node in enumerate(owner(account).of("MEDIA_CREATIVE").values())
    ]


def _leaf(node: Node) -> Record:
    return {
        **of_node(node),
        "line_item_id": node.parent.id if node.parent else None,
        "entity_status": node.status,
        "approval_status": pick(("ACCEPTED", "ACCEPTED", "UNDER_REVIEW", "REJECTED"), node.id),
    }


def scheduled_promoted_tweets(world: World, account: Account | None) -> list[Record]:
    """Return scheduled tweets that will be promoted, or have been published."""
    account = owner(account)
    return [
        {
            **common(world, "scheduled_promoted_tweet", node.id, number),
            "line_item_id": node.id,
            "scheduled_tweet_id": snowflake(account.id, "scheduled_tweet", number % 6),
            "tweet_id": snowflake(account.id, "tweet", number) if number % 2 else None,
        }
        for number, node in line_items(account)
        if number % 3 == 0
    ]


def tracking_tags(world: World, account: Account | None) -> list[Record]:
    """Return the third-party tags of line items."""
    return [
        {
            **common(world, "tracking_tag", node.id, number),
            "line_item_id": node.id,
            "tracking_tag_type": "CLICK_TRACKER" if number % 2 else "IMPRESSION_TAG",
            "tracking_tag_url": f"https://ad.tracker.example/{node.id}",
        }
        for number, node in line_items(account)
    ]


def preroll_call_to_actions(world: World, account: Account | None) -> list[Record]:
    """Return the buttons of pre-roll line items."""
    return [
        {
            **common(world, "preroll_call_to_action", node.id, number),
            "line_item_id": node.id,
            "call_to_action": _CTAS[number % len(_CTAS)],
            "call_to_action_url": f"https://{node.account.domain}/{number}",
        }
        for number, node in line_items(account)
        if node.objective == "PREROLL_VIEWS"
    ]


def line_item_curated_categories(world: World, account: Account | None) -> list[Record]:
    """Return which content categories line items run in."""
    return [
        {
            **common(world, "line_item_curated_category", node.id, number),
            "line_item_id": node.id,
            "curated_category_id": base36_id(5, "curated_category", number % 4),
        }
        for number, node in line_items(account)
        if node.objective == "PREROLL_VIEWS"
    ]


def line_item_apps(world: World, account: Account | None) -> list[Record]:
    """Return which apps line items advertise: kept from older versions of the API."""
    return [
        {
            **common(world, "line_item_app", node.id, number),
            "line_item_id": node.id,
            "app_store_identifier": "953715000",
            "os_type": "iOS",
        }
        for number, node in line_items(account)
        if node.objective.startswith("APP_")
    ]


def only_holders_of_accounts(params: Params, store: ObjectStore, account: Account | None) -> bool:
    """Tell whether any of the line items asked for can hold promoted accounts; the API refuses others.

    Args:
        params: Parameters of the request.
        store: Where the line items are.
        account: Ads account, None if the request is about none.
    """
    ids = params.words("line_item_ids")
    items = store.records(account, "line_items")
    return not ids or any(items.get(item, {}).get("product_type") == "PROMOTED_ACCOUNT" for item in ids)


def ab_tests(world: World, account: Account | None) -> list[Record]:
    """Return an account's experiments."""
    account = owner(account)
    now = epoch(world.options.world_now())
    nodes = list(account.of("CAMPAIGN").values())
    rows = []
    for number in range(min(world.options.records_per_collection, len(nodes))):
        node = nodes[number]
        someone = {"user_id": account.user_id, "username": account.domain.partition(".")[0]}
        groups = [
            {"id": base36_id(4, node.id, "group", n), "name": None, "description": None, "size": "50.0",
             "entity_ids": [node.id]}
            for n in range(2)
        ]  # fmt: skip
        rows.append(
            {
                **common(world, "ab_test", account.id, number),
                "name": f"Creative test {number}" if number % 2 else None,
                "description": None,
                "status": ("COMPLETED", "LIVE", "SCHEDULED")[number % 3],
                "entity_type": "CAMPAIGN",
                "start_time": iso(now // HOUR * HOUR - 30 * 24 * HOUR),
                "end_time": iso(now // HOUR * HOUR + number * 24 * HOUR),
                "entities": [{"id": node.id, "account_id": account.id}],
                "created_by": someone,
                "updated_by": someone,
                "user_groups": groups,
                "_user_id": account.user_id,
            }
        )
    return rows
