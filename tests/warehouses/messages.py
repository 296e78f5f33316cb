"""Singer messages: what went through a pipe, and what a database must hold after it."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from functools import cached_property

Json = dict[str, t.Any]
Key = tuple[t.Any, ...]
Rows = dict[Key, Json]


@dataclass(frozen=True)
class Messages:
    """Lines of the Singer protocol, in order."""

    lines: tuple[bytes, ...]

    @classmethod
    def of(cls, messages: t.Iterable[Json]) -> Messages:
        """Encode messages."""
        return cls(tuple(json.dumps(message).encode() for message in messages))

    @property
    def data(self) -> bytes:
        """What goes into the pipe."""
        return b"\n".join((*self.lines, b""))

    @cached_property
    def parsed(self) -> list[Json]:
        """All messages; fractions stay exact."""
        return [json.loads(line, parse_float=Decimal) for line in self.lines]

    @cached_property
    def schemas(self) -> dict[str, Json]:
        """The last SCHEMA message of each stream."""
        return {m["stream"]: m for m in self.parsed if m["type"] == "SCHEMA"}

    @property
    def states(self) -> list[Json]:
        """The values of all STATE messages."""
        return [m["value"] for m in self.parsed if m["type"] == "STATE"]

    @cached_property
    def records(self) -> dict[str, list[Json]]:
        """The records of each stream, in order."""
        found: dict[str, list[Json]] = {stream: [] for stream in self.schemas}
        for message in self.parsed:
            if message["type"] == "RECORD":
                found[message["stream"]].append(message["record"])
        return found

    def rows(self, stream: str) -> Rows:
        """Return what a table must hold after an upsert of all records: the last one of each key, all columns."""
        schema = self.schemas[stream]
        columns: Json = schema["schema"]["properties"]
        values = [
            {name: as_loaded(record.get(name), column) for name, column in columns.items()}
            for record in self.records[stream]
        ]
        return {tuple(row[name] for name in schema["key_properties"]): row for row in values}

    def __add__(self, other: Messages) -> Messages:
        """Return the messages of two runs, one after the other."""
        return Messages(self.lines + other.lines)

    def until_state(self, number: int) -> Messages:
        """Return what a target has seen that was killed right after a STATE message, counted from 0."""
        places = [place for place, message in enumerate(self.parsed) if message["type"] == "STATE"]
        return Messages(self.lines[: places[number] + 1])


def as_loaded(value: t.Any, column: Json) -> t.Any:
    """Return a value of JSON as a database gives it back: moments in UTC without a zone, dates as dates."""
    form = column.get("format")
    if not isinstance(value, str) or form not in {"date", "date-time"}:
        return value
    if form == "date":
        return date.fromisoformat(value)
    moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return moment.astimezone(timezone.utc).replace(tzinfo=None)
