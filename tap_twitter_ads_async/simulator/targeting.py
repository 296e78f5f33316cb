"""What can be targeted: the global option lists below `targeting_criteria/`."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from tap_twitter_ads_async.simulator.clock import epoch, iso
from tap_twitter_ads_async.simulator.hashing import base36_id, salt
from tap_twitter_ads_async.simulator.places import (
    CITIES,
    COUNTRIES,
    DEVICES,
    METROS,
    PLATFORM_NAMES,
    POSTAL_CODES,
    REGIONS,
    VERSIONS,
)
from tap_twitter_ads_async.simulator.records import every

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.objects import Record
    from tap_twitter_ads_async.simulator.params import Params
    from tap_twitter_ads_async.simulator.world import World

EVENT_TYPES = ("CONFERENCE", "HOLIDAY", "MUSIC_AND_ENTERTAINMENT", "OTHER", "POLITICS", "RECURRING", "SPORTS")
_INTERESTS = ("Automotive", "Business", "Careers", "Education", "Food and drink", "Gaming", "Sports", "Travel")
_LANGUAGES = {"English": "en", "Spanish": "es", "Japanese": "ja", "Hindi": "hi", "Portuguese": "pt", "German": "de"}
_CONVERSATIONS = ("BRANDS", "MOVIES", "SPORTS_TEAMS", "LIFESTYLES", "PODCASTS")
_OPERATORS = {"US": ("Verizon", "AT&T", "T-Mobile"), "GB": ("EE", "O2"), "IN": ("Jio", "Airtel"), "JP": ("Docomo",)}
_MARKETS = {
    "en-US": ("United States", "US"),
    "es-US": ("United States", "US"),
    "en-GB": ("United Kingdom", "GB"),
    "ja-JP": ("Japan", "JP"),
    "pt-BR": ("Brazil", "BR"),
}
_SHOWS_PER_MARKET = 70


def app_store_categories(_world: World, _account: Account | None) -> list[Record]:
    """Return the categories of both app stores."""
    return [
        {
            "name": name,
            "targeting_type": "APP_STORE_CATEGORY",
            "targeting_value": base36_id(2, os_type, name),
            "os_type": os_type,
        }
        for os_type in ("ANDROID", "IOS")
        for name in ("Games", "Shopping", "Health & Fitness", "Finance")
    ]


def conversations(_world: World, _account: Account | None) -> list[Record]:
    """Return conversation topics."""
    return [
        {
            "name": f"{kind.replace('_', ' ').title()} {n}",
            "conversation_type": kind,
            "targeting_type": "CONVERSATION",
            "targeting_value": str(10**10 + salt("conversation", kind, n) % 10**9),
        }
        for kind in _CONVERSATIONS
        for n in range(60)
    ]


def devices(_world: World, _account: Account | None) -> list[Record]:
    """Return devices."""
    return [
        {
            "name": row.name,
            "manufacturer": row.maker,
            "os_type": row.os_type,
            "targeting_type": "DEVICE",
            "targeting_value": row.value,
        }
        for row in DEVICES
    ]


def platform_versions(_world: World, _account: Account | None) -> list[Record]:
    """Return versions of operating systems."""
    return [
        {
            "name": row.os_type,
            "number": row.maker,
            "os_type": row.os_type,
            "targeting_type": "PLATFORM_VERSION",
            "targeting_value": row.value,
        }
        for row in VERSIONS
    ]


def platforms(_world: World, _account: Account | None) -> list[Record]:
    """Return platforms: their targeting values are small numbers as text."""
    return [
        {"name": name, "localized_name": name, "targeting_type": "PLATFORM", "targeting_value": str(number)}
        for number, name in enumerate(PLATFORM_NAMES)
    ]


def interests(_world: World, _account: Account | None) -> list[Record]:
    """Return interests, `Parent/Child`."""
    return [
        {"name": f"{name}/Topic {n}", "targeting_type": "INTEREST", "targeting_value": str(1000 * (index + 1) + n)}
        for index, name in enumerate(_INTERESTS)
        for n in range(40)
    ]


def languages(_world: World, _account: Account | None) -> list[Record]:
    """Return languages."""
    return [{"name": name, "targeting_type": "LANGUAGE", "targeting_value": code} for name, code in _LANGUAGES.items()]


def locations(_world: World, _account: Account | None) -> list[Record]:
    """Return countries, regions, metros, cities and postal codes."""
    return [
        {
            "name": place.name,
            "country_code": place.country_code,
            "location_type": place.location_type,
            "targeting_type": "LOCATION",
            "targeting_value": place.value,
        }
        for place in (*COUNTRIES, *REGIONS, *METROS, *CITIES, *POSTAL_CODES)
    ]


def network_operators(_world: World, _account: Account | None) -> list[Record]:
    """Return mobile networks."""
    return [
        {
            "name": name,
            "country_code": code,
            "targeting_type": "NETWORK_OPERATOR",
            "targeting_value": base36_id(3, code, name),
        }
        for code, names in _OPERATORS.items()
        for name in names
    ]


def only_default_country(record: Record, params: Params) -> bool:
    """Keep the operators of the United States unless another country is asked for."""
    return params.text("country_code") is not None or record["country_code"] == "US"


def tv_markets(_world: World, _account: Account | None) -> list[Record]:
    """Return television markets, by locale."""
    return [{"name": name, "country_code": code, "locale": key} for key, (name, code) in _MARKETS.items()]


def tv_shows(_world: World, _account: Account | None) -> list[Record]:
    """Return television shows; their targeting values are numbers. A show may run in several markets."""
    return [
        {
            "name": f"Show {n} ({key})",
            "targeting_value": 10_027_000_000 + 1000 * index + n,
            "genre": "DRAMA" if n % 2 else "NEWS",
            "locales": [{"language": key[:2], "country": key[3:]}],
            "_locales": [key],
        }
        for index, key in enumerate(_MARKETS)
        for n in range(_SHOWS_PER_MARKET + index)
    ]


def events(world: World, _account: Account | None) -> list[Record]:
    """Return events around the world's now, past ones too (they are listed on request only)."""
    today = world.options.world_now().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = []
    for number, kind in enumerate(EVENT_TYPES):
        for n in range(4):
            begin = today + timedelta(days=7 * n - 10 + number)
            everywhere = n % 2 == 0
            rows.append(
                {
                    "name": f"{kind.replace('_', ' ').title()} {n}",
                    "event_type": kind,
                    "start_time": iso(epoch(begin)),
                    "end_time": iso(epoch(begin + timedelta(days=2))),
                    "is_global": everywhere,
                    "country_code": None if everywhere else ("US", "GB", "JP")[n % 3],
                    "targeting_value": base36_id(4, kind, n),
                    "reach": {"total_reach": None if every(4, n) else salt(kind, n) % 10**7},
                    "top_users": [str(10**9 + number)],
                    "top_tweets": [10**18 + salt(kind, n) % 10**17],
                    "top_hashtags": [f"#{kind.lower()}"],
                    "gender_breakdown_percentage": {"female": 48.2, "male": 51.8},
                    "device_breakdown_percentage": {"ANDROID": 30.5, "DESKTOP": 20, "IOS": 45, "OTHER_MOBILE": 4.5},
                    "country_breakdown_percentage": {"US": 61.3, "GB": 12},
                }
            )
    return rows


def in_time(record: Record, params: Params, now: int) -> bool:
    """Keep events that have not ended by `start_time` (default now) and begin before `end_time`.

    Args:
        record: Event.
        params: Parameters of the request.
        now: Present in epoch seconds.
    """
    start = params.text("start_time") or iso(now)
    end = params.text("end_time")
    return record["end_time"] > start and (end is None or record["start_time"] < end)


def localized(record: Record, params: Params) -> Record:
    """Keep `localized_name` only where a language was asked for."""
    return record if params.text("lang") else {key: value for key, value in record.items() if key != "localized_name"}
