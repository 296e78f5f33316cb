"""From blocks of rows to Arrow tables: arrays stay text until Arrow takes thousands of them apart at once.

Collecting is all that the main thread does. Tables are made on the thread that writes them, and nearly all of that work
leaves Python's lock to others.
"""

from __future__ import annotations

import typing as t
from array import array
from datetime import date
from itertools import chain, repeat

from tap_twitter_ads_async.domain.calendar import parse_stamp
from tap_twitter_ads_async.singer.batch.arrow_types import arrow_schema, arrow_type, kinds_of
from tap_twitter_ads_async.singer.batch.failures import UnfitValue
from tap_twitter_ads_async.stats.records.cells import WHOLE
from tap_twitter_ads_async.stats.records.flatten import Slab
from tap_twitter_ads_async.stats.records.layouts import cells_of, nulls

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from tap_twitter_ads_async.stats.records.flatten import Block, Bucket, Row
    from tap_twitter_ads_async.stats.records.segments import Segment

MICROSECONDS = 1_000_000
_METRIC = "integer"
"""Kind of the metric columns; all others but times are texts."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def _microseconds(stamp: str) -> int:
    return int(parse_stamp(stamp).timestamp()) * MICROSECONDS


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal() - _EPOCH_DAY


_TIMES: dict[str, tuple[str, str, t.Callable[[str], int]]] = {
    "start_time": ("q", "date-time", _microseconds),
    "end_time": ("q", "date-time", _microseconds),
    "date": ("i", "date", _day),
}
"""Columns that tell a row's time, in the order of a bucket: code of their numbers, kind of the column, and what makes
the numbers: microseconds and days since 1970 (UTC)."""


class _Part(t.NamedTuple):
    """Rows of one block or slab.

    Attributes:
        fixed: What they have in common.
        segments: Their segments where they are of a slab.
        buckets: Time bounds of the rows, of each segment.
        columns: Arrays, as a whole text or per segment.
        rows: How many there are, those included that are not alive.
        alive: Which of them go into the table; None where all do.
    """

    fixed: Row
    segments: list[Segment] | None
    buckets: list[Bucket]
    columns: Mapping[str, bytes | list[bytes]]
    rows: int
    alive: list[bool] | None = None


class TableDraft:
    """Rows of some blocks, on their way to a table.

    A column is one of three kinds: time bounds; metrics, whose arrays follow one another; dimensions, which are the
    same in all rows of a block.

    Args:
        kinds: Kind of each column, in order.

    Attributes:
        rows: How many rows there are.
        cells: How many metric cells there are.
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._kinds = kinds
        self.rows = self.cells = 0
        self._parts: list[_Part] = []
        self._metrics: set[str] = set()

    def append(self, block: Block | Slab) -> int:
        """Take the rows of a block or slab, and return how many they are."""
        alive = None if isinstance(block, Slab) else block.alive()
        segments = block.segments if isinstance(block, Slab) else None
        part = _Part(block.fixed, segments, block.buckets, block.columns, block.most_rows, alive)
        rows = part.rows if alive is None else sum(alive)
        if rows:
            self._parts.append(part)
            self._metrics.update(block.columns)
            self.rows += rows
            self.cells += part.rows * len(block.columns)
        return rows

    def table(self, schema: pa.Schema) -> pa.Table:
        """Return the rows as a table.

        Raises:
            UnfitValue: A number is too large for its column.
        """
        import pyarrow as pa  # noqa: PLC0415 - an extra

        metrics = [name for name in self._kinds if name in self._metrics]
        texts = [name for name, kind in self._kinds.items() if name not in _TIMES and kind != _METRIC]
        columns = _times(self._parts) | _metrics(self._parts, metrics) | _dimensions(self._parts, texts)
        # One array for all metrics without a value, however many they are.
        empty = pa.nulls(sum(part.rows for part in self._parts), pa.int64())
        table = pa.Table.from_arrays([columns.get(name, empty) for name in self._kinds], schema=schema)
        return table if all(part.alive is None for part in self._parts) else table.filter(_mask(self._parts))


def _mask(parts: list[_Part]) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    flags = (repeat(True, part.rows) if part.alive is None else part.alive for part in parts)
    return pa.array(chain.from_iterable(flags), pa.bool_())


def _times(parts: list[_Part]) -> dict[str, pa.Array]:
    """Return time bounds; the blocks of a group share their buckets."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    runs: list[tuple[list[Bucket], int]] = []
    for part in parts:
        buckets, times = part.buckets, 1 if part.segments is None else len(part.segments)
        if runs and runs[-1][0] is buckets:
            runs[-1] = (buckets, runs[-1][1] + times)
        else:
            runs.append((buckets, times))
    arrays = {}
    for place, (name, (code, kind, number)) in enumerate(_TIMES.items()):
        numbers = array(code)
        for run, times in runs:
            numbers.extend(array(code, [number(bucket[place]) for bucket in run]) * times)
        arrays[name] = pa.Array.from_buffers(arrow_type(kind), len(numbers), [None, pa.py_buffer(numbers)])
    return arrays


def _dimensions(parts: list[_Part], names: list[str]) -> dict[str, pa.ChunkedArray]:
    """Return columns that are the same in all rows of a segment."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    values: dict[str, list[str | None]] = {name: [] for name in names}
    places = array("i")
    segments = 0
    for part in parts:
        rows = [part.fixed] if part.segments is None else [part.fixed | s.columns for s in part.segments]
        for name, column in values.items():
            column += [row[name] for row in rows]
        for place in range(segments, segments + len(rows)):
            places.extend(array("i", [place]) * len(part.buckets))
        segments += len(rows)
    if not names:
        return {}
    table = pa.table({name: pa.array(column, pa.string()).dictionary_encode() for name, column in values.items()})
    taken = table.take(pa.Array.from_buffers(pa.int32(), len(places), [None, pa.py_buffer(places)]))
    return {name: taken.column(name) for name in names}


def _metrics(parts: list[_Part], names: list[str]) -> dict[str, pa.Array]:
    """Return metric columns, all of them taken apart in one go, so that Python's lock is asked for a few times only.

    Raises:
        UnfitValue: A number is too large.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.compute as pc  # noqa: PLC0415 - likewise

    if not names:
        return {}
    text = b",".join([_text(part, name) for name in names for part in parts])
    ends = pa.py_buffer(array("i", [0, len(text)]))
    cells = pc.split_pattern(pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(text)]), ",").values
    if b"null" in text:
        cells = pc.if_else(pc.equal(cells, "null"), pa.scalar(None, pa.string()), cells)
    try:
        numbers = cells.cast(pa.int64())
    except pa.ArrowInvalid:
        raise _too_large(parts, names) from None
    rows = sum(part.rows for part in parts)
    return {name: numbers.slice(i * rows, rows) for i, name in enumerate(names)}


def _text(part: _Part, name: str) -> bytes:
    arrays = part.columns.get(name)
    if arrays is None:
        return nulls(part.rows)
    return arrays if isinstance(arrays, bytes) else cells_of(arrays)


def _too_large(parts: list[_Part], names: list[str]) -> UnfitValue:
    """Say which number it was that Arrow did not take."""
    values = ((value, name) for name in names for part in parts for value in WHOLE.values(_text(part, name)))
    largest, name = max((abs(value), name) for value, name in values if value is not None)
    return UnfitValue(
        f"Column {name} holds whole numbers of 64 bits in a Parquet file, and {largest} is larger."
        " Deselect the column, or set batch_config.encoding.format to jsonl"
    )


class TableBuilder:
    """Collects the blocks of one stream until they become a table.

    Args:
        schema: Schema of the SCHEMA message.

    Attributes:
        draft: What was collected.
        schema: The tables' schema.
    """

    def __init__(self, schema: Mapping[str, t.Any]) -> None:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        self._kinds = kinds_of(schema)
        # Few texts, each in many rows: a dictionary of them costs less on the way to Parquet, which does not show it.
        words = pa.dictionary(pa.int32(), pa.string())
        self.schema = pa.schema([f.with_type(words) if f.type == pa.string() else f for f in arrow_schema(schema)])
        self.draft = TableDraft(self._kinds)

    def add(self, block: Block | Slab) -> int:
        """Take the rows of a slab, or of a block whose arrays are whole texts.

        Returns:
            How many they are.
        """
        return self.draft.append(block) if block.columns else 0

    def take(self) -> TableDraft:
        """Return what was collected, and begin anew."""
        draft, self.draft = self.draft, TableDraft(self._kinds)
        return draft
