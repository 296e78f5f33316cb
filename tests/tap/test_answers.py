"""An answer counts only if it answers the question: what files and jobs may say instead, and what becomes of it."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Outcome, World

STREAM = "campaign_stats"
UNREADABLE = ("no_data", "errors", "null_data", "other_dates", "other_ids", "other_length", "twice", "long_array")


@pytest.fixture
def world(start_world: Callable[..., World]) -> World:
    """Return a world of one account and a few campaigns, in which nothing is revised."""
    return start_world(start_date="2026-03-24", revisions=False)


def busiest(world: World) -> str:
    """Return the campaign that most is to be told of."""
    (account_id,) = world.account_ids
    rows = world.truth(account_id, "CAMPAIGN")
    ids = [str(row["entity_id"]) for row in rows]
    return max(sorted(set(ids)), key=ids.count)


def mended(world: World, first: Outcome) -> Outcome:
    """Let the API answer truly again, and run on from a state."""
    world.sim.api.faults.clear()
    second = world.run([STREAM], state=first.state)
    assert second.exit_code == 0, second.log
    world.assert_exact([first, second], STREAM)
    return second


@pytest.mark.parametrize("kind", [*UNREADABLE, "left_out", "empty"])
def test_a_file_that_does_not_answer_is_had_again(world: World, kind: str) -> None:
    """Once is an accident: another job has the figures, and nobody needs to act."""
    # Jobs are created side by side; a file without figures would hide some of the kinds.
    world.fault(f"*: action=untrue kind={kind} times=1 group=ENGAGEMENT containing={busiest(world)}")
    outcome = world.run([STREAM])
    assert outcome.exit_code == 0, outcome.log
    world.assert_exact(outcome, STREAM)
    assert any("Retrying the job" in w or "Asking again" in w for w in outcome.warnings())


@pytest.mark.parametrize("kind", [*UNREADABLE, "left_out"])
def test_an_entity_that_is_never_answered_stays_open_alone(world: World, kind: str) -> None:
    """The others are committed; the run says what is missing, and the next one has it."""
    victim = busiest(world)
    world.fault(f"*: action=untrue kind={kind} times=null containing={victim}")
    first = world.run([STREAM])
    assert first.exit_code == 1
    assert any(victim in line for line in first.lines_of("ERROR"))
    assert victim not in {r["entity_id"] for r in first.records(STREAM)}
    assert first.records(STREAM)
    (account_id,) = world.account_ids
    entries = first.partition(STREAM, account_id)["progress"]["open"]
    assert {i for e in entries for i in e["entity_ids"]} == {victim}
    mended(world, first)


def test_an_entity_that_one_metric_group_leaves_out_gives_no_half_rows(world: World) -> None:
    """Rows without their billing would look like days without spend."""
    victim = busiest(world)
    world.fault(f"*: action=untrue kind=left_out times=null containing={victim} group=WEB_CONVERSION")
    first = world.run([STREAM])
    assert first.exit_code == 1
    assert victim not in {r["entity_id"] for r in first.records(STREAM)}
    mended(world, first)


@pytest.mark.parametrize("kind", ["halves", "repeated"])
def test_entries_that_agree_are_joined(world: World, kind: str) -> None:
    """One entity in two entries is one entity."""
    world.fault(f"*: action=untrue kind={kind} times=null containing={busiest(world)}")
    outcome = world.run([STREAM])
    assert outcome.exit_code == 0, outcome.log
    world.assert_exact(outcome, STREAM)
    assert world.jobs


def test_an_empty_array_is_no_bucket(start_world: Callable[..., World]) -> None:
    """Where one bucket was asked for, none is not one without a figure."""
    world = start_world({"granularity": "TOTAL"}, start_date="2026-03-24", revisions=False)
    world.fault(f"*: action=untrue kind=empty_array times=null containing={busiest(world)}")
    outcome = world.run([STREAM])
    assert outcome.exit_code == 1
    assert "impressions has 0 values where 1 time buckets were asked for" in outcome.log


@pytest.mark.parametrize("kind", ["glued", "own_host"])
def test_a_result_is_fetched_wherever_the_api_puts_it(world: World, kind: str) -> None:
    """Two urls in one have been seen, and files on the API's own host, which want the signature."""
    world.fault(f"*: action=job_url kind={kind} times=null")
    outcome = world.run([STREAM])
    assert outcome.exit_code == 0, outcome.log
    world.assert_exact(outcome, STREAM)
    world.assert_clean()


def test_a_success_without_a_url_is_made_again_whole(world: World) -> None:
    """Smaller jobs would end no better, and a thousand of them cost a thousand slots."""
    world.fault("*: action=job_no_url polls=1000000 times=null entity=CAMPAIGN")
    outcome = world.run([STREAM], job_timeout_seconds=1)
    assert outcome.exit_code == 1
    specs = [tuple(sorted(job["params"].items())) for job in world.jobs]
    assert len(specs) == 2 * len(set(specs))
    assert not outcome.records(STREAM)
    mended(world, outcome)
