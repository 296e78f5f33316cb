"""Tables for a terminal. Pure."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GAP = "  "


def aligned(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return lines with aligned columns.

    Args:
        head: Column titles.
        rows: Cells, as many as there are titles.
        right: Numbers of the columns whose cells are aligned to the right.

    Returns:
        The head and one line per row, without blanks at the end.
    """
    table = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    return [
        GAP.join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
