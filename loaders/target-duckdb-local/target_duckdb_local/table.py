"""One DuckDB table that takes a stream's records."""

from __future__ import annotations

import typing as t

from target_duckdb_local.columns import quote
from target_duckdb_local.files import PLACE, source

if t.TYPE_CHECKING:
    import duckdb

    from target_duckdb_local.files import BatchFile


class TableMismatchError(Exception):
    """An existing table has another key, or another type for a column, than the stream now declares."""


class Table:
    """A table with one row per key of a stream, or one row per record where the stream has no key."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        schema: str,
        name: str,
        columns: t.Mapping[str, str],
        key: t.Sequence[str],
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._name = name
        self._columns = dict(columns)
        self._key = list(key)
        self._qualified = f"{quote(schema)}.{quote(name)}"

    def prepare(self) -> None:
        """Create the table, or add to it the columns that it lacks.

        Raises:
            TableMismatchError: The table is there with another key or another type of a column.
        """
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(self._schema)}")
        existing = self._existing_columns()
        if not existing:
            self._create()
            return
        self._check(existing)
        for name in self._columns.keys() - existing.keys():
            self._connection.execute(f"ALTER TABLE {self._qualified} ADD COLUMN {quote(name)} {self._columns[name]}")

    def load(self, file: BatchFile) -> int:
        """Upsert a file in one transaction, all of its rows or none; the last row of a key wins.

        Returns:
            How many rows the file holds.
        """
        self._connection.begin()
        try:
            rows, parameters = source(self._connection, file, self._columns)
            count, keys = self._counts(rows, parameters)
            keyless = self._is_keyless()
            statement = self._upsert_statement(rows, repeated=keys < count, known=not keyless)
            self._connection.execute(statement, parameters)
            if keyless and count:
                self._add_key()
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()
        return count

    def finish(self) -> None:
        """Add the key where no row came."""
        if self._is_keyless():
            self._add_key()

    def _add_key(self) -> None:
        self._connection.execute(f"ALTER TABLE {self._qualified} ADD PRIMARY KEY ({_names(self._key)})")

    def _counts(self, rows: str, parameters: list[str]) -> tuple[int, int]:
        """Return how many rows and how many different keys there are: ordering all rows for nothing is slow."""
        if not self._key:
            query = f"SELECT count(*) AS n, count(*) FROM {rows}"  # noqa: S608 - identifiers are quoted
        else:
            grouped = f"SELECT count(*) AS n FROM {rows} GROUP BY {_names(self._key)}"  # noqa: S608 - identifiers are quoted
            query = f"SELECT coalesce(sum(n), 0), count(*) FROM ({grouped})"  # noqa: S608 - identifiers are quoted
        count, keys = t.cast("tuple[int, int]", self._connection.execute(query, parameters).fetchone())
        return int(count), keys

    def _create(self) -> None:
        """Create the table; its key comes with its first rows, for an index of many rows is made faster than grown."""
        definitions = [f"{quote(name)} {type_}" for name, type_ in self._columns.items()]
        self._connection.execute(f"CREATE TABLE {self._qualified} ({', '.join(definitions)})")

    def _is_keyless(self) -> bool:
        """Whether the key is still to be added, to a table that has no rows."""
        return bool(self._key) and not self._existing_key() and self._is_empty()

    def _is_empty(self) -> bool:
        rows = self._connection.execute(f"SELECT 1 FROM {self._qualified} LIMIT 1")  # noqa: S608 - identifiers are quoted
        return rows.fetchone() is None

    def _existing_columns(self) -> dict[str, str]:
        rows = self._connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns()"
            " WHERE database_name = current_database() AND schema_name = ? AND table_name = ?",
            [self._schema, self._name],
        ).fetchall()
        return dict(rows)

    def _existing_key(self) -> list[str]:
        row = self._connection.execute(
            "SELECT constraint_column_names FROM duckdb_constraints()"
            " WHERE database_name = current_database() AND schema_name = ? AND table_name = ?"
            " AND constraint_type = 'PRIMARY KEY'",
            [self._schema, self._name],
        ).fetchone()
        return list(row[0]) if row else []

    def _check(self, existing: t.Mapping[str, str]) -> None:
        changed = [
            f"column {name} is {existing[name]} and would have to be {type_}"
            for name, type_ in self._columns.items()
            if existing.get(name, type_) != type_
        ]
        if (key := self._existing_key()) != self._key and not self._is_keyless():
            changed.append(f"its key is {key} and would have to be {self._key}")
        if changed:
            msg = (
                f"Table {self._qualified} does not fit the stream: {'; '.join(changed)}."
                " Rename or drop the table to load it anew."
            )
            raise TableMismatchError(msg)

    def _upsert_statement(self, rows: str, *, repeated: bool, known: bool) -> str:
        """Return the statement that loads a file's rows.

        Args:
            rows: The file's rows.
            repeated: Whether keys come more than once in it.
            known: Whether keys may be in the table already.
        """
        columns = _names(self._columns)
        if not self._key:
            return f"INSERT INTO {self._qualified} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608 - identifiers are quoted
        replace = " OR REPLACE" if known else ""
        upsert = f"INSERT{replace} INTO {self._qualified} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608 - identifiers are quoted
        last = f" QUALIFY row_number() OVER (PARTITION BY {_names(self._key)} ORDER BY {PLACE} DESC) = 1"
        return upsert + last if repeated else upsert


def _names(columns: t.Iterable[str]) -> str:
    return ", ".join(quote(name) for name in columns)
