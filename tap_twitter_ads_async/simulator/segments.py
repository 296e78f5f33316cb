"""Segments: into which parts the figures of an entity fall, and how big each is."""

from __future__ import annotations

import typing as t
from functools import lru_cache

from tap_twitter_ads_async.simulator.hashing import base36_id, salt, snowflake
from tap_twitter_ads_async.simulator.places import (
    CITIES,
    COUNTRIES,
    DEVICES,
    METROS,
    POSTAL_CODES,
    REGIONS,
    VERSIONS,
)

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.activity import Figures
    from tap_twitter_ads_async.simulator.entities import Account, Node

PARTS = 10_000
"""Shares are counted in parts of ten thousand."""


class Segment(t.NamedTuple):
    """One part of an entity's figures. Name and value are what the API sends, None for an absent key."""

    name: str | None
    value: str | int | None
    share: int

    def as_json(self) -> dict[str, str | int]:
        """Return the segment object of a result file."""
        body: dict[str, str | int] = {}
        if self.name is not None:
            body["segment_name"] = self.name
        if self.value is not None:
            body["segment_value"] = self.value
        return body


_FIXED: dict[str, tuple[tuple[str, str], ...]] = {
    "AGE": (
        ("13-17", "AGE_13_TO_17"),
        ("18-24", "AGE_18_TO_24"),
        ("25-34", "AGE_25_TO_34"),
        ("35-49", "AGE_35_TO_49"),
        ("50+", "AGE_OVER_50"),
        ("Unknown", "UNKNOWN"),
    ),
    "GENDER": (("Male", "m"), ("Female", "f"), ("Unknown", "unknown")),
    "PLATFORMS": (
        ("iOS", "0"),
        ("Android", "1"),
        ("Mobile web on other devices", "3"),
        ("Desktop and laptop computers", "4"),
    ),
    "LANGUAGES": (("English", "en"), ("Spanish", "es"), ("Japanese", "ja"), ("Hindi", "hi")),
    "APP_STORE_CATEGORY": (("Games", "qo"), ("Health & Fitness", "qz"), ("Shopping", "rb")),
    "INTERESTS": (
        ("Business/Investing", "1001"),
        ("Sports/Running", "20007"),
        ("Food and drink/Vegan", "13022"),
        ("Hobbies and interests/Cycling", "8013"),
    ),
    "KEYWORDS": (("ETL", "ETL"), ("data warehouse", "data warehouse"), ("#marketing", "#marketing")),
    "CONVERSATIONS": (("Running shoes", "10048033894"), ("Coffee", "10046842133")),
    "EVENTS": (("Summer Games", "1013"), ("Book Fair", "1088")),
    "SLIDES": (("Slide 1", "0"), ("Slide 2", "1"), ("Slide 3", "2")),
    "TV_SHOWS": (("Evening News", "10027243420"), ("Baking Duel", "10027243577")),
}


def segments(node: Node, kind: str, country: str | None, platform: str | None) -> list[Segment]:
    """Return the segments of an entity for one segmentation; shares differ by entity and may be zero.

    Args:
        node: Entity.
        kind: Segmentation.
        country: Targeting value of the country, None if the segmentation needs none.
        platform: Likewise for the platform.
    """
    pairs = _pairs(node.account, kind, country, platform)
    weights = [salt(node.salt, kind, value) % 100 + 1 for _, value in pairs]
    # Some of the pairs are unknown to an entity: nobody in that metro saw it.
    weights = [0 if weight % 13 == 0 else weight for weight in weights]
    whole = sum(weights) * 11 // 10 + 1
    found = []
    for (name, value), weight in zip(pairs, weights, strict=True):
        scope = salt(kind, country, platform) % 40 + 60 if country or platform else 100
        found.append(Segment(name, value, weight * PARTS * scope // (whole * 100)))
    return found


def part_of(figures: Figures, segment: Segment, kind: str) -> Figures:
    """Return a segment's part of an entity's figures; whole numbers, rounded down.

    Args:
        figures: The entity's figures.
        segment: Segment, with its share.
        kind: Segmentation.
    """
    parts = {name: value * segment.share // PARTS for name, value in figures.items()}
    if kind == "CONVERSION_TAGS":
        parts = {name: value for name, value in parts.items() if not name.startswith(_PLATFORMS_ONLY)}
    return {name: value for name, value in parts.items() if value}


_PLATFORMS_ONLY = tuple(
    f"conversion_{name}." for name in ("purchases", "sign_ups", "site_visits", "downloads", "custom")
)


def quirky(found: list[Segment]) -> list[Segment]:
    """Take the value from some segments, the name from others, and send one value as a number."""
    changed = []
    for index, (name, value, part) in enumerate(found):
        if index % 4 == 1:
            changed.append(Segment(name, None, part))
        elif index % 4 == 2:  # noqa: PLR2004 - one in four each
            changed.append(Segment(None, value, part))
        elif index % 4 == 3 and str(value).isdecimal():  # noqa: PLR2004 - one in four each
            changed.append(Segment(name, int(str(value)), part))
        else:
            changed.append(Segment(name, value, part))
    return list(reversed(changed))


def _pairs(account: Account, kind: str, country: str | None, platform: str | None) -> tuple[tuple[str, str], ...]:
    if kind == "CONVERSION_TAGS":
        return tuple((f"Tag {n}", base36_id(5, account.id, "web_event_tag", n)) for n in range(4))
    if kind == "AUDIENCES":
        return tuple((f"Audience {n}", base36_id(5, account.id, "custom_audience", n)) for n in range(3))
    return _shared_pairs(kind, country, platform)


@lru_cache(maxsize=1000)
def _shared_pairs(kind: str, country: str | None, platform: str | None) -> tuple[tuple[str, str], ...]:
    if kind in _FIXED:
        return _FIXED[kind]
    if kind == "LOCATIONS":
        return tuple((place.name, place.value) for place in COUNTRIES)
    table = {"METROS": METROS, "REGIONS": REGIONS, "CITIES": CITIES, "POSTAL_CODES": POSTAL_CODES}.get(kind)
    if table is not None:
        code = next((place.country_code for place in COUNTRIES if place.value == country), "")
        return tuple((place.name, place.segment) for place in table if place.country_code == code)
    if kind in {"DEVICES", "PLATFORM_VERSIONS"}:
        os_type = {"0": "iOS", "1": "Android"}.get(platform or "", "")
        rows = DEVICES if kind == "DEVICES" else VERSIONS
        return tuple((row.name, row.value) for row in rows if row.os_type == os_type)
    return tuple((f"{kind.title()} {n}", snowflake(kind, n)) for n in range(3))
