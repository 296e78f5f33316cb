"""How often a request is tried, and how long the pauses between are: the one policy for all requests to the API."""

from __future__ import annotations

from http import HTTPStatus

from tap_twitter_ads_async.api.rate_limits import RATE_WINDOW_SECONDS
from tap_twitter_ads_async.errors import Unavailable
from tap_twitter_ads_async.pauses import Pauses, growing, uneven

QUOTA_PATIENCE_SECONDS = 3600.0
"""A request that the API puts off for longer, quota after quota, has failed."""
MAX_TRIES = 6
"""Tries of one request: about half a minute of growing pauses, apart from waits for a quota."""
LONGEST_PAUSE_SECONDS = 30.0


class Patience:
    """How often one request is tried, and how long the pauses between are.

    A used-up quota is no trouble of the request: others were quicker, and will be slower the next time. It comes back
    with the next rate window at the latest, so that a request waits that long even where the API does not say when;
    where it does, the request waits for several.

    Args:
        repeatable: False for requests that must not be carried out twice.
        first: Seconds of the first pause.
    """

    def __init__(self, *, repeatable: bool, first: float = Pauses().request) -> None:
        self._repeatable = repeatable
        self._first = first
        self._failures = 0
        self._refusals = 0
        self._waited = 0.0

    def is_over(self, error: Exception) -> bool:
        """Whether another try is hopeless, or forbidden; counts this one."""
        if not isinstance(error, Unavailable) or (error.outcome_unknown and not self._repeatable):
            return True
        if error.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._refusals += 1
            patience = QUOTA_PATIENCE_SECONDS if error.retry_after else RATE_WINDOW_SECONDS
            return self._refusals >= MAX_TRIES and self._waited >= patience
        self._failures += 1
        return self._failures >= MAX_TRIES

    def pause(self, error: Unavailable) -> float:
        """Return the seconds to wait at least before the next try: they grow from one to the next."""
        quota = error.status == HTTPStatus.TOO_MANY_REQUESTS
        tries = self._refusals if quota else self._failures
        longest = RATE_WINDOW_SECONDS if quota and not error.retry_after else LONGEST_PAUSE_SECONDS
        seconds = uneven(growing(tries, self._first, longest))
        if quota:
            self._waited += max(seconds, error.retry_after or 0.0)
        return seconds
