"""What the engine tells the main thread."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from datetime import datetime
    from queue import Queue

    from tap_twitter_ads_async.stats.jobs.tasks import WindowJobs
    from tap_twitter_ads_async.stats.plan.extraction import Extraction


@dataclass(frozen=True, slots=True)
class Planned:
    """An extraction will hand out so many windows."""

    extraction: Extraction
    windows: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job was created for a spec (or, without an id, let go)."""

    extraction: Extraction
    digest: str
    job_id: str | None


@dataclass(frozen=True, slots=True)
class JobStep:
    """Something happened to a job, for the run's report; see `run/record.py` for the steps.

    Attributes:
        extraction: Stream and account that the job serves.
        job_id: The API's id.
        step: What happened.
        at: When (UTC).
        attempt: Which try at its spec the job is, from 1 on.
        size: Bytes of its result, once that is here.
    """

    extraction: Extraction
    job_id: str
    step: str
    at: datetime
    attempt: int
    size: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """Nothing more will come for a window: its files are in the spool, what was lost of it is known."""

    run: WindowJobs


@dataclass(frozen=True, slots=True)
class Abandoned:
    """An extraction could not be planned; nothing of it will come."""

    extraction: Extraction
    error: Exception


@dataclass(frozen=True, slots=True)
class NotOfferedHere:
    """This account or API version does not offer a part of what a stream asks for."""

    extraction: Extraction
    what: str
    error: Exception


@dataclass(frozen=True, slots=True)
class Fatal:
    """The run must stop."""

    error: Exception


Event = Planned | Ticket | JobStep | Ready | Abandoned | NotOfferedHere | Fatal


class Emitter:
    """What the engine tells the main thread."""

    def __init__(self, events: Queue[Event]) -> None:
        self._events = events

    def planned(self, extraction: Extraction, windows: int) -> None:
        """Tell how many windows will come."""
        self._events.put(Planned(extraction, windows))

    def ticket(self, extraction: Extraction, digest: str, job_id: str | None) -> None:
        """Tell of a job that was created, or let go."""
        self._events.put(Ticket(extraction, digest, job_id))

    def job(self, step: JobStep) -> None:
        """Tell what happened to a job."""
        self._events.put(step)

    def ready(self, run: WindowJobs) -> None:
        """Tell that a window is complete."""
        self._events.put(Ready(run))

    def abandoned(self, extraction: Extraction, error: Exception) -> None:
        """Tell that nothing of an extraction will come."""
        self._events.put(Abandoned(extraction, error))

    def not_offered(self, extraction: Extraction, what: str, error: Exception) -> None:
        """Tell what is left out."""
        self._events.put(NotOfferedHere(extraction, what, error))

    def fatal(self, error: Exception) -> None:
        """Tell that the run must stop."""
        self._events.put(Fatal(error))
