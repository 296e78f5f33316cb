"""The metrics that the API serves, by metric group, and the keys of the nested ones."""

from __future__ import annotations

BASIC = ("engagements", "impressions", "retweets", "replies", "likes", "follows")
ENGAGEMENT = (
    *BASIC,
    "card_engagements",
    "clicks",
    "app_clicks",
    "url_clicks",
    "qualified_impressions",
    "carousel_swipes",
    "tweets_send",
    "unfollows",
    "poll_card_vote",
)
BILLING = ("billed_engagements", "billed_charge_local_micro")
VIDEO = (
    "video_total_views",
    "video_3s100pct_views",
    "video_6s_views",
    "video_15s_views",
    "video_views_25",
    "video_views_50",
    "video_views_75",
    "video_views_100",
    "video_cta_clicks",
    "video_content_starts",
    "video_mrc_views",
)
MEDIA = ("media_views", "media_engagements")

_SALES = (
    "order_quantity",
    "order_quantity_view",
    "order_quantity_engagement",
    "sale_amount",
    "sale_amount_view",
    "sale_amount_engagement",
)
WEB_KEYS = ("metric", "post_view", "post_engagement", "assisted", *_SALES)
WEB_PLATFORMS_ONLY = tuple(
    f"conversion_{name}" for name in ("purchases", "sign_ups", "site_visits", "downloads", "custom")
)
"""These five say nothing when segmented by CONVERSION_TAGS."""
WEB_NEWER = tuple(
    f"conversion_{name}"
    for name in (
        "add_to_carts",
        "checkouts_initiated",
        "content_views",
        "payment_info_additions",
        "add_to_wishlists",
        "searches",
        "landing_page_views",
        "subscriptions",
    )
)
WEB_CONVERSION: dict[str, tuple[str, ...]] = dict.fromkeys((*WEB_PLATFORMS_ONLY, *WEB_NEWER), WEB_KEYS)

MOBILE_KEYS = ("post_view", "post_engagement", "assisted", "order_quantity", "sale_amount")
_MOBILE_NAMES = (
    "spent_credits",
    "installs",
    "content_views",
    "add_to_wishlists",
    "checkouts_initiated",
    "reservations",
    "tutorials_completed",
    "achievements_unlocked",
    "searches",
    "add_to_carts",
    "payment_info_additions",
    "re_engages",
    "shares",
    "rates",
    "logins",
    "updates",
    "levels_achieved",
    "invites",
    "downloads",
    "purchases",
    "sign_ups",
    "site_visits",
)
_TWO_KEYS = ("key_page_views", "installs_skan", "purchases_skan")
MOBILE_CONVERSION: dict[str, tuple[str, ...]] = {
    **{f"mobile_conversion_{name}": MOBILE_KEYS for name in _MOBILE_NAMES},
    **{f"mobile_conversion_{name}": ("post_view", "post_engagement") for name in _TWO_KEYS},
}

LIFETIME_KEYS = ("metric", "order_quantity", "sale_amount")
LIFETIME_PREFIX = "mobile_conversion_lifetime_value_"
LIFETIME: dict[str, tuple[str, ...]] = {
    LIFETIME_PREFIX + name: LIFETIME_KEYS
    for name in (
        "purchases",
        "sign_ups",
        "updates",
        "tutorials_completed",
        "reservations",
        "add_to_carts",
        "add_to_wishlists",
        "checkouts_initiated",
        "levels_achieved",
        "achievements_unlocked",
        "shares",
        "invites",
        "payment_info_additions",
        "spent_credits",
        "rates",
        "content_views",
        "logins",
        "searches",
    )
}

GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "ENGAGEMENT": dict.fromkeys(ENGAGEMENT, ()),
    "BILLING": dict.fromkeys(BILLING, ()),
    "VIDEO": dict.fromkeys(VIDEO, ()),
    "WEB_CONVERSION": WEB_CONVERSION,
    "MOBILE_CONVERSION": MOBILE_CONVERSION,
    "LIFE_TIME_VALUE_MOBILE_CONVERSION": LIFETIME,
    "MEDIA": dict.fromkeys(MEDIA, ()),
}
"""Metric group -> metric -> keys of its object; no keys: a plain series."""


def metrics_of(entity: str, groups: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the metrics an answer contains for an entity type and metric groups."""
    chosen: dict[str, tuple[str, ...]] = {}
    for group in groups:
        chosen.update(GROUPS[group])
    if entity in {"ACCOUNT", "FUNDING_INSTRUMENT"}:
        wider = set(ENGAGEMENT) - set(BASIC)
        chosen = {name: keys for name, keys in chosen.items() if name not in wider}
    return chosen
