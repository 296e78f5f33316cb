"""Planned faults, carried out on the wire."""

from __future__ import annotations

import asyncio
import json
import time
import typing as t
from email.utils import formatdate

from aiohttp import web

from tap_twitter_ads_async.simulator.garble import garbled

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.api import Api
    from tap_twitter_ads_async.simulator.calls import Call
    from tap_twitter_ads_async.simulator.faults import Fault

_BEFORE = ("error", "drop_before", "hang")
_AFTER = ("drop_after", "hang_after", "slow", "unknown_fields", "garble")
_CODES = {
    400: "INVALID_PARAMETER",
    401: "UNAUTHORIZED_ACCESS",
    403: "UNAUTHORIZED_CLIENT_APPLICATION",
    404: "NOT_FOUND",
    408: "CANCELLED_REQUEST",
    423: "LOCK_ACQUISITION_TIMEOUT",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
}
_MESSAGES = {503: "Service unavailable due to request timeout; please try the request again later"}
_SLOW_PIECES = 10


async def before_answer(api: Api, call: Call, route: str, request: web.Request) -> web.StreamResponse | None:
    """Carry out a fault that keeps the request from taking effect; None lets the request through.

    Args:
        api: Simulated API.
        call: Request, parsed.
        route: Path without ids.
        request: Request, as aiohttp has it.
    """
    key = (call.method, route, call.account_id)
    if api.embargoes.broken(key):
        api.journal.violation("came back before the time it was told", method=call.method, path=call.path)
    fault = api.faults.take(_BEFORE, call.method, route, call.account_id, call.query.get("entity_ids", ""))
    if fault is None:
        return None
    api.journal.count(f"fault_{fault.action}")
    if fault.action == "drop_before":
        return drop(request)
    if fault.action == "hang":
        await asyncio.sleep(fault.seconds)
        return drop(request)
    resets = [reset for reset in (fault.account_reset, fault.user_reset) if reset is not None]
    # Reset headers are cut to whole seconds; a client that comes at that very second has understood them.
    moments: list[float] = [int(time.time() + reset) for reset in resets[:1]]
    if fault.retry_after is not None:
        moments.append(time.time() + fault.retry_after)
    api.embargoes.lay(key, max(moments, default=0.0))
    return error_response(fault, api.ahead())


async def after_answer(
    api: Api, call: Call, route: str, request: web.Request, response: web.Response
) -> web.StreamResponse:
    """Carry out a fault that spoils the way back.

    Args:
        api: Simulated API.
        call: Request, parsed.
        route: Path without ids.
        request: Request, as aiohttp has it.
        response: Answer without the fault.
    """
    fault = api.faults.take(_AFTER, call.method, route, call.account_id)
    if fault is None:
        return response
    api.journal.count(f"fault_{fault.action}")
    if fault.action in {"drop_after", "hang_after"}:
        await asyncio.sleep(fault.seconds if fault.action == "hang_after" else 0)
        return drop(request)
    if fault.action == "unknown_fields":
        return _with_unknown_fields(response)
    if fault.action == "garble":
        body = garbled(response.body if isinstance(response.body, bytes) else b"", fault.kind)
        status = 200 if fault.kind in {"circle", "endless"} else response.status
        return web.Response(body=body, status=status, headers=_plain(response), content_type="application/json")
    return await trickle(request, response, fault.seconds)


def drop(request: web.Request) -> web.Response:
    """Break the connection; the answer that aiohttp insists on never reaches the client."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


async def trickle(
    request: web.Request, response: web.Response, seconds: float, *, cut: bool = False
) -> web.StreamResponse:
    """Send a body in pieces, slowly; or only half of it, and break the connection.

    Args:
        request: Request to answer.
        response: Whole answer.
        seconds: Duration of the transfer.
        cut: Whether to break off after half of the body.
    """
    body = response.body if isinstance(response.body, bytes) else b""
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.content_length = len(body)
    await stream.prepare(request)
    step = max(len(body) // _SLOW_PIECES, 1)
    for start in range(0, len(body) // 2 if cut else len(body), step):
        await stream.write(body[start : start + step])
        await asyncio.sleep(0 if cut else seconds / _SLOW_PIECES)
    if cut:
        return drop(request)
    await stream.write_eof()
    return stream


def error_response(fault: Fault, ahead: float = 0.0) -> web.Response:
    """Return the error that a fault describes, from a server whose clock is ahead by so many seconds."""
    headers = {"Date": formatdate(time.time() + ahead, usegmt=True)}
    if fault.retry_after is not None:
        headers["retry-after"] = f"{fault.retry_after:g}"
    for prefix, reset in (("x-account-rate-limit", fault.account_reset), ("x-rate-limit", fault.user_reset)):
        if reset is not None:
            headers |= {f"{prefix}-limit": "100", f"{prefix}-remaining": "0"}
            headers[f"{prefix}-reset"] = str(int(time.time() + ahead + reset))
    if fault.body == "empty":
        return web.Response(status=fault.status, headers=headers)
    if fault.body == "html":
        page = f"<html><head><title>{fault.status}</title></head><body><h1>Over capacity</h1></body></html>"
        return web.Response(status=fault.status, text=page, content_type="text/html", headers=headers)
    code = fault.code or _CODES.get(fault.status, "INTERNAL_ERROR")
    message = fault.message or _MESSAGES.get(fault.status, code.replace("_", " ").capitalize())
    body = {"errors": [{"code": code, "message": message}], "request": {"params": {}}}
    return web.json_response(body, status=fault.status, headers=headers)


def _with_unknown_fields(response: web.Response) -> web.Response:
    body = json.loads(response.body) if isinstance(response.body, bytes) else {}
    data = body.get("data")
    for record in data if isinstance(data, list) else [data]:
        if isinstance(record, dict):
            record["brand_new_field"] = {"nobody": ["expected", 1]}
    body["brand_new_envelope_key"] = True
    return web.json_response(body, status=response.status, headers=_plain(response))


def _plain(response: web.Response) -> dict[str, str]:
    skipped = {"content-length", "content-type"}
    return {name: value for name, value in response.headers.items() if name.lower() not in skipped}
