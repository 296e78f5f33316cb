"""Whatever goes wrong for a while on the way, a run ends complete and exact."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from tests.support.world import World

STREAMS = ["campaign_stats", "account_stats"]
PASSING = [
    # creating jobs
    "POST stats/jobs: status=503 times=3",
    "POST stats/jobs: status=500 body=html times=2",
    "POST stats/jobs: status=502 body=empty times=2",
    "POST stats/jobs: action=drop_before times=3",
    "POST stats/jobs: action=drop_after times=3",
    # watching them
    "GET stats/jobs: status=503 times=2",
    "GET stats/jobs: status=500 body=html times=2",
    "GET stats/jobs: action=drop_after times=2",
    "GET stats/jobs: action=slow seconds=1",
    "GET stats/jobs: action=unknown_fields times=null",
    # the jobs themselves
    "POST stats/jobs: action=job_fail times=2",
    "POST stats/jobs: action=job_fail times=null above=6",
    "POST stats/jobs: action=job_hide times=null polls=3",
    "POST stats/jobs: action=job_no_url times=null polls=3",
    "POST stats/jobs: action=job_slow seconds=1.5 times=2",
    # their files
    "GET file: action=truncate times=3",
    "GET file: action=corrupt times=3",
    "GET file: action=drop_before times=3",
    "GET file: action=slow seconds=1",
    "GET file: action=expired times=1",
    "GET file: status=403 body=empty times=3",
    "GET file: status=404 body=html times=5",
    "GET file: status=426 body=empty times=2",
    # the change feed and the accounts
    "GET active_entities: status=503 times=3",
    "GET active_entities: status=500 body=html times=2",
    "GET active_entities: action=drop_after times=2",
    "GET accounts: status=503 times=2",
]


@pytest.mark.parametrize("fault", PASSING)
def test_a_run_outlasts_a_passing_fault(world: World, fault: str) -> None:
    """The API fails daily; the old taps then dropped a day in silence, or the whole night's run."""
    world.fault(fault)
    outcome = world.run(STREAMS, job_timeout_seconds=60)
    assert outcome.exit_code == 0, outcome.log
    assert world.sim.api.faults.as_json()[0]["hits"] > 0
    for stream in STREAMS:
        assert world.assert_exact(outcome, stream)
    world.assert_clean()
