"""The change feed: which entities' metrics changed, and for which stretch of time.

Two clocks meet here. The feed is asked by the time at which a change was *recorded*; it answers with the span of
time that the changes *apply to*, which may lie long before. The jobs' ranges come from the latter only.
"""

from __future__ import annotations

import re
import threading
import typing as t
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.calendar import read_moment, stamp
from tap_twitter_ads_async.domain.intervals import Interval

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_twitter_ads_async.api.client import AdsApi

ADJUSTED_FOR = timedelta(days=14)
"""How long after the event numbers may still be adjusted (the API's finality table)."""
LONGEST_QUERY = timedelta(days=rules.MAX_ACTIVE_ENTITIES_DAYS)
NAME = re.compile("[A-Z][A-Z0-9_]+")
"""What names of the API look like; a placement that is called so is one, known or not."""


@dataclass(frozen=True, slots=True)
class Change:
    """Recorded changes of one entity.

    Attributes:
        entity_id: The entity.
        span: When the changed activity happened, to the second.
        placements: Placements in which it happened.
    """

    entity_id: str
    span: Interval
    placements: frozenset[str]


class ChangeFeed:
    """Reads the change feed at most once per account, entity type and stretch of time. Thread-safe.

    Streams of one entity type may look back differently far, because segmented data are late. The longest stretch
    is read first: where nothing changed in it, nothing changed in the shorter ones either.
    """

    def __init__(self, api: AdsApi) -> None:
        self._api = api
        self._known: dict[tuple[str, str, Interval], tuple[Change, ...]] = {}
        self._wanted: dict[tuple[str, str], set[Interval]] = defaultdict(set)
        self._locks: dict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def announce(self, account_id: str, entity: str, recorded: Interval) -> None:
        """Say beforehand which stretch will be read, so that the longest can be read first.

        Args:
            account_id: Ads account.
            entity: Entity type.
            recorded: Hours to read, in UTC, end exclusive.
        """
        with self._lock:
            self._wanted[account_id, entity].add(recorded)

    def read(self, account_id: str, entity: str, recorded: Interval) -> tuple[Change, ...]:
        """Return the changes recorded in whole hours `[recorded.start, recorded.end)`.

        Args:
            account_id: Ads account.
            entity: Entity type.
            recorded: Hours to read, in UTC, end exclusive.

        Raises:
            ApiError: The API refused or did not answer.
        """
        with self._lock:
            lock = self._locks[account_id, entity]
            wider = [w for w in self._wanted[account_id, entity] if w.start <= recorded.start and recorded.end <= w.end]
        with lock:
            for stretch in [*sorted(wider)[:1], recorded]:
                changes = self._read_once(account_id, entity, stretch)
                if not changes:
                    return ()
            return changes

    def _read_once(self, account_id: str, entity: str, recorded: Interval) -> tuple[Change, ...]:
        key = (account_id, entity, recorded)
        if key not in self._known:
            self._known[key] = tuple(self._ask(account_id, entity, recorded))
        return self._known[key]

    def _ask(self, account_id: str, entity: str, recorded: Interval) -> Iterator[Change]:
        start = recorded.start
        while start < recorded.end:
            end = min(start + LONGEST_QUERY, recorded.end)
            for row in self._api.active_entities(account_id, entity, stamp(start), stamp(end)):
                yield _change(row, start, end)
            start = end


def _change(row: dict[str, t.Any], asked_from: datetime, asked_until: datetime) -> Change:
    """Read one row.

    A bound of activity that is missing, or no time, falls back to the stretch that was asked for; its start to the
    days before it too, to which changes recorded then may apply, and before the end, if that is older still.
    """
    last = read_moment(row.get("activity_end_time")) or asked_until
    first = read_moment(row.get("activity_start_time")) or min(asked_from, last) - ADJUSTED_FOR
    return Change(
        str(row["entity_id"]).strip(),
        Interval(min(first, last), max(first, last)),
        _placements(row.get("placements")),
    )


def _placements(told: t.Any) -> frozenset[str]:
    """Read where it happened: names in a list, in a list of lists, or in one text with commas.

    The API's reference knows a list of upper-case names, and no placement of its own for a row that names none. What
    is anything else therefore says nothing, and the change may have happened in each placement: asked for under a
    name that is none, the entity's figures would be refused, and never asked for again.
    """
    parts = told if isinstance(told, list) else [told]
    values = [value for part in parts for value in (part if isinstance(part, list) else [part])]
    names = [name.strip().upper() for value in values if isinstance(value, str) for name in value.split(",")]
    understood = all(isinstance(value, str) for value in values) and all(map(NAME.fullmatch, names))
    return frozenset(names if names and understood else rules.PLACEMENTS)
