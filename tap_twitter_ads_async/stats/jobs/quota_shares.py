"""How accounts share the requests that the synchronous endpoint has left. Pure.

A run ends when its slowest account ends, and an account takes about as many rounds of jobs as its slots need for its
tasks. So each request goes to the account that would take longest without it: the high accounts are levelled down, and
those that end early anyway get nothing.
"""

from __future__ import annotations

import heapq
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Mapping

Name = t.TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Load:
    """What one account has to do.

    Attributes:
        tasks: Tasks that wait for jobs or have them, those that are takeable included.
        takeable: Those of them that the synchronous endpoint would answer.
        slots: Jobs that the account may have on the server at once.
    """

    tasks: int
    takeable: int
    slots: int

    def rounds(self, answered: int) -> float:
        """Return how many rounds of jobs are left once some tasks are answered without any.

        An account without a slot gets one now and then, as soon as other clients leave it.
        """
        return (self.tasks - answered) / max(1, self.slots)


def shares(loads: Mapping[Name, Load], quota: int) -> dict[Name, int]:
    """Return how many requests each account may make, so that the slowest has as little left as possible.

    Of accounts that are level, the first goes first.

    Args:
        loads: By account.
        quota: How many requests are left for all of them.
    """
    left = min(quota, sum(load.takeable for load in loads.values()))
    given = dict.fromkeys(loads, 0)
    longest = [(-load.rounds(0), place, name) for place, (name, load) in enumerate(loads.items()) if load.takeable]
    heapq.heapify(longest)
    for _ in range(left):
        _, place, name = longest[0]
        given[name] += 1
        if given[name] < loads[name].takeable:
            heapq.heapreplace(longest, (-loads[name].rounds(given[name]), place, name))
        else:
            heapq.heappop(longest)
    return given
