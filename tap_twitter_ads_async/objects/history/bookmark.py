"""Progress of the stream of changes in one account, and its form in the Singer state.

```json
{"context": {"account_id": "18ce54d4x5t"}, "version": 1,
 "replication_key": "change_time", "replication_key_value": "2026-03-08T10:00:00Z",
 "covers": {"start": "2026-01-01T08:00:00Z"},
 "under_way": [
   {"entity_type": "CAMPAIGN", "since": "2026-03-08T10:00:00Z", "until": "2026-03-09T07:00:00Z", "after": "8wku2"}],
 "open": [{"entity_type": "LINE_ITEM", "entity_id": "6zva6", "since": "2026-03-01T00:00:00Z"}]}
```

`replication_key_value` is where the next run starts: every change before it is extracted. A person may set it back.
`under_way` says how far a run came that was cut off: objects are asked for in the order of their ids, and those up to
`after` are done until `until`; without `after`, all of the type are. It counts from `since`, a copy of the bookmark (or
of the start), and no longer once a person has set another bookmark. `open` lists objects that the API refused.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tap_twitter_ads_async.domain.calendar import floor_hour, parse_bookmark, parse_stamp, stamp
from tap_twitter_ads_async.singer.partition import reading

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.domain.calendar import AccountZone

Json = dict[str, t.Any]

VERSION = 1
REPLICATION_KEY = "change_time"
FIELDS = ("version", "replication_key", "replication_key_value", "covers", "under_way", "open")
"""What of a partition is ours."""


class Part(t.NamedTuple):
    """How far one entity type has come beyond the bookmark.

    Attributes:
        until: Changes before it are done, for the objects that are done.
        after: The last object that is done, in the order of ids; None where all are.
    """

    until: datetime
    after: str | None


@dataclass(slots=True)
class HistoryBookmark:
    """What is done and what is open.

    Attributes:
        cursor: Changes before it are done; None before the first run is over.
        start: The user's start date (UTC) that the cursor counts from; None where a person has set the bookmark.
        parts: What is done beyond the cursor, by entity type.
        unanswered: From when on an object has to be asked for again, by entity type and id.
    """

    cursor: datetime | None = None
    start: datetime | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    unanswered: dict[tuple[str, str], datetime] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return self.cursor is None and not self.parts

    def since(self, entity_type: str, entity_id: str, start: datetime) -> datetime:
        """Return from when on an object's changes are to be asked for.

        Args:
            entity_type: Its type.
            entity_id: Its id.
            start: The user's start date (UTC).
        """
        since, part = self.cursor or start, self.parts.get(entity_type)
        if part is not None and (part.after is None or entity_id <= part.after):
            since = part.until
        return min(since, self.unanswered.get((entity_type, entity_id), since))

    def earliest(self, entity_type: str, start: datetime) -> datetime:
        """Return from when on an object of a type may have changed without having been asked for."""
        part = self.parts.get(entity_type)
        return part.until if part is not None and part.after is None else self.cursor or start

    def settle(self, entity_types: t.Collection[str]) -> None:
        """Let the cursor follow, once all types have come as far."""
        if not set(self.parts) >= set(entity_types) or any(part.after is not None for part in self.parts.values()):
            return
        self.cursor = min(part.until for part in self.parts.values())
        self.parts = {name: part for name, part in self.parts.items() if part.until > self.cursor}

    def to_json(self) -> Json:
        """Return the partition's fields beside `context`."""
        fields: Json = {"version": VERSION, "replication_key": REPLICATION_KEY}
        if self.cursor is not None:
            fields["replication_key_value"] = stamp(self.cursor)
        if self.start is not None:
            fields["covers"] = {"start": stamp(self.start)}
        if self.parts:
            fields["under_way"] = [
                {"entity_type": name} | self._span_of(part) | ({"after": part.after} if part.after else {})
                for name, part in sorted(self.parts.items())
            ]
        if self.unanswered:
            fields["open"] = [
                {"entity_type": name, "entity_id": entity_id, "since": stamp(since)}
                for (name, entity_id), since in sorted(self.unanswered.items())
            ]
        return fields

    def _span_of(self, part: Part) -> Json:
        since = self.cursor or self.start
        return ({"since": stamp(since)} if since else {}) | {"until": stamp(part.until)}

    @classmethod
    def from_json(
        cls, partition: t.Mapping[str, t.Any], where: str, zone: AccountZone | None = None
    ) -> HistoryBookmark:
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
            cursor = floor_hour(parse_bookmark(value, zone)) if value is not None else None
            start = parse_stamp(covers["start"]) if covers else None
            return cls(
                cursor=cursor,
                start=start,
                parts={
                    str(entry["entity_type"]): Part(parse_stamp(entry["until"]), entry.get("after"))
                    for entry in partition.get("under_way") or ()
                    # States of earlier versions have no `since`, so nothing tells whether a person was there.
                    if "since" not in entry or parse_stamp(entry["since"]) == (cursor or start)
                },
                unanswered={
                    (str(entry["entity_type"]), str(entry["entity_id"])): parse_stamp(entry["since"])
                    for entry in partition.get("open") or ()
                },
            )
