"""From result files to rows."""

from __future__ import annotations

import itertools
import json
import logging
import typing as t
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_twitter_ads_async import rules
from tap_twitter_ads_async.settings.model import Granularity
from tap_twitter_ads_async.stats.cells import TEXTS
from tap_twitter_ads_async.stats.flatten import Flattener
from tap_twitter_ads_async.stats.lines import LineEncoder
from tap_twitter_ads_async.stats.results import ResultMalformed
from tap_twitter_ads_async.stats.schema import stats_schema
from tap_twitter_ads_async.stats.spec import Group, JobSpec, Target, Window
from tap_twitter_ads_async.stats.tasks import LostPiece
from tests.unit.builders import at, definition, spec
from tests.unit.fakes import Results, entity_data

if t.TYPE_CHECKING:
    from pathlib import Path

    from tap_twitter_ads_async.settings.model import StatsDefinition

Row = dict[str, t.Any]
STREAM = definition(metric_groups=rules.default_groups("CAMPAIGN"))
FIRST = rules.partition_groups(STREAM.metric_groups)[0]
THREE_DAYS = spec("a,b", "2026-03-01", "2026-03-04", metric_groups=FIRST)
MOBILE = replace(THREE_DAYS, metric_groups=("MOBILE_CONVERSION",))


def _results(directory: Path, *specs: JobSpec, stream: StatsDefinition = STREAM) -> Results:
    """Return a window of one group, as yet without files."""
    return Results(directory, Window(specs[0].start, specs[0].end, (Group(specs),)), stream)


def _rows(results: Results) -> list[Row]:
    """Return the rows of a window, checked against the stream's schema."""
    schema = stats_schema(results.stream)
    check = jsonschema.Draft7Validator(schema | {"additionalProperties": False, "required": list(schema["properties"])})
    flattener = Flattener(results.stream, tuple(schema["properties"]))
    rows = [row for block in flattener.blocks(results.run) for row in block.rows()]
    for row in rows[:3]:  # validation is slow, and rows of one window are made alike
        check.validate(row)
    assert all(row.keys() == schema["properties"].keys() for row in rows)
    return rows


def _short(rows: list[Row], *names: str) -> list[tuple[t.Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


# --- rows ---------------------------------------------------------------------------------------------------------


def test_a_bucket_becomes_a_row_with_every_column(tmp_path: Path) -> None:
    """Targets make tables from the first rows they see; the key and the dates are never null."""
    (row,) = _rows(_results(tmp_path, THREE_DAYS).add(THREE_DAYS, [entity_data("a", {"impressions": [None, 7, None]})]))
    assert {k: v for k, v in row.items() if v is not None} == {
        "account_id": "acc1",
        "entity_id": "a",
        "entity": "CAMPAIGN",
        "placement": "ALL_ON_TWITTER",
        "granularity": "DAY",
        "start_time": "2026-03-02T00:00:00Z",
        "end_time": "2026-03-03T00:00:00Z",
        "date": "2026-03-02",
        "impressions": 7,
    }


def test_buckets_in_which_every_metric_is_null_are_left_out_and_zeros_are_kept(tmp_path: Path) -> None:
    """Null means that nothing was measured; zero is a measurement, such as a correction to nothing."""
    metrics = {"impressions": [0, None, None], "clicks": [None, None, 0], "likes": None}
    rows = _rows(_results(tmp_path, THREE_DAYS).add(THREE_DAYS, [entity_data("a", metrics)]))
    assert _short(rows, "date", "impressions", "clicks") == [("2026-03-01", 0, None), ("2026-03-03", None, 0)]


@pytest.mark.parametrize(
    "metrics",
    [None, {}, {"impressions": None}, {"impressions": [None, None, None]}, {"conversion_purchases": {"metric": None}}],
)
def test_an_entity_without_any_value_makes_no_row(tmp_path: Path, metrics: t.Any) -> None:
    """Most entities of a job did nothing in most of its days."""
    assert _rows(_results(tmp_path, THREE_DAYS).add(THREE_DAYS, [entity_data("a", metrics)])) == []


def test_entities_come_in_the_order_of_the_job_and_days_in_order(tmp_path: Path) -> None:
    """The order of emission must not hang on the order in a file."""
    data = [entity_data(i, {"impressions": [1, 2, 3]}) for i in ("b", "a")]
    rows = _rows(_results(tmp_path, THREE_DAYS).add(THREE_DAYS, data))
    assert _short(rows, "entity_id", "date") == [
        (i, f"2026-03-0{d}") for i, d in itertools.product(("a", "b"), (1, 2, 3))
    ]


def test_a_short_day_is_one_row_with_its_own_bounds(tmp_path: Path) -> None:
    """The day on which clocks go forward has 23 hours."""
    job = replace(spec("a", "2026-03-07T08", "2026-03-10T07", "America/Los_Angeles"), metric_groups=FIRST)
    rows = _rows(_results(tmp_path, job).add(job, [entity_data("a", {"impressions": [1, 2, 3]})]))
    assert _short(rows, "date", "start_time", "end_time")[1] == (
        "2026-03-08",
        "2026-03-08T08:00:00Z",
        "2026-03-09T07:00:00Z",
    )


def test_hours_bear_the_account_s_date(tmp_path: Path) -> None:
    """`date` is the calendar date where the account is."""
    job = replace(
        THREE_DAYS,
        entity_ids=("a",),
        granularity=Granularity.HOUR,
        start=at("2026-03-01T07"),
        end=at("2026-03-01T09"),
        zone=spec("a", "2026-03-01", "2026-03-02", "America/Los_Angeles").zone,
    )
    stream = replace(STREAM, granularity=Granularity.HOUR)
    rows = _rows(_results(tmp_path, job, stream=stream).add(job, [entity_data("a", {"impressions": [1, 2]})]))
    assert _short(rows, "start_time", "date") == [
        ("2026-03-01T07:00:00Z", "2026-02-28"),
        ("2026-03-01T08:00:00Z", "2026-03-01"),
    ]


def test_the_documented_total_becomes_its_one_record(tmp_path: Path) -> None:
    """The vendor's own example, number by number."""
    stream = definition("TOTAL", entity="LINE_ITEM", metric_groups=("ENGAGEMENT",), placements=("ALL_ON_TWITTER",))
    job = replace(
        spec("el32n", "2019-03-12", "2019-03-20", granularity=Granularity.TOTAL),
        account_id="18ce54d4x5t",
        entity="LINE_ITEM",
        metric_groups=("ENGAGEMENT",),
    )
    metrics = {
        "impressions": [3482],
        "tweets_send": None,
        "qualified_impressions": None,
        "follows": None,
        "app_clicks": None,
        "retweets": [102],
        "unfollows": None,
        "likes": [15],
        "engagements": [171],
        "clicks": [30],
        "card_engagements": None,
        "poll_card_vote": None,
        "replies": None,
        "url_clicks": None,
        "carousel_swipes": None,
    }
    (row,) = _rows(_results(tmp_path, job, stream=stream).add(job, [entity_data("el32n", metrics)]))
    assert {k: v for k, v in row.items() if v is not None} == {
        "account_id": "18ce54d4x5t",
        "entity_id": "el32n",
        "entity": "LINE_ITEM",
        "placement": "ALL_ON_TWITTER",
        "granularity": "TOTAL",
        "start_time": "2019-03-12T00:00:00Z",
        "end_time": "2019-03-20T00:00:00Z",
        "date": "2019-03-12",
        "impressions": 3482,
        "retweets": 102,
        "likes": 15,
        "engagements": 171,
        "clicks": 30,
    }


# --- metrics ------------------------------------------------------------------------------------------------------


def test_nested_metrics_become_columns_of_their_own(tmp_path: Path) -> None:
    """`<metric>_<key>`; the lifetime family without its prefix, for names longer than 63 characters kill targets."""
    job = replace(THREE_DAYS, entity_ids=("a",))
    metrics = {
        "conversion_purchases": {"metric": [1, None, None], "sale_amount": [5000000, None, None]},
        "mobile_conversion_installs": {"post_view": [2, None, None]},
        "mobile_conversion_lifetime_value_purchases": {"sale_amount": [3, None, None]},
    }
    (row,) = _rows(_results(tmp_path, job).add(job, [entity_data("a", metrics)]))
    assert (row["conversion_purchases_metric"], row["conversion_purchases_sale_amount"]) == (1, 5000000)
    assert row["mobile_conversion_installs_post_view"] == 2
    assert row["lifetime_value_purchases_sale_amount"] == 3


def test_unknown_metrics_are_reported_once_and_dropped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The API adds metrics; the rest must go on, and one line is enough."""
    metrics = {
        "impressions": [1, 2, 3],
        "brand_new": [1, 2, 3],
        "conversion_purchases": {"brand_new": [1, 2, 3]},
        "shape": 7,
        "gone": None,
    }
    data = [entity_data("a", metrics), entity_data("b", metrics)]
    with caplog.at_level(logging.WARNING):
        rows = _rows(_results(tmp_path, THREE_DAYS).add(THREE_DAYS, data))
    assert len(rows) == 6
    named = [r.getMessage() for r in caplog.records]
    assert len(named) == 3
    assert all("campaign_stats" in message for message in named)
    for metric in ("brand_new", "conversion_purchases.brand_new", "shape"):
        assert sum(f"metric {metric}," in message for message in named) == 1


@pytest.mark.parametrize("array", [[1, 2], [1, 2, 3, 4], [], 7, "123", True])
def test_an_array_that_does_not_fit_the_buckets_is_malformed(tmp_path: Path, array: t.Any) -> None:
    """Values are told apart by position alone: one too few shifts all of them."""
    results = _results(tmp_path, THREE_DAYS).add(THREE_DAYS, [entity_data("a", {"impressions": array})])
    with pytest.raises(ResultMalformed, match="impressions"):
        _rows(results)


# --- metric groups asked for apart --------------------------------------------------------------------------------


def test_metric_groups_asked_for_apart_make_one_row(tmp_path: Path) -> None:
    """One entity, placement and bucket is one record, whatever the number of jobs."""
    results = _results(tmp_path, THREE_DAYS, MOBILE)
    results.add(THREE_DAYS, [entity_data("a", {"impressions": [1, None, None]})])
    results.add(MOBILE, [entity_data("a", {"mobile_conversion_installs": {"post_view": [4, 5, None]}})], partition=1)
    rows = _rows(results)
    assert _short(rows, "date", "impressions", "mobile_conversion_installs_post_view") == [
        ("2026-03-01", 1, 4),
        ("2026-03-02", None, 5),
    ]


def test_an_entity_in_one_of_the_files_only_still_makes_rows(tmp_path: Path) -> None:
    """Conversions may come on days without an impression."""
    results = _results(tmp_path, THREE_DAYS, MOBILE).add(THREE_DAYS, [])
    results.add(MOBILE, [entity_data("b", {"mobile_conversion_installs": {"post_view": [4, None, None]}})], partition=1)
    assert _short(_rows(results), "entity_id", "mobile_conversion_installs_post_view") == [("b", 4)]


SPLIT = definition(metric_groups=("ENGAGEMENT", "MOBILE_CONVERSION"))
WHOLE = replace(THREE_DAYS, entity_ids=("a", "b", "c"), end=at("2026-03-10"), metric_groups=("ENGAGEMENT",))


# --- pieces of a split job ----------------------------------------------------------------------------------------


def _value(entity_id: str, day: int) -> int:
    return 100 * (ord(entity_id) - ord("a")) + day


def _answer(job: JobSpec) -> list[Row]:
    days = [bucket.day for bucket in job.buckets()]
    return [entity_data(i, {"impressions": [_value(i, d) for d in days]}) for i in job.entity_ids]


@st.composite
def _splits(draw: st.DrawFn) -> list[JobSpec]:
    """Pieces of a job of three entities and nine days, halved anywhere, in any order."""
    pieces = [WHOLE]
    for _ in range(draw(st.integers(0, 8))):
        number = draw(st.integers(0, len(pieces) - 1))
        halves = pieces[number].halve()
        if halves:
            pieces[number : number + 1] = halves
    return draw(st.permutations(pieces))


@settings(max_examples=30)
@given(pieces=_splits())
def test_pieces_of_a_split_job_are_put_back_in_place(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[JobSpec]
) -> None:
    """How often a job had to be cut must not show in the records."""
    results = _results(tmp_path_factory.mktemp("pieces"), WHOLE, stream=SPLIT)
    for piece in pieces:
        results.add(piece, _answer(piece))
    assert _short(_rows(results), "entity_id", "date", "impressions") == [
        (i, f"2026-03-0{d}", _value(i, d)) for i in "abc" for d in range(1, 10)
    ]


@settings(max_examples=30)
@given(pieces=_splits(), data=st.data())
def test_a_lost_piece_blanks_its_buckets_and_no_others(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[JobSpec], data: st.DataObject
) -> None:
    """Half a row would overwrite a whole one of an earlier run."""
    mobile = replace(WHOLE, metric_groups=("MOBILE_CONVERSION",))
    lost = data.draw(st.sets(st.sampled_from(pieces)))
    results = _results(tmp_path_factory.mktemp("lost"), WHOLE, mobile, stream=SPLIT)
    for piece in pieces:
        if piece not in lost:
            results.add(piece, _answer(piece))
    everywhere = {"mobile_conversion_installs": {"post_view": [1] * 9}}
    results.add(mobile, [entity_data(i, everywhere) for i in "abc"], partition=1)
    results.lost = [LostPiece(piece, "SERVICE_UNAVAILABLE") for piece in lost]
    gone = {(i, bucket.day) for piece in lost for i in piece.entity_ids for bucket in piece.buckets()}
    assert _short(_rows(results), "entity_id", "date", "impressions", "mobile_conversion_installs_post_view") == [
        (i, f"2026-03-0{d}", _value(i, d), 1) for i in "abc" for d in range(1, 10) if (i, d) not in gone
    ]


def test_a_piece_lost_elsewhere_blanks_nothing(tmp_path: Path) -> None:
    """Another placement's failure is no concern of this one's rows."""
    results = _results(tmp_path, THREE_DAYS).add(THREE_DAYS, [entity_data("a", {"impressions": [1, 2, 3]})])
    results.lost = [
        LostPiece(replace(THREE_DAYS, placement="SPOTLIGHT"), "x"),
        LostPiece(replace(THREE_DAYS, country=Target("1", "US")), "x"),
        LostPiece(replace(THREE_DAYS, start=at("2026-02-01"), end=at("2026-02-02")), "x"),
        LostPiece(replace(THREE_DAYS, entity_ids=("b",)), "x"),
    ]
    assert len(_rows(results)) == 3


def test_a_group_without_any_file_makes_no_row(tmp_path: Path) -> None:
    """Its jobs were not offered, or all lost."""
    assert _rows(_results(tmp_path, THREE_DAYS)) == []


def test_groups_come_one_after_the_other(tmp_path: Path) -> None:
    """Placement by placement, each with its own files."""
    other = replace(THREE_DAYS, placement="SPOTLIGHT")
    window = Window(THREE_DAYS.start, THREE_DAYS.end, (Group((THREE_DAYS,)), Group((other,))))
    results = Results(tmp_path, window, STREAM)
    results.add(other, [entity_data("a", {"impressions": [2, None, None]})], group=1)
    results.add(THREE_DAYS, [entity_data("a", {"impressions": [1, None, None]})], group=0)
    assert _short(_rows(results), "placement", "impressions") == [("ALL_ON_TWITTER", 1), ("SPOTLIGHT", 2)]


# --- segments -----------------------------------------------------------------------------------------------------

GENDER = definition(segmentation_type="GENDER", metric_groups=("ENGAGEMENT", "BILLING"))
BY_GENDER = spec("a", "2026-03-01", "2026-03-03", segmentation_type="GENDER")
Entry = tuple[t.Any, dict[str, t.Any]]


def _segmented(directory: Path, entries: list[Entry]) -> list[Row]:
    data = [{"id": "a", "id_data": [{"segment": segment, "metrics": metrics} for segment, metrics in entries]}]
    return _rows(_results(directory, BY_GENDER, stream=GENDER).add(BY_GENDER, data))


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
    assert _short(rows, "segment_value", "segment_name", "date", "impressions", "segmentation_type") == [
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
)


@given(entries=_entries, data=st.data())
def test_the_order_of_segments_does_not_matter_and_keys_are_unique(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry], data: st.DataObject
) -> None:
    """A target that upserts would keep whichever of two equal keys came last."""
    rows = _segmented(tmp_path_factory.mktemp("once"), entries)
    shuffled = data.draw(st.permutations(entries))
    assert _segmented(tmp_path_factory.mktemp("again"), shuffled) == rows
    keys = _short(rows, "segment_value", "start_time")
    assert len(set(keys)) == len(keys)


def test_a_segment_sent_twice_counts_once_and_parts_of_a_segment_are_summed(tmp_path: Path) -> None:
    """Equal entries are one entry repeated; different ones under one key are parts of it."""
    male = {"segment_name": "Male", "segment_value": "2"}
    repeated: list[Entry] = [(male, {"impressions": [1, 2]}), (male, {"impressions": [1, 2]})]
    assert _short(_segmented(tmp_path, repeated), "impressions") == [(1,), (2,)]
    parts: list[Entry] = [(male, {"impressions": [1, None], "clicks": [None, 1]}), (male, {"impressions": [2, 3]})]
    assert _short(_segmented(tmp_path, parts), "impressions", "clicks") == [(3, None), (3, 1)]


def test_country_and_platform_are_told_in_words(tmp_path: Path) -> None:
    """The two-letter code and the platform's name are what people join on, not targeting values."""
    stream = definition(segmentation_type="METROS", country_codes=("US",))
    job = replace(BY_GENDER, segmentation_type="METROS", country=Target("96683cc9126741d1", "US"))
    (row,) = _rows(_results(tmp_path, job, stream=stream).add(job, [entity_data("a", {"impressions": [1, None]})]))
    assert row["country"] == "US"
    devices = definition(segmentation_type="DEVICES")
    job = replace(BY_GENDER, segmentation_type="DEVICES", platform=Target("0", "iOS"))
    (tmp_path / "devices").mkdir()
    results = _results(tmp_path / "devices", job, stream=devices)
    (row,) = _rows(results.add(job, [entity_data("a", {"impressions": [1, None]})]))
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
        country=Target("1", "US") if stream.needs_country else None,
        platform=Target("0", "iOS") if stream.needs_platform else None,
    )
    metric = "conversion_purchases" if segmentation == "CONVERSION_TAGS" else "impressions"
    value = {"metric": [1, 2]} if segmentation == "CONVERSION_TAGS" else [1, 2]
    rows = _rows(_results(tmp_path, job, stream=stream).add(job, [entity_data("a", {metric: value})]))
    assert len(rows) == 2


# --- encoded rows -------------------------------------------------------------------------------------------------


@given(entries=_entries)
def test_encoded_lines_hold_the_same_records_as_rows(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    """The fast way out must not differ from the general one."""
    data = [{"id": "a", "id_data": [{"segment": s, "metrics": m} for s, m in entries]}]
    results = _results(tmp_path_factory.mktemp("lines"), BY_GENDER, stream=GENDER).add(BY_GENDER, data)
    columns = tuple(stats_schema(GENDER)["properties"])
    encoder = LineEncoder("campaign_stats_by_gender", columns)
    texts = Flattener(GENDER, columns, TEXTS).blocks(results.run)
    for block, text_block in zip(Flattener(GENDER, columns).blocks(results.run), texts, strict=True):
        lines, count = encoder.encode(text_block, "2026-03-08T10:00:00Z")
        messages = [json.loads(line) for line in lines.splitlines()]
        assert [m["record"] for m in messages] == list(block.rows())
        assert count == len(messages)
        assert {m["stream"] for m in messages} <= {"campaign_stats_by_gender"}
