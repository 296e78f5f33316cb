"""Accounts and the entities below them, as the simulated world holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from tap_twitter_ads_async.simulator.clock import epoch

HOUR = 3600
DAY = 24 * HOUR
LEGACY_ZONE = "America/Los_Angeles"


@dataclass(eq=False, slots=True)
class Node:
    """One entity that has statistics.

    A node without leaves of its own is where activity happens; a parent's figures are the sum over its leaves.
    """

    entity: str
    id: str
    account: Account = field(repr=False)
    salt: int
    start: int
    """First second in which it may be active."""
    end: int
    """The second at which it stops for good."""
    created: int
    updated: int
    name: str = ""
    parent: Node | None = field(default=None, repr=False)
    leaves: list[Node] = field(default_factory=list, repr=False)
    objective: str = "ENGAGEMENTS"
    deleted: bool = False
    status: str = "ACTIVE"
    target_id: str = ""
    """The tweet, user or media that a leaf promotes."""
    placements: tuple[str, ...] = ("ALL_ON_TWITTER",)
    fixed: dict[int, dict[str, int]] | None = field(default=None, repr=False)
    """Figures by start of slot that replace the generated ones: the vendor's own example."""

    def sources(self) -> list[Node]:
        """Return the nodes whose activity this one's figures add up."""
        return self.leaves or [self]

    def ancestor(self, entity: str) -> Node | None:
        """Return the node of an entity type at or above this one."""
        node: Node | None = self
        while node is not None and node.entity != entity:
            node = node.parent
        return node


@dataclass(eq=False, slots=True)
class Account:
    """One ads account: its zone, its entities by type and id."""

    id: str
    index: int
    name: str
    currency: str
    domain: str
    timezone: str
    switch_at: int
    """From this second on the account reports in its own zone, before it in Los Angeles time."""
    created: int
    updated: int
    user_id: str
    accessible: bool = True
    slot_seconds: int = HOUR
    """Width of the finest time bucket: local midnights of the account fall on such a boundary."""
    gap: tuple[int, int] = (0, 0)
    """The span before the change of time zone for which there are no figures."""
    nodes: dict[str, dict[str, Node]] = field(default_factory=dict, repr=False)

    def zone_at(self, seconds: int) -> ZoneInfo:
        """Return the zone in which the account reports at a moment."""
        return ZoneInfo(self.timezone if seconds >= self.switch_at else LEGACY_ZONE)

    def midnight(self, day: date) -> int:
        """Return the second at which a calendar day begins for the account."""
        own = epoch(datetime.combine(day, time(), ZoneInfo(self.timezone)))
        if own >= self.switch_at:
            return own
        return epoch(datetime.combine(day, time(), ZoneInfo(LEGACY_ZONE)))

    def local(self, seconds: int) -> datetime:
        """Return a moment on the account's wall clock."""
        return datetime.fromtimestamp(seconds, self.zone_at(seconds))

    def settle(self) -> None:
        """Work out what follows from the time zone, once it is known."""
        self.slot_seconds = _slot_seconds(self)
        eve = self.local(self.switch_at - 1)
        self.gap = (self.switch_at - (eve.hour * HOUR + eve.minute * 60 + eve.second + 1), self.switch_at)

    def of(self, entity: str) -> dict[str, Node]:
        """Return the account's entities of one type, by id."""
        return self.nodes.setdefault(entity, {})

    def add(self, node: Node) -> Node:
        """Put an entity where it belongs."""
        self.of(node.entity)[node.id] = node
        return node


def _slot_seconds(account: Account) -> int:
    offsets = (account.local(s).utcoffset() for s in (account.updated, account.updated + 182 * DAY))
    minutes = {int(offset.total_seconds()) // 60 % 60 for offset in offsets if offset is not None}
    if minutes <= {0}:
        return HOUR
    return HOUR // 2 if minutes <= {0, 30} else HOUR // 4
