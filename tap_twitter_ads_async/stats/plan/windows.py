"""From changed entities to the smallest set of jobs. Pure: no clock, no I/O.

A need says that one entity changed in a span of time, in some placements. Needs are rounded outward to whole
buckets of the account's calendar, clipped to the days that are open, and covered by windows of at most
`window_days`. Within a window and placement, ids are ordered by activity and grouped by twenty; a group's range
is just wide enough for its members.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.intervals import Interval, IntervalSet
from tap_twitter_ads_async.settings.model import Granularity
from tap_twitter_ads_async.stats.plan.spec import Group, JobSpec, TargetingValue, Window

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_twitter_ads_async.stats.plan.buckets import Buckets


@dataclass(frozen=True, slots=True)
class Need:
    """An entity whose metrics must be asked for.

    Attributes:
        entity_id: The entity.
        span: When the changes happened; before rounding any moments, after it whole buckets.
        placements: Placements to ask for.
        named: Whether something says that just this entity changed in just this span.
    """

    entity_id: str
    span: Interval
    placements: frozenset[str]
    named: bool = False


@dataclass(frozen=True, slots=True)
class JobShape:
    """What all jobs of a stream and account have in common, apart from ids, range and placement.

    Attributes:
        account_id: Ads account.
        partitions: Metric groups, in sets that may be asked for together.
        countries: Countries to ask for one by one, `(None,)` where none is needed.
        platforms: Likewise.
    """

    account_id: str
    partitions: tuple[tuple[str, ...], ...]
    countries: tuple[TargetingValue | None, ...] = (None,)
    platforms: tuple[TargetingValue | None, ...] = (None,)


def plan_windows(
    needs: Iterable[Need],
    open_days: IntervalSet,
    buckets: Buckets,
    shape: JobShape,
    layer: int = 0,
    asked_before: Interval | None = None,
) -> list[Window]:
    """Cover needs with windows of jobs.

    Args:
        needs: Changed entities, unrounded.
        open_days: The moments still to be extracted.
        buckets: Buckets and window lengths.
        shape: What all jobs have in common.
        layer: Progress layer to put on the windows.
        asked_before: What earlier runs have asked for; needs that name their span ask for it again.

    Returns:
        Windows in order of time. Together they cover all open days, so that committing all of them leaves
        nothing open; days without needs make no jobs.
    """
    rounded = [
        replace(n, span=span)
        for n in needs
        if n.placements and (span := buckets.round_outward(n.span).intersect(buckets.whole))
    ]
    aligned = IntervalSet(buckets.align(span) for span in open_days)
    return [w for part in aligned for w in _windows_of(part, rounded, buckets, shape, layer, asked_before)]


def _windows_of(
    part: Interval,
    needs: list[Need],
    buckets: Buckets,
    shape: JobShape,
    layer: int,
    asked_before: Interval | None,
) -> Iterator[Window]:
    """Yield the windows of one contiguous run of open days; what they complete partitions it."""
    clipped = _clip(needs, part)
    ranges = _ranges(clipped, part, buckets)
    if not ranges:
        yield Window(part.start, part.end, (), layer)
        return
    bounds = [part.start, *(r.start for r in ranges[1:]), part.end]
    for span, (start, end) in zip(ranges, pairwise(bounds), strict=True):
        groups = _groups(_clip(clipped, span), span, buckets, shape, asked_before)
        yield Window(start, end, tuple(groups), layer)


def _clip(needs: Iterable[Need], span: Interval) -> list[Need]:
    return [replace(n, span=part) for n in needs if (part := n.span.intersect(span))]


def _ranges(needs: list[Need], part: Interval, buckets: Buckets) -> list[Interval]:
    """Choose what the windows ask for: greedily from the first needed bucket on, as long as allowed."""
    if buckets.definition.granularity is Granularity.TOTAL:
        # A TOTAL bucket is a window: its bounds come from the fixed buckets, never from the activity.
        cells = (c for c in buckets.cells() if c.intersect(part))
        return [c for c in cells if any(n.span.intersect(c) for n in needs)]
    rest = list(IntervalSet(n.span for n in needs))
    ranges: list[Interval] = []
    while rest:
        limit = buckets.window_end(rest[0].start)
        end = min(limit, max(s.end for s in rest if s.start < limit))
        span = buckets.without_gap(Interval(rest[0].start, end))
        if span:
            ranges.append(span)
        rest = [Interval(max(s.start, limit), s.end) for s in rest if s.end > limit]
    return ranges


def _groups(
    needs: list[Need], span: Interval, buckets: Buckets, shape: JobShape, asked_before: Interval | None
) -> Iterator[Group]:
    """Yield the groups of one window: placement by placement, twenty ids at a time."""
    known = buckets.definition.placements
    others = {placement for need in needs for placement in need.placements} - {*known}
    for placement in (*known, *sorted(others)):
        there = [n for n in needs if placement in n.placements]
        active, again = _activity(there), _asked_again(there, asked_before)
        for first in range(0, len(active), rules.MAX_ENTITY_IDS):
            members = active[first : first + rules.MAX_ENTITY_IDS]
            hull = Interval(min(i.start for i, _ in members), max(i.end for i, _ in members))
            fixed = buckets.definition.granularity is Granularity.TOTAL
            ids = tuple(entity_id for _, entity_id in members)
            for group in _variants(placement, ids, span if fixed else hull, buckets, shape):
                yield replace(group, asked_again=tuple((i, again[i]) for i in ids if i in again)) if again else group


def _activity(needs: Iterable[Need]) -> list[tuple[Interval, str]]:
    """Merge the needs of each entity, ordered by activity, so that neighbours need about the same days."""
    spans: dict[str, Interval] = {}
    for need in needs:
        known = spans.get(need.entity_id, need.span)
        spans[need.entity_id] = Interval(min(known.start, need.span.start), max(known.end, need.span.end))
    return sorted((span, entity_id) for entity_id, span in spans.items())


def _asked_again(needs: list[Need], asked_before: Interval | None) -> dict[str, IntervalSet]:
    """Return, by entity, the named times that earlier runs have asked for."""
    if asked_before is None:
        return {}
    parts: dict[str, list[Interval]] = defaultdict(list)
    for need in needs:
        part = need.span.intersect(asked_before) if need.named else None
        if part is not None:
            parts[need.entity_id].append(part)
    return {entity_id: IntervalSet(found) for entity_id, found in parts.items()}


def _variants(
    placement: str, ids: tuple[str, ...], span: Interval, buckets: Buckets, shape: JobShape
) -> Iterator[Group]:
    definition = buckets.definition
    for country in shape.countries:
        for platform in shape.platforms:
            yield Group(
                tuple(
                    JobSpec(
                        account_id=shape.account_id,
                        entity=definition.entity,
                        entity_ids=ids,
                        start=span.start,
                        end=span.end,
                        granularity=definition.granularity,
                        placement=placement,
                        metric_groups=groups,
                        segmentation_type=definition.segmentation_type,
                        country=country,
                        platform=platform,
                        zone=buckets.zone,
                    )
                    for groups in shape.partitions
                )
            )
