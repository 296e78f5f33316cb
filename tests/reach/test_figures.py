"""When a row of the API is an answer."""

from __future__ import annotations

import typing as t

import pytest

from tap_twitter_ads_async.reach.figures import read_figures

NAN, INFINITE = float("nan"), float("inf")


def _row(people: t.Any, frequency: t.Any) -> dict[str, t.Any]:
    return {"id": "a", "total_audience_reach": people, "average_frequency": frequency}


@pytest.mark.parametrize(
    ("people", "frequency", "expected"),
    [
        (7, 1.5, (7, 1.5)),
        (7, 2, (7, 2)),
        ("7", "1.5", (7, 1.5)),
        (7.0, 1.0, (7, 1.0)),
        (0, 0.0, (0, 0.0)),
        ("0", 0, (0, 0)),
        (0, None, (0, None)),
        (0, "n/a", (0, None)),
        (7, None, (7, None)),
        (None, None, (None, None)),
    ],
)
def test_numbers_are_read_in_any_notation(
    people: t.Any, frequency: t.Any, expected: tuple[int | None, float | None]
) -> None:
    """Nobody is a figure, too, which has no average; null is the API's word for what it does not know."""
    assert read_figures(_row(people, frequency)) == expected


@pytest.mark.parametrize("people", [None, "", "n/a", [5], {"value": 5}, True, -1, "-1", 7.5, NAN, INFINITE])
def test_a_row_without_people_is_no_answer(people: t.Any) -> None:
    """It does not say that nobody was reached."""
    assert read_figures(_row(people, 1.5)) is None


@pytest.mark.parametrize("frequency", ["", "n/a", [1.5], True, -1.5, NAN, INFINITE, "nan", 10**400])
def test_people_without_a_frequency_are_no_answer(frequency: t.Any) -> None:
    """Half an answer would overwrite a whole one."""
    assert read_figures(_row(7, frequency)) is None


def test_missing_figures_are_no_answer() -> None:
    """A key that is missing says less than a null."""
    assert read_figures({"id": "a"}) is None
    assert read_figures({"id": "a", "average_frequency": None}) is None
    assert read_figures({"id": "a", "total_audience_reach": None}) == (None, None)
    assert read_figures({"id": "a", "total_audience_reach": 7}) is None
    assert read_figures({"id": "a", "total_audience_reach": 0}) == (0, None)
