"""Collects a stream's records on disk and loads them into its table."""

from __future__ import annotations

import os
import sys
import tempfile
import typing as t

import msgspec
from singer_sdk.sinks import BatchSink

from target_duckdb_local.columns import column_types
from target_duckdb_local.files import BatchFile, local_path
from target_duckdb_local.table import Table

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.helpers._batch import BaseBatchFileEncoding  # exported nowhere else

    from target_duckdb_local.target import TargetDuckDBLocal

_ENCODER = msgspec.json.Encoder(decimal_format="number")  # a JSON number, as the tap wrote it


class DuckDBSink(BatchSink):
    """One stream's way into the database.

    Records wait in a temporary file of JSON lines, not in memory, because rows of some hundred columns
    add up.
    """

    MAX_SIZE_DEFAULT = 20_000

    def __init__(
        self,
        target: TargetDuckDBLocal,
        stream_name: str,
        schema: dict[str, t.Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self._target = target
        self._table = Table(
            target.connection,
            target.config["default_target_schema"],
            stream_name,
            column_types(self.schema),
            self.key_properties,
        )

    @override
    def setup(self) -> None:
        self._table.prepare()

    @override
    def clean_up(self) -> None:
        self._table.finish()
        super().clean_up()

    @override
    def _parse_timestamps_in_record(self, record: dict[str, t.Any], schema: dict[str, t.Any], treatment: t.Any) -> None:
        """Leave times as text: they are parsed by the column, with those of batch files."""

    @override
    def start_batch(self, context: dict[str, t.Any]) -> None:
        file = tempfile.NamedTemporaryFile(suffix=".jsonl")  # noqa: SIM115 - open until the batch is loaded
        context["file"] = self._target.resources.enter_context(file)

    @override
    def process_record(self, record: dict[str, t.Any], context: dict[str, t.Any]) -> None:
        context["file"].write(_ENCODER.encode(record) + b"\n")

    @override
    def process_batch(self, context: dict[str, t.Any]) -> None:
        with context["file"] as file:
            file.flush()
            self._table.load(BatchFile(file.name))

    @override
    def process_batch_files(self, encoding: BaseBatchFileEncoding, files: Sequence[str]) -> None:
        self._target.drain_one(self)  # records that came before must not overwrite the batch
        for entry in files:
            file = BatchFile(local_path(entry), encoding.format, encoding.compression)
            self.record_counter_metric.increment(self._table.load(file))
            if self.config["clean_up_batch_files"]:
                os.unlink(file.path)  # noqa: PTH108 - the path is a string of the manifest
