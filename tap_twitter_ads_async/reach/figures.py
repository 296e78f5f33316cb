"""What one row of an answer says: figures, or nothing that can be read. Pure."""

from __future__ import annotations

import math
import typing as t

from tap_twitter_ads_async.stats.records.cells import integer

if t.TYPE_CHECKING:
    from collections.abc import Mapping


_PEOPLE, _FREQUENCY = "total_audience_reach", "average_frequency"


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
    people = integer(row.get(_PEOPLE), _nothing)
    frequency = _number(row.get(_FREQUENCY))
    if _is_null(row, _PEOPLE) and row.get(_FREQUENCY) is None:
        return Figures(None, None)
    if people is None or people < 0 or (people > 0 and frequency is None and not _is_null(row, _FREQUENCY)):
        return None
    return Figures(people, frequency)


def _is_null(row: Mapping[str, t.Any], name: str) -> bool:
    return name in row and row[name] is None


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
