"""Why no answer came, in words: the texts of connection errors hold whole URLs, so they are never repeated."""

from __future__ import annotations

import socket
import ssl
import typing as t

import requests

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_BY_REQUEST: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.ProxyError, "the proxy did not connect; see HTTPS_PROXY and NO_PROXY"),
    (requests.exceptions.SSLError, "its TLS certificate was not accepted"),
    (requests.ConnectTimeout, "no connection within the setting 'request_timeout'"),
    (requests.ReadTimeout, "no answer within the setting 'request_timeout'"),
)
_BY_CAUSE: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLError, "its TLS certificate was not accepted"),
    (socket.gaierror, "unknown host; check the setting 'api_url' and the network"),
    (ConnectionRefusedError, "connection refused; check the setting 'api_url' and the network"),
    (ConnectionResetError, "connection reset"),
    (TimeoutError, "timed out; see the setting 'request_timeout'"),
)


def why_unreachable(error: requests.RequestException) -> str:
    """Return the reason of a request without an answer, with the setting that may be behind it.

    Args:
        error: What the HTTP library raised; its text is not used.

    Returns:
        A reason such as "connection refused; check the setting 'api_url' and the network", else the error's kind.
    """
    for kind, words in _BY_REQUEST:
        if isinstance(error, kind):
            return words
    causes = list(_causes(error))
    return next((words for kind, words in _BY_CAUSE if any(isinstance(c, kind) for c in causes)), type(error).__name__)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield everything that led to an error, however the libraries between have wrapped it."""
    met: set[int] = set()
    waiting: list[t.Any] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in met:
            continue
        met.add(id(one))
        yield one
        waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
