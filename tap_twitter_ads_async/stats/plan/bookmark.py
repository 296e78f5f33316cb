"""Bookmark of one stats stream in one ads account, and how it is written into the Singer state.

A partition of `bookmarks.<stream>.partitions[]` looks like this; only the lines before `progress` stay when
nothing is open:

```json
{"context": {"account_id": "18ce54d4x5t"}, "version": 2,
 "replication_key": "end_time", "replication_key_value": "2026-03-01T00:00:00Z",
 "covers": {"start": "2026-01-01T08:00:00Z", "until": "2026-03-01T00:00:00Z", "definition": "9f0c61d2",
            "timezone": "America/Los_Angeles"},
 "progress": {"cursor": "2026-03-01T00:00:00Z", "until": "2026-03-08T10:00:00Z",
              "open": [{"start": "2026-03-04T08:00:00Z",
                        "changes_since": "2026-03-01T00:00:00Z", "changes_until": "2026-03-08T11:00:00Z"}]},
 "jobs": {"0d5b9e6f6c7a8b91": "1120829647711653888"}}
```

`replication_key_value` is where the next run starts: every change recorded before it (or, for entity types
without a change feed, every day before it) has been extracted. A person may set it back; `until` of `covers` still
tells up to when all days of `covers` had been asked for, so that numbers taken back since do not stay behind: it is
the start while some have never been, and missing in states of older taps. `open` lists the days
still to be extracted, each with the stretch of the change feed that told to; an interval without `end` goes on
into the future. `version` is that of this form: a partition without one holds a bookmark at most, as other writers
or a person leave it; one of a newer tap is refused rather than misread. `jobs` are the tickets of created jobs:
digest of the job's parameters and of the days it is for, the API's job id, and when the API created it. Jobs older
than `as_of` do not know all that an entry of `open` is about. `served` are the placements and metric groups that the
API has answered for: refused later, they stay open instead of being left out. Version 1 had bare ids for `jobs`.

For whoever looks at the state only: `timezone` (and `timezone_switch_at`) of `covers` name the calendar that its days
are of, and `failed` of `progress` lists open days that a run requested without success.
"""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass, field
from datetime import timedelta

from tap_twitter_ads_async.domain.calendar import HOUR, ceil_hour, floor_hour, stamp
from tap_twitter_ads_async.domain.intervals import FAR, Interval, IntervalSet
from tap_twitter_ads_async.domain.present import MARGIN, believed, is_ahead, settled
from tap_twitter_ads_async.settings.model import Granularity
from tap_twitter_ads_async.stats.plan.layer import Layer
from tap_twitter_ads_async.stats.plan.partition_reader import PartitionReader
from tap_twitter_ads_async.stats.plan.pieces import joined_pieces
from tap_twitter_ads_async.stats.plan.reopening import moved_from, rows_to_delete
from tap_twitter_ads_async.stats.plan.tickets import Ticket
from tap_twitter_ads_async.stats.plan.tickets import from_json as tickets_from_json
from tap_twitter_ads_async.stats.plan.tickets import to_json as tickets_to_json

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.domain.calendar import AccountZone
    from tap_twitter_ads_async.stats.plan.buckets import Buckets

logger = logging.getLogger("tap-twitter-ads-async.state")

REPLICATION_KEY = "end_time"
VERSION = 2
"""Version of the JSON form; raise it, and let `Bookmark.from_json` read the old one, when a field changes meaning."""
MAX_LAYERS = 8
"""So many interrupted runs are kept apart; beyond that the oldest are joined."""
MAX_FAILED = 20
"""So many failed stretches are remembered, so that the state stays small."""
Json = dict[str, t.Any]


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far a run looks.

    Attributes:
        asked_until: End of the change feed's stretch to ask for: the end of the hour still open.
        done_until: What the bookmark becomes: the start of the hour (or day) still open, less the margin for changes
            that the API lists late and the delay with which segmented data become complete. What lies between the
            two is looked at again next time.
        now: The API's present.
    """

    asked_until: datetime
    done_until: datetime
    now: datetime

    @classmethod
    def of(cls, buckets: Buckets, now: datetime, *, has_feed: bool, delay: timedelta) -> Horizon:
        """Return the horizon of a run that starts `now`.

        Args:
            buckets: The stream's time buckets in the account.
            now: Start of the run by the API's clock, UTC.
            has_feed: Whether the entity type has a change feed.
            delay: How long after an hour its data are complete.
        """
        floor = floor_hour if has_feed else buckets.floor
        return cls(floor_hour(now) + HOUR, floor(settled(now) - delay), now)


@dataclass(slots=True)
class Bookmark:
    """What is done and what is open; see the module for its JSON form.

    Attributes:
        cursor: The bookmark; None before the first run.
        until: What the bookmark becomes once nothing is open.
        covers: Range of days that earlier runs extracted, None before the first run.
        definition: Digest of the settings that shape the records.
        layers: What is open.
        tickets: Jobs on the server, by name (see `tickets.py`).
        where: Stream and account, for messages.
        failed: Days, most of them open, that were requested without success for all entities.
        calendar: The account's time zone as the API names it.
        looked_back: Where this run asks again for what earlier runs extracted, in the absence of a change feed.
        set_by_hand: Whether somebody changed the bookmark since the tap wrote it.
        served: Placements and metric groups that the API has answered for.
        asked_until: Up to when all days of `covers` have been asked for, wherever the bookmark was set back to; the
            start of `covers` while some have never been, None where nothing is known.
        asked: What earlier runs had asked for when this run began, as far as `asked_until` tells.
    """

    cursor: datetime | None = None
    until: datetime | None = None
    covers: Interval | None = None
    definition: str = ""
    layers: list[Layer] = field(default_factory=list)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    where: str = field(default="a stream", compare=False)
    failed: IntervalSet = field(default_factory=IntervalSet)
    calendar: dict[str, str] = field(default_factory=dict)
    looked_back: Interval | None = field(default=None, compare=False)
    set_by_hand: bool = field(default=False, compare=False)
    served: set[str] = field(default_factory=set)
    asked_until: datetime | None = None
    asked: Interval | None = field(default=None, compare=False)

    def begin(
        self,
        buckets: Buckets,
        horizon: Horizon,
        *,
        has_feed: bool,
        lookback_days: int,
        definition: str,
        unending: bool,
    ) -> None:
        """Open what this run has to extract, in addition to what earlier runs left open.

        Args:
            buckets: Buckets and bounds.
            horizon: How far this run looks.
            has_feed: Whether the entity type has a change feed.
            lookback_days: Days before the bookmark that are asked for again.
            definition: Digest of the settings that shape the records.
            unending: Whether the user set no end date.
        """
        if self.set_by_hand:
            logger.info("%s: the bookmark was set by hand; extracting again from there", self.where)
        if self.cursor is not None and self.definition and self.definition != definition:
            self._tell_changed(buckets, horizon.now)
            self._forget()
        self._stay_behind(horizon.now)
        whole = Interval(buckets.start, FAR if unending else buckets.end)
        self._follow_calendar(buckets, horizon.now)
        self._remember_asked(whole, horizon.now)
        self.layers = joined_pieces([layer for layer in self.layers if layer.days], floor_hour(whole.start))
        if has_feed:
            self._begin_with_feed(whole, horizon, timedelta(days=lookback_days))
        else:
            self._begin_without_feed(whole, horizon, buckets, lookback_days)
        self.until = max(horizon.done_until, self.until or horizon.done_until)
        self.covers, self.definition = whole, definition
        self.calendar = buckets.zone.as_account(whole.start)

    def _tell_changed(self, buckets: Buckets, now: datetime) -> None:
        if buckets.definition.granularity is not Granularity.TOTAL:
            logger.warning(
                "%s: its definition (granularity, metric groups, placements, countries or platforms) changed since "
                "the last run: everything from the start date on is extracted again",
                self.where,
            )
            return
        moved = self.covers is not None and self.covers.start != buckets.start
        logger.warning(
            "%s: %s changed since the last run, and TOTAL rows are windows counted from the start date: everything is "
            "extracted again. %s",
            self.where,
            "start_date" if moved else "window_days or another part of its definition",
            rows_to_delete(f"{self.where} with granularity = 'TOTAL'", None, now),
        )

    def _follow_calendar(self, buckets: Buckets, now: datetime) -> None:
        """Extract anew from where the account's days are other days than they were."""
        if self.cursor is None or self.covers is None:
            return
        since = moved_from(self.calendar, buckets.zone, self.covers.start, now)
        if since is None:
            return
        logger.warning(
            "%s: the account's time zone was %s and is %s: everything from %s on is extracted again. %s",
            self.where,
            " from ".join(self.calendar.values()),
            " from ".join(buckets.zone.as_account(self.covers.start).values()),
            stamp(since),
            rows_to_delete(self.where, since, now),
        )
        if buckets.definition.granularity is Granularity.TOTAL:
            self._forget()
            return
        self.covers = Interval(self.covers.start, since)
        for layer in self.layers:
            layer.days = layer.days.subtract(Interval(since, FAR))

    def _stay_behind(self, now: datetime) -> None:
        """Take back what the bookmark claims of the future."""
        if self.cursor is None:
            return
        claimed = max(self.cursor, self.until or self.cursor)
        trusted = believed(claimed, now)
        if is_ahead(claimed, now):
            logger.warning(
                "%s: the bookmark %s lies in the future; extracting again from %s on",
                self.where,
                stamp(claimed),
                "the start date" if trusted is None else stamp(trusted),
            )
        if trusted is None:
            self._forget()
            return
        self.cursor = min(self.cursor, trusted)
        self.until = None if self.until is None else min(self.until, trusted)

    def _remember_asked(self, whole: Interval, now: datetime) -> None:
        """Note what earlier runs have asked for; of days that are added now, nobody has, until they are done."""
        known = None if self.asked_until is None else believed(self.asked_until, now)
        self.asked_until = whole.start
        if known is None or self.covers is None or known <= self.covers.start:
            return
        # The run that left it looked until the end of its open hour, with a bookmark that stays behind.
        self.asked = self.covers.intersect(Interval(self.covers.start, known + HOUR + MARGIN))
        if not IntervalSet([whole]).subtract(self.covers):
            self.asked_until = known

    def _begin_with_feed(self, whole: Interval, horizon: Horizon, lookback: timedelta) -> None:
        first = floor_hour(whole.start)
        for layer in self.layers:
            if layer.changes is None:  # opened by hand
                layer.changes = Interval(min(layer.days).start, horizon.asked_until)
            layer.changes = _whole_hours(layer.changes)
        resumed_from = self.until if self.layers else self.cursor
        since = first if resumed_from is None else max(first, floor_hour(resumed_from - lookback))
        if resumed_from is not None and self.covers is not None:
            for days in IntervalSet([whole]).subtract(self.covers):  # the user moved the start or end date
                self._open(days, _whole_hours(Interval(days.start, resumed_from)))
        self._open(whole, Interval(since, horizon.asked_until))
        self._bound_layers(first)
        if self.cursor is None:
            self.cursor = since

    def _begin_without_feed(self, whole: Interval, horizon: Horizon, buckets: Buckets, lookback_days: int) -> None:
        resumed_from = self.until if self.layers else self.cursor
        interrupted = any(layer.entity_ids is None for layer in self.layers)
        if resumed_from is None:
            start = whole.start
        elif interrupted and resumed_from == horizon.done_until:
            start = resumed_from  # the interrupted run goes on: its own look-back is done or still open
        else:
            start = buckets.zone.add_days(buckets.floor(resumed_from), -lookback_days)
            self.tickets.clear()  # jobs of that run do not know what happened since
        known = self.cursor if interrupted else resumed_from
        if known is not None and known > whole.start:
            first = buckets.zone.add_days(buckets.floor(known), -lookback_days)
            self.looked_back = Interval(first, known + HOUR + MARGIN)
        days = IntervalSet([Interval(max(start, whole.start), whole.end)])
        if resumed_from is not None and self.covers is not None:
            days = IntervalSet([*days, *IntervalSet([whole]).subtract(self.covers)])
        restricted = [layer for layer in self.layers if layer.entity_ids is not None]
        opened = [i for layer in self.layers if layer.entity_ids is None for i in layer.days]
        merged = IntervalSet([*days, *opened]).intersect(whole)
        self.layers = [*restricted, *([Layer(merged)] if merged else [])]
        if self.cursor is None:
            self.cursor = whole.start

    def _open(self, days: Interval, changes: Interval) -> None:
        if days.start < days.end and changes.start < changes.end:
            self.layers.append(Layer(IntervalSet([days]), changes))

    def _bound_layers(self, beginning: datetime) -> None:
        """Keep the state small through many interruptions: join layers of which nothing is done yet.

        They have the same days. Their tickets go: a job may be older than the changes that it would answer for.
        """
        if len([layer for layer in self.layers if layer.entity_ids is None]) <= MAX_LAYERS:
            return
        joined: dict[tuple[IntervalSet, bool], Layer] = {}
        kept: list[Layer] = []
        for layer in self.layers:
            # Numbers may have been taken back of what a later run asks again, and not of a first extraction.
            kind = layer.days, layer.changes is not None and layer.changes.start <= beginning
            known = joined.get(kind)
            if layer.entity_ids is not None or layer.changes is None:
                kept.append(layer)
            elif known is None or known.changes is None or layer.changes.start > known.changes.end:
                joined[kind] = layer
                kept.append(layer)
            else:
                start = min(known.changes.start, layer.changes.start)
                known.changes = Interval(start, max(known.changes.end, layer.changes.end))
        self.layers = kept
        self.tickets.clear()

    def commit(self, layer: int, days: Interval, failed: list[Layer]) -> None:
        """Close days of a layer; pieces of them that failed stay open on their own.

        Args:
            layer: Index in `layers`.
            days: The window's range, in UTC, end exclusive.
            failed: Parts of the window that stay open.
        """
        self.layers[layer].days = self.layers[layer].days.subtract(days)
        self.layers.extend(failed)
        if not any(layer.days for layer in self.layers):
            self._complete()

    def lose(self, days: Interval) -> None:
        """Note that the request of days failed; they stay open."""
        self.failed = self.failed.add(days)

    def finish(self) -> None:
        """Move the bookmark to the end of what is done, once all windows have been handed out."""
        self.tickets.clear()
        self.layers = [layer for layer in self.layers if layer.days]
        if not self.layers:
            self._complete()
            return
        self.cursor = min([layer.changes.start if layer.changes else min(layer.days).start for layer in self.layers])
        if self._all_asked_once() and all(layer.entity_ids is not None for layer in self.layers):
            self._note_asked()  # single entities may fail for ever

    def _complete(self) -> None:
        self.cursor = self.until
        self._note_asked()

    def _all_asked_once(self) -> bool:
        return self.covers is not None and self.asked_until is not None and self.asked_until > self.covers.start

    def _note_asked(self) -> None:
        if self.until is not None:
            self.asked_until = max(self.until, self.asked_until or self.until)

    def _forget(self) -> None:
        self.cursor, self.until, self.covers, self.asked_until = None, None, None, None
        self.layers, self.tickets, self.failed = [], {}, IntervalSet()

    def to_json(self) -> Json:
        """Return the partition's fields except `context`."""
        fields: Json = {"version": VERSION, "replication_key": REPLICATION_KEY}
        if self.cursor is not None:
            fields["replication_key_value"] = stamp(self.cursor)
        if self.covers is not None:
            end = {} if self.covers.end == FAR else {"end": stamp(self.covers.end)}
            fields["covers"] = {
                "start": stamp(self.covers.start),
                **end,
                **({"until": stamp(self.asked_until)} if self.asked_until is not None else {}),
                "definition": self.definition,
                **self.calendar,
            }
        entries = [entry for layer in self.layers for entry in layer.to_json()]
        if entries and self.cursor is not None and self.until is not None:
            fields["progress"] = {"cursor": stamp(self.cursor), "until": stamp(self.until), "open": entries}
            failed = self._failed_and_open()
            if failed:
                fields["progress"]["failed"] = [{"start": stamp(f.start), "end": stamp(f.end)} for f in failed]
        if self.served:
            fields["served"] = sorted(self.served)
        if self.tickets:
            fields["jobs"] = tickets_to_json(self.tickets)
        return fields

    def _failed_and_open(self) -> list[Interval]:
        """Return what failed and is still open; the latest, where it is much."""
        whole = [days for layer in self.layers if layer.entity_ids is None for days in layer.days]
        found = IntervalSet(part for days in whole for part in self.failed.intersect(days))
        return list(found)[-MAX_FAILED:]

    @classmethod
    def from_json(cls, partition: Json, where: str, zone: AccountZone | None = None) -> Bookmark:
        """Read a partition as an earlier run, or a person, left it.

        Args:
            partition: The partition's fields.
            where: Stream and account, for messages.
            zone: The account's time zone, None where it is not known.

        Raises:
            StateError: A field is not what it should be; the message names it.
        """
        reader = PartitionReader(where, zone)
        bookmark = cls(cursor=reader.bookmark(partition, "replication_key_value"), where=where)
        reader.check_version(partition, VERSION)
        bookmark.served = set(reader.strings(partition, "served") or ())
        covers = reader.mapping(partition, "covers")
        start = reader.moment(covers, "start")
        if start is not None:
            bookmark.covers = Interval(start, reader.moment(covers, "end") or FAR)
            bookmark.asked_until = reader.moment(covers, "until")
            bookmark.definition = str(covers.get("definition") or "")
            bookmark.calendar = {k: str(covers[k]) for k in ("timezone", "timezone_switch_at") if covers.get(k)}
        state = reader.mapping(partition, "progress")
        if state and reader.moment(state, "cursor") == bookmark.cursor:
            bookmark.until = reader.moment(state, "until")
            bookmark.layers = reader.layers(state)
            bookmark.failed = reader.intervals(state, "failed")
            bookmark.tickets = tickets_from_json(reader.mapping(partition, "jobs"))
        elif state:
            # What was open stays open beside it: it may lie before the date that the person chose.
            bookmark.until, bookmark.layers = bookmark.cursor, reader.layers(state)
            bookmark.set_by_hand = True
        return bookmark


def _whole_hours(stretch: Interval) -> Interval:
    """Widen a stretch of the change feed, maybe edited by hand, to the whole hours that the feed is asked by."""
    return Interval(floor_hour(stretch.start), ceil_hour(stretch.end))
