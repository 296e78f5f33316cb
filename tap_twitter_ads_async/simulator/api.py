"""The API without the network: a request goes in, an answer or a refusal comes out."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from tap_twitter_ads_async.simulator.calls import Answer, Call, Handler
from tap_twitter_ads_async.simulator.clock import SimClock
from tap_twitter_ads_async.simulator.embargoes import Embargoes
from tap_twitter_ads_async.simulator.endpoints import COLLECTIONS
from tap_twitter_ads_async.simulator.errors import Refusal, refuse
from tap_twitter_ads_async.simulator.faults import FaultPlan, parse_fault
from tap_twitter_ads_async.simulator.history import HistoryApi, HistoryLog
from tap_twitter_ads_async.simulator.jobs import JobBoard
from tap_twitter_ads_async.simulator.journal import Journal
from tap_twitter_ads_async.simulator.ledger import Ledger
from tap_twitter_ads_async.simulator.oauth import OAuthCheck
from tap_twitter_ads_async.simulator.objects import Lister, ObjectStore
from tap_twitter_ads_async.simulator.params import Params
from tap_twitter_ads_async.simulator.rate_limits import RateLimits, allowance_for
from tap_twitter_ads_async.simulator.rules import PLACEMENTS
from tap_twitter_ads_async.simulator.stats_api import StatsApi
from tap_twitter_ads_async.simulator.truth import Truth
from tap_twitter_ads_async.simulator.world import World

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.simulator.objects import Collection
    from tap_twitter_ads_async.simulator.options import SimulatorOptions


class Api:
    """World, rules and limits behind one door."""

    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self.world = World(options)
        self.clock = SimClock(options.world_now(), ticking=options.is_ticking())
        self.ledger = Ledger(self.world, self.clock)
        self.journal = Journal()
        self.faults = FaultPlan(parse_fault(text) for text in options.faults)
        self.jobs = JobBoard(options, self.clock)
        self.limits = RateLimits(options, ahead=self.ahead)
        self.store = ObjectStore(self.world, COLLECTIONS)
        self.history = HistoryLog(self.store)
        self.truth = Truth(
            self.ledger,
            (*PLACEMENTS, *options.new_placements),
            segment_delay=options.segment_delay,
            segment_quirks=options.segment_quirks,
        )
        self.embargoes = Embargoes()
        self._oauth = OAuthCheck(options)
        self._routes = _object_routes(Lister(self.store, self.clock))
        for key, table in self._other_routes().items():
            self._routes.setdefault(key, {}).update(table)

    def ahead(self) -> float:
        """Return by how many seconds the clock that clients are told is ahead of this machine's."""
        return self.clock.ahead() + self.options.clock_skew

    def route(self, call: Call) -> str:
        """Return the name of a request's route, `stats/jobs` or `campaigns`; unknown paths name themselves."""
        found = self._find(call)
        return found[0] if found else "/".join(call.segments)

    def verify(self, method: str, url: str, authorization: str | None) -> None:
        """Check a request's credentials.

        Args:
            method: HTTP method.
            url: Whole URL, query included.
            authorization: Value of the header, None if there is none.

        Raises:
            Refusal: They are missing or wrong.
        """
        self._oauth.verify(method, url, authorization)

    def answer(self, call: Call) -> Answer:
        """Answer a request.

        Raises:
            Refusal: What the API says instead of data.
        """
        self.verify(call.method, call.url, call.authorization)
        found = self._find(call)
        name = found[0] if found else ""
        if found is None and self._find(replace(call, method="GET")):
            raise refuse(405, "METHOD_NOT_ALLOWED", f"{call.method} is not allowed here")
        if found is None or self.options.refused("path", name):
            # A path that the server has been told to refuse is no mistake of the client.
            raise refuse(404, "ROUTE_NOT_FOUND", f"The route {call.path} was not found", violation=found is None)
        params = Params(call.query)
        self._enter(call)
        total = "with_total_count" in call.query
        headers = self.limits.take(allowance_for(call.method, call.segments, with_total_count=total), call.account_id)
        try:
            answer = found[1](call, params)
        except Refusal as refusal:
            refusal.headers = headers | refusal.headers
            raise
        answer.headers = headers | answer.headers
        return answer

    def _enter(self, call: Call) -> None:
        if not call.account_id:
            return
        account = self.world.find(call.account_id)
        if account is None or not account.accessible:
            message = f"User {next(iter(self.world.accounts.values())).user_id if self.world.accounts else 0} "
            message += f"does not have access to account {call.account_id}"
            raise refuse(404, "NOT_FOUND", message, violation=False)
        call.account = account

    def _find(self, call: Call) -> tuple[str, Handler] | None:
        for pattern, (name, handler) in self._routes.get((call.method, len(call.segments)), {}).items():
            if all(a in {"*", b} for a, b in zip(pattern, call.segments, strict=True)):
                return name, handler
        return None

    def _other_routes(self) -> _Routes:
        stats = StatsApi(self.options, self.ledger, self.jobs, self.journal, self.faults)
        table: tuple[tuple[str, str, str, Handler], ...] = (
            ("POST", "stats/jobs/accounts/*", "stats/jobs", stats.create_job),
            ("GET", "stats/jobs/accounts/*", "stats/jobs", stats.list_jobs),
            ("DELETE", "stats/jobs/accounts/*/*", "stats/jobs", stats.cancel_job),
            ("GET", "stats/accounts/*", "stats", stats.statistics),
            ("GET", "stats/accounts/*/active_entities", "active_entities", stats.active_entities),
            ("GET", "stats/accounts/*/reach/campaigns", "reach/campaigns", stats.reach),
            ("GET", "stats/accounts/*/reach/funding_instruments", "reach/funding_instruments", stats.reach),
            ("GET", "accounts/*/auction_insights", "auction_insights", stats.auction_insights),
            ("GET", "accounts/*/account_history", "account_history", HistoryApi(self.options, self.history).list),
        )
        routes: _Routes = {}
        for method, path, name, handler in table:
            _put(routes, method, path, name, handler)
        return routes


_Routes = dict[tuple[str, int], dict[tuple[str, ...], tuple[str, Handler]]]


def _put(routes: _Routes, method: str, path: str, name: str, handler: Handler) -> None:
    pattern = tuple(path.split("/"))
    routes.setdefault((method, len(pattern)), {})[pattern] = (name, handler)


def _object_routes(lister: Lister) -> _Routes:
    routes: _Routes = {}
    paths = {
        name: ("" if collection.is_global else "accounts/*/") + collection.path.replace(":id", "*")
        for name, collection in COLLECTIONS.items()
    }
    # Lists first: `cards/poll` is a list, not the card of that name.
    for name, collection in COLLECTIONS.items():
        if collection.listed:
            _put(routes, "GET", paths[name], name, _lists(lister.list, collection))
    for name, collection in COLLECTIONS.items():
        if collection.single:
            _put(routes, "GET", f"{paths[name]}/*", name, _lists(lister.one, collection))
    return routes


def _lists(handle: Callable[[Collection, Call, Params], Answer], collection: Collection) -> Handler:
    return lambda call, params: handle(collection, call, params)
