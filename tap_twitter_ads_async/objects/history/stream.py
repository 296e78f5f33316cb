"""The stream `account_history` for the Singer SDK."""

from __future__ import annotations

import sys
import typing as t

from singer_sdk.helpers.conform import TypeConformanceLevel

from tap_twitter_ads_async.domain.calendar import AccountZone, ceil_hour, floor_hour, stamp
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.domain.present import believed, is_ahead
from tap_twitter_ads_async.domain.schemas import load_schema, stream_schema
from tap_twitter_ads_async.errors import ApiError, TapError
from tap_twitter_ads_async.objects.history.bookmark import FIELDS, REPLICATION_KEY, HistoryBookmark
from tap_twitter_ads_async.objects.history.reading import HISTORY, SOURCES, HistoryReading
from tap_twitter_ads_async.objects.refusals import ends_the_run, means_not_offered
from tap_twitter_ads_async.objects.shaping import Shaper
from tap_twitter_ads_async.run.context import Failure
from tap_twitter_ads_async.singer.stream import AdsStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_twitter_ads_async.objects.parents import ParentValues
    from tap_twitter_ads_async.run.context import RunContext

OBJECTS_PER_STATE = 50
"""After so many objects a STATE line is written."""


class HistoryStream(AdsStream):
    """Who changed which object when, and what it was then.

    Args:
        tap: The tap.
        run: Gives what the run shares; called when the first request is due, not at discovery.
        parents: Gives the values that requests for lists fan out over.
    """

    # Records already have the types of their schema; see `Shaper`.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    selected_by_default = HISTORY.selected

    def __init__(self, tap: Tap, run: Callable[[], RunContext], parents: Callable[[], ParentValues]) -> None:
        self._open_run = run
        self._open_parents = parents
        super().__init__(tap, schema=stream_schema(HISTORY.name), name=HISTORY.name)
        self.primary_keys = HISTORY.key
        self.replication_key = REPLICATION_KEY
        only_known = bool(self.config.get("flattening_enabled"))
        self._shape = Shaper(HISTORY, load_schema(HISTORY.name), only_known=only_known)

    @override
    def check_bookmark(self, fields: dict[str, t.Any], account_id: str) -> None:
        """Read it as a run would."""
        HistoryBookmark.from_json(fields, self._where(account_id))

    @property
    @override
    def partitions(self) -> list[dict[str, t.Any]] | None:
        """One partition per account to extract."""
        return [{"account_id": str(account["id"])} for account in self._open_run().accounts]

    @override
    def extracting(self) -> AbstractContextManager[None]:
        """Return a context that lasts as long as the stream is extracted."""
        return self._open_run().stats.writing(self.name)

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the changes in one account; its bookmark moves behind each object.

        Raises:
            CredentialsRejected: No request can succeed any more.
            StateError: The account's bookmark cannot be read.
            Terminated: The run was stopped.
        """
        account_id = str((context or {}).get("account_id", ""))
        if not account_id:
            return  # no account to extract: the SDK asks for the one partition that a stream usually has
        run = self._open_run()
        try:
            zone = AccountZone.of(next(a for a in run.accounts if str(a["id"]) == account_id))
        except TapError as error:
            run.verdict.fail(Failure(self.name, account_id, "the account's calendar", str(error)))
            return
        span, bookmark = self._span(zone), self._bookmark(account_id, zone)
        self._correct(bookmark, account_id, span)
        if span.start >= span.end:
            return
        reading = HistoryReading(run, self._open_parents(), account_id, span, bookmark)
        yield from self._of_all_types(reading, account_id, bookmark)
        self._tell_refusals(account_id, reading)

    def _of_all_types(self, reading: HistoryReading, account_id: str, bookmark: HistoryBookmark) -> Iterator[Record]:
        whole = True
        for entity_type in SOURCES:
            try:
                yield from self._records(reading, entity_type, bookmark, account_id)
            except ApiError as error:
                whole = False
                if not self._report(reading, account_id, entity_type, error):
                    break
            self._commit(reading, bookmark, account_id)
        self._open_run().stats.of(self.name).accounts += whole

    def _records(
        self, reading: HistoryReading, entity_type: str, bookmark: HistoryBookmark, account_id: str
    ) -> Iterator[Record]:
        run = self._open_run()
        stats, without_time = run.stats.of(self.name), 0
        for number, rows in enumerate(reading.of_type(entity_type), start=1):
            for row in rows:
                record = self._shape(row)
                if record.get("change_time") is None:  # part of the key
                    without_time += 1
                    continue
                stats.records += 1
                yield record
            run.look()
            if number % OBJECTS_PER_STATE == 0:
                self._commit(reading, bookmark, account_id)
        if without_time:
            self.logger.warning(
                "Account %s: %d records without %s were skipped.", account_id, without_time, "change_time"
            )

    def _span(self, zone: AccountZone) -> Interval:
        """Return the user's bounds as whole hours, up to the last full one: the API may refuse what is to come."""
        run = self._open_run()
        start, end = run.settings.start, run.settings.end
        last = floor_hour(run.now())
        if end is not None:
            last = min(last, ceil_hour(end.moment(zone)))
        return Interval(floor_hour(start.moment(zone)), last)

    def _correct(self, bookmark: HistoryBookmark, account_id: str, span: Interval) -> None:
        """Take a bookmark back that claims what no run can have extracted."""
        if bookmark.start is not None and span.start < bookmark.start:
            self.logger.warning(
                "Stream %s, account %s: start_date was %s in the last run; all is extracted again",
                self.name,
                account_id,
                stamp(bookmark.start),
            )
            bookmark.cursor, bookmark.parts, bookmark.unanswered = None, {}, {}
        now = self._open_run().now()
        if bookmark.cursor is not None and is_ahead(bookmark.cursor, now):
            before = believed(bookmark.cursor, now)
            self.logger.warning(
                "%s: the bookmark %s lies in the future; reading %s",
                f"Stream {self.name}, account {account_id}",
                stamp(bookmark.cursor),
                "everything" if before is None else f"again from {stamp(floor_hour(before))} on",
            )
            bookmark.cursor, bookmark.parts = None if before is None else floor_hour(before), {}
        if bookmark.is_empty:
            bookmark.start = span.start

    def _report(self, reading: HistoryReading, account_id: str, entity_type: str, error: ApiError) -> bool:
        """Say what came in the way, and tell whether other entity types may fare better.

        Raises:
            ApiError: No request can succeed any more.
        """
        if ends_the_run(HISTORY, error):
            raise error
        run = self._open_run()
        named = account_id in (run.settings.account_ids or ())
        if means_not_offered(error, account_was_named=named, served_before=reading.served_before):
            run.verdict.not_offered(self.name, account_id, HISTORY.path.replace("{account_id}", account_id), error)
            return False
        run.verdict.fail(Failure(self.name, account_id, f"changes of {SOURCES[entity_type]}", str(error)))
        return True

    def _tell_refusals(self, account_id: str, reading: HistoryReading) -> None:
        verdict = self._open_run().verdict
        if reading.all_missing:
            what = HISTORY.path.replace("{account_id}", account_id)
            verdict.not_offered(self.name, account_id, what, reading.last_missing)
            return
        for refused in reading.refused:
            what = f"changes of {refused.entity_type} {refused.entity_id}"
            verdict.fail(Failure(self.name, account_id, what, str(refused.error)))
        if reading.missing:
            self.logger.warning(
                "Stream %s, account %s: the API knows no history of %d of %d objects, which were left out: %s",
                self.name,
                account_id,
                reading.missing,
                reading.asked,
                reading.last_missing,
            )

    def _where(self, account_id: str) -> str:
        return f"stream {self.name}, account {account_id}"

    def _bookmark(self, account_id: str, zone: AccountZone) -> HistoryBookmark:
        if self.full_table:
            return HistoryBookmark()
        state = self.get_context_state({"account_id": account_id})
        return HistoryBookmark.from_json(state, self._where(account_id), zone)

    def _commit(self, reading: HistoryReading, bookmark: HistoryBookmark, account_id: str) -> None:
        """Write the account's bookmark; the SDK has written the last record when this runs."""
        if self.full_table or reading.all_missing:
            return
        state, fields = self.get_context_state({"account_id": account_id}), bookmark.to_json()
        state.update(fields)  # in one step: a termination may write the state at any instant
        for name in set(FIELDS) - set(fields):
            state.pop(name, None)
        self.tell_state()
