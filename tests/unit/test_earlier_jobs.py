"""The list of an account's recent jobs, in whatever form it comes."""

from __future__ import annotations

import typing as t

import pytest

from tap_twitter_ads_async.api.client import JobStatus
from tap_twitter_ads_async.stats.jobs.adoption import EarlierJobs
from tap_twitter_ads_async.stats.jobs.executor import AsyncJobs
from tap_twitter_ads_async.stats.jobs.resources import Resources
from tap_twitter_ads_async.stats.jobs.tasks import Task, WindowJobs
from tap_twitter_ads_async.stats.plan.spec import Group, Window
from tests.support.clocks import StillClock
from tests.support.fakes import FakeApi, extraction
from tests.support.moments import at
from tests.support.plans import spec
from tests.support.settings import settings

ASKED = spec("7", "2026-01-01", "2026-01-02")
JOB: dict[str, t.Any] = {
    **ASKED.params(),
    "id_str": "11",
    "status": "PROCESSING",
    "created_at": "2026-01-05T12:00:00Z",
}


def found(*jobs: dict[str, t.Any]) -> str | None:
    """Return which of the listed jobs serves."""
    window = Window(ASKED.start, ASKED.end, (Group((ASKED,)),), as_of=at("2026-01-05T11"))
    resources = Resources(AsyncJobs(FakeApi(), "https://ads-api.x.com"), settings(), StillClock(at("2026-01-05T12")))
    earlier = EarlierJobs("acc1", resources)
    earlier.listed(map(JobStatus.of, jobs))
    ticket = earlier.find(Task(ASKED, WindowJobs(extraction(), 0, window), 0, (0, 0, 0)), ())
    return ticket.job_id if ticket else None


@pytest.mark.parametrize("ids", ["7", 7, ["7"], [7], "7,", ("7",)])
def test_ids_are_read_in_any_form(ids: object) -> None:
    """A lone number where a list is expected must not end the run."""
    assert found(JOB | {"entity_ids": ids}) == "11"


@pytest.mark.parametrize("ids", [None, "", [], [None], 0, 8, {"a": 1}, True])
def test_a_job_that_does_not_ask_for_the_ids_serves_nobody(ids: object) -> None:
    """Nor does it hide the one that does."""
    assert found(JOB | {"entity_ids": ids, "id_str": "10"}) is None
    assert found(JOB | {"entity_ids": ids, "id_str": "10"}, JOB) == "11"
