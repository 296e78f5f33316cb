"""The tables and columns that another vendor's dbt package for X Ads reads, as its sources declare them."""

from __future__ import annotations

_MOBILE = (
    "payment_info_additions",
    "add_to_wishlists",
    "add_to_carts",
    "checkouts_initiated",
    "searches",
    "content_views",
)
_CONVERSIONS = (
    *(f"conversion_{kind}_{key}" for kind in ("purchases", "sign_ups", "custom") for key in ("metric", "sale_amount")),
    *(
        f"mobile_conversion_{kind}_{key}"
        for kind in _MOBILE
        for key in ("post_view", "post_engagement", "assisted", "sale_amount")
    ),
)
_FIGURES = ("account_id", "date", "placement", "impressions", "clicks", "url_clicks", "billed_charge_local_micro")

SOURCES: dict[str, tuple[str, ...]] = {
    "account_history": (
        "id",
        "name",
        "business_id",
        "business_name",
        "industry_type",
        "approval_status",
        "timezone",
        "timezone_switch_at",
        "salt",
        "created_at",
        "updated_at",
        "deleted",
    ),
    "campaign_history": (
        "id",
        "account_id",
        "name",
        "currency",
        "funding_instrument_id",
        "entity_status",
        "servable",
        "standard_delivery",
        "frequency_cap",
        "duration_in_days",
        "daily_budget_amount_local_micro",
        "total_budget_amount_local_micro",
        "start_time",
        "end_time",
        "created_at",
        "updated_at",
        "deleted",
    ),
    "line_item_history": (
        "id",
        "campaign_id",
        "name",
        "advertiser_domain",
        "advertiser_user_id",
        "automatically_select_bid",
        "bid_amount_local_micro",
        "bid_type",
        "bid_unit",
        "charge_by",
        "creative_source",
        "currency",
        "entity_status",
        "objective",
        "optimization",
        "primary_web_event_tag",
        "product_type",
        "target_cpa_local_micro",
        "total_budget_amount_local_micro",
        "start_time",
        "end_time",
        "created_at",
        "updated_at",
        "deleted",
    ),
    "promoted_tweet_history": (
        "id",
        "line_item_id",
        "tweet_id",
        "entity_status",
        "approval_status",
        "created_at",
        "updated_at",
        "deleted",
    ),
    "tweet": ("id", "account_id", "name", "full_text", "lang"),
    "tweet_url": ("tweet_id", "index", "indices", "url", "expanded_url", "display_url"),
    "campaign_report": (*_FIGURES, "campaign_id", *_CONVERSIONS),
    "line_item_report": (*_FIGURES, "line_item_id", *_CONVERSIONS),
    "promoted_tweet_report": (*_FIGURES, "promoted_tweet_id", *_CONVERSIONS),
    "line_item_keywords_report": (*_FIGURES, "line_item_id", "segment"),
    "campaign_locations_report": (*_FIGURES, "campaign_id", "segment", "segment_name"),
    "campaign_regions_report": (
        *_FIGURES,
        "campaign_id",
        "segment",
        "segment_name",
        "location_type",
        "location_name",
    ),
}
"""By table. Web conversions by keyword or place are declared, too, but X has none."""
