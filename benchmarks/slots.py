"""Are all job slots of an account busy all the time, and all accounts at once?

    python benchmarks/slots.py

The tap runs against the simulated API. Measured is the makespan: from the first creation of a job to the end of the
last download, as the API sees it, so that the start of the process does not count.
"""

from __future__ import annotations

import argparse
import heapq
import math
import typing as t
from collections import Counter

from bench import machine, verdict
from simulated import world

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from simulated import World

MAX_RATIO = 1.15
GROUPS = ["ENGAGEMENT", "BILLING"]
STATS_STREAMS = [
    f"{prefix}_stats"
    for prefix in (
        "account",
        "funding_instrument",
        "campaign",
        "line_item",
        "promoted_tweet",
        "promoted_account",
        "media_creative",
        "organic_tweet",
    )
]
PARTS = ("constant", "random", "streams")
SMALL_TREE = {
    "funding_instruments_per_account": 1,
    "campaigns_per_account": 2,
    "line_items_per_campaign": 1,
    "promoted_tweets_per_line_item": 1,
    "organic_tweets_per_account": 1,
    "records_per_collection": 1,
}


def list_schedule(seconds: Iterable[float], slots: int) -> float:
    """Return the makespan of giving each job, in order, to the slot that is free first."""
    free = [0.0] * slots
    for duration in seconds:
        heapq.heappush(free, heapq.heappop(free) + duration)
    return max(free)


def latencies(place: World) -> dict[str, list[float]]:
    """Return how long the jobs of each account took on the server, in the order of their creation."""
    jobs = place.sim.api.jobs
    return {
        account_id: [job.ends - job.starts for job in sorted(jobs.listing(account_id, []), key=lambda job: job.created)]
        for account_id in place.account_ids
    }


def one_account(days: int, slots: int, latency: float, jitter: float) -> None:
    """Run one stream of one account, one job per day, with jobs that take equally or unequally long."""
    options = {**SMALL_TREE, "accounts": 1, "days": days, "max_jobs": slots}
    with world(**options, job_latency=latency, latency_jitter=jitter) as place:
        place.run(["campaign_stats"], metric_groups=GROUPS, placements=["ALL_ON_TWITTER"], window_days=1)
        took = next(iter(latencies(place).values()))
        makespan = place.makespan()
        assert not place.sim.journal.violations
    if jitter:
        bound = list_schedule(took, slots)
        words = f"{latency:g} s +- {jitter:.0%}: greedy list schedule"
    else:
        bound = math.ceil(len(took) / slots) * latency
        words = f"{latency:g} s each: ceil(jobs / slots) x latency"
    print(f"{len(took)} jobs, {slots} slots, {words} = {bound:.2f} s; makespan {makespan:.2f} s")
    print(f"  {verdict(makespan / bound, MAX_RATIO)}")


def all_streams(days: int, slots: int, latency: float) -> None:
    """Run all stats streams of three accounts, then the longest account alone."""
    options = {**SMALL_TREE, "accounts": 3, "days": days, "max_jobs": slots, "job_latency": latency}
    with world(**options) as place:
        place.run(STATS_STREAMS, metric_groups=GROUPS, window_days=2)
        jobs = Counter(r["account_id"] for r in place.creations())
        together = place.makespan()
        longest, most = jobs.most_common(1)[0]
        place.sim.journal.clear()
        place.run(STATS_STREAMS, metric_groups=GROUPS, window_days=2, account_ids=[longest])
        alone = place.makespan()
        assert not place.sim.journal.violations
    bound = math.ceil(most / slots) * latency
    print(f"8 streams x 3 accounts: {' + '.join(map(str, jobs.values()))} jobs, {slots} slots, {latency:g} s each")
    print(f"  together {together:.2f} s; longest account alone {alone:.2f} s; its bound {bound:.2f} s", end="; ")
    print(f"sum of the accounts' bounds {sum(math.ceil(n / slots) for n in jobs.values()) * latency:.2f} s")
    print(f"  together / alone: {verdict(together / alone, MAX_RATIO)}")
    print(f"  together / bound: {verdict(together / bound, MAX_RATIO)}")


def main() -> None:
    """Run the three measurements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=int, default=200, help="jobs of the first two measurements, one per day")
    parser.add_argument("--slots", type=int, default=50)
    parser.add_argument("--latency", type=float, default=8.0, help="seconds that a job takes")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    print(machine())
    if "constant" in options.parts:
        one_account(options.days, options.slots, options.latency, 0.0)
    if "random" in options.parts:
        one_account(options.days, options.slots, options.latency, 0.8)
    if "streams" in options.parts:
        all_streams(max(options.days // 10, 1), options.slots, options.latency)


if __name__ == "__main__":
    main()
