"""One stats stream for the Singer SDK: windows of the session become records, and windows done become state."""

from __future__ import annotations

import sys
import typing as t
from functools import cached_property, partial

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform

from tap_twitter_ads_async.singer.stream import AdsStream
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark
from tap_twitter_ads_async.stats.records.batches import BlockLines, BlockTables, add_block
from tap_twitter_ads_async.stats.records.cells import TEXTS, VALUES, WHOLE
from tap_twitter_ads_async.stats.records.flatten import Flattener
from tap_twitter_ads_async.stats.records.lines import LineEncoder
from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tap_twitter_ads_async.stats.schema import REPLICATION_KEY, stats_key, stats_schema

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.singer.batch.output import BatchOutput
    from tap_twitter_ads_async.stats.records.flatten import Block, Slab
    from tap_twitter_ads_async.stats.records.window_result import WindowResult
    from tap_twitter_ads_async.stats.session import StatsSession

    B = t.TypeVar("B", Block, Block | Slab)


class StatsStream(AdsStream):
    """Metrics of one entity type, one granularity and at most one segmentation.

    The bookmark is the session's business: it moves with windows, not with records, because a window without records
    is done as well, and because records of one window come entity by entity.

    Args:
        tap: The tap.
        definition: What to extract.
        session: Gives the run's session; called when the first record is due, not at discovery.
    """

    # Rows are built with the types of the schema.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, definition: StatsDefinition, session: Callable[[], StatsSession]) -> None:
        self.definition = definition
        self._open_session = session
        super().__init__(tap, schema=stats_schema(definition), name=definition.name)
        self.primary_keys = stats_key(definition)
        self.replication_key = REPLICATION_KEY
        self._columns = tuple(self.schema["properties"])  # a catalog may take some away

    # Flatteners are made when their first window comes, because most streams have none.

    @cached_property
    def _values(self) -> Flattener:
        return Flattener(self.definition, self._columns, VALUES)

    @cached_property
    def _texts(self) -> Flattener:
        return Flattener(self.definition, self._columns, TEXTS)

    @cached_property
    def _whole_texts(self) -> Flattener:
        return Flattener(self.definition, self._columns, WHOLE)

    @override
    def check_bookmark(self, fields: dict[str, t.Any], account_id: str) -> None:
        """Read it as a run would."""
        Bookmark.from_json(fields, f"stream {self.name}, account {account_id}")

    @property
    @override
    def partitions(self) -> list[dict[str, t.Any]] | None:
        """One partition per account to extract."""
        return [{"account_id": account_id} for account_id in self._open_session().account_ids]

    @override
    def extracting(self) -> AbstractContextManager[None]:
        """Return a context that lasts as long as the stream is extracted."""
        return self._open_session().writing(self.name)

    @property
    @override
    def block_writer(self) -> StatsStream | None:
        """This stream, where nothing asks for single records, so that whole blocks can be encoded at once.

        Stream maps, flattening and record limits work on single records: for those the SDK's own path runs, into
        RECORD lines and batch files alike. Both ways give the same output.
        """
        plain = len(self.stream_maps) == 1 and type(self.stream_maps[0]) is SameRecordTransform
        whole = plain and not self.stream_maps[0].flattening_enabled and self.ABORT_AT_RECORD_COUNT is None
        return self if whole else None

    def write_lines(self, partitions: Sequence[Context]) -> None:
        """Write the records of some accounts as RECORD lines, block by block."""
        session, writer = self._open_session(), self.host.message_writer
        selected = [name for name in self.schema["properties"] if self.mask.get(("properties", name), True)]
        encoder = LineEncoder(self.stream_maps[0].stream_alias, selected, self.version)

        def write(_account_id: str, block: Block) -> int:
            lines, count = encoder.encode(block, session.window_began.isoformat())
            writer.write_lines(lines)
            return count

        self._write_blocks(partitions, self._texts.blocks, write)

    def write_batches(self, partitions: Sequence[Context]) -> int:
        """Write the records of some accounts into batch files, column by column, and return how many files."""
        if self.host.batches.settings.format == "parquet":
            return self._write_files(partitions, BlockTables, self._whole_texts.slabs)
        return self._write_files(partitions, BlockLines, self._texts.blocks)

    def _write_files(
        self,
        partitions: Sequence[Context],
        make: type[BlockTables | BlockLines],
        blocks: Callable[[WindowResult], Iterator[B]],
    ) -> int:
        output: BatchOutput[BlockTables | BlockLines] = self.open_batches(make)
        with output.writing():
            self._write_blocks(partitions, blocks, partial(add_block, output, self.stream_maps[0].stream_alias))
        return output.files

    def _write_blocks(
        self,
        partitions: Sequence[Context],
        blocks: Callable[[WindowResult], Iterator[B]],
        write: Callable[[str, B], int],
    ) -> None:
        """Write the blocks of all accounts, window by window.

        Args:
            partitions: The accounts.
            blocks: Gives the blocks of a window.
            write: Takes an account's id and a block, and returns how many rows it has.
        """
        session = self._open_session()
        counter, timer = self.get_record_counter(), self.get_sync_timer()
        with counter, timer:
            for partition in partitions:
                counter.with_context(partition)
                timer.with_context(partition)
                account_id = partition["account_id"]
                for run in session.windows(self.name, account_id):
                    counter.increment(self._write_window(run, blocks(run), partial(write, account_id)))

    def _write_window(self, run: WindowResult, blocks: Iterator[B], write: Callable[[B], int]) -> int:
        session, records = self._open_session(), 0
        try:
            for block in blocks:
                count = write(block)
                records += count
                session.wrote(run, count)
        except ResultMalformed as error:
            session.lose(run, error)
        else:
            session.commit(run)
        return records

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the rows of one account, window by window; each window is committed behind its last row."""
        account_id = str((context or {}).get("account_id", ""))
        if not account_id:
            return  # no account to extract: the SDK asks for the one partition that a stream usually has
        session = self._open_session()
        for run in session.windows(self.name, account_id):
            yield from self._rows(session, run)

    def _rows(self, session: StatsSession, run: WindowResult) -> Iterator[Record]:
        try:
            for block in self._values.blocks(run):
                records = 0
                for row in block.rows():
                    records += 1
                    yield row
                session.wrote(run, records)
        except ResultMalformed as error:
            session.lose(run, error)
        else:
            session.commit(run)

    @property
    @override
    def extracted_at(self) -> datetime | None:
        """All records of a window carry one moment of extraction."""
        return self._open_session().window_began
