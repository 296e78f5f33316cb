"""Arrow types of a stream's columns, by its JSON schema alone: never inferred from values."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

JSON = "json"
"""Kind of a column whose values no scalar type holds: objects, lists, mixed types; written as JSON text."""
_FORMATS = {"date-time": "date-time", "date": "date"}
_SCALARS = ("integer", "number", "boolean")


def kind_of(prop: Mapping[str, t.Any]) -> str:
    """Return `integer`, `number`, `boolean`, `string`, `date-time`, `date`, or `json`."""
    found = {_scalar(variant) for variant in _variants(prop) if variant.get("type") != "null"}
    if found == {"integer", "number"}:
        return "number"
    return found.pop() if len(found) == 1 else JSON


def _variants(prop: Mapping[str, t.Any]) -> list[Mapping[str, t.Any]]:
    """Flatten `anyOf`, `oneOf` and lists of types into one schema per type."""
    for keyword in ("anyOf", "oneOf"):
        if keyword in prop:
            return [variant for option in prop[keyword] for variant in _variants(option)]
    types = prop.get("type")
    return [{**prop, "type": name} for name in types] if isinstance(types, list) else [prop]


def _scalar(prop: Mapping[str, t.Any]) -> str:
    kind = prop.get("type")
    if kind == "string":
        return _FORMATS.get(prop.get("format", ""), "string")
    return str(kind) if kind in _SCALARS else JSON


def kinds_of(schema: Mapping[str, t.Any]) -> dict[str, str]:
    """Return the kind of each property of an object schema, in the schema's order."""
    return {name: kind_of(prop) for name, prop in schema["properties"].items()}


def arrow_type(kind: str) -> pa.DataType:
    """Return the Arrow type of a kind."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    types = {
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date-time": pa.timestamp("us", "UTC"),
        "date": pa.date32(),
    }
    return types.get(kind, pa.string())


def arrow_schema(schema: Mapping[str, t.Any]) -> pa.Schema:
    """Return the Arrow schema of a stream; every column may be null."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    return pa.schema([(name, arrow_type(kind)) for name, kind in kinds_of(schema).items()])
