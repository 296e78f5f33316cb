"""The life of a job, from its creation to the day its file is gone."""

from __future__ import annotations

import gzip
import json
import time
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, t.Any]
JOBS = "stats/jobs/accounts/A"


def _wait(client: t.Any, job_id: str, status: str) -> Json:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        job: Json = client.get(JOBS, job_ids=job_id)["data"][0]
        if job["status"] == status:
            return job
    raise AssertionError(f"{job_id} is {job['status']}, not {status}")


def test_the_vendors_example_comes_out_exactly(start: Callable[..., t.Any]) -> None:
    """The one answer that the documentation prints in full: ids, rounding and figures."""
    client = start(golden=True)
    client.account = "18ce54d4x5t"
    job = client.finished(
        entity="LINE_ITEM",
        entity_ids="el32n",
        start_time="2019-03-12T00:00:00Z",
        end_time="2019-03-20T00:00:00Z",
        granularity="TOTAL",
        metric_groups="ENGAGEMENT",
    )
    assert job["id_str"] == "1120829647711653888"
    assert job["id"] == 1120829647711653900
    assert (job["start_time"], job["end_time"]) == ("2019-03-12T00:00:00Z", "2019-03-20T00:00:00Z")
    body = json.loads(gzip.decompress(client.download(job["url"]).content))
    assert body["time_series_length"] == 1
    (entity,) = body["data"]
    (part,) = entity["id_data"]
    assert (entity["id"], part["segment"]) == ("el32n", None)
    figures = {name: values for name, values in part["metrics"].items() if values is not None}
    assert figures == {"impressions": [3482], "retweets": [102], "likes": [15], "engagements": [171], "clicks": [30]}
    assert "qualified_impressions" in part["metrics"]
    (row,) = client.sim.truth("18ce54d4x5t", "LINE_ITEM", "TOTAL", "2019-03-12T00:00:00Z", "2019-03-20T00:00:00Z")
    assert row["metrics"] == {name: values[0] for name, values in figures.items()}


def test_a_job_runs_and_then_has_a_file(start: Callable[..., t.Any]) -> None:
    """No url before success; both times and the echo as documented."""
    client = start(job_latency=0.3)
    created = client.create()
    job = created.json()["data"]
    assert (job["status"], job["url"], job["expires_at"]) == ("PROCESSING", None, None)
    done = _wait(client, job["id_str"], "SUCCESS")
    assert done["url"].startswith(client.sim.files_url)
    assert done["expires_at"] == "2026-04-03T10:20:00Z"
    assert done["entity_ids"] == job["entity_ids"]
    file = client.download(done["url"])
    assert file.headers["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in file.headers
    assert file.content[:2] == b"\x1f\x8b"


def test_ids_lose_precision_as_numbers(start: Callable[..., t.Any]) -> None:
    """Only `id_str` finds the job again; servers of the other school send a string alone."""
    rounded = start().create().json()["data"]
    assert rounded["id"] % 100 == 0
    assert rounded["id_str"] != str(rounded["id"])
    exact = start(job_id_style="int").create().json()["data"]
    assert exact["id_str"] == str(exact["id"])
    text = start(job_id_style="string").create().json()["data"]
    assert isinstance(text["id"], str)
    assert "id_str" not in text


def test_the_101st_job_waits(start: Callable[..., t.Any]) -> None:
    """The limit is the account's, is told in headers, and a full account answers 400 TOO_MANY_JOBS."""
    client = start(job_latency=60, max_jobs=3)
    remaining = [client.create().headers["x-concurrent-job-limit-remaining"] for _ in range(3)]
    assert remaining == ["2", "1", "0"]
    refused = client.create()
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "TOO_MANY_JOBS"
    listing = client.send("GET", JOBS)
    assert listing.headers["x-concurrent-job-limit"] == "3"
    assert listing.headers["x-concurrent-job-limit-remaining"] == "0"
    job_id = listing.json()["data"][0]["id_str"]
    assert client.send("DELETE", f"{JOBS}/{job_id}").json()["data"]["status"] == "CANCELLED"
    assert client.create().status_code == 201
    other = list(client.sim.api.world.accounts)[1]
    client.account = other
    assert client.create(entity_ids=client.ids()[0]).status_code == 201
    assert client.sim.journal.as_json()["max_jobs_in_flight"] == {
        next(iter(client.sim.api.world.accounts)): 3,
        other: 1,
    }
    assert client.sim.journal.violations == []


def test_finished_jobs_cannot_be_cancelled(start: Callable[..., t.Any]) -> None:
    """Cancelling is for what is queued or processing."""
    client = start()
    job_id = client.finished()["id_str"]
    assert client.refusal("DELETE", f"{JOBS}/{job_id}")[0] == 400
    assert client.refusal("DELETE", f"{JOBS}/12")[0] == 404


def test_jobs_queue_where_only_some_run_at_once(start: Callable[..., t.Any]) -> None:
    """A queued job is in flight but makes no progress."""
    client = start(job_latency=60, max_running=1)
    first, second = (client.create().json()["data"] for _ in range(2))
    assert (first["status"], second["status"]) == ("PROCESSING", "QUEUED")


def test_polls_take_two_hundred_ids(start: Callable[..., t.Any]) -> None:
    """One request covers many jobs, but not any number."""
    client = start()
    ids = [client.create(entity_ids="x").json()["data"]["id_str"] for _ in range(3)]
    assert {job["id_str"] for job in client.get(JOBS, job_ids=",".join(ids))["data"]} == set(ids)
    assert client.get(JOBS, job_ids=",".join(str(10**18 + n) for n in range(200)))["data"] == []
    status, error = client.refusal("GET", JOBS, job_ids=",".join(str(10**18 + n) for n in range(201)))
    assert (status, error["parameter"]) == (400, "job_ids")
    assert len(client.get(JOBS, job_id=ids[0])["data"]) == 3


def test_the_job_list_pages(start: Callable[..., t.Any]) -> None:
    """Without ids all recent jobs are listed, page by page; the cursor may mislead after a poll by ids."""
    client = start(poll_cursor=True)
    ids = [client.create(entity_ids="x").json()["data"]["id_str"] for _ in range(3)]
    first = client.get(JOBS, count=2)
    second = client.get(JOBS, count=2, cursor=first["next_cursor"])
    assert {job["id_str"] for job in first["data"] + second["data"]} == set(ids)
    assert second["next_cursor"] is None
    assert client.get(JOBS, job_ids=ids[0])["next_cursor"] is not None


def test_files_expire_after_48_hours(start: Callable[..., t.Any]) -> None:
    """A link is good for two days of the world's time."""
    client = start()
    url = client.finished()["url"]
    client.admin("POST", "clock", {"advance_seconds": 48 * 3600 - 1})
    assert client.download(url).status_code == 200
    client.admin("POST", "clock", {"advance_seconds": 1})
    assert client.download(url).status_code == 404


def test_the_file_host_wants_no_credentials(start: Callable[..., t.Any]) -> None:
    """Credentials on the wrong host are refused and remembered; so is a link without its token."""
    client = start()
    url = client.finished()["url"]
    assert client.session.get(url, timeout=10).status_code == 400
    assert client.download(url.partition("?")[0]).status_code == 403
    rules = [violation["rule"] for violation in client.sim.journal.violations]
    assert rules == ["credentials sent to the file host", "the link was changed"]
