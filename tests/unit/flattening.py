"""Windows put on disk, and the rows that come of them."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import jsonschema

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.stats.plan.spec import Group, JobSpec, Window
from tap_twitter_ads_async.stats.records.flatten import Flattener
from tap_twitter_ads_async.stats.schema import stats_schema
from tests.support.fakes import Results
from tests.support.plans import definition, spec

if t.TYPE_CHECKING:
    from pathlib import Path

    from tap_twitter_ads_async.settings.model import StatsDefinition

Row = dict[str, t.Any]
STREAM = definition(metric_groups=rules.default_groups("CAMPAIGN"))
FIRST = rules.partition_groups(STREAM.metric_groups)[0]
THREE_DAYS = spec("a,b", "2026-03-01", "2026-03-04", metric_groups=FIRST)
MOBILE = replace(THREE_DAYS, metric_groups=("MOBILE_CONVERSION",))


def results_of(directory: Path, *specs: JobSpec, stream: StatsDefinition = STREAM) -> Results:
    """Return a window of one group, as yet without files."""
    return Results(directory, Window(specs[0].start, specs[0].end, (Group(specs),)), stream)


def rows_of(results: Results) -> list[Row]:
    """Return the rows of a window, checked against the stream's schema."""
    schema = stats_schema(results.stream)
    check = jsonschema.Draft7Validator(schema | {"additionalProperties": False, "required": list(schema["properties"])})
    flattener = Flattener(results.stream, tuple(schema["properties"]))
    rows = [row for block in flattener.blocks(results.run) for row in block.rows()]
    for row in rows[:3]:  # validation is slow, and rows of one window are made alike
        check.validate(row)
    assert all(row.keys() == schema["properties"].keys() for row in rows)
    return rows


def cells(rows: list[Row], *names: str) -> list[tuple[t.Any, ...]]:
    """Return some columns of each row."""
    return [tuple(row[name] for name in names) for row in rows]
