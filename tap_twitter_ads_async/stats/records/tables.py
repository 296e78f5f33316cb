"""From blocks of rows to Arrow tables: arrays stay arrays, and no row becomes an object of its own."""

from __future__ import annotations

import typing as t
from array import array
from datetime import date
from itertools import accumulate, compress

from tap_twitter_ads_async.domain.calendar import parse_stamp
from tap_twitter_ads_async.singer.batch.arrow_types import arrow_schema, arrow_type, kinds_of
from tap_twitter_ads_async.singer.batch.failures import UnfitValue

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from tap_twitter_ads_async.stats.records.cells import Array
    from tap_twitter_ads_async.stats.records.flatten import Block, Bucket, Row

MICROSECONDS = 1_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_TIMES = {"start_time": "q", "end_time": "q", "date": "i"}
"""Columns that tell a row's time, with the code of their numbers: microseconds and days since 1970 (UTC)."""
_METRICS = {"integer": "q", "number": "d"}
Bounds = dict[str, "array[int]"]


class Metric:
    """Values of one metric column, in the memory that becomes an Arrow array.

    Attributes:
        values: The values, 0 for null.
        valid: One byte per value, 0 for null; None as long as there is no null.
    """

    __slots__ = ("valid", "values")

    def __init__(self, code: str) -> None:
        self.values: array[t.Any] = array(code)
        self.valid: bytearray | None = None

    def extend(self, cells: Array) -> None:
        """Append cells.

        Raises:
            OverflowError: A number is too large.
        """
        before = len(self.values)
        try:
            self.values.fromlist(cells)  # all of them or none
        except TypeError:
            self.values.fromlist([0 if cell is None else cell for cell in cells])
            self._valid_until(before).extend([cell is not None for cell in cells])
        else:
            if self.valid is not None:
                self.valid.extend(b"\1" * len(cells))

    def fill(self, rows: int) -> None:
        """Append nulls until there are so many values."""
        before = len(self.values)
        if before < rows:
            self._valid_until(before).extend(bytes(rows - before))
            self.values.frombytes(bytes((rows - before) * self.values.itemsize))

    def _valid_until(self, length: int) -> bytearray:
        if self.valid is None:
            self.valid = bytearray(b"\1" * length)
        return self.valid

    def arrow(self, kind: str) -> pa.Array:
        """Return an Arrow array over the values."""
        import pyarrow as pa  # noqa: PLC0415 - an extra

        count, bitmap = len(self.values), None
        if self.valid is not None:
            flags = pa.Array.from_buffers(pa.uint8(), count, [None, pa.py_buffer(self.valid)])
            bitmap = flags.cast(pa.bool_()).buffers()[1]
        return pa.Array.from_buffers(arrow_type(kind), count, [bitmap, pa.py_buffer(self.values)])


class TableDraft:
    """Rows of some blocks, on their way to a table.

    A column is one of three kinds: time bounds; metrics, whose arrays follow one another; dimensions, which are the
    same in all rows of a block and are kept as runs.

    Args:
        kinds: Kind of each column, in order.

    Attributes:
        rows: How many rows there are.
        cells: How many metric cells there are.
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._kinds = kinds
        self.rows = self.cells = 0
        self._times: Bounds = {name: array(code) for name, code in _TIMES.items()}
        self._metrics: dict[str, Metric] = {}
        self._fixed: list[Row] = []
        self._counts: list[int] = []

    def append(self, fixed: Row, bounds: Bounds, columns: Mapping[str, Array]) -> None:
        """Take the rows of one block.

        Raises:
            UnfitValue: A number is too large for its column.
        """
        count = len(bounds["date"])
        for name, times in self._times.items():
            times.extend(bounds[name])
        for name, cells in columns.items():
            metric = self._metrics.get(name)
            if metric is None:
                if name not in self._kinds:  # deselected
                    continue
                metric = self._metrics[name] = Metric(_METRICS[self._kinds[name]])
            if len(metric.values) < self.rows:
                metric.fill(self.rows)
            try:
                metric.extend(cells)
            except OverflowError:
                raise UnfitValue(
                    f"Column {name} holds whole numbers of 64 bits in a Parquet file, and {max(map(abs, cells))} is"
                    " larger. Deselect the column, or set batch_config.encoding.format to jsonl"
                ) from None
        self.rows += count
        self.cells += count * len(columns)
        self._fixed.append(fixed)
        self._counts.append(count)

    def table(self, schema: pa.Schema) -> pa.Table:
        """Return the rows as a table."""
        import pyarrow as pa  # noqa: PLC0415 - an extra

        nulls: dict[str, pa.Array] = {}
        arrays = []
        for name, kind in self._kinds.items():
            if name in self._times:
                times = pa.py_buffer(self._times[name])
                arrays.append(pa.Array.from_buffers(arrow_type(kind), self.rows, [None, times]))
            elif name in self._metrics:
                self._metrics[name].fill(self.rows)
                arrays.append(self._metrics[name].arrow(kind))
            elif any(fixed[name] is not None for fixed in self._fixed):
                arrays.append(self._runs(name, kind))
            else:  # one array for all metrics without a value, however many they are
                arrays.append(nulls.setdefault(kind, pa.nulls(self.rows, arrow_type(kind))))
        return pa.Table.from_arrays(arrays, schema=schema)

    def _runs(self, name: str, kind: str) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.compute as pc  # noqa: PLC0415 - likewise

        values = pa.array([fixed[name] for fixed in self._fixed], arrow_type(kind))
        ends = pa.array(accumulate(self._counts), pa.int32())
        return pc.run_end_decode(pa.RunEndEncodedArray.from_arrays(ends, values))


class TableBuilder:
    """Collects the blocks of one stream until they become a table.

    Args:
        schema: Schema of the SCHEMA message.

    Attributes:
        draft: What was collected.
        schema: The tables' schema.
    """

    def __init__(self, schema: Mapping[str, t.Any]) -> None:
        self._kinds = kinds_of(schema)
        self.schema = arrow_schema(schema)
        self.draft = TableDraft(self._kinds)
        self._buckets: list[Bucket] | None = None
        self._bounds: Bounds = {}

    def add(self, block: Block) -> int:
        """Take the rows of a block; the cells must be numbers.

        Returns:
            How many they are.
        """
        if not block.columns:
            return 0
        columns: Mapping[str, Array] = block.columns
        bounds = self._bounds_of(block.buckets)
        alive = block.alive(None)
        if alive is not None and not all(alive):
            bounds = {name: array(times.typecode, compress(times, alive)) for name, times in bounds.items()}
            columns = {name: list(compress(cells, alive)) for name, cells in columns.items()}
        count = len(bounds["date"])
        if count:
            self.draft.append(block.fixed, bounds, columns)
        return count

    def take(self) -> TableDraft:
        """Return what was collected, and begin anew."""
        draft, self.draft = self.draft, TableDraft(self._kinds)
        return draft

    def _bounds_of(self, buckets: list[Bucket]) -> Bounds:
        """Return the bounds of buckets as numbers; all blocks of a group share them."""
        if buckets is not self._buckets:
            starts, ends, days = zip(*buckets, strict=True) if buckets else ((), (), ())
            self._buckets = buckets
            self._bounds = {
                "start_time": array("q", map(_microseconds, starts)),
                "end_time": array("q", map(_microseconds, ends)),
                "date": array("i", map(_day, days)),
            }
        return self._bounds


def _microseconds(stamp: str) -> int:
    return int(parse_stamp(stamp).timestamp()) * MICROSECONDS


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal() - _EPOCH_DAY
