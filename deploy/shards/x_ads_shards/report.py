"""Reading the `run.json` that the tap leaves at the end of a run."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from datetime import datetime

if t.TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, t.Any]


@dataclass(frozen=True, slots=True)
class StreamReport:
    """One stream of a run.

    Attributes:
        failures: What stays open: windows, listings.
    """

    name: str
    jobs: int
    records: int
    seconds: float
    failures: int


@dataclass(frozen=True, slots=True)
class Report:
    """One run.

    Attributes:
        ended_at: When the run ended, UTC.
        jobs: Jobs created or taken up again.
        page: The same as a page for people, None where it is missing.
    """

    exit_code: int
    ended_at: datetime
    streams: tuple[StreamReport, ...]
    failures: tuple[str, ...]
    jobs: int
    page: Path | None

    def of(self, stream: str) -> StreamReport | None:
        """Return what is said of a stream, None where it took no part."""
        return next((s for s in self.streams if s.name == stream), None)


def read_report(folder: Path) -> Report | None:
    """Read a run's report, None where there is none or where it cannot be read."""
    try:
        content: Json = json.loads((folder / "run.json").read_text("utf-8"))
        return _report(content, folder / "run.html")
    except (OSError, ValueError, TypeError, KeyError):
        return None


def discard_report(folder: Path) -> None:
    """Remove the report of an earlier run, which would pass for this one's if this one is killed."""
    for name in ("run.json", "run.html"):
        (folder / name).unlink(missing_ok=True)


def _report(content: Json, page: Path) -> Report:
    return Report(
        exit_code=int(content["exit_code"]),
        ended_at=datetime.fromisoformat(str(content["ended_at"]).replace("Z", "+00:00")),
        streams=tuple(_stream(entry) for entry in content.get("streams") or ()),
        failures=tuple(_words(failure) for failure in content.get("failures") or ()),
        jobs=len(content.get("jobs") or ()),
        page=page if page.exists() else None,
    )


def _stream(entry: Json) -> StreamReport:
    return StreamReport(
        name=str(entry["name"]),
        jobs=_count(entry.get("jobs")),
        records=_count(entry.get("records")),
        seconds=float(entry.get("seconds") or 0),
        failures=_count(entry.get("failures")),
    )


def _count(value: t.Any) -> int:
    """Return a number that may also be given as the list of what it counts."""
    return len(value) if isinstance(value, list) else int(value or 0)


def _words(failure: t.Any) -> str:
    if isinstance(failure, dict):
        return ", ".join(f"{name} {value}" for name, value in failure.items() if value not in {None, ""})
    return str(failure)
