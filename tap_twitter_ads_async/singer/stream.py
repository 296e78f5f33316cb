"""What both kinds of streams have in common."""

from __future__ import annotations

import typing as t
from abc import abstractmethod
from contextlib import nullcontext

from singer_sdk import Stream
from singer_sdk.mapper import CustomStreamMap, RemoveRecordTransform
from singer_sdk.metrics import DEFAULT_LOG_INTERVAL
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_twitter_ads_async.errors import SettingsError
from tap_twitter_ads_async.singer.batch.output import BatchOutput, R
from tap_twitter_ads_async.singer.batch.records import RecordLines, RecordTables
from tap_twitter_ads_async.singer.catalog import Own, is_selected, reconcile
from tap_twitter_ads_async.singer.sdk_metrics import RecordCounter, SyncTimer
from tap_twitter_ads_async.singer.state_input import check_bookmark_is_of_an_account

if t.TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from singer_sdk.helpers._batch import BatchConfig  # exported nowhere else
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog, RecordMessage

    from tap_twitter_ads_async.settings.batches import BatchSettings
    from tap_twitter_ads_async.singer.batch.output import Outlet
    from tap_twitter_ads_async.singer.batch.storage import Storage
    from tap_twitter_ads_async.singer.output import LineWriter
    from tap_twitter_ads_async.singer.state import TapState


class Host(t.Protocol):
    """What a stream needs of the tap besides the SDK's part."""

    @property
    def singer_state(self) -> TapState:
        """The live state and its lines."""

    @property
    def batches(self) -> Outlet:
        """Where batch files go."""

    @property
    def message_writer(self) -> LineWriter:
        """Where messages go."""


class BlockWriter(t.Protocol):
    """Writes blocks of records at once."""

    def write_lines(self, partitions: Sequence[Context]) -> None:
        """Write the records of some accounts as RECORD lines."""

    def write_batches(self, partitions: Sequence[Context]) -> int:
        """Write the records of some accounts into batch files, and return how many files."""


class AdsStream(Stream):
    """A stream of this tap: partitioned by ads account, measured as a whole, over all accounts."""

    @property
    def host(self) -> Host:
        """The tap."""
        return t.cast("Host", self._tap)

    @property
    def version(self) -> int | None:
        """Version that the records of this run belong to, None where the stream has none."""
        return self._stream_version

    # --- catalog and state --------------------------------------------------------------------------------------

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Obey a catalog; `singer/catalog.py` says what becomes of what is missing in it or cannot be obeyed."""
        entry = catalog.get_stream(self.name)
        if entry is not None and is_selected(entry):
            for warning in reconcile(entry, Own(self.name, self.schema, self.primary_keys, self.replication_key)):
                self.logger.warning(warning)
        super().apply_catalog(catalog)

    @property
    def full_table(self) -> bool:
        """Whether everything is extracted, whatever the state says."""
        return self.replication_method == REPLICATION_FULL_TABLE

    @property
    def bookmarks_are_of_accounts(self) -> bool:
        """Whether each account has a bookmark of its own."""
        return True

    def check_state(self) -> None:
        """Look at the stream's bookmarks, before any request.

        Raises:
            StateError: One cannot be understood, or is of no account.
        """
        if self.full_table:
            return
        state = self.tap_state.get("bookmarks", {}).get(self.name, {})
        if self.bookmarks_are_of_accounts:
            check_bookmark_is_of_an_account(self.name, self.tap_state)
        else:
            self.check_bookmark(state, "")
        for partition in state.get("partitions", []):
            self.check_bookmark(partition, partition.get("context", {}).get("account_id", ""))

    @abstractmethod
    def check_bookmark(self, fields: dict[str, t.Any], account_id: str) -> None:
        """Look at one bookmark.

        Raises:
            StateError: It cannot be understood.
        """

    def tell_state(self) -> None:
        """Write a STATE line, because a bookmark has moved; it waits for rows that are in no batch file yet."""
        self.state_manager.is_flushed = False
        self._write_state_message()

    @property
    def extracted_at(self) -> datetime | None:
        """When the record at hand was extracted; None where it is now."""
        return None

    def _dated(self, messages: Iterable[RecordMessage]) -> Iterator[RecordMessage]:
        for message in messages:
            message.time_extracted = self.extracted_at or message.time_extracted
            yield message

    @override
    def _write_state_message(self) -> None:
        """Write a STATE line if there is news; rows that wait in a batch file hold it back."""
        if not self.state_manager.is_flushed:
            self.host.singer_state.write()
            self.state_manager.is_flushed = True

    # The SDK's own bookkeeping moves bookmarks with records, which would have to come oldest first, and starts streams
    # at `start_date`. Here bookmarks move once all that they claim has been written, and each kind of stream does it.

    @override
    def _increment_stream_state(self, latest_record: Record, *, context: Context | None = None) -> None:
        """Do nothing."""

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Do nothing."""

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return None: a bookmark is what the API has shown, not when the run began."""
        return

    # --- records ------------------------------------------------------------------------------------------------

    def extracting(self) -> AbstractContextManager[None]:
        """Return a context that lasts as long as the stream is extracted."""
        return nullcontext()

    @property
    def block_writer(self) -> BlockWriter | None:
        """What writes blocks of records at once; None where single records are needed."""
        return None

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, t.Any], t.Any, t.Any]:
        with self.extracting():
            writer = self.block_writer
            if write_messages and self.selected and writer is not None:
                writer.write_lines([context] if context else self.partitions or [])
                return
            yield from super()._sync_records(context, write_messages=write_messages)

    @override
    def _process_record(
        self, record: Record, child_context: Context | None = None, partition_context: Context | None = None
    ) -> None:
        """Do nothing: records have their `account_id` already, and there are no child streams."""

    @override
    def _generate_record_messages(self, record: Record) -> Generator[RecordMessage, None, None]:
        """Return the messages of a record.

        Raises:
            SettingsError: A stream map does not work on it.
        """
        if not any(isinstance(stream_map, CustomStreamMap) for stream_map in self.stream_maps):
            yield from self._dated(super()._generate_record_messages(record))
            return
        try:
            yield from self._dated(super()._generate_record_messages(record))
        except Exception as error:
            raise SettingsError(
                f"Setting 'stream_maps' does not work on a record of stream {self.name}: "
                f"{type(error).__name__}: {error}"
            ) from error

    @override
    def get_record_counter(
        self, *, endpoint: str | None = None, log_interval: float = DEFAULT_LOG_INTERVAL
    ) -> RecordCounter:
        """Return the counter of this stream's records over all accounts."""
        return RecordCounter(self.name, log_interval)

    @override
    def get_sync_timer(self) -> SyncTimer:
        """Return the timer of this stream over all accounts."""
        return SyncTimer(self.name)

    # --- batch files --------------------------------------------------------------------------------------------

    def open_batches(self, make: Callable[[Storage, str, BatchSettings, Mapping[str, t.Any]], R]) -> BatchOutput[R]:
        """Return the stream's batch files, by the names that stream maps give it.

        Args:
            make: Makes a file that takes rows.
        """
        maps = [m for m in self.stream_maps if not isinstance(m, RemoveRecordTransform)]
        schemas = {m.stream_alias: m.transformed_schema for m in maps}
        return BatchOutput(self.host.batches, self.tap_name, self.name, make, schemas, self.version)

    @override
    def _sync_batches(self, batch_config: BatchConfig, context: Context | None = None) -> None:
        """Write the records that RECORD lines would hold into files, each followed by BATCH and STATE.

        The SDK's own batchers leave selection, stream maps and filters out, and infer types.
        """
        with self.get_batch_counter() as counter:
            writer = self.block_writer
            if writer is None:
                counter.increment(self._write_batches_of_records(context))
                return
            with self.extracting():
                counter.increment(writer.write_batches([context] if context else self.partitions or []))

    def _write_batches_of_records(self, context: Context | None) -> int:
        make: type[RecordTables | RecordLines]
        make = RecordTables if self.host.batches.settings.format == "parquet" else RecordLines
        output: BatchOutput[RecordLines | RecordTables] = self.open_batches(make)
        has_partitions = self.partitions is not None and self.state_partitioning_keys != ()
        with output.writing():
            for record in self._sync_records(context, write_messages=False):
                # A record of `accounts` has no account beside itself: then the whole stream's state waits.
                account_id = record.get("account_id") if has_partitions else None
                for message in self._generate_record_messages(record):
                    output.rows(message.stream, account_id).add(message.record)
                output.flush_if_due()
        return output.files
