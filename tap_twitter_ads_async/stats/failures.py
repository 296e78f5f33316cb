"""What was lost of a window: as failures to report, and as days that stay open."""

from __future__ import annotations

import typing as t
from collections import defaultdict

from tap_twitter_ads_async.domain.calendar import stamp
from tap_twitter_ads_async.domain.intervals import Interval, IntervalSet
from tap_twitter_ads_async.run.context import Failure
from tap_twitter_ads_async.stats.plan.layer import Layer

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_twitter_ads_async.stats.plan.spec import JobSpec
    from tap_twitter_ads_async.stats.records.window_result import WindowResult

MAX_PIECES = 10
"""Where more pieces are lost, the whole window stays open: the state must stay small."""
MAX_IDS_NAMED = 3


def failures_of(run: WindowResult) -> Iterator[Failure]:
    """Yield one failure per thing the API said, naming the range and the entities."""
    by_words: dict[str, list[JobSpec]] = defaultdict(list)
    for piece in run.lost:
        by_words[piece.error].append(piece.spec)
    name, account_id = run.extraction.definition.name, run.extraction.account_id
    for words, specs in by_words.items():
        start, end = min(s.start for s in specs), max(s.end for s in specs)
        ids = sorted({i for s in specs for i in s.entity_ids})
        whom = ", ".join(ids) if len(ids) <= MAX_IDS_NAMED else f"{len(ids)} entities"
        placements = ", ".join(sorted({s.placement for s in specs}))
        yield Failure(name, account_id, f"window {stamp(start)}..{stamp(end)} of {whom} in {placements}", words)


def layers_of(run: WindowResult, changes: Interval | None) -> list[Layer] | None:
    """Return what stays open of a window, None for all of it; buckets of the same entities that touch are one."""
    lost: dict[tuple[tuple[str, ...], str], list[Interval]] = defaultdict(list)
    for piece in run.lost:
        lost[piece.spec.entity_ids, piece.spec.placement].append(Interval(piece.spec.start, piece.spec.end))
    open_days = {whom: IntervalSet(spans) for whom, spans in sorted(lost.items())}
    if sum(len(list(days)) for days in open_days.values()) > MAX_PIECES:
        return None
    return [Layer(days, changes, ids, (placement,)) for (ids, placement), days in open_days.items()]
