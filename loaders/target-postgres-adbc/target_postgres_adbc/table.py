"""One PostgreSQL table that takes a stream's rows, in columns."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

import adbc_driver_manager
import pyarrow as pa

from target_postgres_adbc.columns import literal, names, quote

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from adbc_driver_manager import dbapi

    from target_postgres_adbc.columns import ColumnType

STAGE = "target_postgres_adbc_stage"
UNIQUE_VIOLATION = "23505"
_PLACE = "#place"
TABLE_VERSION, DELETED_AT = "_sdc_table_version", "_sdc_deleted_at"


class TableMismatchError(Exception):
    """An existing table has another key, or another type for a column, than the stream now declares."""


class _KeysAreKnown(Exception):
    """Rows that were taken for new are in the table."""


class Table:
    """A table with one row per key of a stream, or one row per record where the stream has no key.

    Args:
        connection: Connection to the database, without autocommit.
        schema: Database schema.
        name: Name of the table.
        columns: Types by column.
        key: Key columns; none for a stream without a key.
    """

    def __init__(
        self,
        connection: dbapi.Connection,
        schema: str,
        name: str,
        columns: Mapping[str, ColumnType],
        key: Sequence[str],
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._name = name
        self._columns = dict(columns)
        self._key = list(key)
        self._qualified = f"{quote(schema)}.{quote(name)}"

    # --- shape --------------------------------------------------------------------------------------------------

    def prepare(self, descriptions: Mapping[str, str]) -> None:
        """Create the table, or add to it the columns that it lacks.

        Args:
            descriptions: What becomes the comment of a new column, by column; of the table under the empty name.

        Raises:
            TableMismatchError: The table is there with another key or another type of a column.
        """
        with self._transaction() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(self._schema)}")
            existing = self._existing_columns(cursor)
            if not existing:
                self._create(cursor)
            else:
                self._check(cursor, existing)
                for name in self._columns.keys() - existing.keys():
                    type_ = self._columns[name].postgres
                    cursor.execute(f"ALTER TABLE {self._qualified} ADD COLUMN {quote(name)} {type_}")
            self._comment(cursor, {n: d for n, d in descriptions.items() if n not in existing and (n or not existing)})

    def _create(self, cursor: dbapi.Cursor) -> None:
        definitions = [f"{quote(name)} {type_.postgres}" for name, type_ in self._columns.items()]
        if self._key:
            definitions.append(f"PRIMARY KEY ({names(self._key)})")
        cursor.execute(f"CREATE TABLE {self._qualified} ({', '.join(definitions)})")

    def _comment(self, cursor: dbapi.Cursor, descriptions: Mapping[str, str]) -> None:
        for name, text in descriptions.items():
            place = f"COLUMN {self._qualified}.{quote(name)}" if name else f"TABLE {self._qualified}"
            cursor.execute(f"COMMENT ON {place} IS {literal(text)}")

    def _existing_columns(self, cursor: dbapi.Cursor) -> dict[str, str]:
        cursor.execute(
            "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a"  # noqa: S608 - literals are quoted
            " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            f" WHERE n.nspname = {literal(self._schema)} AND c.relname = {literal(self._name)}"
            " AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped"
        )
        return dict(cursor.fetchall())

    def _existing_key(self, cursor: dbapi.Cursor) -> list[str]:
        cursor.execute(
            "SELECT a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"  # noqa: S608 - literals are quoted
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)"
            f" WHERE i.indisprimary AND n.nspname = {literal(self._schema)} AND c.relname = {literal(self._name)}"
        )
        return sorted(name for (name,) in cursor.fetchall())

    def _check(self, cursor: dbapi.Cursor, existing: Mapping[str, str]) -> None:
        changed = [
            f"column {name} is {existing[name]} and would have to be {type_.postgres}"
            for name, type_ in self._columns.items()
            if existing.get(name, type_.postgres) != type_.postgres
        ]
        if (key := self._existing_key(cursor)) != sorted(self._key):
            changed.append(f"its key is {key} and would have to be {sorted(self._key)}")
        if changed:
            raise TableMismatchError(
                f"Table {self._qualified} does not fit the stream: {'; '.join(changed)}."
                " Rename or drop the table to load it anew."
            )

    # --- rows ---------------------------------------------------------------------------------------------------

    def load(self, batches: Callable[[], Iterable[pa.RecordBatch]]) -> int:
        """Upsert rows in one transaction, all of them or none; the last row of a key wins.

        A first extraction brings new rows only, which can be copied straight into the table. Whether a file is of that
        kind is guessed by some of its keys; after a wrong guess it is loaded anew, by way of the stage.

        Args:
            batches: Gives the rows, from the start each time.

        Returns:
            How many rows were given.
        """
        try:
            return self._load(batches(), straight=True)
        except _KeysAreKnown:
            return self._load(batches(), straight=False)

    def _load(self, batches: Iterable[pa.RecordBatch], *, straight: bool) -> int:
        rows = 0
        with self._transaction() as cursor:
            for batch in batches:
                if batch.num_rows:
                    rows += batch.num_rows
                    self._upsert(cursor, pa.Table.from_batches([batch]), straight=straight)
        return rows

    def _upsert(self, cursor: dbapi.Cursor, rows: pa.Table, *, straight: bool) -> None:
        rows = self._last_of_each_key(rows)
        # Most metrics of most accounts are null throughout; what is not staged is null in the table as well.
        filled = [name for name in rows.column_names if rows[name].null_count < rows.num_rows or name in self._key]
        if straight and self._copied(cursor, rows.select(filled)):
            return
        cursor.adbc_ingest(STAGE, rows.select(filled), mode="create", temporary=True)
        cursor.execute(self._statement(filled))
        cursor.execute(f"DROP TABLE pg_temp.{STAGE}")

    def _copied(self, cursor: dbapi.Cursor, rows: pa.Table) -> bool:
        """Copy rows into the table itself if none of them seems to be there.

        Raises:
            _KeysAreKnown: One was.
        """
        if any(self._columns[name].postgres != self._columns[name].staged for name in rows.column_names):
            return False  # the stage casts
        if self._key and any(self._has(cursor, rows, place) for place in (0, rows.num_rows // 2, rows.num_rows - 1)):
            return False
        try:
            cursor.adbc_ingest(self._name, rows, mode="append", db_schema_name=self._schema)
        except adbc_driver_manager.Error as error:
            if error.sqlstate == UNIQUE_VIOLATION:
                raise _KeysAreKnown from error
            raise
        return True

    def _has(self, cursor: dbapi.Cursor, rows: pa.Table, place: int) -> bool:
        """Whether the table has the key of one of the rows."""
        key = rows.select(self._key).slice(place, 1)
        condition = " AND ".join(f"{quote(name)} = ${number}" for number, name in enumerate(self._key, 1))
        cursor.execute(f"SELECT 1 FROM {self._qualified} WHERE {condition}", key)  # noqa: S608 - identifiers are quoted
        return cursor.fetchone() is not None

    def _last_of_each_key(self, rows: pa.Table) -> pa.Table:
        """Return the rows without those whose key comes again: one statement may touch a row only once."""
        if not self._key:
            return rows
        places = pa.array(range(rows.num_rows), pa.int64())
        last = rows.select(self._key).append_column(_PLACE, places).group_by(self._key).aggregate([(_PLACE, "max")])
        return rows if last.num_rows == rows.num_rows else rows.take(last[f"{_PLACE}_max"].combine_chunks().sort())

    def _statement(self, filled: Sequence[str]) -> str:
        selected = ", ".join(
            quote(n) if (c := self._columns[n]).postgres == c.staged else f"{quote(n)}::{c.postgres}" for n in filled
        )
        insert = f"INSERT INTO {self._qualified} AS old ({names(filled)}) SELECT {selected} FROM pg_temp.{STAGE}"  # noqa: S608 - identifiers are quoted
        if not self._key:
            return insert
        rest = [name for name in self._columns if name not in self._key]
        changes = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in rest)
        # Taps repeat more rows than they change: a row that is as it was is not written again.
        mine, new = (", ".join(f"{table}.{quote(name)}" for name in rest) for table in ("old", "excluded"))
        action = f"DO UPDATE SET {changes} WHERE ROW({mine}) IS DISTINCT FROM ROW({new})" if rest else "DO NOTHING"
        return f"{insert} ON CONFLICT ({names(self._key)}) {action}"

    def activate(self, version: int, *, hard: bool, moment: str) -> None:
        """Remove, or mark as deleted, the rows that an older version of the stream left behind.

        Args:
            version: The version that stays.
            hard: Whether to remove them.
            moment: When they count as deleted (ISO 8601).
        """
        older = f"({quote(TABLE_VERSION)} IS NULL OR {quote(TABLE_VERSION)} < {int(version)})"
        with self._transaction() as cursor:
            if hard:
                cursor.execute(f"DELETE FROM {self._qualified} WHERE {older}")  # noqa: S608 - identifiers are quoted
            else:
                cursor.execute(
                    f"UPDATE {self._qualified} SET {quote(DELETED_AT)} = {literal(moment)}"  # noqa: S608 - identifiers are quoted
                    f" WHERE {older} AND {quote(DELETED_AT)} IS NULL"
                )

    @contextmanager
    def _transaction(self) -> Iterator[dbapi.Cursor]:
        """Commit what the block does, or nothing of it; loads of one table by several processes take turns."""
        with self._connection.cursor() as cursor:
            try:
                cursor.execute(f"SELECT pg_advisory_xact_lock(hashtext({literal(self._qualified)}))")
                cursor.fetchall()
                yield cursor
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()
