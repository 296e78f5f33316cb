"""A world that changes between runs, and an API that fails during them: the warehouse holds the truth in the end."""

from __future__ import annotations

import typing as t

import pytest

from tests.chaos.journey import Journey

if t.TYPE_CHECKING:
    from pathlib import Path

STEPS = 4
SEEDS = {"DAY": 101, "HOUR": 10, "TOTAL": 10}
"""Each meets kills, a moved zone or date, and numbers taken back; `scripts/journeys.py` goes on for as long as one
likes."""


@pytest.mark.slow
@pytest.mark.parametrize("granularity", SEEDS)
def test_whatever_happens_between_runs_the_tables_are_exact_in_the_end(tmp_path: Path, granularity: str) -> None:
    """The union by key of what runs wrote, less the rows that warnings asked to delete, is the truth."""
    told: list[str] = []
    journey = Journey(tmp_path, SEEDS[granularity], granularity, told.append)
    with journey.sim:
        for _ in range(STEPS):
            journey.step()
        assert journey.conclude(), told
    happened = "\n".join(told)
    assert "taken back" in happened, f"another seed is due: {told}"
    assert "moves to" in happened or ", 5 days a window" in happened or "from 2026" in happened, told
