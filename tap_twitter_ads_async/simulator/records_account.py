"""Records of the accounts themselves, who pays for them, and who may act for them."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.simulator.clock import iso
from tap_twitter_ads_async.simulator.hashing import base36_id, salt
from tap_twitter_ads_async.simulator.records import common, money, numbered, of_node, owner, times

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.objects import Record
    from tap_twitter_ads_async.simulator.world import World

_FUNDING_TYPES = ("CREDIT_CARD", "CREDIT_LINE", "INSERTION_ORDER", "AGENCY_CREDIT_LINE")


def accounts(world: World, _account: Account | None) -> list[Record]:
    """Return the accounts that the token can read."""
    return [account_record(account) for account in world.accounts.values() if account.accessible]


def account_record(account: Account) -> Record:
    """Return one account as the API lists it."""
    named = account.index % 2 == 0
    return {
        "name": account.name,
        "business_name": account.name if named else None,
        "timezone": account.timezone,
        "timezone_switch_at": iso(account.switch_at),
        "id": account.id,
        "created_at": iso(account.created),
        "updated_at": iso(account.updated),
        "business_id": base36_id(6, account.id, "business") if named else None,
        "approval_status": "ACCEPTED",
        "deleted": False,
    }


def account_apps(world: World, account: Account | None) -> list[Record]:
    """Return the apps that an account advertises."""
    account = owner(account)
    return [
        {
            **common(world, "account_app", account.id, n),
            "app_store_identifier": f"com.{account.domain.partition('.')[0]}.app{n}" if n % 2 else str(953715000 + n),
            "conversion_tracking_enabled": n % 3 == 0,
            "deep_link_pattern": f"{account.domain.partition('.')[0]}://",
            "os_type": "Android" if n % 2 else "iOS",
        }
        for n in numbered(world)
    ]


def features(world: World, _account: Account | None) -> list[Record]:
    """Return the features granted to an account; on the wire they are bare strings."""
    names = ["CITY_TARGETING", "UNIVERSAL_LOOKALIKE", "REACH_FREQUENCY_CAP"]
    if world.options.reach:
        names.append("REACH_AND_FREQUENCY_ANALYTICS")
    return [{"name": name} for name in names]


def authenticated_user_access(_world: World, account: Account | None) -> list[Record]:
    """Return what the token's user may do on an account."""
    permissions = ["ACCOUNT_ADMIN", "TWEET_COMPOSER"]
    return [{"user_id": owner(account).user_id, "permissions": permissions}]


def tax_settings(_world: World, account: Account | None) -> list[Record]:
    """Return an account's tax settings: personal data."""
    account = owner(account)
    return [
        {
            "address_city": "San Francisco",
            "address_company": account.name,
            "address_country": "US",
            "address_email": f"billing@{account.domain}",
            "address_first_name": "Dana",
            "address_last_name": "Lopez",
            "address_postal_code": None,
            "address_region": None,
            "address_street1": "1 Market Street",
            "address_street2": None,
            "bill_to": None,
            "business_relationship": "SELF",
            "invoice_jurisdiction": "NOT_SET",
            "tax_category": "BUSINESS_WITH_VAT",
            "tax_id": f"US{salt(account.id) % 10**9}",
        }
    ]


def user_settings(_world: World, account: Account | None) -> list[Record]:
    """Return how a user wants to be reached: personal data."""
    account = owner(account)
    return [
        {
            "_user_id": account.user_id,
            "notification_email": f"ads@{account.domain}",
            "contact_phone": f"+1415555{salt(account.id) % 10**4:04}",
            "contact_phone_extension": "",
        }
    ]


def promotable_users(world: World, account: Account | None) -> list[Record]:
    """Return the users whose posts an account may promote; exactly one is its own."""
    account = owner(account)
    users = [{**common(world, "promotable_user", account.id, n), "user_id": str(2 * 10**9 + n)} for n in range(1, 3)]
    for user in users:
        user["promotable_user_type"] = "RETWEETS_ONLY"
    full = common(world, "promotable_user", account.id, 0)
    return [{**full, "user_id": account.user_id, "promotable_user_type": "FULL"}, *users]


def funding_instruments(_world: World, account: Account | None) -> list[Record]:
    """Return an account's means of payment."""
    account = owner(account)
    rows = []
    for number, node in enumerate(account.of("FUNDING_INSTRUMENT").values()):
        kind = _FUNDING_TYPES[number % len(_FUNDING_TYPES)]
        is_card = kind == "CREDIT_CARD"
        rows.append(
            {
                **of_node(node),
                "account_id": account.id,
                "type": kind,
                "description": f"Visa ending in {salt(node.id) % 10**4:04d}" if is_card else f"{account.name} credit",
                "currency": account.currency,
                "entity_status": node.status,
                "start_time": iso(node.start),
                "end_time": None,
                "able_to_fund": not node.deleted,
                "reasons_not_able_to_fund": ["DELETED"] if node.deleted else [],
                "credit_limit_local_micro": None if is_card else money(node.id, low=50_000, high=90_000),
                "credit_remaining_local_micro": None if is_card else money(node.id, "left", low=1_000, high=40_000),
                "funded_amount_local_micro": None if is_card else money(node.id, "funded", low=1_000, high=50_000),
                "io_header": base36_id(6, node.id, "io") if kind == "INSERTION_ORDER" else None,
            }
        )
    return rows


def product_catalogs(_world: World, _account: Account | None) -> list[Record]:
    """Return the user's product catalogs."""
    return [{"id": str(1486000000000000000 + n), "name": f"Catalog {n}"} for n in range(2)]


def products(world: World, account: Account | None) -> list[Record]:
    """Return the products of all catalogs."""
    return [
        {
            "_catalog_id": catalog["id"],
            "product_key": str(salt("product", catalog["id"], n) % 10**18),
            "id": f"SKU-{n:04d}",
            "title": f"Trail shoe {n}",
            "description": None if n % 2 else "Light and waterproof.",
            "link": f"https://shop.example/p/{n}",
            "mobile_link": None,
            "image_link": f"https://shop.example/p/{n}.jpg",
            "additional_image_link": None,
            "price": f"{20 + n}.00 USD",
            "sale_price": None if n % 3 else f"{18 + n}.00 USD",
            "sale_price_effective_date": None,
            "availability": "in stock",
            "inventory": 3 * n,
            "condition": "new",
            "brand": "Northwind",
            "gtin": None,
            "mpn": None,
            "age_group": "adult",
            "gender": "unisex",
            "color": "green",
            "size": "42",
            "google_product_category": "187",
            "product_type": "Shoes",
            "item_group_id": None,
            "item_group_key": None,
            **{f"custom_label_{label}": None for label in range(5)},
        }
        for catalog in product_catalogs(world, account)
        for n in numbered(world)
    ]


def product_sets(world: World, account: Account | None) -> list[Record]:
    """Return the product sets of all catalogs."""
    return [
        {
            "_catalog_id": catalog["id"],
            "id": str(salt("product_set", catalog["id"], n) % 10**18),
            "name": f"Set {n}",
            "description": None if n else "Everything",
            "type": "FILTERED",
            "processing_status": "DONE",
            "product_ids": [f"SKU-{n:04d}"],
            "filters": [{"attribute": "BRAND", "operator": "IS_ANY", "value": "Northwind"}],
        }
        for catalog in product_catalogs(world, account)
        for n in range(2)
    ]


def scheduled_feeds(world: World, account: Account | None) -> list[Record]:
    """Return the feeds from which catalogs are filled; their times carry milliseconds."""
    rows = []
    for catalog in product_catalogs(world, account):
        stamps = {name: text.replace("Z", ".000Z") for name, text in times(world, "feed", catalog["id"]).items()}
        rows.append(
            {
                "_catalog_id": catalog["id"],
                "id": str(salt("feed", catalog["id"]) % 10**18),
                "product_catalog_id": catalog["id"],
                "feed_url": f"https://shop.example/feeds/{catalog['id']}.csv",
                "feed_format": "CSV",
                "frequency": "DAILY",
                "repeat": None,
                "start_time": "01:30",
                "time_zone": "America/Los_Angeles",
                **stamps,
            }
        )
    return rows
