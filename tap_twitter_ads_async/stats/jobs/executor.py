"""How a spec gets its result: the port that the engine works through, and the API's asynchronous jobs behind it."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from tap_twitter_ads_async.domain.calendar import parse_stamp

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import requests

    from tap_twitter_ads_async.api.client import AdsApi, JobPage, JobStatus
    from tap_twitter_ads_async.stats.plan.spec import JobSpec

CLOCK_SKEW = timedelta(minutes=5)
"""How far the server's clock may lie behind ours when a job is looked for by its creation time."""


class JobExecutor(t.Protocol):
    """What the engine needs of whoever answers specs; every verb blocks and raises `ApiError`."""

    def create_job(self, spec: JobSpec) -> JobStatus:
        """Create a job; `Unavailable.outcome_unknown` says that it may exist all the same."""

    def find_job(self, spec: JobSpec, created_after: datetime, known_ids: Sequence[str]) -> JobStatus | None:
        """Look for a job that answers a spec and was created lately, but not by a request that succeeded."""

    def job_statuses(self, account_id: str, job_ids: Sequence[str]) -> JobPage:
        """Ask for up to 200 jobs of an account with one request."""

    def cancel_job(self, account_id: str, job_id: str) -> None:
        """Cancel a queued or running job, which frees its slot."""

    def open_result(self, url: str) -> requests.Response:
        """Open a result file for streaming."""


class AsyncJobs:
    """The asynchronous analytics endpoint.

    Args:
        api: The API.
    """

    def __init__(self, api: AdsApi) -> None:
        self._api = api
        self.job_statuses = api.job_statuses
        self.cancel_job = api.cancel_job
        self.open_result = api.open_result

    def create_job(self, spec: JobSpec) -> JobStatus:
        """Create a job."""
        return self._api.create_job(spec.account_id, spec.params())

    def find_job(self, spec: JobSpec, created_after: datetime, known_ids: Sequence[str]) -> JobStatus | None:
        """Look for a job that answers a spec and was created lately, but not by a request that succeeded."""
        taken = frozenset(known_ids)
        for status in self._api.jobs(spec.account_id):
            created = status.raw.get("created_at")
            recent = created is None or parse_stamp(str(created)) >= created_after - CLOCK_SKEW
            if recent and status.job_id not in taken and answers(status.raw, spec):
                return status
        return None


def answers(job: Mapping[str, t.Any], spec: JobSpec) -> bool:
    """Whether a job, as the API shows it, was created with the parameters of a spec."""
    same_bounds = all(
        job.get(key) and parse_stamp(str(job[key])) == bound
        for key, bound in (("start_time", spec.start), ("end_time", spec.end))
    )
    return (
        same_bounds
        and set(map(str, job.get("entity_ids") or ())) == set(spec.entity_ids)
        and set(job.get("metric_groups") or ()) == set(spec.metric_groups)
        and all(
            (None if job.get(key) in {None, ""} else str(job[key])) == value
            for key, value in spec.params().items()
            if key in {"entity", "granularity", "placement", "segmentation_type", "country", "platform"}
        )
    )
