"""Blocks of rows as Arrow tables, and single values as arrays: the types of the schema, the values of the rows."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.singer.batch.arrays import array_of
from tap_twitter_ads_async.singer.batch.arrow_types import arrow_type, kind_of
from tap_twitter_ads_async.singer.batch.failures import UnfitValue
from tap_twitter_ads_async.stats.records.cells import WHOLE
from tap_twitter_ads_async.stats.records.flatten import Block
from tap_twitter_ads_async.stats.records.tables import TableBuilder

Json = dict[str, t.Any]
METRICS = ("impressions", "clicks", "likes")
UTC = timezone.utc
SCHEMA: Json = {
    "properties": {
        "entity_id": {"type": ["string"]},
        "segment_name": {"type": ["string", "null"]},
        "start_time": {"type": ["string"], "format": "date-time"},
        "end_time": {"type": ["string"], "format": "date-time"},
        "date": {"type": ["string"], "format": "date"},
        **{name: {"type": ["integer", "null"]} for name in METRICS},
    }
}
START = datetime(2026, 3, 1, tzinfo=UTC)


def block_of(entity: str, columns: dict[str, t.Any], width: int) -> Block:
    """Return a block of days."""
    days = [START + timedelta(days=n) for n in range(width + 1)]
    stamps = [day.strftime("%Y-%m-%dT%H:%M:%SZ") for day in days]
    buckets = [(stamps[n], stamps[n + 1], days[n].date().isoformat()) for n in range(width)]
    fixed = dict.fromkeys(SCHEMA["properties"]) | {"entity_id": entity}
    return Block(fixed, buckets, columns)


def whole(block: Block) -> Block:
    """Return a block with whole texts for arrays."""
    columns = {name: WHOLE.of(array) for name, array in block.columns.items()}
    return Block(block.fixed, block.buckets, columns, WHOLE, block.kept)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """Draw a block with some metrics, some of them null here and there."""
    width = draw(st.integers(1, 4))
    cell = st.none() | st.integers(-(2**63), 2**63 - 1)
    names = draw(st.lists(st.sampled_from((*METRICS, "deselected")), unique=True))
    columns = {name: draw(st.lists(cell, min_size=width, max_size=width)) for name in names}
    return block_of(draw(st.sampled_from("ab")), columns, width)


def row_of(row: Json) -> Json:
    """Return a row as a table gives it back."""
    moments = {name: datetime.fromisoformat(row[name].replace("Z", "+00:00")) for name in ("start_time", "end_time")}
    values = row | moments | {"date": date.fromisoformat(row["date"])}
    return {name: values[name] for name in SCHEMA["properties"]}


@given(st.lists(blocks(), max_size=6))
def test_a_table_holds_the_rows_of_its_blocks(drawn: list[Block]) -> None:
    """Two ways from a block to rows must not drift apart, however nulls and missing metrics fall."""
    builder = TableBuilder(SCHEMA)
    expected = [row_of(row) for block in drawn for row in block.rows()]
    assert sum(builder.add(whole(block)) for block in drawn) == len(expected)
    table = builder.take().table(builder.schema)
    table.validate(full=True)
    assert table.to_pylist() == expected
    assert builder.draft.rows == 0


def test_columns_that_were_deselected_take_no_row_with_them() -> None:
    """A row is one because it has a figure, whether or not that figure was asked for."""
    builder = TableBuilder({"properties": {"start_time": SCHEMA["properties"]["start_time"]}})
    assert builder.add(whole(block_of("a", {"clicks": [1, None, 3]}, 3))) == 2
    table = builder.take().table(builder.schema)
    assert table.to_pylist() == [{"start_time": START}, {"start_time": START + timedelta(days=2)}]


def test_a_number_beyond_64_bits_is_named() -> None:
    """Arrow has no wider integers, and a wrapped figure would be a wrong one."""
    builder = TableBuilder(SCHEMA)
    builder.add(whole(block_of("a", {"clicks": [2**63]}, 1)))
    with pytest.raises(UnfitValue, match=rf"Column clicks .* {2**63} is larger"):
        builder.take().table(builder.schema)


@pytest.mark.parametrize(
    ("prop", "kind"),
    [
        ({"type": ["integer", "null"]}, "integer"),
        ({"type": ["number", "integer"]}, "number"),
        ({"type": "string", "format": "date-time"}, "date-time"),
        ({"type": ["string", "null"], "format": "date"}, "date"),
        ({"type": "string", "format": "uri"}, "string"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "boolean"),
        ({"type": ["array", "null"]}, "json"),
        ({"type": ["string", "integer"]}, "json"),
        ({}, "json"),
    ],
)
def test_the_schema_alone_decides_about_types(prop: Json, kind: str) -> None:
    """A type inferred from the values of one file does not fit the next."""
    assert kind_of(prop) == kind


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("integer", [1, 2.0, Decimal(3), None, 2**62 + 1], [1, 2, 3, None, 2**62 + 1]),
        ("number", [1, 2.5, Decimal("0.1")], [1.0, 2.5, 0.1]),
        ("string", ["a", 1.5, None], ["a", "1.5", None]),
        ("json", [{"a": [1]}, "a", 1, None], ['{"a":[1]}', '"a"', "1", None]),
        ("date", ["2026-03-08", date(2026, 3, 9)], [date(2026, 3, 8), date(2026, 3, 9)]),
        (
            "date-time",
            ["2026-03-08T08:00:00Z", "2026-03-08T00:00:00-08:00", "2026-03-08T08:00:00", "2026-03-08", START, None],
            [*[datetime(2026, 3, 8, 8, tzinfo=UTC)] * 3, datetime(2026, 3, 8, tzinfo=UTC), START, None],
        ),
    ],
)
def test_values_become_what_the_schema_says(kind: str, values: list[t.Any], expected: list[t.Any]) -> None:
    """Stream maps and odd answers bring numbers as decimals, and times without a zone."""
    array = array_of(values, kind, "column")
    assert array.type == arrow_type(kind)
    assert array.to_pylist() == expected
    assert array_of([None, None], kind, "column").type == arrow_type(kind)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 1.5),
        ("integer", "1"),
        ("integer", True),
        ("integer", 2**63),
        ("number", "x"),
        ("boolean", 1),
        ("date", "8 March"),
        ("date-time", "yesterday"),
    ],
)
def test_what_does_not_fit_ends_the_run_instead_of_being_bent(kind: str, value: t.Any) -> None:
    """Arrow by itself cuts 1.5 to 1 without a word."""
    with pytest.raises(UnfitValue, match="Column spend of a batch file"):
        array_of([value], kind, "spend")
    assert pa.array([1, 1.5], pa.int64()).to_pylist() == [1, 1], "the reason for a look of our own"
