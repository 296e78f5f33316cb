"""From when on a job knows what a layer is about.

A change recorded before the server created a job is in its result; one recorded later may be or not. A layer that
this run opens is about all that the change feed tells now, so that only jobs created from now on serve it. Where
nothing is known of earlier runs, the layer is about everything: jobs of the hour still open serve it as well, because
the changes of that hour are asked for again next time in any case.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.domain.calendar import HOUR

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.domain.intervals import Interval
    from tap_twitter_ads_async.stats.plan.bookmark import Bookmark
    from tap_twitter_ads_async.stats.plan.layer import Layer


@dataclass(frozen=True, slots=True)
class Opening:
    """What a bookmark looked like before a run opened its layers.

    Attributes:
        fresh: Whether nothing was known of earlier runs.
        interrupted: Whether an earlier run left days open.
    """

    fresh: bool
    interrupted: bool
    _until: datetime | None
    _known: tuple[tuple[Layer, Interval | None], ...]

    @classmethod
    def before(cls, bookmark: Bookmark) -> Opening:
        """Note the layers as they are."""
        layers = [layer for layer in bookmark.layers if layer.days]
        known = tuple((layer, layer.changes) for layer in layers)
        return cls(bookmark.cursor is None, bool(layers), bookmark.until, known)

    def date(self, bookmark: Bookmark, now: datetime) -> None:
        """Date the layers that were opened since."""
        for layer in bookmark.layers:
            if layer.entity_ids is None and not self._is_known(layer):
                layer.as_of = self._as_of(layer, bookmark, now.replace(microsecond=0))

    def _is_known(self, layer: Layer) -> bool:
        return any(layer is known and layer.changes == changes for known, changes in self._known)

    def _as_of(self, layer: Layer, bookmark: Bookmark, now: datetime) -> datetime | None:
        if self.fresh:
            return None
        goes_on = layer.changes is None and self.interrupted and bookmark.until == self._until
        # Without a change feed, the days that an interrupted run left open become a layer of this run.
        return next((known.as_of for known, _ in self._known if known.entity_ids is None), now) if goes_on else now


def layer_as_of(layer: Layer, bookmark: Bookmark) -> datetime | None:
    """Return from when on a job serves a layer."""
    if layer.as_of is not None:
        return layer.as_of
    return layer.changes.end - HOUR if layer.changes else bookmark.until
