"""The plan as a table and as JSON. Pure."""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict

from tap_twitter_ads_async.commands.plan_time import WRITES_PER_MINUTE, Latency, ShortestTime
from tap_twitter_ads_async.commands.text_table import aligned

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.commands.plan import Plan

FIGURES = ("windows", "jobs", "collected", "requests")
SYNCHRONOUS = "synchronous"


def plan_text(plan: Plan, time: ShortestTime, latency: Latency) -> str:
    """Return a table for a terminal, its sums, and the time.

    Args:
        plan: What a run would do.
        time: Shortest time for the jobs, and why.
        latency: Assumed or measured duration of a job.
    """
    at_once = plan.total(SYNCHRONOUS)
    figures = ("windows", "jobs", SYNCHRONOUS, "collected", "requests") if at_once else FIGURES
    rows = [(p.stream, p.account or "-", *(f"{getattr(p, name):,}" for name in figures)) for p in plan.parts]
    sums = ("all", "", *(f"{plan.total(name):,}" for name in figures))
    notes = [f"{p.stream}, account {p.account}: {p.note}" for p in plan.parts if p.note]
    source = "as the last run saw it" if latency.seen else "assumed"
    return "\n".join(
        [
            *aligned(("stream", "account", *figures), [*rows, sums], right=tuple(range(2, 2 + len(figures)))),
            "",
            *notes,
            *([_bounds(plan)] if at_once else []),
            f"At least {time.seconds:,.0f} s for the jobs: {time.reason} ({latency.seconds:,.1f} s per job, {source}).",
            _beside(plan),
        ]
    )


def _bounds(plan: Plan) -> str:
    """Say what the number of jobs depends on."""
    return (
        f"If no other client of the token uses the synchronous endpoint: {plan.total('jobs'):,} jobs; at least "
        f"{plan.jobs_at_least:,} if it answers everything it accepts, at most {plan.jobs_at_most:,} if nothing."
    )


def _beside(plan: Plan) -> str:
    """Say what the table does not count."""
    return (
        f"Not in the table: requests for accounts and targeting values ({plan.shared:,}), status requests for jobs, "
        "and further pages of objects."
    )


def plan_json(plan: Plan, time: ShortestTime, latency: Latency, slots: int) -> str:
    """Return the same as JSON.

    Args:
        plan: What would be asked for.
        time: The shortest time.
        latency: How long a job takes.
        slots: Jobs that an account may have on the server at once.
    """
    return json.dumps(
        {
            "streams": [asdict(part) for part in plan.parts],
            "windows": plan.total("windows"),
            "jobs": plan.total("jobs"),
            "jobs_at_least": plan.jobs_at_least,
            "jobs_at_most": plan.jobs_at_most,
            "synchronous": plan.total(SYNCHRONOUS),
            "collected": plan.total("collected"),
            "requests": plan.total("requests") + plan.shared,
            "shared_requests": plan.shared,
            "shortest_seconds": round(time.seconds, 3),
            "bound_by": time.reason,
            "job_seconds": round(latency.seconds, 3),
            "job_seconds_seen": latency.seen,
            "slots_per_account": slots,
            "writes_per_minute": WRITES_PER_MINUTE,
        },
        indent=2,
    )
