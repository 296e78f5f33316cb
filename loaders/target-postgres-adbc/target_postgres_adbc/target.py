"""The target: its settings, its connection, and state that never runs ahead of commits."""

from __future__ import annotations

import sys
import typing as t
import weakref
from contextlib import ExitStack
from functools import cached_property
from urllib.parse import quote

from adbc_driver_postgresql import dbapi
from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecReader
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TargetCapabilities

from target_postgres_adbc.sink import PostgresSink

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override


class TargetPostgresAdbc(Target):
    """Upserts every stream into a table of a PostgreSQL database, by columns."""

    name = "target-postgres-adbc"
    package_name = "target-postgres-adbc"
    default_sink_class = PostgresSink
    message_reader_class = MsgSpecReader
    capabilities: t.ClassVar[list[CapabilitiesEnum]] = [
        *Target.capabilities,
        PluginCapabilities.BATCH,
        PluginCapabilities.ACTIVATE_VERSION,
        TargetCapabilities.HARD_DELETE,
        TargetCapabilities.TARGET_SCHEMA,
    ]
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property("host", th.StringType, default="localhost", description="Host of the server."),
        th.Property("port", th.IntegerType, default=5432, description="Port of the server."),
        th.Property("user", th.StringType, default="postgres", description="Role to log in as."),
        th.Property("password", th.StringType, secret=True, description="Its password."),
        th.Property("database", th.StringType, default="postgres", description="Database to load into."),
        th.Property("sslmode", th.StringType, default="prefer", description="libpq's word on TLS, such as `require`."),
        th.Property(
            "uri",
            th.StringType,
            secret=True,
            description="A libpq connection URI instead of host, port, user, password, database and sslmode.",
        ),
        th.Property(
            "default_target_schema",
            th.StringType,
            default="public",
            description="Database schema that gets one table per stream.",
        ),
        th.Property(
            "clean_up_batch_files",
            th.BooleanType,
            default=False,
            description="Whether to remove a batch file once its rows are committed.",
        ),
        th.Property(
            "hard_delete",
            th.BooleanType,
            default=False,
            description="Whether activate-version messages remove old rows instead of filling `_sdc_deleted_at`.",
        ),
        th.Property(
            "validate_records",
            th.BooleanType,
            default=False,
            description="Whether to check RECORD lines against the schema; columns refuse wrong types anyway.",
        ),
    ).to_dict()

    def __init__(self, **options: t.Any) -> None:
        super().__init__(**options)
        self.max_parallelism = 1  # a connection serves one thread
        self.resources = ExitStack()  # the connection and the sinks' files, closed together at the end
        weakref.finalize(self, self.resources.close)  # also after an error

    @cached_property
    def connection(self) -> dbapi.Connection:
        """The connection, opened with the first stream."""
        return self.resources.enter_context(dbapi.connect(self._uri()))

    def _uri(self) -> str:
        config = self.config
        if config.get("uri"):
            return str(config["uri"])
        login = quote(config["user"], safe="")
        if config.get("password"):
            login += ":" + quote(config["password"], safe="")
        place = f"{config['host']}:{config['port']}/{quote(config['database'], safe='')}"
        return f"postgresql://{login}@{place}?sslmode={quote(config['sslmode'], safe='')}"

    # --- messages -----------------------------------------------------------------------------------------------

    @override
    def _process_batch_message(self, message_dict: dict[str, t.Any]) -> None:
        """Load batch files; the SDK leaves the message's version to the target."""
        for stream_map in self.mapper.stream_maps[message_dict["stream"]]:
            sink = t.cast("PostgresSink", self.get_sink(stream_map.stream_alias))
            sink.batch_version = message_dict.get("version")
        super()._process_batch_message(message_dict)

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
