"""When an endpoint may be asked again.

The API counts requests per endpoint, for an ads account (`x-account-rate-limit-*`) or else for the token
(`x-rate-limit-*`). A gate is closed until the reset that the API names, for all threads at once, so that one
refusal stops every request that would be refused as well.
"""

from __future__ import annotations

import email.utils
import logging
import threading
import typing as t
from datetime import timezone

from tap_twitter_ads_async.api.shared_pace import SharedPace
from tap_twitter_ads_async.api.token_quotas import hint_for

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tap_twitter_ads_async.clock import Clock

logger = logging.getLogger("tap-twitter-ads-async.http")

LONG_WAIT_SECONDS = 5.0
"""Waits from here on are told: a run that says nothing for minutes looks as if it hung."""
NOTICED_SECONDS = 0.01
"""Less is what looking at a gate takes, not a wait."""
RESET_MARGIN_SECONDS = 0.5
"""Resets are whole seconds; half a second more keeps a fast clock from asking too early."""
RATE_WINDOW_SECONDS = 15 * 60.0
"""The longest rate window of the API."""
LONGEST_PLAUSIBLE_WAIT = 20 * 60.0
"""A longer wait for a quota means that two clocks disagree; no wait that a header asks for is longer."""

Endpoint = tuple[str, str, str]
"""Account id (empty for the token's own quota), HTTP method and path without ids."""


class RateLimits:
    """Gates per endpoint, shared by all threads.

    Args:
        clock: Now and waits.
        waited: Called with the reason and the seconds for which a request waited.
    """

    def __init__(self, clock: Clock, waited: Callable[[str, float], None] | None = None) -> None:
        self._clock = clock
        self._waited = waited
        self._lock = threading.Lock()
        self._open_at: dict[Endpoint, float] = {}
        self._paces: dict[Endpoint, SharedPace] = {}

    def wait(self, endpoint: Endpoint) -> None:
        """Block until the endpoint may be asked, or the run is stopped.

        What waits for a quota of the token waits together with all runs that use it; see `shared_pace`.
        """
        began = self._clock.monotonic()
        self._wait(endpoint)
        seconds = self._clock.monotonic() - began
        if self._waited and seconds > NOTICED_SECONDS:
            self._waited(f"rate limit of {endpoint[1]} {endpoint[2]}", seconds)

    def _wait(self, endpoint: Endpoint) -> None:
        while True:
            while (seconds := self.closed_for(endpoint)) > 0:
                if self._clock.wait(seconds):
                    return
            pace = self._paces.get(_token_wide(endpoint))
            turn = pace.turn() if pace else 0.0
            if turn <= 0 or self._clock.wait(turn) or self.closed_for(endpoint) <= 0:
                return

    def hold(self, endpoint: Endpoint, seconds: float, headers: Mapping[str, str], *, everybody: bool = False) -> None:
        """Close an endpoint for some seconds, for everybody whom the refused quota concerns.

        Args:
            endpoint: Where the refusal came from.
            seconds: How long.
            headers: The refusal's headers; they tell the token's quota, shared by all accounts, from an account's.
            everybody: Whether the endpoint itself is out of order, and no account's requests make sense.
        """
        gate = _token_wide(endpoint) if everybody or _is_token_quota(headers) else endpoint
        now = self._clock.monotonic()
        with self._lock:
            known = max(now, self._open_at.get(gate, 0.0))
            self._open_at[gate] = max(now + seconds, known)
        self._set_pace(gate, seconds, headers)
        if now + seconds >= known + LONG_WAIT_SECONDS:
            account_id, method, route = gate
            whom = f" of account {account_id}" if account_id else ""
            hint = "" if account_id else hint_for(method, route)
            why = "the API asks for a pause" if everybody else "its quota of requests is used up"
            logger.info("Rate limit: %s %s%s waits for %.0f s, %s%s", method, route, whom, seconds, why, hint)

    def observe(self, endpoint: Endpoint, headers: Mapping[str, str]) -> None:
        """Close an endpoint whose quota the last answer used up, before it has to be refused."""
        remaining = _quota(headers, "remaining")
        if remaining is not None and remaining <= 0:
            wait = reset_wait(headers, self._clock.now())
            if wait is not None:
                self.hold(endpoint, wait, headers)

    def _set_pace(self, gate: Endpoint, seconds: float, headers: Mapping[str, str]) -> None:
        """Share a used-up quota of writes; those of reads are too small for a pace."""
        account_id, method, _ = gate
        limit = _quota(headers, "limit")
        if account_id or method == "GET" or not limit:
            return
        with self._lock:
            pace = self._paces.setdefault(gate, SharedPace(self._clock))
        pace.refused(seconds, limit)

    def closed_for(self, endpoint: Endpoint) -> float:
        """Return the seconds for which an endpoint may not be asked, none or less where it may."""
        with self._lock:
            open_at = max(self._open_at.get(gate, 0.0) for gate in (endpoint, _token_wide(endpoint)))
        return open_at - self._clock.monotonic()


def _token_wide(endpoint: Endpoint) -> Endpoint:
    return ("", *endpoint[1:])


def _is_token_quota(headers: Mapping[str, str]) -> bool:
    return "x-rate-limit-reset" in headers and "x-account-rate-limit-reset" not in headers


def _quota(headers: Mapping[str, str], what: str) -> float | None:
    """Read the governing quota header: the account's where there is one, else the token's."""
    for prefix in ("x-account-rate-limit", "x-rate-limit"):
        if f"{prefix}-{what}" in headers:
            try:
                return float(headers[f"{prefix}-{what}"])
            except ValueError:
                return None
    return None


def reset_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return seconds until the quota's reset, None if the headers do not say.

    The account's reset comes before the token's. The server's own `Date` is preferred as the present, because a
    local clock may be off; where that gives nonsense, the local clock decides.
    """
    reset = _quota(headers, "reset")
    if reset is None:
        return None
    for present in _presents(headers, now):
        if 0 < reset - present <= LONGEST_PLAUSIBLE_WAIT:
            return reset - present + RESET_MARGIN_SECONDS
    return None


def _presents(headers: Mapping[str, str], now: datetime) -> list[float]:
    """Return the server's present, or the local clock's if the server gives none."""
    server = _http_date(headers.get("date", ""))
    return [now.timestamp()] if server is None else [server, now.timestamp()]


def _http_date(text: str) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds of a `retry-after` header, which may also be a date.

    None where it asks for no wait at all (zero, negative, a date in the past, nonsense): then the client's own pauses
    hold. What is absurdly long is cut to the longest wait that makes sense.
    """
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        moment = _http_date(value)
        seconds = -1.0 if moment is None else moment - _presents(headers, now)[0]
    return min(seconds, LONGEST_PLAUSIBLE_WAIT) if seconds > 0 else None
