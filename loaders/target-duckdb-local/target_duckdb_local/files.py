"""How DuckDB reads batch files, as rows of a table's columns."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit
from urllib.request import url2pathname

from target_duckdb_local.columns import literal, quote

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

# The widest record, with every metric filled, stays far below; a larger line is more likely a broken file.
_MAX_LINE_BYTES = 64 * 1024 * 1024
_COMPRESSIONS = {None: "uncompressed", "": "uncompressed", "none": "uncompressed", "gzip": "gzip"}
PLACE = quote("#place")
"""Column that says where in its file a row stands."""


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


class Source(t.NamedTuple):
    """A subquery that gives a file's rows, and its parameters."""

    query: str
    parameters: list[str]


def local_path(entry: str) -> str:
    """Return the path of a manifest's entry, which is a `file://` URL or a plain path.

    Raises:
        UnreadableBatchError: It is neither.
    """
    url = urlsplit(entry)
    if url.scheme not in {"", "file"}:
        raise UnreadableBatchError(f"Batch file {entry} is not on the local disk.")
    return url2pathname(url.path) if url.scheme else entry


def source(connection: duckdb.DuckDBPyConnection, file: BatchFile, columns: Mapping[str, str]) -> Source:
    """Return how to select a file's rows, with the columns' types and each row's place.

    Raises:
        UnreadableBatchError: The file's format or compression is unknown.
    """
    if file.format == "parquet":
        return _parquet(connection, file, columns)
    if file.format != "jsonl" or file.compression not in _COMPRESSIONS:
        raise UnreadableBatchError(
            f"Batch file {file.path} is {file.format} ({file.compression or 'uncompressed'});"
            " this target reads jsonl (gzip or uncompressed) and parquet."
        )
    declared = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in columns.items())
    query = (
        f"(SELECT *, row_number() OVER () AS {PLACE} FROM read_json(?, columns = {{{declared}}},"  # noqa: S608 - identifiers are quoted
        f" format = 'newline_delimited', compression = ?, maximum_object_size = {_MAX_LINE_BYTES}))"
    )
    return Source(query, [file.path, _COMPRESSIONS[file.compression]])


def _parquet(connection: duckdb.DuckDBPyConnection, file: BatchFile, columns: Mapping[str, str]) -> Source:
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [file.path]).fetchall()
    found = {name: type_ for name, type_, *_ in described}
    selected = ", ".join(_cast(name, found.get(name), type_) for name, type_ in columns.items())
    query = f"(SELECT {selected}, file_row_number AS {PLACE} FROM read_parquet(?, file_row_number = true))"  # noqa: S608 - identifiers are quoted
    return Source(query, [file.path])


def _cast(name: str, found: str | None, type_: str) -> str:
    """Return a column in its declared type; text is JSON already where JSON is declared, nested values are not."""
    column = quote(name)
    if found is None:
        return f"CAST(NULL AS {type_}) AS {column}"
    if type_ == "JSON" and found not in {"VARCHAR", "JSON"}:
        return f"to_json({column}) AS {column}"
    return column if found == type_ else f"CAST({column} AS {type_}) AS {column}"
