"""What stands in a schema of PostgreSQL."""

from __future__ import annotations

import json
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from throwaway_postgres import PostgresServer

    from tests.warehouses.messages import Json, Key, Rows

METADATA_PREFIX = "_sdc_"  # columns that loaders add


@contextmanager
def connection(server: PostgresServer) -> Iterator[psycopg.Connection[Json]]:
    """Connect to the server's database."""
    with psycopg.connect(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        dbname=server.database,
        row_factory=dict_row,
    ) as connected:
        set_json_loads(partial(json.loads, parse_float=Decimal), connected)
        yield connected


@contextmanager
def far_from_utc(connected: psycopg.Connection[Json]) -> Iterator[None]:
    """Have new sessions of the database start in a time zone that shows whoever forgets about zones."""
    connected.execute("ALTER DATABASE postgres SET timezone = 'America/Los_Angeles'")
    connected.commit()
    try:
        yield
    finally:
        connected.rollback()
        connected.execute("ALTER DATABASE postgres RESET timezone")
        connected.commit()


@dataclass(frozen=True)
class Tables:
    """Reads one schema."""

    connected: psycopg.Connection[Json]
    schema: str

    def columns(self) -> dict[str, dict[str, str]]:
        """Return the type of each column of each table, in PostgreSQL's words."""
        found: dict[str, dict[str, str]] = {}
        for row in self.connected.execute(
            "SELECT relname, attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
            " JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped",
            [self.schema],
        ):
            found.setdefault(row["relname"], {})[row["attname"]] = row["type"]
        return found

    def own_columns(self) -> dict[str, dict[str, str]]:
        """Return the same without what the loader added."""
        return {
            table: {name: kind for name, kind in columns.items() if not name.startswith(METADATA_PREFIX)}
            for table, columns in self.columns().items()
        }

    def keys(self) -> dict[str, set[str]]:
        """Return the columns of each table's primary key."""
        found = self.connected.execute(
            "SELECT relname, array_agg(attname::text) AS key FROM pg_index"
            " JOIN pg_class ON pg_class.oid = indrelid"
            " JOIN pg_attribute ON pg_attribute.attrelid = indrelid AND attnum = ANY (indkey)"
            " WHERE relnamespace = %s::regnamespace AND indisprimary GROUP BY relname",
            [self.schema],
        )
        return {row["relname"]: set(row["key"]) for row in found}

    def rows(self, table: str, key: Sequence[str]) -> Rows:
        """Return a table by its key, having made sure that no key comes twice."""
        listed = [
            {name: value for name, value in row.items() if not name.startswith(METADATA_PREFIX)}
            for row in self.connected.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(self.schema, table)))
        ]
        found: dict[Key, Json] = {tuple(row[name] for name in key): row for row in listed}
        assert len(found) == len(listed), f"{table} repeats keys"
        return found
