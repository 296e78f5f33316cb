"""Creating one job, once: a request whose fate is unknown may have been accepted."""

from __future__ import annotations

import random
import typing as t

from tap_twitter_ads_async.errors import Terminated, Unavailable

if t.TYPE_CHECKING:
    from collections.abc import Collection

    from tap_twitter_ads_async.api.client import JobStatus
    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.stats.jobs.executor import JobExecutor
    from tap_twitter_ads_async.stats.plan.spec import JobSpec

CREATION_TRIES = 4
FIRST_PAUSE_SECONDS = 1.0


def create_job(executor: JobExecutor, clock: Clock, spec: JobSpec, known_jobs: Collection[str]) -> JobStatus:
    """Create a job, or find the one that an unanswered request created.

    Args:
        executor: Where jobs are created.
        clock: Now and waits.
        spec: What to ask for.
        known_jobs: Ids of jobs that serve other specs.

    Raises:
        Unavailable: No try succeeded, and no job was found.
        ApiError: The API refused.
        Terminated: The run was stopped meanwhile.
    """
    began = clock.now()
    problem = Unavailable("POST stats/jobs: the answer names no job", outcome_unknown=True)
    for attempt in range(CREATION_TRIES + 1):
        if attempt and clock.wait(_pause(attempt)):
            raise Terminated("stopped while creating a job")
        try:
            # Nothing is created before a search has answered, and the last try only searches.
            job = executor.find_job(spec, began, tuple(known_jobs)) if attempt else None
            if job is None and attempt < CREATION_TRIES:
                job = executor.create_job(spec)
            if job is not None and job.job_id:
                return job
        except Unavailable as error:
            if not error.outcome_unknown and not attempt:
                raise
            problem = error
    raise problem


def _pause(attempt: int) -> float:
    return FIRST_PAUSE_SECONDS * float(2 ** (attempt - 1)) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
