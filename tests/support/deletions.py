"""Rows that warnings ask a person to delete, deleted as that person would."""

from __future__ import annotations

import re
import typing as t
from datetime import datetime

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.world import Json, Key, Outcome

_DELETE = re.compile(
    r"Delete the rows of stream (?P<stream>\w+), account (?P<account>\w+)(?: with granularity = 'TOTAL')?"
    r"(?: with start_time >= '(?P<start>[^']+)')? and _sdc_extracted_at < '(?P<before>[^']+)'"
)


class Loaded(t.NamedTuple):
    """A row of a warehouse.

    Attributes:
        record: Its columns.
        extracted: Its `_sdc_extracted_at`.
    """

    record: Json
    extracted: str


def delete(rows: dict[Key, Loaded], stream: str, log: str) -> list[str]:
    """Delete the rows of a stream that a log names; return what it asked for."""
    asked = []
    for found in _DELETE.finditer(log):
        if found["stream"] != stream:
            continue
        asked.append(found[0])
        for key, (record, extracted) in list(rows.items()):
            old = _moment(extracted) < _moment(found["before"])
            if old and record["account_id"] == found["account"] and record["start_time"] >= (found["start"] or ""):
                del rows[key]
    return asked


def without_deleted(outcomes: Iterable[Outcome], stream: str) -> dict[Key, Json]:
    """Return what a warehouse holds of a stream after some runs, each followed by the deletions it asks for."""
    held: dict[Key, Loaded] = {}
    for outcome in outcomes:
        for message in outcome.messages:
            if message["type"] == "RECORD" and message["stream"] == stream:
                record = message["record"]
                key = tuple(record[k] for k in outcome.schemas[stream]["key_properties"])
                held[key] = Loaded(record, message["time_extracted"])
        delete(held, stream, outcome.log)
    return {key: row.record for key, row in held.items()}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
