"""The two OAuth endpoints that hand out access tokens, for one app and one PIN."""

from __future__ import annotations

import sys
import threading
import typing as t
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlencode

from oauthlib.oauth1 import Client

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

KEY, SECRET, PIN = "app-key", "app-secret", "0123456"
REQUEST_TOKEN = {"oauth_token": "request-1", "oauth_token_secret": "request-secret"}
ACCESS_TOKEN = {"oauth_token": "access-1", "oauth_token_secret": "access-secret", "screen_name": "acme_data"}


class _Handler(BaseHTTPRequestHandler):
    """Answers what the API documents, if the request is signed as it documents."""

    @override
    def log_message(self, format: str, *args: t.Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Check the signature and what the step needs; answer a token."""
        header = self.headers.get("Authorization", "")
        pairs = (pair.partition("=") for pair in header.removeprefix("OAuth ").split(", "))
        sent = {name: unquote(value.strip('"')) for name, _, value in pairs}
        step = self.path.rpartition("/")[2]
        answer = self._answer(step, sent)
        self.send_response(200 if answer else 401)
        self.end_headers()
        self.wfile.write(urlencode(answer or {}).encode())

    def _answer(self, step: str, sent: dict[str, str]) -> dict[str, str] | None:
        client = Client(
            KEY,
            client_secret=SECRET,
            callback_uri=sent.get("oauth_callback"),
            resource_owner_key=REQUEST_TOKEN["oauth_token"] if "oauth_token" in sent else None,
            resource_owner_secret=REQUEST_TOKEN["oauth_token_secret"] if "oauth_token" in sent else None,
            verifier=sent.get("oauth_verifier"),
            nonce=sent.get("oauth_nonce"),
            timestamp=sent.get("oauth_timestamp"),
        )
        host = self.headers["Host"]
        _, headers, _ = client.sign(f"http://{host}{self.path}", http_method="POST")
        signed = sent.get("oauth_signature", "") in unquote(headers["Authorization"])
        if not signed or not sent.get("oauth_signature"):
            return None
        if step == "request_token" and sent.get("oauth_callback") == "oob":
            return {**REQUEST_TOKEN, "oauth_callback_confirmed": "true"}
        if step == "access_token" and sent.get("oauth_verifier") == PIN:
            return ACCESS_TOKEN
        return None


@contextmanager
def oauth_server() -> t.Iterator[str]:
    """Serve on a free port; yields the base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/oauth"
        server.shutdown()
        thread.join()
