"""How far one account's objects have been read: parsing, watching and moving the bookmark."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

from tap_twitter_ads_async.errors import StateError
from tap_twitter_ads_async.objects.declaration import REPLICATION_KEY

MARGIN = timedelta(minutes=5)
"""How far the clocks of this machine and the API may differ."""
LEGACY_TIME = "%a %b %d %H:%M:%S %z %Y"
"""How tweets tell the time: `Tue Aug 27 22:22:12 +0000 2019`."""


def moment(value: object) -> datetime | None:
    """Return the moment that an ISO 8601 text means, None where it means none.

    A bare date is its first moment; a time without offset is UTC.
    """
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        parsed = datetime.fromisoformat(f"{text[:-1]}+00:00" if text[-1:] in {"Z", "z"} else text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


def parse_bookmark(stream: str, account_id: str, partition: t.Mapping[str, t.Any]) -> datetime | None:
    """Return the moment a state partition claims, None where it claims nothing.

    Raises:
        StateError: The value is no moment; reading everything again in silence would be no better answer.
    """
    value = partition.get("replication_key_value")
    if value is None or partition.get("replication_key", REPLICATION_KEY) != REPLICATION_KEY:
        return None
    found = moment(value)
    if found is None:
        raise StateError(
            f"State of stream {stream}, account {account_id or '-'}: replication_key_value {value!r} is not "
            "a date or date-time such as 2026-01-31T00:00:00Z. Mend it, or remove it to read all again.",
        )
    return found


class Watermark:
    """Newest `updated_at` met while one account is read.

    Args:
        bookmark: Where the last run ended, None to read everything.
        latest: Upper bound of the new bookmark, for streams read in several requests: a change that happens
            behind the reader's back, in a collection it has already left, must be read next time, although
            later requests show newer changes.
    """

    def __init__(self, bookmark: datetime | None, latest: datetime | None = None) -> None:
        self.bookmark = bookmark
        self._latest = latest
        self._newest: datetime | None = None
        self._newest_text = ""

    def see(self, record: t.Mapping[str, t.Any]) -> datetime | None:
        """Take notice of a record and return when it changed, None where it does not tell."""
        text = record.get(REPLICATION_KEY)
        changed = moment(text)
        if changed is not None and (self._newest is None or changed > self._newest):
            self._newest, self._newest_text = changed, str(text)
        return changed

    def is_old(self, changed: datetime | None) -> bool:
        """Whether the last run has certainly emitted a record that changed then.

        Records that changed in the very second of the bookmark are not old: the last run may have come
        between two changes of that second.
        """
        return changed is not None and self.bookmark is not None and changed < self.bookmark

    def new_bookmark(self) -> str | None:
        """Return the value to write once everything has been emitted, None to leave the state as it is."""
        newest, text = self._newest, self._newest_text
        if newest is not None and self._latest is not None and newest > self._latest:
            newest, text = self._latest, self._latest.strftime("%Y-%m-%dT%H:%M:%SZ")
        if newest is None or (self.bookmark is not None and newest <= self.bookmark):
            return None
        return text
