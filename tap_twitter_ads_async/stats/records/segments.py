"""Segments as keys: always a string, never null, the same whatever their order in the file."""

from __future__ import annotations

import typing as t

import msgspec

UNKNOWN = "UNKNOWN"


class Segment(t.NamedTuple):
    """A segment of one entity.

    Attributes:
        value: Key of the segment.
        name: What the API calls it, None where it does not say.
    """

    value: str
    name: str | None

    @property
    def columns(self) -> dict[str, str | None]:
        """What rows of the segment have in common."""
        return {"segment_name": self.name, "segment_value": self.value}


def segment_of(raw: t.Any) -> Segment:
    """Read a segment object; a missing value becomes the name, and `UNKNOWN` if both are missing.

    Not every answer carries both fields, and some carry numbers: those are written as text.
    """
    fields = raw if isinstance(raw, dict) else {"segment_name": raw}
    name, value = _text(fields.get("segment_name")), _text(fields.get("segment_value"))
    return Segment(value or name or UNKNOWN, name)


def _text(value: t.Any) -> str | None:
    """Write a value as text, whole numbers without a fraction; null and empty text are None."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return msgspec.json.encode(value).decode()
