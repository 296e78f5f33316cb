"""Creating one job, once: a request whose fate is unknown may have been accepted."""

from __future__ import annotations

import random
import typing as t

from tap_twitter_ads_async.errors import Terminated, Unavailable

if t.TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tap_twitter_ads_async.ads_api import AdsApi, JobStatus
    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.stats.spec import JobSpec

CREATION_TRIES = 4
FIRST_PAUSE_SECONDS = 1.0


def create_job(api: AdsApi, clock: Clock, spec: JobSpec, known_jobs: Collection[str]) -> JobStatus:
    """Create a job, or find the one that an unanswered request created.

    Args:
        api: The API.
        clock: Now and waits.
        spec: What to ask for.
        known_jobs: Ids of jobs that serve other specs.

    Raises:
        Unavailable: No try succeeded, and no job was found.
        ApiError: The API refused.
        Terminated: The run was stopped meanwhile.
    """
    began = clock.now()
    problem: Unavailable | None = None
    may_exist = False
    for attempt in range(CREATION_TRIES):
        if problem is not None and clock.wait(_pause(attempt)):
            raise Terminated("stopped while creating a job")
        try:
            if may_exist:  # nothing is created before a search has answered
                found = api.find_job(spec, began, tuple(known_jobs))
                if found is not None:
                    return found
            may_exist = True
            job = api.create_job(spec)
            if job.job_id:
                return job
            problem = Unavailable("POST stats/jobs: the answer names no job", outcome_unknown=True)
        except Unavailable as error:
            if not error.outcome_unknown:
                raise
            problem = error
    if problem is None:
        raise AssertionError("unreachable: every try either returns or leaves a problem")
    return _last_look(api, clock, spec, known_jobs, problem, began)


def _last_look(  # noqa: PLR0913 - the state of the tries
    api: AdsApi, clock: Clock, spec: JobSpec, known_jobs: Collection[str], problem: Unavailable, began: datetime
) -> JobStatus:
    """Look for a job that the last try may have created."""
    if clock.wait(_pause(CREATION_TRIES)):
        raise Terminated("stopped while creating a job")
    found = api.find_job(spec, began, tuple(known_jobs))
    if found is None:
        raise problem
    return found


def _pause(attempt: int) -> float:
    return FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
