"""Jobs that earlier runs left on the server, and which of them serve.

Some are known by their tickets. A run that was killed at once leaves none, so that a run which may follow such a one
looks at the account's list of recent jobs, once, before it creates any.
"""

from __future__ import annotations

import logging
import typing as t
from collections import defaultdict

from tap_twitter_ads_async.stats.jobs.executor import created_at
from tap_twitter_ads_async.stats.plan.echo import answers, values_of
from tap_twitter_ads_async.stats.plan.tickets import Ticket, inherited_job, serves

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tap_twitter_ads_async.api.client import JobStatus
    from tap_twitter_ads_async.stats.jobs.tasks import Task
    from tap_twitter_ads_async.stats.plan.extraction import Extraction

logger = logging.getLogger("tap-twitter-ads-async.jobs")

USELESS = frozenset({"FAILED", "CANCELLED"})
_First = tuple[str, str, str]
"""Entity type, placement and smallest id: what tells most jobs apart."""


class EarlierJobs:
    """The jobs of one account that earlier runs created; belongs to the engine's thread.

    Attributes:
        wanted: Whether the list of recent jobs is to be looked at before anything is created.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._looked = False
        self._recent: dict[_First, list[JobStatus]] = defaultdict(list)

    def expect(self, extraction: Extraction) -> None:
        """Take in that a stream of the account is extracted."""
        self.wanted = self.wanted or (extraction.looks_back and not self._looked)

    def listed(self, jobs: Iterable[JobStatus]) -> None:
        """Take in the list of recent jobs."""
        self.wanted, self._looked = False, True
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
