"""HTTP around the API: aiohttp handlers that carry requests in, answers out, and planned mishaps in between."""

from __future__ import annotations

import json
import time
import typing as t
from email.utils import formatdate

from aiohttp import web

from tap_twitter_ads_async.simulator.calls import Answer, Call
from tap_twitter_ads_async.simulator.errors import Refusal
from tap_twitter_ads_async.simulator.mishaps import after_answer, before_answer

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.api import Api
    from tap_twitter_ads_async.simulator.control import Control
    from tap_twitter_ads_async.simulator.files import FilesApp


class ApiApp:
    """The API's port."""

    def __init__(self, api: Api, control: Control, files: FilesApp) -> None:
        self._api = api
        self._files = files
        self._control = control

    def build(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        self._control.mount(app)
        app.router.add_get("/advertiser-api-async-analytics/{name}", self._files.handle_signed)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        call = self._call(request)
        route = self._api.route(call)
        entry: dict[str, t.Any] = {
            "method": call.method,
            "route": route,
            "path": call.path,
            "params": call.query,
            "account_id": call.account_id,
            "time": time.time(),
            "status": 0,
        }
        try:
            response = await self._respond(request, call, route, entry)
        except Exception:
            entry["status"] = 500
            raise
        else:
            entry["status"] = response.status
            if isinstance(response, web.Response) and isinstance(response.body, bytes):
                entry["bytes"] = len(response.body)
            return response
        finally:
            entry["seconds"] = time.monotonic() - began
            self._api.journal.record(entry)

    async def _respond(
        self, request: web.Request, call: Call, route: str, entry: dict[str, t.Any]
    ) -> web.StreamResponse:
        response = await before_answer(self._api, call, route, request)
        if response is not None:
            return response
        answer = self._answer(call, entry)
        return await after_answer(self._api, call, route, request, self._response(answer))

    def _call(self, request: web.Request) -> Call:
        version, _, rest = request.path.lstrip("/").partition("/")
        known = version == self._api.options.api_version
        url = f"http://{request.host}{request.raw_path}"
        return Call(
            method=request.method,
            url=url,
            path=request.path,
            query=dict(request.query),
            authorization=request.headers.get("Authorization"),
            segments=tuple(rest.split("/")) if known else ("", version, *rest.split("/")),
        )

    def _answer(self, call: Call, entry: dict[str, t.Any]) -> Answer:
        try:
            return self._api.answer(call)
        except Refusal as refusal:
            entry["error"] = str(refusal)
            if refusal.violation:
                self._api.journal.violation(str(refusal), method=call.method, path=call.path, params=call.query)
            return Answer(refusal.status, refusal.body(dict(call.query)), refusal.headers)

    def _response(self, answer: Answer) -> web.Response:
        headers = {
            "x-current-api-version": self._api.options.api_version,
            "Date": formatdate(round(time.time() + self._api.ahead(), 3), usegmt=True),
            **answer.headers,
        }
        return web.Response(
            status=answer.status,
            body=json.dumps(answer.body, separators=(",", ":")).encode(),
            headers=headers,
            content_type="application/json",
            charset="utf-8",
        )
