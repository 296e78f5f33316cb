"""Charts as SVG: bars and lines over days, with those days hatched whose figures may still change.

Sizes are in pixels at the width of a phone, so that letters keep their size there; on a wide screen charts stand beside
each other.
"""

from __future__ import annotations

import math
import typing as t
from html import escape

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

WIDTH, HEIGHT = 320, 168
LEFT, RIGHT, TOP, BOTTOM = 46, 4, 10, 22
SMALL_WIDTH, SMALL_HEIGHT = 150, 34
TICKS = 4
LABEL_EVERY_PIXELS = 58
HALF_A_LABEL = 20


class Series(t.NamedTuple):
    """One colour of stacked bars, or one line."""

    name: str
    colour: int
    values: t.Sequence[float | None]


class Days(t.NamedTuple):
    """The horizontal axis: days, and which of them may still change."""

    days: t.Sequence[date]
    open: t.Sequence[bool]


class _Frame(t.NamedTuple):
    width: float
    height: float
    left: float
    top: float
    top_value: float
    slots: int

    @property
    def step(self) -> float:
        return self.width / self.slots

    def x(self, place: int) -> float:
        return self.left + self.step * place

    def y(self, value: float) -> float:
        return self.top + self.height * (1 - max(0.0, value) / self.top_value)


def bars(title: str, axis: Days, stacks: Sequence[Series], shown: Callable[[float], str]) -> str:
    """Return a chart of bars, one stack per day."""
    sums = [math.fsum(series.values[n] or 0 for series in stacks) for n in range(len(axis.days))]
    frame = _framed(axis, max(sums, default=0))
    return _chart(title, axis, frame, shown, _bars(axis, stacks, frame, shown))


def line(title: str, axis: Days, series: Series, shown: Callable[[float], str]) -> str:
    """Return a chart of one line; it has a gap where there is no value."""
    frame = _framed(axis, max((value or 0 for value in series.values), default=0))
    body = _bands(axis, frame) + _line(series, frame) + _titles(axis, series, frame, shown)
    return _chart(title, axis, frame, shown, body)


def small_bars(title: str, axis: Days, series: Series) -> str:
    """Return bars without axes, for a cell of a table."""
    frame = _small(axis, series)
    return _small_chart(title, _bars(axis, [series], frame, None))


def small_line(title: str, axis: Days, series: Series) -> str:
    """Return a line without axes, for a cell of a table."""
    frame = _small(axis, series)
    return _small_chart(title, _bands(axis, frame) + _line(series, frame))


def swatch(colour: int | None) -> str:
    """Return a legend's sample: of a series, or of what is hatched."""
    fill = f'fill="var(--series-{colour or 8})"'
    hatched = "" if colour else '<rect class="hatched" width="14" height="14" rx="2"/>'
    return f'<svg viewBox="0 0 14 14" aria-hidden="true"><rect width="14" height="14" rx="2" {fill}/>{hatched}</svg>'


def rounded_up(value: float) -> float:
    """Return the next number up that divides well into ticks: 1, 2, 4, 6, 8 or 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power = float(10 ** math.floor(math.log10(value)))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value * (1 - 1e-9))


def _framed(axis: Days, highest: float) -> _Frame:
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return _Frame(width, height, LEFT, TOP, rounded_up(highest), len(axis.days))


def _small(axis: Days, series: Series) -> _Frame:
    highest = max((value or 0 for value in series.values), default=0)
    return _Frame(SMALL_WIDTH, SMALL_HEIGHT - 4, 0, 2, highest or 1.0, len(axis.days))


def _chart(title: str, axis: Days, frame: _Frame, shown: Callable[[float], str], body: str) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{_grid(frame, shown)}{body}{_dates(axis, frame)}</svg>"
    )


def _small_chart(title: str, body: str) -> str:
    return (
        f'<svg class="small" viewBox="0 0 {SMALL_WIDTH} {SMALL_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{body}</svg>"
    )


def _grid(frame: _Frame, shown: Callable[[float], str]) -> str:
    parts = []
    for tick in range(TICKS + 1):
        value = frame.top_value * tick / TICKS
        y = frame.y(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        if tick % 2 == 0:
            parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(shown(value))}</text>')
    return "".join(parts)


def _dates(axis: Days, frame: _Frame) -> str:
    every = max(1, math.ceil(LABEL_EVERY_PIXELS / frame.step))
    return "".join(
        f'<text x="{frame.x(n) + frame.step / 2:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{day:%b} {day.day}</text>'
        for n, day in enumerate(axis.days)
        if n % every == every // 2 and frame.x(n) + frame.step / 2 < WIDTH - HALF_A_LABEL
    )


def _bars(axis: Days, stacks: Sequence[Series], frame: _Frame, shown: Callable[[float], str] | None) -> str:
    parts = []
    gap = min(2.0, frame.step * 0.2)
    for n, day in enumerate(axis.days):
        x, width, base = frame.x(n) + gap / 2, frame.step - gap, 0.0
        drawn, lines = [], []
        for series in stacks:
            value = series.values[n] or 0
            if value <= 0:
                continue
            top, bottom = frame.y(base + value), frame.y(base)
            drawn.append(_rect(x, top, width, bottom - top, f'fill="var(--series-{series.colour})"'))
            base += value
            if shown:
                lines.append(f"{series.name}: {shown(value)}")
        if not drawn:
            continue
        if axis.open[n]:
            drawn.append(_rect(x, frame.y(base), width, frame.y(0) - frame.y(base), 'class="hatched"'))
        told = f"<title>{escape(_told(day, axis.open[n], lines))}</title>" if shown else ""
        parts.append(f"<g>{told}{''.join(drawn)}</g>")
    return "".join(parts)


def _told(day: date, is_open: bool, lines: Sequence[str]) -> str:  # noqa: FBT001 - a property of the day
    return "\n".join([f"{day:%a} {day}{', may still change' if is_open else ''}", *lines])


def _rect(x: float, y: float, width: float, height: float, how: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" {how}/>'


def _bands(axis: Days, frame: _Frame) -> str:
    """Return hatched bands behind the days that may still change."""
    bands = []
    for n, is_open in enumerate(axis.open):
        if is_open:
            place = frame.x(n), frame.top, frame.step + 0.1, frame.height
            bands += [_rect(*place, 'class="band"'), _rect(*place, 'class="hatched"')]
    return "".join(bands)


def _line(series: Series, frame: _Frame) -> str:
    paths: list[str] = []
    dots: list[str] = []
    is_open = False
    values = list(series.values)
    for n, value in enumerate(values):
        if value is None:
            is_open = False
            continue
        x, y = frame.x(n) + frame.step / 2, frame.y(value)
        alone = (n == 0 or values[n - 1] is None) and (n + 1 == len(values) or values[n + 1] is None)
        if alone:
            dots.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="var(--series-{series.colour})"/>')
            continue
        if is_open:
            paths[-1] += f" L{x:.1f} {y:.1f}"
        else:
            paths.append(f"M{x:.1f} {y:.1f}")
        is_open = True
    drawn = f'<path d="{" ".join(paths)}" class="line" stroke="var(--series-{series.colour})"/>' if paths else ""
    return drawn + "".join(dots)


def _titles(axis: Days, series: Series, frame: _Frame, shown: Callable[[float], str]) -> str:
    """Return invisible columns that tell a day's value under the pointer."""
    return "".join(
        f'<rect x="{frame.x(n):.1f}" y="{frame.top}" width="{frame.step:.1f}" height="{frame.height}" class="hover">'
        f"<title>{escape(_told(axis.days[n], axis.open[n], [f'{series.name}: {shown(value)}']))}</title></rect>"
        for n, value in enumerate(series.values)
        if value is not None
    )
