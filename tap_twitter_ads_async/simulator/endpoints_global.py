"""The table of endpoints that belong to no account: reference lists, catalogs, targeting options."""

from __future__ import annotations

from functools import partial

from tap_twitter_ads_async.simulator import records_account as of_accounts
from tap_twitter_ads_async.simulator import records_global as of_all
from tap_twitter_ads_async.simulator import targeting
from tap_twitter_ads_async.simulator.endpoint_rules import event_scope, operator_scope
from tap_twitter_ads_async.simulator.objects import Collection, Filter

# Lists that are given whole: no paging, no sorting, no deletion mark.
whole = partial(Collection, counts=None, cursor=False, sort=(), deleted=False, total=False)
_reference = partial(whole, is_global=True)
_paged_reference = partial(Collection, is_global=True, sort=(), deleted=False)
_option = partial(_paged_reference, key="targeting_value", total=False)
_whole_option = partial(_reference, key="targeting_value")
_feeds = partial(whole, is_global=True, within="_catalog_id")

_REFERENCES = (
    _reference("content_categories", of_all.content_categories, always_total=True),
    _reference("advertiser_business_categories", of_all.advertiser_business_categories),
    _paged_reference("iab_categories", of_all.iab_categories),
    _reference("publishers", of_all.publishers, key="user_id"),
    _reference(
        "bidding_rules",
        of_all.bidding_rules,
        key="currency",
        filters={"currency": Filter("currency", "one")},
        always_total=True,
        data_type="bidding_rule",
    ),
    _reference(
        "line_items/placements",
        of_all.line_item_placements,
        key="product_type",
        filters={"product_type": Filter("product_type", "one")},
    ),
    _reference("product_catalogs", of_accounts.product_catalogs),
    Collection(
        "product_catalogs/:id/products",
        of_accounts.products,
        is_global=True,
        key="product_key",
        counts=(100, 100),
        sort=(),
        deleted=False,
        total=False,
        filters={"item_group_key": Filter("item_group_key", "one")},
        within="_catalog_id",
    ),
    _feeds("product_catalogs/:id/product_sets", of_accounts.product_sets, single="PRODUCT_SET"),
    _feeds("product_catalogs/:id/scheduled_feeds", of_accounts.scheduled_feeds),
)
_QUERY = {"q": Filter("name", "term")}
_TARGETING = (
    _whole_option(
        "targeting_criteria/app_store_categories",
        targeting.app_store_categories,
        filters={**_QUERY, "os_type": Filter("os_type", "one")},
    ),
    _option(
        "targeting_criteria/conversations",
        targeting.conversations,
        filters={"conversation_type": Filter("conversation_type", "one")},
    ),
    _option("targeting_criteria/devices", targeting.devices, filters=_QUERY),
    _option(
        "targeting_criteria/events",
        targeting.events,
        filters={"event_types": Filter("event_type"), "country_codes": Filter("country_code")},
        keep=event_scope,
    ),
    _option("targeting_criteria/interests", targeting.interests, filters=_QUERY),
    _option("targeting_criteria/languages", targeting.languages, filters=_QUERY),
    _option(
        "targeting_criteria/locations",
        targeting.locations,
        filters={
            **_QUERY,
            "location_type": Filter("location_type", "one"),
            "country_code": Filter("country_code", "one"),
        },
    ),
    _option(
        "targeting_criteria/network_operators",
        targeting.network_operators,
        filters={**_QUERY, "country_code": Filter("country_code", "one")},
        keep=operator_scope,
    ),
    _whole_option("targeting_criteria/platform_versions", targeting.platform_versions, filters=_QUERY),
    _whole_option(
        "targeting_criteria/platforms",
        targeting.platforms,
        counts=(1000, 200),
        filters=_QUERY,
        shape=targeting.localized,
    ),
    _reference("targeting_criteria/tv_markets", targeting.tv_markets, key="locale"),
    _option(
        "targeting_criteria/tv_shows",
        targeting.tv_shows,
        counts=(50, 50),
        filters={**_QUERY, "locale": Filter("_locales", required=True)},
    ),
)
GLOBAL_COLLECTIONS = (*_REFERENCES, *_TARGETING)
