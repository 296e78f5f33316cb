"""Whether a file answers its spec, by what it says of itself and by whom it tells of."""

from __future__ import annotations

import json
import typing as t

import pytest

from tap_twitter_ads_async.stats.records.answers import missing_ids
from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tests.support.fakes import entity_data
from tests.support.plans import definition, spec

if t.TYPE_CHECKING:
    from pathlib import Path

ASKED = spec("a,b", "2026-03-01", "2026-03-03")
A, B = entity_data("a", {"impressions": [1, 2]}), {"id": "b", "id_data": []}
WHOLE = [A, B]


def missing(directory: Path, body: t.Any) -> tuple[str, ...]:
    """Return the ids that a file leaves out."""
    path = directory / "1.result"
    path.write_bytes(json.dumps(body).encode())
    return missing_ids(path, ASKED, definition())


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
    """An entry without data says that nothing happened; no entry says nothing."""
    assert missing(tmp_path, {"data": data}) == left_out


@pytest.mark.parametrize(
    "data",
    [None, "x", 7, True, {}, {"a": [], "b": []}, [None], [WHOLE], [A, {"id": "b"}], [A, {"id": "b", "id_data": 7}]],
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
