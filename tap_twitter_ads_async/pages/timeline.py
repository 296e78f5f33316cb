"""The timeline of jobs: when each was created, worked on and downloaded, as SVG. Pure: plain values in, HTML out."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from html import escape

from tap_twitter_ads_async.pages.frame import SERIES

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WIDTH = 960
HIGHEST_LANE, LOWEST_LANE, DRAWING_HEIGHT = 14, 4, 420
"""Pixels: of a lane, and of all of them where they are many."""
AXIS = 18
TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
TICK_PIXELS = 80
THINNEST = 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """One job; seconds count from the start of the run.

    Attributes:
        job: The API's id.
        stream: Stream that it serves.
        created: When it was created or taken up.
        ended: When the server had finished it, or it was given up; None where the end of the run came first.
        downloaded: When its result was here, None without one.
        failed: Whether nothing came of it.
        words: What is said of it.
    """

    job: str
    stream: str
    created: float
    ended: float | None
    downloaded: float | None
    failed: bool
    words: str


def stream_legend(streams: Sequence[str]) -> str:
    """Return which colour means which stream, and how ends differ; once per page."""
    shown = [(f"s{_series(streams, name)}", name) for name in streams]
    shown += [("fetching", "waiting for and fetching the file"), ("failed", "failed"), ("running", "left running")]
    items = "".join(
        f'<li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="bar {look}" x="1" y="1" width="12" height="12"/>'
        f"</svg>{escape(words)}</li>"
        for look, words in shown
    )
    return f'<ul class="legend">{items}</ul>'


def timeline(title: str, bars: Sequence[Bar], seconds: float, streams: Sequence[str]) -> str:
    """Return one account's jobs, in as many lanes as ran at once.

    Args:
        title: Name of the drawing, for screen readers.
        bars: Jobs in any order.
        seconds: Length of the run.
        streams: All streams of the page, in the order of their colours.
    """
    lanes = _lanes(bars, seconds)
    count = max(lanes.values(), default=0) + 1
    lane = max(LOWEST_LANE, min(HIGHEST_LANE, DRAWING_HEIGHT // count))
    scale = WIDTH / max(seconds, 1e-3)
    height = count * lane + AXIS
    drawn = "".join(
        _bar(bar, lanes[bar.job] * lane, lane, scale, seconds, _series(streams, bar.stream)) for bar in bars
    )
    # Results are fetched while the next job runs in the lane: thin, and on top of it.
    drawn += "".join(_tail(bar, lanes[bar.job] * lane, lane, scale, seconds) for bar in bars)
    return (
        f'<div class="scroll" role="region" aria-label="{escape(title)}" tabindex="0">'
        f'<svg class="timeline" role="img" aria-label="{escape(title)}" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}">{"".join(_ticks(seconds, scale, height))}{drawn}</svg></div>'
    )


def _series(streams: Sequence[str], name: str) -> int:
    return streams.index(name) % SERIES + 1


def _lanes(bars: Sequence[Bar], seconds: float) -> Mapping[str, int]:
    """Put each job into the first lane that is free when it begins."""
    free_at: list[float] = []
    lanes = {}
    for bar in sorted(bars, key=lambda bar: bar.created):
        lane = next((i for i, at in enumerate(free_at) if at <= bar.created), len(free_at))
        free_at[lane : lane + 1] = [seconds if bar.ended is None else bar.ended]
        lanes[bar.job] = lane
    return lanes


def _bar(bar: Bar, y: int, lane: int, scale: float, seconds: float, series: int) -> str:
    """Return a job's time on the server."""
    look = "failed" if bar.failed else "running" if bar.ended is None else f"s{series}"
    worked_until = seconds if bar.ended is None else bar.ended
    data = {
        "job": bar.job,
        "stream": bar.stream,
        "created": f"{bar.created:.3f}",
        "ended": "" if bar.ended is None else f"{bar.ended:.3f}",
        "downloaded": "" if bar.downloaded is None else f"{bar.downloaded:.3f}",
    }
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in data.items())
    drawn = _rect(look, bar.created * scale, worked_until * scale, y, lane - 1)
    return f"<g {attributes}><title>{escape(bar.words)}</title>{drawn}</g>"


def _tail(bar: Bar, y: int, lane: int, scale: float, seconds: float) -> str:
    """Return the fetching of a job's result, which takes no slot on the server."""
    if bar.ended is None or bar.failed:
        return ""
    size = max(2, lane // 4)
    until = seconds if bar.downloaded is None else bar.downloaded
    return _rect("fetching", bar.ended * scale, until * scale, y + lane - 1 - size, size)


def _rect(look: str, start: float, end: float, y: int, size: int) -> str:
    width = max(THINNEST, end - start)
    return f'<rect class="bar {look}" x="{start:.1f}" y="{y}" width="{width:.1f}" height="{size}"/>'


def _ticks(seconds: float, scale: float, height: int) -> Iterator[str]:
    step = next((tick for tick in TICKS if tick * scale >= TICK_PIXELS), TICKS[-1])
    for number in range(int(seconds // step) + 1):
        x = number * step * scale
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - AXIS}"/>'
        if x < WIDTH - TICK_PIXELS / 2:
            yield f'<text x="{x:.1f}" y="{height - 4}">{_clock(number * step)}</text>'


def _clock(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
