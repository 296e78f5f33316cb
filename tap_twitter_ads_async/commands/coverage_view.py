"""Coverage as part of a page: a map per ads account. Pure."""

from __future__ import annotations

import typing as t
from html import escape
from itertools import groupby

from tap_twitter_ads_async.commands.coverage import CHANGING, DayStatus
from tap_twitter_ads_async.pages import coverage_map as drawing

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_twitter_ads_async.commands.coverage import Coverage

_LOOKS = {
    DayStatus.FINAL: drawing.FINAL,
    DayStatus.OPEN: drawing.OPEN,
    DayStatus.FAILED: drawing.FAILED,
    **dict.fromkeys(CHANGING, drawing.CHANGING),
}
_CELLS = {status: drawing.DayCell(look, status.value) for status, look in _LOOKS.items()}


def coverage_section(coverages: Sequence[Coverage], names: Mapping[str, str] | None = None) -> str:
    """Return legend and maps, account by account; streams that belong to no account come last.

    Args:
        coverages: In any order.
        names: Names of accounts by id, as far as they are known.
    """
    if not coverages:
        return '<p class="muted">The state has no bookmarks: nothing has been extracted yet.</p>'
    single = sum(len(c.days) for c in coverages) <= drawing.SINGLE_CELLS
    ordered = sorted(coverages, key=lambda c: (not c.account, c.account))
    parts = [drawing.legend()]
    for account, group in groupby(ordered, key=lambda c: c.account):
        title = _title(account, names or {})
        strips = [_strip(c) for c in group]
        parts.append(f"<h3>{escape(title)}</h3>")
        if by_day := [strip for strip in strips if strip.days]:
            parts.append(drawing.coverage_map(f"Coverage of {title}", by_day, single_cells=single))
        if without := [strip for strip in strips if not strip.days]:
            kind = "other streams" if by_day else "streams"
            summary = f"<summary>{len(without)} {kind}: newest change read</summary>"
            parts.append(f"<details{'' if by_day else ' open'}>{summary}{drawing.notes(without)}</details>")
    return "\n".join(parts)


def _title(account: str, names: Mapping[str, str]) -> str:
    if not account:
        return "All accounts"
    name = names.get(account)
    return f"Account {account} ({name})" if name else f"Account {account}"


def _strip(coverage: Coverage) -> drawing.Strip:
    cells = {day: _CELLS[status] for day, status in coverage.days.items()}
    return drawing.Strip(coverage.stream, coverage.account, _note(coverage), cells)


def _note(coverage: Coverage) -> str:
    """Sum a strip up in words."""
    if not coverage.days:
        return f"up to {coverage.extracted_to}" if coverage.extracted_to else "not extracted yet"
    return ", ".join(_counts(coverage))


def _counts(coverage: Coverage) -> Iterator[str]:
    for statuses, word in (
        ((DayStatus.FINAL,), "final"),
        (CHANGING, "changing"),
        ((DayStatus.OPEN,), "open"),
        ((DayStatus.FAILED,), "failed"),
    ):
        count = coverage.count(*statuses)
        if count:
            yield f"{count} {word}"
