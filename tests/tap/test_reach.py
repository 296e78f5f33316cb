"""Reach streams, held against the sets of made-up people that the simulator's figures come from."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tap_twitter_ads_async.simulator.reach import people_of, viewers

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.simulator.entities import Node
    from tests.support.world import Outcome, World

Json = dict[str, t.Any]
Key = tuple[str, ...]
STREAMS = ["campaign_reach", "funding_instrument_reach"]
ENTITY = {"campaign_reach": "CAMPAIGN", "funding_instrument_reach": "FUNDING_INSTRUMENT"}
PERIODS = ["DAY", "WEEK", "MONTH", "LIFETIME"]
FIRST_DAY = "2026-03-20"
ZONE = ZoneInfo("America/Los_Angeles")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bounds(kind: str, day: datetime, first: datetime) -> tuple[datetime, datetime | None]:
    """Return the period that holds a local midnight, worked out without the tap's calendar."""
    if kind == "LIFETIME":
        return first, None
    start = {"DAY": day, "WEEK": day - timedelta(days=day.weekday()), "MONTH": day.replace(day=1)}[kind]
    following = {"DAY": 1, "WEEK": 7, "MONTH": 32}[kind]
    end = (start + timedelta(days=following)).replace(hour=0)
    return start, end.replace(day=1) if kind == "MONTH" else end


def _people(world: World, node: Node, start: datetime, end: datetime) -> set[int]:
    """Return the people themselves, one by one."""
    size = people_of(node.account)
    spans = viewers(world.sim.api.ledger, node, int(start.timestamp()), int(end.timestamp()))
    return {(first + i) % size for first, seen in spans for i in range(seen)}


def _days(world: World, node: Node, first: datetime, now: datetime) -> dict[datetime, set[int]]:
    """Return who saw an entity's ads on each day up to now."""
    days: dict[datetime, set[int]] = {}
    while first < now:
        following = first + timedelta(days=1)  # of the wall clock: the day may have 23 hours
        days[first] = _people(world, node, first, min(following, now))
        first = following
    return days


def _expected(world: World, stream: str, kinds: list[str]) -> dict[Key, Json]:
    """Return the truth by key: every entity and period in which somebody saw an ad."""
    now = world.sim.api.clock.now().replace(minute=0, second=0)
    first = datetime.fromisoformat(FIRST_DAY).replace(tzinfo=ZONE)
    rows: dict[Key, Json] = {}
    for account_id in world.account_ids:
        account = world.sim.api.world.accounts[account_id]
        for node in account.of(ENTITY[stream]).values():
            days = _days(world, node, min(_bounds(kind, first, first)[0] for kind in kinds), now)
            for kind in kinds:
                periods = {_bounds(kind, day, first) for day in days if day >= first}
                for start, end in periods:
                    people = set[int]().union(*(seen for day, seen in days.items() if start <= day < (end or now)))
                    if people:
                        rows[account_id, node.id, kind, _stamp(start)] = {
                            "end_time": _stamp(now if end is None else min(end, now)),
                            "date": start.date().isoformat(),
                            "total_audience_reach": len(people),
                            "complete": end is not None and end <= now,
                        }
    return rows


def _held(outcomes: list[Outcome], stream: str) -> dict[Key, Json]:
    held: dict[Key, Json] = {}
    for outcome in outcomes:
        records = outcome.records(stream)
        keyed: dict[Key, Json] = {(r["account_id"], r["entity_id"], r["period"], r["start_time"]): r for r in records}
        assert len(keyed) == len(records), "a key comes twice"
        held |= keyed
    return held


def _assert_exact(world: World, outcomes: list[Outcome], kinds: list[str]) -> None:
    for stream in STREAMS:
        held, expected = _held(outcomes, stream), _expected(world, stream, kinds)
        assert held.keys() == expected.keys()
        assert expected
        for key, row in expected.items():
            if len(outcomes) > 1 and not row["complete"]:
                # Nothing happened since: the figure is right, and ends at the hour of an earlier run.
                assert held[key]["end_time"] <= row.pop("end_time")
            assert {name: held[key][name] for name in row} == row, key
            assert held[key]["average_frequency"] >= 1.0


def test_every_period_in_which_an_entity_was_active_is_one_record(start_world: Callable[..., World]) -> None:
    """Against people counted one by one; the feed's recorded days and whole calendar periods included."""
    world = start_world(campaigns_per_account=22)
    outcome = world.run(STREAMS, reach_periods=PERIODS)
    assert outcome.exit_code == 0, outcome.log
    _assert_exact(world, [outcome], PERIODS)
    for request in world.requests("GET", "reach/campaigns"):
        assert len(request["params"]["campaign_ids"].split(",")) <= 20
        assert request["params"]["end_time"] <= "2026-04-01T10:00:00Z"
    world.assert_clean()


def test_reach_does_not_add_up(start_world: Callable[..., World]) -> None:
    """The same people see ads on more than one day; whoever adds days up counts them again."""
    world = start_world()
    records = world.run(STREAMS, reach_periods=["DAY", "LIFETIME"]).records("campaign_reach")
    campaign = records[0]["entity_id"]
    by_day = [r["total_audience_reach"] for r in records if r["entity_id"] == campaign and r["period"] == "DAY"]
    (whole,) = (r["total_audience_reach"] for r in records if r["entity_id"] == campaign and r["period"] == "LIFETIME")
    assert max(by_day) <= whole < sum(by_day)


def test_later_runs_ask_for_what_changed_and_for_periods_now_over(start_world: Callable[..., World]) -> None:
    """A month that is over is complete in the table, although nothing happened since the last run."""
    world = start_world(now="2026-03-31T10:20:00Z")
    outcomes = [world.run(STREAMS, reach_periods=PERIODS)]
    for hours in (3, 30, 24 * 7):
        world.sim.api.clock.advance(3600 * hours)
        outcomes.append(world.run(STREAMS, state=outcomes[-1].state, reach_periods=PERIODS))
        assert outcomes[-1].exit_code == 0, outcomes[-1].log
        _assert_exact(world, outcomes, PERIODS)
    march = [
        r for r in _held(outcomes, "campaign_reach").values() if r["period"] == "MONTH" and r["date"] == "2026-03-01"
    ]
    assert march
    assert all(r["complete"] for r in march)


def test_nothing_new_asks_for_without_reach(start_world: Callable[..., World]) -> None:
    """Questions for reach count against a small quota of the user's."""
    world = start_world(revisions=False, start_date="2026-02-20", now="2026-03-20T10:20:00Z")
    world.stop_ads(20)
    first = world.run(STREAMS)
    assert first.records()
    world.sim.journal.clear()
    second = world.run(STREAMS, state=first.state)
    assert second.exit_code == 0, second.log
    assert second.records() == []
    assert world.requests("GET", "reach/campaigns") == []


def test_an_account_without_the_feature_is_one_warning_per_stream(start_world: Callable[..., World]) -> None:
    """The others go on."""
    world = start_world(accounts=2, without_reach=("0",))
    outcome = world.run(STREAMS)
    assert outcome.exit_code == 0, outcome.log
    without, with_reach = world.account_ids
    warnings = [line for line in outcome.warnings() if "Not offered" in line]
    assert len(warnings) == len(STREAMS)
    assert all(without in line and "FEATURE_NOT_AVAILABLE" in line for line in warnings)
    assert {r["account_id"] for r in outcome.records("campaign_reach")} == {with_reach}


def test_reach_is_not_selected_by_default(world: World) -> None:
    """It needs a feature that few accounts have, and its figures are easily misread."""
    catalog = world.discover({})
    for entry in catalog["streams"]:
        if entry["stream"] in STREAMS:
            root = next(item["metadata"] for item in entry["metadata"] if item["breadcrumb"] == [])
            assert not root.get("selected-by-default", False)
            assert entry["key_properties"] == ["account_id", "entity_id", "period", "start_time"]


@pytest.mark.parametrize("kind", ["missing", "refused"])
def test_what_is_not_answered_stays_open_alone(start_world: Callable[..., World], kind: str) -> None:
    """An entity that an answer leaves out is asked for again, named, and asked for by the next run."""
    world = start_world()
    (account_id,) = world.account_ids
    campaign = min(world.sim.api.world.accounts[account_id].of("CAMPAIGN"))
    world.fault(f"GET reach/campaigns: action=leave_out containing={campaign} kind={kind} times=99")
    first = world.run(["campaign_reach"])
    assert first.exit_code == 1, first.log
    assert campaign in first.log
    assert campaign not in {r["entity_id"] for r in first.records()}
    assert len({r["entity_id"] for r in first.records()}) > 1
    world.sim.api.faults.clear()
    second = world.run(["campaign_reach"], state=first.state)
    assert second.exit_code == 0, second.log
    held, expected = _held([first, second], "campaign_reach"), _expected(world, "campaign_reach", ["MONTH"])
    assert held.keys() == expected.keys()
    assert "open" not in second.partition("campaign_reach", account_id)


def test_another_start_or_more_periods_are_extracted_from_the_beginning(start_world: Callable[..., World]) -> None:
    """A bookmark says nothing about periods that nobody has asked for."""
    world = start_world()
    first = world.run(["campaign_reach"])
    second = world.run(["campaign_reach"], state=first.state, reach_periods=["DAY"])
    assert "start_date or reach_periods changed" in second.log
    assert {r["period"] for r in second.records()} == {"DAY"}
    assert len(second.records()) > len(first.records())


def test_a_bookmark_set_back_by_hand_extracts_from_there(start_world: Callable[..., World]) -> None:
    """The state is for people too."""
    world = start_world(revisions=False)
    first = world.run(["campaign_reach"], reach_periods=["DAY"])
    state = {
        "bookmarks": {
            "campaign_reach": {
                "partitions": [{"context": {"account_id": world.account_ids[0]}, "replication_key_value": "2026-03-28"}]
            }
        }
    }
    second = world.run(["campaign_reach"], state=state, reach_periods=["DAY"])
    days = {r["date"] for r in second.records()}
    assert min(days) >= "2026-03-27"
    assert days < {r["date"] for r in first.records()}
