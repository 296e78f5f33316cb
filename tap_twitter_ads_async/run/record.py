"""What a run has done, for its report: requests by endpoint, waits by reason, and the life of every job."""

from __future__ import annotations

import threading
import typing as t
from collections import Counter, defaultdict
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from datetime import datetime

CREATED, ADOPTED, ENDED, DOWNLOADED = "created", "adopted", "ended", "downloaded"
"""Steps of a job's life; any other step is the word for why nothing came of it."""
RUNNING, WAITING = "running", "waiting for its file"
"""Outcomes of jobs that the end of the run found on the server, or whose file it found there."""
DELIVERED = "delivered"


@dataclass(slots=True)
class JobRecord:
    """One job as this run knew it; moments are UTC, None for what did not happen.

    Attributes:
        id: The API's id.
        stream: Stream that it serves.
        account: Ads account.
        attempt: Which try at its spec it was, from 1 on.
        created: When this run created it, or took it up from an earlier run.
        adopted: Whether an earlier run had created it.
        ended: When the API was seen to have finished it, or when it was given up.
        downloaded: When its result was here.
        outcome: `delivered`, `running`, `waiting for its file`, or why nothing came of it.
        bytes: Size of its result as it came, 0 without one.
    """

    id: str
    stream: str
    account: str
    attempt: int
    created: datetime
    adopted: bool = False
    ended: datetime | None = None
    downloaded: datetime | None = None
    outcome: str = RUNNING
    bytes: int = 0

    def take(self, step: str, at: datetime, size: int = 0) -> None:
        """Take a step after its creation.

        Args:
            step: `ENDED`, `DOWNLOADED`, or why nothing came of the job.
            at: When it was taken, in UTC.
            size: Bytes of the result, 0 for steps without one.
        """
        if step == ENDED:
            self.ended, self.outcome = at, WAITING
        elif step == DOWNLOADED:
            self.downloaded, self.outcome, self.bytes = at, DELIVERED, size
        else:
            self.ended, self.outcome = self.ended or at, step


class RunRecord:
    """Gathers what happened. Requests and waits may come from any thread, jobs come from the main thread.

    Attributes:
        keeps_jobs: Whether anybody will ask for the jobs; a large run has a hundred thousand.
        requests: How many, by method and path without ids.
        by_account: How many, by ads account; those of none under an empty id.
        waits: Seconds by reason; those of requests that waited side by side are added up.
        jobs: By the API's id, in the order in which they were created or taken up.
    """

    def __init__(self) -> None:
        self.keeps_jobs = False
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.by_account: Counter[str] = Counter()
        self.waits: defaultdict[str, float] = defaultdict(float)
        self.jobs: dict[str, JobRecord] = {}

    def requested(self, method: str, route: str, account_id: str) -> None:
        """Count a request, whatever came of it.

        Args:
            method: HTTP method.
            route: Path without ids.
            account_id: Ads account, empty if the request is about none.
        """
        with self._lock:
            self.by_account[account_id] += 1
            self.requests[f"{method} {route}"] += 1

    def waited(self, reason: str, seconds: float) -> None:
        """Count a wait."""
        with self._lock:
            self.waits[reason] += seconds

    def requests_made(self) -> dict[str, int]:
        """Return the requests so far."""
        with self._lock:
            return dict(self.requests)

    def seconds_waited(self) -> dict[str, float]:
        """Return the waits so far."""
        with self._lock:
            return dict(self.waits)

    def add(self, job: JobRecord) -> None:
        """Take in a job that was created or taken up."""
        if self.keeps_jobs:
            self.jobs[job.id] = job
