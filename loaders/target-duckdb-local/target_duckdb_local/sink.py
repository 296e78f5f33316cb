"""Collects a stream's records on disk and loads them into its table."""

from __future__ import annotations

import sys
import tempfile
import typing as t
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec
from singer_sdk.sinks import BatchSink

from target_duckdb_local.columns import column_types
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
            self._table.load(Path(file.name))

    @override
    def process_batch_files(self, encoding: BaseBatchFileEncoding, files: Sequence[str]) -> None:
        if encoding.format != "jsonl":
            msg = f"Batch files of {self.stream_name} are {encoding.format}; only jsonl can be loaded."
            raise ValueError(msg)
        self._target.drain_one(self)  # records that came before must not overwrite the batch
        for file in files:
            self._table.load(_local_path(file), gzipped=encoding.compression == "gzip")


def _local_path(file: str) -> Path:
    """Return the path of a manifest entry, which is a `file://` URL or a plain path."""
    url = urlsplit(file)
    if url.scheme not in {"", "file"}:
        msg = f"Batch file {file} is not on the local disk."
        raise ValueError(msg)
    return Path(url2pathname(url.path)) if url.scheme else Path(file)
