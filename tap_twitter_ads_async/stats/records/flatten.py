"""From result files to flat rows: transpose, join metric groups, drop empty buckets. No I/O but reading the spool.

Jobs that differ only in their metric groups are joined here, entity by entity, so that the metrics of one entity,
placement, bucket and segment make one row. A job that had to be split comes in pieces, which are put back in place.
"""

from __future__ import annotations

import typing as t
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from tap_twitter_ads_async.domain.calendar import stamp
from tap_twitter_ads_async.stats.records.cells import VALUES, Array, Cells
from tap_twitter_ads_async.stats.records.columns import ColumnReader
from tap_twitter_ads_async.stats.records.results import Result
from tap_twitter_ads_async.stats.records.segments import Segment, segment_of

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    import msgspec

    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.jobs.spool import SpooledFile
    from tap_twitter_ads_async.stats.jobs.tasks import LostPiece, WindowJobs
    from tap_twitter_ads_async.stats.plan.spec import Group, JobSpec

Row = dict[str, t.Any]
Bucket = tuple[str, str, str]
"""`start_time`, `end_time` and `date` of a row, as they are written."""
PARKED_FROM_BYTES = 1 << 20
"""Compressed size from which a file does not stay in memory beside others; unpacked it is some ten times larger."""
WHOLE = Segment("", None)
"""Stands for the one entry of an unsegmented answer."""


@dataclass(slots=True)
class Block:
    """Rows of one entity and segment, still in columns.

    Attributes:
        fixed: Every column of a row, in order: dimensions filled, metrics null.
        buckets: Time bounds of the rows.
        columns: Metric arrays by column, one cell per bucket.
    """

    fixed: Row
    buckets: list[Bucket]
    columns: dict[str, Array]

    def piece(self, start: int, end: int) -> Block:
        """Return a part of the rows."""
        columns = {name: array[start:end] for name, array in self.columns.items()}
        return Block(self.fixed, self.buckets[start:end], columns)

    def rows(self) -> Iterator[Row]:
        """Yield one row per bucket in which at least one metric is not null; the cells must be values."""
        names = list(self.columns)
        if not names:
            return
        fixed, width = self.fixed, len(names)
        for (start, end, date), values in zip(self.buckets, zip(*self.columns.values(), strict=True), strict=True):
            if None in values and values.count(None) == width:
                continue
            row = fixed.copy()
            row["start_time"], row["end_time"], row["date"] = start, end, date
            row.update(zip(names, values, strict=True))
            yield row


@dataclass(frozen=True, slots=True)
class _Piece:
    """One result file and its place among the buckets of its group."""

    spec: JobSpec
    result: Result
    offset: int
    length: int


_Part = tuple[_Piece, "msgspec.Raw"]


@dataclass(slots=True)
class Flattener:
    """Turns the windows of one stream into rows.

    Attributes:
        definition: The stream.
        columns: Names of all columns, in the order of the schema.
        cells: What the blocks hold, values or texts.
    """

    definition: StatsDefinition
    columns: tuple[str, ...]
    cells: Cells = VALUES
    _reader: ColumnReader = field(init=False)

    def __post_init__(self) -> None:
        self._reader = ColumnReader(self.definition, self.cells)

    def blocks(self, run: WindowJobs) -> Iterator[Block]:
        """Yield the rows of a window in emission order, in columns.

        Raises:
            ResultMalformed: A file is not what the API documents.
        """
        for group in run.window.groups:
            files = run.group_files(group)
            if any(files):
                yield from self._group(group, files, run.lost)

    def _group(
        self, group: Group, files: list[list[tuple[JobSpec, SpooledFile]]], lost: list[LostPiece]
    ) -> Iterator[Block]:
        whole = group.specs[0]
        buckets = _buckets(whole)
        places = {start: i for i, start in enumerate(whole.buckets())}
        missing = [piece.spec for piece in lost if _within(piece.spec, whole)]
        with ExitStack() as open_results:
            parts_of_group = [part for partition in files for part in partition]
            pieces: list[_Piece] = []
            for spec, file in parts_of_group:
                result = open_results.enter_context(_opened(file, alone=len(parts_of_group) == 1))
                pieces.append(_Piece(spec, result, places[spec.start], len(spec.buckets())))
            for entity_id in whole.entity_ids:
                holes = {places[b] for s in missing if entity_id in s.entity_ids for b in s.buckets()}
                for _, (segment, parts) in sorted(_parts_by_segment(pieces, entity_id).items(), key=itemgetter(0)):
                    columns = self._joined(parts, len(buckets))
                    yield self._block(whole, entity_id, segment, buckets, self._without(columns, holes))

    def _joined(self, parts: list[_Part], width: int) -> dict[str, Array]:
        """Put the arrays of one entity and segment where they belong, file by file."""
        target: dict[str, Array] = {}
        for piece, entries in groupby(parts, key=itemgetter(0)):
            repeated = [self._reader.read(metrics, piece.length) for _, metrics in entries]
            for name, array in (self._merged(repeated) if len(repeated) > 1 else repeated[0]).items():
                if len(array) == width:  # most come whole and stay as they are
                    target[name] = array
                else:
                    full = target.setdefault(name, [self.cells.null] * width)
                    full[piece.offset : piece.offset + len(array)] = array
        return target

    def _merged(self, repeated: list[dict[str, Array]]) -> dict[str, Array]:
        """Join entries of one segment key: equal ones are the same entry sent twice, others are parts of a sum."""
        distinct = [entry for i, entry in enumerate(repeated) if entry not in repeated[:i]]
        merged: dict[str, Array] = {}
        for entry in distinct:
            for name, array in entry.items():
                merged[name] = self.cells.add(merged[name], array) if name in merged else array
        return merged

    def _without(self, columns: dict[str, Array], holes: set[int]) -> dict[str, Array]:
        """Blank the buckets in which a metric group is missing, so that no half row goes out."""
        if not holes:
            return columns
        null = self.cells.null
        return {n: [null if i in holes else v for i, v in enumerate(a)] for n, a in columns.items()}

    def _block(
        self, spec: JobSpec, entity_id: str, segment: Segment, buckets: list[Bucket], columns: dict[str, Array]
    ) -> Block:
        fixed: Row = dict.fromkeys(self.columns)
        fixed |= {
            "account_id": spec.account_id,
            "entity_id": entity_id,
            "entity": spec.entity,
            "placement": spec.placement,
            "granularity": spec.granularity.value,
        }
        if spec.segmentation_type:
            fixed |= {
                "segmentation_type": spec.segmentation_type,
                "segment_name": segment.name,
                "segment_value": segment.value,
            }
        if spec.country:
            fixed["country"] = spec.country.label
        if spec.platform:
            fixed["platform"] = spec.platform.label
        return Block(fixed, buckets, columns)


@contextmanager
def _opened(file: SpooledFile, *, alone: bool) -> Iterator[Result]:
    """Open a result; unless it is the only one of its group, or small, its text waits on disk."""
    result = Result.read(file.path)
    if not alone and file.size > PARKED_FROM_BYTES:
        result.park()
    try:
        yield result
    finally:
        result.close()


def _buckets(spec: JobSpec) -> list[Bucket]:
    """Write the bounds of a job's buckets; a bucket ends where the next one starts."""
    starts = spec.buckets()
    return [
        (stamp(start), stamp(end), spec.zone.date_of(start).isoformat())
        for start, end in zip(starts, [*starts[1:], spec.end], strict=True)
    ]


def _within(piece: JobSpec, whole: JobSpec) -> bool:
    """Whether a lost piece is a part of the jobs of a group."""
    same = (piece.placement, piece.country, piece.platform) == (whole.placement, whole.country, whole.platform)
    return same and whole.start <= piece.start and piece.end <= whole.end


def _parts_by_segment(pieces: list[_Piece], entity_id: str) -> dict[str, tuple[Segment, list[_Part]]]:
    """Find what the files of a group say of one entity, by segment key."""
    found: dict[str, tuple[Segment, list[_Part]]] = {}
    for piece in pieces:
        if entity_id not in piece.spec.entity_ids:
            continue
        for entry in piece.result.segments(entity_id):
            segment = segment_of(entry.segment) if piece.spec.segmentation_type else WHOLE
            known, parts = found.setdefault(segment.value, (segment, []))
            parts.append((piece, entry.metrics))
            if (segment.name or "") < (known.name or ""):  # one name per key, whatever the order in the file
                found[segment.value] = (segment, parts)
    return found
