"""How a spec gets its result: the port that the engine works through, and the API's asynchronous jobs behind it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from itertools import islice

from tap_twitter_ads_async.domain.calendar import read_moment
from tap_twitter_ads_async.stats.jobs.result_file import check_url, download, last_url
from tap_twitter_ads_async.stats.plan.echo import answers

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from tap_twitter_ads_async.api.client import AdsApi, JobPage, JobStatus
    from tap_twitter_ads_async.stats.plan.spec import JobSpec

MAX_RECENT_JOBS = 10_000
"""So many jobs of an account are looked at: several days of a large one."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many specs can be answered without a job.

    Attributes:
        now: So many can be asked for now.
        most: So many may turn out to be possible soon: more than now while it is not known yet how many are left.
    """

    now: int
    most: int


NO_QUOTA = Quota(0, 0)


class Executor(t.Protocol):
    """What the engine needs of an implementation that answers specs.

    `present`, `takes`, `quota`, `at_once` and `withdraw` do not block; the engine calls them on its own thread. All
    others block, may run on any thread, and raise `ApiError`.
    """

    def present(self) -> datetime:
        """Return the moment by the clock that dates jobs and their files (UTC)."""

    def takes(self, spec: JobSpec) -> bool:
        """Whether a spec could be answered without a job, as far as the quota goes."""

    def quota(self) -> Quota:
        """Return how many specs can be answered without a job, beside those that are under way."""

    def at_once(self, spec: JobSpec) -> Callable[[Path], None] | None:
        """Return a call that writes the answer to a spec to a path without any job, None where a job is needed.

        The call blocks. Whatever it raises but rejected credentials means that a job is created after all. It counts
        as under way from now on, until it is made or `withdraw` is called in its place.
        """

    def withdraw(self) -> None:
        """Note that one of the calls that `at_once` returned will not be made."""

    def start(self, spec: JobSpec) -> JobStatus:
        """Create a job; `Unavailable.outcome_unknown` says that it may exist all the same."""

    def find(self, spec: JobSpec, not_before: datetime, known_ids: frozenset[str]) -> JobStatus | None:
        """Look for a job that answers a spec and was not created before a moment, nor by a request that succeeded.

        Args:
            spec: Parameters of the job.
            not_before: Earliest creation time of the job, inclusive, UTC.
            known_ids: Jobs that this run has created or adopted already.
        """

    def recent(self, account_id: str) -> Sequence[JobStatus]:
        """List the recent jobs of an account, those of other clients too."""

    def statuses(self, account_id: str, job_ids: Sequence[str]) -> JobPage:
        """Ask for up to 200 jobs of an account with one request."""

    def fetch(self, url: str, path: Path) -> None:
        """Write a result file to a path, whole; `UntrustedUrl` and `UntrustedFile` say that it must not be."""

    def cancel(self, account_id: str, job_id: str) -> None:
        """Cancel a queued or running job, which frees its slot."""


class AsyncJobs:
    """The asynchronous analytics endpoint.

    Args:
        api: The API.
        api_url: Its base URL, which says where its files may lie.
    """

    def __init__(self, api: AdsApi, api_url: str) -> None:
        self._api = api
        self._api_url = api_url

    def present(self) -> datetime:
        """Return the API's present."""
        return self._api.now()

    def takes(self, spec: JobSpec) -> bool:  # noqa: ARG002 - the port's
        """Answer nothing without a job."""
        return False

    def quota(self) -> Quota:
        """Answer nothing without a job."""
        return NO_QUOTA

    def at_once(self, spec: JobSpec) -> Callable[[Path], None] | None:  # noqa: ARG002 - the port's
        """Answer nothing without a job."""
        return None

    def withdraw(self) -> None:
        """Do nothing: there are no such calls."""

    def start(self, spec: JobSpec) -> JobStatus:
        """Create a job."""
        return self._api.create_job(spec.account_id, spec.params())

    def find(self, spec: JobSpec, not_before: datetime, known_ids: frozenset[str]) -> JobStatus | None:
        """Look for a job that answers a spec and was not created before a moment, nor by a request that succeeded.

        A job that does not say when it was created may know less than it has to.

        Args:
            spec: Parameters of the job.
            not_before: Earliest creation time of the job, inclusive, UTC.
            known_ids: Jobs that this run has created or adopted already.
        """
        for job in self._api.jobs(spec.account_id):
            created = created_at(job)
            young = created is not None and created >= not_before
            if young and job.job_id not in known_ids and answers(job.raw, spec):
                return job
        return None

    def recent(self, account_id: str) -> Sequence[JobStatus]:
        """List the recent jobs of an account."""
        return tuple(islice(self._api.jobs(account_id), MAX_RECENT_JOBS))

    def statuses(self, account_id: str, job_ids: Sequence[str]) -> JobPage:
        """Ask for up to 200 jobs with one request."""
        return self._api.job_statuses(account_id, job_ids)

    def fetch(self, url: str, path: Path) -> None:
        """Write a result file to a path."""
        place = last_url(url)
        check_url(place, self._api_url)
        download(self._api.open_result, place, path)

    def cancel(self, account_id: str, job_id: str) -> None:
        """Cancel a job."""
        self._api.cancel_job(account_id, job_id)


def created_at(job: JobStatus) -> datetime | None:
    """Return when the server created a job, by its clock; None where it does not say."""
    return read_moment(job.raw.get("created_at"))
