"""Which periods to ask for, the questions in batches of 20 ids, and the records that come of the answers."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass

from tap_twitter_ads_async.domain.calendar import HOUR, floor_hour, stamp
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.domain.present import settled
from tap_twitter_ads_async.errors import RequestRefused, TooComplex, Unavailable
from tap_twitter_ads_async.reach.bookmark import ReachBookmark
from tap_twitter_ads_async.reach.figures import read_figures

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tap_twitter_ads_async.api.client import AdsApi
    from tap_twitter_ads_async.errors import ApiError
    from tap_twitter_ads_async.reach.figures import Figures
    from tap_twitter_ads_async.reach.periods import Period, PeriodCalendar
    from tap_twitter_ads_async.settings.model import ReachPeriod
    from tap_twitter_ads_async.stats.plan.change_feed import ChangeFeed

    Row = dict[str, t.Any]

MAX_IDS = 20
"""The API's limit of ids in one question."""
_DIVIDED = (TooComplex, Unavailable)
"""Refusals that fewer ids may cure."""
_OF_THE_QUESTION = frozenset({400, 413, 422})
"""Statuses that refuse one question. How long a period may be is not documented: others may well be answered."""


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
        self._horizon = calendar.cut(calendar.zone.floor_hour(now))
        self._asked_until = floor_hour(now) + HOUR
        self._done_until = floor_hour(settled(now))
        self._refused: dict[Period, str] = {}
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
            for entity_id, figures in self._answers(account_id, period, ids):
                # The span of an entity's changes may hold periods in which it was not active. Later, a figure
                # that was taken back replaces the one that went out; where there is none to tell, nothing does.
                if figures.people or (figures.people == 0 and not first_time):
                    yield self._row(account_id, period, entity_id, figures)

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
        return ReachBookmark(self._done_until, self._calendar.start, self._calendar.end, kinds, dict(unanswered))

    def _wanted(
        self, account_id: str, kinds: tuple[ReachPeriod, ...], bookmark: ReachBookmark
    ) -> dict[Period, set[str]]:
        wanted: dict[Period, set[str]] = defaultdict(set)
        for (kind, start), ids in bookmark.unanswered.items():
            if kind in kinds:
                wanted[self._calendar.holding(kind, start)] |= ids
        begin = floor_hour(min(self._calendar.first(kind).start for kind in kinds))
        # What happened in a period was recorded after it began: before all of them there is nothing to look for.
        since = begin if bookmark.cursor is None else max(begin, bookmark.cursor)
        for change in self._changes(account_id, since):
            for kind in kinds:
                for period in self._calendar.touching(kind, change.span):
                    wanted[period].add(change.entity_id)
        if bookmark.cursor is not None and bookmark.cursor > begin:
            for first in self._unfinished(kinds, since, bookmark.end):
                self._add_active(account_id, first, since, wanted)
        return wanted

    def _unfinished(
        self, kinds: tuple[ReachPeriod, ...], cursor: datetime, old_end: datetime | None
    ) -> Iterator[Period]:
        """Yield periods from which on earlier runs have left records unfinished.

        Args:
            kinds: Kinds of periods to extract.
            cursor: Where the last run ended (UTC).
            old_end: The user's end of that run (UTC, exclusive).
        """
        for kind in kinds:
            if old_end is not None and self._has_moved_later(old_end):
                # The period that the old end cut, or else the first after it.
                yield self._calendar.holding(kind, max(old_end, self._calendar.start))
            # One that was under way and is over now: nothing may have changed since, but its records say that they
            # end at an hour of the last run.
            period = self._calendar.holding(kind, cursor)
            closing = self._calendar.closing(period)
            if closing is not None and period.start < cursor < closing <= self._horizon:
                yield period

    def _has_moved_later(self, old_end: datetime) -> bool:
        """Whether the user's end was earlier in the last run, and has come by now."""
        end = self._calendar.end
        return old_end <= self._horizon and (end is None or old_end < end)

    def _add_active(self, account_id: str, first: Period, cursor: datetime, wanted: dict[Period, set[str]]) -> None:
        """Ask for all entities that were active in a period or in later ones of its kind, as known at the cursor."""
        recorded = Interval(floor_hour(first.start), cursor)  # what happens in a period is recorded after it began
        if recorded.start >= recorded.end:
            return
        for change in self._feed.read(account_id, self._entity.entity, recorded):
            for period in self._calendar.touching(first.kind, change.span):
                if period.start >= first.start:
                    wanted[period].add(change.entity_id)

    def _changes(self, account_id: str, since: datetime) -> t.Iterable[t.Any]:
        if since >= self._asked_until:
            return ()
        return self._feed.read(account_id, self._entity.entity, Interval(since, self._asked_until))

    def _answers(self, account_id: str, period: Period, ids: Sequence[str]) -> Iterator[tuple[str, Figures]]:
        """Ask for some ids; those that the answer leaves out, or that spoil it, once more and alone."""
        if period in self._refused:
            self._leave_open(period, ids, self._refused[period])
            return
        try:
            answer = self._ask(account_id, period, ids)
        except (*_DIVIDED, RequestRefused) as error:
            yield from self._after_refusal(account_id, period, ids, error)
            return
        for entity_id in ids:
            figures = answer.get(entity_id)
            if figures is not None:
                yield entity_id, figures
            elif len(ids) > 1:
                yield from self._answers(account_id, period, [entity_id])
            else:
                left_out = entity_id not in answer
                words = "the answer leaves it out" if left_out else "the answer has no readable figures for it"
                self._leave_open(period, ids, words)

    def _after_refusal(
        self, account_id: str, period: Period, ids: Sequence[str], error: ApiError
    ) -> Iterator[tuple[str, Figures]]:
        """Ask for fewer ids where that may help; else leave open what was refused.

        Raises:
            ApiError: It is no word on this period: others would fare no better.
        """
        if not _may_be_one_id(error, self._entity.ids_parameter):
            if error.status not in _OF_THE_QUESTION:
                raise error
            self._refused[period] = str(error)
        elif len(ids) > 1:
            middle = len(ids) // 2
            yield from self._answers(account_id, period, ids[:middle])
            yield from self._answers(account_id, period, ids[middle:])
            return
        self._leave_open(period, ids, str(error))

    def _leave_open(self, period: Period, ids: Sequence[str], words: str) -> None:
        """Note ids without an answer; a period that is refused as such is one failure, whatever the number of ids."""
        known = self.unanswered[-1] if self.unanswered else None
        if known is not None and known[0] == period and known[2] == words == self._refused.get(period):
            self.unanswered[-1] = (period, (*known[1], *ids), words)
        else:
            self.unanswered.append((period, tuple(ids), words))

    def _ask(self, account_id: str, period: Period, ids: Sequence[str]) -> dict[str, Figures | None]:
        """Return the figures by id; None where a row has none that can be read."""
        rows = self._api.reach(
            account_id,
            self._entity.path,
            {
                self._entity.ids_parameter: list(ids),
                # The API's echo of bare dates is UTC midnight here, unlike elsewhere: full timestamps leave no doubt.
                "start_time": self._written(period.start),
                "end_time": self._written(period.asked_until(self._horizon)),
            },
        )
        return {str(row["id"]): read_figures(row) for row in rows if row.get("id") is not None}

    def _written(self, bound: datetime) -> str:
        """Write a bound in UTC, or, where a zone's hours start in between, as a whole hour of the account's clock.

        The API wants whole hours. Whether it means UTC's is not documented; jobs are asked for in the same way.
        """
        return self._calendar.zone.local_stamp(bound) if bound.minute else stamp(bound)

    def _row(self, account_id: str, period: Period, entity_id: str, figures: Figures) -> Row:
        return {
            "account_id": account_id,
            "entity_id": entity_id,
            "period": period.kind.value,
            "start_time": stamp(period.start),
            "end_time": stamp(period.asked_until(self._horizon)),
            "date": self._calendar.zone.date_of(period.start).isoformat(),
            "total_audience_reach": figures.people,
            "average_frequency": figures.frequency,
            "complete": period.is_over(self._horizon),
        }


def _may_be_one_id(error: ApiError, parameter: str) -> bool:
    """Whether fewer ids may be answered where these were refused."""
    if isinstance(error, _DIVIDED):
        return True
    return parameter in error.parameters or any(code.endswith("_NOT_FOUND") for code in error.codes)
