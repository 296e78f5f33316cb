"""`stats_endpoint: AUTO`: the same records, from the synchronous endpoint where it takes the question."""

from __future__ import annotations

import typing as t

import pytest

from tap_twitter_ads_async.simulator.rate_limits import SYNC_STATS
from tests.support.world import ended_world

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Outcome, World

STREAMS = ["campaign_stats", "account_stats", "line_item_stats", "funding_instrument_stats"]


def _lines(outcome: Outcome) -> list[bytes]:
    """Return the RECORD lines as they are, but for the moment of reading."""
    found = [line for line in outcome.lines if line.startswith(b'{"type":"RECORD"')]
    return sorted(line.partition(b',"time_extracted"')[0] for line in found)


@pytest.mark.parametrize(
    ("zone", "start_date", "now", "granularity"),
    [
        ("America/Los_Angeles", "2026-03-05", "2026-03-11T10:20:00Z", "DAY"),
        ("Europe/Berlin", "2026-03-26", "2026-04-01T10:20:00Z", "TOTAL"),
        ("Asia/Kolkata", "2026-03-28", "2026-04-01T10:20:00Z", "HOUR"),
        ("America/Los_Angeles", "2025-10-31", "2025-11-05T10:20:00Z", "HOUR"),
        ("Europe/Berlin", "2025-10-24", "2025-10-29T10:20:00Z", "DAY"),
        ("Australia/Lord_Howe", "2026-04-02", "2026-04-07T10:20:00Z", "DAY"),
        ("Asia/Kathmandu", "2026-03-30", "2026-04-01T10:20:00Z", "HOUR"),
    ],
)
def test_both_endpoints_give_the_same_records(
    start_world: Callable[..., World], zone: str, start_date: str, now: str, granularity: str
) -> None:
    """Byte for byte, through clock changes and in half-hour zones."""
    world = start_world(timezones=(zone,), start_date=start_date, now=now)
    at_once = world.run(STREAMS, granularity=granularity, stats_endpoint="AUTO")
    assert at_once.exit_code == 0, at_once.log
    assert world.requests("POST", "stats/jobs") == []
    asked = len(world.requests("GET", "stats"))
    by_jobs = world.run(STREAMS, granularity=granularity)
    assert len(world.jobs) == asked > 0
    assert _lines(at_once) == _lines(by_jobs)
    assert at_once.state == by_jobs.state
    world.assert_clean()


def test_the_week_of_169_hours_goes_to_jobs_with_the_same_records(start_world: Callable[..., World]) -> None:
    """Seven days in which clocks are set back are an hour too long for the endpoint; the rest of the run is not."""
    world = start_world(start_date="2025-10-28", now="2025-11-06T10:20:00Z")
    auto = world.run(STREAMS, stats_endpoint="AUTO", window_days=7)
    assert auto.exit_code == 0, auto.log
    assert world.jobs
    assert {request["status"] for request in world.requests("GET", "stats")} == {200}
    assert _lines(auto) == _lines(world.run(STREAMS, window_days=7))
    world.assert_clean()


def test_an_account_without_figures_has_none_either_way(start_world: Callable[..., World]) -> None:
    """No row is made of an empty answer, and the bookmark is the same."""
    world = ended_world(start_world, accounts=2)
    settings: dict[str, t.Any] = {"start_date": "2026-03-15"}
    auto = world.run(STREAMS, stats_endpoint="AUTO", **settings)
    assert auto.exit_code == 0, auto.log
    by_jobs = world.run(STREAMS, **settings)
    assert _lines(auto) == _lines(by_jobs)
    assert auto.state == by_jobs.state


@pytest.mark.parametrize("seed", [21, 22])
def test_later_runs_give_the_same_records(start_world: Callable[..., World], seed: int) -> None:
    """After hours, credits and corrections, whichever endpoint the run before used."""
    world = start_world(seed=seed, start_date="2026-03-26", timezones=("Asia/Kolkata",))
    first = world.run(STREAMS, stats_endpoint="AUTO")
    for hours in (1, 26):
        world.sim.api.clock.advance(hours * 3600)
        auto = world.run(STREAMS, first.state, stats_endpoint="AUTO")
        by_jobs = world.run(STREAMS, first.state)
        assert auto.exit_code == 0, auto.log
        assert _lines(auto) == _lines(by_jobs)
        assert auto.state == by_jobs.state
        first = auto
    world.assert_clean()


def test_what_the_endpoint_does_not_take_goes_to_jobs(start_world: Callable[..., World]) -> None:
    """Long windows, old days and segments: none of them is even asked for there."""
    world = start_world(start_date="2025-12-20")
    streams = ["campaign_stats", "campaign_stats_by_gender"]
    outcome = world.run(streams, segmentation_types=["GENDER"], stats_endpoint="AUTO", window_days=30)
    assert outcome.exit_code == 0, outcome.log
    assert world.jobs
    for request in world.requests("GET", "stats"):
        assert request["status"] == 200
    world.assert_exact(outcome, "campaign_stats")
    world.assert_clean()


def test_a_quota_that_ends_leaves_the_rest_to_jobs(start_world: Callable[..., World]) -> None:
    """And no question is asked that the headers said would be refused."""
    world = start_world(rate_limit_scale=1.0, start_date="2026-03-29")
    for _ in range(SYNC_STATS.limit - 5):
        world.sim.api.limits.take(SYNC_STATS, "")  # another client of the user
    outcome = world.run(STREAMS, stats_endpoint="AUTO", window_days=1)
    assert outcome.exit_code == 0, outcome.log
    asked = world.requests("GET", "stats")
    assert len(asked) == 5
    assert "its quota of requests is used up. The quota is the token's, shared by all its runs. Jobs are" in outcome.log
    assert {request["status"] for request in asked} == {200}
    assert world.jobs
    for stream in STREAMS:
        world.assert_exact(outcome, stream)


@pytest.mark.parametrize(
    "fault",
    [
        "GET stats: status=503 times=99",
        "GET stats: status=429 user_reset=600 times=99",
        "GET stats: action=drop_after times=99",
        "GET stats: status=400 times=99",
        "GET stats: status=404 code=ROUTE_NOT_FOUND times=99",
        "GET stats: status=403 body=html times=99",
    ],
)
def test_an_endpoint_that_fails_costs_nothing_but_the_try(start_world: Callable[..., World], fault: str) -> None:
    """The jobs bring everything, and the run is green."""
    world = start_world(start_date="2026-03-26")
    world.fault(fault)
    outcome = world.run(STREAMS, stats_endpoint="AUTO", window_days=2)
    assert outcome.exit_code == 0, outcome.log
    assert len(world.requests("GET", "stats")) <= 12
    for stream in STREAMS:
        world.assert_exact(outcome, stream)


def test_asynchronous_is_the_default(world: World) -> None:
    """The synchronous quota is shared with every other client of the user."""
    outcome = world.run(["campaign_stats"])
    assert outcome.exit_code == 0, outcome.log
    assert world.requests("GET", "stats") == []
