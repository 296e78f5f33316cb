"""What one row of an answer says: figures, or nothing that can be read. Pure."""

from __future__ import annotations

import math
import typing as t

from tap_twitter_ads_async.stats.records.cells import integer

if t.TYPE_CHECKING:
    from collections.abc import Mapping


class Figures(t.NamedTuple):
    """The figures of one entity in one period.

    Attributes:
        people: How many people were reached; 0 is a figure like any other, None that the API has none to tell.
        frequency: How often each of them on average; None where the API tells none, or there was nobody.
    """

    people: int | None
    frequency: float | None


def read_figures(row: Mapping[str, t.Any]) -> Figures | None:
    """Read a row, None where its figures cannot be read: that is no answer, and not that nobody was reached.

    Numbers may come as text. Any field of the API may be null: then it has nothing to tell, which asking again would
    not change. That a row of nobody may go without a frequency, because there is no average of nothing, is an
    assumption.

    Args:
        row: A row with `total_audience_reach` and `average_frequency`.
    """
    people = integer(row.get("total_audience_reach"), _nothing)
    frequency = _number(row.get("average_frequency"))
    frequency_is_told = frequency is not None or row.get("average_frequency", ...) is None
    if people is None:
        is_told = row.get("total_audience_reach", ...) is None and row.get("average_frequency") is None
        return Figures(None, None) if is_told else None
    if people < 0 or (people > 0 and not frequency_is_told):
        return None
    return Figures(people, frequency)


def _number(value: t.Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if number < 0 or not math.isfinite(number):  # JSON has no other numbers
        return None
    return number if isinstance(value, str) else value


def _nothing(_value: object) -> None:
    """Tell of nothing: whoever asked says that the figure is missing."""
