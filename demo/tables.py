"""Prints rows in aligned columns."""

from __future__ import annotations

import typing as t
from decimal import Decimal

Rows = t.Sequence[t.Sequence[t.Any]]


def print_table(header: t.Sequence[str], rows: Rows) -> None:
    """Print rows in aligned columns, numbers to the right."""
    cells = [[shown(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    numeric = [all(isinstance(row[n], (int, float, Decimal)) for row in rows) for n in range(len(header))]
    for line in [list(header), ["-" * width for width in widths], *cells]:
        aligned = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        )
        print("  " + "  ".join(aligned).rstrip())


def shown(value: object) -> str:
    """Return a value as people write it: 1,234 and 0.50; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, Decimal) and value.as_tuple().exponent == 0:
        return f"{value:,}"  # PostgreSQL's sum of integers
    if isinstance(value, (float, Decimal)):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
