"""Batch files from blocks of rows: JSON lines by template, Parquet column by column."""

from __future__ import annotations

import typing as t
from functools import partial

from tap_twitter_ads_async.singer.batch.files import LinesFile, TableFile
from tap_twitter_ads_async.stats.records.flatten import Slab
from tap_twitter_ads_async.stats.records.lines import RowEncoder
from tap_twitter_ads_async.stats.records.tables import TableBuilder

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_twitter_ads_async.settings.batches import BatchSettings
    from tap_twitter_ads_async.singer.batch.output import BatchOutput
    from tap_twitter_ads_async.singer.batch.storage import Storage
    from tap_twitter_ads_async.stats.records.flatten import Block

CELLS_AT_ONCE, ROWS_AT_ONCE = 1_000_000, 15_000
"""Rows become a table in portions of that size, while the next ones are collected."""


class BlockLines:
    """Blocks into JSON lines; their cells are texts."""

    def __init__(self, storage: Storage, name: str, settings: BatchSettings, schema: Mapping[str, t.Any]) -> None:
        self._file = LinesFile(storage, name, settings.compression)
        self._encoder = RowEncoder(schema["properties"])
        self.close, self.discard = self._file.close, self._file.discard

    @property
    def rows(self) -> int:
        """Rows taken."""
        return self._file.rows

    @property
    def size(self) -> int:
        """Bytes taken."""
        return self._file.size

    def add(self, block: Block) -> int:
        """Take the rows of a block, and return how many they are."""
        lines, count = self._encoder.encode(block)
        self._file.write(lines, count)
        return count


class BlockTables:
    """Blocks into Parquet; their arrays are whole texts."""

    def __init__(self, storage: Storage, name: str, settings: BatchSettings, schema: Mapping[str, t.Any]) -> None:
        self._builder = TableBuilder(schema)
        self._file = TableFile(storage, name, settings.compression, self._builder.schema)
        self._written = 0
        self.discard = self._file.discard

    @property
    def rows(self) -> int:
        """Rows taken."""
        return self._written + self._builder.draft.rows

    @property
    def size(self) -> int:
        """Bytes taken, but for the last portions."""
        return self._file.size

    def add(self, block: Block | Slab) -> int:
        """Take the rows of a block or slab, and return how many they are."""
        count = self._builder.add(block)
        if self._builder.draft.cells >= CELLS_AT_ONCE or self._builder.draft.rows >= ROWS_AT_ONCE:
            self._write()
        return count

    def _write(self) -> None:
        draft = self._builder.take()
        self._written += draft.rows
        self._file.write(partial(draft.table, self._builder.schema))

    def close(self) -> None:
        """Finish the file."""
        self._write()
        self._file.close()


def add_block(output: BatchOutput[t.Any], stream: str, account_id: str, block: Block | Slab) -> int:
    """Take the rows of a block or slab into files, in as many pieces as their size asks for.

    Args:
        output: The files.
        stream: Name under which the rows go out.
        account_id: Account that they belong to.
        block: The rows; only files of tables take slabs.

    Returns:
        How many rows they are.
    """
    rows, most = output.rows(stream, account_id), output.outlet.settings.most_rows
    if block.most_rows < most - rows.rows:  # most blocks are small, and there are many
        count: int = rows.add(block)
        output.flush_if_due()
        return count
    if isinstance(block, Slab):
        return sum(add_block(output, stream, account_id, each) for each in block.blocks())
    count, place = 0, 0
    while place < block.most_rows:
        rows = output.rows(stream, account_id)
        room = most - rows.rows
        count += rows.add(block.piece(place, place + room))
        place += room
        output.flush_if_due()
    return count
