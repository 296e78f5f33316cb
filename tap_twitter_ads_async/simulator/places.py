"""Where people are and what they hold in their hands: countries, regions, metros, cities, devices."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.simulator.hashing import base36_id, salt


class Place(t.NamedTuple):
    """A location; `segment` is how segmented statistics name it, `value` how targeting does."""

    name: str
    country_code: str
    location_type: str
    value: str
    segment: str


class Hardware(t.NamedTuple):
    """A device or a platform version."""

    name: str
    os_type: str
    value: str
    maker: str


def _hex(*parts: object) -> str:
    return f"{salt('place', *parts):016x}"


_COUNTRY_NAMES = {
    "US": "United States",
    "GB": "United Kingdom",
    "IN": "India",
    "AU": "Australia",
    "BR": "Brazil",
    "JP": "Japan",
    "DE": "Germany",
    "FR": "France",
    "CA": "Canada",
    "MX": "Mexico",
    "ES": "Spain",
    "IT": "Italy",
    "KW": "Kuwait",
    "NZ": "New Zealand",
}
_KNOWN = {"US": "96683cc9126741d1"}
COUNTRIES = tuple(
    Place(name, code, "COUNTRIES", _KNOWN.get(code, _hex(code)), _KNOWN.get(code, _hex(code)))
    for code, name in _COUNTRY_NAMES.items()
)
_REGION_NAMES = {
    "US": ("California", "Washington", "Oregon", "Utah", "New York", "Texas", "Ohio", "Georgia"),
    "GB": ("England", "Scotland", "Wales"),
    "IN": ("Karnataka", "Maharashtra", "Delhi"),
    "AU": ("New South Wales", "Victoria"),
    "BR": ("Sao Paulo", "Bahia"),
    "JP": ("Tokyo", "Osaka"),
}
REGIONS = tuple(
    Place(f"{name}, {code}", code, "REGIONS", _hex(code, name), _hex(code, name))
    for code, names in _REGION_NAMES.items()
    for name in names
)
_METRO_NAMES = {
    "819": "Seattle-Tacoma",
    "820": "Portland",
    "501": "New York",
    "803": "Los Angeles",
    "602": "Chicago",
    "504": "Philadelphia",
    "618": "Houston",
    "807": "San Francisco-Oakland-San Jose",
    "524": "Atlanta",
    "770": "Salt Lake City",
    "506": "Boston",
    "528": "Miami-Ft. Lauderdale",
}
_METRO_COUNT = 210
_METRO_FILL = tuple(code for code in (str(number) for number in range(500, 882)) if code not in _METRO_NAMES)[
    : _METRO_COUNT - len(_METRO_NAMES)
]
METROS = tuple(
    Place(name, "US", "METROS", _hex("metro", code), code)
    for code, name in (*_METRO_NAMES.items(), *((code, f"Metro {code}") for code in _METRO_FILL))
)
"""Only the United States have metros (Nielsen's 210 market areas); segments are named by the area's code."""
_CITY_NAMES = {
    "US": ("San Francisco", "Portland", "Austin"),
    "GB": ("London", "Leeds"),
    "IN": ("Bengaluru", "Mumbai"),
    "AU": ("Sydney",),
    "BR": ("Sao Paulo",),
    "JP": ("Tokyo",),
}
CITIES = tuple(
    Place(f"{name}, {code}", code, "CITIES", _hex("city", code, name), _hex("city", code, name))
    for code, names in _CITY_NAMES.items()
    for name in names
)
POSTAL_CODES = tuple(
    Place(name, code, "POSTAL_CODES", _hex("postal", code, name), name)
    for code, names in {"US": ("94103", "97201", "10001"), "GB": ("SW1A", "EC1A"), "DE": ("10115",)}.items()
    for name in names
)
DEVICES = tuple(
    Hardware(name, os_type, base36_id(3, "device", name), maker)
    for name, os_type, maker in (
        ("iPhone 15", "iOS", "Apple"),
        ("iPhone 14 Pro", "iOS", "Apple"),
        ("iPad Air", "iOS", "Apple"),
        ("Galaxy S24", "Android", "Samsung"),
        ("Pixel 8", "Android", "Google"),
    )
)
VERSIONS = tuple(
    Hardware(f"{os_type} {number}", os_type, base36_id(3, "version", os_type, number), number)
    for os_type, number in (("iOS", "16.4"), ("iOS", "17.2"), ("Android", "13.0"), ("Android", "14.0"))
)

PLATFORM_NAMES = (
    "iOS",
    "Android",
    "BlackBerry phones and tablets",
    "Mobile web on other devices",
    "Desktop and laptop computers",
)
"""Platforms in the order of their targeting values, which are small numbers."""


def country_named(name: str | None) -> Place | None:
    """Return a country by its two-letter code or its targeting value."""
    return next((place for place in COUNTRIES if name in {place.country_code, place.value}), None)


def platform_named(name: str | None) -> int | None:
    """Return a platform's targeting value, given the value itself or the platform's name."""
    return next((n for n, title in enumerate(PLATFORM_NAMES) if name in {title, str(n)}), None)
