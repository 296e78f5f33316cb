"""The tables of what the API allows, against literals transcribed from its documentation."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain import rules

# One letter per group, in the order of the documentation's matrix (plus the historic MEDIA).
_LETTERS = {
    "E": "ENGAGEMENT",
    "B": "BILLING",
    "V": "VIDEO",
    "M": "MEDIA",
    "W": "WEB_CONVERSION",
    "A": "MOBILE_CONVERSION",
    "L": "LIFE_TIME_VALUE_MOBILE_CONVERSION",
}

_UNSEGMENTED = {  # entity: (allowed, default)
    "ACCOUNT": ("E", "E"),
    "FUNDING_INSTRUMENT": ("EB", "EB"),
    "CAMPAIGN": ("EBVMWAL", "EBVWAL"),
    "LINE_ITEM": ("EBVMWAL", "EBVWAL"),
    "PROMOTED_TWEET": ("EBVMWAL", "EBVWAL"),
    "PROMOTED_ACCOUNT": ("EBVMWAL", "EB"),
    "MEDIA_CREATIVE": ("EBVMWAL", "EBVWAL"),
    "ORGANIC_TWEET": ("EV", "EV"),
}

_PLAIN = {  # what a segmentation without rules of its own leaves of the default groups
    "ACCOUNT": "E",
    "FUNDING_INSTRUMENT": "EB",
    "CAMPAIGN": "EBVA",
    "LINE_ITEM": "EBVA",
    "PROMOTED_TWEET": "EBVA",
    "PROMOTED_ACCOUNT": "EB",
    "MEDIA_CREATIVE": "",
    "ORGANIC_TWEET": "",
}
_SEGMENTED = {
    "AGE": _PLAIN,
    "GENDER": _PLAIN,
    "METROS": _PLAIN,
    "INTERESTS": _PLAIN,
    "REGIONS": _PLAIN,
    "DEVICES": _PLAIN,
    "TV_ADS": _PLAIN,
    "PLATFORMS": _PLAIN | {"CAMPAIGN": "EBVWA", "LINE_ITEM": "EBVWA", "PROMOTED_TWEET": "EBVWA"},
    "LANGUAGES": _PLAIN | {"ACCOUNT": "", "FUNDING_INSTRUMENT": ""},
    "CONVERSION_TAGS": dict.fromkeys(_PLAIN, "") | {"CAMPAIGN": "W", "LINE_ITEM": "W", "PROMOTED_TWEET": "W"},
}


def _groups(letters: str) -> tuple[str, ...]:
    return tuple(_LETTERS[letter] for letter in letters)


@pytest.mark.parametrize(("entity", "expected"), _UNSEGMENTED.items())
def test_entity_has_the_groups_of_the_matrix(entity: str, expected: tuple[str, str]) -> None:
    """A group too many is a refused job, one too few is data that never comes."""
    assert rules.allowed_groups(entity) == _groups(expected[0])
    assert rules.default_groups(entity) == _groups(expected[1])


@pytest.mark.parametrize(
    ("segmentation", "entity", "letters"),
    [(name, entity, letters) for name, row in _SEGMENTED.items() for entity, letters in row.items()],
)
def test_segmentation_leaves_the_groups_of_the_matrix(segmentation: str, entity: str, letters: str) -> None:
    """Web conversions, lifetime values and conversion tags each have a rule of their own."""
    assert rules.default_groups(entity, segmentation) == _groups(letters)
    assert rules.allows(entity, segmentation) == bool(letters)


def test_the_matrix_names_every_entity_type() -> None:
    """The eight entity types are the contract's streams."""
    assert {name: rule.prefix for name, rule in rules.ENTITIES.items()} == {name: name.lower() for name in _UNSEGMENTED}


def test_change_feed_covers_what_the_reference_lists() -> None:
    """Asking the feed for another entity type is an error, not asking is a needless full scan."""
    without = {name for name, rule in rules.ENTITIES.items() if not rule.has_change_feed}
    assert without == {"ACCOUNT", "ORGANIC_TWEET"}


def test_segmentations_are_those_of_the_documentation_old_and_new() -> None:
    """Users configure historic segmentations by name; a missing one would be refused as a typing error."""
    current = {name for name, rule in rules.SEGMENTATIONS.items() if rule.current}
    assert current == {"AGE", "GENDER", "METROS", "PLATFORMS", "CONVERSION_TAGS"}
    assert set(rules.SEGMENTATIONS) - current == {
        *("APP_STORE_CATEGORY", "AUDIENCES", "CONVERSATIONS", "EVENTS", "INTERESTS", "KEYWORDS"),
        *("SIMILAR_TO_FOLLOWERS_OF_USER", "SLIDES", "TV_SHOWS", "LANGUAGES", "LOCATIONS", "CITIES"),
        *("POSTAL_CODES", "REGIONS", "DEVICES", "PLATFORM_VERSIONS", "AMPLIFY_MARKETPLACE_PREROLL_VIDEOS"),
        *("AMPLIFY_PUBLISHER_TWEETS", "SWIPEABLE_MEDIA", "TV_ADS"),
    }


def test_country_and_platform_are_needed_where_the_reference_says_so() -> None:
    """A job without its country or platform is refused; one with a needless column has a needless key."""
    by_country = {name for name in rules.SEGMENTATIONS if rules.needs_country(name)}
    by_platform = {name for name in rules.SEGMENTATIONS if rules.needs_platform(name)}
    assert by_country == {"METROS", "CITIES", "POSTAL_CODES", "REGIONS"}
    assert by_platform == {"DEVICES", "PLATFORM_VERSIONS"}
    assert not rules.needs_country(None)
    assert not rules.needs_platform(None)


def test_delay_is_twelve_hours_for_interests_and_one_for_other_segments() -> None:
    """Closing a window before its data are complete would lose the rest for good."""
    delays = {name: rules.delay_hours(name) for name in rules.SEGMENTATIONS}
    assert {name for name, hours in delays.items() if hours != 1} == {"INTERESTS"}
    assert delays["INTERESTS"] == 12
    assert rules.delay_hours(None) == 0


def test_longest_window_is_halved_by_a_segmentation() -> None:
    """The API refuses longer jobs."""
    assert rules.max_days(None) == 90
    assert {rules.max_days(name) for name in rules.SEGMENTATIONS} == {45}


@pytest.mark.parametrize("groups", [rules.METRIC_GROUPS, rules.METRIC_GROUPS[::-1]])
def test_conversion_groups_get_jobs_of_their_own(groups: tuple[str, ...]) -> None:
    """The vendor asks for it; mixed jobs may be refused."""
    assert rules.partition_groups(groups) == [
        _groups("EBVM"),
        _groups("W"),
        _groups("A"),
        _groups("L"),
    ]


@given(st.lists(st.sampled_from(rules.METRIC_GROUPS), unique=True))
def test_partition_keeps_every_group_once(groups: list[str]) -> None:
    """A group in two jobs is paid for twice, one in none is lost."""
    parts = rules.partition_groups(tuple(groups))
    assert sorted(itertools.chain.from_iterable(parts)) == sorted(groups)
    assert all(parts)


def test_partition_refuses_an_unknown_group() -> None:
    """Dropping it silently would be data that never comes."""
    with pytest.raises(ValueError, match="REACH"):
        rules.partition_groups(("REACH",))


def test_historic_is_what_the_present_documentation_lacks() -> None:
    """The user is told once that the API may refuse it."""
    assert rules.is_historic("ORGANIC_TWEET", None)
    assert rules.is_historic("CAMPAIGN", "TV_ADS")
    assert not rules.is_historic("CAMPAIGN", "GENDER")
    assert not rules.is_historic("PROMOTED_ACCOUNT", None)
