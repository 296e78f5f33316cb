"""Schemas and keys of the stats streams."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.settings.model import Granularity, StatsDefinition
from tap_twitter_ads_async.stats.schema import (
    builtin_definitions,
    main,
    schema_file_text,
    stats_key,
    stats_schema,
)

_SCHEMAS = Path(__file__).parents[2] / "schemas"
_BASE_KEY = ("account_id", "entity_id", "placement", "granularity", "start_time")


def _definition(entity: str, segmentation: str | None) -> StatsDefinition:
    return StatsDefinition(
        name="any",
        entity=entity,
        granularity=Granularity.DAY,
        segmentation_type=segmentation,
        metric_groups=rules.default_groups(entity, segmentation),
        placements=rules.PLACEMENTS,
    )


_EVERY = [
    _definition(entity, segmentation)
    for entity in rules.ENTITIES
    for segmentation in (None, *rules.SEGMENTATIONS)
    if rules.allows(entity, segmentation)
]


@pytest.mark.parametrize("definition", list(builtin_definitions()), ids=lambda definition: definition.name)
def test_schema_file_equals_the_code(definition: StatsDefinition) -> None:
    """People read the files, the tap runs the code; regenerate with `python -m …stats.schema`."""
    written = (_SCHEMAS / f"{definition.name}.json").read_text(encoding="utf-8")
    assert written == schema_file_text(definition)


def test_generator_writes_one_file_per_entity_type(tmp_path: Path) -> None:
    """The command in the contributor's guide must do what it says."""
    main([str(tmp_path)])
    assert {path.stem for path in tmp_path.iterdir()} == {
        *("account_stats", "funding_instrument_stats", "campaign_stats", "line_item_stats"),
        *("promoted_tweet_stats", "promoted_account_stats", "media_creative_stats", "organic_tweet_stats"),
    }
    for path in tmp_path.iterdir():
        Draft7Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("segmentation", "expected"),
    [
        (None, _BASE_KEY),
        ("GENDER", (*_BASE_KEY, "segment_value")),
        ("METROS", (*_BASE_KEY, "segment_value", "country")),
        ("DEVICES", (*_BASE_KEY, "segment_value", "platform")),
    ],
)
def test_key_holds_what_tells_records_apart(segmentation: str | None, expected: tuple[str, ...]) -> None:
    """A key too short overwrites rows, one too long duplicates them."""
    assert stats_key(_definition("CAMPAIGN", segmentation)) == expected


@pytest.mark.parametrize("definition", _EVERY, ids=lambda d: f"{d.entity}-{d.segmentation_type}")
def test_key_columns_exist_and_are_never_null(definition: StatsDefinition) -> None:
    """A null in a key column fails the load."""
    properties = stats_schema(definition)["properties"]
    assert [properties[name]["type"] for name in stats_key(definition)] == [["string"]] * len(stats_key(definition))


@pytest.mark.parametrize("definition", _EVERY, ids=lambda d: f"{d.entity}-{d.segmentation_type}")
def test_dimensions_are_those_of_the_contract(definition: StatsDefinition) -> None:
    """Segment columns belong to segmented streams only."""
    properties = stats_schema(definition)["properties"]
    metrics = {name for name, column in properties.items() if column["type"] == ["integer", "null"]}
    expected = {*_BASE_KEY, "entity", "end_time", "date"}
    if definition.segmentation_type:
        expected |= {"segmentation_type", "segment_name", "segment_value"}
    expected |= {"country"} if definition.needs_country else set()
    expected |= {"platform"} if definition.needs_platform else set()
    assert set(properties) - metrics == expected


def test_columns_have_descriptions_formats_and_no_bounds() -> None:
    """Targets turn formats into types and bounds into small integers."""
    properties = stats_schema(_definition("CAMPAIGN", "METROS"))["properties"]
    assert {name: c["format"] for name, c in properties.items() if "format" in c} == {
        "start_time": "date-time",
        "end_time": "date-time",
        "date": "date",
    }
    assert all(column["description"] for column in properties.values())
    assert not any({"minimum", "maximum"} & column.keys() for column in properties.values())


def test_schema_is_fresh_at_every_call() -> None:
    """The SDK changes schemas in place."""
    definition = _definition("ACCOUNT", None)
    stats_schema(definition)["properties"]["account_id"]["type"] = "changed"
    assert stats_schema(definition)["properties"]["account_id"]["type"] == ["string"]
