"""Tables of Markdown pages."""

from __future__ import annotations

import re
import typing as t

from tests.support.markdown import ROOT

if t.TYPE_CHECKING:
    from collections.abc import Iterator

Row = list[str]


def tables(page: str) -> Iterator[list[Row]]:
    """Yield the tables of a page as rows of cells, the heading first, without the line of dashes."""
    rows: list[Row] = []
    for line in [*(ROOT / page).read_text("utf-8").splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif rows:
            yield [rows[0], *rows[2:]]
            rows = []


def table(page: str, *heading: str) -> list[Row]:
    """Return the rows of all tables of a page whose heading begins with these cells."""
    found = [
        row
        for heads, *rows in tables(page)
        if [head.replace("`", "") for head in heads[: len(heading)]] == list(heading)
        for row in rows
    ]
    assert found, f"{page} has no table with the heading {heading}"
    return found


def code(cell: str) -> str:
    """Return the first code span of a cell, empty where it has none."""
    spans = codes(cell)
    return spans[0] if spans else ""


def codes(cell: str) -> list[str]:
    """Return the code spans of a cell."""
    return re.findall(r"`([^`]+)`", cell)
