"""Which objects to ask for, and the changes that come of it.

The endpoint takes one object at a time. The lists of objects, newest change first, say which have changed since the
bookmark; nobody else is asked for.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import dataclass
from datetime import timedelta

from tap_twitter_ads_async.domain.calendar import floor_hour, read_moment, stamp
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.domain.present import settled
from tap_twitter_ads_async.errors import (
    AccountUnreadable,
    ApiError,
    CredentialsRejected,
    NotOffered,
    RequestRefused,
    TooComplex,
)
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.declaration import ObjectEndpoint
from tap_twitter_ads_async.objects.history.bookmark import Part
from tap_twitter_ads_async.objects.reading import Reading
from tap_twitter_ads_async.objects.refusals import OneParent, after_an_answer, of_one_parent

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from tap_twitter_ads_async.objects.history.bookmark import HistoryBookmark
    from tap_twitter_ads_async.objects.parents import ParentValues
    from tap_twitter_ads_async.run.context import RunContext

    Row = dict[str, t.Any]

HISTORY = ObjectEndpoint(
    "account_history",
    "accounts/{account_id}/account_history",
    key=("account_id", "entity", "entity_id", "change_time", "change_id"),
    count=1000,
    early_access=True,
    selected=False,
)
SOURCES: Mapping[str, str] = {
    "CAMPAIGN": "campaigns",
    "LINE_ITEM": "line_items",
    "PROMOTED_TWEET": "promoted_tweets",
    "PROMOTED_ACCOUNT": "promoted_accounts",
    "TARGETING_CRITERIA": "targeting_criteria",
}
"""Entity types that have a history, and the objects' lists that tell which have changed."""
SHORTEST_WINDOW = timedelta(days=1)
"""Windows that are refused as too long are halved; shorter ones than this are not."""
MAX_IN_A_ROW = 5
"""After so many objects in a row that are not answered, it is no fault of theirs."""
_ENDPOINTS = {endpoint.name: endpoint for endpoint in ENDPOINTS}
_WINDOW = "INVALID_TIME_WINDOW"


@dataclass(frozen=True, slots=True)
class Refused:
    """An object that the API refused to tell the history of."""

    entity_type: str
    entity_id: str
    error: ApiError


class HistoryReading:
    """Reads the changes of one account's objects.

    Args:
        run: What the run shares.
        parents: What requests for lists fan out over.
        account_id: Ads account.
        span: The user's bounds (UTC, whole hours); its end is not after the last full hour.
        bookmark: What is done; moves as objects are.

    Attributes:
        refused: Objects that the API refused.
        missing: How many objects the API does not know any more.
        last_missing: How it said so, or what answered in its place.
        asked: How many it was asked for.
        served_before: Whether an earlier run came to its end, so that the API has the endpoint.
    """

    def __init__(
        self, run: RunContext, parents: ParentValues, account_id: str, span: Interval, bookmark: HistoryBookmark
    ) -> None:
        self._run = run
        self._parents = parents
        self._account_id = account_id
        self._span = span
        self._done_until = min(span.end, floor_hour(settled(run.now())))
        self._bookmark = bookmark
        self.refused: list[Refused] = []
        self.missing = 0
        self.asked = 0
        self.last_missing: ApiError | None = None
        self._in_a_row = 0
        self.served_before = bookmark.cursor is not None
        self._answers = 0
        self._unanswered = 0

    @property
    def all_missing(self) -> bool:
        """Whether the API knows no history of any object: then it has none to tell.

        An API version that lacks the endpoint may also answer with a page, without a code, whatever it is asked for.
        """
        return self.asked == self.missing > 0 or (not self.served_before and self.asked == self._unanswered > 0)

    def of_type(self, entity_type: str) -> Iterator[list[Row]]:
        """Yield the changes of one object after another; the bookmark moves behind each.

        Raises:
            ApiError: A list cannot be read, or the history is not told at all.
        """
        bookmark, start = self._bookmark, self._span.start
        changed, as_of = self._changed(entity_type, bookmark.earliest(entity_type, start))
        done_until = min(self._done_until, floor_hour(settled(as_of)))
        for name, entity_id in bookmark.unanswered:
            if name == entity_type:
                changed.setdefault(entity_id, None)
        part = bookmark.parts.get(entity_type)
        reached = bookmark.cursor if part is None else part.until
        wanted = {i: bookmark.since(entity_type, i, start) for i in changed}
        for entity_id, since in sorted(wanted.items()):
            last = changed[entity_id]
            if since < self._span.end and not (last is not None and last < since):
                yield self._of_object(entity_type, entity_id, since)
            self._advance(entity_type, Part(done_until, entity_id), reached)
        self._advance(entity_type, Part(done_until, None), reached)
        bookmark.settle(SOURCES)

    def _advance(self, entity_type: str, part: Part, reached: datetime | None) -> None:
        """Note what is done; a bookmark never moves back, as it would where an end date was added."""
        if reached is None or part.until >= reached:
            self._bookmark.parts[entity_type] = part

    def _changed(self, entity_type: str, since: datetime) -> tuple[dict[str, datetime | None], datetime]:
        """Return the objects that changed since and when they did last, and the moment that this is about."""
        source = _ENDPOINTS[SOURCES[entity_type]]
        found: dict[str, datetime | None] = {}
        reading = Reading(source, self._run, self._parents, self._account_id, since)
        for page in reading.pages():
            found |= {str(r["id"]): read_moment(r.get("updated_at")) for r in page if r.get("id") is not None}
        return found, reading.watermark.as_of

    def _of_object(self, entity_type: str, entity_id: str, since: datetime) -> list[Row]:
        key, answers = (entity_type, entity_id), self._answers
        self.asked += 1
        try:
            rows = [self._row(entity_type, entity_id, row) for row in self._ask(*key, Interval(since, self._span.end))]
        except ApiError as error:
            # Once a page of its history was served, the object is not gone, whatever is said of the next page.
            if of_one_parent(error) is OneParent.GONE and self._answers == answers:
                self.missing += 1
                self.last_missing = error
                rows = []
            else:
                self._leave_open(key, since, error)
                return []
        self._in_a_row = 0
        self._bookmark.unanswered.pop(key, None)
        return rows

    def _leave_open(self, key: tuple[str, str], since: datetime, error: ApiError) -> None:
        """Leave an object to the next run.

        Raises:
            ApiError: None of the last few was answered, or it is no fault of this object.
        """
        self._in_a_row += 1
        if of_one_parent(error) is OneParent.UNANSWERED:
            self._unanswered += 1
            self.last_missing = error
        if self._in_a_row >= MAX_IN_A_ROW or self._concerns_all(error):
            raise after_an_answer(HISTORY, error) if self._answers else error
        self.refused.append(Refused(*key, error))
        self._bookmark.unanswered[key] = since

    def _concerns_all(self, error: ApiError) -> bool:
        """Whether a refusal is about the endpoint or, before anything was told, the account."""
        if isinstance(error, AccountUnreadable):
            return not self._answers
        return isinstance(error, (NotOffered, CredentialsRejected))

    def _ask(self, entity_type: str, entity_id: str, span: Interval) -> Iterator[Row]:
        """Ask for a stretch of time, in halves where it is refused as too long: the longest is not documented."""
        try:
            yield from [row for page in self._pages(entity_type, entity_id, span) for row in page]
        except (RequestRefused, TooComplex) as error:
            too_long = isinstance(error, TooComplex) or _WINDOW in error.codes
            if not too_long or span.end - span.start <= SHORTEST_WINDOW:
                raise
            middle = floor_hour(span.start + (span.end - span.start) / 2)
            yield from self._ask(entity_type, entity_id, Interval(span.start, middle))
            yield from self._ask(entity_type, entity_id, Interval(middle, span.end))

    def _pages(self, entity_type: str, entity_id: str, span: Interval) -> Iterator[list[Row]]:
        pages = self._run.api.pages(
            HISTORY.path.replace("{account_id}", self._account_id),
            {
                "entity_type": entity_type,
                "entity_id": entity_id,
                "start_time": stamp(span.start),
                "end_time": stamp(span.end),
                "count": min(self._run.settings.page_size, HISTORY.count or 1),
            },
            account_id=self._account_id,
        )
        for page in pages:
            self._answers += 1
            yield page

    def _row(self, entity_type: str, entity_id: str, row: Row) -> Row:
        own = {"entity": row.get("entity") or entity_type, "entity_id": row.get("entity_id") or entity_id}
        return row | own | {"account_id": self._account_id, "change_id": change_id(row)}


def change_id(row: Mapping[str, t.Any]) -> str:
    """Return what tells changes apart that happened to one object within one second: who changed what, digested."""
    told = [row.get(name) for name in ("change_type", "change_by", "changes")]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
