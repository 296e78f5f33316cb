"""Can a hundred runs of one account each start at once, and do shards take longer than one run of all accounts?

    python benchmarks/fleet.py

`window`: runs of one account each, with segmented streams and the API's real limits, all within one rate window. None
may be refused.
`makespan`: the same accounts in one process and in a process each, under the token's quota of writes, which all share.
Measured from the first creation of a job to the end of the last download; and how many jobs each shard could create
while all did.
"""

from __future__ import annotations

import argparse
import math
import os
import time
import typing as t
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from bench import machine, verdict
from simulated import world

if t.TYPE_CHECKING:
    from simulated import World

MAX_RATIO = 1.15
WRITES = 450
MINUTE_PARTS = 15
"""The quota of writes is per minute, the others per 15 minutes; the simulator's time for them can be shortened."""
SMALL_TREE = {
    "funding_instruments_per_account": 1,
    "campaigns_per_account": 2,
    "line_items_per_campaign": 1,
    "promoted_tweets_per_line_item": 1,
    "organic_tweets_per_account": 1,
    "records_per_collection": 1,
}
STREAMS = ("accounts", "campaigns", "campaign_stats", "campaign_stats_by_metros", "campaign_stats_by_devices")
PARTS = ("window", "makespan")


def start_together(place: World, streams: t.Sequence[str], at_once: int, **settings: t.Any) -> int:
    """Run one process per account; return the records of all."""

    def run(account_id: str) -> int:
        return place.shard(account_id).run(streams, account_ids=[account_id], **settings).records

    with ThreadPoolExecutor(at_once) as pool:
        return sum(pool.map(run, place.account_ids))


def one_window(runs: int) -> None:
    """Run one account after the other, a few side by side, within one rate window."""
    segments = {
        "segmentation_types": ["METROS", "DEVICES"],
        "placements": ["ALL_ON_TWITTER"],
        "metric_groups": ["ENGAGEMENT"],
    }
    with world(**SMALL_TREE, accounts=runs, days=2, job_latency=0.1, rate_limit_scale=1.0) as place:
        os.environ["XDG_CACHE_HOME"] = str(place.directory)
        began = time.perf_counter()
        records = start_together(place, STREAMS, 4, **segments)
        seconds = time.perf_counter() - began
        asked = Counter(r["route"] for r in place.sim.journal.requests if not r["account_id"] and r["route"] != "file")
        refused = sum(r["status"] == 429 for r in place.sim.journal.requests)
    print(f"{runs} runs of one account each in {seconds:.0f} s: {refused} refused, {records:,} records")
    print(f"  requests that count for the token: {dict(asked) or 'none'}")
    print(f"  refused / runs: {verdict(refused / runs, 0.0)}")


def makespan(accounts: int, days: int, minute: int, scale: float) -> None:
    """Run all accounts in one process, then in a process each."""
    options = {**SMALL_TREE, "accounts": accounts, "days": days, "job_latency": 1.0}
    options |= {"rate_limit_scale": scale, "rate_limit_window": float(minute * MINUTE_PARTS)}
    settings: dict[str, t.Any] = {"metric_groups": ["ENGAGEMENT"], "placements": ["ALL_ON_TWITTER"], "window_days": 1}
    with world(**options) as place:
        place.run(["campaign_stats"], account_ids=place.account_ids, **settings)
        together, jobs = place.makespan(), len(place.creations())
    with world(**options) as place:
        start_together(place, ["campaign_stats"], accounts, **settings)
        apart = place.makespan()
        shares = shares_side_by_side(place)
    per_minute = int(WRITES * scale)
    bound = (math.ceil(jobs / per_minute) - 1) * minute
    print(
        f"{jobs} jobs of {accounts} accounts, {per_minute} writes per {minute} s for all: at least {bound} s", end="; "
    )
    print(f"one process {together:.1f} s, a process each {apart:.1f} s")
    print(f"  each / one: {verdict(apart / together, MAX_RATIO)}")
    print(f"  jobs of each shard while all were creating: {', '.join(map(str, shares)) or 'never'}")


def shares_side_by_side(place: World) -> list[int]:
    """Return how many jobs of each shard were accepted from when the last one began until the first one ended."""
    times: dict[str, list[float]] = {}
    for creation in place.creations():
        times.setdefault(creation["account_id"], []).append(float(creation["time"]))
    began, ended = max(map(min, times.values())), min(map(max, times.values()))
    return [sum(began <= moment <= ended for moment in moments) for moments in times.values()] if began < ended else []


def main() -> None:
    """Run both measurements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100, help="runs that start in one window")
    parser.add_argument("--accounts", type=int, default=6, help="shards of the second measurement")
    parser.add_argument("--days", type=int, default=90, help="days of each account: jobs, one per day")
    parser.add_argument("--minute", type=int, default=6, help="seconds that a minute of the quota takes")
    parser.add_argument("--scale", type=float, default=0.1, help="share of the quota, to measure with fewer jobs")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    print(machine())
    if "window" in options.parts:
        one_window(options.runs)
    if "makespan" in options.parts:
        makespan(options.accounts, options.days, options.minute, options.scale)


if __name__ == "__main__":
    main()
