"""Declarations: reference lists and targeting options."""

from __future__ import annotations

from tap_twitter_ads_async.objects.declaration import COUNTRY_CODES, FanOut, ObjectEndpoint, options

_COUNTRIES = FanOut((COUNTRY_CODES,), "", "country_code")
_EVENT_TYPES = "CONFERENCE,HOLIDAY,MUSIC_AND_ENTERTAINMENT,OTHER,POLITICS,RECURRING,SPORTS"
_OF_COUNTRIES = "Of the countries of setting `country_codes`."

REFERENCE_LISTS = (
    ObjectEndpoint("content_categories", "content_categories", key=("id",)),
    ObjectEndpoint("advertiser_business_categories", "advertiser_business_categories", key=("id",)),
    ObjectEndpoint("iab_categories", "iab_categories", key=("id",), count=1000),
    ObjectEndpoint("publishers", "publishers", key=("user_id",)),
    ObjectEndpoint("bidding_rules", "bidding_rules", key=("currency",)),
    ObjectEndpoint("line_item_placements", "line_items/placements", key=("product_type",)),
    ObjectEndpoint(
        "curated_categories",
        "accounts/{account_id}/curated_categories",
        fan_out=FanOut((COUNTRY_CODES,), "", "country_codes", chunk=200),
        note=_OF_COUNTRIES,
    ),
)

TARGETING_OPTIONS = (
    options("targeting_app_store_categories", "app_store_categories"),
    options("targeting_conversations", "conversations", count=1000),
    options("targeting_devices", "devices", count=1000),
    options(
        "targeting_events",
        "events",
        count=1000,
        # Unless told otherwise the API begins now and leaves out past events, which targeting criteria name.
        params={"event_types": _EVENT_TYPES, "start_time": "{start_day}T00:00:00Z"},
        note="Events since the day of setting `start_date`.",
    ),
    options("targeting_interests", "interests", count=1000),
    options("targeting_languages", "languages", count=1000),
    options(
        "targeting_locations",
        "locations",
        count=1000,
        fan_out=_COUNTRIES,
        overlapping=True,
        note=_OF_COUNTRIES,
    ),
    options(
        "targeting_network_operators",
        "network_operators",
        count=1000,
        fan_out=_COUNTRIES,
        overlapping=True,
        note=_OF_COUNTRIES,
    ),
    options("targeting_platform_versions", "platform_versions"),
    options("targeting_platforms", "platforms", count=1000),
    options("targeting_tv_markets", "tv_markets", key=("locale",)),
    options(
        "targeting_tv_shows",
        "tv_shows",
        count=50,
        fan_out=FanOut(("targeting_tv_markets",), "locale", "locale"),
        overlapping=True,
        selected=False,
        note="Many requests: 50 shows in each, for every market.",
    ),
    options("targeting_behaviors", "behaviors", count=1000, legacy=True, selected=False),
    options(
        "targeting_behavior_taxonomies",
        "behavior_taxonomies",
        key=("id",),
        count=1000,
        legacy=True,
        selected=False,
    ),
)
