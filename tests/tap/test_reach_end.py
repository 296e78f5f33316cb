"""Reach up to an end date that moves."""

from __future__ import annotations

import copy
import typing as t

import pytest

from tests.support.world import ended_world

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.world import Json, Outcome, World

STREAMS = ["campaign_reach", "funding_instrument_reach"]
PERIODS = ["DAY", "WEEK", "MONTH", "LIFETIME"]
REACH_ROUTES = ("reach/campaigns", "reach/funding_instruments")
OLD_END = "2026-03-25"


def _held(outcomes: Sequence[Outcome], stream: str) -> dict[tuple[str, ...], Json]:
    """Return what a target that upserts by key has in the end."""
    rows = (row for outcome in outcomes for row in outcome.records(stream))
    return {(r["account_id"], r["entity_id"], r["period"], r["start_time"]): r for r in rows}


def _assert_like_one_run(world: World, outcomes: Sequence[Outcome], **settings: t.Any) -> None:
    """Hold runs, one after another, against a single one with the last settings."""
    assert [o.exit_code for o in outcomes] == [0] * len(outcomes), outcomes[-1].log
    single = world.run(STREAMS, **settings)
    for stream in STREAMS:
        expected = _held([single], stream)
        assert expected
        assert _held(outcomes, stream) == expected


def _reach_requests(world: World) -> list[Json]:
    return [request for route in REACH_ROUTES for request in world.requests("GET", route)]


@pytest.mark.parametrize("new_end", [None, "2026-03-30", "2026-12-31"])
@pytest.mark.parametrize("periods", [["DAY"], ["WEEK", "MONTH"], ["LIFETIME"], PERIODS], ids=",".join)
def test_an_end_that_moves_later_is_followed(
    start_world: Callable[..., World], new_end: str | None, periods: list[str]
) -> None:
    """The days in between were recorded before the bookmark; the period that the old end cut is no longer cut."""
    world = start_world()
    settings: Json = {"reach_periods": periods, **({"end_date": new_end} if new_end else {})}
    first = world.run(STREAMS, reach_periods=periods, end_date=OLD_END)
    second = world.run(STREAMS, state=first.state, **settings)
    assert second.warnings() == []
    _assert_like_one_run(world, [first, second], **settings)


def test_an_end_that_came_and_went_loses_nothing(start_world: Callable[..., World]) -> None:
    """Changes after the end are not extracted while it lasts, and the bookmark passes them."""
    world = start_world(now="2026-03-27T10:20:00Z")
    outcomes = [world.run(STREAMS, reach_periods=PERIODS)]
    world.sim.api.clock.advance(4 * 86400)
    outcomes.append(world.run(STREAMS, state=outcomes[-1].state, reach_periods=PERIODS, end_date=OLD_END))
    outcomes.append(world.run(STREAMS, state=outcomes[-1].state, reach_periods=PERIODS))
    _assert_like_one_run(world, outcomes, reach_periods=PERIODS)


def test_an_end_that_lay_ahead_and_is_removed_changes_nothing(start_world: Callable[..., World]) -> None:
    """It has cut nothing yet, so that there is nothing to ask for again."""
    world = ended_world(start_world)
    first = world.run(STREAMS, reach_periods=PERIODS, end_date="2026-12-31")
    world.sim.journal.clear()
    second = world.run(STREAMS, state=first.state, reach_periods=PERIODS)
    assert second.exit_code == 0, second.log
    assert _reach_requests(world) == []


def test_a_lifetime_that_has_ended_is_asked_for_once(start_world: Callable[..., World]) -> None:
    """When its end comes, its records say that they end at an hour of the last run; after that, nothing is new."""
    world = start_world(revisions=False, now="2026-03-24T10:20:00Z")
    settings: Json = {"reach_periods": ["LIFETIME"], "end_date": OLD_END}
    outcomes = [world.run(STREAMS, **settings)]
    assert not any(r["complete"] for r in outcomes[0].records())
    world.sim.api.clock.advance(2 * 86400)
    outcomes.append(world.run(STREAMS, state=outcomes[-1].state, **settings))
    assert all(r["complete"] and r["end_time"] == f"{OLD_END}T07:00:00Z" for r in outcomes[1].records())
    world.sim.api.clock.advance(2 * 86400)
    world.sim.journal.clear()
    outcomes.append(world.run(STREAMS, state=outcomes[-1].state, **settings))
    assert _reach_requests(world) == []
    _assert_like_one_run(world, outcomes, **settings)


def test_the_end_cuts_the_last_period(start_world: Callable[..., World]) -> None:
    """It is exclusive; a part of a month is never called a complete one."""
    world = start_world()
    outcome = world.run(STREAMS, reach_periods=PERIODS, end_date=OLD_END)
    assert outcome.exit_code == 0, outcome.log
    assert max(request["params"]["end_time"] for request in _reach_requests(world)) == f"{OLD_END}T07:00:00Z"
    last = [r for r in outcome.records() if r["end_time"] == f"{OLD_END}T07:00:00Z"]
    assert {(r["period"], r["complete"]) for r in last} == {
        ("DAY", True),
        ("WEEK", False),
        ("MONTH", False),
        ("LIFETIME", True),
    }


def test_a_state_without_an_end_is_read(start_world: Callable[..., World]) -> None:
    """Older versions did not write one."""
    world = ended_world(start_world)
    first = world.run(STREAMS)
    state = copy.deepcopy(world.run(STREAMS, end_date="2026-03-15").state)
    for stream in STREAMS:
        (partition,) = state["bookmarks"][stream]["partitions"]
        assert partition["covers"].pop("end") == "2026-03-15T07:00:00Z"
        assert "end" not in first.state["bookmarks"][stream]["partitions"][0]["covers"]
    second = world.run(STREAMS, state=state)
    assert second.exit_code == 0, second.log
    assert second.warnings() == []
    assert second.records() == []
