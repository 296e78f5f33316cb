"""Days that are open for one stretch of the change feed, and how they are written into the Singer state."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.domain.calendar import stamp
from tap_twitter_ads_async.domain.intervals import FAR, Interval, IntervalSet

if t.TYPE_CHECKING:
    from datetime import datetime

    Json = dict[str, t.Any]


@dataclass(slots=True)
class Layer:
    """Days still to be extracted, for one stretch of the change feed.

    Attributes:
        days: The open moments.
        changes: Which recorded changes to ask for; None for entity types without a change feed.
        entity_ids: Restricts the layer to some entities: what is left of a window that failed in part.
        placements: Likewise.
        as_of: A job of an earlier run serves the layer only if the server created it at this moment or later; None
            where that follows from the changes.
    """

    days: IntervalSet
    changes: Interval | None = None
    entity_ids: tuple[str, ...] | None = None
    placements: tuple[str, ...] | None = None
    as_of: datetime | None = None

    @property
    def key(self) -> str:
        """Name of the layer, the same in every run while it is open."""
        parts = (self.changes and (stamp(self.changes.start), stamp(self.changes.end)), self.entity_ids)
        text = repr((*parts, self.placements, self.as_of and stamp(self.as_of)))
        return hashlib.sha256(text.encode()).hexdigest()[:6]

    def to_json(self) -> list[Json]:
        """Return one JSON object per open interval."""
        return [
            {
                "start": stamp(days.start),
                **({} if days.end == FAR else {"end": stamp(days.end)}),
                **(
                    {"changes_since": stamp(self.changes.start), "changes_until": stamp(self.changes.end)}
                    if self.changes
                    else {}
                ),
                **({"entity_ids": list(self.entity_ids)} if self.entity_ids is not None else {}),
                **({"placements": list(self.placements)} if self.placements is not None else {}),
                **({"as_of": stamp(self.as_of)} if self.as_of is not None else {}),
            }
            for days in self.days
        ]
