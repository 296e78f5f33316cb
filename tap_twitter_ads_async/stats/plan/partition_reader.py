"""Reads the fields of a stats stream's partition of the Singer state, as an earlier run or a person left them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.domain.calendar import parse_bookmark, parse_stamp
from tap_twitter_ads_async.domain.intervals import FAR, Interval, IntervalSet
from tap_twitter_ads_async.errors import StateError
from tap_twitter_ads_async.stats.plan.layer import Layer

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tap_twitter_ads_async.domain.calendar import AccountZone

    Json = dict[str, t.Any]


@dataclass(frozen=True, slots=True)
class PartitionReader:
    """Reads fields of a partition, naming stream and account in every complaint.

    Attributes:
        where: Stream and account.
        zone: The account's time zone, None where it is not known.
    """

    where: str
    zone: AccountZone | None = None

    def moment(self, fields: Json, key: str) -> datetime | None:
        """Read a date or date-time; None where there is none."""
        return self._read(fields, key, parse_stamp)

    def bookmark(self, fields: Json, key: str, *, is_end: bool = False) -> datetime | None:
        """Read a date or date-time from which on, or up to which, all is to be extracted; None where there is none.

        Args:
            fields: Object that has it.
            key: Its name there.
            is_end: Whether it is the end.
        """
        return self._read(fields, key, lambda text: parse_bookmark(text, self.zone, is_end=is_end))

    def _read(self, fields: Json, key: str, parse: Callable[[str], datetime]) -> datetime | None:
        value = fields.get(key)
        if value is None:
            return None
        try:
            return parse(value)
        except (ValueError, TypeError, AttributeError):
            raise StateError(
                f"State of {self.where}: {key!r} is {value!r}, which is not an ISO 8601 date or date-time. "
                "Correct it, or remove the partition to extract everything again"
            ) from None

    def check_version(self, partition: Json, newest: int) -> None:
        """Refuse forms of a newer tap; a partition without a version holds a bookmark at most, or was edited."""
        version = partition.get("version", newest)
        if not isinstance(version, int) or version > newest:
            raise StateError(
                f"State of {self.where}: 'version' is {version!r}; this tap reads up to {newest}. Upgrade the tap, or "
                "remove the partition to extract everything again"
            )

    def mapping(self, fields: Json, key: str) -> Json:
        """Read an object; an empty one where there is none."""
        value = fields.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise StateError(
                f"State of {self.where}: {key!r} is {value!r}, which is not an object. Correct or remove it"
            )
        return value

    def strings(self, fields: Json, key: str) -> tuple[str, ...] | None:
        """Read a list of strings; None where there is none."""
        value = fields.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise StateError(f"State of {self.where}: {key!r} is {value!r}, which is not a list of strings. Correct it")
        return tuple(value)

    def intervals(self, fields: Json, key: str) -> IntervalSet:
        """Read a list of bounded intervals that nothing depends on; what is not one is left out."""
        entries = fields.get(key)
        bounds = [
            (self.moment(e, "start"), self.moment(e, "end"))
            for e in (entries if isinstance(entries, list) else [])
            if isinstance(e, dict)
        ]
        return IntervalSet(Interval(start, end) for start, end in bounds if start and end)

    def layers(self, state: Json) -> list[Layer]:
        """Read what is open; entries that differ in their days alone are one layer."""
        entries = state.get("open")
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise StateError(f"State of {self.where}: 'progress.open' is not a list of objects. Correct or remove it")
        layers: dict[tuple[t.Any, ...], Layer] = {}
        for entry in entries:
            since, until = self.bookmark(entry, "changes_since"), self.bookmark(entry, "changes_until", is_end=True)
            changes = Interval(since, until) if since and until else None
            start = self.bookmark(entry, "start")
            if start is None:
                raise StateError(f"State of {self.where}: an entry of 'progress.open' has no 'start'. Correct it")
            ids, placements = self.strings(entry, "entity_ids"), self.strings(entry, "placements")
            as_of = self.moment(entry, "as_of")
            layer = Layer(IntervalSet(), changes, ids, placements, as_of)
            layer = layers.setdefault((changes, ids, placements, as_of), layer)
            layer.days = layer.days.add(Interval(start, self.bookmark(entry, "end", is_end=True) or FAR))
        return list(layers.values())
