"""From a JSON schema to DuckDB columns."""

from __future__ import annotations

import typing as t

_TEXT_FORMATS = {"date-time": "TIMESTAMP WITH TIME ZONE", "date": "DATE", "time": "TIME"}
_SCALARS = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}


def quote(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return `text` as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def column_types(schema: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Return the DuckDB type of each property of an object schema, in the schema's order."""
    return {name: column_type(prop) for name, prop in schema["properties"].items()}


def column_type(prop: t.Mapping[str, t.Any]) -> str:
    """Return the DuckDB type that holds every value a property's schema allows; `JSON` if no scalar does.

    The names are those that DuckDB itself reports, so that they can be compared with an existing table.
    """
    variants = [v for v in _variants(prop) if v.get("type") != "null"]
    found = {_scalar_type(variant) for variant in variants}
    if found == {"BIGINT", "DOUBLE"}:
        return "DOUBLE"
    return found.pop() if len(found) == 1 else "JSON"


def _variants(prop: t.Mapping[str, t.Any]) -> list[t.Mapping[str, t.Any]]:
    """Flatten `anyOf`, `oneOf` and lists of types into one schema per type."""
    for keyword in ("anyOf", "oneOf"):
        if keyword in prop:
            return [variant for option in prop[keyword] for variant in _variants(option)]
    types = prop.get("type")
    return [{**prop, "type": name} for name in types] if isinstance(types, list) else [prop]


def _scalar_type(prop: t.Mapping[str, t.Any]) -> str:
    if prop.get("type") == "string":
        return _TEXT_FORMATS.get(prop.get("format", ""), "VARCHAR")
    return _SCALARS.get(prop.get("type", ""), "JSON")
