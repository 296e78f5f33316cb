"""What the engine tells the main thread."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.plan.tickets import Ticket
    from tap_twitter_ads_async.stats.records.window_result import WindowResult


@dataclass(frozen=True, slots=True)
class Planned:
    """An extraction will hand out so many windows."""

    extraction: Extraction
    windows: int


@dataclass(frozen=True, slots=True)
class TicketChanged:
    """A job was created for a spec, or (without a ticket) let go."""

    extraction: Extraction
    name: str
    ticket: Ticket | None


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

    result: WindowResult


@dataclass(frozen=True, slots=True)
class Abandoned:
    """An extraction could not be planned; nothing of it will come."""

    extraction: Extraction
    error: Exception


@dataclass(frozen=True, slots=True)
class NotOfferedHere:
    """This account or API version does not offer a part of what a stream asks for, or all of it.

    Attributes:
        extraction: Stream and account.
        what: What is not offered, in words.
        error: The API's words.
        whole: Whether it is all that the stream is about.
    """

    extraction: Extraction
    what: str
    error: Exception
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Fatal:
    """The run must stop."""

    error: Exception


Event = Planned | TicketChanged | JobStep | Ready | Abandoned | NotOfferedHere | Fatal
