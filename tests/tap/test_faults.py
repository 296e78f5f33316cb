"""When the API refuses, hangs or is poisoned, a run waits, goes round it, or says what is open."""

from __future__ import annotations

import collections
import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

STREAMS = ["campaign_stats", "account_stats"]


@pytest.mark.parametrize(
    "fault",
    [
        "POST stats/jobs: status=429 account_reset=3",
        "POST stats/jobs: status=429 user_reset=3",
        "POST stats/jobs: status=503 retry_after=3",
        "GET stats/jobs: status=429 account_reset=3 user_reset=60",
        "GET active_entities: status=429 account_reset=3",
        "GET accounts: status=429 user_reset=3",
        "GET file: status=503 retry_after=3",
    ],
)
def test_the_tap_stays_away_as_long_as_it_is_told(world: World, fault: str) -> None:
    """Whoever comes back early is refused for longer, and in the end locked out."""
    world.fault(fault)
    outcome = world.run(STREAMS)
    assert outcome.exit_code == 0, outcome.log
    method, _, route = fault.partition(":")[0].partition(" ")
    if route == "file":  # of one file, not of the file host
        assert len(world.requests("GET", "file")) == len(world.jobs) + 1
    else:
        world.assert_stayed_away(method, route, 3.0)
    world.assert_exact(outcome, "campaign_stats")


def test_a_job_whose_creation_went_unanswered_is_not_created_twice(world: World) -> None:
    """The API had accepted the request when the connection broke; a second job costs a slot for nothing."""
    world.fault("POST stats/jobs: action=drop_after times=5")
    outcome = world.run(STREAMS)
    assert outcome.exit_code == 0, outcome.log
    (account,) = world.account_ids
    jobs = world.sim.api.jobs.listing(account, [])
    asked = collections.Counter(repr(sorted(job.request.echo().items())) for job in jobs)
    assert set(asked.values()) == {1}
    world.assert_exact(outcome, "campaign_stats")


def test_a_request_that_hangs_ends_with_its_time_out(world: World) -> None:
    """A dead connection must not hold a run for ever."""
    world.fault("GET stats/jobs: action=hang seconds=30 times=1")
    outcome = world.run(STREAMS, request_timeout=1)
    assert outcome.exit_code == 0, outcome.log
    world.assert_exact(outcome, "campaign_stats")


def test_a_job_that_hangs_is_cancelled_and_split(world: World) -> None:
    """Jobs have been seen to process for days."""
    world.fault("POST stats/jobs: action=job_hang times=1")
    outcome = world.run(STREAMS, job_timeout_seconds=1)
    assert outcome.exit_code == 0, outcome.log
    assert len(world.requests("DELETE", "stats/jobs")) == 1
    world.assert_exact(outcome, "campaign_stats")
    world.assert_exact(outcome, "account_stats")
    world.assert_clean()


@pytest.mark.parametrize("foreign", [2, 3])
def test_slots_taken_by_other_clients_are_waited_for(start_world: Callable[..., World], foreign: int) -> None:
    """The limit belongs to the account: other tools of the same team use it up."""
    world = start_world(max_jobs=3, job_latency=0.1, campaigns_per_account=6)
    world.fault(f"*: action=foreign_jobs jobs={foreign} times=6")
    outcome = world.run(STREAMS)
    assert outcome.exit_code == 0, outcome.log
    assert max(world.sim.journal.max_in_flight.values()) <= 3
    world.assert_exact(outcome, "campaign_stats")
    world.assert_exact(outcome, "account_stats")
    world.assert_clean()


def test_metrics_that_nobody_documented_are_told_once_and_dropped(world: World) -> None:
    """The API grows metrics without notice; that must not break a pipeline at night."""
    world.fault("GET file: action=unknown_fields times=null")
    outcome = world.run(["campaign_stats"])
    assert outcome.exit_code == 0, outcome.log
    told = [w for w in outcome.warnings() if "brand_new_metric" in w]
    assert len(told) == 1
    world.assert_exact(outcome, "campaign_stats")


def test_only_the_piece_that_fails_for_good_stays_open_and_the_next_run_completes_it(
    start_world: Callable[..., World],
) -> None:
    """One poisoned entity must not cost the others their day, nor be forgotten."""
    world = start_world(start_date="2026-03-29")
    (account_id,) = world.account_ids
    victim = sorted({row["entity_id"] for row in world.truth(account_id, "CAMPAIGN")})[1]
    world.fault(f"POST stats/jobs: action=job_fail times=null containing={victim}")
    first = world.run(STREAMS)
    assert first.exit_code == 1
    errors = [line for line in first.lines_of("ERROR") if "campaign_stats" in line]
    assert errors
    assert all(account_id in line and victim in line and "FAILED" in line for line in errors)
    world.assert_exact(first, "account_stats")
    whole = world.truth(account_id, "CAMPAIGN")
    others = [row for row in whole if row["entity_id"] != victim]
    key = first.schemas["campaign_stats"]["key_properties"]
    assert world.differences(first.by_key("campaign_stats"), others, key) == []
    assert victim not in {r["entity_id"] for r in first.records("campaign_stats")}

    world.sim.api.faults.clear()
    world.sim.journal.clear()
    second = world.run(STREAMS, state=first.state)
    assert second.exit_code == 0, second.log
    assert world.assert_exact([first, second], "campaign_stats")
    days = {r["date"] for r in second.records("campaign_stats") if r["entity_id"] != victim}
    assert days <= {"2026-04-01", "2026-03-31"}  # nothing of the others but the day that was open
    world.assert_clean()


def test_an_account_out_of_order_leaves_the_others_alone(start_world: Callable[..., World]) -> None:
    """Fifty clients, one broken account: forty-nine want their figures in the morning."""
    world = start_world(accounts=3)
    broken = world.account_ids[1]
    world.fault(f"GET active_entities: account={broken} status=500 times=null")
    first = world.run(["campaign_stats"])
    assert first.exit_code == 1
    assert any(broken in line and "campaign_stats" in line for line in first.lines_of("ERROR"))
    assert {r["account_id"] for r in first.records()} == set(world.account_ids) - {broken}
    world.sim.api.faults.clear()
    second = world.run(["campaign_stats"], state=first.state)
    assert second.exit_code == 0, second.log
    world.assert_exact([first, second], "campaign_stats")
