"""Raw values into typed ones, for whatever spelling a user or a shell comes up with."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.settings import values
from tap_twitter_ads_async.settings.declaration import REPORT_KEYS, SETTINGS
from tap_twitter_ads_async.settings.parse import parse_settings
from tap_twitter_ads_async.settings.problems import InvalidSettingsError
from tap_twitter_ads_async.settings.sdk import sdk_jsonschema
from tap_twitter_ads_async.settings.values import WrongValueError

_WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
_CONVERTERS: list[t.Callable[[object], object]] = [
    values.text,
    values.secret,
    values.integer,
    values.seconds,
    values.boolean,
    values.strings,
    values.some_strings,
    values.country_codes,
    values.account_ids,
    values.objects,
    lambda value: values.choice(value, ["DAY", "HOUR"]),
    lambda value: values.choices(value, ["DAY", "HOUR"]),
]


@given(st.lists(_WORDS))
def test_every_spelling_of_a_list_means_the_same(words: list[str]) -> None:
    """A config file, an environment variable and a command line write lists differently."""
    unique = tuple(dict.fromkeys(words))
    assert values.strings(words) == unique
    assert values.strings(json.dumps(words)) == unique
    assert values.strings(",".join(words)) == unique
    assert values.strings(" , ".join(words) + ",") == unique


@given(_JSON, st.sampled_from(_CONVERTERS))
def test_any_value_is_converted_or_refused_in_words(value: object, convert: t.Callable[[object], object]) -> None:
    """Another exception would be a stack trace in the user's face."""
    try:
        convert(value)
    except WrongValueError as error:
        assert str(error)  # noqa: PT017 - both outcomes are fine, only the kind of refusal counts


_REPORT = st.dictionaries(st.sampled_from(REPORT_KEYS), _JSON | st.sampled_from(["CAMPAIGN", "AGE", "mine"]))
_NAMES = [*SETTINGS, *sdk_jsonschema()["properties"]]


@given(st.dictionaries(st.sampled_from(_NAMES) | st.text(), _JSON), st.lists(_REPORT, max_size=3))
def test_any_config_is_parsed_or_refused_in_words(raw: dict[str, object], reports: list[object]) -> None:
    """Nothing that a config can hold may end in a stack trace."""
    try:
        parse_settings({"reports": reports, **raw}, require=False)
    except InvalidSettingsError as error:
        assert error.problems  # noqa: PT017 - both outcomes are fine, only the kind of refusal counts


@given(st.integers(min_value=-(10**17), max_value=10**17))
def test_whole_numbers_survive_as_digits(number: int) -> None:
    """Shells know only strings."""
    assert values.integer(number) == values.integer(str(number)) == values.integer(f" {number} ") == number


@given(st.lists(st.sampled_from(["DAY", "HOUR", "TOTAL"])))
def test_choices_ignore_case_and_repetition(names: list[str]) -> None:
    """People type enumerations by hand."""
    expected = tuple(dict.fromkeys(names))
    assert values.choices([name.title() for name in names], ["DAY", "HOUR", "TOTAL"]) == expected


@pytest.mark.parametrize("value", ["1" * 5000, "1e3", "٣", "0x10", "", " ", [], {}, None, float("inf")])
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    """Python reads some of these as numbers, users do not mean them."""
    with pytest.raises(WrongValueError, match="whole number"):
        values.integer(value)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("gendr", " (did you mean GENDER?)"),
        ("similar to followers of user", " (did you mean SIMILAR_TO_FOLLOWERS_OF_USER?)"),
        ("xyz", ""),
    ],
)
def test_near_misses_are_suggested_and_far_ones_not(word: str, expected: str) -> None:
    """A wrong suggestion is worse than none."""
    assert values.suggestion(word, ["GENDER", "AGE", "SIMILAR_TO_FOLLOWERS_OF_USER"]) == expected


@given(_JSON)
def test_shown_values_are_short_and_one_line(value: object) -> None:
    """A message stays readable whatever was pasted."""
    shown = values.shown(value)
    assert len(shown) <= 60
    assert "\n" not in shown
