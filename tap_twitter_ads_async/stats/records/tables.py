"""From blocks of rows to Arrow tables: arrays stay arrays, and no row becomes an object of its own."""

from __future__ import annotations

import typing as t
from datetime import date
from itertools import compress

from tap_twitter_ads_async.domain.calendar import parse_stamp
from tap_twitter_ads_async.singer.batch.arrow_types import arrow_schema, arrow_type, kinds_of
from tap_twitter_ads_async.singer.batch.failures import UnfitValue

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from tap_twitter_ads_async.stats.records.flatten import Block, Bucket, Row

MICROSECONDS = 1_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_TIMES = ("start_time", "end_time", "date")


class TableBuilder:
    """Collects the blocks of one stream until they become a table.

    A column is one of three kinds: time bounds, which all blocks of a group share; metrics, of which each block has
    its own arrays; dimensions, which are the same in all rows of a block and are kept as runs.

    Args:
        schema: Schema of the SCHEMA message.

    Attributes:
        rows: Rows collected.
        cells: Metric cells collected.
    """

    def __init__(self, schema: Mapping[str, t.Any]) -> None:
        self._kinds = kinds_of(schema)
        self.schema = arrow_schema(schema)
        self._buckets: list[Bucket] | None = None
        self._bounds: tuple[list[int], ...] = ()
        self._reset()

    def _reset(self) -> None:
        self.rows = self.cells = 0
        self._times: tuple[list[int], ...] = ([], [], [])
        self._metrics: dict[str, list[int | None]] = {}
        self._fixed: list[Row] = []
        self._ends: list[int] = []

    def add(self, block: Block) -> int:
        """Take the rows of a block in which at least one metric is not null; the cells must be numbers.

        Returns:
            How many they are.
        """
        if not block.columns:
            return 0
        columns: Mapping[str, Sequence[int | None]] = block.columns
        bounds, count = self._bounds_of(block.buckets), len(block.buckets)
        if all(None in array for array in columns.values()):
            alive = [any(cell is not None for cell in cells) for cells in zip(*columns.values(), strict=True)]
            if not all(alive):
                bounds = tuple(list(compress(bound, alive)) for bound in bounds)
                columns = {name: list(compress(array, alive)) for name, array in columns.items()}
                count = len(bounds[0])
        if count:
            self._append(block.fixed, bounds, columns, count)
        return count

    def _append(
        self, fixed: Row, bounds: tuple[list[int], ...], columns: Mapping[str, Sequence[int | None]], count: int
    ) -> None:
        for time, bound in zip(self._times, bounds, strict=True):
            time += bound  # noqa: PLW2901 - in place
        for name, array in columns.items():
            if name not in self._kinds:
                continue
            collected = self._metrics.get(name)
            if collected is None:
                collected = self._metrics[name] = []
            if (missing := self.rows - len(collected)) > 0:
                collected += [None] * missing
            collected += array
        self.rows += count
        self.cells += count * len(columns)
        self._fixed.append(fixed)
        self._ends.append(self.rows)

    def _bounds_of(self, buckets: list[Bucket]) -> tuple[list[int], ...]:
        """Return starts and ends in microseconds and days since 1970; all blocks of a group share them."""
        if buckets is not self._buckets:
            self._buckets = buckets
            self._bounds = (
                [_microseconds(start) for start, _, _ in buckets],
                [_microseconds(end) for _, end, _ in buckets],
                [date.fromisoformat(day).toordinal() - _EPOCH_DAY for _, _, day in buckets],
            )
        return self._bounds

    def take(self) -> pa.Table:
        """Return what was collected, and begin anew.

        Raises:
            UnfitValue: A number is too large for its column.
        """
        import pyarrow as pa  # noqa: PLC0415 - an extra

        times = dict(zip(_TIMES, self._times, strict=True))
        nulls: dict[str, pa.Array] = {}
        arrays = []
        for name, kind in self._kinds.items():
            if name in times:
                arrays.append(pa.array(times[name], arrow_type(kind)))
            elif name in self._metrics:
                arrays.append(self._metric(name, kind))
            elif any(fixed[name] is not None for fixed in self._fixed):
                arrays.append(self._runs(name, kind))
            else:  # one array for all metrics without a value, however many they are
                arrays.append(nulls.setdefault(kind, pa.nulls(self.rows, arrow_type(kind))))
        table = pa.Table.from_arrays(arrays, schema=self.schema)
        self._reset()
        return table

    def _metric(self, name: str, kind: str) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        array = self._metrics[name]
        array += [None] * (self.rows - len(array))
        try:
            return pa.array(array, arrow_type(kind))
        except (ValueError, TypeError, ArithmeticError) as error:
            raise UnfitValue(
                f"Column {name} of a batch file is {kind} by its schema, and a value is not: {error}."
                " Deselect the column, or set batch_config.encoding.format to jsonl"
            ) from None

    def _runs(self, name: str, kind: str) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.compute as pc  # noqa: PLC0415 - likewise

        values = pa.array([fixed[name] for fixed in self._fixed], arrow_type(kind))
        return pc.run_end_decode(pa.RunEndEncodedArray.from_arrays(pa.array(self._ends, pa.int32()), values))


def _microseconds(stamp: str) -> int:
    return int(parse_stamp(stamp).timestamp()) * MICROSECONDS
