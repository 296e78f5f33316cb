"""Who saw the ads: made-up people, so that reach is what it is in life, smaller than the sum of its parts.

Each account has a fixed number of people, numbered in a ring. The impressions of an ad in one slot go to people in a
row, from a place on the ring that depends on ad, placement and slot. What a window reaches is the union.
"""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.simulator.hashing import mix

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.simulator.entities import Account, Node
    from tap_twitter_ads_async.simulator.ledger import Ledger

Row = dict[str, t.Any]
ODD_FIGURES: dict[str, t.Callable[[Row], Row]] = {
    "absent": lambda row: {"id": row["id"], "average_frequency": row["average_frequency"]},
    "null": lambda row: row | {"total_audience_reach": None, "average_frequency": None},
    "words": lambda row: row | {"total_audience_reach": "n/a"},
    "list": lambda row: row | {"total_audience_reach": [row["total_audience_reach"]]},
    "negative": lambda row: row | {"total_audience_reach": -1},
    "odd_frequency": lambda row: row | {"average_frequency": "often"},
    "texts": lambda row: {name: str(value) for name, value in row.items()},
    "nobody": lambda row: row | {"total_audience_reach": 0, "average_frequency": None},
}
"""What a server in error, or a newer one, might make of a row, by name."""
PEOPLE_AT_LEAST, PEOPLE_SPREAD = 20_000, 60_000


class Reach(t.NamedTuple):
    """What the API tells of one entity and window."""

    people: int
    frequency: float


def people_of(account: Account) -> int:
    """Return how many people an account can reach."""
    return PEOPLE_AT_LEAST + mix(account.created ^ len(account.id)) % PEOPLE_SPREAD


def viewers(ledger: Ledger, node: Node, start: int, end: int) -> Iterable[tuple[int, int]]:
    """Yield who saw an entity's ads in a window, as first person and number of impressions, one for each person.

    Args:
        ledger: Who was active when.
        node: Entity.
        start: Inclusive, in epoch seconds.
        end: Exclusive, in epoch seconds.
    """
    people = people_of(node.account)
    for leaf in node.sources():
        for index, placement in enumerate(leaf.placements):
            for slot, seen in ledger.impressions(leaf, placement, start, end):
                first = mix(leaf.salt ^ (slot * 0x9E3779B97F4A7C15) ^ index) % people
                yield first, seen


def reach_of(ledger: Ledger, node: Node, start: int, end: int) -> Reach:
    """Return reach and average frequency of an entity in a window, given in epoch seconds.

    Args:
        ledger: Who was active when.
        node: Entity.
        start: Inclusive, in epoch seconds.
        end: Exclusive, in epoch seconds.
    """
    people = people_of(node.account)
    spans: list[tuple[int, int]] = []
    seen = 0
    for first, count in viewers(ledger, node, start, end):
        seen += count
        last = first + min(count, people)
        spans.append((first, min(last, people)))
        if last > people:
            spans.append((0, last - people))
    reached = _union(spans)
    return Reach(reached, round(seen / reached, 2) if reached else 0.0)


def _union(spans: list[tuple[int, int]]) -> int:
    total, until = 0, 0
    for first, last in sorted(spans):
        total += max(0, last - max(first, until))
        until = max(until, last)
    return total
