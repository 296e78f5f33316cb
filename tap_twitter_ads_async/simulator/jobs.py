"""Analytics jobs: created, queued, processed, done, failed, cancelled, forgotten."""

from __future__ import annotations

import itertools
import time
import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.simulator import golden
from tap_twitter_ads_async.simulator.clock import iso
from tap_twitter_ads_async.simulator.errors import refuse
from tap_twitter_ads_async.simulator.hashing import salt, share

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.clock import SimClock
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.ledger import AsOf
    from tap_twitter_ads_async.simulator.options import SimulatorOptions
    from tap_twitter_ads_async.simulator.stats_request import StatsRequest

LIVE = frozenset({"QUEUED", "PROCESSING", "UPLOADING"})
_UPLOAD_SHARE = 0.1
"""The last part of a job's time, in which its file is written."""
_FIRST_ID = 1_500_000_000_000_000_001
_FLOAT_DIGITS = 10**2
_KEPT_AFTER_EXPIRY = 7 * 24 * 3600


@dataclass(eq=False)
class Job:
    """One job; its status is a function of real elapsed time, so that nothing has to tick."""

    id: str
    account: Account
    request: StatsRequest
    as_of: AsOf
    created_at: int
    """World time."""
    created: float
    """Monotonic time."""
    starts: float
    ends: float
    """Monotonic time of completion; infinite for a job that hangs."""
    lifetime: int
    token: str
    fails: bool = False
    cancelled: bool = False
    polls: int = 0
    """How often it was listed."""
    hidden_polls: int = 0
    """For how many listings it stays out of the list."""
    urlless_polls: int = 0
    """For how many listings after success its url stays null."""
    untruth: str = ""
    """What is wrong with its file, if anything."""
    untrue_for: str | None = None
    """The entity that it is wrong for."""
    url_kind: str = ""
    """How its url is spoilt."""

    def status(self, moment: float) -> str:
        """Return the status at a monotonic time."""
        if self.cancelled:
            return "CANCELLED"
        if moment >= self.ends:
            return "FAILED" if self.fails else "SUCCESS"
        if moment < self.starts:
            return "QUEUED"
        uploads = self.ends - _UPLOAD_SHARE * (self.ends - self.starts)
        return "UPLOADING" if moment >= uploads else "PROCESSING"

    def finished_at(self, *, ticking: bool) -> int:
        """Return the world time of completion."""
        return self.created_at + (int(self.ends - self.created) if ticking else 0)

    def expires_at(self, *, ticking: bool) -> int:
        """Return the world time from which on the file is gone."""
        return self.finished_at(ticking=ticking) + self.lifetime


class JobBoard:
    """All jobs of all accounts."""

    def __init__(self, options: SimulatorOptions, clock: SimClock) -> None:
        self._options = options
        self._clock = clock
        self._ticking = options.is_ticking()
        self._ids = itertools.count(_FIRST_ID + salt(options.seed, "jobs") % 10**15, 7)
        self._jobs: dict[str, dict[str, Job]] = {}
        self._live: dict[str, list[Job]] = {}
        self.foreign: dict[str, int] = {}
        """Slots that other clients of an account occupy."""
        self.files_url = ""
        self.api_url = ""

    def limit(self) -> int:
        """Return how many jobs an account may have in flight."""
        return self._options.max_jobs

    def in_flight(self, account_id: str) -> int:
        """Return how many jobs of an account are queued or processing, other clients' included."""
        moment = time.monotonic()
        live = [job for job in self._live.get(account_id, ()) if job.status(moment) in LIVE]
        self._live[account_id] = live
        return len(live) + self.foreign.get(account_id, self.foreign.get("*", 0))

    def create(self, account: Account, request: StatsRequest, as_of: AsOf) -> Job:
        """Accept a job.

        Args:
            account: Ads account.
            request: Parameters of the job.
            as_of: What the result will know.

        Raises:
            Refusal: `TOO_MANY_JOBS`: every slot is taken.
        """
        if self.in_flight(account.id) >= self._options.max_jobs:
            message = f"A maximum of {self._options.max_jobs} jobs can be in processing state"
            raise refuse(400, "TOO_MANY_JOBS", message, violation=False)
        job_id = self._next_id(account, request)
        moment = time.monotonic()
        starts = self._start(account.id, moment)
        wobble = self._options.latency_jitter * (2 * share(self._options.seed, job_id) - 1)
        job = Job(
            id=job_id,
            account=account,
            request=request,
            as_of=as_of,
            created_at=self._clock.seconds(),
            created=moment,
            starts=starts,
            ends=starts + self._options.job_latency * (1 + wobble),
            lifetime=self._options.result_lifetime,
            token=f"{salt(self._options.seed, job_id, 'token'):016x}",
        )
        self._jobs.setdefault(account.id, {})[job_id] = job
        self._live.setdefault(account.id, []).append(job)
        return job

    def _next_id(self, account: Account, request: StatsRequest) -> str:
        is_example = golden.is_example(request.echo(), account.id)
        if is_example and golden.JOB_ID not in self._jobs.get(account.id, {}):
            return golden.JOB_ID
        return str(next(self._ids))

    def _start(self, account_id: str, moment: float) -> float:
        """Return when a new job begins to make progress, if only so many do at once."""
        running = self._options.max_running
        live = [job for job in self._live.get(account_id, ()) if job.status(moment) in LIVE]
        if not running or len(live) < running:
            return moment
        return sorted(job.ends for job in live)[-running]

    def find(self, account_id: str, job_id: str) -> Job | None:
        """Return one job of an account."""
        return self._jobs.get(account_id, {}).get(job_id)

    def by_file(self, job_id: str) -> Job | None:
        """Return the job that a file name belongs to."""
        return next((jobs[job_id] for jobs in self._jobs.values() if job_id in jobs), None)

    def listing(self, account_id: str, job_ids: list[str]) -> list[Job]:
        """Return the jobs asked for (all recent ones without ids), newest first; unknown ids are passed over."""
        jobs = self._jobs.get(account_id, {})
        forgotten = self._clock.seconds() - _KEPT_AFTER_EXPIRY
        wanted = [jobs[job_id] for job_id in job_ids if job_id in jobs] if job_ids else list(jobs.values())
        kept = [job for job in wanted if job.expires_at(ticking=False) > forgotten]
        return sorted(kept, key=lambda job: job.id, reverse=True)

    def cancel(self, account_id: str, job_id: str) -> Job:
        """Cancel a job that is not done.

        Raises:
            Refusal: No such job, or it has ended.
        """
        job = self.find(account_id, job_id)
        if job is None:
            raise refuse(404, "NOT_FOUND", f"Job {job_id} was not found", violation=False)
        if job.status(time.monotonic()) not in LIVE:
            # A client cannot know that the job ended a moment ago.
            raise refuse(400, "INVALID_PARAMETER", "Only queued or processing jobs can be cancelled", violation=False)
        job.cancelled = True
        return job

    def as_json(self, job: Job) -> dict[str, t.Any]:
        """Return the job object; before its url has been shown the file does not exist for the client."""
        status = job.status(time.monotonic())
        done = status == "SUCCESS"
        shown = done and job.urlless_polls <= 0
        finished = iso(job.finished_at(ticking=self._ticking)) if done else iso(job.created_at)
        body: dict[str, t.Any] = self._id(job.id)
        body |= {
            "status": status,
            "url": self.url(job) if shown else None,
            "expires_at": iso(job.expires_at(ticking=self._ticking)) if done else None,
            "account_id": job.account.id,
            "created_at": iso(job.created_at),
            "updated_at": finished,
        }
        return body | job.request.echo()

    def url(self, job: Job) -> str:
        """Return where the result file lies."""
        name = f"stats_job_{job.id}.json.gz"
        path = f"advertiser-api-async-analytics/{name}?token={job.token}"
        if job.url_kind == "own_host":
            return f"{self.api_url}/{path}"
        whole = f"{self.files_url}/{path}"
        return f"{self.files_url}{whole}" if job.url_kind == "glued" else whole

    def expired(self, job: Job) -> bool:
        """Tell whether a job's file is gone."""
        return self._clock.seconds() >= job.expires_at(ticking=self._ticking)

    def _id(self, job_id: str) -> dict[str, t.Any]:
        if self._options.job_id_style == "string":
            return {"id": job_id}
        exact = int(job_id)
        # The vendor's parser rounds to seventeen digits: ...653888 is shown as ...653900.
        rounded = (exact + _FLOAT_DIGITS // 2) // _FLOAT_DIGITS * _FLOAT_DIGITS
        return {"id": rounded if self._options.job_id_style == "float" else exact, "id_str": job_id}
