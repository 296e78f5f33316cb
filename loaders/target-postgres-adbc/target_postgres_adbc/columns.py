"""From a JSON schema to columns of PostgreSQL, and of DuckDB, which reads the files."""

from __future__ import annotations

import dataclasses
import typing as t

MAX_NAME_BYTES = 63
"""PostgreSQL cuts longer names, so that two columns could become one."""


class UnfitSchemaError(Exception):
    """A stream's schema cannot become a table; the message says why."""


@dataclasses.dataclass(frozen=True)
class ColumnType:
    """One type in the two databases it passes through.

    Attributes:
        postgres: As PostgreSQL's `format_type` writes it, so that it can be compared with an existing table.
        staged: PostgreSQL's type of the column that the driver copies into.
        duckdb: Type in which DuckDB reads the files.
    """

    postgres: str
    staged: str
    duckdb: str


TEXT = ColumnType("text", "text", "VARCHAR")
JSON = ColumnType("jsonb", "text", "JSON")
_TEXT_FORMATS = {
    "date-time": ColumnType("timestamp with time zone", "timestamp with time zone", "TIMESTAMP WITH TIME ZONE"),
    "date": ColumnType("date", "date", "DATE"),
    "time": ColumnType("time without time zone", "time without time zone", "TIME"),
}
INTEGER = ColumnType("bigint", "bigint", "BIGINT")
NUMBER = ColumnType("double precision", "double precision", "DOUBLE")
_SCALARS = {"integer": INTEGER, "number": NUMBER, "boolean": ColumnType("boolean", "boolean", "BOOLEAN")}


def quote(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def names(columns: t.Iterable[str]) -> str:
    """Return a list of quoted SQL identifiers."""
    return ", ".join(quote(name) for name in columns)


def literal(text: str) -> str:
    """Return `text` as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def column_types(schema: t.Mapping[str, t.Any]) -> dict[str, ColumnType]:
    """Return the type of each property of an object schema, in the schema's order.

    Raises:
        UnfitSchemaError: A name is too long for PostgreSQL.
    """
    long = [name for name in schema["properties"] if len(name.encode()) > MAX_NAME_BYTES]
    if long:
        raise UnfitSchemaError(
            f"PostgreSQL would cut these column names at {MAX_NAME_BYTES} bytes: {', '.join(long)}."
            " Rename them with a stream map, or deselect them."
        )
    return {name: column_type(prop) for name, prop in schema["properties"].items()}


def column_type(prop: t.Mapping[str, t.Any]) -> ColumnType:
    """Return the type that holds every value a property's schema allows; JSON if no scalar does."""
    found = {_scalar_type(variant) for variant in _variants(prop) if variant.get("type") != "null"}
    if found == {INTEGER, NUMBER}:
        return NUMBER
    return found.pop() if len(found) == 1 else JSON


def _variants(prop: t.Mapping[str, t.Any]) -> list[t.Mapping[str, t.Any]]:
    """Flatten `anyOf`, `oneOf` and lists of types into one schema per type."""
    for keyword in ("anyOf", "oneOf"):
        if keyword in prop:
            return [variant for option in prop[keyword] for variant in _variants(option)]
    types = prop.get("type")
    return [{**prop, "type": name} for name in types] if isinstance(types, list) else [prop]


def _scalar_type(prop: t.Mapping[str, t.Any]) -> ColumnType:
    if prop.get("type") == "string":
        return _TEXT_FORMATS.get(prop.get("format", ""), TEXT)
    return _SCALARS.get(prop.get("type", ""), JSON)
