"""Which periods to ask for, the questions in batches of 20 ids, and the records that come of the answers."""

from __future__ import annotations

import math
import typing as t
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from tap_twitter_ads_async.domain.calendar import HOUR, floor_hour, stamp
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.errors import RequestRefused, TooComplex, Unavailable
from tap_twitter_ads_async.reach.bookmark import ReachBookmark
from tap_twitter_ads_async.stats.records.cells import integer

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tap_twitter_ads_async.api.client import AdsApi
    from tap_twitter_ads_async.errors import ApiError
    from tap_twitter_ads_async.reach.periods import Period, PeriodCalendar
    from tap_twitter_ads_async.settings.model import ReachPeriod
    from tap_twitter_ads_async.stats.plan.change_feed import ChangeFeed

    Row = dict[str, t.Any]

MAX_IDS = 20
"""The API's limit of ids in one question."""
FEED_MARGIN = timedelta(minutes=10)
"""So far behind now a bookmark stays: the change feed may list a change some time after it was recorded."""
_DIVIDED = (TooComplex, Unavailable)
"""Refusals that fewer ids may cure."""


@dataclass(frozen=True, slots=True)
class ReachEntity:
    """An entity type that reach is known of.

    Attributes:
        stream: Name of its stream.
        entity: Entity type of the change feed.
        path: Last part of the endpoint's path.
        ids_parameter: Name of the parameter that takes the ids.
    """

    stream: str
    entity: str
    path: str
    ids_parameter: str


CAMPAIGNS = ReachEntity("campaign_reach", "CAMPAIGN", "campaigns", "campaign_ids")
FUNDING_INSTRUMENTS = ReachEntity(
    "funding_instrument_reach", "FUNDING_INSTRUMENT", "funding_instruments", "funding_instrument_ids"
)
REACH_ENTITIES = (CAMPAIGNS, FUNDING_INSTRUMENTS)


class ReachReading:
    """Reads the reach of one account's entities.

    Args:
        api: The API.
        feed: The change feed, shared by the streams of the run.
        account_id: Ads account.
        entity: Entity type.
        calendar: The account's periods between the user's bounds.
        kinds: Kinds of periods to ask for.
        now: The present moment (UTC).

    Attributes:
        unanswered: What the API did not answer, with its words.
    """

    def __init__(
        self,
        api: AdsApi,
        feed: ChangeFeed,
        entity: ReachEntity,
        calendar: PeriodCalendar,
        now: datetime,
    ) -> None:
        self._api = api
        self._feed = feed
        self._entity = entity
        self._calendar = calendar
        self._horizon = calendar.zone.floor_hour(now)
        self._asked_until = floor_hour(now) + HOUR
        self._done_until = floor_hour(now - FEED_MARGIN)
        self.unanswered: list[tuple[Period, tuple[str, ...], str]] = []

    def records(self, account_id: str, kinds: tuple[ReachPeriod, ...], bookmark: ReachBookmark) -> Iterator[Row]:
        """Yield one record per entity and period to ask for, period by period.

        Args:
            account_id: Ads account.
            kinds: Kinds of periods to extract.
            bookmark: What earlier runs extracted.

        Raises:
            ApiError: The API refused altogether; what it refused or left out for some ids is in `unanswered`.
        """
        first_time = bookmark.cursor is None
        for period, ids in self.requests(account_id, kinds, bookmark):
            for answer in self._answers(account_id, period, ids):
                row = self._row(account_id, period, answer)
                # The span of an entity's changes may hold periods in which it was not active. Later, a figure
                # that was taken back replaces the one that went out.
                if row["total_audience_reach"] or not first_time:
                    yield row

    def requests(
        self, account_id: str, kinds: tuple[ReachPeriod, ...], bookmark: ReachBookmark
    ) -> Iterator[tuple[Period, list[str]]]:
        """Yield what is asked for, request by request, as far as the API answers whole.

        Args:
            account_id: Ads account.
            kinds: Kinds of periods to extract.
            bookmark: What earlier runs extracted.

        Raises:
            ApiError: The change feed cannot be read.
        """
        for period, ids in sorted(self._wanted(account_id, kinds, bookmark).items()):
            if period.asked_until(self._horizon) <= period.start:
                continue  # it begins within the hour; the next run finds the change again
            ordered = sorted(ids)
            for i in range(0, len(ordered), MAX_IDS):
                yield period, ordered[i : i + MAX_IDS]

    def done(self, kinds: tuple[ReachPeriod, ...]) -> ReachBookmark:
        """Return the bookmark of the next run, once all records are out."""
        unanswered: dict[tuple[ReachPeriod, datetime], set[str]] = defaultdict(set)
        for period, ids, _ in self.unanswered:
            unanswered[period.kind, period.start].update(ids)
        return ReachBookmark(self._done_until, self._calendar.start, kinds, dict(unanswered))

    def _wanted(
        self, account_id: str, kinds: tuple[ReachPeriod, ...], bookmark: ReachBookmark
    ) -> dict[Period, set[str]]:
        wanted: dict[Period, set[str]] = defaultdict(set)
        for (kind, start), ids in bookmark.unanswered.items():
            if kind in kinds:
                wanted[self._calendar.holding(kind, start)] |= ids
        firsts = {kind: self._calendar.first(kind) for kind in kinds}
        since = bookmark.cursor or floor_hour(min(period.start for period in firsts.values()))
        for change in self._changes(account_id, since):
            for kind in kinds:
                for period in self._calendar.touching(kind, change.span):
                    wanted[period].add(change.entity_id)
        if bookmark.cursor is not None:
            self._add_periods_now_over(account_id, kinds, bookmark.cursor, wanted)
        return wanted

    def _add_periods_now_over(
        self, account_id: str, kinds: tuple[ReachPeriod, ...], cursor: datetime, wanted: dict[Period, set[str]]
    ) -> None:
        """Ask once more for periods that were under way the last time, and are over now.

        Nothing may have changed since, but their records say that they end at an hour of the last run.
        """
        for kind in kinds:
            period = self._calendar.holding(kind, cursor)
            if not period.is_over(self._horizon) or period.start >= cursor:
                continue
            # What happened in a period was recorded after it began.
            for change in self._feed.read(account_id, self._entity.entity, Interval(floor_hour(period.start), cursor)):
                if period in self._calendar.touching(kind, change.span):
                    wanted[period].add(change.entity_id)

    def _changes(self, account_id: str, since: datetime) -> t.Iterable[t.Any]:
        if since >= self._asked_until:
            return ()
        return self._feed.read(account_id, self._entity.entity, Interval(since, self._asked_until))

    def _answers(self, account_id: str, period: Period, ids: Sequence[str]) -> Iterator[Row]:
        """Ask for some ids; those that the answer leaves out, or that spoil it, once more and alone."""
        try:
            found = self._ask(account_id, period, ids)
        except (*_DIVIDED, RequestRefused) as error:
            if not _may_be_one_id(error, self._entity.ids_parameter):
                raise
            if len(ids) == 1:
                self.unanswered.append((period, tuple(ids), str(error)))
                return
            middle = len(ids) // 2
            yield from self._answers(account_id, period, ids[:middle])
            yield from self._answers(account_id, period, ids[middle:])
            return
        yield from (found[i] for i in ids if i in found)
        for entity_id in (i for i in ids if i not in found):
            again = self._ask(account_id, period, [entity_id]) if len(ids) > 1 else {}
            if entity_id in again:
                yield again[entity_id]
            else:
                self.unanswered.append((period, (entity_id,), "the answer leaves it out"))

    def _ask(self, account_id: str, period: Period, ids: Sequence[str]) -> dict[str, Row]:
        rows = self._api.reach(
            account_id,
            self._entity.path,
            {
                self._entity.ids_parameter: list(ids),
                # The API's echo of bare dates is UTC midnight here, unlike elsewhere: full timestamps leave no doubt.
                "start_time": stamp(period.start),
                "end_time": stamp(period.asked_until(self._horizon)),
            },
        )
        return {str(row["id"]): row for row in rows if row.get("id") is not None}

    def _row(self, account_id: str, period: Period, answer: Row) -> Row:
        return {
            "account_id": account_id,
            "entity_id": str(answer["id"]),
            "period": period.kind.value,
            "start_time": stamp(period.start),
            "end_time": stamp(period.asked_until(self._horizon)),
            "date": self._calendar.zone.date_of(period.start).isoformat(),
            "total_audience_reach": integer(answer.get("total_audience_reach"), _nothing),
            "average_frequency": _number(answer.get("average_frequency")),
            "complete": period.is_over(self._horizon),
        }


def _may_be_one_id(error: ApiError, parameter: str) -> bool:
    """Whether fewer ids may be answered where these were refused."""
    if isinstance(error, _DIVIDED):
        return True
    return parameter in error.parameters or any(code.endswith("_NOT_FOUND") for code in error.codes)


def _number(value: t.Any) -> int | float | None:
    if isinstance(value, bool):
        return None
    if not isinstance(value, (int, float)):
        try:
            value = float(value)
        except (TypeError, ValueError):
            return None
    return value if math.isfinite(value) else None  # JSON has no other numbers


def _nothing(_value: object) -> None:
    """Tell of nothing: a figure that is none is null."""
