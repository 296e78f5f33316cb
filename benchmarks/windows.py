"""What a window of very many posts costs on the main thread: planned, and its answers brought in order.

    python benchmarks/windows.py

A window of 10,000 posts in four placements has 2,000 groups of jobs. What a group costs must not depend on how many
others there are: the baseline is the same for a tenth of the posts, in the same run.
"""

from __future__ import annotations

import argparse
import typing as t
from datetime import date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from bench import best_of, machine, verdict

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.domain.intervals import Interval, IntervalSet
from tap_twitter_ads_async.settings.model import Bound, Granularity, StatsDefinition
from tap_twitter_ads_async.stats.jobs.tasks import WindowJobs
from tap_twitter_ads_async.stats.plan.buckets import Buckets
from tap_twitter_ads_async.stats.plan.windows import JobShape, Need, plan_windows
from tap_twitter_ads_async.stats.records.flatten import Flattener
from tap_twitter_ads_async.stats.records.window_result import LostPiece

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.stats.plan.extraction import Extraction

MAX_RATIO = 1.5
NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
ENTITY = "PROMOTED_TWEET"
STREAM = StatsDefinition(
    name="promoted_tweet_stats",
    entity=ENTITY,
    granularity=Granularity.DAY,
    segmentation_type=None,
    metric_groups=rules.default_groups(ENTITY),
    placements=rules.PLACEMENTS,
)


def window_of(posts: int) -> int:
    """Plan one window of so many posts, take its jobs for lost but one, and flatten what there is; count its groups."""
    zone = AccountZone("UTC")
    buckets = Buckets.of(STREAM, zone, Bound(date(2026, 2, 1)), None, NOW)
    span = Interval(NOW - timedelta(days=3), NOW - timedelta(days=1))
    needs = [Need(f"{number:x}", span, frozenset(rules.PLACEMENTS)) for number in range(posts)]
    shape = JobShape("18ce54d4x5t", tuple(rules.partition_groups(STREAM.metric_groups)))
    (window,) = plan_windows(needs, IntervalSet([span]), buckets, shape)
    jobs = WindowJobs(t.cast("Extraction", None), 0, window)
    jobs.lost.extend(LostPiece(spec, "lost") for group in window.groups for spec in group.specs)
    assert not list(Flattener(STREAM, ("account_id",)).blocks(jobs.result()))
    return len(window.groups)


def main() -> None:
    """Time a large window beside ten small ones."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    few = max(1, options.posts // 10)
    groups = {posts: window_of(posts) for posts in (options.posts, few)}
    best = best_of(options.runs, {"large": partial(window_of, options.posts), "small": partial(window_of, few)})
    each = {name: best[name].processor / groups[posts] for name, posts in (("large", options.posts), ("small", few))}
    print(f"{machine()}; best of {options.runs}; {Path(__file__).name}")
    for name, posts in (("large", options.posts), ("small", few)):
        print(
            f"  {name}: {posts:>6,} posts, {groups[posts]:>6,} groups, {best[name].processor:6.3f} s processor, "
            f"{each[name] * 1e6:7.1f} µs a group"
        )
    print(f"  {verdict(each['large'] / each['small'], MAX_RATIO)}")


if __name__ == "__main__":
    main()
