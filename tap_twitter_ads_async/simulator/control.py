"""The admin side of a running simulator, below `/__sim__/`: clock, revisions, objects, faults, journal, truth."""

from __future__ import annotations

import typing as t
from dataclasses import asdict

from aiohttp import web

from tap_twitter_ads_async.simulator.clock import iso, parse_utc
from tap_twitter_ads_async.simulator.entities import HOUR

if t.TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tap_twitter_ads_async.simulator.simulation import Simulation

_JSON = dict[str, t.Any]


class Control:
    """Admin endpoints; they answer plain JSON, and 400 with a message when something is wrong."""

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation

    def mount(self, app: web.Application) -> None:
        """Add the endpoints to the API's port."""
        routes: tuple[tuple[str, str, Callable[[_JSON], t.Any]], ...] = (
            ("GET", "clock", lambda _: {"now": iso(self._sim.api.clock.seconds())}),
            ("POST", "clock", self._set_clock),
            ("POST", "revise", self._revise),
            ("POST", "objects", self._change_object),
            ("GET", "faults", lambda _: self._sim.api.faults.as_json()),
            ("POST", "faults", self._add_fault),
            ("DELETE", "faults", self._clear_faults),
            ("GET", "journal", lambda _: self._sim.api.journal.as_json()),
            ("DELETE", "journal", self._clear_journal),
            ("GET", "truth", self._truth),
            ("GET", "objects", lambda q: self._sim.objects(q.get("account_id"), q["kind"])),
            ("GET", "config", lambda _: self._sim.config()),
            ("GET", "options", lambda _: asdict(self._sim.api.options)),
        )
        for method, name, action in routes:
            app.router.add_route(method, f"/__sim__/{name}", _handler(action))

    def _set_clock(self, body: _JSON) -> _JSON:
        clock = self._sim.api.clock
        if "now" in body:
            clock.set(parse_utc(body["now"]))
        clock.advance(float(body.get("advance_seconds", 0)))
        return {"now": iso(clock.seconds())}

    def _revise(self, body: _JSON) -> _JSON:
        hour = int(parse_utc(body.pop("hour")).timestamp()) // HOUR * HOUR
        self._sim.revise(hour=hour, **body)
        return {"recorded_at": iso(self._sim.api.clock.seconds())}

    def _change_object(self, body: _JSON) -> _JSON:
        return self._sim.change_object(body.get("account_id"), body["kind"], body["id"], body.get("changes", {}))

    def _add_fault(self, body: t.Any) -> t.Any:
        for item in body if isinstance(body, list) else [body]:
            self._sim.add_fault(item)
        return self._sim.api.faults.as_json()

    def _clear_faults(self, _body: _JSON) -> _JSON:
        self._sim.clear_faults()
        return {}

    def _clear_journal(self, _body: _JSON) -> _JSON:
        self._sim.api.journal.clear()
        return {}

    def _truth(self, query: _JSON) -> list[_JSON]:
        return self._sim.truth(**query)


def _handler(action: Callable[[t.Any], t.Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            body: t.Any = dict(request.query)
            if request.method == "POST":
                body = await request.json()
            return web.json_response(action(body))
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    return handle
