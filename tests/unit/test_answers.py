"""Whether a file answers its spec, by what it says of itself and by whom it tells of."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest

from tap_twitter_ads_async.stats.records.answers import missing_ids
from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tests.support.fakes import entity_data
from tests.support.plans import definition, spec

if t.TYPE_CHECKING:
    from pathlib import Path

ASKED = spec("a,b", "2026-03-01", "2026-03-03")
A, B = entity_data("a", {"impressions": [1, 2]}), entity_data("b", {"impressions": None})
WHOLE = [A, B]
MALE, FEMALE = ({"segment_name": name, "segment_value": name[0]} for name in ("male", "female"))


def missing(directory: Path, body: t.Any, segmentation_type: str | None = None) -> tuple[str, ...]:
    """Return the ids that a file leaves out."""
    path = directory / "1.result"
    path.write_bytes(json.dumps(body).encode())
    asked = replace(ASKED, segmentation_type=segmentation_type)
    return missing_ids(path, asked, definition(segmentation_type=segmentation_type))


@pytest.mark.parametrize(
    ("data", "left_out"),
    [
        (WHOLE, ()),
        ([*WHOLE, {"id": "z", "id_data": []}], ()),
        ([A], ("b",)),
        (A, ("b",)),
        ([], ("a", "b")),
        ([A, {"id": None, "id_data": []}], ("b",)),
        ([{"id": "A", "id_data": []}, {"id": "B", "id_data": []}], ("a", "b")),
    ],
)
def test_who_is_not_told_of_is_not_answered(tmp_path: Path, data: t.Any, left_out: tuple[str, ...]) -> None:
    """Nulls say that nothing happened; no entry says nothing."""
    assert missing(tmp_path, {"data": data}) == left_out


@pytest.mark.parametrize(
    "id_data",
    [
        [],
        None,
        [{"segment": None, "metrics": None}],
        [{"segment": None, "metrics": {}}],
        [{"segment": None, "metrics": {}}, {"segment": None, "metrics": None}],
        [{"segment": None, "metrics": {"brand_new": [1, 2]}}],
        [{"segment": None, "metrics": {"brand_new": {"metric": [1, 2]}, "newer": None}}],
        [{"segment": None, "metrics": {"video_total_views": [1, 2]}}],
    ],
)
def test_an_entry_that_tells_nothing_of_what_was_asked_is_no_answer(tmp_path: Path, id_data: t.Any) -> None:
    """Taken for an answer, it would turn rows that were right into nulls."""
    assert missing(tmp_path, {"data": [A, {"id": "b", "id_data": id_data}]}) == ("b",)
    assert missing(tmp_path, {"data": [{"id": "b", "id_data": id_data}, A, B]}) == (), "another entry does tell"


@pytest.mark.parametrize(
    "metrics",
    [
        {"impressions": None},
        {"billed_engagements": None},
        {"billed_engagements": [1, 2], "brand_new": [1, 2]},
        {"brand_new": None, "follows": [0, 0]},
    ],
)
@pytest.mark.parametrize("segmentation_type", [None, "GENDER"])
def test_one_metric_of_those_asked_for_is_an_answer(
    tmp_path: Path, metrics: t.Any, segmentation_type: str | None
) -> None:
    """The API leaves keys out, and adds some, at any time."""
    segment = segmentation_type and {"segment_name": "Male", "segment_value": "m"}
    data = [entity_data("a", metrics, segment), entity_data("b", metrics, segment)]
    assert missing(tmp_path, {"data": data}, segmentation_type) == ()


@pytest.mark.parametrize(
    ("id_data", "left_out"),
    [
        ([], ()),
        (None, ()),
        ([{"segment": MALE, "metrics": {}}, {"segment": FEMALE, "metrics": {"likes": [1, 2]}}], ()),
        ([{"segment": MALE, "metrics": {}}, {"segment": FEMALE, "metrics": None}], ("b",)),
        ([{"segment": MALE, "metrics": {"brand_new": [1, 2]}}], ("b",)),
    ],
)
def test_segmented_an_entity_may_have_no_segments(tmp_path: Path, id_data: t.Any, left_out: tuple[str, ...]) -> None:
    """There is one per segment in which something happened; but those that are there must tell something."""
    data = [{"id": "a", "id_data": []}, {"id": "b", "id_data": id_data}]
    assert missing(tmp_path, {"data": data}, "GENDER") == left_out


@pytest.mark.parametrize(
    "data",
    [
        None,
        "x",
        7,
        True,
        {},
        {"a": [], "b": []},
        [None],
        [WHOLE],
        [A, {"id": "b"}],
        [A, {"id": "b", "id_data": [{"segment": None}]}],
        [A, {"id": "b", "id_data": 7}],
    ],
)
def test_what_is_no_list_of_entities_is_malformed(tmp_path: Path, data: t.Any) -> None:
    """Whatever stands there: it is not taken for nothing."""
    with pytest.raises(ResultMalformed):
        missing(tmp_path, {"data": data})


@pytest.mark.parametrize("body", [{}, [], WHOLE, None, {"errors": []}, {"Data": WHOLE}])
def test_a_file_without_data_is_malformed(tmp_path: Path, body: t.Any) -> None:
    """An error, or another document, in the place of a result."""
    with pytest.raises(ResultMalformed):
        missing(tmp_path, body)


@pytest.mark.parametrize("told", [3, "3", 3.0, 0, -2])
def test_another_number_of_buckets_is_another_answer(tmp_path: Path, told: object) -> None:
    """In whatever form it is told."""
    with pytest.raises(ResultMalformed, match="time buckets"):
        missing(tmp_path, {"data": WHOLE, "time_series_length": told})


@pytest.mark.parametrize("told", [2, "2", 2.0, None, "", "many", True, [], {}])
def test_the_right_number_and_what_is_none_contradict_nothing(tmp_path: Path, told: object) -> None:
    """A field that the API may leave out may also be of no use."""
    assert missing(tmp_path, {"data": WHOLE, "time_series_length": told}) == ()


@pytest.mark.parametrize(
    "params",
    [
        {"start_time": "2026-03-02T00:00:00Z"},
        {"end_time": "2026-03-04"},
        {"entity_ids": ["a"]},
        {"entity": "LINE_ITEM"},
        {"placement": "SPOTLIGHT"},
        {"granularity": "HOUR"},
        {"account_id": "other"},
        {"segmentation_type": "GENDER"},
    ],
)
def test_a_file_of_other_parameters_is_malformed(tmp_path: Path, params: dict[str, t.Any]) -> None:
    """Its figures would stand under the wrong dates or ids."""
    with pytest.raises(ResultMalformed, match="other"):
        missing(tmp_path, {"data": WHOLE, "request": {"params": params}})
