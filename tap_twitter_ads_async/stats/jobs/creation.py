"""Creating one job, once: a request whose fate is unknown may have been accepted."""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.errors import Terminated, TooManyJobs, Unavailable
from tap_twitter_ads_async.pauses import growing, uneven
from tap_twitter_ads_async.stats.jobs.executor import created_at

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.api.client import JobStatus
    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.stats.jobs.executor import Executor
    from tap_twitter_ads_async.stats.plan.spec import JobSpec

logger = logging.getLogger("tap-twitter-ads-async.jobs")

CREATION_TRIES = 4


class SlotsTakenUnsure(TooManyJobs):
    """The slots are taken, perhaps by the very job whose creation was not answered.

    Attributes:
        since: When that creation was sent: the next one has to look for it first.
    """

    def __init__(self, error: TooManyJobs, since: datetime) -> None:
        super().__init__("POST stats/jobs", status=error.status, details=error.details)
        self.since = since


@dataclass(frozen=True, slots=True)
class Search:
    """How to look for a job whose creation was not answered.

    Attributes:
        known_jobs: Ids of jobs that serve other specs.
        as_of: A job that is found serves only if it was not created before.
        unsure_since: When an earlier creation was sent whose fate is still unknown; None where there is none.
    """

    known_jobs: frozenset[str] = frozenset()
    as_of: datetime | None = None
    unsure_since: datetime | None = None

    def find(self, executor: Executor, spec: JobSpec, began: datetime) -> JobStatus | None:
        """Look for the job of a creation that was sent at a moment."""
        job = executor.find(spec, began, self.known_jobs)
        created = created_at(job) if job is not None else None
        if job is None or (self.as_of is not None and created is not None and created < self.as_of):
            return None
        logger.info("Job %s, whose creation was not answered, is found: %s", job.job_id, spec)
        return job


ANEW = Search()


def create_job(  # noqa: C901 - what may go wrong, in the order of the request
    executor: Executor, clock: Clock, spec: JobSpec, search: Search = ANEW, *, pause: float = 1.0
) -> JobStatus:
    """Create a job, or find the one that an unanswered request created.

    Args:
        executor: Where jobs are created.
        clock: Now and waits.
        spec: What to ask for.
        search: How to look for a job that exists already.
        pause: Seconds of the first pause.

    Raises:
        SlotsTakenUnsure: The slots are taken, and the job may exist.
        Unavailable: No try succeeded, and no job was found.
        ApiError: The API refused.
        Terminated: The run was stopped meanwhile.
    """
    began, unsure = search.unsure_since or clock.now(), search.unsure_since is not None
    problem = Unavailable("POST stats/jobs: the answer names no job", outcome_unknown=True)
    for attempt in range(CREATION_TRIES + 1):
        if attempt and clock.wait(uneven(growing(attempt, pause))):
            raise Terminated("stopped while creating a job")
        try:
            # Nothing is created before a search has answered, and the last try only searches.
            job = search.find(executor, spec, began) if unsure else None
            if job is None and attempt < CREATION_TRIES:
                job = executor.start(spec)
        except TooManyJobs as error:
            raise SlotsTakenUnsure(error, began) if unsure else error from None
        except Unavailable as error:
            if not error.outcome_unknown and not unsure:
                raise
            problem = error
        else:
            if job is not None and job.job_id:
                return job
        unsure = True
    raise problem
