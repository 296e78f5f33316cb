"""Entries of one entity and segment: which belong together, and what they say together.

A segment is its value and its name. The value alone is the key of its rows, so that parts of different names may share
a key; those are added up. One and the same segment that comes twice is one entry repeated if both say the same, and a
malformed answer otherwise: nobody can know which of two figures is right.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tap_twitter_ads_async.stats.records.segments import Segment, segment_of

if t.TYPE_CHECKING:
    import msgspec

    from tap_twitter_ads_async.stats.plan.spec import JobSpec
    from tap_twitter_ads_async.stats.records.cells import Array, Cells
    from tap_twitter_ads_async.stats.records.columns import ColumnReader
    from tap_twitter_ads_async.stats.records.results import Result

UNSEGMENTED = Segment("", None)
"""Stands for the one entry of an unsegmented answer."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One result file and its place among the buckets of its group."""

    spec: JobSpec
    result: Result
    offset: int
    length: int


class Part(t.NamedTuple):
    """What one entry of a file says of one entity and segment."""

    piece: Piece
    name: str | None
    metrics: msgspec.Raw


def parts_by_segment(pieces: list[Piece], entity_id: str) -> dict[str, tuple[Segment, list[Part]]]:
    """Find what the files of a group say of one entity, by segment key.

    Raises:
        ResultMalformed: An entry has another shape than documented.
    """
    found: dict[str, tuple[Segment, list[Part]]] = {}
    for piece in pieces:
        if entity_id not in piece.spec.entity_ids:
            continue
        for entry in piece.result.segments(entity_id):
            if piece.spec.segmentation_type:
                segment = segment_of(entry.segment)
            elif isinstance(entry.segment, dict) and any(v is not None for v in entry.segment.values()):
                raise ResultMalformed("the result is segmented, and was not asked to be")
            else:
                segment = UNSEGMENTED
            known, parts = found.setdefault(segment.value, (segment, []))
            parts.append(Part(piece, segment.name, entry.metrics))
            if (segment.name or "") < (known.name or ""):  # one name per key, whatever the order in the file
                found[segment.value] = (segment, parts)
    return found


def columns_of(reader: ColumnReader, piece: Piece, parts: list[Part], cells: Cells) -> dict[str, Array]:
    """Return the arrays of one segment key in one file.

    Args:
        reader: Reads arrays and checks their length.
        piece: The file's part of the group.
        parts: Entries of the file that share the segment key.
        cells: Adds and compares cells.

    Raises:
        ResultMalformed: An array has another length than asked for, or one segment came with different figures.
    """
    if len(parts) == 1:
        return reader.read(parts[0].metrics, piece.length)
    by_name: dict[str | None, dict[str, Array]] = {}
    for part in parts:
        columns = reader.read(part.metrics, piece.length)
        known = by_name.get(part.name)
        by_name[part.name] = columns if known is None else _same(known, columns, part, cells)
    summed: dict[str, Array] = {}
    for name in sorted(by_name, key=lambda name: name or ""):
        for column, array in by_name[name].items():
            summed[column] = cells.add(summed[column], array) if column in summed else array
    return summed


def _same(known: dict[str, Array], repeated: dict[str, Array], part: Part, cells: Cells) -> dict[str, Array]:
    """Join two entries of one segment, which may have different metrics or buckets, but not differ."""
    joined = dict(known)
    for column, array in repeated.items():
        if column not in joined:
            joined[column] = array
            continue
        pairs = list(zip(cells.listed(joined[column]), cells.listed(array), strict=True))
        if any(cells.null not in pair and pair[0] != pair[1] for pair in pairs):
            whom = "an entity" if part.name is None else f"segment {part.name!r}"
            raise ResultMalformed(f"metric {column} of {whom} occurs twice, with different figures")
        joined[column] = cells.packed([b if a == cells.null else a for a, b in pairs])
    return joined
