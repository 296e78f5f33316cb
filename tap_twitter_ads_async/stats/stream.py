"""One stats stream for the Singer SDK: windows of the session become records, and windows done become state."""

from __future__ import annotations

import sys
import typing as t

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform

from tap_twitter_ads_async.singer.stream import AdsStream
from tap_twitter_ads_async.stats.records.cells import TEXTS, VALUES
from tap_twitter_ads_async.stats.records.flatten import Flattener
from tap_twitter_ads_async.stats.records.lines import LineEncoder
from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tap_twitter_ads_async.stats.schema import REPLICATION_KEY, stats_key, stats_schema

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.singer.output import LineWriter
    from tap_twitter_ads_async.stats.jobs.tasks import WindowJobs
    from tap_twitter_ads_async.stats.session import StatsSession


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
        columns = tuple(self.schema["properties"])
        self._rows_of = Flattener(definition, columns, VALUES).blocks
        self._texts_of = Flattener(definition, columns, TEXTS).blocks

    @property
    @override
    def partitions(self) -> list[dict[str, t.Any]] | None:
        """One partition per account to extract."""
        return [{"account_id": account_id} for account_id in self._open_session().account_ids]

    @property
    def _writes_lines(self) -> bool:
        """Whether nothing asks for single records, so that whole blocks can be encoded at once.

        Stream maps, flattening, batches and record limits work on single records: for those the SDK's own path
        runs. Both give the same output.
        """
        plain = len(self.stream_maps) == 1 and type(self.stream_maps[0]) is SameRecordTransform
        return plain and not self.stream_maps[0].flattening_enabled and self.ABORT_AT_RECORD_COUNT is None

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> t.Generator[dict[str, t.Any], t.Any, t.Any]:
        with self._open_session().writing(self.name):
            if write_messages and self.selected and self._writes_lines:
                self._sync_lines([dict(context)] if context else self.partitions or [])
                return
            yield from super()._sync_records(context, write_messages=write_messages)

    def _sync_lines(self, partitions: list[dict[str, t.Any]]) -> None:
        """Write the records of all accounts, block by block."""
        session = self._open_session()
        selected = [name for name in self.schema["properties"] if self.mask.get(("properties", name), True)]
        encoder = LineEncoder(self.stream_maps[0].stream_alias, selected)
        counter, timer = self.get_record_counter(), self.get_sync_timer()
        with counter, timer:
            for partition in partitions:
                counter.with_context(partition)
                timer.with_context(partition)
                for run in session.windows(self.name, partition["account_id"]):
                    counter.increment(self._write_window(session, run, encoder))

    def _write_window(self, session: StatsSession, run: WindowJobs, encoder: LineEncoder) -> int:
        writer = t.cast("LineWriter", self._tap.message_writer)
        records = 0
        try:
            for block in self._texts_of(run):
                lines, count = encoder.encode(block, session.now_stamp())
                writer.write_lines(lines)
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
        session = self._open_session()
        for run in session.windows(self.name, str((context or {})["account_id"])):
            yield from self._rows(session, run)

    def _rows(self, session: StatsSession, run: WindowJobs) -> Iterator[Record]:
        try:
            for block in self._rows_of(run):
                records = 0
                for row in block.rows():
                    records += 1
                    yield row
                session.wrote(run, records)
        except ResultMalformed as error:
            session.lose(run, error)
        else:
            session.commit(run)

    @override
    def _increment_stream_state(self, latest_record: Record, *, context: Context | None = None) -> None:
        """Leave the bookmark alone; see the class."""

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Keep the SDK's markers out of the state; see the class."""

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> datetime | t.Any | None:
        """Set no signpost; see the class."""
        return None
