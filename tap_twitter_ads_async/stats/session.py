"""The main thread's side of the engine: takes its events, hands out windows in order, keeps the state.

Only this module writes progress into the Singer state, and only on the thread that writes the records.
"""

from __future__ import annotations

import contextlib
import logging
import typing as t
from queue import Empty

from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.errors import ApiError, ListNotOffered, Terminated, ZoneUnreadable
from tap_twitter_ads_async.run.context import Failure
from tap_twitter_ads_async.run.record import ADOPTED, CREATED, JobRecord
from tap_twitter_ads_async.run.reporter import Reporter
from tap_twitter_ads_async.singer.state import FIELDS
from tap_twitter_ads_async.stats.failures import failures_of, layers_of
from tap_twitter_ads_async.stats.jobs.engine import Engine
from tap_twitter_ads_async.stats.jobs.events import (
    Abandoned,
    Event,
    Fatal,
    JobStep,
    NotOfferedHere,
    Planned,
    Ready,
    TicketChanged,
)
from tap_twitter_ads_async.stats.jobs.refusals import Remedy, remedy_for
from tap_twitter_ads_async.stats.jobs.resources import Resources
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark
from tap_twitter_ads_async.stats.plan.change_feed import ChangeFeed
from tap_twitter_ads_async.stats.plan.extraction import Extraction, Sources
from tap_twitter_ads_async.stats.plan.targeting import Targeting
from tap_twitter_ads_async.stats.plan.targeting_cache import TargetingCache
from tap_twitter_ads_async.stats.plan.zone_check import ZoneCheck

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from tap_twitter_ads_async.run.context import RunContext
    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.jobs.executor import Executor
    from tap_twitter_ads_async.stats.records.window_result import WindowResult

logger = logging.getLogger("tap-twitter-ads-async")

LOOK_SECONDS = 0.2
"""How often a waiting main thread looks for a signal."""
TICKET_STATE_SECONDS = 1.0
"""STATE lines that only record created jobs come at most this often."""

Partition = dict[str, t.Any]


class StateStore(t.Protocol):
    """Where the session keeps its progress: the tap's Singer state."""

    def partition(self, stream: str, account_id: str) -> Partition:
        """Return the live partition of a stream and account, made if need be."""

    def change(self, partition: Partition, fields: Partition) -> None:
        """Replace the session's fields of a partition, at once for anybody who reads the state."""

    def write(self) -> None:
        """Write a STATE line, unless rows wait in a batch file; it then follows their BATCH message."""

    def write_now(self) -> None:
        """Write a STATE line, of what a target has got."""

    def waiting(self) -> None:
        """Note that the run waits for the API."""


class StatsSession:
    """All selected stats streams of one run, over all accounts.

    Args:
        run: What the streams of this run share.
        definitions: The selected streams, in the order in which they are emitted.
        store: Where progress is kept.
        executor: Who answers specs.
        full_table: Names of the streams to extract from the start date on, whatever the state says.
    """

    def __init__(
        self,
        run: RunContext,
        definitions: Sequence[StatsDefinition],
        store: StateStore,
        executor: Executor,
        full_table: Collection[str] = (),
    ) -> None:
        self._run = run
        self._store = store
        self._clock = run.clock
        self.feed = ChangeFeed(run.api)
        self._targeting = Targeting(run.api, TargetingCache(run.settings.connection.base, run.clock))
        self._zones = ZoneCheck(run.api)
        sources = Sources(run.api, self.feed, self._targeting, run.settings, self._zones)
        self._full_table = frozenset(full_table)
        self._definitions = [d for d in definitions if self._has_metrics(d)]
        self._extractions: dict[tuple[str, str], tuple[int, Extraction]] = {}
        self._untouched: dict[Extraction, Partition] = {}
        for definition in self._definitions:
            for account in run.accounts:
                self._add(definition, account, sources)
        self._resources = Resources(executor, run.settings, run.clock, run.pauses)
        self._engine = Engine(self._resources, [e for _, e in self._extractions.values()])
        self._planned: dict[Extraction, int] = {}
        self._ready: dict[tuple[Extraction, int], WindowResult] = {}
        self._abandoned: dict[Extraction, Exception] = {}
        self._refused: set[Extraction] = set()
        self._handed_out: set[Extraction] = set()
        self._ticket_state_due = float("inf")
        self._started = False
        self._began = self._window_began = run.now()
        self._reporter = Reporter(run, self._engine.work, [d.name for d in self._definitions])

    def _has_metrics(self, definition: StatsDefinition) -> bool:
        if not definition.metric_groups:
            logger.warning(
                "Stream %s: none of the metric groups in setting 'metric_groups' exists for it; nothing to request",
                definition.name,
            )
        return bool(definition.metric_groups)

    def _add(self, definition: StatsDefinition, account: dict[str, t.Any], sources: Sources) -> None:
        partition = self._store.partition(definition.name, str(account["id"]))
        where = f"stream {definition.name}, account {account['id']}"
        known = {} if definition.name in self._full_table else partition
        try:
            bookmark = Bookmark.from_json(known, where, AccountZone.of(account))
            extraction = Extraction(definition, account, bookmark, sources)
        except ZoneUnreadable as error:
            self._run.verdict.fail(Failure(definition.name, str(account["id"]), "planning", str(error)))
            return
        key = (definition.name, extraction.account_id)
        self._untouched[extraction] = {k: partition[k] for k in FIELDS if k in partition}
        self._extractions[key] = (len(self._extractions), extraction)

    @property
    def account_ids(self) -> list[str]:
        """Ids of the accounts to extract, in order."""
        return [str(account["id"]) for account in self._run.accounts]

    @property
    def extractions(self) -> list[Extraction]:
        """Every stream in every account, in the order in which they are emitted."""
        return [extraction for _, extraction in self._extractions.values()]

    def begin(self) -> None:
        """Resolve countries and platforms, and settle what is open; creates nothing.

        Raises:
            SettingsError: Countries or platforms that the API does not know.
            CredentialsRejected: The API does not accept the credentials.
        """
        self._targeting.check(self._definitions)
        self._began = self._run.now()
        for _, extraction in self._extractions.values():
            extraction.begin(self._began)

    def start(self) -> None:
        """Begin, and set the engine to work; at the latest when the first window is asked for.

        Raises:
            SettingsError: What `begin` refuses, or no place for results.
            SpoolError: No room for results.
            CredentialsRejected: The API does not accept the credentials.
        """
        if self._started:
            return
        self._started = True
        if self._definitions:
            self._resources.spool.open()
        self.begin()
        self._zones.may_ask = True
        self._engine.start()
        self._run.look = self.look

    def writing(self, stream: str) -> contextlib.AbstractContextManager[None]:
        """Note that a stream is being written, while the context lasts."""
        return self._run.stats.writing(stream)

    @property
    def window_began(self) -> datetime:
        """When the rows of the window at hand began to be read (UTC, by the API's clock).

        All records of a window carry this moment, so that a reader can distinguish the newest segments of a bucket from
        those that the API has taken back.
        """
        return self._window_began

    def close(self) -> None:
        """Stop the engine; jobs in flight stay on the server, their tickets in the state."""
        self._engine.stop()
        for event in self._heard():
            if isinstance(event, TicketChanged):
                self._take_ticket(event)
            elif isinstance(event, JobStep):
                self._take_step(event)

    def clean_up(self) -> None:
        """Remove results from disk; for the end of a process whose main thread is stuck."""
        self._resources.spool.close()

    def _heard(self) -> Iterator[Event]:
        """Yield what the engine has said since it was last asked."""
        with contextlib.suppress(Empty):
            while True:
                yield self._resources.events.get_nowait()

    # --- handing out windows ----------------------------------------------------------------------------------

    def windows(self, stream: str, account_id: str) -> Iterator[WindowResult]:
        """Yield the windows of a stream and account in order, each as soon as its files are there.

        The consumer emits a window's records and then calls `commit` or `lose` for it.

        Raises:
            RuntimeError: They were handed out before: the engine makes each result once, and a second wait for it
                would have no end.
            Terminated: A signal arrived.
            CredentialsRejected: The API stopped accepting the credentials.
        """
        if (stream, account_id) not in self._extractions:
            return
        number, extraction = self._extractions[stream, account_id]
        if extraction in self._handed_out:
            raise RuntimeError(f"The windows of stream {stream}, account {account_id} were handed out before")
        self._handed_out.add(extraction)
        self.start()
        self._run.stats.of(stream).accounts += 1
        index = 0
        self._engine.want(number, index)
        while not self._is_over(extraction, index):
            run = self._ready.pop((extraction, index), None)
            if run is None:
                self._wait()
                continue
            # By the same clock as what warnings say of older rows, and never before the run itself.
            self._window_began = max(self._began, self._run.now())
            files = list(run.files())
            with self._reporter.writing(len(files)):
                yield run
            index += 1
            self._resources.spool.discard(files)
            self._engine.want(number, index)
        self._finish(extraction)

    def _is_over(self, extraction: Extraction, index: int) -> bool:
        return extraction in self._abandoned or index >= self._planned.get(extraction, index + 1)

    def wrote(self, run: WindowResult, records: int) -> None:
        """Count records that went out, and take what the engine has to say.

        Raises:
            Terminated: A signal arrived.
        """
        self._run.stats.of(run.extraction.definition.name).records += records
        self.look()

    def commit(self, run: WindowResult) -> None:
        """Count a window as extracted, but for the pieces that were lost, and write a STATE line."""
        bookmark, window, extraction = run.extraction.bookmark, run.window, run.extraction
        bookmark.served |= run.served()
        for failure in failures_of(run):
            self._run.verdict.fail(failure)
        if any(piece.spec.country or piece.spec.platform for piece in run.lost):
            self._targeting.distrust()  # perhaps the value is not the API's any more
        if extraction not in self._refused:
            lost = layers_of(run, bookmark.layers[window.layer].changes)
            if lost is not None:
                bookmark.commit(window.layer, Interval(window.start, window.end), lost)
            else:
                bookmark.lose(Interval(window.start, window.end))
        for name in run.tickets:
            bookmark.tickets.pop(name, None)
        self._save(extraction)

    def lose(self, run: WindowResult, error: Exception) -> None:
        """Leave a window open because its files cannot be used."""
        for name in run.tickets:
            run.extraction.bookmark.tickets.pop(name, None)
        extraction = run.extraction
        extraction.bookmark.lose(Interval(run.window.start, run.window.end))
        self._run.verdict.fail(Failure(extraction.definition.name, extraction.account_id, str(run.window), str(error)))
        self._save(extraction)

    def _finish(self, extraction: Extraction) -> None:
        """Settle a stream and account once all its windows are through."""
        error = self._abandoned.get(extraction)
        if error is not None:
            self._report(extraction, error)
        if error is not None or extraction in self._refused:
            # Nothing was settled: the state stays as the run found it.
            self._store.change(
                self._store.partition(extraction.definition.name, extraction.account_id), self._untouched[extraction]
            )
            self._store.write()
            return
        extraction.bookmark.finish()
        self._save(extraction)

    def _report(self, extraction: Extraction, error: Exception) -> None:
        name, account_id = extraction.definition.name, extraction.account_id
        remedy = remedy_for(error) if isinstance(error, ApiError) else Remedy.LOSE
        if remedy is Remedy.SKIP_STREAM and not extraction.served:
            definition = extraction.definition
            what = f"entity type {definition.entity}"
            if isinstance(error, ListNotOffered):
                what = f"segmentation {definition.segmentation_type}"
            self._run.verdict.not_offered(name, account_id, what, error)
        elif remedy is Remedy.LOSE_ACCOUNT and self._run.settings.account_ids is None:
            self._run.verdict.not_offered(name, account_id, "the account", error)
        else:
            self._run.verdict.fail(Failure(name, account_id, "planning", str(error)))

    # --- events -------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Take what the engine has to say, without waiting; called between records as well.

        Raises:
            Terminated: A signal arrived.
        """
        if self._clock.stopped:
            raise Terminated("stopped by a signal")
        for event in self._heard():
            self._take(event)
        self._write_tickets()
        self._reporter.tell()

    def _wait(self) -> None:
        began = self._clock.monotonic()
        event: Event | None = None
        with contextlib.suppress(Empty):
            event = self._resources.events.get(timeout=LOOK_SECONDS)
        self._run.stats.record.waited("results", self._clock.monotonic() - began)
        if event is not None:
            self._take(event)
        self._store.waiting()
        self.look()

    def _take(self, event: Event) -> None:  # noqa: C901 - a table
        if isinstance(event, Ready):
            self._ready[event.result.extraction, event.result.index] = event.result
        elif isinstance(event, TicketChanged):
            self._take_ticket(event)
        elif isinstance(event, JobStep):
            self._take_step(event)
        elif isinstance(event, Planned):
            self._planned[event.extraction] = event.windows
        elif isinstance(event, Abandoned):
            self._abandoned[event.extraction] = event.error
        elif isinstance(event, NotOfferedHere):
            definition = event.extraction.definition
            self._run.verdict.not_offered(definition.name, event.extraction.account_id, event.what, event.error)
            if event.whole:
                self._refused.add(event.extraction)
        elif isinstance(event, Fatal):
            raise event.error

    def _take_ticket(self, event: TicketChanged) -> None:
        tickets = event.extraction.bookmark.tickets
        if event.ticket is None:
            tickets.pop(event.name, None)
        else:
            tickets[event.name] = event.ticket
            self._run.stats.of(event.extraction.definition.name).jobs += 1
        self._change(event.extraction)
        self._ticket_state_due = min(self._ticket_state_due, self._clock.monotonic() + TICKET_STATE_SECONDS)

    def _take_step(self, event: JobStep) -> None:
        """Note in the run's record what happened to a job."""
        record = self._run.stats.record
        if event.step in {CREATED, ADOPTED}:
            stream, account_id = event.extraction.definition.name, event.extraction.account_id
            adopted = event.step == ADOPTED
            record.add(JobRecord(event.job_id, stream, account_id, event.attempt, event.at, adopted=adopted))
        elif event.job_id in record.jobs:
            record.jobs[event.job_id].take(event.step, event.at, event.size)

    def _write_tickets(self) -> None:
        if self._clock.monotonic() >= self._ticket_state_due:
            self._ticket_state_due = float("inf")
            self._store.write_now()

    def _change(self, extraction: Extraction) -> None:
        partition = self._store.partition(extraction.definition.name, extraction.account_id)
        self._store.change(partition, extraction.bookmark.to_json())

    def _save(self, extraction: Extraction) -> None:
        self._change(extraction)
        self._ticket_state_due = float("inf")
        self._store.write()
