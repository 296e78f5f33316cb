"""Whose clock a run goes by, and what it does at the edge of an hour."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

import pytest

from tests.support.world import ahead_of, ended_world

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World


def test_a_clock_that_is_ahead_at_the_full_hour_loses_no_change(start_world: Callable[..., World]) -> None:
    """By its own clock the run would close an hour in which changes are still recorded."""
    world = ended_world(start_world, now="2026-03-20T10:59:30Z")
    world.tap_class = ahead_of(world, 660)
    first = world.run(["campaign_stats"])
    assert first.exit_code == 0, first.log
    (partition,) = first.state["bookmarks"]["campaign_stats"]["partitions"]
    assert partition["replication_key_value"] == "2026-03-20T10:00:00Z"
    assert [w for w in first.warnings() if " s ahead of the API's" in w]
    world.sim.api.clock.advance(20)
    record = first.records("campaign_stats")[0]
    hour = int(record["start_time"][11:13])
    world.sim.revise(
        world.account_ids[0], "CAMPAIGN", record["entity_id"], _epoch(record["date"], hour), "impressions", 1000
    )
    world.sim.api.clock.advance(7200)
    second = world.run(["campaign_stats"], state=first.state)
    assert [r["entity_id"] for r in second.records("campaign_stats")] == [record["entity_id"]]
    world.assert_exact([first, second], "campaign_stats")


def _epoch(day: str, hour: int) -> int:
    return int(datetime.fromisoformat(day).replace(hour=hour, tzinfo=timezone.utc).timestamp())


def test_a_change_that_the_feed_lists_late_is_found_by_the_next_run(start_world: Callable[..., World]) -> None:
    """Recorded seconds before the hour's end, listed after it: the hour must be looked at again."""
    world = ended_world(start_world, now="2026-03-20T11:00:05Z")
    first = world.run(["campaign_stats"])
    record = first.records("campaign_stats")[0]
    hour = int(record["start_time"][11:13])
    world.sim.revise(
        world.account_ids[0],
        "CAMPAIGN",
        record["entity_id"],
        _epoch(record["date"], hour),
        "impressions",
        1000,
        recorded_ago=8,
    )
    world.sim.api.clock.advance(3600)
    second = world.run(["campaign_stats"], state=first.state)
    world.assert_exact([first, second], "campaign_stats")
    assert second.records("campaign_stats")


def test_a_bookmark_between_two_hours_is_understood_by_the_api(start_world: Callable[..., World]) -> None:
    """A person writes 10:15; the feed is asked by whole hours."""
    world = ended_world(start_world)
    first = world.run(["campaign_stats"])
    state = first.state
    state["bookmarks"]["campaign_stats"]["partitions"][0]["replication_key_value"] = "2026-03-18T10:15:00Z"
    second = world.run(["campaign_stats"], state=state)
    assert second.exit_code == 0, second.log
    (asked,) = world.requests("GET", "active_entities")[-1:]
    assert asked["params"]["start_time"] == "2026-03-18T10:00:00Z"
    world.assert_clean()


def test_a_zone_that_nobody_knows_costs_that_account_its_stats_alone(start_world: Callable[..., World]) -> None:
    """One account's oddity must stop neither its objects nor the other accounts."""
    world = start_world(accounts=2)
    odd, sound = world.account_ids
    world.sim.change_object(None, "accounts", odd, {"timezone": "Mars/Olympus_Mons"})
    outcome = world.run(["campaign_stats", "line_item_stats", "campaigns"])
    assert outcome.exit_code == 1
    errors = [line for line in outcome.lines_of("ERROR") if "Mars/Olympus_Mons" in line]
    assert {(f"stream {s}" in e, f"account {odd}" in e) for s, e in zip(("campaign", "line_item"), errors, strict=True)}
    assert {r["account_id"] for r in outcome.records("campaign_stats")} == {sound}
    assert {r["account_id"] for r in outcome.records("campaigns")} == {odd, sound}


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles"])
def test_an_account_without_a_zone_is_in_utc_only_if_the_api_places_its_midnights_there(
    start_world: Callable[..., World], zone: str
) -> None:
    """Days of another zone would be wrong in silence."""
    world = start_world(timezones=(zone,))
    (account_id,) = world.account_ids
    world.sim.change_object(None, "accounts", account_id, {"timezone": None})
    outcome = world.run(["campaign_stats", "campaigns"])
    assert outcome.records("campaigns")
    if zone == "UTC":
        assert outcome.exit_code == 0, outcome.log
        assert world.assert_exact(outcome, "campaign_stats")
    else:
        assert outcome.exit_code == 1
        assert not outcome.records("campaign_stats")
        (error,) = outcome.lines_of("ERROR")[:1]
        assert "names no time zone" in error
        assert account_id in error
