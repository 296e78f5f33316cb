"""`--test`: one small job per stats stream, side by side, to prove that extraction would work. No records, no state."""

from __future__ import annotations

import logging
import typing as t
from datetime import timedelta

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.calendar import HOUR, AccountZone, floor_hour
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.errors import ApiError, CredentialsRejected, TapError, Unavailable
from tap_twitter_ads_async.run.summary import counted
from tap_twitter_ads_async.settings.model import Granularity
from tap_twitter_ads_async.stats.jobs.creation import create_job
from tap_twitter_ads_async.stats.jobs.executor import AsyncJobs
from tap_twitter_ads_async.stats.jobs.refusals import Remedy, remedy_for
from tap_twitter_ads_async.stats.jobs.result_file import check_url, download
from tap_twitter_ads_async.stats.jobs.spool_directory import spool_directory
from tap_twitter_ads_async.stats.plan.change_feed import ChangeFeed
from tap_twitter_ads_async.stats.plan.spec import JobSpec
from tap_twitter_ads_async.stats.plan.targeting import Targeting
from tap_twitter_ads_async.stats.plan.targeting_cache import TargetingCache
from tap_twitter_ads_async.stats.records.results import Result

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.api.client import JobStatus
    from tap_twitter_ads_async.run.context import RunContext
    from tap_twitter_ads_async.settings.model import StatsDefinition

logger = logging.getLogger("tap-twitter-ads-async")

RECENT = timedelta(days=7)
POLL_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
"""A job over one entity and one day takes seconds; one that takes longer proves the way there all the same."""
NOT_OFFERED = "not offered to this account"
NOTHING_HAPPENED = "not tried, because nothing happened in the last week"
_SKIPPED = frozenset({Remedy.SKIP_PLACEMENT, Remedy.SKIP_METRICS, Remedy.SKIP_STREAM})


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
    targets = Targeting(run.api, TargetingCache(run.settings.connection.base, run.clock))
    targets.check(definitions)
    if not accounts:
        raise TapError("The token can read no ads account; ask their owner to give this user access")
    jobs: dict[str, JobSpec] = {}
    streams: dict[str, str] = {}
    verdicts: dict[str, str] = {}
    feed = ChangeFeed(run.api)
    for definition in definitions:
        spec = _small_spec(run, definition, accounts[0], targets, feed)
        job = None if isinstance(spec, str) else _create(run, definition, spec, jobs)
        if isinstance(spec, JobSpec) and job is not None:
            jobs[job.job_id], streams[job.job_id] = spec, definition.name
            verdicts[definition.name] = "its job still runs; creating and polling works"
        else:
            verdicts[definition.name] = spec if isinstance(spec, str) else NOT_OFFERED
    for job_id in _await(run, str(accounts[0]["id"]), jobs):
        verdicts[streams[job_id]] = "works"
    for name, found in verdicts.items():
        logger.info("Verdict on stream %s: %s", name, found)


def _small_spec(
    run: RunContext, definition: StatsDefinition, account: dict[str, t.Any], targets: Targeting, feed: ChangeFeed
) -> JobSpec | str:
    """Choose one entity and one day with activity; say why there is none to choose."""
    account_id, zone = str(account["id"]), AccountZone.of(account)
    now = run.now()
    entity_id, placement, moment = account_id, definition.placements[0], now
    if definition.has_change_feed:
        recent = Interval(floor_hour(now - RECENT), floor_hour(now) + HOUR)
        try:
            changes = feed.read(account_id, definition.entity, recent)
        except ApiError as error:
            if remedy_for(error) not in _SKIPPED:
                raise
            logger.warning("Stream %s is not offered: %s", definition.name, error)
            return NOT_OFFERED
        found = next((c for c in changes if c.placements & set(definition.placements)), None)
        if found is None:
            return NOTHING_HAPPENED
        entity_id, moment = found.entity_id, found.span.start
        placement = next(p for p in definition.placements if p in found.placements)
    elif definition.entity != "ACCOUNT":
        tweets = run.api.organic_tweets(account_id, run.settings.page_size)
        if not tweets:
            return NOTHING_HAPPENED
        entity_id = str(tweets[0].get("tweet_id") or tweets[0].get("id_str") or tweets[0].get("id"))
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
        country=targets.countries(definition)[0],
        platform=targets.platforms(definition)[0],
        zone=zone,
    )


def _create(run: RunContext, definition: StatsDefinition, spec: JobSpec, jobs: dict[str, JobSpec]) -> JobStatus | None:
    try:
        job = create_job(AsyncJobs(run.api), run.clock, spec, jobs)
    except CredentialsRejected:
        raise
    except ApiError as error:
        if remedy_for(error) in _SKIPPED:
            logger.warning("Stream %s is not offered: %s", definition.name, error)
            return None
        raise
    logger.info("Stream %s: job %s created for %s", definition.name, job.job_id, spec)
    return job


def _await(run: RunContext, account_id: str, jobs: dict[str, JobSpec]) -> set[str]:
    """Wait for all jobs together, then read each result; return the ids of those that delivered."""
    waiting = dict(jobs)
    deadline = run.clock.monotonic() + PATIENCE_SECONDS
    while waiting and run.clock.monotonic() < deadline:
        if run.clock.wait(POLL_SECONDS):
            break
        for job in run.api.job_statuses(account_id, list(waiting)[: rules.MAX_JOB_IDS]).jobs:
            if job.status == "SUCCESS" and job.url:
                spec = waiting.pop(job.job_id)
                _read(run, job.url)
                logger.info("Job %s delivered: %s", job.job_id, spec)
            elif job.status in {"FAILED", "CANCELLED"}:
                raise TapError(f"Job {job.job_id} ended as {job.status}: {waiting[job.job_id]}")
    if waiting:
        logger.warning("%d jobs still run after %.0f s; creating and polling works", len(waiting), PATIENCE_SECONDS)
    return set(jobs) - set(waiting)


def _read(run: RunContext, url: str) -> None:
    check_url(url, run.settings.api_url)
    with spool_directory() as directory:
        path = directory / "result"
        for attempt in range(5):
            try:
                download(run.api.open_result, url, path)
                break
            except Unavailable:
                if attempt == 4 or run.clock.wait(2.0**attempt):  # noqa: PLR2004 - the last of five
                    raise
        Result.read(path)
