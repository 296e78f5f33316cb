"""How long a plan takes at least, by the API's limits. Pure, but for reading the report of the run before."""

from __future__ import annotations

import json
import math
import statistics
import typing as t
from collections import Counter
from dataclasses import dataclass

from tap_twitter_ads_async.domain.calendar import parse_stamp

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tap_twitter_ads_async.commands.plan import PlannedExtraction

WRITES_PER_MINUTE = 450
"""Jobs that one token may create in a minute, over all accounts (the API's table of rate limits)."""
MINUTE = 60.0
ASSUMED_SECONDS = 30.0
"""How long a job is taken to need on the server if no earlier run has measured it."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a job takes on the server.

    Attributes:
        seconds: The median of the jobs seen, or the assumption.
        seen: Whether it was seen by the last run, as the report in `report_path` says.
    """

    seconds: float = ASSUMED_SECONDS
    seen: bool = False


@dataclass(frozen=True, slots=True)
class ShortestTime:
    """The shortest time that the limits allow.

    Attributes:
        seconds: From the first job to the last result on the server.
        reason: Which limit decides.
    """

    seconds: float
    reason: str


def latency_seen(folder: Path | None) -> Latency:
    """Read how long jobs took in the run that left its report in a folder; else assume."""
    if folder is None:
        return Latency()
    try:
        jobs = json.loads((folder / "run.json").read_text("utf-8"))["jobs"]
        seconds = [
            (parse_stamp(job["ended"]) - parse_stamp(job["created"])).total_seconds()
            for job in jobs
            if job["outcome"] == "delivered" and not job["adopted"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # no report, or not one of ours
        return Latency()
    return Latency(statistics.median(seconds), seen=True) if seconds else Latency()


def shortest_time(plan: Iterable[PlannedExtraction], slots: int, latency: Latency) -> ShortestTime:
    """Return the shortest time for creating all jobs and waiting for the last.

    An account's jobs run in rounds of as many as it has slots; all creations share the token's quota of writes.

    Args:
        plan: What would be asked for.
        slots: Jobs that an account may have on the server at once.
        latency: How long a job takes.
    """
    jobs: Counter[str] = Counter()
    for part in plan:
        jobs[part.account] += part.jobs
    if not jobs.total():
        return ShortestTime(0.0, "there is no job to create")
    account, most = jobs.most_common(1)[0]
    by_slots = math.ceil(most / slots) * latency.seconds
    by_writes = (jobs.total() - 1) // WRITES_PER_MINUTE * MINUTE + latency.seconds
    if by_writes > by_slots:
        return ShortestTime(by_writes, f"a token may create {WRITES_PER_MINUTE} jobs a minute")
    if most <= slots:
        return ShortestTime(by_slots, "the time that a job takes")
    return ShortestTime(by_slots, f"account {account} has {slots} job slots")
