"""Refused is not empty: what was never offered is left out, what was served before stays open."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

STREAM = "campaign_stats"
WORLD: dict[str, t.Any] = {"start_date": "2026-03-24", "revisions": False}


def refuse(world: World, *what: str) -> None:
    """Let the API refuse something from now on."""
    object.__setattr__(world.sim.api.options, "refuse", what)


def test_one_metric_group_refused_costs_that_group_alone(start_world: Callable[..., World]) -> None:
    """A job of three groups is refused as a whole: its neighbours hold the spend."""
    world = start_world(refuse=("metric_group:VIDEO",), **WORLD)
    outcome = world.run([STREAM])
    assert outcome.exit_code == 0, outcome.log
    (warning,) = [w for w in outcome.warnings() if "Not offered" in w]
    assert "metric group VIDEO" in warning
    assert any(r["billed_charge_local_micro"] for r in outcome.records(STREAM))
    assert all(r["video_total_views"] is None for r in outcome.records(STREAM))
    asked = [job["params"]["metric_groups"] for job in world.jobs]
    assert "VIDEO" not in ",".join(asked)


@pytest.mark.parametrize("what", ["metric_group:VIDEO", "placement:ALL_ON_TWITTER", "entity:CAMPAIGN"])
def test_what_was_served_before_stays_open_when_it_is_refused(start_world: Callable[..., World], what: str) -> None:
    """Nulls over good figures, or a change that is never fetched, would be wrong for ever."""
    world = start_world(start_date="2026-03-24")
    first = world.run([STREAM])
    assert first.exit_code == 0, first.log
    refuse(world, what)
    world.sim.api.clock.advance(2 * 3600)
    second = world.run([STREAM], state=first.state)
    assert second.exit_code == 1
    assert any(STREAM in line for line in second.lines_of("ERROR"))
    assert all(r["placement"] != "ALL_ON_TWITTER" for r in second.records(STREAM))
    refuse(world)
    third = world.run([STREAM], state=second.state)
    assert third.exit_code == 0, third.log
    world.assert_exact([first, second, third], STREAM)


def test_a_refusal_without_a_code_is_a_failure(start_world: Callable[..., World]) -> None:
    """A page of HTML comes from a proxy, and says nothing of what the account is offered."""
    world = start_world(**WORLD)
    world.fault("GET active_entities: status=403 body=html times=null")
    first = world.run([STREAM])
    assert first.exit_code == 1
    assert not [w for w in first.warnings() if "Not offered" in w]
    assert len(world.requests("GET", "active_entities")) > 2


def test_a_refusal_without_a_code_may_pass(start_world: Callable[..., World]) -> None:
    """Proxies have bad moments."""
    world = start_world(**WORLD)
    world.fault("POST stats/jobs: status=403 body=html times=3")
    outcome = world.run([STREAM])
    assert outcome.exit_code == 0, outcome.log
    world.assert_exact(outcome, STREAM)


def test_the_message_of_a_400_is_no_offer_withdrawn(start_world: Callable[..., World]) -> None:
    """The word placement in the complaint about a time says nothing about placements."""
    world = start_world(**WORLD)
    text = '{"on": "POST stats/jobs", "status": 400, "code": "INVALID_TIME_WINDOW", "times": null, '
    world.fault(text + '"message": "Time window is not valid for placement"}')
    outcome = world.run([STREAM])
    assert outcome.exit_code == 1
    assert not [w for w in outcome.warnings() if "Not offered" in w]


@pytest.mark.parametrize("code", ["NOT_FOUND", "ACTION_NOT_ALLOWED"])
def test_one_id_that_cannot_be_read_costs_that_id(start_world: Callable[..., World], code: str) -> None:
    """The other nineteen of its job, and all other jobs of the account, are there."""
    world = start_world(**WORLD)
    victim = world.truth(world.account_ids[0], "CAMPAIGN")[0]["entity_id"]
    status = 404 if code == "NOT_FOUND" else 403
    world.fault(f"POST stats/jobs: status={status} code={code} times=null naming={victim}")
    outcome = world.run([STREAM])
    assert outcome.exit_code == 1
    assert victim not in {r["entity_id"] for r in outcome.records(STREAM)}
    assert len({r["entity_id"] for r in outcome.records(STREAM)}) > 1
    assert all(victim in line for line in outcome.lines_of("ERROR") if "Failed for good" in line)
