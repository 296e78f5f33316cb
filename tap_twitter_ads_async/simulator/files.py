"""The file host: result files for whoever has the link; it wants no credentials."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
import typing as t
from collections import OrderedDict

from aiohttp import web

from tap_twitter_ads_async.simulator.errors import Refusal
from tap_twitter_ads_async.simulator.garble import garbled
from tap_twitter_ads_async.simulator.mishaps import drop, error_response, trickle
from tap_twitter_ads_async.simulator.results import packed, stats_body
from tap_twitter_ads_async.simulator.untruths import untrue

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.api import Api
    from tap_twitter_ads_async.simulator.faults import Fault
    from tap_twitter_ads_async.simulator.jobs import Job

_NAME = re.compile(r"stats_job_(\d+)\.json\.gz")
_CACHE_BYTES = 64 * 1024 * 1024
_ACTIONS = ("error", "drop_before", "hang", "slow", "truncate", "corrupt", "cut", "expired", "unknown_fields", "garble")


class FilesApp:
    """The second port."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._cached = 0

    def build(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application()
        app.router.add_get("/advertiser-api-async-analytics/{name}", self._handle)
        return app

    async def handle_signed(self, request: web.Request) -> web.StreamResponse:
        """Serve a file on the API's own host, which wants credentials as for every request."""
        url = f"http://{request.host}{request.raw_path}"
        try:
            self._api.verify("GET", url, request.headers.get("Authorization"))
        except Refusal as refusal:
            self._api.journal.violation(str(refusal), path=request.path)
            return web.json_response(refusal.body({}), status=refusal.status)
        match = _NAME.fullmatch(request.match_info["name"])
        job = self._api.jobs.by_file(match[1]) if match else None
        if job is None or job.url_kind != "own_host" or request.query.get("token") != job.token:
            return web.Response(status=404, text="Not Found")
        return _file(await self._body(job))

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        began = time.time()
        match = _NAME.fullmatch(request.match_info["name"])
        job = self._api.jobs.by_file(match[1]) if match else None
        entry: dict[str, t.Any] = {
            "method": "GET",
            "route": "file",
            "path": request.path,
            "params": {},
            "account_id": job.account.id if job else "",
            "time": began,
            "status": 0,
        }
        try:
            response = await self._serve(request, job)
            entry["status"] = response.status
            if isinstance(response, web.Response) and isinstance(response.body, bytes):
                entry["bytes"] = len(response.body)
        finally:
            entry["seconds"] = time.time() - began
            self._api.journal.record(entry)
        return response

    async def _serve(self, request: web.Request, job: Job | None) -> web.StreamResponse:
        if "Authorization" in request.headers:
            self._api.journal.violation("credentials sent to the file host", path=request.path)
            return web.Response(status=400, text="Bad Request")
        if job is None or job.status(time.monotonic()) != "SUCCESS" or self._api.jobs.expired(job):
            return web.Response(status=404, text="Not Found")
        if request.query.get("token") != job.token:
            self._api.journal.violation("the link was changed", path=request.path)
            return web.Response(status=403, text="Forbidden")
        fault = self._api.faults.take(_ACTIONS, "GET", "file", job.account.id)
        if fault is None:
            return _file(await self._body(job))
        self._api.journal.count(f"fault_{fault.action}")
        return await self._spoiled(request, job, fault)

    async def _spoiled(self, request: web.Request, job: Job, fault: Fault) -> web.StreamResponse:
        if fault.action in {"hang", "drop_before"}:
            await asyncio.sleep(fault.seconds if fault.action == "hang" else 0)
            return drop(request)
        if fault.action == "error":
            return error_response(fault, self._api.ahead())
        if fault.action == "expired":
            job.lifetime = -1
            return web.Response(status=404, text="Not Found")
        body = await self._body(job)
        if fault.action in {"slow", "cut"}:
            return await trickle(request, _file(body), fault.seconds, cut=fault.action == "cut")
        if fault.action == "unknown_fields":
            body = await asyncio.to_thread(self._make, job, strange=True)
        if fault.action == "garble":
            body = gzip.compress(garbled(gzip.decompress(body), fault.kind))
        return _file(_SPOILERS.get(fault.action, bytes)(body))

    async def _body(self, job: Job) -> bytes:
        body = self._cache.get(job.id)
        if body is None:
            body = await asyncio.to_thread(self._make, job)
            self._cache[job.id] = body
            self._cached += len(body)
            while self._cached > _CACHE_BYTES and len(self._cache) > 1:
                self._cached -= len(self._cache.popitem(last=False)[1])
        return body

    def _make(self, job: Job, *, strange: bool = False) -> bytes:
        quirks = self._api.options.segment_quirks
        body = stats_body(self._api.ledger, job.account, job.request, job.as_of, segment_quirks=quirks)
        if job.untruth:
            body = untrue(body, job.untruth, job.untrue_for)
        if strange:
            _add_unknown(body)
        return packed(body)


def _truncated(body: bytes) -> bytes:
    return body[: len(body) * 2 // 3]


def _corrupted(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes(byte ^ 0x5A for byte in body[middle : middle + 40]) + body[middle + 40 :]


_SPOILERS = {"truncate": _truncated, "corrupt": _corrupted}


def _file(body: bytes) -> web.Response:
    # No Content-Encoding: the file is gzip, the transfer is not.
    return web.Response(body=body, content_type="application/gzip")


def _add_unknown(body: dict[str, t.Any]) -> None:
    length = body["time_series_length"]
    body["brand_new_key"] = {"nobody": "expected"}
    for entity in body["data"]:
        for part in entity["id_data"]:
            part["brand_new_key"] = None
            part["metrics"]["brand_new_metric"] = [7] * length
            part["metrics"]["brand_new_object"] = {"metric": [1] * length, "strange": None}
            if isinstance(part["metrics"].get("conversion_purchases"), dict):
                part["metrics"]["conversion_purchases"]["brand_new_sub_key"] = [3] * length
