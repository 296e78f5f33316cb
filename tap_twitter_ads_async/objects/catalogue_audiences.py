"""Declarations: audiences, measurement, experiments, catalogs and leads."""

from __future__ import annotations

from tap_twitter_ads_async.objects.declaration import (
    FanOut,
    ObjectEndpoint,
    Pass,
    account_objects,
    legacy_objects,
)

_ACCOUNT = "accounts/{account_id}"
# A deleted audience answers 404, so only living ones are asked.
_AUDIENCES = FanOut(
    ("custom_audiences",),
    "id",
    "custom_audience_id",
    column="custom_audience_id",
    deleted_parents=False,
)
_TAILORED = FanOut(
    ("tailored_audiences",),
    "id",
    "tailored_audience_id",
    column="tailored_audience_id",
    deleted_parents=False,
)
_CATALOGS = FanOut(("product_catalogs",), "id", "product_catalog_id", column="product_catalog_id")

AUDIENCES = (
    account_objects(
        "custom_audiences",
        # An audience that was shared keeps its old `updated_at`: shared ones are read whole each time.
        passes=(Pass(), Pass({"permission_scope": "SHARED"}, whole=True)),
        overlapping=True,
    ),
    account_objects(
        "custom_audience_permissions",
        path=f"{_ACCOUNT}/custom_audiences/{{custom_audience_id}}/permissions",
        fan_out=_AUDIENCES,
        deletable=False,
    ),
    ObjectEndpoint(
        "custom_audience_targeted",
        f"{_ACCOUNT}/custom_audiences/{{custom_audience_id}}/targeted",
        key=("account_id", "custom_audience_id", "campaign_id"),
        fan_out=_AUDIENCES,
        params={"with_active": "false"},
        note="Line items that are not servable are included.",
    ),
    ObjectEndpoint("do_not_reach_lists", f"{_ACCOUNT}/do_not_reach_lists", deletable=True),
    legacy_objects("tailored_audiences"),
    legacy_objects(
        "tailored_audience_permissions",
        path=f"{_ACCOUNT}/tailored_audiences/{{tailored_audience_id}}/permissions",
        fan_out=_TAILORED,
        deletable=False,
    ),
)

MEASUREMENT = (
    account_objects("app_event_tags"),
    # These two carry no `updated_at` in lists: nothing to sort or stop by.
    account_objects("web_event_tags", sortable=False),
    account_objects("app_lists", sortable=False, details=True),
    account_objects("app_event_provider_configurations"),
    account_objects("ab_tests"),
)

CATALOGS_AND_LEADS = (
    ObjectEndpoint("product_catalogs", "product_catalogs", key=("id",), early_access=True),
    ObjectEndpoint(
        "products",
        "product_catalogs/{product_catalog_id}/products",
        key=("product_key",),
        count=100,
        fan_out=_CATALOGS,
        early_access=True,
        note="Of a group of variants, the API returns only the product that was submitted first.",
    ),
    ObjectEndpoint(
        "product_sets",
        "product_catalogs/{product_catalog_id}/product_sets",
        key=("id",),
        fan_out=_CATALOGS,
        early_access=True,
    ),
    ObjectEndpoint(
        "scheduled_feeds",
        "product_catalogs/{product_catalog_id}/scheduled_feeds",
        key=("id",),
        fan_out=_CATALOGS,
        early_access=True,
    ),
    ObjectEndpoint("lead_forms", f"{_ACCOUNT}/lead_forms", count=200, deletable=True, early_access=True),
)
