"""What the simulator knows, for working out answers in Python.

Money is in the account's currency, not in millionths, from the first line on; queries convert, so this must not do it
the same way.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_twitter_ads_async.simulator.server import Simulator

Key = tuple[t.Any, ...]
Answer = dict[Key, dict[str, t.Any]]
"""A query's rows: values by column, by what tells rows apart."""
FIRST_DAY, AFTER_LAST_DAY = "2025-10-25", "2025-11-08"
MICRO = 1_000_000


class Figure(t.NamedTuple):
    """What happened to one entity on one day in one placement (and segment)."""

    account_id: str
    entity_id: str
    day: date
    placement: str
    segment: str | None
    metrics: t.Mapping[str, int]

    def money(self, metric: str = "billed_charge_local_micro") -> Decimal:
        """Return an amount in whole units."""
        return Decimal(self.metrics.get(metric, 0)) / MICRO


class Known:
    """The simulator's figures and objects."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.accounts = list(simulator.api.world.accounts)

    def figures(self, entity: str, segmentation: str | None = None) -> list[Figure]:
        """Return all figures of an entity type."""
        return [
            Figure(
                row["account_id"],
                row["entity_id"],
                date.fromisoformat(row["date"]),
                row["placement"],
                row.get("segment_name"),
                row["metrics"],
            )
            for account in self.accounts
            for row in self._simulator.truth(
                account, entity, "DAY", FIRST_DAY, AFTER_LAST_DAY, segmentation_type=segmentation
            )
        ]

    def impressions_by_hour(self, entity: str, placement: str) -> dict[tuple[str, int], int]:
        """Return what was seen by account and hour of its clock."""
        seen: dict[tuple[str, int], int] = defaultdict(int)
        for account, zone in self.zones.items():
            for row in self._simulator.truth(account, entity, "HOUR", FIRST_DAY, AFTER_LAST_DAY, placement):
                start = datetime.fromisoformat(row["start_time"].replace("Z", "+00:00"))
                seen[account, start.astimezone(ZoneInfo(zone)).hour] += row["metrics"].get("impressions", 0)
        return dict(seen)

    def objects(self, kind: str) -> Iterator[tuple[str, dict[str, t.Any]]]:
        """Return account and record of every object of a kind."""
        return ((account, record) for account in self.accounts for record in self._simulator.objects(account, kind))

    @cached_property
    def campaigns(self) -> list[Figure]:
        """The figures most queries are about."""
        return self.figures("CAMPAIGN")

    @cached_property
    def zones(self) -> dict[str, str]:
        """Time zone by account."""
        return {account.id: account.timezone for account in self._simulator.api.world.accounts.values()}

    @cached_property
    def currencies(self) -> dict[str, str]:
        """Currency by account."""
        return {account: record["currency"] for account, record in self.objects("campaigns")}


def grouped(figures: Iterable[Figure], key: Callable[[Figure], Key]) -> dict[Key, list[Figure]]:
    """Return figures by key."""
    found: dict[Key, list[Figure]] = defaultdict(list)
    for figure in figures:
        found[key(figure)].append(figure)
    return found


def total(figures: Iterable[Figure], *metrics: str) -> int:
    """Return the sum over figures and metrics; what is not there counts as nothing."""
    return sum(figure.metrics.get(metric, 0) for figure in figures for metric in metrics)


def money(figures: Iterable[Figure], metric: str = "billed_charge_local_micro") -> Decimal:
    """Return a sum of money."""
    return sum((figure.money(metric) for figure in figures), Decimal())


def ratio(above: Decimal | int, below: Decimal | int, scale: int = 1) -> Decimal | None:
    """Return a ratio, None where there is nothing to divide by."""
    return scale * Decimal(above) / Decimal(below) if below else None
