"""The pauses that are the tap's own choice, as one value, so that tests may run without them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import islice

import backoff


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds between tries.

    Attributes:
        request: First pause before a request is sent again.
        creation: First pause before a job is looked for whose creation was not answered.
        job: Pause before another job is created in place of one that failed.
        file: Longest pause before a result file is fetched again.
        poll: Shortest time between two requests for an account's jobs.
        sharing: Longest wait for what decides which account asks the synchronous endpoint.
    """

    request: float = 1.0
    creation: float = 1.0
    job: float = 2.0
    file: float = 30.0
    poll: float = 0.4
    sharing: float = 10.0


def growing(number: int, first: float, longest: float = float("inf")) -> float:
    """Return the seconds to wait before a try: each pause is twice as long as the one before.

    Args:
        number: Which pause it is, from 1 on.
        first: Seconds of the first.
        longest: Seconds that none exceeds.
    """
    pauses = backoff.expo(factor=first, max_value=longest)
    return next(islice(pauses, number, None))  # what the generator yields first is no pause


def uneven(seconds: float) -> float:
    """Return half to all of a pause, so that clients that failed together do not come back together."""
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
