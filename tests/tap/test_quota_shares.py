"""`stats_endpoint: AUTO` where the quota is not enough: the account that would take longest gets it."""

from __future__ import annotations

import collections
import typing as t
from dataclasses import replace

from tap_twitter_ads_async.simulator.rate_limits import SYNC_STATS
from tests.support.world import SHORT_PAUSES, tap_in_the_time_of

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Outcome, World

STREAMS = ["campaign_stats", "line_item_stats"]
SETTINGS: dict[str, t.Any] = {"window_days": 1, "metric_groups": ["ENGAGEMENT", "BILLING"]}
DAY = 86400


def one_large_account(start_world: Callable[..., World], small: int, requests: int, **options: t.Any) -> World:
    """Return a world whose last account is the only one with activity after the first days.

    Args:
        start_world: Starts it.
        small: How many other accounts come before.
        requests: How many requests other clients leave.
        options: Options of the simulator.
    """
    world = start_world(dict(SETTINGS), accounts=small + 1, rate_limit_scale=1.0, **options)
    first = int(world.sim.api.clock.now().timestamp()) - 11 * DAY
    for account_id in world.account_ids[:small]:
        for nodes in world.sim.api.world.accounts[account_id].nodes.values():
            for node in nodes.values():
                node.end = min(node.end, first)
    for _ in range(SYNC_STATS.limit - requests):
        world.sim.api.limits.take(SYNC_STATS, "")
    return world


def by_account(requests: list[dict[str, t.Any]]) -> dict[str, int]:
    """Count requests by account."""
    return dict(collections.Counter(r["account_id"] for r in requests))


def records(outcome: Outcome) -> list[bytes]:
    """Return the RECORD lines as they are, but for the moment of reading."""
    found = [line for line in outcome.lines if line.startswith(b'{"type":"RECORD"')]
    return sorted(line.partition(b',"time_extracted"')[0] for line in found)


def test_the_account_that_would_take_longest_gets_all_that_is_left(start_world: Callable[..., World]) -> None:
    """It comes last in the order of emission, and the records are those of the jobs."""
    world = one_large_account(start_world, 3, 20)
    *_, large = world.account_ids
    auto = world.run(STREAMS, stats_endpoint="AUTO")
    assert auto.exit_code == 0, auto.log
    assert by_account(world.requests("GET", "stats")) == {large: 20}
    made = by_account(world.jobs)
    assert set(made) == set(world.account_ids)
    by_jobs = world.run(STREAMS)
    assert records(auto) == records(by_jobs)
    assert auto.state == by_jobs.state
    world.assert_clean()


def test_its_first_streams_come_first(start_world: Callable[..., World]) -> None:
    """They are written first."""
    world = one_large_account(start_world, 1, 20)
    assert world.run(STREAMS, stats_endpoint="AUTO").exit_code == 0
    assert {r["params"]["entity"] for r in world.requests("GET", "stats")} == {"CAMPAIGN"}
    assert min(r["params"]["start_time"] for r in world.requests("GET", "stats")) == "2026-03-20"


def test_where_it_is_enough_for_all_there_is_no_job(start_world: Callable[..., World]) -> None:
    """Whoever is planned first waits for nobody's good."""
    world = one_large_account(start_world, 3, SYNC_STATS.limit)
    outcome = world.run(STREAMS, stats_endpoint="AUTO")
    assert outcome.exit_code == 0, outcome.log
    assert world.jobs == []
    assert set(by_account(world.requests("GET", "stats"))) == set(world.account_ids)
    world.assert_clean()


def test_an_account_is_waited_for_whose_change_feed_is_slow(start_world: Callable[..., World]) -> None:
    """It may be the one that needs the requests most, and here it is."""
    world = one_large_account(start_world, 2, 20)
    *_, large = world.account_ids
    world.fault(f"GET active_entities: action=slow seconds=0.5 times=1 account={large}")
    outcome = world.run(STREAMS, stats_endpoint="AUTO")
    assert outcome.exit_code == 0, outcome.log
    assert by_account(world.requests("GET", "stats")) == {large: 20}


def test_an_account_whose_change_feed_hangs_is_not_waited_for(start_world: Callable[..., World]) -> None:
    """Others ask without it, as soon as it has taken too long."""
    world = one_large_account(start_world, 1, 4)
    small, large = world.account_ids
    world.tap_class = tap_in_the_time_of(world.sim, replace(SHORT_PAUSES, sharing=0.4))
    world.fault(f"GET active_entities: action=slow seconds=2.5 times=1 account={large}")
    outcome = world.run(STREAMS[:1], stats_endpoint="AUTO")
    assert outcome.exit_code == 0, outcome.log
    feed = max(world.requests("GET", "active_entities"), key=lambda r: r["seconds"])
    assert (feed["account_id"], feed["seconds"] > 2.4) == (large, True)
    asked = world.requests("GET", "stats")
    assert by_account(asked) == {small: 4}
    assert max(r["time"] for r in asked) < feed["time"] + feed["seconds"]
    world.assert_clean()


def test_an_account_that_cannot_be_planned_is_not_waited_for(start_world: Callable[..., World]) -> None:
    """It is reported, and the others share what is left."""
    world = one_large_account(start_world, 2, 30)
    first, second, large = world.account_ids
    world.fault(f"GET active_entities: status=400 code=INVALID_PARAMETER times=null account={first}")
    outcome = world.run(STREAMS, stats_endpoint="AUTO")
    assert outcome.exit_code == 1
    asked = by_account(world.requests("GET", "stats"))
    assert set(asked) <= {second, large}
    assert sum(asked.values()) == 30
