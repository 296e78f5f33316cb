"""The target: its settings and its one connection to the database."""

from __future__ import annotations

import sys
import typing as t
import weakref
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

import duckdb
from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecReader
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities

from target_duckdb_local.sink import DuckDBSink

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override


class TargetDuckDBLocal(Target):
    """Upserts every stream into a table of one DuckDB file."""

    name = "target-duckdb-local"
    package_name = "target-duckdb-local"
    default_sink_class = DuckDBSink
    message_reader_class = MsgSpecReader
    capabilities: t.ClassVar[list[CapabilitiesEnum]] = [*Target.capabilities, PluginCapabilities.BATCH]
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property("path", th.StringType, default="warehouse.duckdb", description="The database file."),
        th.Property(
            "default_target_schema",
            th.StringType,
            default="main",
            description="Database schema that gets one table per stream.",
        ),
        th.Property(
            "clean_up_batch_files",
            th.BooleanType,
            default=False,
            description="Whether to remove a batch file once its rows are committed.",
        ),
    ).to_dict()

    def __init__(self, **options: t.Any) -> None:
        super().__init__(**options)
        self.max_parallelism = 1  # a connection serves one thread, and DuckDB loads on all cores by itself
        self.resources = ExitStack()  # the connection and the sinks' files, closed together at the end
        weakref.finalize(self, self.resources.close)  # also after an error

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection, opened with the first stream; it keeps other processes from writing the file."""
        path = Path(self.config["path"])
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = self.resources.enter_context(duckdb.connect(path))
        connection.execute("SET TimeZone = 'UTC'")  # times without an offset are UTC, on every machine
        return connection

    @override
    def _process_state_message(self, message_dict: dict[str, t.Any]) -> None:
        """Pass a state on at once if all rows before it are committed, as they are behind a BATCH message."""
        super()._process_state_message(message_dict)
        sinks = [*self._sinks_to_clear, *self._sinks_active.values()]
        if not any(sink.current_size for sink in sinks):
            self.drain_all()

    @override
    def process_endofpipe(self) -> None:
        super().process_endofpipe()
        self.resources.close()
