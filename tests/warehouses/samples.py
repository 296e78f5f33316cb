"""Records made from schemas alone: one with everything in it, and one with as little as allowed.

The simulator sends what the API is known to send; a schema promises more than that.
"""

from __future__ import annotations

import typing as t

from tests.warehouses.messages import Json, Messages

TEXT = 'naïve "quoted", comma; back\\slash\ttab\nnew line \\N {brace} 🙂'
BEYOND_FLOATS = 2**53 + 1


def sample_messages(catalog: Json) -> Messages:
    """Return a SCHEMA message and two records for every stream of a catalog."""
    messages: list[Json] = []
    for entry in catalog["streams"]:
        key = entry["key_properties"]
        messages.append({"type": "SCHEMA", "stream": entry["stream"], "schema": entry["schema"], "key_properties": key})
        columns = entry["schema"]["properties"]
        full = {name: filled(column) for name, column in columns.items()}
        empty = {name: key_value(column) if name in key else None for name, column in columns.items()}
        messages += [{"type": "RECORD", "stream": entry["stream"], "record": record} for record in (full, empty)]
    return Messages.of(messages)


def kind_of(schema: Json) -> str:
    """Return the one type of a schema that is not null."""
    kinds = schema["type"]
    (kind,) = {kinds} if isinstance(kinds, str) else set(kinds) - {"null"}
    return str(kind)


def filled(schema: Json) -> t.Any:
    """Return a value with everything that a schema knows of."""
    kind = kind_of(schema)
    if kind == "object":
        # Free objects may hold anything.
        return {n: filled(p) for n, p in schema.get("properties", {}).items()} or {"any": [1.5, {TEXT: None}]}
    if kind == "array":
        # Lists of lists come without `items`, and need not be equally long.
        return [filled(schema["items"])] * 2 if "items" in schema else [[TEXT], [], [{"a": 1}, None]]
    if kind == "string":
        return {"date-time": "2026-03-08T08:30:00Z", "date": "2026-03-08"}.get(schema.get("format", ""), TEXT)
    return {"integer": BEYOND_FLOATS, "number": 12.5, "boolean": True}[kind]


def key_value(schema: Json) -> str:
    """Return a value for a column of a key, other than `filled` gives."""
    return {"date-time": "2026-03-09T08:30:00Z", "date": "2026-03-09"}.get(schema.get("format", ""), "another")
