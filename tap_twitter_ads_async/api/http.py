"""One layer for every request: signing, time-outs, tries, waiting for limits, typed errors.

Two doors: `call` for the API, always signed with OAuth 1.0a and never redirected, and `open_file` for result
files, which lie on another host and never see a credential. How often a request is tried is `patience.py`'s.
"""

from __future__ import annotations

import logging
import typing as t
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

import backoff
import requests

from tap_twitter_ads_async.api.connection import encode_query, new_session, no_credentials, origin, signature
from tap_twitter_ads_async.api.envelope import Answer, Plain, envelope, error_details
from tap_twitter_ads_async.api.patience import Patience
from tap_twitter_ads_async.api.rate_limits import RateLimits, reset_wait, retry_after
from tap_twitter_ads_async.api.server_clock import ServerClock
from tap_twitter_ads_async.api.unreachable import why_unreachable
from tap_twitter_ads_async.domain.json_text import Warned
from tap_twitter_ads_async.errors import (
    ApiError,
    CredentialsRejected,
    Terminated,
    Unavailable,
    error_class,
)
from tap_twitter_ads_async.pauses import Pauses

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_twitter_ads_async.api.connection import Connection, Params
    from tap_twitter_ads_async.clock import Clock

logger = logging.getLogger("tap-twitter-ads-async.http")

NOT_CARRIED_OUT = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.LOCKED, HTTPStatus.TOO_MANY_REQUESTS}
)
"""Statuses of requests that the API certainly did not carry out."""
RESULT_FILE = "result_file"
"""What metrics call the endpoint of result files, whose paths are theirs alone."""


class RequestObserver(t.Protocol):
    """Called with the duration of each request, from any thread."""

    def __call__(self, seconds: float, method: str, route: str, account_id: str, status: int | None) -> None:
        """Take a measurement.

        Args:
            seconds: From sending it to the whole answer; for a result file, to the answer's headers.
            method: HTTP method.
            route: Path without ids, so that like requests add up.
            account_id: Ads account, empty for requests that belong to none.
            status: HTTP status, None where no answer came.
        """


def unobserved(seconds: float, method: str, route: str, account_id: str, status: int | None) -> None:
    """Measure nothing; see `RequestObserver`.

    Args:
        seconds: Duration of the request.
        method: HTTP method.
        route: Path without ids.
        account_id: Ads account, empty if the request is about none.
        status: HTTP status, None if there was no answer.
    """


def unnoticed(reason: str, seconds: float) -> None:
    """Take no notice of a wait."""


class AdsHttp:
    """Requests to one API base URL, safe for use from many threads.

    Args:
        connection: How to reach the API.
        clock: Now and waits.
        observer: Called after each request.
        waited: Called with the reason and the seconds for which a request waited; called from any thread.
        pauses: How long to wait between tries.

    Attributes:
        server_clock: The API's present, according to its answers.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        observer: RequestObserver = unobserved,
        waited: Callable[[str, float], None] = unnoticed,
        pauses: Pauses | None = None,
    ) -> None:
        self._clock = clock
        self.server_clock = ServerClock(clock)
        self._pauses = pauses or Pauses()
        self._observe = observer
        self._waited = waited
        self._base = connection.base
        self._timeout = connection.request_timeout
        self._limits = RateLimits(clock, waited)
        self._warned: set[str] = set()
        self._broken_text = Warned()
        self._accepted = False
        self._auth = signature(connection.credentials)
        self._api = new_session(connection.user_agent)
        self._files = new_session(connection.user_agent)

    def call(
        self,
        method: str,
        path: str,
        params: Params | None = None,
        *,
        account_id: str = "",
        route: str = "",
        repeatable: bool = True,
    ) -> Answer:
        """Send one signed request and return its JSON envelope.

        Args:
            method: HTTP method.
            path: Path below the version segment, such as `accounts/abc/campaigns`.
            params: Query parameters; they are signed and sent in the query string for every method.
            account_id: Ads account whose quota the request uses, empty for global reads.
            route: The path with `:name` in place of each id; default: what looks like an id becomes `:id`.
            repeatable: False for requests that must not be carried out twice; those are sent again only when
                the API certainly did not carry them out (429, 423).

        Raises:
            ApiError: Of the class that says what the caller should do; transient failures come as
                `Unavailable` once the tries are used up.
            Terminated: The run was stopped while waiting.
        """
        endpoint = (account_id, method, route or _without_ids(path, account_id))

        def once() -> Answer:
            self._limits.wait(endpoint)
            if self._clock.stopped:
                raise Terminated("stopped while waiting to send a request")
            return self._send(method, path, params or {}, endpoint)

        try:
            return self._retrying(once, f"{method} {path}", repeatable=repeatable)()
        except Unavailable as error:
            if error.status == HTTPStatus.UNAUTHORIZED:
                raise CredentialsRejected(f"{method} {path}", status=error.status, details=error.details) from None
            raise

    def call_now(self, path: str, params: Params, *, account_id: str) -> Plain:
        """Send one signed GET without waiting for anything, and without another try.

        Args:
            path: Path below the version segment.
            params: Query parameters.
            account_id: Ads account that the request is about.

        Returns:
            The body, not decoded, with the user's quota according to its headers.

        Raises:
            ApiError: Of the class that says what the caller should do; `Unavailable` also where the endpoint is closed.
        """
        endpoint = (account_id, "GET", _without_ids(path, account_id))
        closed_for = self._limits.closed_for(endpoint)
        if closed_for > 0:
            raise Unavailable(
                f"GET {path}: not requested now", status=HTTPStatus.TOO_MANY_REQUESTS, retry_after=closed_for
            )
        response, headers = self._exchange("GET", path, params, endpoint)
        remaining = headers.get("x-rate-limit-remaining", "")
        return Plain(
            response.content,
            int(remaining) if remaining.isdigit() else None,
            reset_wait(headers, self._clock.now()),
        )

    def open_file(self, url: str) -> requests.Response:
        """Open a result file for streaming: no redirect to another place, one try.

        Credentials go along only to the API's own origin, on which some files have been seen; never to another host.

        Raises:
            Unavailable: The file host did not deliver; the caller decides on the next try.
        """
        began = self._clock.monotonic()
        try:
            response = self._files.get(
                url,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
                auth=self._auth if origin(url) == origin(self._base) else no_credentials,
            )
        except requests.RequestException as error:
            self._observe(self._clock.monotonic() - began, "GET", RESULT_FILE, "", None)
            raise Unavailable(f"result file on {urlsplit(url).hostname}: {why_unreachable(error)}") from None
        self._observe(self._clock.monotonic() - began, "GET", RESULT_FILE, "", response.status_code)
        if response.status_code != HTTPStatus.OK:
            response.close()
            raise Unavailable(
                f"result file on {urlsplit(url).hostname}",
                status=response.status_code,
                retry_after=retry_after(response.headers, self._clock.now()),
            )
        return response

    def _send(self, method: str, path: str, params: Params, endpoint: tuple[str, str, str]) -> Answer:
        response, headers = self._exchange(method, path, params, endpoint)
        what = f"{method} {path}"
        body = envelope(response, what, partial(self._broken_text.tell, what))
        if method == "GET" and body.get("data") is None:
            # An empty list says that there is nothing; an envelope without one says nothing at all.
            raise Unavailable(f"{what}: the response contains no data", status=response.status_code)
        return Answer(body, headers)

    def _exchange(
        self, method: str, path: str, params: Params, endpoint: tuple[str, str, str]
    ) -> tuple[requests.Response, Mapping[str, str]]:
        """Send a request and return what succeeded: the response, and its headers in lower case."""
        query = encode_query(params)
        url = f"{self._base}/{path}{'?' + query if query else ''}"
        account_id, _, route = endpoint
        began = self._clock.monotonic()
        try:
            response = self._api.request(method, url, auth=self._auth, timeout=self._timeout, allow_redirects=False)
        except requests.RequestException as error:
            self._observe(self._clock.monotonic() - began, method, route, account_id, None)
            refused_to_connect = isinstance(error, requests.ConnectTimeout)
            what = f"{method} {path} from {urlsplit(url).netloc} ({why_unreachable(error)})"
            raise Unavailable(what, outcome_unknown=not refused_to_connect) from None
        self._observe(self._clock.monotonic() - began, method, route, account_id, response.status_code)
        headers = {k.lower(): v for k, v in response.headers.items()}
        logger.debug("%s %s answered %s", method, path, response.status_code)
        self._warn_of_deprecation(path, headers)
        self._limits.observe(endpoint, headers)
        if HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            self._accepted = True
            self.server_clock.observe(headers.get("date", ""))
            return response, headers
        raise self._error(response, headers, f"{method} {path}", endpoint)

    def _error(
        self,
        response: requests.Response,
        headers: Mapping[str, str],
        what: str,
        endpoint: tuple[str, str, str],
    ) -> ApiError:
        """Turn an error answer into an exception, and close the gate where the API asked to wait."""
        status = response.status_code
        details = error_details(response, partial(self._broken_text.tell, what))
        now = self._clock.now()
        wait = reset_wait(headers, now) if status == HTTPStatus.TOO_MANY_REQUESTS else None
        if wait is None:
            wait = retry_after(headers, now)
        if wait is not None:
            self._limits.hold(endpoint, wait, headers, everybody=status == HTTPStatus.SERVICE_UNAVAILABLE)
        cls = error_class(status, frozenset(d.code for d in details))
        # Credentials that worked a moment ago do not expire: a single 401 among successes is the server's.
        if cls is Unavailable or (status == HTTPStatus.UNAUTHORIZED and self._accepted):
            unknown = status not in {
                HTTPStatus.TOO_MANY_REQUESTS,
                HTTPStatus.LOCKED,
                HTTPStatus.UNAUTHORIZED,
                HTTPStatus.FORBIDDEN,
            }
            return Unavailable(what, status=status, details=details, retry_after=wait, outcome_unknown=unknown)
        return cls(what, status=status, details=details, retry_after=wait)

    def _warn_of_deprecation(self, path: str, headers: Mapping[str, str]) -> None:
        warning = headers.get("x-api-warn")
        if warning and warning not in self._warned:
            self._warned.add(warning)
            logger.warning("The API warns about %s: %s", path, warning)

    def _retrying(self, once: Callable[[], Answer], what: str, *, repeatable: bool) -> Callable[[], Answer]:
        patience = Patience(repeatable=repeatable, first=self._pauses.request)

        def pause(details: t.Any) -> None:
            error: Unavailable = details["exception"]
            grown = patience.pause(error)
            # What the API asked for is waited at the endpoint's gate; one that asks for less is not hammered.
            if error.retry_after is None or error.retry_after < grown:
                began = self._clock.monotonic()
                self._clock.wait(grown)
                self._waited("retry", self._clock.monotonic() - began)
            # The wait for a used-up quota was told when it began; it is no trouble of this request.
            level = logging.DEBUG if error.status == HTTPStatus.TOO_MANY_REQUESTS else logging.WARNING
            logger.log(level, "Retrying %s after try %d: %s", what, details["tries"], error)

        # backoff catches and counts; the waits are ours, so that they can be interrupted and obey the gates.
        return backoff.on_exception(
            backoff.constant,
            Unavailable,
            interval=0,
            jitter=None,
            giveup=patience.is_over,
            on_backoff=pause,
            logger=None,
        )(once)


def _without_ids(path: str, account_id: str) -> str:
    """Return the route of a path: quotas are per endpoint, and only ids carry digits."""
    return "/".join(
        ":account_id" if part == account_id else ":id" if any(c.isdigit() for c in part) else part
        for part in path.split("/")
    )
