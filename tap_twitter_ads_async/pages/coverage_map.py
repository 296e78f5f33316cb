"""The coverage map: one strip of days per stream, drawn as SVG inside a table. Pure: plain values in, HTML out.

Days differ by their pattern as well as by their colour: solid, hatched, hollow, crossed.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from itertools import groupby

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

FINAL, CHANGING, OPEN, FAILED = "final", "changing", "open", "failed"
LOOKS: Mapping[str, str] = {
    FINAL: "final",
    CHANGING: "extracted, still expected to change",
    OPEN: "open: not extracted yet",
    FAILED: "failed, still open",
}
"""What each look of a day means, in the order of the legend."""
HEIGHT = 16
WIDEST, NARROWEST, FITTING = 14, 4, 840
"""Pixels: of a day's cell, and of the strip that fits next to the names on a wide screen."""
LABEL_PIXELS = 44
SINGLE_CELLS = 40_000
"""Pages with more days join neighbours of one status to one cell, so that a browser can still show them."""


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of a strip.

    Attributes:
        look: A key of `LOOKS`.
        words: What is known of it, such as `changes within 3 days`.
    """

    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The days of one stream in one account."""

    stream: str
    account: str
    note: str
    days: Mapping[date, DayCell]


def legend() -> str:
    """Return the meaning of the looks, and the patterns that the strips use; once per page."""
    items = "".join(
        f'<li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="day {look}" width="14" height="14"/></svg>'
        f"{escape(words)}</li>"
        for look, words in LOOKS.items()
    )
    return (
        '<svg class="defs" aria-hidden="true" focusable="false"><defs>'
        '<pattern id="changing" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="changing-base" width="5" height="5"/><rect class="lines" width="1.6" height="5"/></pattern>'
        '<pattern id="failed" width="7" height="7" patternUnits="userSpaceOnUse">'
        '<rect class="failed-base" width="7" height="7"/><path class="cross" d="M1 1 6 6M6 1 1 6"/></pattern>'
        f'</defs></svg><ul class="legend">{items}</ul>'
    )


def coverage_map(title: str, strips: Sequence[Strip], *, single_cells: bool = True) -> str:
    """Return the strips of one account as a table that scrolls sideways by itself.

    Args:
        title: Name of the region, for screen readers.
        strips: Streams in order.
        single_cells: Whether each day has a cell of its own; else neighbours of one status share one.
    """
    known = [day for strip in strips for day in strip.days]
    first, last = min(known), max(known)
    count = (last - first).days + 1
    cell = max(NARROWEST, min(WIDEST, FITTING // count))
    rows = "".join(_row(strip, first, cell, count, single_cells=single_cells) for strip in strips)
    ends = f'<span class="ends"><span>{_day(first)}</span> <span>{_day(last)}</span></span>'
    return (
        f'<div class="scroll" role="region" aria-label="{escape(title)}" tabindex="0">'
        f'<table class="coverage" style="--days: {count}"><thead><tr><th scope="col">stream</th>'
        f'<th scope="col">{_axis(first, count, cell)}{ends}</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def notes(strips: Sequence[Strip]) -> str:
    """Return streams that have no days as a list: their notes only."""
    items = "".join(
        f'<li data-stream="{escape(strip.stream)}" data-account="{escape(strip.account)}">{_breakable(strip.stream)}'
        f'<span class="muted">{escape(strip.note)}</span></li>'
        for strip in strips
    )
    return f'<ul class="notes">{items}</ul>'


def _breakable(stream: str) -> str:
    return escape(stream).replace("_", "_<wbr>")


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"


def _row(strip: Strip, first: date, cell: int, count: int, *, single_cells: bool) -> str:
    name = f'<th scope="row">{_breakable(strip.stream)}<span class="muted">{escape(strip.note)}</span></th>'
    rects = "".join(_rects(strip, first, cell, single_cells=single_cells))
    label = escape(f"{strip.stream}: {strip.note}")
    size = f'width="{count * cell}" height="{HEIGHT}" viewBox="0 0 {count * cell} {HEIGHT}" preserveAspectRatio="none"'
    drawn = f'<svg class="strip" role="img" aria-label="{label}" {size}>{rects}</svg>'
    data = f'data-stream="{escape(strip.stream)}" data-account="{escape(strip.account)}"'
    return f"<tr {data}>{name}<td>{drawn}</td></tr>"


def _rects(strip: Strip, first: date, cell: int, *, single_cells: bool) -> Iterator[str]:
    for days in _runs(strip.days, single_cells=single_cells):
        start, end, look = days[0], days[-1], strip.days[days[0]]
        x = (start - first).days * cell
        gap = 1 if cell > NARROWEST else 0
        span = start.isoformat() if start == end else f"{start.isoformat()} to {end.isoformat()}"
        yield (
            f'<rect class="day {look.look}" x="{x}" y="1" width="{len(days) * cell - gap}" height="{HEIGHT - 2}" '
            f'data-from="{start.isoformat()}" data-to="{end.isoformat()}">'
            f"<title>{span}: {escape(look.words)}</title></rect>"
        )


def _runs(days: Mapping[date, DayCell], *, single_cells: bool) -> Iterator[list[date]]:
    """Yield days that share a cell."""
    if single_cells:
        yield from ([day] for day in days)
        return
    ordered = sorted(days)
    numbered = ((day - timedelta(days=i), day) for i, day in enumerate(ordered))
    for _, run in groupby(numbered, key=lambda entry: (entry[0], days[entry[1]])):
        yield [day for _, day in run]


def _axis(first: date, count: int, cell: int) -> str:
    """Return a line of dates: the first and the last day, and each first of a month that has room between them."""
    labels, free_from = [f'<text x="0" y="11">{_day(first)}</text>'], 2 * LABEL_PIXELS
    width = max(count * cell, 2 * LABEL_PIXELS)
    end = width - 2 * LABEL_PIXELS if width >= 4 * LABEL_PIXELS else width
    if end < width:
        last = first + timedelta(days=count - 1)
        labels.append(f'<text x="{count * cell}" y="11" text-anchor="end">{_day(last)}</text>')
    for i in range(1, count):
        day = first + timedelta(days=i)
        if day.day == 1 and free_from <= i * cell <= end - LABEL_PIXELS:
            text = f"{day:%Y}" if day.month == 1 else f"{day:%b}"
            labels.append(f'<text x="{i * cell}" y="11">{text}</text>')
            free_from = i * cell + LABEL_PIXELS
    return f'<svg class="axis" aria-hidden="true" width="{width}" height="14">{"".join(labels)}</svg>'
