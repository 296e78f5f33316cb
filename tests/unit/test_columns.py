"""Metric arrays as columns: figures in another dress, metrics in another nesting."""

from __future__ import annotations

import json
import logging
import typing as t

import msgspec
import pytest

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.stats.records.cells import TEXTS, VALUES, Cells
from tap_twitter_ads_async.stats.records.columns import ColumnReader
from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tests.support.plans import definition

STREAM = definition(metric_groups=rules.default_groups("CAMPAIGN"))
both = pytest.mark.parametrize("cells", [VALUES, TEXTS], ids=["values", "texts"])


def _read(cells: Cells, metrics: dict[str, t.Any] | bytes, length: int = 1) -> dict[str, list[t.Any]]:
    encoded = metrics if isinstance(metrics, bytes) else json.dumps(metrics).encode()
    columns = ColumnReader(STREAM, cells).read(msgspec.Raw(encoded), length)
    return {name: [json.loads(v) if isinstance(v, bytes) else v for v in array] for name, array in columns.items()}


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
    if array == b"{}":
        assert _read(cells, b'{"impressions":{}}') == {}
        return
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
