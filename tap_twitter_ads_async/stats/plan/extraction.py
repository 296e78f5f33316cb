"""One stream in one ads account: what is open, whom to ask for, and the windows that follow."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field, replace
from datetime import timedelta

from typing_extensions import override

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.calendar import HOUR, AccountZone, floor_hour
from tap_twitter_ads_async.domain.intervals import Interval, IntervalSet
from tap_twitter_ads_async.domain.present import MARGIN
from tap_twitter_ads_async.errors import ApiError
from tap_twitter_ads_async.settings.model import Granularity
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark, Horizon
from tap_twitter_ads_async.stats.plan.buckets import Buckets
from tap_twitter_ads_async.stats.plan.change_feed import ADJUSTED_FOR
from tap_twitter_ads_async.stats.plan.known_placements import KnownPlacements
from tap_twitter_ads_async.stats.plan.listing import entity_ids, lists_instead
from tap_twitter_ads_async.stats.plan.opening import Opening, layer_as_of
from tap_twitter_ads_async.stats.plan.windows import JobShape, Need, plan_windows

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tap_twitter_ads_async.api.client import AdsApi
    from tap_twitter_ads_async.settings.model import Settings, StatsDefinition
    from tap_twitter_ads_async.stats.plan.change_feed import ChangeFeed
    from tap_twitter_ads_async.stats.plan.layer import Layer
    from tap_twitter_ads_async.stats.plan.spec import Window
    from tap_twitter_ads_async.stats.plan.targeting import Targeting
    from tap_twitter_ads_async.stats.plan.tickets import Ticket
    from tap_twitter_ads_async.stats.plan.zone_check import ZoneCheck


@dataclass(frozen=True, slots=True)
class Sources:
    """Where an extraction learns what to ask for; shared by all of a run."""

    api: AdsApi
    feed: ChangeFeed
    targeting: Targeting
    settings: Settings
    zones: ZoneCheck
    placements: KnownPlacements = field(default_factory=KnownPlacements)


class Extraction:
    """The work of one stream in one account.

    `begin` runs once, before anything is asked; `plan` blocks on the API and may run on any thread, as it only
    reads what `begin` has settled. The progress itself belongs to the thread that emits.

    Attributes:
        inherited_jobs: Tickets as an earlier run left them.
        served: Placements and metric groups that the API answered for in earlier runs.
        looks_back: Whether jobs of an earlier run may be on the server without a ticket: it was interrupted, or
            there is no word of any.
    """

    def __init__(
        self,
        definition: StatsDefinition,
        account: t.Mapping[str, t.Any],
        bookmark: Bookmark,
        sources: Sources,
    ) -> None:
        self.definition = definition
        self.account_id = str(account["id"])
        self.zone = AccountZone.of(account)
        self.bookmark = bookmark
        self._sources = sources
        self._entity = rules.ENTITIES[definition.entity]
        self._layers: tuple[tuple[Layer, datetime | None], ...] = ()
        self.inherited_jobs: dict[str, Ticket] = {}
        self.served: frozenset[str] = frozenset(bookmark.served)
        self.looks_back = False
        self._fresh = False
        self._now: datetime
        self.buckets: Buckets

    @override
    def __str__(self) -> str:
        """Name the stream and the account."""
        return f"stream {self.definition.name}, account {self.account_id}"

    def begin(self, now: datetime) -> None:
        """Settle what this run has to extract, and announce which stretch of the change feed it will read."""
        definition, settings = self.definition, self._sources.settings
        self._now = now
        self.buckets = Buckets.of(definition, self.zone, settings.start, settings.end, now)
        delay = timedelta(hours=definition.delay_hours)
        horizon = Horizon.of(self.buckets, now, has_feed=self._entity.has_change_feed, delay=delay)
        opening = Opening.before(self.bookmark)
        self.bookmark.begin(
            self.buckets,
            horizon,
            has_feed=self._entity.has_change_feed,
            lookback_days=definition.lookback_days,
            definition=self._digest(),
            unending=settings.end is None,
        )
        opening.date(self.bookmark, now)
        self._fresh = opening.fresh
        self.looks_back = opening.fresh or opening.interrupted
        self.inherited_jobs = dict(self.bookmark.tickets)
        self._layers = tuple((replace(layer), layer_as_of(layer, self.bookmark)) for layer in self.bookmark.layers)
        for layer, _ in self._layers:
            if layer.changes:
                self._sources.feed.announce(self.account_id, definition.entity, layer.changes)

    def plan(self) -> list[Window]:
        """Ask who changed, and plan the windows.

        Raises:
            ApiError: The change feed or a listing could not be read.
            ZoneUnreadable: The API names no time zone, and does not keep the account's days in UTC.
        """
        definition = self.definition
        if self.zone.presumed:
            self._sources.zones.confirm(self.account_id, self.zone.date_of(self._now))
        shape = JobShape(
            self.account_id,
            tuple(tuple(groups) for groups in rules.partition_groups(definition.metric_groups)),
            self._sources.targeting.countries(definition),
            self._sources.targeting.platforms(definition),
        )
        return [
            replace(
                window,
                layer_key=layer.key,
                as_of=as_of,
                corrected=corrected,
                failed_before=layer.entity_ids is not None,
            )
            for number, (layer, as_of) in enumerate(self._layers)
            for corrected in [self._corrected(layer, as_of)]
            for window in self._windows(number, layer, shape)
        ]

    def _corrected(self, layer: Layer, as_of: datetime | None) -> frozenset[str]:
        """Return entities of whose earlier days something was recorded from `as_of` on.

        What happens in the hour still open is asked for again next time, so that a job some minutes old will do. A
        correction of earlier days must be in the figures of this run.
        """
        if not self._fresh or as_of is None or layer.changes is None:  # else a newer layer asks for corrections
            return frozenset()
        try:
            recent = self._sources.feed.read(
                self.account_id, self.definition.entity, Interval(floor_hour(as_of), layer.changes.end)
            )
        except ApiError as error:
            if not lists_instead(self.definition.entity, error):
                raise
            return frozenset()
        return frozenset(change.entity_id for change in recent if change.span.start < as_of)

    def _windows(self, number: int, layer: Layer, shape: JobShape) -> list[Window]:
        """Plan one layer; those of later runs come after it, so that their newer numbers are written last."""
        before = self._asked_before(layer)
        windows = plan_windows(self._needs(layer), layer.days, self.buckets, shape, number, before)
        backwards = self._sources.settings.newest_first and self._is_first(layer)
        return windows[::-1] if backwards else windows

    def _is_first(self, layer: Layer) -> bool:
        """Whether a layer is about days that no run has extracted yet."""
        if layer.changes is None:
            return self.bookmark.looked_back is None
        return layer.changes.start <= floor_hour(min(layer.days).start) or self._starts_over(layer.changes)

    def _starts_over(self, changes: Interval) -> bool:
        return changes.start <= floor_hour(self.buckets.start)

    def _asked_before(self, layer: Layer) -> Interval | None:
        """Return what earlier runs have asked for, and this layer asks for again: numbers may be taken back there.

        Segments that vanish are not known to the tap, so that it is about unsegmented streams only.
        """
        if self.definition.segmented:
            return None
        if layer.changes is None:
            return self.bookmark.looked_back if self.definition.entity == "ACCOUNT" else None
        asked = self.bookmark.asked
        if self._starts_over(layer.changes):  # a first extraction, or a bookmark that was set back to the start
            return asked
        if layer.entity_ids is not None:  # failed in one or more later runs; in between, other days may have been had
            return Interval(self.buckets.start, layer.changes.end)
        # The run before looked until the end of its open hour, with a bookmark that stays behind.
        until = layer.changes.start + timedelta(days=self.definition.lookback_days) + HOUR + MARGIN
        return Interval(self.buckets.start, max(until, asked.end) if asked else until)

    def _needs(self, layer: Layer) -> list[Need]:
        """Return the entities to ask for in one layer."""
        if not layer.days.intersect(self.buckets.whole):
            return []
        needs = self._changed(layer.changes) if layer.changes else self._everyone(layer.days)
        return [
            n if layer.placements is None else replace(n, placements=n.placements & {*layer.placements})
            for n in needs
            if layer.entity_ids is None or n.entity_id in layer.entity_ids
        ]

    def _changed(self, recorded: Interval) -> Iterable[Need]:
        entity = self.definition.entity
        try:
            changes = self._sources.feed.read(self.account_id, entity, recorded)
        except ApiError as error:
            if not lists_instead(entity, error):
                raise
            # Over the days to which changes recorded in this stretch can apply.
            span = Interval(recorded.start - ADJUSTED_FOR, recorded.end)
            return self._everyone(IntervalSet([span]))
        definition = self.definition
        wanted = self._sources.placements.wanted
        return [Need(c.entity_id, c.span, wanted(definition, c.placements), named=True) for c in changes]

    def _everyone(self, days: IntervalSet) -> Iterable[Need]:
        """Need every entity of the account in the given days."""
        placements, named = frozenset(self.definition.placements), self.definition.entity == "ACCOUNT"
        within = [part for span in days if (part := span.intersect(self.buckets.whole))]
        return [
            Need(entity_id, Interval(span.start, span.end - timedelta(seconds=1)), placements, named)
            for entity_id in entity_ids(
                self._sources.api, self.account_id, self.definition.entity, self._sources.settings.page_size
            )
            for span in within
        ]

    def _digest(self) -> str:
        """Name the settings that shape the records: if they change, old progress means something else."""
        d = self.definition
        parts: list[object] = [d.entity, d.segmentation_type, d.granularity.value, *d.metric_groups, "|"]
        parts += [*sorted(d.placements), "|", *sorted(d.country_codes), "|", *sorted(d.platforms)]
        if d.granularity is Granularity.TOTAL:
            parts += [d.window_days, self.buckets.start]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]
