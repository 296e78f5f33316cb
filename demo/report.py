"""Prints what the demo's database holds."""

from __future__ import annotations

import typing as t
from pathlib import Path

import duckdb

TOP_CAMPAIGNS = Path(__file__).parent / "top_campaigns.sql"
EXAMPLE = "SELECT date, sum(impressions) AS impressions FROM campaign_stats GROUP BY date ORDER BY date"


def print_report(database: Path) -> None:
    """Print tables with their row counts, the campaigns that spent most, and how to go on from there."""
    with duckdb.connect(database, read_only=True) as connection:
        print(f"\nTables in {database}\n")
        _print_table(("table", "rows", "columns"), _tables(connection))
        print("\nEach account's campaigns by spend, in its currency\n")
        top = connection.execute(TOP_CAMPAIGNS.read_text("utf-8"))
        _print_table([column[0] for column in top.description or ()], top.fetchall())
    print(
        f"""
Query the file yourself, with Python or with the DuckDB command line if you have it:
  .venv/bin/python -c "import duckdb; print(duckdb.connect('{database}').sql('{EXAMPLE}'))"
  duckdb {database} < {TOP_CAMPAIGNS}
"""
    )


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, int]]:
    names = connection.execute(
        "SELECT table_name, column_count FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY table_name"
    ).fetchall()
    return [(name, _count(connection, name), columns) for name, columns in names]


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = connection.table(f'"{table}"').count("*").fetchall()[0]
    return int(count)


def _print_table(header: t.Sequence[str], rows: t.Sequence[t.Sequence[t.Any]]) -> None:
    """Print rows in aligned columns, numbers to the right."""
    cells = [[_shown(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    numeric = [all(isinstance(row[n], (int, float)) for row in rows) for n in range(len(header))]
    for line in [list(header), ["-" * width for width in widths], *cells]:
        aligned = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        )
        print("  " + "  ".join(aligned).rstrip())


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
