"""The two databases that the demo loads into and shows: a DuckDB file and a PostgreSQL server."""

from __future__ import annotations

import os
import typing as t
from contextlib import contextmanager

import duckdb
import psycopg
from psycopg.conninfo import make_conninfo
from tables import Rows

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLACE = ("host", "port", "user", "password", "database")
SCHEMA = "tap_twitter_ads_async"  # the tap's namespace, into which target-postgres loads
Answer = tuple[list[str], Rows]


class Warehouse(t.Protocol):
    """A database that answers SQL."""

    schema: str

    def ask(self, sql: str) -> Answer:
        """Return column names and rows; both are empty for a statement that returns none."""


class DuckDBFile:
    """A DuckDB file, opened to read."""

    schema = "main"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def ask(self, sql: str) -> Answer:
        """Return column names and rows."""
        found = self.connection.execute(sql)
        return [column[0] for column in found.description or ()], found.fetchall()


class Postgres:
    """A PostgreSQL database; the tap's tables need no schema before their names."""

    schema = SCHEMA

    def __init__(self, connection: psycopg.Connection[tuple[t.Any, ...]]) -> None:
        self.connection = connection

    def ask(self, sql: str) -> Answer:
        """Return column names and rows; several statements give the answer of the last one."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql.encode())
            while cursor.nextset():
                pass
            return (
                ([column.name for column in cursor.description], cursor.fetchall()) if cursor.description else ([], [])
            )


@contextmanager
def open_duckdb(file: Path) -> t.Iterator[Warehouse]:
    """Open a DuckDB file while the block runs."""
    with duckdb.connect(file, read_only=True) as connection:
        yield DuckDBFile(connection)


@contextmanager
def open_postgres(environment: Mapping[str, str] = os.environ) -> t.Iterator[Warehouse]:
    """Open the PostgreSQL that TARGET_POSTGRES_* names, else what PG* do, while the block runs."""
    named = {name: value for name in PLACE if (value := environment.get(f"TARGET_POSTGRES_{name.upper()}"))}
    schema = environment.get("TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA", SCHEMA)
    # What is not named here, the PG* variables of the process name.
    place = make_conninfo(**{"dbname" if name == "database" else name: value for name, value in named.items()})
    path = f"-c search_path={schema},public"
    with psycopg.connect(place, options=path, autocommit=True, connect_timeout=10) as connection:
        warehouse = Postgres(connection)
        warehouse.schema = schema
        yield warehouse
