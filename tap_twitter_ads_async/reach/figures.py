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
        people: How many people were reached; 0 is a figure like any other.
        frequency: How often each of them on average; None only where there was nobody.
    """

    people: int
    frequency: float | None


def read_figures(row: Mapping[str, t.Any]) -> Figures | None:
    """Read a row, None where it has no figures: that is no answer, and not the answer that nobody was reached.

    Numbers may come as text. The API documents a frequency for every row; that it may have none to tell where nobody
    was reached, because there is no average of nothing, is an assumption.

    Args:
        row: A row with `total_audience_reach` and `average_frequency`.
    """
    people = integer(row.get("total_audience_reach"), _nothing)
    frequency = _number(row.get("average_frequency"))
    if people is None or people < 0 or (people > 0 and frequency is None):
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
