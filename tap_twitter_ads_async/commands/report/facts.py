"""What `run.json` holds. Pure, but for reading what the run has gathered."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass
from datetime import timezone

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.run.context import Failure, RunContext
    from tap_twitter_ads_async.run.record import JobRecord

    Json = dict[str, t.Any]

DECIMALS = 3


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended.

    Attributes:
        started_at: When it began (UTC).
        ended_at: When it ended (UTC).
        exit_code: Its exit code.
        error: What ended it early, in the words of the log; empty where nothing did.
    """

    started_at: datetime
    ended_at: datetime
    exit_code: int
    error: str = ""


def run_facts(run: RunContext, end: End, version: str) -> Json:
    """Return the content of `run.json`; `docs/looking-ahead.md` describes it.

    Args:
        run: What the run has gathered.
        end: How it ended.
        version: The tap's.
    """
    record, stats, failures = run.stats.record, run.stats, run.verdict.failures
    failed = Counter(failure.stream for failure in failures)
    return {
        **facts_of_none(end, version),
        "streams": [
            {
                "name": name,
                "accounts": s.accounts,
                "jobs": s.jobs,
                "records": s.records,
                "seconds": round(s.seconds, DECIMALS),
                "failures": failed[name],
            }
            for name, s in list(stats.streams.items())
        ],
        "accounts": [
            {"id": str(a["id"]), "name": a.get("name"), "timezone": a.get("timezone")} for a in run.accounts_known
        ],
        "requests": dict(sorted(record.requests_made().items())),
        "waits": {reason: round(seconds, DECIMALS) for reason, seconds in sorted(record.seconds_waited().items())},
        "jobs": [_job(job) for job in list(record.jobs.values())],
        "failures": [*(_failure(failure) for failure in list(failures)), *_early_end(end)],
    }


def facts_of_none(end: End, version: str) -> Json:
    """Return the content of `run.json` where nothing was done, because the settings are wrong.

    Args:
        end: How the run ended.
        version: The tap's.
    """
    return {
        "version": version,
        "started_at": moment(end.started_at),
        "ended_at": moment(end.ended_at),
        "exit_code": end.exit_code,
        "streams": [],
        "accounts": [],
        "requests": {},
        "waits": {},
        "jobs": [],
        "failures": _early_end(end),
    }


def _early_end(end: End) -> list[Json]:
    return [{"stream": None, "account": None, "what": "the run", "error": end.error}] if end.error else []


def _failure(failure: Failure) -> Json:
    return {
        "stream": failure.stream,
        "account": failure.account_id,
        "what": failure.what,
        "error": failure.error,
    }


def _job(job: JobRecord) -> Json:
    return {
        "id": job.id,
        "stream": job.stream,
        "account": job.account,
        "created": moment(job.created),
        "adopted": job.adopted,
        "ended": moment(job.ended),
        "downloaded": moment(job.downloaded),
        "outcome": job.outcome,
        "bytes": job.bytes,
        "attempt": job.attempt,
    }


@t.overload
def moment(value: datetime) -> str: ...
@t.overload
def moment(value: None) -> None: ...
def moment(value: datetime | None) -> str | None:
    """Write a moment in UTC, to the millisecond."""
    if value is None:
        return None
    return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
