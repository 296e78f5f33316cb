"""What fails in every run of a day stays open alone, and costs no more from run to run."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime

import pytest

from tests.support.world import ended_world

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Json, Outcome, World

STREAM = "campaign_stats"
RUNS = 7
SETTLED = 4
"""After so many runs, the state has the size that it keeps."""
HOUR = 3600


@pytest.mark.parametrize(
    ("granularity", "fault"),
    [
        ("HOUR", "POST stats/jobs: action=job_fail times=null"),
        ("DAY", "POST stats/jobs: action=job_fail times=null"),
        ("DAY", "*: action=untrue kind=left_out times=null"),
        ("HOUR", "*: action=untrue kind=long_array times=null"),
    ],
    ids=["failing hours", "failing", "left out", "malformed"],
)
def test_an_entity_that_fails_in_every_hourly_run_costs_no_more_each_time(
    start_world: Callable[..., World], granularity: str, fault: str
) -> None:
    """Its open pieces are joined; where nobody sees the failure for half a day, nothing grows, and nothing is lost."""
    groups = ["ENGAGEMENT", "BILLING"]
    settings = {"granularity": granularity, "placements": ["ALL_ON_TWITTER"], "metric_groups": groups}
    world = start_world(settings, start_date="2026-03-31", revisions=False, campaigns_per_account=3)
    (account_id,) = world.account_ids
    victim = world.truth(account_id, "CAMPAIGN")[0]["entity_id"]
    world.fault(f"{fault} entity=CAMPAIGN containing={victim}")
    runs: list[Outcome] = []
    sizes, jobs = [], []
    for _ in range(RUNS):
        world.sim.journal.clear()
        runs.append(world.run([STREAM], state=runs[-1].state if runs else None))
        assert runs[-1].exit_code == 1
        assert any(victim in line for line in runs[-1].lines_of("ERROR"))
        sizes.append(len(json.dumps(runs[-1].state)))
        jobs.append(len(world.jobs))
        world.sim.api.clock.advance(HOUR)
    others = {r["entity_id"] for r in runs[0].records(STREAM)}
    assert others
    assert victim not in others, "the others' rows are there from the first run on"
    assert max(sizes[SETTLED:]) <= max(sizes[:SETTLED]), sizes
    assert max(jobs[1:]) <= jobs[0] + 4, jobs
    world.sim.clear_faults()
    runs.append(world.run([STREAM], state=runs[-1].state))
    assert runs[-1].exit_code == 0, runs[-1].log
    question = {"placement": "ALL_ON_TWITTER", "metric_groups": ",".join(groups)}
    assert world.assert_exact(runs, STREAM, granularity, **question)
    assert "progress" not in runs[-1].partition(STREAM, account_id)


def test_a_number_taken_back_while_its_entity_fails_is_taken_back_in_the_end(start_world: Callable[..., World]) -> None:
    """A day of the first extraction is open, and another, which is in the warehouse, loses its figures meanwhile."""
    world = ended_world(start_world, start_date="2026-02-25")
    (account_id,) = world.account_ids
    rows = [r for r in world.truth(account_id, "CAMPAIGN") if r["placement"] == "ALL_ON_TWITTER"]
    victim = rows[0]["entity_id"]
    _, gone, *_, missing = [r for r in rows if r["entity_id"] == victim]
    settings: Json = {"placements": ["ALL_ON_TWITTER"]}
    runs = [world.run([STREAM], end_date=missing["date"], **settings)]
    world.fault(f"POST stats/jobs: action=job_fail times=null containing={victim}")
    runs.append(world.run([STREAM], state=runs[-1].state, **settings))
    assert runs[-1].exit_code == 1
    for bucket in (gone, rows[0]):
        world.sim.api.clock.advance(2 * HOUR)
        first = _second(bucket["start_time"])
        world.sim.take_back(account_id, "CAMPAIGN", victim, range(first, first + 24 * HOUR, HOUR))
        runs.append(world.run([STREAM], state=runs[-1].state, **settings))
        assert runs[-1].exit_code == 1
    world.sim.clear_faults()
    runs.append(world.run([STREAM], state=runs[-1].state, **settings))
    assert runs[-1].exit_code == 0, runs[-1].log
    world.assert_exact(runs, STREAM, placement="ALL_ON_TWITTER")
    assert "progress" not in runs[-1].partition(STREAM, account_id)


def test_a_day_had_while_older_ones_failed_is_taken_back_too(start_world: Callable[..., World]) -> None:
    """What is open by then is about the failures of several runs, and the day is younger than the first of them."""
    settings: Json = {"placements": ["ALL_ON_TWITTER"], "window_days": 1}
    world = start_world(settings, start_date="2026-03-25", revisions=False)
    (account_id,) = world.account_ids
    runs = [world.run([STREAM])]
    rows = sorted(runs[0].records(STREAM), key=lambda r: t.cast("str", r["start_time"]))
    victim = rows[-1]["entity_id"]
    old = next(r for r in rows if r["entity_id"] == victim)
    began = world.sim.api.clock.now()
    world.sim.api.clock.advance(50 * HOUR)
    world.sim.revise(account_id, "CAMPAIGN", victim, _second(old["start_time"]), "impressions", 5)
    world.fault(f"*: action=job_fail times=null containing={victim} ending_by={began:%Y-%m-%dT%H:%M:%SZ}")
    runs.append(world.run([STREAM], state=runs[-1].state))
    assert runs[-1].exit_code == 1
    young = [
        r for r in runs[-1].records(STREAM) if r["entity_id"] == victim and _second(r["start_time"]) > began.timestamp()
    ]
    assert young
    world.fault(f"*: action=job_fail times=null containing={victim}")
    world.sim.api.clock.advance(3 * HOUR)
    first = _second(young[0]["start_time"])
    world.sim.take_back(account_id, "CAMPAIGN", victim, range(first, first + 24 * HOUR, HOUR))
    world.sim.api.clock.advance(3 * HOUR)  # the run after this one does not see it
    runs.append(world.run([STREAM], state=runs[-1].state))
    assert runs[-1].exit_code == 1
    world.sim.clear_faults()
    runs.append(world.run([STREAM], state=runs[-1].state))
    assert runs[-1].exit_code == 0, runs[-1].log
    world.assert_exact(runs, STREAM, placement="ALL_ON_TWITTER")


def _second(moment: str) -> int:
    return int(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp())
