"""An account whose days become other days between two runs: no figure is lost, none stands twice."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from tests.support.deletions import without_deleted
from tests.support.world import ahead_of, keyed_records

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.support.world import Json, Outcome, World

STREAMS = ["campaign_stats", "account_stats"]
ENTITIES = {"campaign_stats": "CAMPAIGN", "account_stats": "ACCOUNT"}
HOUR = 3600


def assert_exact(world: World, outcomes: list[Outcome], granularity: str) -> None:
    """Hold what a warehouse holds after some runs and the deletions that their warnings ask for."""
    for stream, entity in ENTITIES.items():
        held = without_deleted(outcomes, stream)
        expected = world.truth(world.account_ids[0], entity, granularity)
        assert expected
        assert world.differences(held, expected, outcomes[-1].schemas[stream]["key_properties"]) == []
        assert_apart(held.values())


def assert_apart(records: Iterable[Json]) -> None:
    """Make sure that no two rows of an entity and placement are about the same moment."""
    rows = sorted((r["entity_id"], r["placement"], r["start_time"], r["end_time"]) for r in records)
    for one, other in pairwise(rows):
        assert one[:2] != other[:2] or one[3] <= other[2], (one, other)


@pytest.mark.parametrize("off", [0, -660], ids=["", "clock behind"])
@pytest.mark.parametrize("granularity", ["DAY", "HOUR"])
def test_another_zone_leaves_no_old_row_once_those_named_are_deleted(
    start_world: Callable[..., World], granularity: str, off: int
) -> None:
    """The warning names them; with a clock that is behind, it must not name the new ones as well."""
    world = start_world({"granularity": granularity}, start_date="2026-03-24", revisions=False)
    first = world.run(STREAMS)
    world.sim.move_zone(world.account_ids[0], "Europe/Berlin")
    world.sim.api.clock.advance(2 * HOUR)
    world.tap_class = ahead_of(world, off)
    second = world.run(STREAMS, state=first.state)
    assert second.exit_code == 0, second.log
    told = [w for w in second.warnings() if "was America/Los_Angeles and is Europe/Berlin" in w]
    assert len(told) == len(STREAMS)
    assert_exact(world, [first, second], granularity)
    world.sim.api.clock.advance(HOUR)
    third = world.run(STREAMS, state=second.state)
    assert not [w for w in third.warnings() if "time zone" in w], "once"
    assert_exact(world, [first, second, third], granularity)
    world.assert_clean()


def test_windows_of_another_zone_leave_no_old_total_once_those_named_are_deleted(
    start_world: Callable[..., World],
) -> None:
    """Their key is the start of a window, which has moved."""
    settings = {"granularity": "TOTAL", "window_days": 4, "placements": ["ALL_ON_TWITTER"]}
    world = start_world(settings, start_date="2026-03-24", revisions=False)
    first = world.run(["campaign_stats"])
    world.sim.move_zone(world.account_ids[0], "Europe/Berlin")
    world.sim.api.clock.advance(2 * HOUR)
    second = world.run(["campaign_stats"], state=first.state)
    assert second.exit_code == 0, second.log
    held = without_deleted([first, second], "campaign_stats")
    assert held == keyed_records([second], "campaign_stats")
    assert {r["start_time"] for r in held.values()} <= {
        f"2026-{day}:00:00Z" for day in ("03-23T23", "03-27T23", "03-31T22")
    }


@pytest.mark.parametrize("granularity", ["DAY", "HOUR"])
def test_a_switch_that_comes_is_followed(start_world: Callable[..., World], granularity: str) -> None:
    """Known long before, it makes nothing old wrong: the days up to it are what they were."""
    world = start_world(
        {"granularity": granularity},
        start_date="2026-03-29",
        revisions=False,
        timezones=("Europe/Berlin",),
        timezone_switch="0=2026-04-03",
    )
    runs = [world.run(STREAMS)]
    for hours in (35, 1, 30):  # to a few hours before it, in the cut day; past it; to the day after
        world.sim.api.clock.advance(hours * HOUR)
        runs.append(world.run(STREAMS, state=runs[-1].state))
        assert runs[-1].exit_code == 0, runs[-1].log
    assert not [w for run in runs for w in run.warnings() if "time zone" in w]
    assert_exact(world, runs, granularity)
    world.assert_clean()


@pytest.mark.parametrize("granularity", ["DAY", "HOUR"])
def test_a_switch_announced_after_it_came_is_extracted_anew_from_there(
    start_world: Callable[..., World], granularity: str
) -> None:
    """What was extracted before stays, but for the day that the switch cut short."""
    world = start_world({"granularity": granularity}, start_date="2026-03-24", revisions=False)
    first = world.run(STREAMS)
    switch = datetime.fromisoformat("2026-03-30T22:00:00+00:00")  # midnight in Berlin
    world.sim.move_zone(world.account_ids[0], "Europe/Berlin", int(switch.timestamp()))
    world.sim.api.clock.advance(2 * HOUR)
    world.sim.journal.clear()
    second = world.run(STREAMS, state=first.state)
    assert second.exit_code == 0, second.log
    assert len([w for w in second.warnings() if "Europe/Berlin" in w]) == len(STREAMS)
    assert_exact(world, [first, second], granularity)
    eve = switch - timedelta(days=2)
    assert min(r["start_time"] for r in second.records("campaign_stats")) > f"{eve:%Y-%m-%d}"
    world.assert_clean()
