"""A small API over real HTTP: collections with cursors, order and deleted records, and scripted answers."""

from __future__ import annotations

import json
import sys
import threading
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    Record = dict[str, t.Any]
    Answer = tuple[int, t.Any]


@dataclass
class Asked:
    """A request as the API saw it."""

    path: str
    params: dict[str, str]


@dataclass
class SmallApi:
    """Collections by path, served with cursors, order and deleted records as the real API does.

    Attributes:
        moment: Present moment, which the answers tell; None for the real one.
    """

    url: str = ""
    collections: dict[str, list[t.Any]] = field(default_factory=dict)
    scripts: dict[str, Callable[[dict[str, str]], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    sorts: bool = True
    moment: datetime | None = None
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


@contextmanager
def serving(api: SmallApi) -> Iterator[SmallApi]:
    """Serve the API on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


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
        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(api.moment.timestamp() if api.moment else timestamp)

        @override
        def log_message(self, format: str, *args: t.Any) -> None:
            pass

    return Handler
