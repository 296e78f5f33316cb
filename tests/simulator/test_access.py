"""Signatures are checked for good, and limits are kept."""

from __future__ import annotations

import time
import typing as t
from email.utils import parsedate_to_datetime

import pytest
import requests
from requests_oauthlib import OAuth1

from tap_twitter_ads_async.simulator.errors import Refusal
from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.rate_limits import RateLimits, allowance_for

if t.TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("part", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
def test_wrong_credentials_are_refused(client: t.Any, part: str) -> None:
    """Each of the four secrets counts."""
    keys = {name: client.sim.config()[name] for name in
            ("consumer_key", "consumer_secret", "access_token", "access_token_secret")}  # fmt: skip
    keys[part] = keys[part][:-1] + "_"
    auth = OAuth1(*keys.values())
    response = requests.get(f"{client.sim.api_url}/12/accounts", auth=auth, timeout=10)
    assert response.status_code == 401
    assert response.json()["errors"][0]["code"] == "UNAUTHORIZED_ACCESS"


def test_unsigned_and_stale_requests_are_refused(client: t.Any) -> None:
    """No header, a clock ten minutes off, and a request sent twice."""
    url = f"{client.sim.api_url}/12/accounts"
    assert requests.get(url, timeout=10).status_code == 401
    signed = client.session.auth(requests.Request("GET", url).prepare())
    with requests.Session() as session:
        assert session.send(signed, timeout=10).status_code == 200
        assert session.send(signed, timeout=10).status_code == 401
    late = OAuth1(*_secrets(client), timestamp=str(int(time.time()) - 600))
    assert requests.get(url, auth=late, timeout=10).status_code == 401


def test_the_signature_covers_the_query(client: t.Any) -> None:
    """A parameter changed on the way is noticed; encoded colons and commas are not changes."""
    url = f"{client.sim.api_url}/12/accounts?count=5"
    signed = client.session.auth(requests.Request("GET", url).prepare())
    signed.url = signed.url.replace("count=5", "count=6")
    with requests.Session() as session:
        assert session.send(signed, timeout=10).status_code == 401
    window = {"start_time": "2026-03-05T00:00:00+00:00", "end_time": "2026-03-06T00:00:00Z"}
    assert client.get("stats/accounts/A/active_entities", entity="CAMPAIGN", **window)["data"]


def test_a_server_whose_clock_is_off(start: Callable[..., t.Any]) -> None:
    """Signatures are judged by the server's clock, and reset headers are told by it."""
    client = start(clock_skew=900.0, rate_limit_scale=1.0)
    assert client.send("GET", "accounts").status_code == 401


def _secrets(client: t.Any) -> tuple[str, str, str, str]:
    config = client.sim.config()
    return (
        config["consumer_key"],
        config["consumer_secret"],
        config["access_token"],
        config["access_token_secret"],
    )


def test_global_reads_are_five_in_fifteen_minutes(start: Callable[..., t.Any]) -> None:
    """The lowest limit of the API; asking again before the reset is a violation, having asked once is not."""
    client = start(rate_limit_scale=1.0)
    remaining = [client.send("GET", "accounts").headers["x-rate-limit-remaining"] for _ in range(5)]
    assert remaining == ["4", "3", "2", "1", "0"]
    refused = client.send("GET", "accounts")
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["code"] == "TOO_MANY_REQUESTS"
    assert int(refused.headers["x-rate-limit-reset"]) > parsedate_to_datetime(refused.headers["date"]).timestamp()
    assert client.sim.journal.violations == []
    assert client.send("GET", "iab_categories").status_code == 200
    client.send("GET", "accounts")
    assert len(client.sim.journal.violations) == 1


def test_account_limits_are_told_by_account_headers(start: Callable[..., t.Any]) -> None:
    """Where a quota is the account's, the other header is absent."""
    client = start(rate_limit_scale=0.0001)
    headers = client.send("GET", "A/campaigns").headers
    assert headers["x-account-rate-limit-limit"] == "1"
    assert "x-rate-limit-limit" not in headers
    assert client.send("GET", "A/campaigns").status_code == 429
    client.account = list(client.sim.api.world.accounts)[1]
    assert client.send("GET", "A/campaigns").status_code == 200


def test_limits_end_with_their_window() -> None:
    """At the reset time, and not before, requests pass again."""
    now = [1000.5]
    limits = RateLimits(SimulatorOptions(rate_limit_scale=0.5), now=lambda: now[0])
    allowance = allowance_for("GET", ("accounts",))
    remaining = [limits.take(allowance, "")["x-rate-limit-remaining"] for _ in range(2)]
    assert remaining == ["1", "0"]
    for moment in (1001.0, 1900.9):
        now[0] = moment
        with pytest.raises(Refusal) as caught:
            limits.take(allowance, "")
        assert caught.value.headers["x-rate-limit-reset"] == "1901"
    now[0] = 1901.0
    assert limits.take(allowance, "")["x-rate-limit-remaining"] == "1"


@pytest.mark.parametrize(
    ("path", "limit", "per_account"),
    [
        ("accounts", 5, False),
        ("accounts/a", 2000, True),
        ("iab_categories", 5, False),
        ("line_items/placements", 5, False),
        ("product_catalogs", 1000, False),
        ("targeting_criteria/locations", 400, False),
        ("targeting_criteria/tv_shows", 2000, False),
        ("accounts/a/campaigns", 10_000, True),
        ("accounts/a/funding_instruments", 2000, True),
        ("accounts/a/custom_audiences", 1500, True),
        ("stats/accounts/a", 250, False),
        ("stats/accounts/a/active_entities", 2000, True),
        ("stats/jobs/accounts/a", 2000, True),
    ],
)
def test_allowances_are_the_documented_ones(path: str, limit: int, *, per_account: bool) -> None:
    """A simulator that is more generous than the API hides a tap that asks too often."""
    allowance = allowance_for("GET", tuple(path.split("/")))
    assert (allowance.limit, allowance.per_account) == (limit, per_account)


def test_writes_share_one_allowance(start: Callable[..., t.Any]) -> None:
    """Creating and cancelling jobs count together."""
    client = start(rate_limit_scale=2 / 450, job_latency=60)
    job_id = client.create().json()["data"]["id_str"]
    assert client.send("DELETE", f"stats/jobs/accounts/A/{job_id}").status_code == 200
    assert client.create().status_code == 429
