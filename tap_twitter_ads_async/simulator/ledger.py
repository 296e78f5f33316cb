"""The figures as they stand at a moment: activity, what was corrected later, and when it became known."""

from __future__ import annotations

import typing as t
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from tap_twitter_ads_async.simulator.activity import has_family, impressions, slot_figures
from tap_twitter_ads_async.simulator.buckets import Bucket
from tap_twitter_ads_async.simulator.entities import DAY, HOUR
from tap_twitter_ads_async.simulator.hashing import mix
from tap_twitter_ads_async.simulator.rules import PLACEMENTS

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_twitter_ads_async.simulator.activity import Figures
    from tap_twitter_ads_async.simulator.clock import SimClock
    from tap_twitter_ads_async.simulator.entities import Node
    from tap_twitter_ads_async.simulator.world import World

_CACHED_DAYS = 3000
_CACHED_BUCKETS = 30_000
_DAYS_PER_REVISION = 7


@dataclass(frozen=True)
class Revision:
    """A later correction of one slot's figures."""

    placement: str
    slot: int
    recorded_at: int
    deltas: Figures


@dataclass(frozen=True)
class AsOf:
    """The state of knowledge in which a question is answered."""

    seconds: int
    posted: int
    """How many of the revisions posted by hand count."""
    until: int
    """End of the figures (earlier than `seconds` where a delay applies)."""


class Span(t.NamedTuple):
    """What the change feed says about one entity: the time its recorded changes apply to, and where."""

    first: int
    last: int
    placements: tuple[str, ...]


class Ledger:
    """Answers every question about figures; safe to ask from several threads."""

    def __init__(self, world: World, clock: SimClock) -> None:
        self._clock = clock
        self._enabled = world.options.revisions
        self._posted: list[tuple[Node, Revision]] = []
        self._day = lru_cache(maxsize=_CACHED_DAYS)(_day_figures)
        self._closed = lru_cache(maxsize=_CACHED_BUCKETS)(self._sum)
        self._scheduled = lru_cache(maxsize=None)(_scheduled_revisions)

    def as_of(self, delay: int = 0) -> AsOf:
        """Return the present state of knowledge, with figures that end `delay` seconds before now."""
        now = self._clock.seconds()
        return AsOf(now, len(self._posted), now - delay)

    def post(self, node: Node, revision: Revision) -> None:
        """Record a correction of one entity's own figures."""
        self._posted.append((node, revision))

    def forget(self) -> None:
        """Drop what was worked out, because what it follows from has changed."""
        self._day.cache_clear()
        self._closed.cache_clear()
        self._scheduled.cache_clear()

    def series(self, node: Node, placement: str, spans: Sequence[Bucket], family: str, as_of: AsOf) -> list[Figures]:
        """Return the figures of each bucket; buckets are in order and do not overlap.

        Args:
            node: Entity.
            placement: Placement.
            spans: Buckets, in epoch seconds.
            family: Family of metrics.
            as_of: Moment whose knowledge the figures have.
        """
        totals: list[Figures] = [{} for _ in spans]
        for leaf in node.sources():
            if placement in leaf.placements and has_family(leaf, family):
                self._add_activity(totals, leaf, placement, spans, family, as_of)
        starts = [span[0] for span in spans]
        for revision in self._revisions(node, as_of):
            index = bisect_right(starts, revision.slot) - 1
            if revision.placement == placement and index >= 0 and revision.slot < min(spans[index][1], as_of.until):
                _add(totals[index], {name: v for name, v in revision.deltas.items() if _family(name) == family})
        # What was credited back in full is null, not zero.
        return [{name: value for name, value in total.items() if value} for total in totals]

    def _add_activity(
        self, totals: list[Figures], leaf: Node, placement: str, spans: Sequence[Bucket], family: str, as_of: AsOf
    ) -> None:
        if spans and spans[0].end - spans[0].start == HOUR:
            self._add_hours(totals, leaf, placement, family, Bucket(spans[0].start, spans[-1].end), as_of)
            return
        for total, (start, end) in zip(totals, spans, strict=True):
            if start >= leaf.end or end <= leaf.start or start >= as_of.until:
                continue
            if end > as_of.until:
                self._add_open(total, leaf, placement, family, Bucket(start, as_of.until))
            else:
                _add(total, self._closed(leaf, placement, family, start, end))

    def _add_hours(
        self, totals: list[Figures], leaf: Node, placement: str, family: str, span: Bucket, as_of: AsOf
    ) -> None:
        """Add to consecutive hours; the cheap way, for they are many."""
        width = leaf.account.slot_seconds
        for slot, figures in self._slots(leaf, placement, family, span.start, min(span.end, as_of.until)):
            elapsed = as_of.until - slot
            part = figures if elapsed >= width else _part(figures, elapsed, width)
            _add(totals[(slot - span.start) // HOUR], part)

    def _add_open(self, total: Figures, leaf: Node, placement: str, family: str, span: Bucket) -> None:
        """Add what has happened so far in a bucket that is not over."""
        width = leaf.account.slot_seconds
        for slot, figures in self._slots(leaf, placement, family, *span):
            elapsed = span.end - slot
            _add(total, figures if elapsed >= width else _part(figures, elapsed, width))

    def _sum(self, leaf: Node, placement: str, family: str, start: int, end: int) -> Figures:
        """Return what a closed bucket holds; nobody may change it, it is cached."""
        total: Figures = {}
        for _, figures in self._slots(leaf, placement, family, start, end):
            _add(total, figures)
        return total

    def _slots(self, leaf: Node, placement: str, family: str, start: int, end: int) -> Iterator[tuple[int, Figures]]:
        width = leaf.account.slot_seconds
        first, last = max(start, leaf.start) // width * width, min(end, leaf.end)
        for day in range(first // DAY, -(-last // DAY)):
            slots = self._day(leaf, placement, family, day)
            if first <= day * DAY and (day + 1) * DAY <= last:
                yield from slots.items()
            else:
                yield from ((slot, figures) for slot, figures in slots.items() if first <= slot < last)

    def _revisions(self, node: Node, as_of: AsOf) -> Iterator[Revision]:
        if self._enabled:
            for leaf in node.sources():
                for revision in self._scheduled(leaf, as_of.seconds // DAY):
                    if revision.recorded_at <= as_of.seconds:
                        yield revision
        for owner, revision in self._posted[: as_of.posted]:
            if owner is node and revision.recorded_at <= as_of.seconds:
                yield revision

    def impressions(self, leaf: Node, placement: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the slots of a window in which an ad was seen, and how often.

        Args:
            leaf: Ad.
            placement: Placement.
            start: Inclusive, in epoch seconds.
            end: Exclusive, in epoch seconds.
        """
        for slot, figures in self._slots(leaf, placement, "BASE", start, min(end, self._clock.seconds())):
            if seen := figures.get("impressions", 0):
                yield slot, seen

    def changes(self, node: Node, start: int, end: int) -> Span | None:
        """Return what was recorded for an entity in the hour buckets of [start, end), or None.

        Args:
            node: Entity.
            start: Inclusive, in epoch seconds, at a full hour.
            end: Exclusive, likewise.
        """
        start, end = start // HOUR * HOUR, -(-end // HOUR) * HOUR
        as_of = self.as_of()
        first: list[int] = []
        last: list[int] = []
        placements: set[str] = set()
        for leaf in node.sources():
            width = leaf.account.slot_seconds
            stretch = range(max(start, leaf.start), min(end, leaf.end, as_of.seconds), width)
            for placement in leaf.placements:
                begin = next((slot for slot in stretch if impressions(leaf, placement, slot)), None)
                if begin is None:
                    continue
                finish = next(slot for slot in reversed(stretch) if impressions(leaf, placement, slot))
                first.append(begin)
                last.append(min(finish + width - 1, as_of.seconds))
                placements.add(placement)
        for revision in self._revisions(node, as_of):
            if start <= revision.recorded_at < end:
                first.append(revision.slot)
                last.append(revision.slot + node.account.slot_seconds - 1)
                placements.add(revision.placement)
        if not first:
            return None
        begun = min(min(first) + node.salt % 60, max(last))
        return Span(
            begun, max(last), (*(p for p in PLACEMENTS if p in placements), *sorted(placements - {*PLACEMENTS}))
        )


def _family(metric: str) -> str:
    if metric.startswith("mobile_conversion_"):
        return "MOBILE"
    return "WEB" if metric.startswith("conversion_") else "BASE"


def _add(total: Figures, figures: Figures) -> None:
    if not total:
        total.update(figures)
        return
    for name, value in figures.items():
        total[name] = total.get(name, 0) + value


def _part(figures: Figures, elapsed: int, width: int) -> Figures:
    """Return what has happened so far in a slot that is not over."""
    parts = {name: value * elapsed // width for name, value in figures.items()}
    return {name: value for name, value in parts.items() if value}


def _day_figures(leaf: Node, placement: str, family: str, day: int) -> dict[int, Figures]:
    slots = range(day * DAY, (day + 1) * DAY, leaf.account.slot_seconds)
    pairs = ((slot, slot_figures(leaf, placement, slot, family)) for slot in slots)
    return {slot: figures for slot, figures in pairs if figures}


def _scheduled_revisions(leaf: Node, today: int) -> tuple[Revision, ...]:
    """Return the corrections that the world has in store for an ad, up to a day (counted since 1970).

    About one day in seven: the charge of one hour is credited back in part one to thirteen days later; an ad with
    web conversions gets a late one credited to the same hour.
    """
    found = []
    width = leaf.account.slot_seconds
    for day in range(leaf.start // DAY, min(leaf.end // DAY, today) + 1):
        roll = mix(leaf.salt ^ (day * 0xA24BAED4963EE407))
        if roll % _DAYS_PER_REVISION or leaf.fixed is not None or leaf.entity == "ORGANIC_TWEET":
            continue
        slot = day * DAY + (roll >> 8) % 24 * HOUR + (roll >> 16) % (HOUR // width) * width
        base = slot_figures(leaf, "ALL_ON_TWITTER", slot, "BASE")
        charge = base.get("billed_charge_local_micro", 0)
        if not charge:
            continue
        recorded = slot + DAY + (roll >> 20) % (12 * DAY)
        deltas = {"billed_charge_local_micro": -(charge * (2 + (roll >> 44) % 5) // 100)}
        if slot_figures(leaf, "ALL_ON_TWITTER", slot, "WEB"):
            deltas |= {"conversion_site_visits.metric": 1, "conversion_site_visits.post_view": 1}
        found.append(Revision("ALL_ON_TWITTER", slot, recorded, deltas))
    return tuple(found)
