"""How to reach the API, and as whom: credentials, URL, sessions, and the encoding of parameters."""

from __future__ import annotations

import logging
import sys
import typing as t
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_oauthlib import OAuth1

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Params = Mapping[str, str | int | bool | Sequence[str] | None]

TALKATIVE = ("oauthlib", "requests_oauthlib", "urllib3")
"""Libraries that log tokens, signatures or whole URLs at DEBUG; they are kept quiet whatever the log level."""
POOL_SIZE = 64
_UNSAFE = ".-_~"


@dataclass(frozen=True, slots=True)
class Credentials:
    """OAuth 1.0a credentials; never shown by `repr`."""

    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the API, and as whom.

    Attributes:
        credentials: OAuth 1.0a credentials.
        api_url: Base URL, without the version.
        api_version: Version segment of the path.
        request_timeout: Connect and read time-out of one request, in seconds.
        user_agent: How the tap names itself.
    """

    credentials: Credentials
    api_url: str
    api_version: str
    request_timeout: float
    user_agent: str

    @property
    def base(self) -> str:
        """URL below which all paths lie."""
        return f"{self.api_url.rstrip('/')}/{self.api_version}"


def signature(credentials: Credentials) -> OAuth1:
    """Return what signs requests with OAuth 1.0a, and keep its libraries from logging what they sign."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    return OAuth1(
        credentials.consumer_key,
        client_secret=credentials.consumer_secret,
        resource_owner_key=credentials.access_token,
        resource_owner_secret=credentials.access_token_secret,
        signature_method="HMAC-SHA1",
    )


def no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep `requests` from looking for credentials of its own (netrc)."""
    return request


class SettledSession(requests.Session):
    """A session that works out once what is the same in all its requests.

    It has no cookies, parameters or credentials of its own to be merged into each request, and looks for proxies and
    certificates in the environment once per server.
    """

    def __init__(self) -> None:
        super().__init__()
        self._settled: dict[tuple[object, ...], t.Any] = {}

    @override
    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Return what is sent: the request, with the headers of the session."""
        request.headers = {**self.headers, **request.headers}
        return request.prepare()

    @override
    def merge_environment_settings(
        self, url: t.Any, proxies: t.Any, stream: t.Any, verify: t.Any, cert: t.Any
    ) -> t.Any:
        """Return what holds for a request: what the caller says, and what the environment says of its server."""
        question = (origin(url), *sorted(proxies.items()), stream, verify, cert)
        if question not in self._settled:
            self._settled[question] = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return self._settled[question]


def new_session(user_agent: str) -> requests.Session:
    """Return a session that many threads may share: no cookies, as many connections as there are workers."""
    session = SettledSession()
    session.headers.update({"User-Agent": user_agent, "Accept": "application/json"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def encode_query(params: Params) -> str:
    """Encode parameters the way they are signed: RFC 3986, lists comma-joined, booleans lower-case.

    Keys are sorted, so that equal requests look equal; None values are left out.
    """
    pairs: list[tuple[str, str]] = []
    for key in sorted(params):
        value = params[key]
        if value is None:
            continue
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, (str, int)):
            text = str(value)
        else:
            text = ",".join(value)
        pairs.append((key, text))
    return urlencode(pairs, quote_via=quote, safe=_UNSAFE)


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
