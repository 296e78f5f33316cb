"""Meltano's JSON log: lines for people, and the exit code of the tap, which Meltano's own exit code does not tell."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass

EXTRACTOR_ENDED = "Extraction failed"
LOADER_ENDED = "Loading failed"
DISCOVERY_ENDED = re.compile(r"Catalog discovery failed: .*\breturned (-?\d+)", re.DOTALL)
TOLD_LEVELS = frozenset({"info", "warning", "error", "critical"})
LONGEST_LINE = 2_000
"""Loaders log whole SQL statements; an orchestrator's log is for reading."""


@dataclass(slots=True)
class MeltanoLog:
    """What the lines of one run say.

    Attributes:
        extractor_code: Exit code of a tap that failed, None where none is told.
        loader_failed: Whether the loader failed.
        said_by_tap: The tap's last error; it says what to do, as Meltano's does not.
        said_by_others: The last error of Meltano or the loader.
    """

    extractor_code: int | None = None
    loader_failed: bool = False
    said_by_tap: str = ""
    said_by_others: str = ""

    @property
    def error(self) -> str:
        """The error that explains most, empty where there was none."""
        loaders = self.loader_failed and self.extractor_code is None
        return (self.said_by_others if loaders else self.said_by_tap) or self.said_by_others

    def take(self, line: str) -> str | None:
        """Read a line; return what to show of it, None for nothing."""
        entry = _entry(line)
        if entry is None:
            return line.rstrip()[:LONGEST_LINE] or None
        event, level = str(entry.get("event", "")).strip(), str(entry.get("level", "info"))
        discovery = DISCOVERY_ENDED.search(event)
        if event == EXTRACTOR_ENDED:
            self.extractor_code = int(entry.get("code", 1))
        elif discovery:  # wrong settings show before the extraction itself begins
            self.extractor_code = int(discovery[1])
        elif event == LOADER_ENDED:
            self.loader_failed = True
        if level in {"error", "critical"}:
            self._take_error(event, entry)
        if level not in TOLD_LEVELS or "metric_info" in entry or not event:
            return None
        who = entry.get("name", "meltano")
        return f"{who}: {event}"[:LONGEST_LINE]

    def _take_error(self, event: str, entry: dict[str, t.Any]) -> None:
        if entry.get("cmd_type") == "extractor":
            self.said_by_tap = event
        elif event in {EXTRACTOR_ENDED, LOADER_ENDED} or not self.said_by_others:
            self.said_by_others = f"{event}: {entry['message']}" if entry.get("message") else event


def _entry(line: str) -> dict[str, t.Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
