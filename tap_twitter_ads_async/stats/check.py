"""`--test`: one small job per stats stream, side by side, to prove that extraction would work. No records, no state."""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass, replace
from datetime import timedelta

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.calendar import HOUR, AccountZone, floor_hour
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.errors import ApiError, ListNotOffered, TapError, Unavailable
from tap_twitter_ads_async.pauses import growing
from tap_twitter_ads_async.run.summary import counted
from tap_twitter_ads_async.settings.model import Granularity
from tap_twitter_ads_async.stats.jobs.creation import Search, create_job
from tap_twitter_ads_async.stats.jobs.executor import AsyncJobs
from tap_twitter_ads_async.stats.jobs.next_step import Accept, Attempt, By, Retry, Skip, Split, Standing, next_step
from tap_twitter_ads_async.stats.jobs.outcome import Delivered, Failed, Incomplete, Malformed, Refused
from tap_twitter_ads_async.stats.jobs.poller import FAILED_STATUSES
from tap_twitter_ads_async.stats.jobs.refusals import SKIPS, remedy_for
from tap_twitter_ads_async.stats.jobs.spool_directory import spool_directory
from tap_twitter_ads_async.stats.plan.change_feed import ChangeFeed
from tap_twitter_ads_async.stats.plan.listing import entity_ids, lists_instead
from tap_twitter_ads_async.stats.plan.spec import JobSpec
from tap_twitter_ads_async.stats.plan.targeting import Targeting
from tap_twitter_ads_async.stats.plan.targeting_cache import TargetingCache
from tap_twitter_ads_async.stats.records.answers import missing_ids
from tap_twitter_ads_async.stats.records.results import ResultMalformed
from tap_twitter_ads_async.stats.records.window_result import SpooledFile

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.run.context import RunContext
    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.jobs.executor import Executor
    from tap_twitter_ads_async.stats.jobs.outcome import Outcome
    from tap_twitter_ads_async.stats.plan.change_feed import Change

logger = logging.getLogger("tap-twitter-ads-async")

RECENT = timedelta(days=7)
POLL_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
"""A job over one entity and one day takes seconds; one that takes longer proves the way there all the same."""
WORKS, STILL_RUNS = "works", "its job still runs; creating and polling works"
NOT_OFFERED = "not offered to this account"
NOTHING_HAPPENED = "not tried, because nothing happened in the last week"
FILE_TRIES = 5


def try_out(run: RunContext, definitions: Iterable[StatsDefinition]) -> None:
    """Prove credentials, access to every account, and one job per stream in the first account.

    Raises:
        TapError: Something does not work; the message says what.
    """
    accounts = run.accounts
    logger.info("Credentials accepted; %s can be read", counted(len(accounts), "account"))
    for account in accounts:
        logger.info(
            "Can read account %s: %s, %s", account["id"], account.get("name") or "no name", account.get("timezone")
        )
    definitions = [d for d in definitions if d.metric_groups]
    targeting = Targeting(run.api, TargetingCache(run.settings.connection.base, run.clock))
    targeting.check(definitions)
    if not accounts:
        raise TapError("There is no account to try a job in")
    executor = AsyncJobs(run.api, run.settings.api_url)
    jobs: dict[str, Trial] = {}
    verdicts: dict[str, str] = {}
    feed = ChangeFeed(run.api)
    for definition in definitions:
        try:
            spec = _small_spec(run, definition, accounts[0], targeting, feed)
        except ListNotOffered as error:
            logger.warning("Stream %s is not offered: %s", definition.name, error)
            spec = NOT_OFFERED
        verdicts[definition.name] = spec if isinstance(spec, str) else NOT_OFFERED
        if isinstance(spec, JobSpec):
            _try(Trial(definition, spec, verdicts), run, executor, jobs)
    _await(run, executor, str(accounts[0]["id"]), jobs)
    for name, found in verdicts.items():
        logger.info("Verdict on stream %s: %s", name, found)
    if run.verdict.failures:  # some accounts were not read
        raise TapError("; ".join(str(failure) for failure in run.verdict.failures))


@dataclass(frozen=True, slots=True)
class Trial:
    """One small job of a stream.

    Attributes:
        definition: The stream.
        spec: What is asked for.
        verdicts: What is found out about each stream; the best of its jobs counts.
        failures: Attempts that failed.
        asked_again: Whether an answer left out what was asked for.
        job_id: The API's id.
    """

    definition: StatsDefinition
    spec: JobSpec
    verdicts: dict[str, str]
    failures: int = 0
    asked_again: bool = False
    job_id: str = ""

    @property
    def stream(self) -> str:
        """Name of the stream."""
        return self.definition.name


def _small_spec(
    run: RunContext, definition: StatsDefinition, account: dict[str, t.Any], targeting: Targeting, feed: ChangeFeed
) -> JobSpec | str:
    """Choose one entity and one day with activity; say why there is none to choose."""
    account_id, zone = str(account["id"]), AccountZone.of(account)
    now = run.now()
    entity_id, placement, moment = account_id, definition.placements[0], now
    changes: tuple[Change, ...] | None = None
    if definition.has_change_feed:
        recent = Interval(floor_hour(now - RECENT), floor_hour(now) + HOUR)
        try:
            changes = feed.read(account_id, definition.entity, recent)
        except ApiError as error:
            if not lists_instead(definition.entity, error):
                if remedy_for(error) not in SKIPS:
                    raise
                logger.warning("Stream %s is not offered: %s", definition.name, error)
                return NOT_OFFERED
    if changes is None:
        found = entity_ids(run.api, account_id, definition.entity, run.settings.page_size)
        if not found:
            return NOTHING_HAPPENED
        entity_id = found[0]
    else:
        change = next((c for c in changes if c.placements & set(definition.placements)), None)
        if change is None:
            return NOTHING_HAPPENED
        entity_id, moment = change.entity_id, change.span.start
        placement = next(p for p in definition.placements if p in change.placements)
    start = zone.floor_day(moment)
    return JobSpec(
        account_id=account_id,
        entity=definition.entity,
        entity_ids=(entity_id,),
        start=start,
        end=zone.next_day(start),
        granularity=Granularity.DAY,
        placement=placement,
        metric_groups=rules.partition_groups(definition.metric_groups)[0],
        segmentation_type=definition.segmentation_type,
        country=targeting.countries(definition)[0],
        platform=targeting.platforms(definition)[0],
        zone=zone,
    )


def _try(trial: Trial, run: RunContext, executor: Executor, jobs: dict[str, Trial]) -> None:
    """Create a trial's job, as an extraction would."""
    try:
        job = create_job(executor, run.clock, trial.spec, Search(frozenset(jobs)), pause=run.pauses.creation)
    except ApiError as error:
        _go_on(trial, Refused(error), run, executor, jobs)
        return
    logger.info("Stream %s: job %s created for %s", trial.stream, job.job_id, trial.spec)
    trial.verdicts[trial.stream] = STILL_RUNS
    jobs[job.job_id] = replace(trial, job_id=job.job_id)


def _go_on(trial: Trial, outcome: Outcome, run: RunContext, executor: Executor, jobs: dict[str, Trial]) -> None:
    """Do what an extraction would do after an outcome, but for what takes long.

    Raises:
        TapError: It would leave something open.
    """
    attempt = Attempt(trial.spec, failures=trial.failures, asked_again=trial.asked_again)
    step = next_step(attempt, outcome, Standing())
    if isinstance(step, Skip) and isinstance(outcome, Refused):
        logger.warning("Stream %s is not offered: %s: %s", trial.stream, step.words, outcome.error)
    elif isinstance(step, Split) and step.by is By.METRIC_GROUPS:
        for group in trial.spec.metric_groups:
            _try(replace(trial, spec=replace(trial.spec, metric_groups=(group,))), run, executor, jobs)
    elif isinstance(step, Retry) and not isinstance(outcome, Refused):
        _try(replace(trial, failures=trial.failures + 1), run, executor, jobs)
    elif isinstance(step, Accept) and step.ask_again:
        _try(replace(trial, asked_again=True), run, executor, jobs)
    elif isinstance(step, Accept) and not step.leave_open:
        trial.verdicts[trial.stream] = WORKS
        logger.info("Job %s delivered: %s", trial.job_id, trial.spec)
    elif isinstance(outcome, Refused):
        raise outcome.error
    else:
        raise TapError(f"Job {trial.job_id} is unusable ({_words(outcome)}): {trial.spec}")


def _words(outcome: Outcome) -> str:
    if isinstance(outcome, (Delivered, Refused)):
        return ""
    if isinstance(outcome, Incomplete):
        return f"the result leaves out {', '.join(outcome.missing)}, which it was asked for"
    return outcome.words


def _await(run: RunContext, executor: Executor, account_id: str, jobs: dict[str, Trial]) -> None:
    """Wait for all jobs together, then read each result."""
    deadline = run.clock.monotonic() + PATIENCE_SECONDS
    while jobs and run.clock.monotonic() < deadline:
        if run.clock.wait(POLL_SECONDS):
            return
        for job in executor.statuses(account_id, list(jobs)[: rules.MAX_JOB_IDS]).jobs:
            if job.status == "SUCCESS" and job.url:
                trial = jobs.pop(job.job_id)
                _go_on(trial, _read(run, executor, job.url, trial), run, executor, jobs)
            elif job.status in FAILED_STATUSES:
                failed = Failed(f"job {job.job_id} ended as {job.status}")
                _go_on(jobs.pop(job.job_id), failed, run, executor, jobs)
    if jobs:
        logger.warning("%d jobs still run after %.0f s; creating and polling works", len(jobs), PATIENCE_SECONDS)


def _read(run: RunContext, executor: Executor, url: str, trial: Trial) -> Outcome:
    with spool_directory() as directory:
        path = directory / "result"
        for attempt in range(FILE_TRIES):
            try:
                executor.fetch(url, path)
                break
            except Unavailable:
                if attempt == FILE_TRIES - 1 or run.clock.wait(growing(attempt + 1, min(1.0, run.pauses.file))):
                    raise
        try:
            missing = missing_ids(path, trial.spec, trial.definition)
        except ResultMalformed as error:
            return Malformed(str(error))
        file = SpooledFile(path, path.stat().st_size)
        return Incomplete(file, missing) if missing else Delivered(file)
