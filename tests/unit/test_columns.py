"""Metric arrays as columns: figures in another dress, metrics in another nesting."""

from __future__ import annotations

import json
import logging
import typing as t

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.stats.records.cells import TEXTS, VALUES, WHOLE, Cells
from tap_twitter_ads_async.stats.records.columns import ColumnReader
from tap_twitter_ads_async.stats.records.layouts import cells_of
from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tests.support.plans import definition

STREAM = definition(metric_groups=rules.default_groups("CAMPAIGN"))
both = pytest.mark.parametrize("cells", [VALUES, TEXTS, WHOLE], ids=["values", "texts", "whole"])


def _read(cells: Cells, metrics: dict[str, t.Any] | bytes, length: int = 1) -> dict[str, list[t.Any]]:
    encoded = metrics if isinstance(metrics, bytes) else json.dumps(metrics).encode()
    columns = ColumnReader(STREAM, cells).read(msgspec.Raw(encoded), length)
    return _listed(cells, columns)


def _listed(cells: Cells, columns: dict[str, t.Any]) -> dict[str, list[t.Any]]:
    return {n: [json.loads(v) if isinstance(v, bytes) else v for v in cells.listed(a)] for n, a in columns.items()}


@both
@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("7", 7), ('"7"', 7), ("7.0", 7), ('"7.0"', 7), ('"-3"', -3), ("1e3", 1000), ("null", None), ("-0.0", 0),
        ('"90071992547409931"', 90071992547409931), ("90071992547409931", 90071992547409931),
    ],
)  # fmt: skip
def test_a_cell_that_plainly_is_a_whole_number_is_that_number(
    cells: Cells, cell: str, value: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Exact at any size, and nothing to warn of."""
    array = _read(cells, b'{"impressions":[' + cell.encode() + b"]}")["impressions"]
    assert array == [value]
    assert type(array[0]) is type(value)
    assert caplog.records == []


@both
@pytest.mark.parametrize("cell", ["7.5", "true", "{}", "[7]", '"N/A"', '""', '"7.5"', '"nan"', '"inf"', '{"metric":7}'])
def test_a_cell_that_is_no_whole_number_is_null_and_told_once(
    cells: Cells, cell: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing that breaks the schema goes out, and its neighbours are kept."""
    with caplog.at_level(logging.WARNING):
        array = _read(cells, b'{"impressions":[1,' + cell.encode() + b"," + cell.encode() + b"]}", 3)["impressions"]
    assert array == [1, None, None]
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    assert "impressions" in caplog.text


@both
@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"impressions": {"metric": [7, 8]}}, {"impressions": [7, 8]}),
        ({"impressions": {"total": [7, 8]}}, {"impressions": [7, 8]}),
        ({"impressions": {"metric": [7, 8], "other": [1, 1]}}, {"impressions": [7, 8]}),
        ({"impressions": {"metric": None}}, {}),
        ({"conversion_purchases": [7, 8]}, {"conversion_purchases_metric": [7, 8]}),
        ({"conversion_purchases": None}, {}),
        ({"conversion_purchases": {}}, {}),
        ({"conversion_purchases": {"metric": None}}, {}),
    ],
)
def test_a_known_metric_in_another_nesting_goes_where_it_belongs(
    cells: Cells, metrics: dict[str, t.Any], expected: dict[str, t.Any], caplog: pytest.LogCaptureFixture
) -> None:
    """It is not unknown to the schema, and to drop it would lose figures in silence."""
    assert _read(cells, metrics, 2) == expected
    assert "unknown" not in caplog.text


@both
@pytest.mark.parametrize(
    ("metrics", "column"), [({"impressions": 7}, "impressions"), ({"impressions": "7"}, "impressions")]
)
def test_one_bucket_may_come_without_its_array(cells: Cells, metrics: dict[str, t.Any], column: str) -> None:
    """There is one place where it can belong."""
    assert _read(cells, metrics) == {column: [7]}


@both
@pytest.mark.parametrize(
    "metrics",
    [
        {"impressions": {"a": [1, 2], "b": [3, 4]}},
        {"mobile_conversion_installs": [1, 2]},
        {"impressions": []},
        {"impressions": [1]},
        {"impressions": [1, 2, 3]},
        {"impressions": 7},
        {"impressions": {}},
        {"clicks": [1, 2], "impressions": {}},
        {"conversion_purchases": {"metric": {}}},
        {"conversion_purchases": {"metric": {"x": [1, 2]}}},
    ],
)
def test_what_fits_nowhere_is_malformed(cells: Cells, metrics: dict[str, t.Any]) -> None:
    """A guess would put figures under wrong dates or names."""
    with pytest.raises(ResultMalformed):
        _read(cells, metrics, 2)


@both
@pytest.mark.parametrize("array", [b"[]", b"{}"])
def test_an_empty_array_is_not_one_bucket_of_nothing(cells: Cells, array: bytes) -> None:
    """The answer has no bucket where one was asked for."""
    with pytest.raises(ResultMalformed):
        _read(cells, b'{"impressions":' + array + b"}")


def test_unknown_metrics_and_sub_keys_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The API adds some at any time."""
    reader = ColumnReader(STREAM, VALUES)
    metrics = msgspec.Raw(b'{"brand_new":[1],"conversion_purchases":{"brand_new":[1],"metric":[2]}}')
    for _ in range(2):
        assert reader.read(metrics, 1) == {"conversion_purchases_metric": [2]}
    assert [r.getMessage().partition("metric ")[2].partition(",")[0] for r in caplog.records] == [
        "brand_new",
        "conversion_purchases.brand_new",
    ]


# --- entries alike ------------------------------------------------------------------------------------------------

_cells = st.sampled_from(
    ["0", "7", "-3", "null", "18446744073709551616"] * 3 + ["7.0", '"7"', "true", "[1,2]", '"a,b"', "{}"]
)
_arrays = st.lists(_cells, min_size=2, max_size=2).map(lambda cells: f"[{','.join(cells)}]")
_values = st.one_of(
    st.just("null"), _arrays, _arrays, st.sampled_from(["[7]", "[1,2,3]", "[]", "7", "[ 1 , 2 ]", "[1,\n2]"])
)
_keys = st.sampled_from(
    ["impressions", "clicks", "video_views_25", "video_views_50", "brand_new", "a\\\\b", "conversion_purchases"]
)
_nested = st.lists(st.tuples(st.sampled_from(["metric", "post_view", "new"]), _values), max_size=3).map(
    lambda members: "{" + ",".join(f'"{key}":{value}' for key, value in members) + "}"
)
_entries = st.lists(st.tuples(_keys, st.one_of(_values, _values, _nested)), max_size=4).map(
    lambda members: ("{" + ",".join(f'"{key}":{value}' for key, value in members) + "}").encode()
)


def _outcome(reader: ColumnReader, text: bytes) -> dict[str, list[t.Any]] | None:
    try:
        return _listed(reader.cells, reader.read(msgspec.Raw(text), 2))
    except ResultMalformed:
        return None


@given(st.lists(_entries, min_size=1, max_size=3), st.lists(st.integers(0, 2), min_size=2, max_size=6))
def test_entries_read_by_the_pattern_of_others_are_read_as_by_themselves(texts: list[bytes], order: list[int]) -> None:
    """The short cut must never give anything else than the decoder, whatever comes behind what."""
    alone = {text: _outcome(ColumnReader(STREAM, VALUES, quiet=True), text) for text in texts}
    for cells in (TEXTS, WHOLE):
        reader = ColumnReader(STREAM, cells, quiet=True)
        for place in order:
            text = texts[place % len(texts)]
            assert _outcome(reader, text) == alone[text]


@given(st.lists(_entries, min_size=1, max_size=2), st.lists(st.integers(0, 1), min_size=2, max_size=5))
def test_many_entries_at_once_are_read_as_one_by_one(texts: list[bytes], order: list[int]) -> None:
    """Else figures would stand in another segment's rows; where entries are not alike, none is read at once."""
    reader = ColumnReader(STREAM, WHOLE, quiet=True)
    alone = [_outcome(reader, text) for text in texts]
    several = [place % len(texts) for place in order]
    found = reader.read_all([texts[place] for place in several], 2)
    if found is None:
        return
    for i, place in enumerate(several):
        expected = alone[place]
        assert expected is not None
        columns = {name: json.loads(b"[" + cells_of([parts[i]]) + b"]") for name, parts in found.items()}
        assert columns == {name: expected.get(name, [None, None]) for name in found}
        assert all(set(expected[name]) == {None} for name in expected.keys() - found.keys())


@pytest.mark.parametrize("space", ["", " "])
def test_documented_entries_are_read_at_once(space: str) -> None:
    """Also with blanks, with a metric that is null here and there, and with one that the schema does not know."""
    reader = ColumnReader(STREAM, WHOLE, quiet=True)
    entries = [
        {"impressions": [n, None], "clicks": [n, 1] if n % 2 else None, "likes": None, "brand_new": [n, n],
         "conversion_purchases": {"metric": [n, n], "post_view": None}}
        for n in range(4)
    ]  # fmt: skip
    texts = [json.dumps(entry, separators=("," + space, ":" + space)).encode() for entry in entries]
    reader.read(msgspec.Raw(texts[1]), 2)
    found = reader.read_all(texts, 2)
    assert found is not None
    assert {name: cells_of(parts) for name, parts in found.items()} == {
        "impressions": b"0,null,1,null,2,null,3,null",
        "clicks": b"null,null,1,1,null,null,3,1",
        "conversion_purchases_metric": b"0,0,1,1,2,2,3,3",
    }
