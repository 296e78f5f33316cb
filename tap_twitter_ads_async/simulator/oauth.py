"""OAuth 1.0a: every signature is computed again and compared."""

from __future__ import annotations

import hmac
import time
import typing as t
from collections import OrderedDict
from urllib.parse import unquote, urlsplit

from oauthlib.oauth1.rfc5849.signature import (
    base_string_uri,
    collect_parameters,
    normalize_parameters,
    sign_hmac_sha1_with_client,
    signature_base_string,
)

from tap_twitter_ads_async.simulator.errors import ErrorItem, Refusal
from tap_twitter_ads_async.simulator.hashing import base36_id

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.options import SimulatorOptions

_TOLERANCE_SECONDS = 300
_MESSAGE = "This request is not properly authenticated"
_NONCES_KEPT = 100_000
_NEEDED = ("oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_timestamp", "oauth_token")


class Credentials(t.NamedTuple):
    """The four secrets of the simulated app and user."""

    consumer_key: str
    consumer_secret: str
    access_token: str
    access_token_secret: str


class _Signer(t.NamedTuple):
    client_secret: str
    resource_owner_secret: str


def credentials_for(seed: int) -> Credentials:
    """Return the credentials of a seed's world."""
    lengths = (25, 50, 50, 45)
    return Credentials(*(base36_id(n, seed, "credential", index) for index, n in enumerate(lengths)))


class OAuthCheck:
    """Verifies the Authorization header of every API request."""

    def __init__(self, options: SimulatorOptions) -> None:
        self._enabled = options.check_oauth
        self._skew = options.clock_skew
        self._credentials = credentials_for(options.seed)
        self._nonces: OrderedDict[str, None] = OrderedDict()

    def verify(self, method: str, url: str, authorization: str | None) -> None:
        """Check one request.

        Args:
            method: HTTP method.
            url: Whole URL, query included.
            authorization: Value of the header, None if there is none.

        Raises:
            Refusal: 401, with the reason in the journal and the API's own words in the body.
        """
        if not self._enabled:
            return
        header = _pairs(authorization)
        reason = self._fault_in(header, method, url)
        if reason:
            raise Refusal(401, (ErrorItem("UNAUTHORIZED_ACCESS", _MESSAGE),), reason=reason)

    def _fault_in(self, header: dict[str, str], method: str, url: str) -> str | None:
        missing = [name for name in _NEEDED if not header.get(name)]
        if missing:
            return f"missing {', '.join(missing)}"
        expected = self._credentials
        if header.get("oauth_signature_method") != "HMAC-SHA1" or header.get("oauth_version", "1.0") != "1.0":
            return "signature method must be HMAC-SHA1, version 1.0"
        if (header["oauth_consumer_key"], header["oauth_token"]) != (
            expected.consumer_key,
            expected.access_token,
        ):
            return "unknown consumer key or token"
        stamp = header["oauth_timestamp"]
        if not stamp.isdecimal() or abs(int(stamp) - time.time() - self._skew) > _TOLERANCE_SECONDS:
            return "timestamp out of bounds"
        if not hmac.compare_digest(_signature(method, url, header, expected), header["oauth_signature"]):
            return "signature does not match"
        return self._replayed(stamp + header["oauth_nonce"])

    def _replayed(self, nonce: str) -> str | None:
        if nonce in self._nonces:
            return "nonce used twice"
        self._nonces[nonce] = None
        if len(self._nonces) > _NONCES_KEPT:
            self._nonces.popitem(last=False)
        return None


def _pairs(authorization: str | None) -> dict[str, str]:
    if not authorization or not authorization.startswith("OAuth "):
        return {}
    pairs = (part.strip().partition("=") for part in authorization.removeprefix("OAuth ").split(","))
    return {name: unquote(value.strip('"')) for name, _, value in pairs}


def _signature(method: str, url: str, header: dict[str, str], secrets: Credentials) -> str:
    parts = urlsplit(url)
    try:
        query = collect_parameters(uri_query=parts.query)
    except ValueError:
        # Characters that should have been percent-encoded: no signature can match.
        return ""
    params = [*query, *((k, v) for k, v in header.items() if k not in {"oauth_signature", "realm"})]
    # The stubs describe a mapping and a closed set of methods; the functions take pairs and any method.
    normal = normalize_parameters(params)  # type: ignore[arg-type]
    base = signature_base_string(method, base_string_uri(url, None), normal)  # type: ignore[arg-type]
    signer = _Signer(secrets.consumer_secret, secrets.access_token_secret)
    return str(sign_hmac_sha1_with_client(base, signer))
