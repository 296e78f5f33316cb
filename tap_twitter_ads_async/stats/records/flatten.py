"""From result files to flat rows: transpose, join metric groups, drop empty buckets. No I/O but reading the spool.

Jobs that differ only in their metric groups are joined here, entity by entity, so that the metrics of one entity,
placement, bucket and segment make one row. A job that had to be split comes in pieces, which are put back in place.
"""

from __future__ import annotations

import typing as t
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby, pairwise, repeat
from operator import itemgetter

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.calendar import stamp
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.stats.records.cells import VALUES, WHOLE, Array, Cells
from tap_twitter_ads_async.stats.records.columns import ColumnReader
from tap_twitter_ads_async.stats.records.joining import UNSEGMENTED, Piece, columns_of, parts_by_segment
from tap_twitter_ads_async.stats.records.layouts import SEGMENTS_AT_ONCE, cells_of
from tap_twitter_ads_async.stats.records.results import Result

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.plan.spec import Group, JobSpec, TargetingValue
    from tap_twitter_ads_async.stats.records.joining import Part
    from tap_twitter_ads_async.stats.records.segments import Segment
    from tap_twitter_ads_async.stats.records.window_result import Answer, LostPiece, SpooledFile, WindowResult

Row = dict[str, t.Any]
Bucket = tuple[str, str, str]
"""`start_time`, `end_time` and `date` of a row, as they are written."""
PARKED_FROM_BYTES = 1 << 20
"""Compressed size from which a file does not stay in memory with others; decompressed, it is about ten times larger."""


@dataclass(slots=True)
class Block:
    """Rows of one entity and segment, still in columns.

    Attributes:
        fixed: Every column of a row, in order: dimensions filled, metrics null.
        buckets: Time bounds of the rows.
        columns: Metric arrays by column, one cell per bucket; at least one.
        cells: How the arrays are held.
        kept: Places of buckets that are written even where all their metrics are null: numbers may have been taken
            back there.
    """

    fixed: Row
    buckets: list[Bucket]
    columns: dict[str, Array]
    cells: Cells = VALUES
    kept: frozenset[int] = frozenset()

    @property
    def most_rows(self) -> int:
        """How many rows there are, buckets without a value counted."""
        return len(self.buckets)

    def piece(self, start: int, end: int) -> Block:
        """Return a part of the rows."""
        listed, packed = self.cells.listed, self.cells.packed
        columns = {name: packed(listed(array)[start:end]) for name, array in self.columns.items()}
        kept = frozenset(i - start for i in self.kept if start <= i < end)
        return Block(self.fixed, self.buckets[start:end], columns, self.cells, kept)

    def alive(self) -> list[bool] | None:
        """Tell which buckets make a row; None where all do."""
        null: t.Any = self.cells.null
        if not all(null in array for array in self.columns.values()):
            return None
        rows = zip(*map(self.cells.listed, self.columns.values()), strict=True)
        alive = [i in self.kept or any(cell != null for cell in row) for i, row in enumerate(rows)]
        return None if all(alive) else alive

    def rows(self) -> Iterator[Row]:
        """Yield one row per bucket that makes one; the cells must be values."""
        names = list(self.columns)
        if not names:
            return
        fixed, alive = self.fixed, self.alive() or repeat(True)
        # `alive` may be endless; the others are of one length.
        for (start, end, date), values, keep in zip(  # noqa: B905 - see above
            self.buckets, zip(*self.columns.values(), strict=True), alive
        ):
            if not keep:
                continue
            row = fixed.copy()
            row["start_time"], row["end_time"], row["date"] = start, end, date
            row.update(zip(names, values, strict=True))
            yield row


@dataclass(slots=True)
class Slab:
    """Rows of one entity's segments, none of them without a value: whole columns, for whoever writes columns.

    Attributes:
        fixed: Every column of a row, as in a block, but for its segment.
        segments: The segments, in order.
        buckets: Time bounds of the rows of each segment.
        columns: Per column the array of each segment, as `cells_of` takes them.
    """

    fixed: Row
    segments: list[Segment]
    buckets: list[Bucket]
    columns: dict[str, list[bytes]]

    @property
    def most_rows(self) -> int:
        """How many rows there are."""
        return len(self.segments) * len(self.buckets)

    def blocks(self) -> Iterator[Block]:
        """Yield the same rows, segment by segment."""
        for i, segment in enumerate(self.segments):
            columns: dict[str, Array] = {name: cells_of([parts[i]]) for name, parts in self.columns.items()}
            yield Block(self.fixed | segment.columns, self.buckets, columns, WHOLE)


@dataclass(slots=True)
class Flattener:
    """Turns the windows of one stream into rows.

    Attributes:
        definition: The stream.
        columns: Names of all columns, in the order of the schema.
        cells: How the blocks hold their cells.
    """

    definition: StatsDefinition
    columns: tuple[str, ...]
    cells: Cells = VALUES
    _reader: ColumnReader = field(init=False)
    _empty: Row = field(init=False)

    def __post_init__(self) -> None:
        self._empty = dict.fromkeys(self.columns)
        self._reader = ColumnReader(self.definition, self.cells)

    def blocks(self, result: WindowResult) -> Iterator[Block]:
        """Yield the rows of a window in emission order, in columns.

        Raises:
            ResultMalformed: A file is not what the API documents.
        """
        for part in self._window(result, slabs=False):
            assert isinstance(part, Block)  # noqa: S101 - for mypy: there are no slabs
            yield part

    def slabs(self, result: WindowResult) -> Iterator[Slab | Block]:
        """Yield the same rows in pieces as large as they come; the cells must be whole texts.

        Raises:
            ResultMalformed: A file is not what the API documents.
        """
        return self._window(result, slabs=True)

    def _window(self, result: WindowResult, *, slabs: bool) -> Iterator[Slab | Block]:
        lost = _by_entity(result.lost)
        for group, answers in zip(result.window.groups, result.answers, strict=True):
            if answers:
                yield from self._group(group, answers, lost, slabs=slabs)

    def _group(
        self,
        group: Group,
        answers: tuple[Answer, ...],
        lost: Mapping[_EntityPlace, list[JobSpec]],
        *,
        slabs: bool,
    ) -> Iterator[Slab | Block]:
        whole = group.specs[0]
        buckets = _buckets(whole)
        places = {start: i for i, start in enumerate(whole.buckets())}
        with ExitStack() as open_results:
            pieces: list[Piece] = []
            # In an order of their own, not that in which they arrived: equal runs write equal lines.
            for spec, file in sorted(answers, key=_order):
                result = open_results.enter_context(_opened(file, alone=len(answers) == 1))
                pieces.append(Piece(spec, result, places[spec.start], len(spec.buckets())))
            for entity_id in whole.entity_ids:
                holes = {places[b] for s in lost.get(_place(whole, entity_id), ()) for b in s.buckets() if b in places}
                kept = _asked_again(group, entity_id) - holes
                found = parts_by_segment(pieces, entity_id)
                if kept and not found:
                    found[UNSEGMENTED.value] = (UNSEGMENTED, [])
                entries = [entry for _, entry in sorted(found.items(), key=itemgetter(0))]
                fixed = self._fixed(whole, entity_id)
                step = SEGMENTS_AT_ONCE if slabs and not holes and not kept else 1
                for some in (entries[i : i + step] for i in range(0, len(entries), step)):
                    slab = self._slab(some, pieces, fixed, buckets) if len(some) > 1 else None
                    if slab is not None:
                        yield slab
                        continue
                    for segment, parts in some:
                        columns = self._joined(parts, len(buckets))
                        if kept and not columns:  # nothing is left of it: any metric tells so
                            columns = {self.columns[-1]: self.cells.of([None] * len(buckets))}
                        row = fixed | segment.columns if whole.segmentation_type else fixed
                        yield Block(row, buckets, self._without(columns, holes), self.cells, kept)

    def _slab(
        self, entries: list[tuple[Segment, list[Part]]], pieces: list[Piece], fixed: Row, buckets: list[Bucket]
    ) -> Slab | None:
        """Return the rows of segments that are all alike, without a gap, and never without a value; else None."""
        if any([part.piece for part in parts] != pieces for _, parts in entries):
            return None
        columns: dict[str, list[bytes]] = {}
        for i, piece in enumerate(pieces):
            texts = [bytes(parts[i].metrics) for _, parts in entries]
            arrays = self._reader.read_all(texts, piece.length) if piece.length == len(buckets) else None
            if arrays is None:
                return None
            columns |= arrays
        if all(b"null" in b"".join(arrays) for arrays in columns.values()):  # perhaps a bucket of nothing but nulls
            return None
        return Slab(fixed, [segment for segment, _ in entries], buckets, columns)

    def _joined(self, parts: list[Part], width: int) -> dict[str, Array]:
        """Put the arrays of one entity and segment where they belong, file by file."""
        whole: dict[str, Array] = {}
        pieced: dict[str, list[t.Any]] = {}
        for piece, entries in groupby(parts, key=itemgetter(0)):
            columns = columns_of(self._reader, piece, list(entries), self.cells)
            if piece.length == width:  # most come whole and stay as they are
                whole |= columns
                continue
            for name, array in columns.items():
                full = pieced.setdefault(name, [self.cells.null] * width)
                full[piece.offset : piece.offset + piece.length] = self.cells.listed(array)
        return whole | {name: self.cells.packed(full) for name, full in pieced.items()}

    def _without(self, columns: dict[str, Array], holes: set[int]) -> dict[str, Array]:
        """Blank the buckets in which a metric group is missing, so that no half row goes out."""
        if not holes:
            return columns
        null, listed, packed = self.cells.null, self.cells.listed, self.cells.packed
        return {n: packed([null if i in holes else v for i, v in enumerate(listed(a))]) for n, a in columns.items()}

    def _fixed(self, spec: JobSpec, entity_id: str) -> Row:
        """Return what all rows of an entity have in common, but for its segments."""
        fixed = self._empty | {
            "account_id": spec.account_id,
            "entity_id": entity_id,
            "entity": spec.entity,
            "placement": spec.placement,
            "granularity": spec.granularity.value,
        }
        if spec.segmentation_type:
            fixed["segmentation_type"] = spec.segmentation_type
        if spec.country:
            fixed["country"] = spec.country.label
        if spec.platform:
            fixed["platform"] = spec.platform.label
        return fixed


@contextmanager
def _opened(file: SpooledFile, *, alone: bool) -> Iterator[Result]:
    """Open a result; unless it is the only one of its group, or small, its text waits on disk."""
    result = Result.read(file.path, parked=not alone and file.size > PARKED_FROM_BYTES)
    try:
        yield result
    finally:
        result.close()


def _order(answer: Answer) -> tuple[int, datetime, tuple[str, ...]]:
    spec = answer.spec
    return (rules.METRIC_GROUPS.index(spec.metric_groups[0]), spec.start, spec.entity_ids)


def _buckets(spec: JobSpec) -> list[Bucket]:
    """Write the bounds of a job's buckets; a bucket ends where the next one starts."""
    starts = spec.buckets()
    return [
        (stamp(start), stamp(end), spec.zone.date_of(start).isoformat())
        for start, end in zip(starts, [*starts[1:], spec.end], strict=True)
    ]


def _asked_again(group: Group, entity_id: str) -> frozenset[int]:
    """Return the places of buckets that an earlier run has asked for and in which the entity changed since."""
    spec = group.specs[0]
    times = next((times for known, times in group.asked_again if known == entity_id), None)
    if times is None:
        return frozenset()
    starts = spec.buckets()
    bounds = pairwise([*starts, spec.end])
    return frozenset(i for i, (start, end) in enumerate(bounds) if times.intersect(Interval(start, end)))


_EntityPlace = tuple[str, "TargetingValue | None", "TargetingValue | None", str]


def _place(spec: JobSpec, entity_id: str) -> _EntityPlace:
    return spec.placement, spec.country, spec.platform, entity_id


def _by_entity(lost: Iterable[LostPiece]) -> dict[_EntityPlace, list[JobSpec]]:
    """Find lost pieces by entity, placement and target: asking each group for each piece would take far too long."""
    found: dict[_EntityPlace, list[JobSpec]] = {}
    for piece in lost:
        for entity_id in piece.spec.entity_ids:
            found.setdefault(_place(piece.spec, entity_id), []).append(piece.spec)
    return found
