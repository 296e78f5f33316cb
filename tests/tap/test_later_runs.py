"""What a later run asks for: what changed since, and nothing else."""

from __future__ import annotations

import collections
import typing as t

import pytest
import requests

from tests.support.world import ended_world

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

FED = {
    "campaign_stats": "CAMPAIGN",
    "funding_instrument_stats": "FUNDING_INSTRUMENT",
    "line_item_stats": "LINE_ITEM",
    "promoted_tweet_stats": "PROMOTED_TWEET",
    "promoted_account_stats": "PROMOTED_ACCOUNT",
    "media_creative_stats": "MEDIA_CREATIVE",
}


def test_nothing_new_makes_no_job_and_no_record(start_world: Callable[..., World]) -> None:
    """Jobs are scarce and paid for in time: a run every hour must cost nothing when nothing happened."""
    world = ended_world(start_world, accounts=2)
    first = world.run(list(FED))
    assert first.exit_code == 0, first.log
    assert first.records()
    world.sim.journal.clear()
    second = world.run(list(FED), state=first.state)
    assert second.exit_code == 0, second.log
    assert second.records() == []
    assert world.jobs == []
    asked = collections.Counter(
        (r["account_id"], r["params"]["entity"]) for r in world.requests("GET", "active_entities")
    )
    assert asked == {(a, e): 1 for a in world.account_ids for e in FED.values()}
    assert {p["replication_key_value"] for p in second.state["bookmarks"]["campaign_stats"]["partitions"]} == {
        "2026-03-20T10:00:00Z"
    }
    world.assert_clean()


def test_a_revision_months_back_comes_alone(start_world: Callable[..., World]) -> None:
    """Billing is corrected long after the fact; asking for all days again would cost hundreds of jobs."""
    world = ended_world(start_world, start_date="2026-01-05")
    first = world.run(["campaign_stats"])
    key_of = {(r["entity_id"], r["date"]): r for r in first.records("campaign_stats")}
    entity_id, day = min((e, d) for e, d in key_of if d == "2026-01-14")
    world.sim.api.clock.advance(7200)
    world.sim.journal.clear()
    answer = requests.post(
        f"{world.sim.api_url}/__sim__/revise",
        json={
            "account_id": world.account_ids[0],
            "entity": "CAMPAIGN",
            "entity_id": entity_id,
            "hour": "2026-01-14T18:00:00Z",
            "metric": "billed_charge_local_micro",
            "delta": 1_230_000,
        },
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    second = world.run(["campaign_stats"], state=first.state)
    assert second.exit_code == 0, second.log
    (record,) = second.records("campaign_stats")
    assert (record["entity_id"], record["date"], record["placement"]) == (entity_id, day, "ALL_ON_TWITTER")
    before = key_of[entity_id, day]["billed_charge_local_micro"] or 0
    assert record["billed_charge_local_micro"] == before + 1_230_000
    assert {r["params"]["start_time"] for r in world.jobs} == {"2026-01-14"}
    assert {r["params"]["end_time"] for r in world.jobs} == {"2026-01-15"}
    assert {r["params"]["entity_ids"] for r in world.jobs} == {entity_id}
    world.assert_exact([first, second], "campaign_stats")


@pytest.mark.parametrize("granularity", ["DAY", "HOUR"])
def test_the_open_hour_is_looked_at_again(start_world: Callable[..., World], granularity: str) -> None:
    """Figures of the hour that was running are partial: whoever does not come back keeps them partial for ever."""
    world = start_world({"granularity": granularity}, start_date="2026-03-31", now="2026-04-01T20:20:00Z")
    runs = [world.run(["campaign_stats", "account_stats"])]
    for seconds in (1200, 1800, 7 * 3600):
        world.sim.api.clock.advance(seconds)
        runs.append(world.run(["campaign_stats", "account_stats"], state=runs[-1].state))
        assert runs[-1].exit_code == 0, runs[-1].log
    world.assert_exact(runs, "campaign_stats", granularity)
    world.assert_exact(runs, "account_stats", granularity)
    again = {r["start_time"] for r in runs[1].records("campaign_stats")}
    assert again == {"2026-04-01T07:00:00Z" if granularity == "DAY" else "2026-04-01T20:00:00Z"}
    world.assert_clean()


def test_streams_of_one_entity_share_the_feed_when_nothing_changed(start_world: Callable[..., World]) -> None:
    """The feed has a limit of its own; three streams of campaigns must not ask it three times."""
    streams = ["campaign_stats", "campaign_stats_by_age", "campaign_stats_by_gender"]
    world = ended_world(start_world)
    world.settings["segmentation_types"] = ["AGE", "GENDER"]
    first = world.run(streams)
    assert first.exit_code == 0, first.log
    assert all(first.records(stream) for stream in streams)
    world.sim.journal.clear()
    second = world.run(streams, state=first.state)
    assert second.exit_code == 0, second.log
    assert second.records() == []
    assert len(world.requests("GET", "active_entities")) == 1
    assert world.jobs == []


def test_segmented_figures_are_complete_in_spite_of_their_delay(start_world: Callable[..., World]) -> None:
    """Segmented figures come an hour late: a bookmark at now would step over them."""
    world = start_world(
        {"segmentation_types": ["GENDER"]}, start_date="2026-03-30", segment_delay=True, campaigns_per_account=2
    )
    stream = "campaign_stats_by_gender"
    runs = [world.run([stream])]
    for seconds in (2400, 3000, 5 * 3600):
        world.sim.api.clock.advance(seconds)
        runs.append(world.run([stream], state=runs[-1].state))
        assert runs[-1].exit_code == 0, runs[-1].log
    world.assert_exact(runs, stream, segmentation_type="GENDER")
    world.assert_clean()


def test_a_date_set_back_by_hand_extracts_from_there(start_world: Callable[..., World]) -> None:
    """People repair warehouses by editing the bookmark."""
    world = start_world(revisions=False)
    first = world.run(["campaign_stats"])
    state = first.state
    (partition,) = state["bookmarks"]["campaign_stats"]["partitions"]
    partition["replication_key_value"] = "2026-03-29T00:00:00Z"
    second = world.run(["campaign_stats"], state=state)
    assert second.exit_code == 0, second.log
    expected = {r["date"] for r in first.records() if r["date"] >= "2026-03-29"}
    assert {"2026-03-29", "2026-03-30", "2026-03-31", "2026-04-01"} <= expected
    assert {r["date"] for r in second.records()} - {"2026-03-28"} == expected
    world.assert_exact([first, second], "campaign_stats")


@pytest.mark.parametrize("stream", ["campaign_stats", "campaign_reach", "account_history"])
def test_a_bare_date_begins_with_the_accounts_day(start_world: Callable[..., World], stream: str) -> None:
    """East of Greenwich that is hours before midnight UTC; what changed in them belongs to the day that is named."""
    world = start_world({"start_date": "2026-03-22"}, timezones=("Asia/Kolkata",), reach=True, account_history=True)
    first = world.run([stream])
    assert first.exit_code == 0, first.log
    (partition,) = first.state["bookmarks"][stream]["partitions"]
    partition["replication_key_value"] = "2026-W13-7"
    world.sim.journal.clear()
    second = world.run([stream], state=first.state)
    assert second.exit_code == 0, second.log
    asked = {r["params"].get("start_time") for r in world.sim.journal.requests}
    assert "2026-03-28T18:00:00Z" in asked
    assert "2026-03-29T00:00:00Z" not in asked


def test_hours_go_back_to_the_accounts_midnight(start_world: Callable[..., World]) -> None:
    """Accounts have no change feed: their hours are asked for again from the bookmark on."""
    settings = {"granularity": "HOUR", "lookback_days": 0, "start_date": "2026-03-27T05:00:00"}
    world = start_world(settings, timezones=("Asia/Kolkata",), now="2026-03-31T10:20:00Z")
    first = world.run(["account_stats"])
    assert first.exit_code == 0, first.log
    hours = sorted(r["start_time"] for r in first.records())
    assert hours[0] >= "2026-03-26T23:30:00Z"
    (partition,) = first.state["bookmarks"]["account_stats"]["partitions"]
    partition["replication_key_value"] = "2026-03-30"
    second = world.run(["account_stats"], state=first.state)
    assert second.exit_code == 0, second.log
    assert [job["params"]["start_time"] for job in world.jobs if job["params"]["start_time"] < "2026-03-26T23"] == []
    again = {r["start_time"] for r in second.records()}
    assert {hour for hour in hours if hour >= "2026-03-29T18:30:00Z"} <= again
    assert min(again) >= "2026-03-29T18:30:00Z"


def test_an_earlier_start_date_fetches_what_is_missing(start_world: Callable[..., World]) -> None:
    """Whoever moves the start date back expects the days before, not a second copy of all others."""
    world = start_world()
    first = world.run(["campaign_stats"], start_date="2026-03-27")
    assert {r["date"] for r in first.records()} >= {"2026-03-27"}
    world.sim.journal.clear()
    second = world.run(["campaign_stats"], state=first.state)
    assert second.exit_code == 0, second.log
    assert min(r["date"] for r in second.records()) == "2026-03-20"
    assert {r["date"] for r in second.records()} & {"2026-03-28", "2026-03-29", "2026-03-30"} == set()
    world.assert_exact([first, second], "campaign_stats")
