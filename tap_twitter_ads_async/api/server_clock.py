"""The API's present, according to its answers. Bookmarks are about the API's time; the clock here may be off."""

from __future__ import annotations

import logging
import typing as t
from datetime import timedelta
from email.utils import parsedate_to_datetime

from tap_twitter_ads_async.domain.calendar import UTC

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.clock import Clock

logger = logging.getLogger("tap-twitter-ads-async.http")

RESOLUTION = timedelta(seconds=2)
"""The header has whole seconds, and an answer takes time: less than this is no difference."""
WORTH_A_WARNING = timedelta(seconds=30)


class ServerClock:
    """Now, by the clock of the API's servers. Safe for use from many threads.

    Args:
        clock: This machine's clock, which counts until the API has answered, and between its answers.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = timedelta()
        self._warned = False

    def observe(self, date: str) -> None:
        """Take the `Date` header of an answer that has just come; what is no date says nothing."""
        try:
            told = parsedate_to_datetime(date)
        except (TypeError, ValueError, OverflowError):
            return
        ahead = (told if told.tzinfo else told.replace(tzinfo=UTC)) - self._clock.now()
        self._ahead = ahead if abs(ahead) >= RESOLUTION else timedelta()
        if abs(ahead) >= WORTH_A_WARNING and not self._warned:
            self._warned = True
            logger.warning(
                "This machine's clock is %d s %s the API's. This run uses the API's time; correct this machine's "
                "clock, because the API rejects signatures that are minutes off",
                abs(ahead).total_seconds(),
                "behind" if ahead > timedelta() else "ahead of",
            )

    def now(self) -> datetime:
        """Return the API's present moment, in UTC."""
        return self._clock.now().astimezone(UTC) + self._ahead
