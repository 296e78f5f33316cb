"""The command line and the admin endpoints."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import typing as t
from concurrent.futures import ThreadPoolExecutor

import requests
from requests_oauthlib import OAuth1

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMAND = [sys.executable, "-m", "tap_twitter_ads_async.simulator"]
WORLD = ["--seed", "7", "--now", "2026-04-01T10:20:00Z", "--start-date", "2026-03-25", "--accounts", "1"]


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    """One JSON line with everything that a tap needs; SIGTERM ends it cleanly."""
    ready = tmp_path / "ready.json"
    command = [*COMMAND, *WORLD, "--ready-file", str(ready), "--fault", "GET campaigns: status=503"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        assert json.loads(ready.read_text()) == line
        config = line["config"]
        assert config["api_url"] == line["api_url"]
        assert config["start_date"] == "2026-03-25"
        names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        auth = OAuth1(*(config[name] for name in names))
        account = requests.get(f"{line['api_url']}/12/accounts", auth=auth, timeout=10).json()["data"][0]["id"]
        url = f"{line['api_url']}/12/accounts/{account}/campaigns"
        assert [requests.get(url, auth=auth, timeout=10).status_code for _ in range(2)] == [503, 200]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_truth_is_the_same_from_everywhere(start: Callable[..., t.Any]) -> None:
    """In the process, over HTTP and on the command line."""
    client = start(start_date="2026-03-25", accounts=1)
    question = {
        "account_id": client.account,
        "entity": "CAMPAIGN",
        "granularity": "DAY",
        "start": "2026-03-26",
        "end": "2026-03-28",
    }
    rows = client.sim.truth(**question)
    assert rows
    assert requests.get(f"{client.sim.api_url}/__sim__/truth", params=question, timeout=10).json() == rows
    words = [f"{key}={value}" for key, value in question.items()]
    printed = subprocess.run([*COMMAND, *WORLD, "--print-truth", *words], capture_output=True, check=True, text=True)
    assert [json.loads(line) for line in printed.stdout.splitlines()] == rows


def test_the_journal_tells_what_happened(start: Callable[..., t.Any]) -> None:
    """Requests with their parameters, violations, counters; cleared on request."""
    client = start()
    client.finished()
    client.create(granularity="WEEK")
    journal = client.admin("GET", "journal")
    assert journal["counters"]["jobs_created"] == 1
    assert journal["counters"]["polls"] >= 1
    assert journal["counters"]["POST stats/jobs"] == 2
    routes = {(entry["method"], entry["route"], entry["status"]) for entry in journal["requests"]}
    assert {("POST", "stats/jobs", 201), ("POST", "stats/jobs", 400), ("GET", "stats/jobs", 200)} <= routes
    assert journal["requests"][0]["account_id"] == client.account
    assert len(journal["violations"]) == 1
    client.admin("DELETE", "journal")
    assert client.admin("GET", "journal")["requests"] == []


def test_admin_mistakes_are_told(client: t.Any) -> None:
    """A typo in a test must not look like a quiet success."""
    for name, body in (("faults", {"colour": "red"}), ("revise", {}), ("clock", {"now": "soon"})):
        response = requests.post(f"{client.sim.api_url}/__sim__/{name}", json=body, timeout=10)
        assert response.status_code == 400
        assert response.json()["error"]


def test_a_hundred_connections_at_once(start: Callable[..., t.Any]) -> None:
    """The simulator must not be what a run waits for."""
    client = start(max_jobs=1000)

    def create(_number: int) -> int:
        return int(client.create(entity_ids="x").status_code)

    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(create, range(400))) == {201}
