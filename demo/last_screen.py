"""The last screen of the demo: what happened, who spent what, and what to do next."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from programs import ROOT
from tables import print_table

if t.TYPE_CHECKING:
    from warehouse import Warehouse

TOP_CAMPAIGNS = Path(__file__).parent / "top_campaigns.sql"
LINES_OF_CAMPAIGNS = 6  # with the rest they fit a terminal of 24 lines
_COLUMNS = {
    "account": "account",
    "campaign": "campaign",
    "currency": "currency",
    "spend": "spend",
    "ctr_percent": "CTR%",
}


@dataclass(frozen=True)
class Place:
    """Where the rows are, in words, and how to go on from there."""

    name: str
    next_steps: t.Mapping[str, str]
    """Command and what it does, or nothing where the command says it."""


def print_last_screen(warehouse: Warehouse, place: Place, seconds: float, more: t.Mapping[str, str]) -> None:
    """Print it.

    Args:
        warehouse: The database that was loaded.
        place: Where it is.
        seconds: How long everything took.
        more: What else happened, by a word for it.
    """
    counts = _counts(warehouse)
    loaded = f"{sum(counts.values()):,} rows in {len(counts)} tables, in {place.name}"
    print(f"\nDone in {seconds:.0f} seconds:")
    for name, value in {"loaded": loaded, **more}.items():
        print(f"  {name:<8}{value}")
    print("\nCampaigns with the highest spend, in their accounts' currencies:")
    print_table(*_top(warehouse))
    print("\nNext:")
    width = max(len(command) for command, meaning in place.next_steps.items() if meaning)
    for command, meaning in place.next_steps.items():
        print(f"  {command:<{width}}  {meaning}".rstrip())


def shown_path(path: Path) -> str:
    """Return a path as it is typed in the clone, where all commands of the README are."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def _top(warehouse: Warehouse) -> tuple[list[str], list[list[t.Any]]]:
    """Return the top campaigns: as many of each account as there is room for."""
    columns, rows = warehouse.ask(TOP_CAMPAIGNS.read_text("utf-8"))
    places = [columns.index(name) for name in _COLUMNS]
    accounts: dict[t.Any, list[list[t.Any]]] = {}
    for row in rows:
        accounts.setdefault(row[0], []).append([row[n] for n in places])
    each = max(1, LINES_OF_CAMPAIGNS // max(1, len(accounts)))
    return list(_COLUMNS.values()), [row for found in accounts.values() for row in found[:each]][:LINES_OF_CAMPAIGNS]


def _counts(warehouse: Warehouse) -> dict[str, int]:
    """Return the number of rows of each loaded table."""
    _, found = warehouse.ask(
        f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{warehouse.schema}'"  # noqa: S608 - our own schema
    )
    return {name: _count(warehouse, name) for (name,) in found}


def _count(warehouse: Warehouse, table: str) -> int:
    _, ((count,),) = warehouse.ask(f'SELECT count(*) FROM "{warehouse.schema}"."{table}"')  # noqa: S608 - the catalog's names
    return int(count)
