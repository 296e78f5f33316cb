"""The plan as a table and as JSON. Pure."""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict

from tap_twitter_ads_async.commands.plan_time import WRITES_PER_MINUTE, Latency, ShortestTime
from tap_twitter_ads_async.commands.text_table import aligned

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_twitter_ads_async.commands.plan import PlannedExtraction

HEAD = ("stream", "account", "windows", "jobs", "collected", "requests")
NUMBERS = (2, 3, 4, 5)


def plan_text(plan: Sequence[PlannedExtraction], time: ShortestTime, latency: Latency) -> str:
    """Return a table for a terminal, its sums, and the time."""
    rows = [
        (p.stream, p.account or "-", *(f"{n:,}" for n in (p.windows, p.jobs, p.collected, p.requests))) for p in plan
    ]
    sums = ("all", "", *(f"{sum(getattr(p, name) for p in plan):,}" for name in HEAD[2:]))
    notes = [f"{p.stream}, account {p.account}: {p.note}" for p in plan if p.note]
    source = "as the last run saw it" if latency.seen else "assumed"
    return "\n".join(
        [
            *aligned(HEAD, [*rows, sums], right=NUMBERS),
            "",
            *notes,
            f"At least {time.seconds:,.0f} s for the jobs: {time.reason} ({latency.seconds:,.1f} s per job, {source}).",
            "Requests that ask how jobs are getting on come on top, and further pages of objects.",
        ]
    )


def plan_json(plan: Sequence[PlannedExtraction], time: ShortestTime, latency: Latency, slots: int) -> str:
    """Return the same as JSON.

    Args:
        plan: What would be asked for.
        time: The shortest time.
        latency: How long a job takes.
        slots: Jobs that an account may have on the server at once.
    """
    return json.dumps(
        {
            "streams": [asdict(part) for part in plan],
            "windows": sum(part.windows for part in plan),
            "jobs": sum(part.jobs for part in plan),
            "collected": sum(part.collected for part in plan),
            "requests": sum(part.requests for part in plan),
            "shortest_seconds": round(time.seconds, 3),
            "bound_by": time.reason,
            "job_seconds": round(latency.seconds, 3),
            "job_seconds_seen": latency.seen,
            "slots_per_account": slots,
            "writes_per_minute": WRITES_PER_MINUTE,
        },
        indent=2,
    )
