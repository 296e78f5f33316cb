"""Placements that came after this tap: the change feed names them, and no figure of theirs may be missed."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

STREAMS = ["campaign_stats", "line_item_stats"]
NEW = ("IMMERSIVE_MEDIA", "REPLIES")


@pytest.fixture
def world(start_world: Callable[..., World]) -> World:
    """Return a world of two accounts whose ads also run in two placements that no document names."""
    return start_world(accounts=2, start_date="2026-03-28", revisions=False, new_placements=NEW)


def test_unknown_placements_are_extracted_where_the_user_restricts_none(world: World) -> None:
    """One WARNING each says so, for all streams and accounts; the next run is as good as any."""
    first = world.run(STREAMS)
    assert first.exit_code == 0, first.log
    for stream in STREAMS:
        world.assert_exact(first, stream)
        assert {*NEW} <= {r["placement"] for r in first.records(stream)}
    assert [[p in w for p in NEW].count(True) for w in first.warnings()] == [1, 1]
    world.sim.api.clock.advance(7200)
    second = world.run(STREAMS, state=first.state)
    for stream in STREAMS:
        world.assert_exact([first, second], stream)
    world.assert_clean()


def test_unknown_placements_are_named_and_skipped_where_the_user_has_chosen_some(world: World) -> None:
    """Whoever lists placements wants those alone, and learns that there are more."""
    outcome = world.run(STREAMS, placements=["ALL_ON_TWITTER", "TREND"])
    assert outcome.exit_code == 0, outcome.log
    assert {r["placement"] for r in outcome.records()} <= {"ALL_ON_TWITTER", "TREND"}
    assert len([w for w in outcome.warnings() if "skipped, because setting 'placements'" in w]) == len(NEW)
