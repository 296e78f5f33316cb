"""Joining what failed run after run, so that neither the state nor the jobs grow with the number of runs."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.domain.intervals import Interval, IntervalSet

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MAX_PIECES = 20
"""So many pieces are kept apart by their entities; beyond that they are requested together."""


class Open(t.Protocol):
    """Days still open; see `Layer`."""

    days: IntervalSet
    changes: Interval | None
    entity_ids: tuple[str, ...] | None
    placements: tuple[str, ...] | None
    as_of: datetime | None


AnyOpen = t.TypeVar("AnyOpen", bound=Open)


def joined_pieces(layers: Sequence[AnyOpen], beginning: datetime) -> list[AnyOpen]:
    """Return open layers with the pieces of the same entities and placements in one.

    A joined piece is about the days of all its parts and the changes of all of them: a little more than each, never
    less. What is left of a first extraction stays apart from what is left of later ones: there is nothing in the
    warehouse yet that may have been taken back.

    Args:
        layers: What is open.
        beginning: First moment to extract; layers about all changes since then are left of a first extraction.
    """
    pieces = sum(layer.entity_ids is not None for layer in layers)
    apart = pieces <= MAX_PIECES
    joined: dict[object, AnyOpen] = {}
    kept: list[AnyOpen] = []
    for layer in layers:
        first = layer.changes is not None and layer.changes.start <= beginning
        key = ((layer.entity_ids, layer.placements) if apart else None, layer.changes is None, first)
        known = joined.get(key)
        if layer.entity_ids is None:
            kept.append(layer)
        elif known is None:
            joined[key] = layer
            kept.append(layer)
        else:
            _add(known, layer)
    return kept


def _add(known: Open, layer: Open) -> None:
    known.days = IntervalSet([*known.days, *layer.days])
    if known.changes is not None and layer.changes is not None:
        start = min(known.changes.start, layer.changes.start)
        known.changes = Interval(start, max(known.changes.end, layer.changes.end))
    known.entity_ids = _union(known.entity_ids, layer.entity_ids)
    known.placements = _union(known.placements, layer.placements)
    moments = [moment for moment in (known.as_of, layer.as_of) if moment is not None]
    known.as_of = max(moments) if moments else None


def _union(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if one is None or other is None else tuple(sorted({*one, *other}))
