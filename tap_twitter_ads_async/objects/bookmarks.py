"""How far one account's objects have been read: parsing, watching and moving the bookmark."""

from __future__ import annotations

import logging
import typing as t

from tap_twitter_ads_async.domain.calendar import AccountZone, parse_bookmark, read_moment, stamp
from tap_twitter_ads_async.domain.present import MARGIN, believed, is_ahead, settled
from tap_twitter_ads_async.errors import StateError, ZoneUnreadable
from tap_twitter_ads_async.objects.declaration import REPLICATION_KEY

if t.TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger("tap-twitter-ads-async.objects")


def bookmark_of(
    stream: str, account_id: str, partition: t.Mapping[str, t.Any], account: t.Mapping[str, t.Any] | None = None
) -> datetime | None:
    """Return the moment a state partition claims, None where it claims nothing.

    Args:
        stream: Name of the stream, for messages.
        account_id: Ads account, for messages.
        partition: The stream's state for the account.
        account: The account's record, with its time zone; None where it is not known.

    Raises:
        StateError: The value is no moment; reading everything again in silence would be no better answer.
    """
    value = partition.get("replication_key_value")
    if value is None or partition.get("replication_key", REPLICATION_KEY) != REPLICATION_KEY:
        return None
    try:
        return parse_bookmark(value, _zone_of(account))
    except (ValueError, TypeError, AttributeError):
        raise StateError(
            f"State of stream {stream}, account {account_id or '-'}: replication_key_value {value!r} is not "
            "a date or date-time such as 2026-01-31T00:00:00Z. Correct it, or remove it to read everything again.",
        ) from None


def _zone_of(account: t.Mapping[str, t.Any] | None) -> AccountZone | None:
    try:
        return None if account is None else AccountZone.of(account)
    except ZoneUnreadable:  # its objects are extracted all the same
        return None


class Watermark:
    """Newest `updated_at` met while one account is read.

    Args:
        claimed: Where the last run ended, None to read everything.
        now: The API's present before the first request. The bookmark stays behind it: a change that happens behind
            the reader's back, in a collection it has already left, or that the API lists late, is read next time.
        where: Stream and account, for messages.

    Attributes:
        bookmark: How far back to read; None for everything.
        as_of: The moment that the reading is about; see `limit`.
    """

    def __init__(self, claimed: datetime | None, now: datetime, where: str = "a stream") -> None:
        self._now = now
        self.as_of = now
        self._where = where
        self._newest: datetime | None = None
        self._mend = claimed is not None and is_ahead(claimed, now)
        self.bookmark = None if claimed is None else believed(claimed, now)
        if claimed is not None and self._mend:
            from_when = "everything" if self.bookmark is None else f"again from {stamp(self.bookmark)} on"
            logger.warning("%s: the bookmark %s lies in the future; reading %s", where, stamp(claimed), from_when)

    def limit(self, moment: datetime | None) -> None:
        """Claim nothing that happened after a moment: parents that came later were not asked for.

        Args:
            moment: When the reading of the parents began, None where no records are asked for by parents.
        """
        if moment is not None:
            self.as_of = min(self.as_of, moment)

    def see(self, record: t.Mapping[str, t.Any]) -> datetime | None:
        """Take note of a record and return when it changed, None if unknown."""
        changed = read_moment(record.get(REPLICATION_KEY))
        if changed is not None and (self._newest is None or changed > self._newest):
            self._newest = changed
        return changed

    def is_old(self, changed: datetime | None) -> bool:
        """Whether the last run has certainly emitted a record that changed then.

        Records that changed in the very second of the bookmark are not old: the last run may have come
        between two changes of that second.
        """
        return changed is not None and self.bookmark is not None and changed < self.bookmark

    def new_bookmark(self) -> str | None:
        """Return the value to write once everything has been emitted, None to leave the state as it is."""
        latest = settled(self.as_of)
        if self._newest is not None and self._newest > self._now + MARGIN:
            logger.warning(
                "%s: the API dates a change %s, which lies in the future; the bookmark becomes %s",
                self._where,
                stamp(self._newest),
                stamp(latest),
            )
        found = None if self._newest is None else min(self._newest, latest)
        if self._mend:
            return stamp(found or latest)
        if found is None or (self.bookmark is not None and found <= self.bookmark):
            return None
        return stamp(found)
