"""Reach that the API does not answer, or not readably, and bookmarks that claim too much."""

from __future__ import annotations

import typing as t

import pytest

from tap_twitter_ads_async.simulator.faults import fault_from
from tests.support.world import ended_world

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.simulator.faults import Fault
    from tests.support.world import Json, Outcome, World

STREAM = "campaign_reach"
ROUTE = "reach/campaigns"


def _keys(*outcomes: Outcome) -> set[tuple[str, ...]]:
    return {(r["entity_id"], r["period"], r["start_time"]) for o in outcomes for r in o.records()}


def _with_bookmark(world: World, value: str) -> Json:
    partition = {"context": {"account_id": world.account_ids[0]}, "replication_key_value": value}
    return {"bookmarks": {STREAM: {"partitions": [partition]}}}


@pytest.mark.parametrize("status", [400, 422])
def test_a_period_that_is_refused_stays_open_alone(start_world: Callable[..., World], status: int) -> None:
    """How long a window may be is not documented: a lifetime may be too long where days are answered."""
    world = start_world(campaigns_per_account=22)  # two questions each
    periods = ["DAY", "LIFETIME", "MONTH", "WEEK"]
    whole = world.run([STREAM], reach_periods=periods)
    lifetimes = [r for r in whole.records() if r["period"] == "LIFETIME"]
    bounds = {(r["start_time"], r["end_time"]) for r in lifetimes}
    asked = [(r["params"]["start_time"], r["params"]["end_time"]) in bounds for r in world.requests("GET", ROUTE)]
    assert sum(asked) == 2
    skip = asked.index(True)
    words = "The window is too long"
    world.sim.api.faults.add(_fault(status=status, code="INVALID_TIME_WINDOW", message=words, skip=skip))
    first = world.run([STREAM], reach_periods=periods)
    assert first.exit_code == 1
    assert _keys(first) == _keys(whole) - _keys_of(lifetimes)
    failures = [line for line in first.lines_of("ERROR") if "Failed for good" in line]
    assert len(failures) == 1
    assert "LIFETIME from 2026-03-20 of 22 ids" in failures[0]
    assert words in failures[0]
    (entry,) = first.partition(STREAM, world.account_ids[0])["open"]
    assert entry["period"] == "LIFETIME"
    assert set(entry["entity_ids"]) >= {r["entity_id"] for r in lifetimes}
    second = world.run([STREAM], state=first.state, reach_periods=periods)
    assert second.exit_code == 0, second.log
    assert _keys(first, second) == _keys(whole)
    assert "open" not in second.partition(STREAM, world.account_ids[0])


def _lately_active(outcome: Outcome) -> str:
    """Return a campaign of the latest period, of which a later run will ask again."""
    latest: Json = max(outcome.records(), key=lambda r: (r["start_time"], r["entity_id"]))
    return str(latest["entity_id"])


def _fault(**fields: t.Any) -> Fault:
    return fault_from({"on": f"GET {ROUTE}", **fields})


def _keys_of(records: list[Json]) -> set[tuple[str, ...]]:
    return {(r["entity_id"], r["period"], r["start_time"]) for r in records}


@pytest.mark.parametrize("fields", [{"status": 410, "body": "html"}, {"status": 404}, {"status": 401}])
def test_an_endpoint_that_is_refused_ends_the_account_s_reading(
    start_world: Callable[..., World], fields: Json
) -> None:
    """Another period would fare no better: no flood of requests, and no bookmark that claims anything."""
    world = start_world()
    world.sim.api.faults.add(_fault(times=99, **fields))
    outcome = world.run([STREAM], reach_periods=["DAY", "WEEK"])
    assert len({str(r["params"]) for r in world.requests("GET", ROUTE)}) <= 1
    assert outcome.records() == []
    assert "replication_key_value" not in str(outcome.states[-1:])


@pytest.mark.parametrize("kind", ["absent", "words", "list", "negative", "odd_frequency"])
def test_a_row_without_readable_figures_is_no_answer(start_world: Callable[..., World], kind: str) -> None:
    """It is asked for once more, alone, then left open; it is not taken for "nobody", and overwrites nothing."""
    world = start_world()
    whole = world.run([STREAM])
    campaign = _lately_active(whole)
    world.sim.journal.clear()
    world.sim.api.faults.add(_fault(action="no_figures", containing=campaign, kind=kind, times=99))
    first = world.run([STREAM])
    assert first.exit_code == 1
    assert campaign in first.log
    assert "no readable figures" in first.log
    assert {r["entity_id"] for r in first.records()} == {r["entity_id"] for r in whole.records()} - {campaign}
    asked = [ids for r in world.requests("GET", ROUTE) if campaign in (ids := r["params"]["campaign_ids"])]
    assert asked.count(campaign) * 2 == len(asked)
    assert all(e["entity_ids"] == [campaign] for e in first.partition(STREAM, world.account_ids[0])["open"])
    world.sim.api.clock.advance(5 * 3600)
    later = world.run([STREAM], state=whole.state)
    assert later.exit_code == 1
    assert campaign not in {r["entity_id"] for r in later.records()}
    world.sim.api.faults.clear()
    last = world.run([STREAM], state=first.state)
    assert last.exit_code == 0, last.log
    assert _keys(first, last) == _keys(whole)


def test_null_is_no_figure_and_no_failure(start_world: Callable[..., World]) -> None:
    """The API has nothing to tell: no row goes out, and none that is there is overwritten."""
    world = start_world()
    whole = world.run([STREAM])
    campaign = _lately_active(whole)
    world.sim.api.faults.add(_fault(action="no_figures", containing=campaign, kind="null", times=99))
    first = world.run([STREAM])
    world.sim.api.clock.advance(5 * 3600)
    for outcome in (first, world.run([STREAM], state=whole.state)):
        assert outcome.exit_code == 0, outcome.log
        assert campaign not in {r["entity_id"] for r in outcome.records()}
        assert "open" not in outcome.partition(STREAM, world.account_ids[0])


def test_figures_as_text_are_figures(start_world: Callable[..., World]) -> None:
    """Types change without notice; the numbers are the same."""
    world = start_world()
    whole = world.run([STREAM])
    for campaign in {r["entity_id"] for r in whole.records()}:
        world.sim.api.faults.add(_fault(action="no_figures", containing=campaign, kind="texts", times=99))
    outcome = world.run([STREAM])
    assert outcome.exit_code == 0, outcome.log
    assert outcome.records() == whole.records()


def test_nobody_is_an_answer(start_world: Callable[..., World]) -> None:
    """A first run leaves it out; a later one replaces the figure that was taken back."""
    world = start_world()
    whole = world.run([STREAM])
    campaign = _lately_active(whole)
    world.sim.api.faults.add(_fault(action="no_figures", containing=campaign, kind="nobody", times=99))
    first = world.run([STREAM])
    assert first.exit_code == 0, first.log
    assert campaign not in {r["entity_id"] for r in first.records()}
    world.sim.api.clock.advance(5 * 3600)
    later = world.run([STREAM], state=whole.state)
    assert later.exit_code == 0, later.log
    assert {
        (r["total_audience_reach"], r["average_frequency"]) for r in later.records() if r["entity_id"] == campaign
    } == {(0, None)}


@pytest.mark.parametrize(
    ("ahead", "again_from"),
    [("2026-04-01T20:00:00Z", "2026-04-01T10:00:00Z"), ("2027-04-01", "the start date")],
)
def test_a_bookmark_of_the_future_is_moved_back(start_world: Callable[..., World], ahead: str, again_from: str) -> None:
    """A clock that was fast has read everything up to about now; what is further ahead says nothing."""
    world = start_world()
    whole = world.run([STREAM])
    outcome = world.run([STREAM], state=_with_bookmark(world, ahead))
    assert outcome.exit_code == 0, outcome.log
    (warning,) = outcome.warnings()
    assert "lies in the future" in warning
    assert f"again from {again_from} on" in warning
    assert outcome.partition(STREAM, world.account_ids[0])["replication_key_value"] == "2026-04-01T10:00:00Z"
    assert _keys(outcome) == (_keys(whole) if again_from == "the start date" else set())


@pytest.mark.parametrize("long_ago", ["0001-01-01", "2000-01-01"])
def test_the_change_feed_is_not_read_for_times_before_the_start(
    start_world: Callable[..., World], long_ago: str
) -> None:
    """A quarter of a year per request: from the year 2000 on, it would be more than a hundred."""
    world = ended_world(start_world)
    whole = world.run([STREAM])
    world.sim.journal.clear()
    outcome = world.run([STREAM], state=_with_bookmark(world, long_ago))
    assert outcome.exit_code == 0, outcome.log
    assert _keys(outcome) >= _keys(whole)
    (request,) = world.requests("GET", "active_entities")
    assert request["params"]["start_time"] == "2026-02-01T08:00:00Z"


def test_bounds_between_utc_s_hours_are_whole_hours_of_the_account_s_clock(start_world: Callable[..., World]) -> None:
    """The API takes whole hours only; of which clock is not documented."""
    world = start_world(timezones=("Asia/Kolkata",))
    outcome = world.run([STREAM], reach_periods=["DAY"])
    assert outcome.exit_code == 0, outcome.log
    bounds = {r["params"][name] for r in world.requests("GET", ROUTE) for name in ("start_time", "end_time")}
    assert all(bound.endswith(":00:00+05:30") for bound in bounds)
    assert {r["start_time"][-9:] for r in outcome.records()} == {"18:30:00Z"}
    world.assert_clean()
