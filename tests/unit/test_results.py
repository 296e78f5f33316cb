"""Reading result files."""

from __future__ import annotations

import gzip
import json
import typing as t

import pytest

from tap_twitter_ads_async.stats.records.results import Result, ResultMalformed
from tests.support.fakes import entity_data, result_file

if t.TYPE_CHECKING:
    from pathlib import Path

DATA = [entity_data("a", {"impressions": [1, 2]}), entity_data("b", {"impressions": None})]
PLAIN = json.dumps({"data": DATA}).encode()


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        gzip.compress(PLAIN, mtime=0),
        gzip.compress(gzip.compress(PLAIN, mtime=0)),
        gzip.compress(PLAIN[:20]) + gzip.compress(PLAIN[20:]),
        b"\n" + PLAIN + b"\n",
    ],
    ids=["plain", "gzip", "twice", "members", "spaces"],
)
def test_a_file_is_read_however_it_was_packed(content: bytes) -> None:
    """File hosts pack on their own, or announce the file's packing as theirs so that it is gone."""
    result = Result(content)
    assert [json.loads(bytes(s.metrics)) for s in result.segments("a")] == [{"impressions": [1, 2]}]
    assert [json.loads(bytes(s.metrics)) for s in result.segments("b")] == [{"impressions": None}]


def test_an_entity_without_an_entry_has_no_data() -> None:
    """Answers may leave out entities that did nothing."""
    assert list(Result(result_file(DATA)).segments("c")) == []


@pytest.mark.parametrize("body", [{"data": []}, {"data": [], "extra": {"x": [1]}}])
def test_an_empty_list_is_a_result_that_answers_nothing(body: t.Any) -> None:
    """What it leaves out is asked for again; see `answers.py`."""
    assert "a" not in Result(json.dumps(body).encode())


@pytest.mark.parametrize("body", [{}, {"data": None}, {"errors": [{"code": "INTERNAL_ERROR"}]}])
def test_a_file_without_a_list_is_malformed(body: t.Any) -> None:
    """An error in the place of a result must not close its days."""
    with pytest.raises(ResultMalformed):
        Result(json.dumps(body).encode())


def test_an_entity_may_come_in_several_entries() -> None:
    """All of them count."""
    data = [entity_data("a", {"likes": [1]}), entity_data("b", {}), entity_data("a", {"clicks": [2]})]
    found = [json.loads(bytes(s.metrics)) for s in Result(result_file(data)).segments("a")]
    assert found == [{"likes": [1]}, {"clicks": [2]}]


def test_a_lone_entity_is_a_list_of_one() -> None:
    """The API's envelopes rarely hold an object where a list is expected."""
    body = json.dumps({"data": entity_data("a", {"likes": [1], "conversion_purchases": {"metric": [2]}})}).encode()
    (entry,) = Result(body).segments("a")
    assert json.loads(bytes(entry.metrics)) == {"likes": [1], "conversion_purchases": {"metric": [2]}}


def test_ids_are_compared_as_text() -> None:
    """Tweet ids are numbers in some answers."""
    result = Result(result_file([entity_data(t.cast("str", 1120829647711653888), {"likes": [3]})]))
    assert [json.loads(bytes(s.metrics)) for s in result.segments("1120829647711653888")] == [{"likes": [3]}]


def test_unknown_fields_are_ignored() -> None:
    """The API may add fields at any time."""
    data = [{"id": "a", "id_data": [{"segment": None, "metrics": {"likes": [1]}, "new": 1}], "new": []}]
    assert [json.loads(bytes(s.metrics)) for s in Result(result_file(data)).segments("a")] == [{"likes": [1]}]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>busy</html>",
        b"[]",
        b'{"data": {}}',
        b'{"data": [{"id_data": []}]}',
        b'{"data": [1]}',
        PLAIN[:-5],
        gzip.compress(PLAIN, mtime=0)[:-5],
        gzip.compress(PLAIN, mtime=0)[:20] + b"xxxx" + gzip.compress(PLAIN, mtime=0)[24:],
        gzip.compress(PLAIN, mtime=0)[:-6] + b"123456",
        b"\x1f\x8b",
        b"\xff\xfe",
    ],
)
def test_anything_else_is_malformed_and_never_empty(content: bytes) -> None:
    """A broken file taken for an empty one would close its days without their data."""
    with pytest.raises(ResultMalformed):
        Result(content)


@pytest.mark.parametrize(
    "id_data", [7, {}, [7], [{"metrics": [1]}], [{"metrics": 7}]], ids=["number", "object", "entry", "list", "metrics"]
)
def test_an_entity_of_another_shape_is_malformed_and_named(id_data: t.Any) -> None:
    """Whoever looks into it needs to know where to look."""
    result = Result(result_file([{"id": "a", "id_data": id_data}]))
    with pytest.raises(ResultMalformed, match="entity a"):
        list(result.segments("a"))


def test_a_bomb_within_a_bomb_is_malformed() -> None:
    """The second layer may hold a thousand times what the first one does."""
    member = gzip.compress(bytes(1 << 24), 9)
    with pytest.raises(ResultMalformed):
        Result(gzip.compress(member * 65))


def test_a_file_of_the_spool_is_read(tmp_path: Path) -> None:
    """Files wait on disk, packed as they came."""
    (tmp_path / "1.result").write_bytes(result_file(DATA))
    assert list(Result.read(tmp_path / "1.result").segments("a"))


def test_entities_parked_on_disk_come_as_from_memory() -> None:
    """Files of several metric groups are joined side by side, and only one of them may fill the memory."""
    content = (
        b'{"data": [{"id": "a", "id_data": [{"metrics": {"x": [1]}}]}, {"id": "b", "id_data": [{"metrics": null}]}]}'
    )
    plain, parked = Result(content), Result(content, parked=True)
    for entity_id in ("a", "b", "c"):
        expected = [bytes(entry.metrics) for entry in plain.segments(entity_id)]
        assert [bytes(entry.metrics) for entry in parked.segments(entity_id)] == expected
    parked.close()
    with pytest.raises(ValueError, match="closed"):
        list(parked.segments("a"))
