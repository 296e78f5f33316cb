"""How many requests a first run makes, and a run that finds nothing new.

    python benchmarks/api_requests.py

Counted by the simulated API. The least number of jobs comes from the API's own truth: per account, stream and
placement, the entities with activity in groups of twenty, once per set of metric groups that may be asked for together.
"""

from __future__ import annotations

import argparse
import math
import typing as t
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from bench import machine
from simulated import world
from slots import STATS_STREAMS

from tap_twitter_ads_async.domain import rules

if t.TYPE_CHECKING:
    from simulated import World

WINDOW_DAYS = 30
REPORTS = [
    {"name": f"{entity.lower()}_by_gender", "entity": entity, "segmentation_type": "GENDER"}
    for entity in ("CAMPAIGN", "LINE_ITEM")
]
STREAMS = [*STATS_STREAMS, *(report["name"] for report in REPORTS)]
"""Two entity types have two streams each, which must share one look into the change feed."""
ENTITY_OF = {f"{entity.prefix}_stats": entity.name for entity in rules.ENTITIES.values()}


def least_jobs(place: World, streams: list[str]) -> int:
    """Return how many jobs the unsegmented streams need, at least, when all days fit into one window."""
    jobs = 0
    for stream in streams:
        entity = ENTITY_OF[stream]
        partitions = len(rules.partition_groups(rules.default_groups(entity)))
        for account_id in place.account_ids:
            active: dict[str, set[str]] = defaultdict(set)
            start = place.sim.api.world.start_day.isoformat()
            end = (place.sim.api.clock.now().date() + timedelta(days=2)).isoformat()
            for row in place.sim.truth(account_id, entity, "DAY", start, end):
                active[row["placement"]].add(row["entity_id"])
            if not rules.ENTITIES[entity].has_change_feed:
                # Without a feed, everybody has to be asked for in every placement.
                everyone = max((len(ids) for ids in active.values()), default=1)
                active = {placement: set(map(str, range(everyone))) for placement in rules.PLACEMENTS}
            jobs += partitions * sum(math.ceil(len(ids) / rules.MAX_ENTITY_IDS) for ids in active.values())
    return jobs


def describe(place: World, title: str) -> Counter[str]:
    """Print the requests since the journal was last cleared, by kind."""
    kinds: Counter[str] = Counter()
    for request in list(place.sim.journal.requests):
        kinds[f"{request['method']} {request['route']}"] += 1
    print(f"{title}: {sum(kinds.values())} requests")
    for kind, count in sorted(kinds.items()):
        print(f"  {count:6} {kind}")
    return kinds


def polls_at_once(place: World) -> float:
    """Return the shortest time between two status requests of one account, in seconds."""
    times: dict[str, list[float]] = defaultdict(list)
    for request in place.requests("GET", "stats/jobs"):
        times[request["account_id"]].append(request["time"])
    gaps = [b - a for at in times.values() for a, b in pairwise(at)]
    return min(gaps, default=math.inf)


def main() -> None:
    """Run the tap twice."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--accounts", type=int, default=3)
    parser.add_argument("--days", type=int, default=25, help=f"less than {WINDOW_DAYS}, so that all fit one window")
    parser.add_argument("--campaigns", type=int, default=6)
    parser.add_argument("--latency", type=float, default=2.0)
    options = parser.parse_args()
    print(machine())
    size: dict[str, t.Any] = {
        "accounts": options.accounts,
        "days": options.days,
        "campaigns_per_account": options.campaigns,
    }
    # The world stands still two days ago: nothing can be new to the second run, even if an hour strikes in between.
    now = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    size |= {"now": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "start_date": str((now - timedelta(days=options.days)).date())}
    with world(**size, job_latency=options.latency) as place:
        measure(place)


def measure(place: World) -> None:
    """Count both runs' requests and hold them against what is due."""
    first = place.run(STREAMS, window_days=WINDOW_DAYS, reports=REPORTS)
    kinds = describe(place, f"First run, {len(STREAMS)} streams, {first.records:,} records")
    jobs = place.creations()
    unsegmented = [job for job in jobs if not job["params"].get("segmentation_type")]
    least = least_jobs(place, STATS_STREAMS)
    print(
        f"  jobs of the unsegmented streams: {len(unsegmented)}, least number {least}, {ratio(len(unsegmented), least)}"
    )
    print(
        f"  files fetched per job: {kinds['GET file'] / len(jobs):.2f}; status requests of one account at least",
        end=" ",
    )
    print(f"{polls_at_once(place):.2f} s apart")
    place.sim.journal.clear()
    place.run(STREAMS, state=first.state, window_days=WINDOW_DAYS, reports=REPORTS)
    describe(place, "Run that finds nothing new")
    fed = {name for name, entity in rules.ENTITIES.items() if entity.has_change_feed}
    needless = [job for job in place.creations() if job["params"].get("entity") in fed]
    pairs = len(place.account_ids) * len(fed & {ENTITY_OF[stream] for stream in STATS_STREAMS})
    asked = place.requests("GET", "active_entities")
    print(f"  jobs for entity types with a change feed: {len(needless)}, least number 0")
    print(f"  change feed: {len(asked)} requests, least number {pairs}, {ratio(len(asked), pairs)}")
    print(
        f"  the other {len(place.creations())} jobs: accounts and organic Tweets, of which the API does not",
        end="",
    )
    print(" tell whether they changed")


def ratio(count: int, least: int) -> str:
    """Write a count as a ratio to the least possible one."""
    return f"ratio {count / least:.2f}"


if __name__ == "__main__":
    main()
