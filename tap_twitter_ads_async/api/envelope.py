"""The JSON envelope around every answer: data, errors, and whatever else comes in its place."""

from __future__ import annotations

import typing as t

import msgspec
import requests

from tap_twitter_ads_async.domain.json_text import lenient
from tap_twitter_ads_async.errors import ApiErrorDetail, Unavailable

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Answer(t.NamedTuple):
    """A successful answer: the JSON envelope, and the headers in lower case."""

    body: dict[str, t.Any]
    headers: Mapping[str, str]

    @property
    def records(self) -> list[t.Any]:
        """The envelope's `data` as a list; a lone object becomes a list of one, null an empty list."""
        data = self.body.get("data")
        if data is None:
            return []
        return data if isinstance(data, list) else [data]

    @property
    def params(self) -> dict[str, t.Any]:
        """The request's parameters as the API understood them, empty where it does not say."""
        request = self.body.get("request")
        params = request.get("params") if isinstance(request, dict) else None
        return params if isinstance(params, dict) else {}


class Plain(t.NamedTuple):
    """A successful answer, undecoded: the body, and the remaining quota."""

    content: bytes
    remaining: int | None
    reset_in: float | None


def envelope(response: requests.Response, what: str, tell: Callable[[], None]) -> dict[str, t.Any]:
    """Decode a 2xx body; integers stay exact at any size.

    Args:
        response: Answer with a 2xx status.
        what: Method and path, for messages.
        tell: Called if invalid bytes or characters had to be replaced.

    Raises:
        Unavailable: The body is not the JSON object that every success carries.
    """
    try:
        body = lenient(msgspec.json.decode, response.content, tell)
    except (msgspec.DecodeError, requests.RequestException):
        body = None
    if not isinstance(body, dict):
        raise Unavailable(
            f"{what}: the response is not a JSON object",
            status=response.status_code,
            outcome_unknown=True,
        )
    return body


def error_details(response: requests.Response, tell: Callable[[], None]) -> list[ApiErrorDetail]:
    """Read the error envelope; HTML, empty and foreign bodies give none."""
    try:
        body = lenient(msgspec.json.decode, response.content, tell)
    except (msgspec.DecodeError, requests.RequestException):
        return []
    entries = body.get("errors") if isinstance(body, dict) else None
    return [
        ApiErrorDetail(
            *(str(e.get(k) or "") for k in ("code", "message", "parameter")),
        )
        for e in (entries if isinstance(entries, list) else [])
        if isinstance(e, dict)
    ]
