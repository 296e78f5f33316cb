"""A running simulator and a small client that speaks to it like any other program: real HTTP, real signatures."""

from __future__ import annotations

import gzip
import json
import time
import typing as t

import pytest
import requests
from requests_oauthlib import OAuth1

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, t.Any]
BASE: Json = {
    "seed": 7,
    "now": "2026-04-01T10:20:00Z",
    "start_date": "2026-03-01",
    "job_latency": 0.0,
    "rate_limit_scale": 0.0,
}
JOB: Json = {
    "entity": "CAMPAIGN",
    "start_time": "2026-03-05",
    "end_time": "2026-03-12",
    "granularity": "DAY",
    "placement": "ALL_ON_TWITTER",
    "metric_groups": "ENGAGEMENT,BILLING,VIDEO",
}


class Client:
    """One user of the simulated API."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        config = sim.config()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = OAuth1(
            config["consumer_key"],
            config["consumer_secret"],
            config["access_token"],
            config["access_token_secret"],
        )
        self.account = next(iter(sim.api.world.accounts))

    def send(self, method: str, path: str, **params: t.Any) -> requests.Response:
        """Send one request; `A` in the path stands for the first account."""
        path = path.replace("accounts/A", f"accounts/{self.account}")
        if path.startswith("A/"):
            path = f"accounts/{self.account}/{path[2:]}"
        return self.session.request(method, f"{self.sim.api_url}/12/{path}", params=params, timeout=30)

    def get(self, path: str, **params: t.Any) -> Json:
        """Send a GET that must succeed and return the envelope."""
        response = self.send("GET", path, **params)
        assert response.status_code == 200, response.text
        body: Json = response.json()
        return body

    def refusal(self, method: str, path: str, **params: t.Any) -> tuple[int, Json]:
        """Send a request that must be refused and return status and first error."""
        response = self.send(method, path, **params)
        assert response.status_code >= 400, response.text
        error: Json = response.json()["errors"][0]
        return response.status_code, error

    def ids(self, entity: str = "CAMPAIGN", account: str | None = None) -> list[str]:
        """Return the ids of an entity type."""
        return list(self.sim.api.world.accounts[account or self.account].of(entity))

    def create(self, **params: t.Any) -> requests.Response:
        """Create a job like `JOB`, with changes."""
        wanted = JOB | params
        wanted.setdefault("entity_ids", ",".join(self.ids(wanted["entity"])[:20]) or "x")
        return self.send("POST", "stats/jobs/accounts/A", **wanted)

    def finished(self, **params: t.Any) -> Json:
        """Create a job and return it when it has succeeded."""
        response = self.create(**params)
        assert response.status_code == 201, response.text
        job_id = response.json()["data"]["id_str"]
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            job: Json = self.get("stats/jobs/accounts/A", job_ids=job_id)["data"][0]
            if job["url"]:
                return job
        raise AssertionError(f"job {job_id} did not finish")

    def result(self, **params: t.Any) -> Json:
        """Run a job and return its decoded file."""
        content = self.download(self.finished(**params)["url"]).content
        body: Json = json.loads(gzip.decompress(content))
        return body

    def download(self, url: str) -> requests.Response:
        """Fetch a file without credentials."""
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=30)

    def admin(self, method: str, name: str, body: t.Any = None) -> t.Any:
        """Use an admin endpoint."""
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(method, f"{self.sim.api_url}/__sim__/{name}", json=body, timeout=30)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    """Return a function that starts a simulator with options and gives a client; all stop in the end."""
    running: list[Client] = []

    def begin(**options: t.Any) -> Client:
        sim = Simulator(SimulatorOptions(**BASE | options))
        sim.start()
        running.append(Client(sim))
        return running[-1]

    yield begin
    for client in running:
        client.session.close()
        client.sim.stop()


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Return a client of a simulator that a whole module shares; for questions that change nothing."""
    with Simulator(SimulatorOptions(**BASE)) as sim:
        shared = Client(sim)
        yield shared
        shared.session.close()
