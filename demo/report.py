"""Prints what the demo's database holds."""

from __future__ import annotations

import typing as t
from pathlib import Path

from tables import print_table

if t.TYPE_CHECKING:
    from warehouse import Warehouse

TOP_CAMPAIGNS = Path(__file__).parent / "top_campaigns.sql"
EXAMPLE = "SELECT date, sum(impressions) AS impressions FROM campaign_stats GROUP BY date ORDER BY date"


def print_report(warehouse: Warehouse, title: str) -> None:
    """Print tables with their row counts, and the campaigns that spent most."""
    print(f"\nTables in {title}\n")
    print_table(("table", "rows", "columns"), _tables(warehouse))
    print("\nEach account's campaigns by spend, in its currency\n")
    print_table(*warehouse.ask(TOP_CAMPAIGNS.read_text("utf-8")))


def print_next_steps(database: Path) -> None:
    """Tell how to go on with a DuckDB file."""
    print(
        f"""
Query the file yourself, with Python or with the DuckDB command line if you have it:
  .venv/bin/python -c "import duckdb; print(duckdb.connect('{database}').sql('{EXAMPLE}'))"
  duckdb {database} < {TOP_CAMPAIGNS}
"""
    )


def _tables(warehouse: Warehouse) -> list[tuple[str, int, int]]:
    _, found = warehouse.ask(
        "SELECT table_name, count(*) FROM information_schema.columns "  # noqa: S608 - our own schema
        f"WHERE table_schema = '{warehouse.schema}' GROUP BY table_name ORDER BY table_name"
    )
    return [(name, _count(warehouse, name), columns) for name, columns in found]


def _count(warehouse: Warehouse, table: str) -> int:
    _, ((count,),) = warehouse.ask(f'SELECT count(*) FROM "{warehouse.schema}"."{table}"')  # noqa: S608 - the catalog's names
    return int(count)
