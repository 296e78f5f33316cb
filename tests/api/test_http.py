"""The HTTP client against a real server that answers by script: signing, tries, waits, and what each error means."""

from __future__ import annotations

import base64
import hmac
import logging
import socket
import threading
import typing as t
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from typing_extensions import override

from tap_twitter_ads_async import errors
from tap_twitter_ads_async.api.client import AdsApi
from tap_twitter_ads_async.api.connection import Connection, Credentials, encode_query, new_session
from tap_twitter_ads_async.api.http import AdsHttp
from tap_twitter_ads_async.api.patience import MAX_TRIES
from tests.support.clocks import StillClock
from tests.support.moments import at

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CREDENTIALS = Credentials("key", "secret", "token", "token-secret")
NOW = at("2026-03-08T10:00")
GOOD = b'{"data": [{"id": "x"}], "next_cursor": null}'
LOGIN_PAGE = b"<html>Please log in</html>"


def refusal(code: str) -> bytes:
    """Return an error body of the API."""
    return b'{"errors": [{"code": "%s", "message": "words", "parameter": "entity"}]}' % code.encode()


@dataclass(frozen=True)
class Reply:
    """What the server answers."""

    status: int = 200
    body: bytes = GOOD
    headers: dict[str, str] = field(default_factory=dict)


class Asked(t.NamedTuple):
    """A request as the server saw it."""

    method: str
    target: str
    headers: dict[str, str]


@dataclass
class Script:
    """Answers in order, the last one for ever."""

    replies: deque[Reply] = field(default_factory=lambda: deque([Reply()]))
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def say(self, *replies: Reply) -> None:
        """Answer so from now on."""
        self.replies = deque(replies)

    def next(self) -> Reply:
        """Return the next answer."""
        return self.replies.popleft() if len(self.replies) > 1 else self.replies[0]


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            script.asked.append(Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
            reply = script.next()
            if reply.status == 0:  # hangs up
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_POST = do_DELETE = do_GET  # noqa: N815 - the names are the library's

        @override
        def log_message(self, format: str, *args: t.Any) -> None:
            pass

    return Handler


@pytest.fixture
def script() -> Iterator[Script]:
    """Return a server's script."""
    script = Script()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield script
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Client:
    """A client, its clock, and what it told of its requests and waits."""

    http: AdsHttp
    clock: StillClock
    measured: list[tuple[str, str, str, int | None]]
    waited: list[str]


def client_of(url: str, timeout: float = 5.0) -> Client:
    """Return a client of a server."""
    clock, measured, waited = StillClock(NOW), [], []
    http = AdsHttp(
        Connection(CREDENTIALS, url, "12", timeout, "tap/1"),
        clock,
        lambda _seconds, method, route, account_id, status: measured.append((method, route, account_id, status)),
        lambda reason, _seconds: waited.append(reason),
    )
    return Client(http, clock, measured, waited)


@pytest.fixture
def client(script: Script) -> Client:
    """Return a client of the scripted server."""
    return client_of(script.url)


# --- what is sent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_every_request_is_signed_with_its_parameters(script: Script, client: Client, method: str) -> None:
    """The API checks the signature over method, URL and parameters as they are sent."""
    client.http.call(
        method, "accounts/a1/things", {"ids": ["b", "a"], "with_deleted": True, "q": "a b&c", "none": None}
    )
    (asked,) = script.asked
    parts = urlsplit(f"{script.url}{asked.target}")
    assert parts.path == "/12/accounts/a1/things"
    assert dict(parse_qsl(parts.query)) == {"ids": "b,a", "with_deleted": "true", "q": "a b&c"}
    given = dict(p.split("=", 1) for p in asked.headers["authorization"].removeprefix("OAuth ").split(", "))
    oauth = {k: unquote(v.strip('"')) for k, v in given.items()}
    assert (oauth["oauth_consumer_key"], oauth["oauth_token"]) == ("key", "token")
    pairs = [(k, v) for k, v in [*oauth.items(), *parse_qsl(parts.query)] if k != "oauth_signature"]
    normal = "&".join(sorted(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in pairs))
    base = "&".join(quote(part, safe="~") for part in (method, f"{script.url}{parts.path}", normal))
    expected = hmac.new(b"secret&token-secret", base.encode(), "sha1").digest()
    assert base64.b64decode(oauth["oauth_signature"]) == expected
    assert asked.headers["user-agent"] == "tap/1"


def test_queries_are_encoded_as_they_are_signed() -> None:
    """RFC 3986: a blank is %20, and what needs no encoding gets none."""
    assert (
        encode_query({"b": "a b~-_.", "a": ["x", "y"], "c": 1, "d": False, "e": None})
        == "a=x%2Cy&b=a%20b~-_.&c=1&d=false"
    )


def test_a_result_file_of_another_host_is_fetched_without_any_credential(
    script: Script, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signature is for the API; a password for that host in .netrc is nobody's business either."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login me password secret-of-mine\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    elsewhere = script.url.replace("127.0.0.1", "localhost")
    with closing(client.http.open_file(f"{elsewhere}/file?token=x")) as response:
        assert response.content == GOOD
    assert "authorization" not in script.asked[0].headers
    assert client.measured == [("GET", "result_file", "", 200)]
    with closing(client.http.open_file(f"{script.url}/file?token=x")):
        assert script.asked[1].headers["authorization"].startswith("OAuth "), "the API's own origin"


def test_cookies_are_not_kept(script: Script, client: Client) -> None:
    """They could tie requests of several accounts together."""
    script.say(Reply(headers={"Set-Cookie": "guest=1; Path=/"}), Reply())
    client.http.call("GET", "accounts")
    client.http.call("GET", "accounts")
    assert "cookie" not in script.asked[1].headers


def test_a_stopped_run_sends_nothing(script: Script, client: Client) -> None:
    """The process has seconds left."""
    client.clock.stop()
    with pytest.raises(errors.Terminated):
        client.http.call("GET", "accounts")
    assert script.asked == []


# --- what comes back ----------------------------------------------------------------------------------------------


def test_numbers_stay_exact_and_a_lone_object_is_a_list(script: Script, client: Client) -> None:
    """Ids and amounts have more digits than a float."""
    script.say(Reply(body=b'{"data": {"id": 1120829647711653888123}}'), Reply(body=b'{"data": []}'))
    assert client.http.call("GET", "things").records == [{"id": 1120829647711653888123}]
    assert client.http.call("GET", "things").records == []


@pytest.mark.parametrize("body", [b"{}", b'{"data": null}', b'{"errors": [{"code": "INTERNAL_ERROR"}]}'], ids=repr)
def test_an_envelope_without_data_is_not_an_empty_list(script: Script, client: Client, body: bytes) -> None:
    """Taken for "nothing changed", it would move the bookmark past changes that nobody has seen."""
    script.say(Reply(body=body), Reply())
    assert client.http.call("GET", "things").records == [{"id": "x"}]
    script.say(Reply(body=body))
    with pytest.raises(errors.Unavailable, match="the response contains no data"):
        client.http.call("GET", "things")


def test_jobs_that_come_page_by_page_are_all_seen(script: Script, client: Client) -> None:
    """A job that is only on the second page has not vanished; a cursor behind the last one leads nowhere."""
    pages = (b'{"data": [{"id_str": "%d"}], "next_cursor": "%d"}' % (i, i) for i in (1, 2))
    script.say(*(Reply(body=page) for page in pages))
    page = AdsApi(client.http).job_statuses("a", ["1", "2"])
    assert [job.job_id for job in page.jobs] == ["1", "2"]
    assert len(script.asked) == 2


@pytest.mark.parametrize("body", [b"", LOGIN_PAGE, b"[]", b'"text"', b'{"data": ['], ids=repr)
def test_a_success_that_is_no_envelope_is_tried_again(script: Script, client: Client, body: bytes) -> None:
    """Something between the tap and the API has answered."""
    script.say(Reply(body=body), Reply())
    assert client.http.call("GET", "things").records == [{"id": "x"}]
    script.say(Reply(body=body))
    with pytest.raises(errors.Unavailable, match="the response is not a JSON object"):
        client.http.call("GET", "things")


@pytest.mark.parametrize("status", [301, 302, 307])
def test_redirects_are_not_followed(script: Script, client: Client, status: int) -> None:
    """The next place would get the signature, or the file's token."""
    script.say(Reply(status, b"", {"Location": f"{script.url}/elsewhere"}))
    with pytest.raises(errors.ApiError):
        client.http.call("GET", "things")
    with pytest.raises(errors.Unavailable):
        client.http.open_file(f"{script.url}/file")
    assert not any("elsewhere" in asked.target for asked in script.asked)


@pytest.mark.parametrize(
    ("status", "code", "kind", "tries"),
    [
        (400, "INVALID_PARAMETER", errors.RequestRefused, 1),
        (400, "TOO_MANY_JOBS", errors.TooManyJobs, 1),
        (400, "REQUEST_TOO_COMPLEX", errors.TooComplex, 1),
        (403, "FEATURE_NOT_AVAILABLE", errors.NotOffered, 1),
        (404, "ROUTE_NOT_FOUND", errors.NotOffered, 1),
        (403, "ACCOUNT_NOT_FOUND", errors.AccountUnreadable, 1),
        (404, "ACCOUNT_NOT_FOUND", errors.AccountUnreadable, 1),
        (404, "SOMETHING_ELSE", errors.RequestRefused, 1),
        (401, "UNAUTHORIZED_ACCESS", errors.CredentialsRejected, 1),
        (403, "UNAUTHORIZED_CLIENT_APPLICATION", errors.CredentialsRejected, 1),
        *[(status, "", errors.Unavailable, MAX_TRIES) for status in (403, 408, 423, 500, 502, 503, 504, 520, 599)],
    ],
)
def test_each_refusal_says_what_to_do_about_it(
    script: Script, client: Client, status: int, code: str, kind: type[errors.ApiError], tries: int
) -> None:
    """Only what may pass by itself is tried again."""
    script.say(Reply(status, refusal(code) if code else LOGIN_PAGE))
    with pytest.raises(kind) as refused:
        client.http.call("GET", "things")
    assert type(refused.value) is kind
    assert refused.value.status == status
    assert refused.value.codes == ({code} if code else set())
    assert len(script.asked) == tries


# --- tries and waits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [Reply(500), Reply(503), Reply(0), Reply(423)], ids=lambda reply: str(reply.status))
def test_a_passing_fault_is_tried_again_with_growing_pauses(script: Script, client: Client, reply: Reply) -> None:
    """The API has bad minutes; hammering makes them longer."""
    script.say(*[reply] * (MAX_TRIES - 1), Reply())
    assert client.http.call("GET", "things").records
    pauses = [seconds for seconds in client.clock.waits if seconds > 0]
    assert len(pauses) >= MAX_TRIES - 1
    assert sum(pauses[-2:]) > sum(pauses[:2])
    assert set(client.waited) == {"retry"}


@pytest.mark.parametrize(
    ("reply", "tries"), [(Reply(500), 1), (Reply(0), 1), (Reply(200, LOGIN_PAGE), 1), (Reply(423), 2), (Reply(429), 2)]
)
def test_what_must_not_be_done_twice_is_repeated_only_where_it_was_certainly_not_done(
    script: Script, client: Client, reply: Reply, tries: int
) -> None:
    """A job that is created twice is paid for twice; the caller looks for it first."""
    script.say(reply, Reply())
    if tries == 1:
        with pytest.raises(errors.Unavailable) as failed:
            client.http.call("POST", "stats/jobs", repeatable=False)
        assert failed.value.outcome_unknown
    else:
        client.http.call("POST", "stats/jobs", repeatable=False)
    assert len(script.asked) == tries


def test_nobody_at_home_is_told_by_kind_and_without_the_query(script: Script) -> None:
    """The text of a connection error has the whole URL."""
    client = client_of("http://127.0.0.1:9")
    with pytest.raises(errors.Unavailable) as failed:
        client.http.call("GET", "accounts", {"q": "my-search"})
    assert "GET accounts from 127.0.0.1:9" in str(failed.value)
    assert "setting 'api_url'" in str(failed.value)
    assert "my-search" not in str(failed.value)
    assert client.measured == [("GET", "accounts", "", None)] * MAX_TRIES
    assert script.asked == []


def test_an_answer_that_does_not_come_is_given_up_after_the_setting(script: Script) -> None:
    """`request_timeout` is the user's patience."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = client_of(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.02)
        with pytest.raises(errors.Unavailable, match="setting 'request_timeout'") as failed:
            client.http.call("POST", "stats/jobs", repeatable=False)
    assert failed.value.outcome_unknown
    assert script.asked == []


@pytest.mark.parametrize(
    "headers",
    [
        {"x-rate-limit-reset": str(int(NOW.timestamp()) + 300)},
        {"x-account-rate-limit-reset": str(int(NOW.timestamp()) + 300)},
        {"Retry-After": "300"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_a_used_up_quota_is_waited_for_as_the_api_says(script: Script, client: Client, headers: dict[str, str]) -> None:
    """Asking earlier costs a request and changes nothing."""
    script.say(Reply(429, refusal("TOO_MANY_REQUESTS"), headers), Reply())
    assert client.http.call("GET", "accounts/a1/things", account_id="a1").records
    assert len(script.asked) == 2
    assert 300 <= sum(client.clock.waits) <= 420


def test_a_stray_401_among_successes_is_the_servers_fault(script: Script, client: Client) -> None:
    """Credentials that worked a moment ago do not expire."""
    client.http.call("GET", "things")
    script.say(Reply(401, refusal("UNAUTHORIZED_ACCESS")), Reply())
    assert client.http.call("GET", "things").records
    script.say(Reply(401, refusal("UNAUTHORIZED_ACCESS")))
    with pytest.raises(errors.CredentialsRejected):
        client.http.call("GET", "things")
    assert len(script.asked) == 3 + MAX_TRIES


# --- what is told -------------------------------------------------------------------------------------------------


def test_requests_are_measured_by_route_without_ids(client: Client) -> None:
    """Thousands of ids would make thousands of routes."""
    client.http.call("GET", "accounts/abc/campaigns", account_id="abc")
    client.http.call("GET", "accounts/abc/line_items/8x7k", account_id="abc")
    assert client.measured == [
        ("GET", "accounts/:account_id/campaigns", "abc", 200),
        ("GET", "accounts/:account_id/line_items/:id", "abc", 200),
    ]


def test_a_warning_of_the_api_is_told_once(script: Script, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """It announces months ahead what will go."""
    script.say(Reply(headers={"x-api-warn": "version 12 ends in May"}))
    for _ in range(3):
        client.http.call("GET", "things")
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING] == [
        "The API warns about things: version 12 ends in May"
    ]


def test_no_log_line_at_any_level_holds_a_secret(
    script: Script, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs go to places where secrets must not."""
    caplog.set_level(logging.DEBUG)
    script.say(Reply(500), Reply(401, LOGIN_PAGE))
    with pytest.raises(errors.CredentialsRejected):
        client.http.call("GET", "things")
    text = " ".join(record.getMessage() for record in caplog.records) + repr(CREDENTIALS)
    assert not any(secret in text for secret in ("token-secret", "secret", "oauth_signature", "Authorization"))


# --- what the verbs make of odd answers -------------------------------------------------------------------------


def feed(client: Client) -> list[dict[str, t.Any]]:
    """Read a stretch of the change feed."""
    return AdsApi(client.http).active_entities("a1", "CAMPAIGN", "2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z")


NOBODY = [
    "{}",
    *(f'{{"entity_id": {value}}}' for value in ("null", '""', '" "', "true", "0", '{"id": "c2"}', '["c2"]')),
]


@pytest.mark.parametrize("row", [*NOBODY, '"c2"', "null", "7"])
def test_rows_of_the_feed_that_name_nobody_are_told_of(
    script: Script, client: Client, row: str, caplog: pytest.LogCaptureFixture
) -> None:
    """They tell that something changed, and not what."""
    script.say(Reply(body=f'{{"data": [{{"entity_id": "c1"}}, {row}, {row}]}}'.encode()))
    assert feed(client) == [{"entity_id": "c1"}]
    (record,) = caplog.records
    assert "Account a1: 2 rows of the change feed (CAMPAIGN" in record.getMessage()


def test_rows_of_the_feed_that_name_nobody_are_asked_for_once_more(
    script: Script, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """An answer that came out wrong once is not the last word; whom it named has changed all the same."""
    script.say(
        Reply(body=b'{"data": [{"entity_id": "c1"}, {"entity_id": "c2"}, {"entity_id": null}]}'),
        Reply(body=b'{"data": [{"entity_id": "c1"}, {"entity_id": "c3"}]}'),
    )
    assert [row["entity_id"] for row in feed(client)] == ["c1", "c3", "c2"]
    assert caplog.records == []


def test_a_feed_whose_rows_all_name_somebody_is_asked_once(script: Script, client: Client) -> None:
    """The feed has a quota of its own."""
    script.say(Reply(body=b'{"data": [{"entity_id": "c1"}, {"entity_id": 2}]}'))
    assert len(feed(client)) == 2
    assert len(script.asked) == 1


def test_a_feed_of_which_no_row_names_anybody_is_no_answer(script: Script, client: Client) -> None:
    """Taken for a feed without changes, it would move the bookmark past all of them."""
    script.say(Reply(body=b'{"data": [{"id": "c1"}, {"id": "c2"}]}'))
    with pytest.raises(errors.Unavailable, match="none of 2 rows names an entity"):
        feed(client)


@pytest.mark.parametrize("data", ["null", "[]", '["x"]', '"x"', "[null]", "[[]]", "7", "{}"])
def test_a_creation_whose_answer_names_no_job_has_none(script: Script, client: Client, data: str) -> None:
    """Whether there is one is found out by a search; a traceback would end the run."""
    script.say(Reply(body=f'{{"data": {data}, "request": {{"params": {{"placement": "SPOTLIGHT"}}}}}}'.encode()))
    job = AdsApi(client.http).create_job("a1", {})
    assert job.job_id == ""
    assert job.asked == {"placement": "SPOTLIGHT"}


def test_proxies_of_the_environment_are_those_of_each_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked up once per server: another port or host may have another proxy, or none."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:  # nobody answers there: a proxy that is down
        proxy = f"http://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("https_proxy", "http://secure.example:8080")
    monkeypatch.setenv("no_proxy", "direct.example,ported.example:81")
    session = new_session("tap")
    expected = {
        "http://ads.example/12/accounts": {"http": proxy},
        "https://ads.example/12/accounts": {"https": "http://secure.example:8080"},
        "http://direct.example/a": {},
        "http://ported.example:81/a": {},
        "http://ported.example:82/a": {"http": proxy},
    }
    for _ in range(2):
        for url, proxies in expected.items():
            found = session.merge_environment_settings(url, {}, None, None, None)["proxies"]
            assert {scheme: found[scheme] for scheme in proxies} == proxies, url
            assert bool(found) == bool(proxies), url


def test_every_request_goes_through_the_proxy_of_the_environment(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's requests are asked of the proxy, with the whole URL."""
    monkeypatch.setenv("http_proxy", script.url)
    monkeypatch.setenv("no_proxy", "")
    client = client_of("http://ads.example")
    client.http.call("GET", "accounts", {})
    client.http.call("GET", "accounts", {})
    assert [asked.target for asked in script.asked] == ["http://ads.example/12/accounts"] * 2
