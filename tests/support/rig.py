"""A tap that has nothing but object streams, and runs of it against the small API."""

from __future__ import annotations

import json
import sys
import threading
import typing as t
from dataclasses import dataclass, field
from functools import cached_property

from singer_sdk import Tap
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

from tap_twitter_ads_async.objects import object_streams
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.stream import ObjectStream
from tap_twitter_ads_async.run.context import RunContext
from tap_twitter_ads_async.settings.batches import batch_settings
from tap_twitter_ads_async.settings.problems import Problems
from tap_twitter_ads_async.singer.batch.output import Outlet
from tap_twitter_ads_async.singer.batch.storage import open_storage
from tap_twitter_ads_async.singer.state import TapState
from tests.support.clocks import ImpatientClock
from tests.support.settings import settings

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint
    from tap_twitter_ads_async.singer.output import LineWriter
    from tests.support.small_api import SmallApi

    Record = dict[str, t.Any]
    Answer = tuple[int, t.Any]


class Messages(GenericSingerWriter[str, t.Any]):
    """Keeps Singer messages instead of writing them."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.all: list[dict[str, t.Any]] = []

    @override
    def serialize_message(self, message: t.Any) -> str:
        return json.dumps(message.to_dict(), default=str)

    @override
    def write_message(self, message: t.Any) -> None:
        self.all.append(json.loads(self.serialize_message(message)))

    def records(self, stream: str) -> list[Record]:
        """Return a stream's records in the order in which they were written."""
        return [m["record"] for m in self.all if m["type"] == "RECORD" and m["stream"] == stream]

    def schema(self, stream: str) -> Record:
        """Return a stream's schema as targets see it."""
        return next(m["schema"] for m in self.all if m["type"] == "SCHEMA" and m["stream"] == stream)

    @property
    def state(self) -> Record:
        """The last state."""
        states: list[Record] = [m["value"] for m in self.all if m["type"] == "STATE"]
        return states[-1]


class ObjectsTap(Tap):
    """A tap of object streams alone."""

    name = "tap-objects"
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = {"properties": {}}
    endpoints: Sequence[ObjectEndpoint] = ENDPOINTS
    run: RunContext

    @cached_property
    def singer_state(self) -> TapState:
        """The live state and its lines."""
        return TapState(self.state, t.cast("LineWriter", self.message_writer))

    @cached_property
    def batches(self) -> Outlet:
        """Where batch files go."""
        settings = batch_settings(self.config["batch_config"], Problems({}))
        assert settings is not None
        writer = t.cast("LineWriter", self.message_writer)
        return Outlet(settings, open_storage(settings), writer, self.singer_state, self.run.clock.monotonic)

    @override
    def discover_streams(self) -> Sequence[ObjectStream]:
        streams = object_streams(self, lambda: self.run, lambda _: True, self.endpoints)
        return [stream for stream in streams if isinstance(stream, ObjectStream)]


@dataclass
class Outcome:
    """What a run left behind."""

    messages: Messages
    run: RunContext

    def records(self, stream: str) -> list[Record]:
        """Return a stream's records."""
        return self.messages.records(stream)

    def ids(self, stream: str, column: str = "id") -> list[str]:
        """Return one column of a stream's records."""
        return [r[column] for r in self.records(stream)]

    @property
    def failures(self) -> list[str]:
        """The verdict's failures in words."""
        return [str(f) for f in self.run.verdict.failures]


@dataclass
class Rig:
    """Runs the tap against the small API."""

    api: SmallApi
    settings: dict[str, t.Any] = field(default_factory=dict)
    endpoints: Sequence[ObjectEndpoint] = ENDPOINTS

    def accounts(self, *ids: str) -> None:
        """Let the token read these accounts."""
        self.api.collections["accounts"] = [
            {"id": i, "name": i.upper(), "updated_at": "2026-01-01T00:00:00Z", "deleted": False} for i in ids
        ]

    def start(self, streams: Sequence[str], state: Record | None = None, **config: t.Any) -> tuple[Tap, Outcome]:
        """Return a tap that has not begun yet."""
        messages = Messages()
        # The SDK discovers the streams while it creates the tap.
        tap_class = type("ChosenTap", (ObjectsTap,), {"endpoints": self.endpoints})
        tap: ObjectsTap = tap_class(config=config, state=state or {}, message_writer=messages)
        tap.run = RunContext(settings(api_url=self.api.url, **self.settings), ImpatientClock())
        for stream in tap.streams.values():
            stream.selected = stream.name in streams
        return tap, Outcome(messages, tap.run)

    def sync(self, *streams: str, state: Record | None = None, **config: t.Any) -> Outcome:
        """Extract some streams to the end."""
        tap, outcome = self.start(streams, state, **config)
        tap.sync_all()
        return outcome
