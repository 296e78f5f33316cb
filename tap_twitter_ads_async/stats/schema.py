"""Schemas of the stats streams: dimensions by the definition, metric columns by the metrics table.

`python -m tap_twitter_ads_async.stats.schema [DIRECTORY]` writes the files of the built-in streams.
"""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.metrics import columns
from tap_twitter_ads_async.settings.model import Granularity, StatsDefinition

if t.TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, t.Any]

REPLICATION_KEY = "end_time"
"""Replication key of every stats stream."""


def _text(description: str, *, nullable: bool = False, **extra: str) -> Schema:
    return {"type": ["string", "null"] if nullable else ["string"], **extra, "description": description}


_DIMENSIONS: dict[str, Schema] = {
    "account_id": _text("Ads account that the entity belongs to (base-36 id)."),
    "entity_id": _text("Id of the entity; for entity type ACCOUNT, the account's."),
    "entity": _text("Entity type, such as CAMPAIGN."),
    "placement": _text("Where the ads were shown, such as ALL_ON_TWITTER."),
    "granularity": _text("Time bucket: HOUR, DAY or TOTAL."),
    "start_time": _text("Start of the time bucket (UTC, inclusive).", format="date-time"),
    "end_time": _text("End of the time bucket (UTC, exclusive).", format="date-time"),
    "date": _text("Calendar date of the bucket's start in the account's time zone.", format="date"),
}
_SEGMENT: dict[str, Schema] = {
    "segmentation_type": _text("Segmentation, such as GENDER."),
    "segment_name": _text("The segment's name as the API gives it.", nullable=True),
    "segment_value": _text(
        "The segment's value as the API gives it; its name, else UNKNOWN, where the API gives no value."
    ),
}
_COUNTRY = _text("Country that the segments were asked for (ISO 3166, two letters).")
_PLATFORM = _text("Name of the platform that the segments were asked for.")


def stats_schema(definition: StatsDefinition) -> Schema:
    """Return the JSON schema of a stats stream.

    Args:
        definition: The stream; its entity type, segmentation and metric groups decide the columns.

    Returns:
        A fresh schema: key columns never null, metric columns nullable integers. No bounds are set, because
        targets derive small column types from them.
    """
    properties = {name: dict(column) for name, column in _DIMENSIONS.items()}
    if definition.segmented:
        properties |= {name: dict(column) for name, column in _SEGMENT.items()}
    if definition.needs_country:
        properties["country"] = dict(_COUNTRY)
    if definition.needs_platform:
        properties["platform"] = dict(_PLATFORM)
    for column in columns(definition.entity, definition.segmentation_type, definition.metric_groups):
        properties[column.name] = {"type": ["integer", "null"], "description": column.description}
    return {"type": "object", "properties": properties}


def stats_key(definition: StatsDefinition) -> tuple[str, ...]:
    """Return the names of a stats stream's key columns, in the order of its schema."""
    key = ["account_id", "entity_id", "placement", "granularity", "start_time"]
    if definition.segmented:
        key.append("segment_value")
    if definition.needs_country:
        key.append("country")
    if definition.needs_platform:
        key.append("platform")
    return tuple(key)


def builtin_definitions() -> Iterator[StatsDefinition]:
    """Yield the built-in unsegmented streams as they are without any setting."""
    for entity in rules.ENTITIES.values():
        yield StatsDefinition(
            name=f"{entity.prefix}_stats",
            entity=entity.name,
            granularity=Granularity.DAY,
            segmentation_type=None,
            metric_groups=rules.default_groups(entity.name),
            placements=rules.PLACEMENTS,
        )


def schema_file_text(definition: StatsDefinition) -> str:
    """Return the text of a stream's file in `schemas/`."""
    return json.dumps(stats_schema(definition), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Write the schema files of the built-in streams.

    Args:
        arguments: At most one: the directory, by default `schemas/` next to the package.
    """
    directory = Path(arguments[0]) if arguments else Path(__file__).parents[2] / "schemas"
    for definition in builtin_definitions():
        (directory / f"{definition.name}.json").write_text(schema_file_text(definition), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
