"""The table of endpoints that list records: one entry each."""

from __future__ import annotations

from functools import partial

from tap_twitter_ads_async.simulator import records_account as of_accounts
from tap_twitter_ads_async.simulator import records_audience as of_audiences
from tap_twitter_ads_async.simulator import records_campaign as of_campaigns
from tap_twitter_ads_async.simulator import records_creative as of_creatives
from tap_twitter_ads_async.simulator import records_global as of_all
from tap_twitter_ads_async.simulator.endpoint_rules import (
    card_scope,
    listed_fields,
    one_audience_scope,
    own_user,
    promoted_account_rule,
    tweet_scope,
)
from tap_twitter_ads_async.simulator.endpoints_global import GLOBAL_COLLECTIONS, whole
from tap_twitter_ads_async.simulator.objects import STANDARD_SORT, Collection, Filter

_BY_ITEM = ("line_items", "line_item_id")
_LINE_ITEMS = Filter("line_item_id")
_PREFIX = Filter("name", "prefix", maximum=255)
_SHORT_PREFIX = Filter("name", "prefix", maximum=80)
_MONEY_SORT = ("daily_budget_amount_local_micro", "total_budget_amount_local_micro")
_PAUSED = (*STANDARD_SORT, "paused")


def _ids(name: str, **others: Filter) -> dict[str, Filter]:
    return {name: Filter("id"), **others}


_note = partial(Collection, counts=(200, 100), sort=(), deleted=False, total=False, keep=own_user)

_ACCOUNTS = (
    Collection(
        "accounts",
        of_accounts.accounts,
        is_global=True,
        sort=(*STANDARD_SORT, "name"),
        filters=_ids("account_ids", q=_PREFIX),
        single="ACCOUNT",
    ),
    Collection("account_apps", of_accounts.account_apps),
    whole("features", of_accounts.features, key="name", filters={"feature_keys": Filter("name")}, values="name"),
    whole("authenticated_user_access", of_accounts.authenticated_user_access, key="user_id", lone=True),
    whole("tax_settings", of_accounts.tax_settings, key="tax_id", lone=True),
    whole("user_settings", of_accounts.user_settings, key="_user_id", single="USER", listed=False),
    Collection(
        "funding_instruments",
        of_accounts.funding_instruments,
        sort=(*STANDARD_SORT, "funded_amount_local_micro", "start_time", "end_time"),
        filters=_ids("funding_instrument_ids"),
        single="FUNDING_INSTRUMENT",
    ),
    Collection(
        "promotable_users",
        of_accounts.promotable_users,
        filters=_ids("promotable_user_ids"),
        single="PROMOTABLE_USER",
    ),
)
_CAMPAIGNS = (
    Collection(
        "campaigns",
        of_campaigns.campaigns,
        sort=(*STANDARD_SORT, "name", "start_time", "end_time", *_MONEY_SORT, "standard_delivery"),
        draft=True,
        filters=_ids("campaign_ids", funding_instrument_ids=Filter("funding_instrument_id"), q=_PREFIX),
        single="CAMPAIGN",
    ),
    Collection(
        "line_items",
        of_campaigns.line_items_,
        sort=(*STANDARD_SORT, "bid_amount_local_micro"),
        draft=True,
        filters=_ids(
            "line_item_ids",
            campaign_ids=Filter("campaign_id"),
            funding_instrument_ids=Filter("funding_instrument_id"),
            q=_PREFIX,
        ),
        parent=("campaigns", "campaign_id"),
        single="LINE_ITEM",
    ),
    Collection(
        "targeting_criteria",
        of_campaigns.targeting_criteria,
        filters={
            "line_item_ids": Filter("line_item_id", required=True),
            "targeting_criterion_ids": Filter("id"),
        },
        parent=_BY_ITEM,
        single="TARGETING_CRITERION",
        shape=of_campaigns.localize,
    ),
    Collection(
        "promoted_tweets",
        of_campaigns.promoted_tweets,
        sort=_PAUSED,
        filters=_ids("promoted_tweet_ids", line_item_ids=_LINE_ITEMS),
        parent=_BY_ITEM,
        single="PROMOTED_TWEET",
    ),
    Collection(
        "promoted_accounts",
        of_campaigns.promoted_accounts,
        sort=_PAUSED,
        filters=_ids("promoted_account_ids", line_item_ids=_LINE_ITEMS),
        parent=_BY_ITEM,
        single="PROMOTED_ACCOUNT",
        check=promoted_account_rule,
    ),
    Collection(
        "media_creatives",
        of_campaigns.media_creatives,
        filters=_ids("media_creative_ids", line_item_ids=_LINE_ITEMS, campaign_id=Filter("_campaign_id", "one")),
        parent=_BY_ITEM,
        single="MEDIA_CREATIVE",
    ),
    Collection(
        "scheduled_promoted_tweets",
        of_campaigns.scheduled_promoted_tweets,
        filters=_ids("scheduled_promoted_tweet_ids", line_item_ids=_LINE_ITEMS),
        parent=_BY_ITEM,
        single="SCHEDULED_PROMOTED_TWEET",
    ),
    Collection(
        "tracking_tags",
        of_campaigns.tracking_tags,
        filters=_ids("tracking_tag_ids", line_item_ids=_LINE_ITEMS),
        parent=_BY_ITEM,
        single="TRACKING_TAG",
    ),
    Collection(
        "preroll_call_to_actions",
        of_campaigns.preroll_call_to_actions,
        filters=_ids("preroll_call_to_action_ids", line_item_ids=_LINE_ITEMS),
        parent=_BY_ITEM,
        single="PREROLL_CALL_TO_ACTION",
    ),
    Collection(
        "line_item_curated_categories",
        of_campaigns.line_item_curated_categories,
        parent=_BY_ITEM,
        single="LINE_ITEM_CURATED_CATEGORY",
    ),
    Collection(
        "line_item_apps",
        of_campaigns.line_item_apps,
        filters=_ids("line_item_app_ids", line_item_ids=_LINE_ITEMS),
        parent=_BY_ITEM,
        single="LINE_ITEM_APP",
    ),
    Collection(
        "ab_tests",
        of_campaigns.ab_tests,
        filters=_ids("ab_test_ids", status=Filter("status", "one"), q=_SHORT_PREFIX),
        total=False,
    ),
)
_CREATIVES = (
    Collection(
        "account_media",
        of_creatives.account_media,
        filters=_ids("account_media_ids", creative_types=Filter("creative_type")),
        single="ACCOUNT_MEDIA",
    ),
    Collection(
        "media_library",
        of_creatives.media_library,
        key="media_key",
        counts=(50, 20),
        sort=(),
        deleted=False,
        total=False,
        filters={"media_type": Filter("media_type", "one"), "q": Filter("name", "term", maximum=255)},
        single="MEDIA",
    ),
    Collection(
        "cards",
        of_creatives.cards,
        counts=(200, 100),
        sort=(*STANDARD_SORT, "name"),
        filters={
            "card_types": Filter("card_type"),
            "card_id": Filter("id"),
            "card_uris": Filter("card_uri"),
            "q": _SHORT_PREFIX,
        },
        single="CARD",
        keep=card_scope,
    ),
    Collection(
        "cards/all",
        of_creatives.legacy_cards,
        counts=None,
        cursor=False,
        sort=(),
        total=False,
        filters={"card_uris": Filter("card_uri", required=True)},
        single="CARD",
    ),
    *(
        Collection(
            path,
            build,
            sort=(*STANDARD_SORT, "name"),
            filters=_ids("card_ids", q=_SHORT_PREFIX),
            single="CARD",
        )
        for path, build in (
            ("cards/poll", of_creatives.poll_cards),
            ("cards/image_conversation", of_creatives.conversation_cards("IMAGE_CONVERSATION")),
            ("cards/video_conversation", of_creatives.conversation_cards("VIDEO_CONVERSATION")),
            *((path, of_creatives.old_cards(path)) for path in of_creatives.OLD_CARD_TYPES),
        )
    ),
    _note("draft_tweets", of_creatives.draft_tweets, single="DRAFT_TWEET"),
    _note("scheduled_tweets", of_creatives.scheduled_tweets, single="SCHEDULED_TWEET"),
    Collection(
        "tweets",
        of_creatives.tweets,
        key="id_str",
        sort=(),
        deleted=False,
        total=False,
        filters={
            "tweet_type": Filter("tweet_type", "one", required=True),
            "tweet_ids": Filter("id_str"),
            "name": _SHORT_PREFIX,
        },
        keep=tweet_scope,
        shape=of_creatives.trimmed,
    ),
)
_AUDIENCES = (
    Collection(
        "custom_audiences",
        of_audiences.custom_audiences,
        filters=_ids("custom_audience_ids", q=_PREFIX),
        single="CUSTOM_AUDIENCE",
        keep=one_audience_scope,
    ),
    Collection(
        "custom_audiences/:id/permissions",
        of_audiences.permissions,
        deleted=False,
        filters=_ids("custom_audience_permission_ids", granted_account_ids=Filter("granted_account_id")),
        within="custom_audience_id",
    ),
    Collection(
        "custom_audiences/:id/targeted",
        of_audiences.targeted,
        key="_key",
        counts=(200, 200),
        sort=(),
        deleted=False,
        total=False,
        within="_audience_id",
        shape=of_audiences.only_active,
    ),
    Collection("tailored_audiences", of_audiences.custom_audiences, single="TAILORED_AUDIENCE"),
    Collection(
        "tailored_audiences/:id/permissions",
        of_audiences.tailored_permissions,
        deleted=False,
        within="tailored_audience_id",
    ),
    Collection("do_not_reach_lists", of_audiences.do_not_reach_lists, counts=None, cursor=False, sort=(), total=False),
    Collection(
        "curated_categories",
        of_all.curated_categories,
        sort=(),
        deleted=False,
        total=False,
        always_total=True,
        filters={"country_codes": Filter("country_codes", required=True)},
        single="CURATED_CATEGORY",
    ),
    Collection(
        "app_event_tags",
        of_audiences.app_event_tags,
        sort=(
            *STANDARD_SORT,
            "post_view_attribution_window",
            "post_engagement_attribution_window",
            "assisted_conversion",
            "provider_app_event_name",
        ),
        filters=_ids("app_event_tag_ids"),
        single="APP_EVENT_TAG",
    ),
    Collection(
        "web_event_tags", of_audiences.web_event_tags, filters=_ids("web_event_tag_ids"), single="WEB_EVENT_TAG"
    ),
    Collection(
        "app_lists",
        of_audiences.app_lists,
        filters=_ids("app_list_ids"),
        single="APP_LIST",
        shape=listed_fields("id", "name"),
    ),
    Collection(
        "app_event_provider_configurations",
        of_audiences.app_event_provider_configurations,
        filters=_ids("ids"),
        single="APP_EVENT_PROVIDER_CONFIGURATION",
    ),
    Collection("lead_forms", of_audiences.lead_forms, counts=(200, 100), sort=(), total=False, single="LEAD_FORM"),
)
COLLECTIONS = {
    collection.path: collection
    for collection in (*_ACCOUNTS, *_CAMPAIGNS, *_CREATIVES, *_AUDIENCES, *GLOBAL_COLLECTIONS)
}
