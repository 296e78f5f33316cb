"""The synchronous endpoint beside the jobs: answers in seconds, for what it takes, and within its small quota.

It takes unsegmented metrics of at most seven days that are not older than 90 days, 250 requests in 15 minutes of the
user, whatever the account. What it does not take, what is beyond the quota and what it fails to answer is left to jobs.
Its answer is a result file's content, so that the records are the same.
"""

from __future__ import annotations

import logging
import sys
import threading
import typing as t
from datetime import timedelta
from functools import partial
from http import HTTPStatus

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.errors import ApiError, Unavailable
from tap_twitter_ads_async.stats.jobs.executor import NO_QUOTA, AsyncJobs, Quota
from tap_twitter_ads_async.stats.jobs.result_file import keep_whole

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from tap_twitter_ads_async.api.client import AdsApi
    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.stats.plan.spec import JobSpec

logger = logging.getLogger("tap-twitter-ads-async.jobs")

LONGEST = timedelta(hours=rules.MAX_SYNC_HOURS)
OLDEST = timedelta(days=rules.MAX_SYNC_AGE_DAYS)
AGE_MARGIN = timedelta(hours=1)
"""Specs this close to the oldest day are left to jobs: a request may wait for its turn."""
LOOK_SECONDS = 0.2
"""How often a waiting request looks whether the run was stopped."""
MAX_FAILURES = 3
"""After so many failures in a row, the endpoint is left alone for this run."""


class SyncBudget:
    """How many requests the endpoint takes now, counted from its answers' headers. Thread-safe.

    Until an answer has shown the remaining quota, one request is in flight at a time, and the others wait for it:
    another run may have used up the quota.

    Args:
        clock: Now.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._left: int | None = None
        self._window_ends = 0.0
        self._queued = 0
        self._under_way = 0
        self._failures = 0

    def quota(self) -> Quota:
        """Return what is left beside the requests in line and under way: one until an answer has shown how many."""
        with self._changed:
            self._renew()
            if self._failures >= MAX_FAILURES:
                return NO_QUOTA
            taken = self._queued + self._under_way
            most = max(0, (rules.MAX_SYNC_REQUESTS if self._left is None else self._left) - taken)
            return Quota(most if self._left is not None else int(not taken), most)

    def queue(self) -> bool:
        """Put a request in line, if it has a chance; `begin` takes it out again, or `withdraw`."""
        with self._changed:
            if not self.quota().most:
                return False
            self._queued += 1
            return True

    def withdraw(self) -> None:
        """Take a request out of the queue that will not be sent."""
        with self._changed:
            self._queued -= 1

    def begin(self) -> bool:
        """Take a request out of the queue and return whether it may be sent; `answered` or `failed` must follow if so.

        Blocks while other requests find out what is left.
        """
        with self._changed:
            self._queued -= 1
            while self._unsure and not self._clock.stopped:
                self._changed.wait(LOOK_SECONDS)
                self._renew()
            if self._failures >= MAX_FAILURES or self._under_way >= (1 if self._left is None else self._left):
                return False
            self._under_way += 1
            return True

    @property
    def _unsure(self) -> bool:
        """Whether only the answers to come tell if another request may be sent: what is left may count them already."""
        return self._under_way > 0 and (self._left is None or 0 < self._left <= self._under_way)

    def _renew(self) -> None:
        """Forget what is left once another rate window has begun."""
        if self._left is not None and self._clock.monotonic() >= self._window_ends:
            self._left = None

    def answered(self, remaining: int | None, reset_in: float | None) -> None:
        """Note an answer.

        Args:
            remaining: Requests that are left, None where the answer does not say.
            reset_in: Seconds until they are all there again, None where the answer does not say.
        """
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()
            self._failures = 0
            counted = rules.MAX_SYNC_REQUESTS - 1 if self._left is None else self._left - 1
            if remaining is not None:
                # Answers may overtake each other: within a window, the quota only shrinks.
                counted = remaining if self._left is None else min(remaining, self._left)
            if self._left is None or reset_in is not None:
                wait = rules.RATE_WINDOW_SECONDS if reset_in is None else reset_in
                self._window_ends = self._clock.monotonic() + wait
            self._left = max(0, counted)

    def failed(self, *, used_up: bool, reset_in: float | None) -> None:
        """Note that no answer came.

        Args:
            used_up: Whether the quota was used up; else the endpoint itself failed.
            reset_in: Seconds until the quota is there again, None where the answer does not say.
        """
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()
            if used_up:
                self._left = 0
                self._window_ends = self._clock.monotonic() + (reset_in or rules.RATE_WINDOW_SECONDS)
                return
            self._failures += 1
            if self._failures == MAX_FAILURES:
                logger.info("The synchronous endpoint fails; everything is left to jobs")


class SyncFirst(AsyncJobs):
    """Asks the synchronous endpoint for what it takes, and creates jobs for everything else.

    Who gets the quota where it is not enough is decided in `quota_sharing.py`.

    Args:
        api: The API.
        api_url: Its base URL, which says where result files may lie.
        clock: Now.
    """

    def __init__(self, api: AdsApi, api_url: str, clock: Clock) -> None:
        super().__init__(api, api_url)
        self._sync_api = api
        self._budget = SyncBudget(clock)

    @override
    def takes(self, spec: JobSpec) -> bool:
        """Whether the synchronous endpoint takes a spec."""
        return takes(spec, self._sync_api.now())

    @override
    def quota(self) -> Quota:
        """Return how many requests are left."""
        return self._budget.quota()

    @override
    def at_once(self, spec: JobSpec) -> Callable[[Path], None] | None:
        """Return a call that asks the synchronous endpoint, None where it cannot be asked."""
        if not self.takes(spec) or not self._budget.queue():
            return None
        return partial(self._ask, spec)

    @override
    def withdraw(self) -> None:
        """Leave a place in the line to others."""
        self._budget.withdraw()

    def _ask(self, spec: JobSpec, path: Path) -> None:
        if not self._budget.begin():
            raise Unavailable(f"GET stats/accounts/{spec.account_id}: the quota of the synchronous endpoint is used up")
        try:
            answer = self._sync_api.statistics(spec.account_id, spec.params())
        except ApiError as error:
            self._budget.failed(used_up=error.status == HTTPStatus.TOO_MANY_REQUESTS, reset_in=error.retry_after)
            raise
        except BaseException:
            self._budget.failed(used_up=False, reset_in=None)
            raise
        self._budget.answered(answer.remaining, answer.reset_in)
        keep_whole(path, answer.content)


def takes(spec: JobSpec, now: datetime) -> bool:
    """Whether the synchronous endpoint takes a spec.

    The seven days are hours there: the week in which clocks are set back has 169, and is refused.
    """
    return (
        spec.segmentation_type is None and spec.end - spec.start <= LONGEST and spec.start >= now - OLDEST + AGE_MARGIN
    )
