"""Reach streams for the Singer SDK."""

from __future__ import annotations

import sys
import typing as t
from dataclasses import replace

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_twitter_ads_async.domain.calendar import AccountZone, floor_hour, stamp
from tap_twitter_ads_async.domain.present import believed, is_ahead
from tap_twitter_ads_async.domain.schemas import stream_schema
from tap_twitter_ads_async.errors import (
    AccountUnreadable,
    ApiError,
    CredentialsRejected,
    NotOffered,
    StateError,
    TapError,
)
from tap_twitter_ads_async.reach.bookmark import FIELDS, ReachBookmark
from tap_twitter_ads_async.reach.periods import PeriodCalendar
from tap_twitter_ads_async.reach.reading import ReachReading
from tap_twitter_ads_async.run.context import Failure
from tap_twitter_ads_async.singer.stream import AdsStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_twitter_ads_async.reach.reading import ReachEntity
    from tap_twitter_ads_async.run.context import RunContext
    from tap_twitter_ads_async.settings.model import Settings
    from tap_twitter_ads_async.stats.plan.change_feed import ChangeFeed

MOST_NAMED = 20
"""Of more entities than one question has, a failure gives the number."""


class ReachStream(AdsStream):
    """How many people an entity's ads reached in a period, and how often.

    Args:
        tap: The tap.
        entity: Entity type.
        run: Gives what the run shares; called when the first request is due, not at discovery.
        feed: Gives the run's change feed.
    """

    # Records already have the types of their schema.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    selected_by_default = False

    def __init__(
        self, tap: Tap, entity: ReachEntity, run: Callable[[], RunContext], feed: Callable[[], ChangeFeed]
    ) -> None:
        self._entity = entity
        self._open_run = run
        self._open_feed = feed
        super().__init__(tap, schema=stream_schema(entity.stream), name=entity.stream)
        self.primary_keys = ("account_id", "entity_id", "period", "start_time")
        self.replication_key = "end_time"

    @override
    def check_bookmark(self, fields: dict[str, t.Any], account_id: str) -> None:
        """Read it as a run would."""
        ReachBookmark.from_json(fields, f"stream {self.name}, account {account_id}")

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
        """Yield the records of one account; its bookmark moves behind the last one.

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
            account = next(a for a in run.accounts if str(a["id"]) == account_id)
            yield from self._records(account, context)
        except (CredentialsRejected, StateError):
            raise
        except (NotOffered, AccountUnreadable) as error:
            self._refused(account_id, error)
        except (ApiError, TapError) as error:
            run.verdict.fail(Failure(self.name, account_id, "reach", str(error)))

    def _records(self, account: Mapping[str, t.Any], context: Context | None) -> Iterator[Record]:
        run, account_id = self._open_run(), str(account["id"])
        settings = run.settings
        reading, bookmark = self._begin(account)
        stats = run.stats.of(self.name)
        for row in reading.records(account_id, settings.reach_periods, bookmark):
            stats.records += 1
            yield row
            run.look()
        stats.accounts += 1
        for period, ids, words in reading.unanswered:
            whom = ", ".join(ids) if len(ids) <= MOST_NAMED else f"{len(ids)} ids"
            what = f"{period.kind.value} from {period.start:%Y-%m-%d} of {whom}"
            run.verdict.fail(Failure(self.name, account_id, what, words))
        self._commit(reading.done(settings.reach_periods), context)

    def _begin(self, account: Mapping[str, t.Any]) -> tuple[ReachReading, ReachBookmark]:
        """Return what reads the account, and the bookmark to go on from."""
        run, zone = self._open_run(), AccountZone.of(account)
        calendar, bookmark = calendar_of(run.settings, zone), self._bookmark(str(account["id"]), zone)
        if not bookmark.covers(calendar.start, run.settings.reach_periods):
            self.logger.warning(
                "Stream %s, account %s: start_date or reach_periods changed since the last run; all is extracted again",
                self.name,
                account["id"],
            )
            bookmark = ReachBookmark()
        now = run.now()
        bookmark = self._of_the_present(bookmark, str(account["id"]), now)
        return ReachReading(run.api, self._open_feed(), self._entity, calendar, now), bookmark

    def _of_the_present(self, bookmark: ReachBookmark, account_id: str, now: datetime) -> ReachBookmark:
        """Take back what a bookmark claims of the future."""
        if bookmark.cursor is None or not is_ahead(bookmark.cursor, now):
            return bookmark
        trusted = believed(bookmark.cursor, now)
        self.logger.warning(
            "%s: the bookmark %s lies in the future; extracting again from %s on",
            f"Stream {self.name}, account {account_id}",
            stamp(bookmark.cursor),
            "the start date" if trusted is None else stamp(floor_hour(trusted)),
        )
        return ReachBookmark() if trusted is None else replace(bookmark, cursor=floor_hour(trusted))

    def requests_ahead(self, account: Mapping[str, t.Any]) -> int:
        """Return how many requests for reach a run would make in an account, having read the change feed.

        Raises:
            ApiError: The change feed cannot be read.
            StateError: The account's bookmark cannot be read.
        """
        account_id = str(account["id"])
        reading, bookmark = self._begin(account)
        return sum(1 for _ in reading.requests(account_id, self._open_run().settings.reach_periods, bookmark))

    def _refused(self, account_id: str, error: ApiError) -> None:
        run = self._open_run()
        if isinstance(error, AccountUnreadable) and run.settings.account_ids is not None:
            run.verdict.fail(Failure(self.name, account_id, "the account", str(error)))
        else:
            run.verdict.not_offered(self.name, account_id, "reach and frequency", error)

    def _bookmark(self, account_id: str, zone: AccountZone) -> ReachBookmark:
        if self.replication_method != REPLICATION_INCREMENTAL:
            return ReachBookmark()
        state = self.get_context_state({"account_id": account_id})
        return ReachBookmark.from_json(state, f"stream {self.name}, account {account_id}", zone)

    def _commit(self, bookmark: ReachBookmark, context: Context | None) -> None:
        """Move the account's bookmark; the SDK has written the last record when this runs."""
        if self.replication_method != REPLICATION_INCREMENTAL:
            return
        state, fields = self.get_context_state(context), bookmark.to_json()
        state.update(fields)  # in one step: a termination may write the state at any instant
        for name in set(FIELDS) - set(fields):
            state.pop(name, None)
        self.tell_state()


def calendar_of(settings: Settings, zone: AccountZone) -> PeriodCalendar:
    """Return an account's periods between the bounds of the settings: dates mean days of the account."""
    start, end = settings.start, settings.end
    first = start.moment(zone) if start.is_midnight else zone.floor_hour(start.moment(zone))
    if end is None:
        return PeriodCalendar(zone, first, None)
    last = end.moment(zone) if end.is_midnight else zone.ceil_hour(end.moment(zone))
    return PeriodCalendar(zone, first, last)
