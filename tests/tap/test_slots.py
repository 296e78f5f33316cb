"""The account's job slots are kept full, and the API is not hammered meanwhile."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from tap_twitter_ads_async.pauses import Pauses

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World


@pytest.mark.slow
@pytest.mark.parametrize(("setting", "server"), [(10, 100), (100, 10)])
def test_all_slots_are_used_and_never_more(start_world: Callable[..., World], setting: int, server: int) -> None:
    """Extraction takes as long as there are jobs per slot: an idle slot is time lost, one too many is refused."""
    world = start_world(
        {"window_days": 1, "max_concurrent_jobs": setting, "metric_groups": ["ENGAGEMENT"]},
        start_date="2026-03-10",
        max_jobs=server,
        job_latency=0.8,
        revisions=False,
    )
    world.tap_class.pauses = Pauses()
    outcome = world.run(["line_item_stats"])
    assert outcome.exit_code == 0, outcome.log
    assert len(world.jobs) > 30
    assert max(world.sim.journal.max_in_flight.values()) == 10
    created = [job["time"] for job in world.jobs]
    rounds = -(-len(created) // 10)
    assert max(created) - min(created) < rounds * 0.8 * 2.5 + 2
    polls = [r["time"] for r in world.requests("GET", "stats/jobs") if r["params"].get("job_ids")]
    assert min(b - a for a, b in itertools.pairwise(polls)) > 0.2
    assert outcome.records()


def test_one_status_request_covers_all_jobs_of_an_account(start_world: Callable[..., World]) -> None:
    """Asking job by job would use up the limit of status requests within minutes."""
    world = start_world({"window_days": 1}, start_date="2026-03-08", job_latency=1.0, revisions=False)
    world.tap_class.pauses = Pauses()
    outcome = world.run(["campaign_stats"])
    assert outcome.exit_code == 0, outcome.log
    asked = [r["params"] for r in world.requests("GET", "stats/jobs")]
    polls = [params["job_ids"].split(",") for params in asked if "job_ids" in params]
    assert max(len(ids) for ids in polls) > 20
    assert all(len(ids) <= 200 for ids in polls)
    assert len(polls) < 15


def test_jobs_of_later_streams_run_while_earlier_ones_are_emitted(start_world: Callable[..., World]) -> None:
    """Streams one after the other would leave the slots empty at the end of each."""
    world = start_world(start_date="2026-03-25", job_latency=2.0)
    outcome = world.run(["campaign_stats", "line_item_stats", "promoted_tweet_stats"])
    assert outcome.exit_code == 0, outcome.log
    first = min(job["time"] for job in world.jobs)
    assert {j["params"]["entity"] for j in world.jobs if j["time"] < first + 1.5} == {
        "CAMPAIGN",
        "LINE_ITEM",
        "PROMOTED_TWEET",
    }
