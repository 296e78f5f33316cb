"""Declarations: the account level and the campaign tree."""

from __future__ import annotations

from tap_twitter_ads_async.objects.declaration import (
    ACCOUNTS,
    FanOut,
    ObjectEndpoint,
    account_objects,
    legacy_objects,
)

_ACCOUNT = "accounts/{account_id}"
_LINE_ITEMS = FanOut(("line_items",), "id", "line_item_ids", chunk=200)

ACCOUNT_LEVEL = (
    ObjectEndpoint(ACCOUNTS, "accounts", key=("id",), sortable=True, count=1000, deletable=True),
    account_objects("account_apps"),
    ObjectEndpoint(
        "account_features",
        f"{_ACCOUNT}/features",
        key=("account_id", "feature_key"),
        fallbacks={"feature_key": ("value",)},
    ),
    ObjectEndpoint("authenticated_user_access", f"{_ACCOUNT}/authenticated_user_access", key=("account_id",)),
    ObjectEndpoint(
        "tax_settings",
        f"{_ACCOUNT}/tax_settings",
        key=("account_id",),
        personal=True,
        note="Personal data: offered only with the setting `personal_data`.",
    ),
    ObjectEndpoint(
        "user_settings",
        f"{_ACCOUNT}/user_settings/{{user_id}}",
        key=("account_id", "user_id"),
        # Only the token's own user: asking for other people's settings needs a reason that a tap cannot have.
        fan_out=FanOut(("authenticated_user_access",), "user_id", "user_id", column="user_id"),
        personal=True,
        note="Personal data: offered only with the setting `personal_data`. Settings of the user whose token is used.",
    ),
    account_objects("funding_instruments"),
)

CAMPAIGN_TREE = (
    account_objects("campaigns", params={"with_draft": "true"}),
    account_objects("line_items", params={"with_draft": "true"}),
    account_objects("line_item_curated_categories"),
    legacy_objects("line_item_apps"),
    account_objects(
        "targeting_criteria",
        fan_out=_LINE_ITEMS,
        note="Asked for all line items, 200 in a request; each request is read newest first.",
    ),
    account_objects("promoted_tweets"),
    # Asked for by line items of which none can hold promoted accounts, the API answers 400.
    account_objects("promoted_accounts", empty_on_400_about="line_item_ids"),
    account_objects("scheduled_promoted_tweets"),
    account_objects("media_creatives", unordered=True, note="Each run reads the whole list and extracts what changed."),
    account_objects("promotable_users"),
    account_objects("tracking_tags"),
    account_objects("preroll_call_to_actions"),
)
