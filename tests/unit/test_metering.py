"""METRIC points: what machines read of requests, jobs and streams."""

from __future__ import annotations

import logging
import typing as t

from singer_sdk.metrics import Point

from tap_twitter_ads_async.singer.sdk_metrics import RecordCounter, SyncTimer, job_took, request_took

if t.TYPE_CHECKING:
    import pytest

Json = dict[str, t.Any]


def points(caplog: pytest.LogCaptureFixture) -> list[Json]:
    """Return the points that were logged in the form that the SDK's formatters look for."""
    found: list[Json] = []
    for record in caplog.records:
        assert record.name == "singer_sdk.metrics"
        assert record.msg == "METRIC: %s"
        assert isinstance(record.args, tuple)
        point = record.args[0]
        assert isinstance(point, Point)
        found.append({"level": record.levelname, **point.to_dict()})
        found[-1]["tags"].pop("pid", None)
    return found


JOB = {"stream": "campaign_stats", "entity": "CAMPAIGN", "account_id": "a1"}


def test_requests_and_jobs_are_timed_for_those_who_debug(caplog: pytest.LogCaptureFixture) -> None:
    """Which endpoint is slow, and for whom."""
    with caplog.at_level(logging.DEBUG, logger="singer_sdk.metrics"):
        request_took(0.25, "GET", "accounts/:account_id/campaigns", "a1", 200)
        request_took(0.5, "GET", "accounts", "", 503)
        request_took(9.0, "GET", "result_file", "", None)
        job_took(61.5, **JOB, succeeded=True)
        job_took(3.5, **JOB, succeeded=False)
    timer = {"level": "DEBUG", "type": "timer"}
    request = {**timer, "metric": "http_request_duration"}
    job = {**timer, "metric": "job_duration"}
    about_job = {"stream": "campaign_stats", "entity": "CAMPAIGN", "context": {"account_id": "a1"}}
    assert points(caplog) == [
        {
            **request,
            "value": 0.25,
            "tags": {
                "endpoint": "accounts/:account_id/campaigns",
                "method": "GET",
                "http_status_code": 200,
                "context": {"account_id": "a1"},
                "status": "succeeded",
            },
        },
        {
            **request,
            "value": 0.5,
            "tags": {"endpoint": "accounts", "method": "GET", "http_status_code": 503, "status": "failed"},
        },
        {**request, "value": 9.0, "tags": {"endpoint": "result_file", "method": "GET", "status": "failed"}},
        {**job, "value": 61.5, "tags": {**about_job, "status": "succeeded"}},
        {**job, "value": 3.5, "tags": {**about_job, "status": "failed"}},
    ]


def test_a_normal_run_does_not_list_thousands_of_requests(caplog: pytest.LogCaptureFixture) -> None:
    """A log that nobody can read is no log."""
    with caplog.at_level(logging.INFO, logger="singer_sdk.metrics"):
        request_took(0.25, "GET", "accounts", "", 200)
        job_took(61.5, **JOB, succeeded=True)
    assert caplog.records == []


def test_a_measure_of_several_accounts_bears_no_account(caplog: pytest.LogCaptureFixture) -> None:
    """Else all records would be booked on the last account."""
    with caplog.at_level(logging.INFO, logger="singer_sdk.metrics"):
        for accounts in (["a1"], ["a1", "a2"]):
            with RecordCounter("campaigns", 60.0) as counter, SyncTimer("campaigns") as timer:
                for account_id in accounts:
                    counter.with_context({"account_id": account_id})
                    timer.with_context({"account_id": account_id})
                    counter.increment(3)
    tags = [
        (p["metric"], p["value"] if p["type"] == "counter" else None, p["tags"].get("context")) for p in points(caplog)
    ]
    assert tags == [
        ("sync_duration", None, {"account_id": "a1"}),
        ("record_count", 3, {"account_id": "a1"}),
        ("sync_duration", None, None),
        ("record_count", 6, None),
    ]
