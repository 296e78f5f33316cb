"""All object endpoints, one declaration each."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.objects.catalogue_accounts import ACCOUNT_LEVEL, CAMPAIGN_TREE
from tap_twitter_ads_async.objects.catalogue_audiences import AUDIENCES, CATALOGS_AND_LEADS, MEASUREMENT
from tap_twitter_ads_async.objects.catalogue_creatives import CREATIVES
from tap_twitter_ads_async.objects.catalogue_options import REFERENCE_LISTS, TARGETING_OPTIONS

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint

GROUPS: dict[str, tuple[ObjectEndpoint, ...]] = {
    "Account": ACCOUNT_LEVEL,
    "Campaign tree": CAMPAIGN_TREE,
    "Creatives": CREATIVES,
    "Audiences": AUDIENCES,
    "Measurement": MEASUREMENT,
    "Catalogs and leads": CATALOGS_AND_LEADS,
    "Reference lists": REFERENCE_LISTS,
    "Targeting options": TARGETING_OPTIONS,
}
"""Declarations by heading of the documentation."""

ENDPOINTS: tuple[ObjectEndpoint, ...] = tuple(e for group in GROUPS.values() for e in group)
