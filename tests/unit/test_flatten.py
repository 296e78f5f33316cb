"""From result files to rows."""

from __future__ import annotations

import itertools
import logging
import typing as t
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_twitter_ads_async.settings.model import Granularity
from tap_twitter_ads_async.stats.plan.spec import Group, JobSpec, TargetingValue, Window
from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tap_twitter_ads_async.stats.records.window_result import LostPiece
from tests.support.fakes import Results, entity_data
from tests.support.moments import at
from tests.support.plans import definition, spec
from tests.unit.flattening import FIRST, MOBILE, STREAM, THREE_DAYS, Row, cells, results_of, rows_of

if t.TYPE_CHECKING:
    from pathlib import Path


# --- rows ---------------------------------------------------------------------------------------------------------


def test_a_bucket_becomes_a_row_with_every_column(tmp_path: Path) -> None:
    """Targets make tables from the first rows they see; the key and the dates are never null."""
    (row,) = rows_of(
        results_of(tmp_path, THREE_DAYS).add(THREE_DAYS, [entity_data("a", {"impressions": [None, 7, None]})])
    )
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
    rows = rows_of(results_of(tmp_path, THREE_DAYS).add(THREE_DAYS, [entity_data("a", metrics)]))
    assert cells(rows, "date", "impressions", "clicks") == [("2026-03-01", 0, None), ("2026-03-03", None, 0)]


@pytest.mark.parametrize(
    "metrics",
    [None, {}, {"impressions": None}, {"impressions": [None, None, None]}, {"conversion_purchases": {"metric": None}}],
)
def test_an_entity_without_any_value_makes_no_row(tmp_path: Path, metrics: t.Any) -> None:
    """Most entities of a job did nothing in most of its days."""
    assert rows_of(results_of(tmp_path, THREE_DAYS).add(THREE_DAYS, [entity_data("a", metrics)])) == []


def test_entities_come_in_the_order_of_the_job_and_days_in_order(tmp_path: Path) -> None:
    """The order of emission must not hang on the order in a file."""
    data = [entity_data(i, {"impressions": [1, 2, 3]}) for i in ("b", "a")]
    rows = rows_of(results_of(tmp_path, THREE_DAYS).add(THREE_DAYS, data))
    assert cells(rows, "entity_id", "date") == [
        (i, f"2026-03-0{d}") for i, d in itertools.product(("a", "b"), (1, 2, 3))
    ]


def test_a_short_day_is_one_row_with_its_own_bounds(tmp_path: Path) -> None:
    """The day on which clocks go forward has 23 hours."""
    job = replace(spec("a", "2026-03-07T08", "2026-03-10T07", "America/Los_Angeles"), metric_groups=FIRST)
    rows = rows_of(results_of(tmp_path, job).add(job, [entity_data("a", {"impressions": [1, 2, 3]})]))
    assert cells(rows, "date", "start_time", "end_time")[1] == (
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
    rows = rows_of(results_of(tmp_path, job, stream=stream).add(job, [entity_data("a", {"impressions": [1, 2]})]))
    assert cells(rows, "start_time", "date") == [
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
    (row,) = rows_of(results_of(tmp_path, job, stream=stream).add(job, [entity_data("el32n", metrics)]))
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
    (row,) = rows_of(results_of(tmp_path, job).add(job, [entity_data("a", metrics)]))
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
        rows = rows_of(results_of(tmp_path, THREE_DAYS).add(THREE_DAYS, data))
    assert len(rows) == 6
    named = [r.getMessage() for r in caplog.records]
    assert len(named) == 3
    assert all("campaign_stats" in message for message in named)
    for metric in ("brand_new", "conversion_purchases.brand_new", "shape"):
        assert sum(f"metric {metric}," in message for message in named) == 1


@pytest.mark.parametrize("array", [[1, 2], [1, 2, 3, 4], [], 7, "123", True])
def test_an_array_that_does_not_fit_the_buckets_is_malformed(tmp_path: Path, array: t.Any) -> None:
    """Values are told apart by position alone: one too few shifts all of them."""
    results = results_of(tmp_path, THREE_DAYS).add(THREE_DAYS, [entity_data("a", {"impressions": array})])
    with pytest.raises(ResultMalformed, match="impressions"):
        rows_of(results)


# --- metric groups asked for apart --------------------------------------------------------------------------------


def test_metric_groups_asked_for_apart_make_one_row(tmp_path: Path) -> None:
    """One entity, placement and bucket is one record, whatever the number of jobs."""
    results = results_of(tmp_path, THREE_DAYS, MOBILE)
    results.add(THREE_DAYS, [entity_data("a", {"impressions": [1, None, None]})])
    results.add(MOBILE, [entity_data("a", {"mobile_conversion_installs": {"post_view": [4, 5, None]}})])
    rows = rows_of(results)
    assert cells(rows, "date", "impressions", "mobile_conversion_installs_post_view") == [
        ("2026-03-01", 1, 4),
        ("2026-03-02", None, 5),
    ]


def test_an_entity_in_one_of_the_files_only_still_makes_rows(tmp_path: Path) -> None:
    """Conversions may come on days without an impression."""
    results = results_of(tmp_path, THREE_DAYS, MOBILE).add(THREE_DAYS, [])
    results.add(MOBILE, [entity_data("b", {"mobile_conversion_installs": {"post_view": [4, None, None]}})])
    assert cells(rows_of(results), "entity_id", "mobile_conversion_installs_post_view") == [("b", 4)]


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
    results = results_of(tmp_path_factory.mktemp("pieces"), WHOLE, stream=SPLIT)
    for piece in pieces:
        results.add(piece, _answer(piece))
    assert cells(rows_of(results), "entity_id", "date", "impressions") == [
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
    results = results_of(tmp_path_factory.mktemp("lost"), WHOLE, mobile, stream=SPLIT)
    for piece in pieces:
        if piece not in lost:
            results.add(piece, _answer(piece))
    everywhere = {"mobile_conversion_installs": {"post_view": [1] * 9}}
    results.add(mobile, [entity_data(i, everywhere) for i in "abc"])
    results.lost = [LostPiece(piece, "SERVICE_UNAVAILABLE") for piece in lost]
    gone = {(i, bucket.day) for piece in lost for i in piece.entity_ids for bucket in piece.buckets()}
    assert cells(rows_of(results), "entity_id", "date", "impressions", "mobile_conversion_installs_post_view") == [
        (i, f"2026-03-0{d}", _value(i, d), 1) for i in "abc" for d in range(1, 10) if (i, d) not in gone
    ]


def test_a_piece_lost_elsewhere_blanks_nothing(tmp_path: Path) -> None:
    """Another placement's failure is no concern of this one's rows."""
    results = results_of(tmp_path, THREE_DAYS).add(THREE_DAYS, [entity_data("a", {"impressions": [1, 2, 3]})])
    results.lost = [
        LostPiece(replace(THREE_DAYS, placement="SPOTLIGHT"), "x"),
        LostPiece(replace(THREE_DAYS, country=TargetingValue("1", "US")), "x"),
        LostPiece(replace(THREE_DAYS, start=at("2026-02-01"), end=at("2026-02-02")), "x"),
        LostPiece(replace(THREE_DAYS, entity_ids=("b",)), "x"),
    ]
    assert len(rows_of(results)) == 3


def test_a_group_without_any_file_makes_no_row(tmp_path: Path) -> None:
    """Its jobs were not offered, or all lost."""
    assert rows_of(results_of(tmp_path, THREE_DAYS)) == []


def test_groups_come_one_after_the_other(tmp_path: Path) -> None:
    """Placement by placement, each with its own files."""
    other = replace(THREE_DAYS, placement="SPOTLIGHT")
    window = Window(THREE_DAYS.start, THREE_DAYS.end, (Group((THREE_DAYS,)), Group((other,))))
    results = Results(tmp_path, window, STREAM)
    results.add(other, [entity_data("a", {"impressions": [2, None, None]})], group=1)
    results.add(THREE_DAYS, [entity_data("a", {"impressions": [1, None, None]})], group=0)
    assert cells(rows_of(results), "placement", "impressions") == [("ALL_ON_TWITTER", 1), ("SPOTLIGHT", 2)]


@pytest.mark.parametrize("large", [False, True])
def test_large_files_that_wait_on_disk_make_the_same_rows(tmp_path: Path, *, large: bool) -> None:
    """Where the text of a file lies must not show in the records."""
    results = replace(results_of(tmp_path, THREE_DAYS, MOBILE), large=large)
    results.add(THREE_DAYS, [entity_data("a", {"impressions": [1, 2, 3]})])
    results.add(MOBILE, [entity_data("a", {"mobile_conversion_installs": {"post_view": [4, None, 6]}})])
    held = cells(rows_of(results), "impressions", "mobile_conversion_installs_post_view")
    assert held == [(1, 4), (2, None), (3, 6)]
