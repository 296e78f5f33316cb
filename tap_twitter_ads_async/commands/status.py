"""`--status`: what a state says, without asking the API."""

from __future__ import annotations

import typing as t
from html import escape

from tap_twitter_ads_async.commands.coverage import DayStatus
from tap_twitter_ads_async.commands.coverage_view import coverage_section
from tap_twitter_ads_async.commands.text_table import aligned
from tap_twitter_ads_async.domain.calendar import stamp
from tap_twitter_ads_async.pages.frame import page

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tap_twitter_ads_async.commands.coverage import Coverage

COLUMNS: tuple[tuple[str, DayStatus], ...] = (
    ("final", DayStatus.FINAL),
    ("14 days", DayStatus.WITHIN_14_DAYS),
    ("3 days", DayStatus.WITHIN_3_DAYS),
    ("24 hours", DayStatus.WITHIN_24_HOURS),
    ("open", DayStatus.OPEN),
    ("failed", DayStatus.FAILED),
)
"""Columns of days, and what they count."""
NOTE = (
    "Days by what the state says of them: final; extracted, but expected to change within 14 days (adjustments of "
    "spend), 3 days (estimates of spend) or 24 hours (estimates of all metrics); still open; failed."
)
NOTHING = "The state has no bookmarks: nothing has been extracted yet."
NONE = "-"


def status_text(coverages: Sequence[Coverage]) -> str:
    """Return a table for a terminal: one line per stream and account."""
    if not coverages:
        return NOTHING
    head = ("stream", "account", "first day", "extracted to", *(name for name, _ in COLUMNS), "jobs")
    numbers = range(4, 4 + len(COLUMNS) + 1)
    return "\n".join([*aligned(head, [_cells(c) for c in coverages], right=numbers), "", NOTE])


def _cells(coverage: Coverage) -> list[str]:
    first = min(coverage.days).isoformat() if coverage.days else NONE
    counts = [str(coverage.count(status)) if coverage.days else NONE for _, status in COLUMNS]
    jobs = str(coverage.jobs) if coverage.days else NONE
    return [coverage.stream, coverage.account or NONE, first, coverage.extracted_to or NONE, *counts, jobs]


def status_page(coverages: Sequence[Coverage], now: datetime) -> str:
    """Return the same as a page: the coverage map, and the table.

    Args:
        coverages: One per stream and account.
        now: The present moment, for the title.
    """
    title = "What has been extracted"
    rows = "".join(
        "<tr>" + "".join(_td(i, cell) for i, cell in enumerate(_cells(coverage))) + "</tr>" for coverage in coverages
    )
    heads = ["stream", "account", "first day", "extracted to", *(name for name, _ in COLUMNS), "jobs in flight"]
    head = "".join(f'<th scope="col"{_class(i)}>{escape(name)}</th>' for i, name in enumerate(heads))
    table = (
        '<div class="scroll" role="region" aria-label="Days by stream and account" tabindex="0">'
        f'<table class="figures"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
    body = (
        f'<h1>{title}</h1><p class="muted">As the state says it, at {stamp(now)}; days are the accounts\' own.</p>'
        f"<h2>Coverage map</h2>{coverage_section(coverages)}<h2>In numbers</h2><p>{escape(NOTE)}</p>{table}"
    )
    return page(title, body)


def _td(number: int, cell: str) -> str:
    return f"<td{_class(number)}>{escape(cell)}</td>"


def _class(number: int) -> str:
    return ' class="number"' if number >= 4 else ""  # noqa: PLR2004 - the first four columns are words
