"""Batch files as Arrow batches, in the types that the stream's schema declares.

DuckDB parses the files: JSON lines and Parquet alike come out as columns, without a Python loop over their rows.
"""

from __future__ import annotations

import typing as t
from contextlib import closing
from urllib.parse import urlsplit
from urllib.request import url2pathname

import duckdb

from target_postgres_adbc.columns import TEXT, ColumnType, literal, quote

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

CELLS_AT_ONCE = 8_000_000
"""Bounds the memory of one Arrow batch to some 64 MB, however wide the stream."""
# The widest record, with every metric filled, stays far below; a larger line is more likely a broken file.
_MAX_LINE_BYTES = 64 * 1024 * 1024
_COMPRESSIONS = {None: "uncompressed", "": "uncompressed", "none": "uncompressed", "gzip": "gzip"}


class UnreadableBatchError(Exception):
    """A batch file is of a kind, or at a place, that this target cannot read."""


class BatchFile(t.NamedTuple):
    """One file of records.

    Attributes:
        path: Path on this machine.
        format: `jsonl` or `parquet`.
        compression: `gzip` or None; Parquet files know their own.
    """

    path: str
    format: str = "jsonl"
    compression: str | None = None


def local_path(entry: str) -> str:
    """Return the path of a manifest's entry, which is a `file://` URL or a plain path.

    Raises:
        UnreadableBatchError: It is neither.
    """
    url = urlsplit(entry)
    if url.scheme not in {"", "file"}:
        raise UnreadableBatchError(f"Batch file {entry} is not on the local disk.")
    return url2pathname(url.path) if url.scheme else entry


def arrow_batches(
    file: BatchFile, columns: Mapping[str, ColumnType], constants: Mapping[str, t.Any]
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in order, some ten thousand at a time.

    Args:
        file: The file.
        columns: Columns to read; what the file does not have comes as null, what it has beyond them is left out.
        constants: Columns that have one value in all rows.

    Raises:
        UnreadableBatchError: The file's format or compression is unknown.
        duckdb.Error: A value does not fit its column's type.
    """
    with closing(duckdb.connect()) as connection:
        connection.execute("SET TimeZone = 'UTC'")  # times without an offset are UTC, on every machine
        source, parameters, types = _source(connection, file, columns)
        wanted = [
            f"{_constant(constants[n], c)} AS {quote(n)}" if n in constants else _selected(n, c, types)
            for n, c in columns.items()
        ]
        rows = max(1_000, CELLS_AT_ONCE // max(len(columns), 1))
        query = f"SELECT {', '.join(wanted)} FROM {source}"  # noqa: S608 - identifiers are quoted
        yield from t.cast("pa.RecordBatchReader", connection.sql(query, params=parameters).to_arrow_reader(rows))


def _source(
    connection: duckdb.DuckDBPyConnection, file: BatchFile, columns: Mapping[str, ColumnType]
) -> tuple[str, list[t.Any], dict[str, str]]:
    """Return a table function, its parameters, and the types of the columns that it has."""
    if file.format == "parquet":
        found = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [file.path]).fetchall()
        return "read_parquet(?)", [file.path], {name: type_ for name, type_, *_ in found}
    if file.format != "jsonl" or file.compression not in _COMPRESSIONS:
        raise UnreadableBatchError(
            f"Batch file {file.path} is {file.format} ({file.compression or 'uncompressed'});"
            " this target reads jsonl (gzip or uncompressed) and parquet."
        )
    types = {name: column.duckdb for name, column in columns.items()}
    declared = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
    source = (
        f"read_json(?, columns = {{{declared}}}, format = 'newline_delimited', compression = ?,"
        f" maximum_object_size = {_MAX_LINE_BYTES})"
    )
    return source, [file.path, _COMPRESSIONS[file.compression]], types


def _selected(name: str, column: ColumnType, types: Mapping[str, str]) -> str:
    """Return a column in its declared type; JSON as the text that PostgreSQL parses."""
    found = types.get(name)
    if found is None:
        return f"CAST(NULL AS {_carried(column)}) AS {quote(name)}"
    if column.duckdb == "JSON":
        # A file's text is JSON already; structs and lists of other writers are not yet.
        text = quote(name) if found in {"VARCHAR", "JSON"} else f"to_json({quote(name)})"
        return f"{_without_nul(f'CAST({text} AS VARCHAR)')} AS {quote(name)}"
    if column == TEXT:  # PostgreSQL has no NUL in text
        return f"replace(CAST({quote(name)} AS VARCHAR), chr(0), '') AS {quote(name)}"
    return quote(name) if found == column.duckdb else f"CAST({quote(name)} AS {column.duckdb}) AS {quote(name)}"


def _without_nul(json: str) -> str:
    r"""Return JSON text without the escape of NUL, which `jsonb` refuses; `\\u0000` is a backslash and five letters."""
    backslash = "chr(1)"  # stands for an escaped backslash meanwhile; JSON text holds no raw control character
    return f"replace(replace(replace({json}, '\\\\', {backslash}), '\\u0000', ''), {backslash}, '\\\\')"


def _carried(column: ColumnType) -> str:
    return "VARCHAR" if column.duckdb == "JSON" else column.duckdb


def _constant(value: t.Any, column: ColumnType) -> str:
    text = "NULL" if value is None else literal(str(value))
    return f"CAST({text} AS {_carried(column)})"
