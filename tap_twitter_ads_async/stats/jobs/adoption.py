"""Jobs that earlier runs left on the server, and which of them serve.

Some are known by their tickets. A run that was killed at once leaves none, so that a run which may follow such a one
looks at the account's list of recent jobs, once, before it creates any.
"""

from __future__ import annotations

import logging
import typing as t
from collections import defaultdict
from functools import partial

from tap_twitter_ads_async.stats.jobs.executor import created_at
from tap_twitter_ads_async.stats.plan.echo import answers, values_of
from tap_twitter_ads_async.stats.plan.tickets import Ticket, inherited_job, serves

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tap_twitter_ads_async.api.client import JobStatus
    from tap_twitter_ads_async.stats.jobs.resources import Resources
    from tap_twitter_ads_async.stats.jobs.tasks import Task
    from tap_twitter_ads_async.stats.plan.extraction import Extraction

logger = logging.getLogger("tap-twitter-ads-async.jobs")

USELESS = frozenset({"FAILED", "CANCELLED"})
_First = tuple[str, str, str]
"""Entity type, placement and smallest id: what tells most jobs apart."""


class EarlierJobs:
    """The jobs of one account that earlier runs created; belongs to the engine's thread.

    Args:
        account_id: Ads account.
        resources: What all accounts work with.

    Attributes:
        pending: Whether the list of recent jobs is still to be looked at before anything is created.
    """

    def __init__(self, account_id: str, resources: Resources) -> None:
        self._account_id = account_id
        self._resources = resources
        self.pending = False
        self._looking = False
        self._looked = False
        self._recent: dict[_First, list[JobStatus]] = defaultdict(list)
        self._taken_up: list[str] = []  # ids of jobs that no log line names yet

    def expect(self, extraction: Extraction) -> None:
        """Take in that a stream of the account is extracted."""
        self.pending = self.pending or (extraction.looks_back and not self._looked)

    def look(self) -> None:
        """Ask for the list of recent jobs, once, if it is to be looked at."""
        if not self.pending or self._looking:
            return
        self._looking = True
        self._resources.workers.submit(
            partial(self._resources.executor.recent, self._account_id), self.listed, self._not_listed
        )

    def _not_listed(self, error: Exception) -> None:
        logger.warning("Account %s: its recent jobs could not be listed: %s", self._account_id, error)
        self.listed(())

    def listed(self, jobs: Iterable[JobStatus]) -> None:
        """Take in the list of recent jobs."""
        self.pending, self._looking, self._looked = False, False, True
        for job in jobs:
            ids = values_of(job.raw.get("entity_ids"))
            lost = job.status in USELESS or (job.status == "SUCCESS" and not job.url)  # its url may never come
            if ids and not lost and created_at(job) is not None:
                first = (str(job.raw.get("entity")), str(job.raw.get("placement")), min(ids))
                self._recent[first].append(job)

    def find(self, task: Task, taken: Collection[str]) -> Ticket | None:
        """Return the job of an earlier run that serves a task, None where there is none.

        Args:
            task: The task.
            taken: Ids of jobs that serve other tasks, or served.
        """
        window, spec = task.run.window, task.spec
        ticket = inherited_job(task.run.extraction.inherited_jobs, spec, window, taken)
        if ticket is not None:
            return ticket
        for job in self._recent.get((spec.entity, spec.placement, min(spec.entity_ids)), ()):
            created = created_at(job)
            fits = window.as_of is not None and serves(created, window) and answers(job.raw, spec)
            if fits and job.job_id not in taken and window.corrected.isdisjoint(spec.entity_ids):
                return Ticket(job.job_id, created)
        return None

    def took_up(self, job_id: str) -> None:
        """Note that a task is served by a job of an earlier run."""
        self._taken_up.append(job_id)

    def log(self) -> None:
        """Log in one line which jobs were taken up since the last one: there can be a hundred."""
        if not self._taken_up:
            return
        jobs = "1 job" if len(self._taken_up) == 1 else f"{len(self._taken_up)} jobs"
        logger.info(
            "Account %s: %s of an earlier run taken up again: %s", self._account_id, jobs, ", ".join(self._taken_up)
        )
        self._taken_up.clear()
