"""Worlds in real time, for runs that are killed; and what such runs have asked for."""

from __future__ import annotations

import collections
import time
import typing as t
from datetime import datetime, timedelta, timezone

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World


def specs(world: World) -> collections.Counter[tuple[t.Any, ...]]:
    """Count the jobs that were asked for, by what they ask for."""
    return collections.Counter(tuple(sorted(job["params"].items())) for job in world.jobs)


def real_time_world(start_world: Callable[..., World], **options: t.Any) -> World:
    """Return a world in real time, extracted up to yesterday, so that its truth stands still meanwhile."""
    today = datetime.now(timezone.utc).date()
    settings = {"end_date": (today - timedelta(days=1)).isoformat(), "window_days": 3}
    return start_world(
        settings,
        now=None,
        start_date=(today - timedelta(days=10)).isoformat(),
        days=99,
        ticking=True,
        revisions=False,
        **options,
    )


def end_of(world: World) -> dict[str, str]:
    """Return the end of the extraction as a question to the truth."""
    return {"end": world.settings["end_date"]}


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something has happened elsewhere."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
