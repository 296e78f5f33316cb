"""How much sooner does a run end with `stats_endpoint: AUTO`?

    python benchmarks/quota.py

The tap runs against the simulated API, with AUTO and with ASYNC. Measured is the time from the first read of a change
feed to the last answer, as the API sees it: planning and waiting for others' plans count, the start of the process does
not.

First one account with many tasks, behind small ones in the order of emission, and fewer requests than tasks. The bound
is what the slowest account has left, in rounds of jobs, once the requests are levelled. Then three accounts an hour
after their last run, with a quota that is enough.
"""

from __future__ import annotations

import argparse
import math
import typing as t
from collections import Counter
from datetime import datetime, time, timezone

from bench import machine, verdict
from simulated import world
from slots import GROUPS, SMALL_TREE

from tap_twitter_ads_async.simulator.rate_limits import SYNC_STATS
from tap_twitter_ads_async.stats.jobs.quota_shares import Load, shares

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from simulated import Json, World

MAX_RATIO = 1.5
"""Of the bound: a round of jobs is short here, so that planning and polling count for much."""
DAY = 86400
SMALL_DAYS = 12
HOURLY_STREAMS = ["account_stats", "campaign_stats", "line_item_stats", "promoted_tweet_stats"]


class Run(t.NamedTuple):
    """What a run took.

    Attributes:
        seconds: From the first read of a change feed to the last answer.
        requests: Synchronous requests, by account.
        jobs: Jobs created, by account.
    """

    seconds: float
    requests: Counter[str]
    jobs: Counter[str]


def timed(place: World, streams: Sequence[str], endpoint: str, **settings: t.Any) -> Run:
    """Run the tap."""
    place.sim.journal.clear()
    place.run(streams, metric_groups=GROUPS, stats_endpoint=endpoint, **settings)
    assert not place.sim.journal.violations
    asked, files = place.requests("GET", "stats"), place.requests("GET", "file")
    began = min(float(feed["time"]) for feed in place.requests("GET", "active_entities"))
    ended = max(float(answer["time"] + answer.get("seconds", 0.0)) for answer in (*asked, *files))
    return Run(ended - began, _by_account(asked), _by_account(place.creations()))


def _by_account(requests: Sequence[Json]) -> Counter[str]:
    return Counter(str(request["account_id"]) for request in requests)


def stop_ads_early(place: World, account_ids: Sequence[str], days: int) -> None:
    """Leave some accounts only so many of the world's first days."""
    end = int(datetime.combine(place.sim.api.world.start_day, time(), timezone.utc).timestamp()) + days * DAY
    for account_id in account_ids:
        for nodes in place.sim.api.world.accounts[account_id].nodes.values():
            for node in nodes.values():
                node.end = min(node.end, end)


def behind_small_ones(endpoint: str, left: int, small: int, latency: float, **options: t.Any) -> Run:
    """Run a large account behind some small ones, in a world of its own: no job is there to be taken up again."""
    with world(**SMALL_TREE, **options, accounts=small + 1, job_latency=latency, rate_limit_scale=1.0) as place:
        stop_ads_early(place, place.account_ids[:small], SMALL_DAYS)
        for _ in range(SYNC_STATS.limit - left):
            place.sim.api.limits.take(SYNC_STATS, "")
        return timed(place, ["campaign_stats"], endpoint, window_days=1, placements=["ALL_ON_TWITTER"])


def one_large_account(left: int, small: int, slots: int, latency: float, days: int) -> None:
    """Compare both endpoints where one account decides how long the run takes."""
    options: Json = {"small": small, "latency": latency, "max_jobs": slots, "days": days}
    by_jobs = behind_small_ones("ASYNC", left, **options)
    auto = behind_small_ones("AUTO", left, **options)
    tasks = by_jobs.jobs
    assert auto.jobs + auto.requests == tasks
    split = shares({account: Load(count, count, slots) for account, count in tasks.items()}, left)
    bound = max(math.ceil((count - split[account]) / slots) for account, count in tasks.items()) * latency
    largest = max(tasks, key=tasks.__getitem__)
    print(f"{' + '.join(map(str, sorted(tasks.values())))} tasks, {left} requests left,", end=" ")
    print(f"{slots} slots, {latency:g} s per job; the largest account gets {auto.requests[largest]} requests")
    print(f"  ASYNC {by_jobs.seconds:.1f} s; AUTO {auto.seconds:.1f} s; bound by levelling {bound:.1f} s")
    print(f"  AUTO / bound: {verdict(auto.seconds / bound, MAX_RATIO)}")


def hourly(accounts: int, latency: float) -> None:
    """Run some accounts an hour after their last run."""
    with world(**SMALL_TREE, accounts=accounts, days=7, job_latency=latency) as place:
        settings: Json = {"window_days": 7}  # streams without a change feed ask for more days than the endpoint takes
        first = place.run(HOURLY_STREAMS, metric_groups=GROUPS, stats_endpoint="AUTO", **settings)
        place.sim.api.clock.advance(3600)
        auto = timed(place, HOURLY_STREAMS, "AUTO", state=first.state, **settings)
        assert not auto.jobs
        by_jobs = timed(place, HOURLY_STREAMS, "ASYNC", state=first.state, **settings)
    print(f"{accounts} accounts an hour later: {auto.requests.total()} requests, or as many jobs of {latency:g} s")
    print(f"  ASYNC {by_jobs.seconds:.1f} s; AUTO {auto.seconds:.1f} s")
    print(f"  AUTO / ASYNC: {verdict(auto.seconds / by_jobs.seconds, 1.0)}")


def main() -> None:
    """Run both measurements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=int, default=60, help="jobs of the large account, one per day")
    parser.add_argument("--small", type=int, default=6, help="accounts before it, with jobs of at most 12 days")
    parser.add_argument("--slots", type=int, default=6)
    parser.add_argument("--latency", type=float, default=1.5, help="seconds that a job of these takes")
    parser.add_argument("--left", type=int, default=50, help="requests that another client leaves")
    parser.add_argument("--hourly-latency", type=float, default=30.0, help="seconds that a job of the hourly run takes")
    options = parser.parse_args()
    print(machine())
    one_large_account(options.left, options.small, options.slots, options.latency, options.days)
    hourly(3, options.hourly_latency)


if __name__ == "__main__":
    main()
