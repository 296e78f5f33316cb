"""The progress line, every few seconds. Pure: numbers and seconds in, a line out."""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.run.summary import counted

if t.TYPE_CHECKING:
    from collections.abc import Sequence

LINE_SECONDS = 5.0
ENOUGH_JOBS = 10
"""So many jobs must be done, or as many as are left, before anything is said about the time left."""
MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class AccountWork:
    """The jobs of one account.

    Attributes:
        unplanned: Streams whose jobs are not known yet.
        waiting: Jobs still to be created.
        running: Jobs created whose results are not here yet.
        done: Jobs whose results are here.
        slots: Jobs that the account may have on the server at once.
        job_seconds: How long a job takes on the server, None while none has finished.
    """

    unplanned: int = 0
    waiting: int = 0
    running: int = 0
    done: int = 0
    slots: int = 1
    job_seconds: float | None = None

    @property
    def left(self) -> int:
        """Jobs whose results are still to come."""
        return self.waiting + self.running


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How far a run is.

    Attributes:
        accounts: Ads accounts to extract.
        streams: Streams to extract.
        streams_done: Streams whose records are all out.
        current: The stream being written, empty between two of them.
        current_records: Its records so far.
        records: Records of all streams so far.
        work: Jobs by account; empty where no stream needs any.
        jobs_written: Jobs whose records are out.
        writing_seconds: What writing those took.
        uncertain: Whether streams are ahead whose work is no job.
    """

    accounts: int
    streams: int
    streams_done: int = 0
    current: str = ""
    current_records: int = 0
    records: int = 0
    work: tuple[AccountWork, ...] = ()
    jobs_written: int = 0
    writing_seconds: float = 0.0
    uncertain: bool = False

    @property
    def jobs(self) -> tuple[int, int, int]:
        """Jobs waiting, running and done."""
        waiting, running, done = (sum(getattr(w, n) for w in self.work) for n in ("waiting", "running", "done"))
        return waiting, running, done


class ProgressLine:
    """Decides when there is something to report.

    Args:
        began: Monotonic second at which the run began.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._due = began + LINE_SECONDS
        self._told: tuple[object, ...] = ()
        self._records, self._told_at = 0, began

    def due(self, now: float) -> bool:
        """Whether it is time for another line."""
        return now >= self._due

    def line(self, snapshot: Snapshot, now: float) -> str | None:
        """Return a line, or None where nothing has changed since the last one."""
        self._due = now + LINE_SECONDS
        facts = (snapshot.streams_done, snapshot.current, snapshot.jobs, snapshot.records)
        if facts == self._told:
            return None
        rate = (snapshot.records - self._records) / max(now - self._told_at, 1e-9)
        self._told, self._records, self._told_at = facts, snapshot.records, now
        parts = [f"{counted(snapshot.accounts, 'account')}, {snapshot.streams_done} of {snapshot.streams} streams done"]
        if snapshot.work:
            parts.append("jobs {:,} waiting, {:,} running, {:,} done".format(*snapshot.jobs))
        parts.append(f"{snapshot.records:,} records" + (f", {rate:,.0f}/s" if rate >= 1 else ""))
        if snapshot.current:
            parts.append(f"now {snapshot.current}, {snapshot.current_records:,} records")
        left = time_left(snapshot, now - self._began)
        return "Progress: " + "; ".join(parts + ([left] if left else []))


def time_left(snapshot: Snapshot, elapsed: float) -> str:
    """Return the time left in words, empty while it would be a guess.

    What is not planned yet is unknown work: then only a lower bound is known.
    """
    seconds = seconds_left(snapshot, elapsed)
    if seconds is None:
        return ""
    if snapshot.uncertain or any(account.unplanned for account in snapshot.work):
        words = duration(seconds, math.floor)
        return f"at least {words} left" if words else ""
    return f"about {duration(seconds, math.ceil)} left"


def seconds_left(snapshot: Snapshot, elapsed: float) -> float | None:
    """Estimate how long the known jobs will take, None while too few have been done to tell.

    Accounts work side by side, and records are written while the server works: the slowest of them decides.
    """
    left = sum(account.left for account in snapshot.work)
    done = sum(account.done for account in snapshot.work)
    unwritten = left + done - snapshot.jobs_written
    if unwritten <= 0 or done < min(ENOUGH_JOBS, left):
        return None
    measured = [account.job_seconds for account in snapshot.work if account.job_seconds is not None]
    if left and not measured:
        return None
    estimates = [_account_seconds(account, measured, elapsed) for account in snapshot.work if account.left]
    if snapshot.jobs_written:
        estimates.append(unwritten * snapshot.writing_seconds / snapshot.jobs_written)
    return max(estimates, default=None)


def _account_seconds(account: AccountWork, measured: Sequence[float], elapsed: float) -> float:
    """Estimate one account: by rounds of jobs, and by what it has managed since its first results came."""
    job_seconds = sum(measured) / len(measured) if account.job_seconds is None else account.job_seconds
    by_rounds = account.left * job_seconds / max(1, min(account.slots, account.left))
    by_pace = account.left * max(0.0, elapsed - job_seconds) / account.done if account.done else 0.0
    return max(by_rounds, by_pace)


def duration(seconds: float, rounding: t.Callable[[float], int]) -> str:
    """Return a time span in words, no finer than it can be known; empty where it rounds to nothing."""
    if seconds < MINUTE - 10:
        tens = rounding(seconds / 10) * 10
        return f"{tens} s" if tens else ""
    if seconds < HOUR:
        return f"{max(1, rounding(seconds / MINUTE))} min"
    hours, tens = divmod(rounding(seconds / (10 * MINUTE)), 6)
    return f"{hours} h {tens * 10} min" if tens else f"{hours} h"
