"""Creating one job, once: a request whose fate is unknown may have been accepted."""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass
from datetime import timedelta

from tap_twitter_ads_async.errors import Terminated, TooManyJobs, Unavailable
from tap_twitter_ads_async.pauses import growing, uneven

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.api.client import JobStatus
    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.stats.jobs.executor import Executor
    from tap_twitter_ads_async.stats.plan.spec import JobSpec

logger = logging.getLogger("tap-twitter-ads-async.jobs")

CREATION_TRIES = 4
CLOCK_SKEW = timedelta(minutes=5)
"""How far what we know of the server's clock may be ahead of it when a job is looked for by its creation time."""
RESOLUTION = timedelta(seconds=2)
"""The same at best: creation times, and the header that tells the server's clock, have whole seconds."""


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
        as_of: A job that is found serves only if it was not created before. The list may hold several that ask the
            same, those of earlier runs among them.
        unsure_since: When an earlier creation was sent whose fate is still unknown; None where there is none.
        corrected: Whether it asks for what was corrected lately, so that no job of an earlier run may be found.
    """

    known_jobs: frozenset[str] = frozenset()
    as_of: datetime | None = None
    unsure_since: datetime | None = None
    corrected: bool = False

    def find(self, executor: Executor, spec: JobSpec, began: datetime) -> JobStatus | None:
        """Look for the job of a creation that was sent at a moment, by the executor's clock.

        Args:
            executor: Who creates and lists jobs.
            spec: Parameters of the job.
            began: When the creation was sent, by the executor's clock, UTC.
        """
        earliest = began - (RESOLUTION if self.corrected else CLOCK_SKEW)
        not_before = earliest if self.as_of is None else max(earliest, self.as_of)
        job = executor.find(spec, not_before, self.known_jobs)
        if job is not None:
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
    began, unsure = search.unsure_since or executor.present(), search.unsure_since is not None
    problem = Unavailable("POST stats/jobs: the response names no job", outcome_unknown=True)
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
