"""Records of audiences, of conversion measurement, and of lead forms."""

from __future__ import annotations

import typing as t
import uuid

from tap_twitter_ads_async.simulator.hashing import base36_id, salt
from tap_twitter_ads_async.simulator.records import common, every, numbered, owner, times

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.objects import Record
    from tap_twitter_ads_async.simulator.params import Params
    from tap_twitter_ads_async.simulator.world import World

_TAG_TYPES = ("SITE_VISIT", "PURCHASE", "SIGN_UP", "ADD_TO_CART", "DOWNLOAD", "CUSTOM")
_APP_TYPES = ("INSTALL", "PURCHASE", "SIGN_UP", "RE_ENGAGE")
_FOREIGN_OWNER = "18ce53wqoxd"


def custom_audiences(world: World, account: Account | None) -> list[Record]:
    """Return owned audiences, and one that is shared by another account."""
    account = owner(account)
    rows = []
    for n in (*numbered(world), world.options.records_per_collection):
        shared = n == world.options.records_per_collection
        kind = ("CRM", "WEB", "FLEXIBLE")[n % 3]
        small = every(4, n)
        rows.append(
            {
                **common(world, "custom_audience", account.id, n),
                "name": f"Audience {n}",
                "description": None if n % 2 else "Bought within a year",
                "audience_type": kind,
                "targetable": not small,
                "targetable_types": [] if small else [kind, f"EXCLUDED_{kind}"],
                "reasons_not_targetable": ["TOO_SMALL"] if small else [],
                "audience_size": None if small else 1000 + salt(account.id, n) % 10**6,
                "owner_account_id": _FOREIGN_OWNER if shared else account.id,
                "permission_level": "READ_ONLY" if shared else "READ_WRITE",
                "partner_source": "OTHER",
                "_scope": "SHARED" if shared else "OWNER",
            }
        )
    return rows


def permissions(world: World, account: Account | None) -> list[Record]:
    """Return to whom the audiences of an account have been granted."""
    return [
        {
            **common(world, "permission", audience["id"], n),
            "custom_audience_id": audience["id"],
            "granted_account_id": base36_id(11, audience["id"], n),
            "permission_level": "READ_ONLY" if n else "READ_WRITE",
        }
        for audience in custom_audiences(world, account)
        if audience["_scope"] == "OWNER"
        for n in range(2)
    ]


def tailored_permissions(world: World, account: Account | None) -> list[Record]:
    """Return the same under the older name of audiences."""
    rows = [dict(row) for row in permissions(world, account)]
    return [{"tailored_audience_id": row.pop("custom_audience_id"), **row} for row in rows]


def targeted(world: World, account: Account | None) -> list[Record]:
    """Return which campaigns target an audience."""
    account = owner(account)
    nodes = list(account.of("CAMPAIGN").values())
    rows = []
    for number, audience in enumerate(custom_audiences(world, account)):
        if number % 2 or not nodes:
            continue
        campaign = nodes[number % len(nodes)]
        items = [node for node in account.of("LINE_ITEM").values() if node.parent is campaign]
        rows.append(
            {
                "_key": f"{audience['id']}/{campaign.id}",
                "_audience_id": audience["id"],
                "campaign_id": campaign.id,
                "campaign_name": campaign.name,
                "line_items": [
                    {"id": node.id, "name": node.name if n else None, "servable": not node.deleted}
                    for n, node in enumerate(items)
                ],
            }
        )
    return rows


def only_active(record: Record, params: Params) -> Record:
    """Leave line items out that cannot serve, unless `with_active=false` asks for all."""
    if not params.flag("with_active", default=True):
        return record
    return record | {"line_items": [item for item in record["line_items"] if item["servable"]]}


def do_not_reach_lists(world: World, account: Account | None) -> list[Record]:
    """Return an account's list of people who must not be reached: one at most."""
    account = owner(account)
    return [
        {
            **common(world, "do_not_reach_list", account.id, 0),
            "name": "Opted out",
            "description": "People who asked not to be contacted",
            "targetable": False,
            "reasons_not_targetable": ["TOO_SMALL"],
            "list_size": None,
        }
    ]


def app_event_tags(world: World, account: Account | None) -> list[Record]:
    """Return the conversions measured in apps."""
    account = owner(account)
    return [
        {
            **common(world, "app_event_tag", account.id, n),
            "app_store_identifier": "953715000" if n % 2 else f"com.{account.domain.partition('.')[0]}.app",
            "os_type": "IOS" if n % 2 else "ANDROID",
            "conversion_type": _APP_TYPES[n % len(_APP_TYPES)],
            "status": "TRACKING",
            "provider_app_event_id": None if n % 3 else f"evt-{n}",
            "provider_app_event_name": None if n % 3 else "level_up",
            "deep_link_scheme": None,
            "retargeting_enabled": n % 2 == 0,
            "post_view_attribution_window": 1,
            "post_engagement_attribution_window": 30,
            "last_tracked_at": times(world, "app_tag", account.id, n)["updated_at"] if n % 2 else None,
        }
        for n in numbered(world)
    ]


def web_event_tags(world: World, account: Account | None) -> list[Record]:
    """Return the conversions measured on websites; they have no times of their own."""
    account = owner(account)
    return [
        {
            "id": base36_id(5, account.id, "web_event_tag", n),
            "name": f"Tag {n}",
            "type": _TAG_TYPES[n % len(_TAG_TYPES)],
            "status": "TRACKING" if n % 3 else "UNVERIFIED",
            "click_window": (1, 7, 14, 30)[n % 4],
            "view_through_window": (0, 1, 7, 14)[n % 4],
            "retargeting_enabled": n % 2 == 0,
            "website_tag_id": base36_id(5, account.id, "website_tag"),
            "embed_code": f"<script>twq('config','{account.id}');</script>",
            "last_tracked_at": times(world, "web_tag", account.id, n)["updated_at"] if n % 3 else None,
            "deleted": every(6, n),
        }
        for n in numbered(world)
    ]


def app_lists(world: World, account: Account | None) -> list[Record]:
    """Return lists of apps; the details are shown singly only."""
    account = owner(account)
    return [
        {
            **common(world, "app_list", account.id, n),
            "name": f"App list {n}",
            "apps": [{"app_store_identifier": "953715000", "os_type": "IOS"}],
        }
        for n in numbered(world)
    ]


def app_event_provider_configurations(world: World, account: Account | None) -> list[Record]:
    """Return the partners that measure an account's apps."""
    account = owner(account)
    return [
        {
            **common(world, "provider_configuration", account.id, n),
            "provider_name": ("Adjust", "AppsFlyer")[n % 2],
            "provider_advertiser_id": base36_id(8, account.id, "advertiser", n),
            "provider_advertiser_identifier": base36_id(10, account.id, "identifier", n),
        }
        for n in range(2)
    ]


def lead_forms(world: World, account: Account | None) -> list[Record]:
    """Return forms that collect leads, newest first."""
    account = owner(account)
    rows = []
    for n in numbered(world):
        row = {
            **common(world, "lead_form", account.id, n),
            "id": str(uuid.UUID(int=salt(account.id, n) << 64 | salt(n, account.id))),
            "name": f"Lead form {n}",
            "purpose": "NEWSLETTER",
            "final_page": {
                "headline": "Thank you",
                "description": "We will be in touch",
                "cta_button": {"url": f"https://{account.domain}", "title": "Visit us"},
            },
            "fields": [{"key": "EMAIL", "optional": False}, {"key": "FULL_NAME", "optional": True}],
            "privacy_policy": {"url": f"https://{account.domain}/privacy", "company_name": account.name},
        }
        if n % 2:
            row["introduction"] = {"headline": "Stay in touch", "description": "Once a month, no more"}
        rows.append(row)
    return sorted(rows, key=lambda row: str(row["created_at"]), reverse=True)
