"""Progress of one reach stream in one account, and its form in the Singer state.

```json
{"context": {"account_id": "18ce54d4x5t"}, "version": 1,
 "replication_key": "end_time", "replication_key_value": "2026-03-08T10:00:00Z",
 "covers": {"start": "2026-01-01T08:00:00Z", "periods": ["MONTH"]},
 "open": [{"period": "MONTH", "start": "2026-02-01T08:00:00Z", "entity_ids": ["8wku2"]}]}
```

`replication_key_value` is where the next run starts: every change recorded before it has been asked for. A person may
set it back. `covers` has an `end` too where the user set one. `open` lists what the API did not answer.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tap_twitter_ads_async.domain.calendar import floor_hour, parse_bookmark, parse_stamp, stamp
from tap_twitter_ads_async.settings.model import ReachPeriod
from tap_twitter_ads_async.singer.partition import reading

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.domain.calendar import AccountZone

Json = dict[str, t.Any]
Unanswered = dict[tuple[ReachPeriod, "datetime"], set[str]]
"""Entities by kind and start of period."""

VERSION = 1
FIELDS = ("version", "replication_key", "replication_key_value", "covers", "open")
"""What of a partition is ours."""


@dataclass(slots=True)
class ReachBookmark:
    """What is done and what is open.

    Attributes:
        cursor: Changes recorded before it are done; None before the first run.
        start: The user's start date of that run (UTC).
        end: The user's end date of that run (UTC, exclusive), None for none. Bookmarks of older versions do not have
            it; they are read as if there had been none.
        kinds: Its periods.
        unanswered: What the API left out.
    """

    cursor: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    kinds: tuple[ReachPeriod, ...] = ()
    unanswered: Unanswered = field(default_factory=dict)

    def covers(self, start: datetime, kinds: tuple[ReachPeriod, ...]) -> bool:
        """Whether the bookmark says anything about periods of these kinds from a start on.

        A bookmark set by hand says nothing of where it came from, and is believed.
        """
        return self.start is None or (self.start == start and set(kinds) <= set(self.kinds))

    def to_json(self) -> Json:
        """Return the partition's fields except `context`."""
        fields: Json = {"version": VERSION, "replication_key": "end_time"}
        if self.cursor is not None:
            fields["replication_key_value"] = stamp(self.cursor)
        if self.start is not None:
            end = {} if self.end is None else {"end": stamp(self.end)}
            fields["covers"] = {"start": stamp(self.start), **end, "periods": [kind.value for kind in self.kinds]}
        if self.unanswered:
            fields["open"] = [
                {"period": kind.value, "start": stamp(start), "entity_ids": sorted(ids)}
                for (kind, start), ids in sorted(self.unanswered.items())
            ]
        return fields

    @classmethod
    def from_json(cls, partition: t.Mapping[str, t.Any], where: str, zone: AccountZone | None = None) -> ReachBookmark:
        """Read a partition as an earlier run, or a person, left it.

        Args:
            partition: Its fields.
            where: Stream and account, for messages.
            zone: The account's time zone, None where it is not known.

        Raises:
            StateError: It cannot be understood; the message names the stream and the account.
        """
        with reading(partition, where, VERSION):
            value, covers = partition.get("replication_key_value"), partition.get("covers") or {}
            return cls(
                cursor=floor_hour(parse_bookmark(value, zone)) if value is not None else None,
                start=parse_stamp(covers["start"]) if covers else None,
                end=parse_stamp(covers["end"]) if covers.get("end") else None,
                kinds=tuple(ReachPeriod(kind) for kind in covers.get("periods", ())),
                unanswered={
                    (ReachPeriod(entry["period"]), parse_stamp(entry["start"])): set(map(str, entry["entity_ids"]))
                    for entry in partition.get("open") or ()
                },
            )
