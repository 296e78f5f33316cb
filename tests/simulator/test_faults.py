"""Every planned mishap happens as planned, and then no more."""

from __future__ import annotations

import gzip
import json
import time
import typing as t
import zlib
from email.utils import parsedate_to_datetime

import pytest
import requests

from tap_twitter_ads_async.simulator.faults import Fault, parse_fault

if t.TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, t.Any]
JOBS = "stats/jobs/accounts/A"


def test_faults_are_written_as_text_or_json() -> None:
    """One syntax for the command line, one for programs."""
    text = parse_fault("POST stats/jobs: status=503 times=3 body=html retry_after=1.5")
    assert text == Fault(on="POST stats/jobs", status=503, times=3, body="html", retry_after=1.5)
    assert parse_fault('{"on": "GET file", "action": "truncate", "times": null}').times is None
    for wrong in ("GET x: colour=red", "GET x: action=explode"):
        with pytest.raises(ValueError, match="allowed"):
            parse_fault(wrong)


def test_faults_by_chance_are_the_same_every_time() -> None:
    """Chaos with a seed: about a third of the requests, and the same third again."""
    runs = [Fault(chance=0.3, times=None, seed=seed) for seed in (5, 5, 6)]
    hits = [[fault.fire() for _ in range(200)] for fault in runs]
    assert hits[0] == hits[1] != hits[2]
    assert 30 < sum(hits[0]) < 90


@pytest.mark.parametrize("body", ["json", "html", "empty"])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_errors_of_every_shape(start: Callable[..., t.Any], status: int, body: str) -> None:
    """Error bodies may be the envelope, a web page, or nothing."""
    client = start(faults=(f"GET campaigns: status={status} body={body} times=2 skip=1",))
    answers = [client.send("GET", "A/campaigns") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, status, status, 200]
    kinds = {"json": '{"errors"', "html": "<html>", "empty": ""}
    assert answers[1].text.startswith(kinds[body])
    assert client.send("GET", "A/line_items").status_code == 200


def test_waits_that_are_told_are_watched(start: Callable[..., t.Any]) -> None:
    """Who comes back before `retry-after` or a reset has broken a rule."""
    client = start(
        faults=(
            "GET campaigns: status=503 retry_after=30",
            "GET line_items: status=429 account_reset=60",
            "GET cards: status=429 user_reset=60",
        )
    )
    assert client.send("GET", "A/campaigns").headers["retry-after"] == "30"
    limited = client.send("GET", "A/line_items").headers
    assert int(limited["x-account-rate-limit-reset"]) >= parsedate_to_datetime(limited["date"]).timestamp() + 55
    assert "x-rate-limit-reset" not in limited
    assert "x-rate-limit-reset" in client.send("GET", "A/cards").headers
    assert client.sim.journal.violations == []
    client.send("GET", "A/campaigns")
    assert [v["rule"] for v in client.sim.journal.violations] == ["came back before the time it was told"]


def test_connections_break_before_or_after_the_effect(start: Callable[..., t.Any]) -> None:
    """After a broken connection a client cannot know whether its job exists: once it does, once it does not."""
    client = start()
    for action, jobs in (("drop_before", 0), ("drop_after", 1), ("hang_after", 2)):
        client.admin("POST", "faults", {"on": "POST stats/jobs", "action": action, "seconds": 0.1})
        with pytest.raises(requests.ConnectionError):
            client.create()
        assert len(client.get(JOBS)["data"]) == jobs


def test_hanging_and_slow_answers(start: Callable[..., t.Any]) -> None:
    """A read time-out must end the first; the second ends by itself."""
    client = start(faults=("GET campaigns: action=hang seconds=30", "GET line_items: action=slow seconds=0.3"))
    url = f"{client.sim.api_url}/12/accounts/{client.account}/campaigns"
    with pytest.raises(requests.ReadTimeout):
        client.session.get(url, timeout=0.2)
    began = time.monotonic()
    assert client.get("A/line_items")["data"]
    assert time.monotonic() - began >= 0.25


def test_files_arrive_damaged(start: Callable[..., t.Any]) -> None:
    """Cut short, garbled, or broken off; the next try is whole."""
    client = start()
    url = client.finished()["url"]
    whole = client.download(url).content
    client.admin("POST", "faults", [{"on": "GET file", "action": a} for a in ("truncate", "corrupt", "cut")])
    for _ in range(2):
        with pytest.raises((EOFError, OSError, zlib.error)):
            gzip.decompress(client.download(url).content)
    with pytest.raises(requests.RequestException):
        client.download(url)
    assert client.download(url).content == whole


@pytest.mark.parametrize("status", [403, 404, 426])
def test_files_are_not_there_yet(start: Callable[..., t.Any], status: int) -> None:
    """The file host may need a while after success."""
    client = start(faults=(f"GET file: status={status} body=html times=2",))
    url = client.finished()["url"]
    assert [client.download(url).status_code for _ in range(3)] == [status, status, 200]


def test_files_expire_early(start: Callable[..., t.Any]) -> None:
    """Gone for good: only a new job helps."""
    client = start(faults=("GET file: action=expired",))
    url = client.finished()["url"]
    assert [client.download(url).status_code for _ in range(2)] == [404, 404]


def _status(client: t.Any, **params: t.Any) -> str:
    created = client.create(**params)
    assert created.status_code == 201
    listed = client.get(JOBS, job_ids=created.json()["data"]["id_str"])["data"]
    return str(listed[0]["status"]) if listed else "absent"


def test_jobs_fail_a_number_of_times_or_by_size(start: Callable[..., t.Any]) -> None:
    """Some jobs fail once and some are simply too large."""
    client = start(faults=("POST stats/jobs: action=job_fail times=2",))
    assert [_status(client) for _ in range(3)] == ["FAILED", "FAILED", "SUCCESS"]
    client.admin("DELETE", "faults")
    client.admin("POST", "faults", {"action": "job_fail", "above": 14, "times": None, "entity": "CAMPAIGN"})
    three = ",".join(client.ids()[:3])
    assert _status(client, entity_ids=three) == "FAILED"
    assert _status(client, entity_ids=three, end_time="2026-03-09") == "SUCCESS"
    assert _status(client, entity_ids=client.ids()[0]) == "SUCCESS"
    client.admin("DELETE", "faults")
    poison = client.ids()[1]
    client.admin("POST", "faults", {"action": "job_fail", "containing": poison, "times": None})
    assert [_status(client, entity_ids=ids) for ids in (three, client.ids()[0], poison)] == [
        "FAILED",
        "SUCCESS",
        "FAILED",
    ]


def test_jobs_hang_hide_and_hold_their_url_back(start: Callable[..., t.Any]) -> None:
    """Never done, not listed at first, done without a url."""
    client = start()
    client.admin("POST", "faults", {"action": "job_hang"})
    assert _status(client) == "PROCESSING"
    client.admin("POST", "faults", {"action": "job_hide", "polls": 2})
    job_id = client.create().json()["data"]["id_str"]
    assert [len(client.get(JOBS, job_ids=job_id)["data"]) for _ in range(3)] == [0, 0, 1]
    client.admin("POST", "faults", {"action": "job_no_url", "polls": 2})
    job_id = client.create().json()["data"]["id_str"]
    jobs = [client.get(JOBS, job_ids=job_id)["data"][0] for _ in range(3)]
    assert [job["status"] for job in jobs] == ["SUCCESS"] * 3
    assert [job["url"] is None for job in jobs] == [True, True, False]


def test_others_take_slots(start: Callable[..., t.Any]) -> None:
    """Another client of the same account leaves fewer slots, for a while."""
    client = start(max_jobs=10, job_latency=60)
    client.admin("POST", "faults", {"action": "foreign_jobs", "jobs": 10, "account": client.account, "times": 2})
    assert client.create().json()["errors"][0]["code"] == "TOO_MANY_JOBS"
    assert client.send("GET", JOBS).headers["x-concurrent-job-limit-remaining"] == "0"
    assert client.create().status_code == 201
    assert client.sim.journal.violations == []


def test_unknown_fields_and_metrics(start: Callable[..., t.Any]) -> None:
    """The API adds keys at any time; what was there before stays."""
    client = start(faults=("GET campaigns: action=unknown_fields", "GET file: action=unknown_fields"))
    strange, plain = (client.get("A/campaigns")["data"][0] for _ in range(2))
    assert set(strange) - set(plain) == {"brand_new_field"}
    url = client.finished()["url"]
    bodies: list[Json] = [json.loads(gzip.decompress(client.download(url).content)) for _ in range(2)]
    parts = [body["data"][0]["id_data"][0]["metrics"] for body in bodies]
    assert set(parts[0]) - set(parts[1]) == {"brand_new_metric", "brand_new_object"}
    assert parts[0]["impressions"] == parts[1]["impressions"]


def test_segments_without_names_or_values(start: Callable[..., t.Any]) -> None:
    """Keys must stay stable when the API leaves a part of the segment out or sends a number."""
    client = start(segment_quirks=True)
    file = client.result(segmentation_type="METROS", country="96683cc9126741d1", metric_groups="ENGAGEMENT")
    segments = [part["segment"] for part in file["data"][0]["id_data"]]
    assert {frozenset(segment) for segment in segments} > {frozenset({"segment_name"}), frozenset({"segment_value"})}
    assert any(isinstance(segment.get("segment_value"), int) for segment in segments)
