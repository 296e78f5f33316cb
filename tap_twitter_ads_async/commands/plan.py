"""`--plan`: what a run would ask for, by the very steps that a run takes before its first job.

The change feed, listings where there is no feed, and targeting values are read; no job is created, no state written.
What a run meets on its way is not foreseen: jobs that fail and are made again or in halves, features that are not
offered, tickets whose jobs are gone.

With `stats_endpoint: AUTO`, what the synchronous endpoint takes is asked there as long as its quota lasts. A plan takes
the quota as unused, because only the first answer tells what other clients used. What is beyond it becomes jobs, in the
accounts where that costs the run no time.
"""

from __future__ import annotations

import typing as t
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.errors import ApiError, CredentialsRejected
from tap_twitter_ads_async.objects.history.reading import SOURCES
from tap_twitter_ads_async.objects.history.stream import HistoryStream
from tap_twitter_ads_async.objects.stream import ObjectStream
from tap_twitter_ads_async.reach.stream import ReachStream
from tap_twitter_ads_async.settings.model import StatsEndpoint
from tap_twitter_ads_async.stats.jobs.quota_shares import Load, shares
from tap_twitter_ads_async.stats.jobs.refusals import Remedy, remedy_for
from tap_twitter_ads_async.stats.jobs.synchronous import takes
from tap_twitter_ads_async.stats.plan.tickets import inherited_job

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from singer_sdk.streams import Stream

    from tap_twitter_ads_async.run.context import RunContext
    from tap_twitter_ads_async.run.record import RunRecord
    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.plan.spec import JobSpec
    from tap_twitter_ads_async.stats.session import StatsSession

    Takes = Callable[[JobSpec], bool]

PARALLEL_ACCOUNTS = 8


@dataclass(frozen=True, slots=True)
class PlannedExtraction:
    """What one stream in one ads account would ask for.

    Attributes:
        stream: Stream name.
        account: Ads account; empty for object streams that belong to none.
        windows: Windows that need answers.
        jobs: Jobs to create.
        synchronous: Requests to the synchronous endpoint, each instead of a job.
        collected: Jobs of an earlier run whose results would be collected.
        requests: Requests, but for those that ask how jobs are getting on, which an account's jobs share; for object
            streams the least number, because nobody knows how many pages there are.
        note: Why nothing could be planned; empty where it could.
        failed: Whether that would fail the run too.
    """

    stream: str
    account: str
    windows: int = 0
    jobs: int = 0
    synchronous: int = 0
    collected: int = 0
    requests: int = 0
    note: str = ""
    failed: bool = False


class Planning(t.Protocol):
    """What a plan needs of the tap."""

    @property
    def run(self) -> RunContext:
        """What the streams of the run share."""

    @property
    def session(self) -> StatsSession:
        """All selected stats streams."""

    @property
    def selected_streams(self) -> list[Stream]:
        """The streams to extract."""

    def check_input(self) -> None:
        """Look at selection, state and surroundings, before any request."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would ask for.

    Attributes:
        parts: Stream by stream: objects, stats, reach.
        shared: Requests beside them, of which all streams have something: accounts and targeting values.
        jobs_at_least: Jobs to create if the synchronous endpoint answers all that it takes.
    """

    parts: tuple[PlannedExtraction, ...]
    shared: int
    jobs_at_least: int

    @property
    def jobs_at_most(self) -> int:
        """Jobs to create if the synchronous endpoint answers nothing."""
        return self.total("jobs") + self.total("synchronous")

    @property
    def failed(self) -> bool:
        """Whether anything cannot be planned that would fail the run too."""
        return any(part.failed for part in self.parts)

    def total(self, figure: str) -> int:
        """Return the sum of a figure over all streams, without what they share."""
        return sum(getattr(part, figure) for part in self.parts)


def plan_run(tap: Planning) -> Plan:
    """Return what a run would ask for.

    Raises:
        TapError: The run could not begin.
    """
    tap.check_input()
    session = tap.session
    try:
        session.begin()
        objects = [part for stream in tap.selected_streams for part in _plan_objects(stream, session)]
        if any(not isinstance(s, ObjectStream) or s.endpoint.per_account for s in tap.selected_streams):
            tap.run.accounts  # noqa: B018 - reads them now, so that they count as shared
        shared = sum(tap.run.stats.record.requests_made().values())
        stats = plan_extractions(session.extractions, tap.run.stats.record, _taken_at_once(tap.run))
    finally:
        session.close()
    return Plan(
        (*objects, *within_quota(stats, tap.run.settings.max_concurrent_jobs), *_plan_reach(tap)),
        shared,
        sum(part.jobs for part in stats),
    )


def _taken_at_once(run: RunContext) -> Takes:
    """Return what decides whether the run would use the synchronous endpoint."""
    if run.settings.stats_endpoint is not StatsEndpoint.AUTO:
        return _nothing
    return lambda spec: takes(spec, run.now())


def _nothing(_spec: JobSpec) -> bool:
    """Take no spec."""
    return False


def within_quota(parts: Sequence[PlannedExtraction], slots: int) -> Iterator[PlannedExtraction]:
    """Leave to jobs what is beyond the quota of the synchronous endpoint, shared as the run shares it.

    Within an account, its first streams come first.

    Args:
        parts: Stats streams, in the order of their emission.
        slots: Jobs that an account may have on the server at once.
    """
    left = shares(_loads(parts, slots), rules.MAX_SYNC_REQUESTS)
    for part in parts:
        beyond = max(0, part.synchronous - left[part.account])
        left[part.account] -= part.synchronous - beyond
        yield replace(
            part,
            jobs=part.jobs + beyond,
            synchronous=part.synchronous - beyond,
            requests=part.requests + beyond,  # a job is created and its result fetched, where one request was enough
        )


def _loads(parts: Sequence[PlannedExtraction], slots: int) -> dict[str, Load]:
    """Return what each account has to do, accounts in the order of their first stream."""
    tasks: Counter[str] = Counter()
    takeable: Counter[str] = Counter()
    for part in parts:
        tasks[part.account] += part.jobs + part.synchronous + part.collected
        takeable[part.account] += part.synchronous
    return {account: Load(tasks[account], takeable[account], slots) for account in tasks}


def _plan_reach(tap: Planning) -> Iterator[PlannedExtraction]:
    """Plan the reach streams, account by account."""
    for stream in tap.selected_streams:
        if isinstance(stream, ReachStream):
            for account in tap.run.accounts:
                count = partial(stream.requests_ahead, account)
                yield plan_requests(stream.name, str(account["id"]), count, tap.run.stats.record)


def _plan_objects(stream: Stream, session: StatsSession) -> list[PlannedExtraction]:
    """Plan an object stream: nobody knows how many pages there are, but one there is."""
    if isinstance(stream, HistoryStream):  # before the lists are read, nobody knows which objects changed
        return [PlannedExtraction(stream.name, account_id, requests=len(SOURCES)) for account_id in session.account_ids]
    if not isinstance(stream, ObjectStream):
        return []
    partitions = stream.partitions
    accounts = [""] if partitions is None else [str(partition["account_id"]) for partition in partitions]
    return [PlannedExtraction(stream.name, account_id, requests=1) for account_id in accounts]


def plan_extractions(
    extractions: Sequence[Extraction], record: RunRecord, at_once: Takes = _nothing
) -> list[PlannedExtraction]:
    """Plan extractions that have begun, account by account in the order given, accounts side by side.

    Args:
        extractions: In the order of their emission.
        record: Where the requests are counted that planning takes.
        at_once: Whether the synchronous endpoint is asked for a spec.

    Raises:
        CredentialsRejected: The API does not accept the credentials any more.
    """
    by_account: dict[str, list[Extraction]] = defaultdict(list)
    for extraction in extractions:
        by_account[extraction.account_id].append(extraction)
    with ThreadPoolExecutor(PARALLEL_ACCOUNTS, "plan") as workers:
        parts = workers.map(lambda own: _plan_account(own, record, at_once), by_account.values())
        planned = {(p.stream, p.account): p for part in parts for p in part}
    return [planned[e.definition.name, e.account_id] for e in extractions]


def plan_requests(stream: str, account_id: str, count: Callable[[], int], record: RunRecord) -> PlannedExtraction:
    """Plan one account of a stream that is read by plain requests.

    Args:
        stream: Stream name.
        account_id: Ads account.
        count: Returns how many requests would be made, except its own.
        record: Where the requests are counted that it takes.

    Raises:
        CredentialsRejected: The API does not accept the credentials any more.
    """
    before = record.by_account[account_id]
    try:
        requests = count()
    except CredentialsRejected:
        raise
    except ApiError as error:
        reads = record.by_account[account_id] - before
        return PlannedExtraction(stream, account_id, requests=reads, **_not_planned(error))
    return PlannedExtraction(stream, account_id, requests=requests + record.by_account[account_id] - before)


class _NotPlanned(t.TypedDict):
    note: str
    failed: bool


def _not_planned(error: ApiError) -> _NotPlanned:
    """Tell what the API does not offer, which a run leaves out, from what fails."""
    skipped = remedy_for(error) is Remedy.SKIP_STREAM
    return {"note": f"{'not offered' if skipped else 'cannot be planned'}: {error}", "failed": not skipped}


def _plan_account(extractions: Iterable[Extraction], record: RunRecord, at_once: Takes) -> list[PlannedExtraction]:
    taken: set[str] = set()
    return [_plan(extraction, record, taken, at_once) for extraction in extractions]


def _plan(extraction: Extraction, record: RunRecord, taken: set[str], at_once: Takes) -> PlannedExtraction:
    name, account_id = extraction.definition.name, extraction.account_id
    before = record.by_account[account_id]
    try:
        windows = extraction.plan()
    except CredentialsRejected:
        raise
    except ApiError as error:
        reads = record.by_account[account_id] - before
        return PlannedExtraction(name, account_id, requests=reads, **_not_planned(error))
    jobs = synchronous = collected = 0
    asked = ((window, spec) for window in windows for group in window.groups for spec in group.specs)
    for window, spec in asked:
        inherited = inherited_job(extraction.inherited_jobs, spec, window, taken)
        if inherited is not None:
            collected += 1
            taken.add(inherited.job_id)
        elif at_once(spec):
            synchronous += 1
        else:
            jobs += 1
    reads = record.by_account[account_id] - before
    return PlannedExtraction(
        stream=name,
        account=account_id,
        windows=sum(bool(window.groups) for window in windows),
        jobs=jobs,
        synchronous=synchronous,
        collected=collected,
        requests=reads + jobs + jobs + synchronous + collected,  # each job is created, each result fetched
    )
