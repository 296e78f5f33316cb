"""The table of metrics and its columns, against literals transcribed from the documentation."""

from __future__ import annotations

import itertools

import pytest

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.metrics import METRICS, column_paths, columns

_SIX = ["engagements", "impressions", "retweets", "replies", "likes", "follows"]
_WEB_KEYS = [
    *("metric", "post_view", "post_engagement", "assisted"),
    *("order_quantity", "order_quantity_view", "order_quantity_engagement"),
    *("sale_amount", "sale_amount_view", "sale_amount_engagement"),
]
_WEB = [
    *("purchases", "sign_ups", "site_visits", "downloads", "custom", "add_to_carts", "checkouts_initiated"),
    *("content_views", "payment_info_additions", "add_to_wishlists", "searches", "landing_page_views"),
    "subscriptions",
]
_MOBILE = [
    *(
        "spent_credits",
        "installs",
        "content_views",
        "add_to_wishlists",
        "checkouts_initiated",
        "reservations",
    ),
    *("tutorials_completed", "achievements_unlocked", "searches", "add_to_carts", "payment_info_additions"),
    *("re_engages", "shares", "rates", "logins", "updates", "levels_achieved", "invites", "downloads"),
    *("purchases", "sign_ups", "site_visits"),
]
_LIFETIME = [
    *("purchases", "sign_ups", "updates", "tutorials_completed", "reservations", "add_to_carts"),
    *("add_to_wishlists", "checkouts_initiated", "levels_achieved", "achievements_unlocked", "shares"),
    *("invites", "payment_info_additions", "spent_credits", "rates", "content_views", "logins", "searches"),
]
_BY_GROUP = {
    "ENGAGEMENT": {
        *_SIX,
        *("card_engagements", "clicks", "app_clicks", "url_clicks", "qualified_impressions"),
        *("carousel_swipes", "tweets_send", "unfollows", "poll_card_vote"),
    },
    "BILLING": {"billed_engagements", "billed_charge_local_micro"},
    "VIDEO": {
        *("video_total_views", "video_3s100pct_views", "video_6s_views", "video_15s_views"),
        *("video_views_25", "video_views_50", "video_views_75", "video_views_100"),
        *("video_cta_clicks", "video_content_starts", "video_mrc_views"),
    },
    "MEDIA": {"media_views", "media_engagements"},
    "WEB_CONVERSION": {
        *(f"conversion_{name}_{key}" for name in _WEB for key in _WEB_KEYS),
        *("auto_created_conversion_landing_page_view", "auto_created_conversion_session"),
    },
    "MOBILE_CONVERSION": {
        *(
            f"mobile_conversion_{name}_{key}"
            for name in _MOBILE
            for key in ("post_view", "post_engagement", "assisted", "order_quantity", "sale_amount")
        ),
        *(
            f"mobile_conversion_{name}_{key}"
            for name in ("key_page_views", "installs_skan", "purchases_skan")
            for key in ("post_view", "post_engagement")
        ),
    },
    "LIFE_TIME_VALUE_MOBILE_CONVERSION": {
        f"lifetime_value_{name}_{key}" for name in _LIFETIME for key in ("metric", "order_quantity", "sale_amount")
    },
}
_EVERY_COMBINATION = [
    (entity, segmentation)
    for entity, segmentation in itertools.product(rules.ENTITIES, [None, *rules.SEGMENTATIONS])
    if rules.allows(entity, segmentation)
]


def _names(entity: str, segmentation: str | None, groups: tuple[str, ...]) -> list[str]:
    return [column.name for column in columns(entity, segmentation, groups)]


@pytest.mark.parametrize(("group", "expected"), list(_BY_GROUP.items()))
def test_group_has_the_columns_of_the_documentation(group: str, expected: set[str]) -> None:
    """A misspelt metric is a column that stays empty for ever."""
    assert set(_names("CAMPAIGN", None, (group,))) == expected


@pytest.mark.parametrize("entity", ["ACCOUNT", "FUNDING_INSTRUMENT"])
def test_accounts_and_funding_instruments_have_the_basic_six_only(entity: str) -> None:
    """The API never fills the others there."""
    assert _names(entity, None, ("ENGAGEMENT",)) == _SIX


@pytest.mark.parametrize(("entity", "segmentation"), _EVERY_COMBINATION)
def test_column_names_are_unique_and_fit_postgresql(entity: str, segmentation: str | None) -> None:
    """A name over 63 characters breaks PostgreSQL targets for good, a repeated one every target."""
    dimensions = ["account_id", "entity_id", "entity", "placement", "granularity", "start_time", "end_time"]
    segment = ["date", "segmentation_type", "segment_name", "segment_value", "country", "platform"]
    names = [*dimensions, *segment, *_names(entity, segmentation, rules.METRIC_GROUPS)]
    assert max(map(len, names)) <= 63
    assert len(set(names)) == len(names)


def test_columns_are_only_those_that_the_segmentation_allows() -> None:
    """Asking for more groups than allowed must not widen the schema."""
    tags = columns("CAMPAIGN", "CONVERSION_TAGS", rules.METRIC_GROUPS)
    assert {column.name for column in tags} == _BY_GROUP["WEB_CONVERSION"]
    by_gender = set(_names("CAMPAIGN", "GENDER", rules.METRIC_GROUPS))
    assert not by_gender & (_BY_GROUP["WEB_CONVERSION"] | _BY_GROUP["LIFE_TIME_VALUE_MOBILE_CONVERSION"])
    assert by_gender >= _BY_GROUP["MOBILE_CONVERSION"]


def test_lifetime_family_drops_its_leading_words() -> None:
    """The contract's rule, without which names pass 63 characters."""
    paths = column_paths("CAMPAIGN", None, rules.METRIC_GROUPS)
    metric = "mobile_conversion_lifetime_value_purchases"
    assert paths[metric, "sale_amount"] == "lifetime_value_purchases_sale_amount"
    assert paths["mobile_conversion_installs", "post_view"] == "mobile_conversion_installs_post_view"
    assert paths["impressions", None] == "impressions"


@pytest.mark.parametrize(("entity", "segmentation"), _EVERY_COMBINATION)
def test_paths_lead_to_every_column_once(entity: str, segmentation: str | None) -> None:
    """Flattening looks columns up by path; one without a path would never be filled."""
    paths = column_paths(entity, segmentation, rules.METRIC_GROUPS)
    assert list(paths.values()) == _names(entity, segmentation, rules.METRIC_GROUPS)


def test_every_column_says_its_unit() -> None:
    """A warehouse reader must tell micros from counts without the vendor's pages."""
    described = columns("CAMPAIGN", None, rules.METRIC_GROUPS)
    assert all(("(count)" in c.description) != ("(micros" in c.description) for c in described)
    micros = {column.name for column in described if "micros" in column.description}
    assert micros == {name for name in (c.name for c in described) if "_amount" in name or "_quantity" in name} | {
        "billed_charge_local_micro"
    }


def test_undocumented_metrics_are_marked() -> None:
    """Their columns exist by the contract, and their descriptions say how sure they are."""
    marked = {metric.name for metric in METRICS if not metric.documented}
    assert marked == {
        *("tweets_send", "unfollows", "poll_card_vote", "video_mrc_views"),
        *("auto_created_conversion_landing_page_view", "auto_created_conversion_session"),
        *("mobile_conversion_installs_skan", "mobile_conversion_purchases_skan"),
        *("mobile_conversion_lifetime_value_content_views", "mobile_conversion_lifetime_value_logins"),
        "mobile_conversion_lifetime_value_searches",
    }
    texts = [c.description for c in columns("CAMPAIGN", None, rules.METRIC_GROUPS) if c.metric in marked]
    assert all("ot documented." in text for text in texts)
