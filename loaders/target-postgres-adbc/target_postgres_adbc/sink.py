"""Collects a stream's records on disk and loads them, like batch files, into its table."""

from __future__ import annotations

import copy
import os
import sys
import tempfile
import time
import typing as t
from datetime import datetime, timezone
from functools import partial

import msgspec
from singer_sdk.sinks import BatchSink

from target_postgres_adbc.columns import column_types
from target_postgres_adbc.files import BatchFile, arrow_batches, local_path
from target_postgres_adbc.table import Table

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk.helpers._batch import BaseBatchFileEncoding  # exported nowhere else

    from target_postgres_adbc.target import TargetPostgresAdbc

_ENCODER = msgspec.json.Encoder(decimal_format="number")  # a JSON number, as the tap wrote it


class PostgresSink(BatchSink):
    """One stream's way into the database.

    Records wait in a temporary file of JSON lines, not in memory, and are loaded the same way as batch files.

    Attributes:
        batch_version: Version in the BATCH message at hand.
    """

    MAX_SIZE_DEFAULT = 50_000

    def __init__(
        self,
        target: TargetPostgresAdbc,
        stream_name: str,
        schema: dict[str, t.Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        self._declared = copy.deepcopy(schema)
        super().__init__(target, stream_name, schema, key_properties)
        self._target = target
        self._columns = column_types(self.schema)
        # `schema-stream` names the database schema too, as in the SDK's SQL targets.
        self._table = Table(
            target.connection, target.config["default_target_schema"], stream_name, self._columns, self.key_properties
        )
        self._unversioned = False
        self.batch_version: int | None = None

    @override
    def setup(self) -> None:
        properties = self._declared["properties"]
        descriptions = {name: prop["description"] for name, prop in properties.items() if prop.get("description")}
        if self._declared.get("description"):
            descriptions[""] = self._declared["description"]
        self._table.prepare(descriptions)

    # --- records ------------------------------------------------------------------------------------------------

    @override
    def _parse_timestamps_in_record(self, record: dict[str, t.Any], schema: dict[str, t.Any], treatment: t.Any) -> None:
        """Leave times as text: they are parsed by the column, with those of batch files."""

    @override
    def start_batch(self, context: dict[str, t.Any]) -> None:
        file = tempfile.NamedTemporaryFile(suffix=".jsonl")  # noqa: SIM115 - open until the batch is loaded
        context["file"] = self._target.resources.enter_context(file)

    @override
    def process_record(self, record: dict[str, t.Any], context: dict[str, t.Any]) -> None:
        self._unversioned |= record.get("_sdc_table_version") is None
        context["file"].write(_ENCODER.encode(record) + b"\n")

    @override
    def process_batch(self, context: dict[str, t.Any]) -> None:
        with context["file"] as file:
            file.flush()
            self._table.load(partial(arrow_batches, BatchFile(file.name), self._columns, {}))

    # --- batch files --------------------------------------------------------------------------------------------

    @override
    def process_batch_files(self, encoding: BaseBatchFileEncoding, files: Sequence[str]) -> None:
        self._target.drain_one(self)  # records that came before must not overwrite the batch
        constants = self._batch_metadata()
        self._unversioned |= self.batch_version is None
        for entry in files:
            file = BatchFile(local_path(entry), encoding.format, encoding.compression)
            self.record_counter_metric.increment(
                self._table.load(partial(arrow_batches, file, self._columns, constants))
            )
            if self.config["clean_up_batch_files"]:
                os.unlink(file.path)  # noqa: PTH108 - the path is a string of the manifest

    def _batch_metadata(self) -> Mapping[str, t.Any]:
        """Return the SDK's metadata columns, which the lines of batch files lack."""
        if not self.include_sdc_metadata_properties:
            return {}
        now = datetime.now(timezone.utc).isoformat()
        return {
            "_sdc_received_at": now,
            "_sdc_batched_at": now,
            "_sdc_deleted_at": None,
            "_sdc_sequence": round(time.time() * 1000),
            "_sdc_table_version": self.batch_version,
            "_sdc_sync_started_at": self.sync_started_at,
        }

    # --- versions -----------------------------------------------------------------------------------------------

    @override
    def activate_version(self, new_version: int) -> None:
        self._target.drain_one(self)
        if not self.include_sdc_metadata_properties:
            self.logger.warning(
                "Stream %s: old rows stay, because versions are kept in _sdc_table_version; set add_record_metadata",
                self.stream_name,
            )
        elif self._unversioned:
            self.logger.warning("Stream %s: old rows stay, because rows without a version came", self.stream_name)
        else:
            now = datetime.now(timezone.utc).isoformat()
            self._table.activate(new_version, hard=self.config["hard_delete"], moment=now)
