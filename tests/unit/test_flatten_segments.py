"""From segmented result files to rows, and rows of every stream there is."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.stats.plan.spec import TargetingValue
from tap_twitter_ads_async.stats.records.cells import TEXTS, WHOLE
from tap_twitter_ads_async.stats.records.flatten import Block, Flattener, Slab
from tap_twitter_ads_async.stats.records.lines import LineEncoder
from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tap_twitter_ads_async.stats.records.segments import segment_of
from tap_twitter_ads_async.stats.records.tables import TableBuilder
from tap_twitter_ads_async.stats.schema import stats_schema
from tests.support.fakes import entity_data
from tests.support.plans import definition, spec
from tests.unit.flattening import Row, cells, results_of, rows_of

if t.TYPE_CHECKING:
    from pathlib import Path


# --- segments -----------------------------------------------------------------------------------------------------

GENDER = definition(segmentation_type="GENDER", metric_groups=("ENGAGEMENT", "BILLING"))
BY_GENDER = spec("a", "2026-03-01", "2026-03-03", segmentation_type="GENDER")
Entry = tuple[t.Any, dict[str, t.Any]]


def _segmented(directory: Path, entries: list[Entry]) -> list[Row]:
    data = [{"id": "a", "id_data": [{"segment": segment, "metrics": metrics} for segment, metrics in entries]}]
    return rows_of(results_of(directory, BY_GENDER, stream=GENDER).add(BY_GENDER, data))


def test_each_segment_has_rows_of_its_own(tmp_path: Path) -> None:
    """Entity, placement, bucket and segment are the key."""
    rows = _segmented(
        tmp_path,
        [
            ({"segment_name": "Male", "segment_value": "2"}, {"impressions": [1, 2]}),
            ({"segment_name": "Female", "segment_value": "1"}, {"impressions": [None, 4]}),
            (None, {"impressions": [5, None]}),
        ],
    )
    assert cells(rows, "segment_value", "segment_name", "date", "impressions", "segmentation_type") == [
        ("1", "Female", "2026-03-02", 4, "GENDER"),
        ("2", "Male", "2026-03-01", 1, "GENDER"),
        ("2", "Male", "2026-03-02", 2, "GENDER"),
        ("UNKNOWN", None, "2026-03-01", 5, "GENDER"),
    ]


_segments = st.fixed_dictionaries(
    {},
    optional={
        "segment_name": st.sampled_from(["Male", "Female", "", None]),
        "segment_value": st.sampled_from(["1", "2", 1, None, ""]),
    },
)
_entries = st.lists(
    st.tuples(
        st.one_of(st.none(), _segments),
        st.dictionaries(
            st.sampled_from(["impressions", "clicks"]),
            st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=2, max_size=2),
        ),
    ),
    max_size=6,
    unique_by=lambda entry: segment_of(entry[0]),
)


@given(entries=_entries, data=st.data())
def test_the_order_of_segments_does_not_matter_and_keys_are_unique(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry], data: st.DataObject
) -> None:
    """A target that upserts would keep whichever of two equal keys came last."""
    rows = _segmented(tmp_path_factory.mktemp("once"), entries)
    shuffled = data.draw(st.permutations(entries))
    assert _segmented(tmp_path_factory.mktemp("again"), shuffled) == rows
    keys = cells(rows, "segment_value", "start_time")
    assert len(set(keys)) == len(keys)


def test_a_segment_sent_twice_counts_once(tmp_path: Path) -> None:
    """Equal entries are one entry repeated, also where each tells of other metrics or days."""
    male = {"segment_name": "Male", "segment_value": "2"}
    repeated: list[Entry] = [(male, {"impressions": [1, 2]}), (male, {"impressions": [1, 2]})]
    assert cells(_segmented(tmp_path, repeated), "impressions") == [(1,), (2,)]
    parts: list[Entry] = [(male, {"impressions": [1, None], "clicks": [None, 1]}), (male, {"impressions": [1, 3]})]
    assert cells(_segmented(tmp_path, parts), "impressions", "clicks") == [(1, None), (3, 1)]


def test_a_segment_that_says_two_things_is_malformed(tmp_path: Path) -> None:
    """Their sum would be a figure that nobody ever reported."""
    male = {"segment_name": "Male", "segment_value": "2"}
    with pytest.raises(ResultMalformed, match="twice"):
        _segmented(tmp_path, [(male, {"impressions": [1, 2]}), (male, {"impressions": [1, 3]})])


def test_segments_of_one_value_and_other_names_are_parts_of_one_key(tmp_path: Path) -> None:
    """The value is the key of a row; figures that agree by chance are still two figures."""
    entries: list[Entry] = [
        ({"segment_name": name, "segment_value": "2"}, {"impressions": [1, 2]}) for name in ("Male", "Men")
    ]
    for order in (entries, entries[::-1]):
        rows = _segmented(tmp_path, order)
        assert cells(rows, "segment_value", "segment_name", "impressions") == [("2", "Male", 2), ("2", "Male", 4)]


def test_country_and_platform_are_told_in_words(tmp_path: Path) -> None:
    """The two-letter code and the platform's name are what people join on, not targeting values."""
    stream = definition(segmentation_type="METROS", country_codes=("US",))
    job = replace(BY_GENDER, segmentation_type="METROS", country=TargetingValue("96683cc9126741d1", "US"))
    (row,) = rows_of(results_of(tmp_path, job, stream=stream).add(job, [entity_data("a", {"impressions": [1, None]})]))
    assert row["country"] == "US"
    devices = definition(segmentation_type="DEVICES")
    job = replace(BY_GENDER, segmentation_type="DEVICES", platform=TargetingValue("0", "iOS"))
    (tmp_path / "devices").mkdir()
    results = results_of(tmp_path / "devices", job, stream=devices)
    (row,) = rows_of(results.add(job, [entity_data("a", {"impressions": [1, None]})]))
    assert row["platform"] == "iOS"


# --- every stream there is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entity", "segmentation"),
    [(e, s) for e in rules.ENTITIES for s in (None, *rules.SEGMENTATIONS) if rules.allows(e, s)],
)
def test_rows_of_every_stream_have_exactly_the_columns_of_its_schema(
    tmp_path: Path, entity: str, segmentation: str | None
) -> None:
    """Each entity type with each segmentation that it takes; `_rows` checks every row against the schema."""
    stream = definition(
        entity=entity, segmentation_type=segmentation, metric_groups=rules.allowed_groups(entity, segmentation)
    )
    job = replace(
        BY_GENDER,
        entity=entity,
        segmentation_type=segmentation,
        country=TargetingValue("1", "US") if stream.needs_country else None,
        platform=TargetingValue("0", "iOS") if stream.needs_platform else None,
    )
    metric = "conversion_purchases" if segmentation == "CONVERSION_TAGS" else "impressions"
    value = {"metric": [1, 2]} if segmentation == "CONVERSION_TAGS" else [1, 2]
    rows = rows_of(results_of(tmp_path, job, stream=stream).add(job, [entity_data("a", {metric: value})]))
    assert len(rows) == 2


# --- encoded rows -------------------------------------------------------------------------------------------------


@given(entries=_entries)
def test_encoded_lines_hold_the_same_records_as_rows(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    """The fast way out must not differ from the general one."""
    data = [{"id": "a", "id_data": [{"segment": s, "metrics": m} for s, m in entries]}]
    results = results_of(tmp_path_factory.mktemp("lines"), BY_GENDER, stream=GENDER).add(BY_GENDER, data)
    columns = tuple(stats_schema(GENDER)["properties"])
    encoder = LineEncoder("campaign_stats_by_gender", columns)
    texts = Flattener(GENDER, columns, TEXTS).blocks(results.run)
    for block, text_block in zip(Flattener(GENDER, columns).blocks(results.run), texts, strict=True):
        lines, count = encoder.encode(text_block, "2026-03-08T10:00:00Z")
        messages = [json.loads(line) for line in lines.splitlines()]
        assert [m["record"] for m in messages] == list(block.rows())
        assert count == len(messages)
        assert {m["stream"] for m in messages} <= {"campaign_stats_by_gender"}


@given(many=st.lists(_entries, min_size=1, max_size=3), alike=st.booleans())
def test_tables_hold_the_same_records_as_rows(
    tmp_path_factory: pytest.TempPathFactory, many: list[list[Entry]], *, alike: bool
) -> None:
    """Nor must the way by whole columns, which takes many segments at once where they are alike."""
    entities = "abcd"
    job = replace(BY_GENDER, entity_ids=tuple(entities))
    data = [
        {"id": entity, "id_data": [{"segment": s, "metrics": m} for s, m in many[0 if alike else i % len(many)]]}
        for i, entity in enumerate(entities)
    ]
    results = results_of(tmp_path_factory.mktemp("tables"), job, stream=GENDER).add(job, data)
    schema = stats_schema(GENDER)
    columns = tuple(schema["properties"])
    builder = TableBuilder(schema)
    for slab in Flattener(GENDER, columns, WHOLE).slabs(results.run):
        builder.add(slab)
    expected = [row for block in Flattener(GENDER, columns).blocks(results.run) for row in block.rows()]
    table = builder.take().table(builder.schema)
    times = {"start_time", "end_time", "date"}
    assert [{k: v for k, v in row.items() if k not in times} for row in table.to_pylist()] == [
        {k: v for k, v in row.items() if k not in times} for row in expected
    ]
    assert table["date"].cast("string").to_pylist() == [row["date"] for row in expected]


def test_segments_that_are_alike_go_as_one(tmp_path: Path) -> None:
    """Thousands of segments are what this way is for; the first ones show how they are laid out."""
    entries = [
        {"segment": {"segment_value": str(n)}, "metrics": {"impressions": [n, 1], "likes": None}} for n in range(3)
    ]
    job = replace(BY_GENDER, entity_ids=("a", "b"))
    results = results_of(tmp_path, job, stream=GENDER).add(job, [{"id": i, "id_data": entries} for i in "ab"])
    found = list(Flattener(GENDER, tuple(stats_schema(GENDER)["properties"]), WHOLE).slabs(results.run))
    assert [type(each) for each in found] == [Block, Block, Block, Slab]
    slab = found[-1]
    assert isinstance(slab, Slab)
    rows = [(block.fixed["entity_id"], block.fixed["segment_value"], block.columns) for block in slab.blocks()]
    assert rows == [("b", str(n), {"impressions": b"%d,1" % n}) for n in range(3)]
