"""The truth: every figure of the world as flat rows, computed from the activity itself and not from result files."""

from __future__ import annotations

import typing as t
from functools import lru_cache

from tap_twitter_ads_async.simulator.activity import FAMILY_OF_GROUP
from tap_twitter_ads_async.simulator.buckets import buckets
from tap_twitter_ads_async.simulator.clock import iso
from tap_twitter_ads_async.simulator.metrics import GROUPS, LIFETIME_PREFIX, metrics_of
from tap_twitter_ads_async.simulator.places import PLATFORM_NAMES, country_named, platform_named
from tap_twitter_ads_async.simulator.rules import (
    ENTITY_GROUPS,
    SEGMENTATION_EXCLUDES,
    WEB_CONVERSION_SEGMENTATIONS,
)
from tap_twitter_ads_async.simulator.segments import part_of, quirky, segments

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.activity import Figures
    from tap_twitter_ads_async.simulator.buckets import Bucket
    from tap_twitter_ads_async.simulator.entities import Account, Node
    from tap_twitter_ads_async.simulator.ledger import AsOf, Ledger

Row = dict[str, t.Any]


class Question(t.NamedTuple):
    """What the truth is asked for; times are epoch seconds, aligned like a job's."""

    entity: str
    granularity: str
    start: int
    end: int
    placement: str | None = None
    segmentation_type: str | None = None
    country: str | None = None
    platform: str | None = None
    metric_groups: tuple[str, ...] = ()
    """Only these; empty: all that there are."""


@lru_cache(maxsize=10_000)
def flat_name(metric: str) -> str:
    """Return the column of a metric (`metric` or `metric.key`): joined by an underscore.

    The lifetime family goes without its leading `mobile_conversion_`.
    """
    name = metric.replace(".", "_")
    return name.removeprefix("mobile_conversion_") if name.startswith(LIFETIME_PREFIX) else name


def groups_for(entity: str, segmentation_type: str | None) -> tuple[str, ...]:
    """Return the metric groups that can be had for an entity type, segmented or not."""
    groups = ENTITY_GROUPS[entity]
    if segmentation_type is None:
        return groups
    if entity in SEGMENTATION_EXCLUDES.get(segmentation_type, ()):
        return ()
    if segmentation_type == "CONVERSION_TAGS":
        return tuple(group for group in groups if group == "WEB_CONVERSION")
    return tuple(
        group
        for group in groups
        if group != "LIFE_TIME_VALUE_MOBILE_CONVERSION"
        and (group != "WEB_CONVERSION" or segmentation_type in WEB_CONVERSION_SEGMENTATIONS)
    )


class Truth:
    """Flat rows of everything that happened; rows in which nothing happened are left out."""

    def __init__(
        self, ledger: Ledger, placements: tuple[str, ...], *, segment_delay: bool, segment_quirks: bool
    ) -> None:
        self._ledger = ledger
        self._placements = placements
        self._delay = segment_delay
        self._quirks = segment_quirks

    def rows(self, account: Account, question: Question) -> list[Row]:
        """Return the rows of one entity type of an account, in order of entity, placement, bucket and segment."""
        spans = buckets(account, question.granularity, question.start, question.end)
        placements = (question.placement,) if question.placement else self._placements
        as_of = self._ledger.as_of(delay_of(question.segmentation_type) if self._delay else 0)
        rows: list[Row] = []
        for node in account.of(question.entity).values():
            for placement in placements:
                series = self._series(node, placement, spans, question, as_of)
                for span, figures in zip(spans, series, strict=True):
                    rows.extend(self._segmented(node, placement, span, figures, question))
        return rows

    def _series(
        self, node: Node, placement: str, spans: list[Bucket], question: Question, as_of: AsOf
    ) -> list[Figures]:
        groups = groups_for(node.entity, question.segmentation_type)
        if question.metric_groups:
            groups = tuple(group for group in groups if group in question.metric_groups)
        allowed = frozenset(
            f"{metric}.{key}" if key else metric
            for metric, keys in metrics_of(node.entity, groups).items()
            for key in keys or ("",)
        )
        merged: list[Figures] = [{} for _ in spans]
        for family in sorted({FAMILY_OF_GROUP[group] for group in groups if group in GROUPS}):
            for total, figures in zip(merged, self._ledger.series(node, placement, spans, family, as_of), strict=True):
                total.update({name: value for name, value in figures.items() if value and name in allowed})
        return merged

    def _segmented(self, node: Node, placement: str, span: Bucket, figures: Figures, question: Question) -> list[Row]:
        kind = question.segmentation_type
        if not figures:
            return []
        if kind is None:
            return [_row(node, placement, span, figures, question)]
        found = segments(node, kind, question.country, question.platform)
        rows = []
        for segment in quirky(found) if self._quirks else found:
            part = part_of(figures, segment, kind)
            if part:
                row = _row(node, placement, span, part, question)
                row |= {
                    "segmentation_type": kind,
                    "segment_name": segment.name,
                    "segment_value": None if segment.value is None else str(segment.value),
                }
                rows.append(row | _scope(question))
        return rows


def _scope(question: Question) -> Row:
    """Return country and platform as people write them: a two-letter code, a name."""
    scope: Row = {}
    country, platform = country_named(question.country), platform_named(question.platform)
    if country is not None:
        scope["country"] = country.country_code
    if platform is not None:
        scope["platform"] = PLATFORM_NAMES[platform]
    return scope


def delay_of(segmentation_type: str | None) -> int:
    """Return by how many seconds figures of a segmentation lag behind."""
    if segmentation_type is None:
        return 0
    return 12 * 3600 if segmentation_type == "INTERESTS" else 3600


def _row(node: Node, placement: str, span: Bucket, figures: Figures, question: Question) -> Row:
    return {
        "account_id": node.account.id,
        "entity_id": node.id,
        "entity": node.entity,
        "placement": placement,
        "granularity": question.granularity,
        "start_time": iso(span[0]),
        "end_time": iso(span[1]),
        "date": node.account.local(span[0]).date().isoformat(),
        "metrics": {flat_name(name): value for name, value in figures.items()},
    }
