"""A small API over real HTTP, and a tap that has nothing but object streams."""

from __future__ import annotations

import json
import sys
import threading
import typing as t
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from singer_sdk import Tap
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

from tap_twitter_ads_async.api.http import Credentials
from tap_twitter_ads_async.clock import Clock
from tap_twitter_ads_async.objects import object_streams
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.run.context import RunContext
from tap_twitter_ads_async.settings.batches import batch_settings
from tap_twitter_ads_async.settings.model import Bound, ReachPeriod, Settings, StatsEndpoint
from tap_twitter_ads_async.settings.problems import Problems
from tap_twitter_ads_async.singer.batch.output import Outlet
from tap_twitter_ads_async.singer.batch.storage import open_storage
from tap_twitter_ads_async.singer.state import TapState

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint
    from tap_twitter_ads_async.objects.stream import ObjectStream
    from tap_twitter_ads_async.singer.output import LineWriter

    Record = dict[str, t.Any]
    Answer = tuple[int, t.Any]


class FewTries(Clock):
    """A clock whose waits are over at once, so that retries cost no time."""

    @override
    def wait(self, seconds: float) -> bool:
        return self.stopped


@dataclass
class Asked:
    """A request as the API saw it."""

    path: str
    params: dict[str, str]


@dataclass
class SmallApi:
    """Collections by path, served with cursors, order and deleted records as the real API does."""

    url: str = ""
    collections: dict[str, list[t.Any]] = field(default_factory=dict)
    scripts: dict[str, Callable[[dict[str, str]], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    sorts: bool = True
    filters: tuple[str, ...] = ("line_item_ids", "user_id", "locale", "country_code", "tweet_type", "card_uris")

    def answer(self, path: str, params: dict[str, str]) -> Answer:
        """Return status and body."""
        self.asked.append(Asked(path, params))
        if path in self.scripts:
            return self.scripts[path](params)
        if path not in self.collections:
            return 404, {"errors": [{"code": "ROUTE_NOT_FOUND", "message": "no such route"}]}
        data = self.collections[path]
        if data and not isinstance(data[0], dict):
            return 200, {"data": data}
        wanted = {f: set(params[f].split(",")) for f in self.filters if f in params}
        found = [r for r in data if all(_passes(r, f, values) for f, values in wanted.items())]
        if params.get("with_deleted") != "true":
            found = [r for r in found if not r.get("deleted")]
        if self.sorts and params.get("sort_by") == "updated_at-desc":
            found.sort(key=lambda r: str(r.get("updated_at")), reverse=True)
        start, count = int(params.get("cursor", "0")), int(params.get("count", "100000"))
        following = str(start + count) if start + count < len(found) else None
        public = [{k: v for k, v in r.items() if not k.startswith("_")} for r in found]
        return 200, {"data": public[start : start + count], "next_cursor": following}

    def paths(self, path: str) -> list[Asked]:
        """Return the requests to a path, in order."""
        return [a for a in self.asked if a.path == path]


def _passes(record: Record, name: str, values: set[str]) -> bool:
    """Whether a record passes a filter; `_user_id` stands for what the API knows but does not show."""
    column = name.removesuffix("s") if name.endswith(("_ids", "_uris")) else name
    value = record.get(f"_{column}", record.get(column))
    return value is None or value in values


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
        return object_streams(self, lambda: self.run, self.endpoints)


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
        tap.run = RunContext(settings(self.api.url, **self.settings), FewTries())
        for stream in tap.streams.values():
            stream.selected = stream.name in streams
        return tap, Outcome(messages, tap.run)

    def sync(self, *streams: str, state: Record | None = None, **config: t.Any) -> Outcome:
        """Extract some streams to the end."""
        tap, outcome = self.start(streams, state, **config)
        tap.sync_all()
        return outcome


def settings(api_url: str, **changed: t.Any) -> Settings:
    """Return settings as they are without a config file, but for what is changed."""
    usual: dict[str, t.Any] = {
        "credentials": Credentials("ck", "cs", "at", "ats"),
        "start": Bound(date(2026, 1, 1)),
        "end": None,
        "account_ids": None,
        "country_codes": ("US",),
        "stats": (),
        "max_concurrent_jobs": 100,
        "job_timeout_seconds": 3900,
        "with_deleted": True,
        "personal_data": False,
        "page_size": 1000,
        "reach_periods": (ReachPeriod.MONTH,),
        "stats_endpoint": StatsEndpoint.ASYNC,
        "request_timeout": 10.0,
        "user_agent": "test",
        "api_url": api_url,
        "api_version": "12",
    }
    return Settings(**(usual | changed))


def _handler(api: SmallApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, body = api.answer(parts.path.removeprefix("/12/"), dict(parse_qsl(parts.query)))
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        @override
        def log_message(self, format: str, *args: t.Any) -> None:
            pass

    return Handler


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A rig with one readable account, `a1`."""
    api = SmallApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    rig = Rig(api)
    rig.accounts("a1")
    try:
        yield rig
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
