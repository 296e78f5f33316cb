"""Allowances per endpoint and per category, in windows of real time, with the API's headers."""

from __future__ import annotations

import math
import time
import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.simulator.errors import ErrorItem, Refusal

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.simulator.options import SimulatorOptions

_MINUTE_PARTS = 15.0
"""The one-minute windows of writes and audiences are this fraction of the long window."""


class Allowance(t.NamedTuple):
    """How many requests of a category are allowed in one window."""

    category: str
    limit: int
    per_account: bool = False
    minute: bool = False


@dataclass
class _Window:
    ends: float
    left: int
    warned: bool = False


WRITES = Allowance("writes", 450, minute=True)
SYNC_STATS = Allowance("stats", 250)
TARGETING = Allowance("targeting_criteria", 400)
TOTAL_COUNT = Allowance("with_total_count", 200)


class RateLimits:
    """Counts requests. Windows start with their first request and last as long as the options say.

    Args:
        options: The world's.
        now: This machine's clock.
        ahead: By how many seconds the clock that clients are told is ahead of it.
    """

    def __init__(
        self,
        options: SimulatorOptions,
        now: Callable[[], float] = time.time,
        ahead: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._scale = options.rate_limit_scale
        self._length = options.rate_limit_window
        self._now = now
        self._ahead = ahead
        self._windows: dict[tuple[str, str], _Window] = {}

    def take(self, allowance: Allowance, account_id: str) -> dict[str, str]:
        """Count one request and return the headers that tell what is left.

        Raises:
            Refusal: 429; a violation when the client had been told before and did not wait.
        """
        if not self._scale:
            return {}
        moment = self._now()
        limit = max(int(allowance.limit * self._scale), 1)
        key = (allowance.category, account_id if allowance.per_account else "")
        window = self._windows.get(key)
        if window is None or moment >= window.ends:
            length = self._length / (_MINUTE_PARTS if allowance.minute else 1)
            # The reset header has whole seconds; a window that ended between two would let clients come too early.
            window = self._windows[key] = _Window(math.ceil(moment + length), limit)
        headers = self._headers(allowance, limit, window)
        if window.left <= 0:
            again, window.warned = window.warned, True
            item = ErrorItem("TOO_MANY_REQUESTS", "Too many requests, retry after the reset time")
            raise Refusal(429, (item,), headers, violation=again)
        window.left -= 1
        return self._headers(allowance, limit, window)

    def _headers(self, allowance: Allowance, limit: int, window: _Window) -> dict[str, str]:
        prefix = "x-account-rate-limit" if allowance.per_account else "x-rate-limit"
        return {
            f"{prefix}-limit": str(limit),
            f"{prefix}-remaining": str(max(window.left, 0)),
            f"{prefix}-reset": str(math.ceil(window.ends + self._ahead())),
        }


def allowance_for(method: str, segments: tuple[str, ...], *, with_total_count: bool = False) -> Allowance:
    """Return the allowance that a request counts against, by method and path below the version.

    Args:
        method: HTTP method.
        segments: Parts of the path below the version.
        with_total_count: Whether the request asks for a total count.
    """
    if method != "GET":
        return WRITES
    if with_total_count:
        return TOTAL_COUNT
    if segments[:1] == ("stats",):
        return _stats_allowance(segments)
    if segments[:1] == ("accounts",) and len(segments) > 1:
        return _account_allowance("/".join(segments[2:3]))
    if segments[:1] == ("targeting_criteria",):
        name = "/".join(segments[1:2])
        return Allowance(name, 2000) if name.startswith("tv_") else TARGETING
    # Everything else without an account in its path is a global read, but for the catalogs.
    name = "/".join(segments[:2])
    return Allowance(name, 1000 if name.startswith("product_catalogs") else 5)


def _stats_allowance(segments: tuple[str, ...]) -> Allowance:
    if segments[1:2] == ("accounts",) and len(segments) == 3:  # noqa: PLR2004 - stats/accounts/:id
        return SYNC_STATS
    return Allowance("/".join(("stats", *segments[1:2], *segments[3:4])), 2000, per_account=True)


def _account_allowance(resource: str) -> Allowance:
    if resource in {"campaigns", "line_items", "promoted_tweets", "targeting_criteria"}:
        return Allowance(resource, 10_000, per_account=True)
    if resource in {"custom_audiences", "do_not_reach_lists", "tailored_audiences"}:
        return Allowance(resource, 1500, per_account=True, minute=True)
    return Allowance(f"accounts/:id/{resource}", 2000, per_account=True)
