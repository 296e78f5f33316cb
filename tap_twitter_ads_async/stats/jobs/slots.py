"""How many jobs an account may have on the server: what the setting and other clients of the account leave it. Pure."""

from __future__ import annotations

import random
import typing as t

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.api.client import JobPage

LOOK_AGAIN_SECONDS = 1.0
"""How often a run that holds no slot tries for one at first: 60 of the 450 writes that a user has a minute."""
TRIES_TO_SLOW_DOWN = 20
"""After so many failed tries the pauses are twice as long, after twice as many three times, ..."""
COURTESY_SECONDS = 60.0
"""For so long after another client's jobs were seen to come or go, it may want slots again."""


class Slots:
    """The account's limit of jobs in flight.

    Attributes:
        limit: So many jobs the run may have on the server now.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.limit = most
        self._others: int | None = None
        self._courteous_until = 0.0
        self._tries = 0

    def refused(self, taken: int) -> None:
        """Go on with what the run has: the account has no more."""
        self.limit = taken

    def probe(self) -> None:
        """Try for one slot, if nothing else would report a free one."""
        self.limit = max(self.limit, 1)
        self._tries += 1

    def probe_pause(self) -> float:
        """Return seconds to wait before the next try.

        Uneven: in step with another run's rounds of jobs, even pauses would always end too late.
        """
        patience = 1 + self._tries / TRIES_TO_SLOW_DOWN
        return LOOK_AGAIN_SECONDS * patience * random.uniform(0.3, 1.7)  # noqa: S311 - jitter

    def told(self, page: JobPage, taken: int, now: float, *, sure: bool) -> None:
        """Take in what an answer says about the account's slots.

        Next to a client whose jobs come and go, the run takes half of what is free and leaves the rest for a look
        later: otherwise whoever looks first takes all, and of two runs in step that is always the same one.

        Args:
            page: The answer.
            taken: Jobs of the run that occupy a slot, without those that the answer says have ended.
            now: Monotonic seconds.
            sure: Whether the server and the run counted the same jobs: none was being created meanwhile.
        """
        self._tries = 0
        free = page.free_slots
        if free is None or not sure:
            more = 0 if free == 0 else 1  # without a sure count, upward one by one
            self.limit = min(self._most, self.limit + more)
            return
        if page.total_slots is not None:
            others = page.total_slots - free - taken
            if self._others not in {None, others}:
                self._courteous_until = now + COURTESY_SECONDS
            self._others = others
        share = -(-free // 2) if now < self._courteous_until else free
        self.limit = min(self._most, taken + share)
