"""An answer counts only if it answers the question: what files and jobs may say instead, and what becomes of it."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.world import DIMENSIONS

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Outcome, World

STREAM = "campaign_stats"
UNREADABLE = ("no_data", "errors", "null_data", "other_dates", "other_ids", "other_length", "twice", "long_array")
TELLS_NOTHING = ("no_entries", "null_entries", "no_metrics", "null_metrics", "other_metrics")
"""An entity is there, and none of the metrics asked for."""
UNREADABLE_ENTITY = ("missing_metrics", "empty_object")


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


@pytest.mark.parametrize("kind", [*UNREADABLE, *UNREADABLE_ENTITY, *TELLS_NOTHING, "left_out", "empty"])
def test_a_file_that_does_not_answer_is_had_again(world: World, kind: str) -> None:
    """Once is an accident: another job has the figures, and nobody needs to act."""
    # Jobs are created side by side; a file without figures would hide some of the kinds.
    world.fault(f"*: action=untrue kind={kind} times=1 group=ENGAGEMENT containing={busiest(world)}")
    outcome = world.run([STREAM])
    assert outcome.exit_code == 0, outcome.log
    world.assert_exact(outcome, STREAM)
    assert any("Retrying the job" in w or "Asking again" in w for w in outcome.warnings())


@pytest.mark.parametrize("kind", [*UNREADABLE, *UNREADABLE_ENTITY, *TELLS_NOTHING, "left_out"])
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
    if kind in {*TELLS_NOTHING, "left_out"}:
        assert "Splitting" not in first.log, "the file says itself whom it does not tell of"


@pytest.mark.parametrize("kind", [*TELLS_NOTHING, *UNREADABLE_ENTITY, "left_out"])
def test_a_later_run_takes_back_no_row_for_want_of_an_answer(start_world: Callable[..., World], kind: str) -> None:
    """A bucket that is asked for again goes out as nulls where nothing is left of it, and only there."""
    world = start_world(revisions=False)
    first = world.run([STREAM])
    world.sim.api.clock.advance(6 * 3600)
    world.fault(f"*: action=untrue kind={kind} times=null")
    later = world.run([STREAM], state=first.state)
    assert later.exit_code == 1, later.log
    for record in later.records(STREAM):
        assert any(value is not None for column, value in record.items() if column not in DIMENSIONS)
    world.sim.api.faults.clear()
    last = world.run([STREAM], state=later.state)
    assert last.exit_code == 0, last.log
    world.assert_exact([first, later, last], STREAM)


@pytest.mark.parametrize("kind", [*TELLS_NOTHING, *UNREADABLE_ENTITY, "left_out"])
def test_an_odd_answer_of_the_synchronous_endpoint_is_left_to_a_job(
    start_world: Callable[..., World], kind: str
) -> None:
    """The job has the figures; the endpoint's answer is worth no warning."""
    world = start_world(start_date="2026-03-28", revisions=False)
    world.fault(f"GET stats: action=untrue kind={kind} times=null containing={busiest(world)}")
    outcome = world.run([STREAM], stats_endpoint="AUTO")
    assert outcome.exit_code == 0, outcome.log
    assert world.requests("GET", "stats")
    assert world.jobs
    world.assert_exact(outcome, STREAM)


def test_segmented_an_entity_without_segments_has_no_data(world: World) -> None:
    """So the API says that nothing happened there."""
    victim = busiest(world)
    world.fault(f"*: action=untrue kind=no_entries times=null containing={victim}")
    outcome = world.run(["campaign_stats_by_gender"], segmentation_types=["GENDER"])
    assert outcome.exit_code == 0, outcome.log
    assert not outcome.warnings()
    found = {record["entity_id"] for record in outcome.records()}
    assert found
    assert victim not in found


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
