"""`--plan`: jobs planned are jobs made, to the one."""

from __future__ import annotations

import collections
import json
import threading
import time
import typing as t
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tap_twitter_ads_async.commands.plan import PlannedExtraction, within_quota
from tap_twitter_ads_async.simulator.rate_limits import SYNC_STATS
from tests.support.world import SHORT_PAUSES, tap_in_the_time_of

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.support.world import Outcome, World

    Json = dict[str, t.Any]
    Counts = dict[tuple[str, str], int]

FED = ["account_stats", "campaign_stats", "promoted_tweet_stats"]
LISTED = ["organic_tweet_stats", "media_creative_stats"]
READ = ("accounts", "active_entities")
ENDED_WITHIN_SECONDS = 40


def planned(world: World, streams: Sequence[str], state: Json | None = None, **settings: t.Any) -> Json:
    """Return the plan, having made sure that it only looked."""
    jobs, before = len(world.jobs), len(world.sim.journal.requests)
    outcome = world.invoke(*world.arguments(streams, state, **settings), "--plan=json")
    assert outcome.exit_code == 0, outcome.log
    assert len(world.jobs) == jobs
    requests = list(world.sim.journal.requests)[before:]
    assert {r["method"] for r in requests} <= {"GET"}
    plan: Json = json.loads(outcome.stdout)
    return plan


def run_as_planned(world: World, streams: Sequence[str], state: Json | None = None, **settings: t.Any) -> Outcome:
    """Plan, run, and compare the two job by job."""
    world.sim.journal.clear()
    plan = planned(world, streams, state, **settings)
    kept = sum(r["route"].startswith("targeting") for r in world.sim.journal.requests)  # for the run as well
    world.sim.journal.clear()
    outcome = world.run(streams, state, report_path=str(world.directory / "report"), **settings)
    assert outcome.exit_code == 0, outcome.log
    report = json.loads((world.directory / "report" / "run.json").read_text("utf-8"))
    made = collections.Counter((job["stream"], job["account"]) for job in report["jobs"] if not job["adopted"])
    taken = collections.Counter((job["stream"], job["account"]) for job in report["jobs"] if job["adopted"])
    assert counts(plan, "jobs") == dict(made)
    assert counts(plan, "collected") == dict(taken)
    assert plan["jobs"] == len(world.jobs)
    assert set(world.sim.journal.counters) >= {"POST stats/jobs"} or not plan["jobs"]
    asked = [r for r in world.sim.journal.requests if (r["method"], r["route"]) != ("GET", "stats/jobs")]
    assert plan["requests"] == len(asked) + kept
    return outcome


def tickets_in(state: Json) -> int:
    """Return how many jobs a state names."""
    partitions = (p for bookmark in state["bookmarks"].values() for p in bookmark["partitions"])
    return sum(len(partition.get("jobs", ())) for partition in partitions)


def counts(plan: Json, what: str) -> Counts:
    """Return a figure by stream and account, where it is not nought."""
    return {(part["stream"], part["account"]): part[what] for part in plan["streams"] if part[what]}


@pytest.mark.parametrize(
    ("seed", "streams", "settings"),
    [
        (7, FED, {}),
        (8, [*FED, *LISTED], {"window_days": 3}),
        (9, ["campaign_stats", "line_item_stats"], {"metric_groups": ["ENGAGEMENT", "VIDEO", "MOBILE_CONVERSION"]}),
        (10, ["campaign_stats_by_gender", "campaign_stats"], {"segmentation_types": ["GENDER"], "window_days": 5}),
        (12, ["campaign_stats_by_metros"], {"segmentation_types": ["METROS"], "country_codes": ["US", "GB"]}),
        (11, ["line_item_stats_by_devices"], {"segmentation_types": ["DEVICES"]}),
        (13, ["campaign_stats"], {"granularity": "HOUR", "window_days": 2}),
        (14, ["campaign_stats"], {"granularity": "TOTAL", "placements": ["ALL_ON_TWITTER", "TREND"]}),
    ],
    ids=lambda value: value if isinstance(value, int) else "",
)
def test_a_first_and_a_later_run_make_the_jobs_that_were_planned(
    start_world: Callable[..., World], seed: int, streams: list[str], settings: Json
) -> None:
    """A plan that is nearly right is of no use to whoever must not exceed a quota."""
    zones = ("America/Los_Angeles", "Asia/Kolkata")
    world = start_world(settings, seed=seed, accounts=1 + seed % 2, start_date="2026-03-26", timezones=zones)
    first = run_as_planned(world, streams)
    assert world.jobs, "nothing was proved if nothing was made"
    world.sim.api.clock.advance(7 * 3600)
    later = run_as_planned(world, streams, first.state)
    assert world.jobs
    world.stop_ads(2)
    run_as_planned(world, streams, later.state)
    world.assert_clean()


def test_an_interrupted_run_goes_on_as_planned(start_world: Callable[..., World]) -> None:
    """Jobs in the state are collected, not created: they are paid for."""
    world = start_world({"window_days": 2}, start_date="2026-03-26", job_latency=0.2, max_running=3)
    streams = ["campaign_stats", "line_item_stats"]
    states = [(tickets_in(state), state) for state in world.run(streams).states]
    # Before that, the server holds jobs that the state does not know of: a run finds them, a plan does not look.
    all_created = max(range(len(states)), key=lambda i: states[i][0])
    late = [state for tickets, state in states[all_created:] if tickets]
    for state in (late[0], late[len(late) // 2]):
        plan = planned(world, streams, state)
        assert plan["collected"] > 0
        run_as_planned(world, streams, state)


def test_reach_is_planned_request_by_request(start_world: Callable[..., World]) -> None:
    """Reach has no jobs; its requests count all the same."""
    world = start_world({"reach_periods": ["WEEK", "MONTH"]}, accounts=2, reach=True)
    first = run_as_planned(world, ["campaign_reach"])
    assert any("reach" in r["route"] for r in world.sim.journal.requests)
    run_as_planned(world, ["campaign_reach", "campaign_stats"], first.state)


def test_moved_dates_are_planned(world: World) -> None:
    """What opens again costs again."""
    first = world.run(["campaign_stats"], start_date="2026-03-25")
    run_as_planned(world, ["campaign_stats"], first.state, start_date="2026-03-21")
    (partition,) = first.state["bookmarks"]["campaign_stats"]["partitions"]
    partition["replication_key_value"] = "2026-03-28"
    run_as_planned(world, ["campaign_stats"], first.state, start_date="2026-03-25")


def test_the_plan_reads_accounts_and_the_change_feed_only(world: World) -> None:
    """It may be asked at any time, next to runs that need the quotas."""
    planned(world, ["campaign_stats", "line_item_stats", "campaigns"])
    assert {r["route"] for r in world.sim.journal.requests} == set(READ)


def test_the_plan_writes_no_state(world: World) -> None:
    """Nothing on stdout may look like progress."""
    outcome = world.invoke(*world.arguments(["campaign_stats"]), "--plan")
    assert outcome.exit_code == 0, outcome.log
    lines = outcome.stdout.decode().splitlines()
    assert lines[0].split() == ["stream", "account", "windows", "jobs", "collected", "requests"]
    assert lines[1].split()[:2] == ["campaign_stats", world.account_ids[0]]
    assert lines[2].split()[0] == "all"
    assert '"type"' not in outcome.stdout.decode()
    assert "At least" in lines[-2]


def test_what_cannot_be_planned_is_said(world: World) -> None:
    """A plan that leaves something out in silence is a wrong plan."""
    world.fault("GET active_entities: status=400 code=INVALID_PARAMETER times=null")
    outcome = world.invoke(*world.arguments(["campaign_stats"]), "--plan=json")
    assert outcome.exit_code == 1
    (part,) = json.loads(outcome.stdout)["streams"]
    assert part["failed"]
    assert "INVALID_PARAMETER" in part["note"]


def test_the_time_is_by_what_the_last_run_saw(start_world: Callable[..., World]) -> None:
    """Where there is a report, how long jobs take is known."""
    world = start_world(start_date="2026-03-30")
    settings: Json = {"report_path": str(world.directory / "report"), "max_concurrent_jobs": 5}
    assert planned(world, ["campaign_stats"], **settings)["job_seconds"] == 30.0
    assert world.run(["campaign_stats"], **settings).exit_code == 0
    plan = planned(world, ["campaign_stats"], **settings)
    assert plan["job_seconds_seen"]
    assert plan["shortest_seconds"] == pytest.approx(-(-plan["jobs"] // 5) * plan["job_seconds"], abs=0.1)


def auto_as_planned(world: World, streams: Sequence[str], state: Json | None = None, **settings: t.Any) -> Outcome:
    """Plan and run with `stats_endpoint: AUTO`, and compare jobs and synchronous requests, stream by stream."""
    world.sim.journal.clear()
    plan = planned(world, streams, state, stats_endpoint="AUTO", **settings)
    world.sim.journal.clear()
    outcome = world.run(streams, state, stats_endpoint="AUTO", report_path=str(world.directory / "report"), **settings)
    assert outcome.exit_code == 0, outcome.log
    report = json.loads((world.directory / "report" / "run.json").read_text("utf-8"))
    made = collections.Counter((job["stream"], job["account"]) for job in report["jobs"] if not job["adopted"])
    assert counts(plan, "jobs") == dict(made)
    assert plan["jobs"] == len(world.jobs)
    assert plan["synchronous"] == len(world.requests("GET", "stats"))
    asked = [r for r in world.sim.journal.requests if (r["method"], r["route"]) != ("GET", "stats/jobs")]
    assert plan["requests"] == len(asked)
    return outcome


@pytest.mark.parametrize(
    ("seed", "start_date", "settings"),
    [
        (7, "2026-03-26", {}),
        (8, "2026-03-20", {"window_days": 9}),
        (9, "2025-12-20", {"window_days": 7, "metric_groups": ["ENGAGEMENT", "BILLING"]}),
        (13, "2026-03-29", {"granularity": "HOUR", "window_days": 1}),
    ],
    ids=["all at once", "some windows too long", "some days too old", "hours"],
)
def test_with_two_ways_to_ask_each_is_planned(
    start_world: Callable[..., World], seed: int, start_date: str, settings: Json
) -> None:
    """While nobody else uses the quota, both numbers are exact, in a first and in a later run."""
    world = start_world(settings, seed=seed, accounts=2, start_date=start_date, timezones=("Asia/Kolkata",))
    streams = ["campaign_stats", "funding_instrument_stats"]
    first = auto_as_planned(world, streams)
    assert world.requests("GET", "stats")
    world.sim.api.clock.advance(7 * 3600)
    auto_as_planned(world, streams, first.state)
    assert world.requests("GET", "stats")
    world.assert_clean()


def test_segments_are_planned_as_jobs_whatever_the_endpoint(start_world: Callable[..., World]) -> None:
    """The synchronous endpoint would not refuse them, but its answers take its whole time limit."""
    world = start_world({"segmentation_types": ["GENDER"]}, start_date="2026-03-28")
    auto_as_planned(world, ["campaign_stats_by_gender", "campaign_stats"])
    assert world.jobs
    assert world.requests("GET", "stats")


def test_jobs_of_an_interrupted_run_come_before_the_synchronous_endpoint(start_world: Callable[..., World]) -> None:
    """They are paid for, and their tickets have to go."""
    world = start_world({"window_days": 2}, start_date="2026-03-26", job_latency=0.2, max_running=3)
    whole = world.run(["campaign_stats"])
    state = next(s for s in whole.states if '"jobs"' in json.dumps(s))
    assert planned(world, ["campaign_stats"], state, stats_endpoint="AUTO")["collected"] > 0
    auto_as_planned(world, ["campaign_stats"], state)


@contextmanager
def ending_together(world: World, number: int) -> Iterator[None]:
    """Let no job end before so many are created: one that has ended needs no round any more, as fast as it was.

    If there are never so many, they end after a while, so that the run does, and can be compared.
    """
    over, deadline = threading.Event(), time.monotonic() + ENDED_WITHIN_SECONDS

    def end_jobs() -> None:
        while not over.wait(0.05):
            if len(world.jobs) >= number or time.monotonic() > deadline:
                for account_id in world.account_ids:
                    for job in world.sim.api.jobs.listing(account_id, []):
                        job.ends = job.created

    thread = threading.Thread(target=end_jobs)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_beyond_the_quota_jobs_are_planned(start_world: Callable[..., World]) -> None:
    """For the very accounts and streams whose requests the run leaves to jobs."""
    settings: Json = {"granularity": "HOUR", "window_days": 1}
    options: Json = {"accounts": 3, "rate_limit_scale": 1.0, "job_latency": 3600.0}
    world = start_world(settings, start_date="2026-03-25", **options)
    world.tap_class = tap_in_the_time_of(world.sim, replace(SHORT_PAUSES, sharing=ENDED_WITHIN_SECONDS))
    streams = ["campaign_stats", "line_item_stats", "funding_instrument_stats"]
    plan = planned(world, streams, stats_endpoint="AUTO")
    assert plan["synchronous"] == SYNC_STATS.limit
    assert len({account for _, account in counts(plan, "jobs")}) > 1
    assert plan["jobs_at_least"] == 0
    assert plan["jobs_at_most"] == plan["jobs"] + plan["synchronous"]
    with ending_together(world, plan["jobs"]):
        auto_as_planned(world, streams)
    world.assert_clean()


def test_jobs_count_where_the_quota_is_shared() -> None:
    """An account with many of them takes long, however little of its work the synchronous endpoint takes."""
    parts = [
        PlannedExtraction("campaign_stats", "a", synchronous=150, requests=150),
        PlannedExtraction("campaign_stats", "b", synchronous=300, requests=300),
        PlannedExtraction("campaign_stats_by_gender", "a", jobs=400, collected=200, requests=1000),
        PlannedExtraction("line_item_stats", "a", synchronous=70, requests=70),
    ]
    within = list(within_quota(parts, 100))
    assert [part.synchronous for part in within] == [150, 30, 0, 70]
    assert [part.jobs for part in within] == [0, 270, 400, 0]
    assert [part.requests for part in within] == [150, 570, 1000, 70]


def test_another_client_s_share_of_the_quota_stays_within_the_bounds(start_world: Callable[..., World]) -> None:
    """What others use is known by the first answer only; the plan says how many jobs it can cost."""
    settings: Json = {"window_days": 1, "stats_endpoint": "AUTO"}
    world = start_world(settings, start_date="2026-03-25", rate_limit_scale=1.0)
    for _ in range(SYNC_STATS.limit - 5):
        world.sim.api.limits.take(SYNC_STATS, "")
    outcome = world.invoke(*world.arguments(["campaign_stats"]), "--plan")
    plan = planned(world, ["campaign_stats"])
    assert f"at least {plan['jobs_at_least']:,} " in outcome.stdout.decode()
    assert f"at most {plan['jobs_at_most']:,} " in outcome.stdout.decode()
    assert outcome.stdout.decode().splitlines()[0].split()[4] == "synchronous"
    assert world.run(["campaign_stats"]).exit_code == 0
    assert plan["jobs"] < len(world.jobs) <= plan["jobs_at_most"]
