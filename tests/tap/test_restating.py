"""Restating: a range, a stream or some entities extracted again, beside the live state.

The recipe of `docs/incremental.md`: a start, an end, no state, and the STATE lines of the run thrown away. The API
answers null for a metric of which the range asked for holds nothing, and 0 on days beside others: both are nothing.
"""

from __future__ import annotations

import copy
import typing as t

import pytest

from tests.support.world import DIMENSIONS

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.support.world import Json, Key, Outcome, World

STREAMS = ["campaign_stats", "line_item_stats", "account_stats"]
RANGE = ("2026-03-24", "2026-03-27")


def within(rows: dict[Key, Json], first: str, last: str) -> dict[Key, Json]:
    """Return what rows of the days `[first, last)` of the account say: dimensions, and figures that are not nothing."""
    told = {
        key: {column: value for column, value in row.items() if value or column in DIMENSIONS}
        for key, row in rows.items()
        if first <= row["date"] < last
    }
    return {key: row for key, row in told.items() if set(row) - DIMENSIONS}


def restated(outcome: Outcome, stream: str) -> dict[Key, Json]:
    """Return what a restatement says, having made sure that it keeps to its range."""
    rows = outcome.by_key(stream)
    assert {RANGE[0] <= row["date"] < RANGE[1] for row in rows.values()} <= {True}
    return within(rows, *RANGE)


def filter_of(ids: Iterable[str]) -> Json:
    """Return the stream maps that let some entities through, as the page has it."""
    names = ", ".join(repr(i) for i in ids)
    return {"campaign_stats": {"__filter__": f"entity_id in ({names})"}}


def restate(world: World, streams: list[str] | None = None, **settings: t.Any) -> Outcome:
    """Follow the recipe."""
    dates = {"start_date": RANGE[0], "end_date": RANGE[1]}
    outcome = world.run(streams or STREAMS, **(dates | settings))
    assert outcome.exit_code == 0, outcome.log
    return outcome


@pytest.mark.parametrize("granularity", ["DAY", "HOUR"])
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata"])
def test_the_rows_of_a_range_are_those_of_the_live_run(
    start_world: Callable[..., World], zone: str, granularity: str
) -> None:
    """Not one more, not one less, each equal in every column."""
    world = start_world({"granularity": granularity}, timezones=(zone,))
    live = world.run(STREAMS)
    again = restate(world)
    for stream in STREAMS:
        expected = within(live.by_key(stream), *RANGE)
        assert expected
        assert restated(again, stream) == expected


def test_one_stream_and_some_entities(world: World) -> None:
    """Streams by the selection, entities by a filter that Singer's tools have built in."""
    live = world.run(STREAMS)
    ids = sorted({row["entity_id"] for row in live.records("campaign_stats")})[:2]
    again = restate(world, ["campaign_stats"], stream_maps=filter_of(ids))
    assert set(again.schemas) == {"campaign_stats"}
    held = within(live.by_key("campaign_stats"), *RANGE)
    expected = {key: row for key, row in held.items() if row["entity_id"] in ids}
    assert 0 < len(expected) < len(held)
    assert restated(again, "campaign_stats") == expected


def test_the_live_run_goes_on_as_if_nothing_had_been(start_world: Callable[..., World]) -> None:
    """Its state is read and written by its own runs alone: same state, rows and jobs as without a restatement."""
    states, rows, jobs = [], [], []
    for beside in (False, True):
        world = start_world()
        first = world.run(STREAMS)
        live = copy.deepcopy(first.state)
        if beside:
            restate(world)
            restate(world, ["campaign_stats"], stream_maps=filter_of(["none"]))
        assert first.state == live
        world.sim.api.clock.advance(7 * 3600)
        before = len(world.jobs)
        later = world.run(STREAMS, live)
        assert later.exit_code == 0, later.log
        states.append(later.state)
        rows.append({stream: later.by_key(stream) for stream in STREAMS})
        jobs.append(len(world.jobs) - before)
    assert states[0] == states[1]
    assert rows[0] == rows[1]
    assert jobs[0] == jobs[1]


def test_what_was_corrected_since_is_in_the_restatement(world: World) -> None:
    """A table that restates a range ends as one that was extracted today."""
    live = world.run(STREAMS)
    world.sim.api.clock.advance(3 * 86400)
    again = restate(world)
    held = live.by_key("campaign_stats") | again.by_key("campaign_stats")
    fresh = world.run(STREAMS).by_key("campaign_stats")
    assert within(held, *RANGE) == within(fresh, *RANGE)
