"""What a test, the admin endpoints and the command line can do with a simulated API."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.simulator.activity import FAMILY_OF_GROUP
from tap_twitter_ads_async.simulator.api import Api
from tap_twitter_ads_async.simulator.buckets import Bucket
from tap_twitter_ads_async.simulator.clock import iso
from tap_twitter_ads_async.simulator.entities import HOUR
from tap_twitter_ads_async.simulator.faults import fault_from, parse_fault
from tap_twitter_ads_async.simulator.ledger import Revision
from tap_twitter_ads_async.simulator.metrics import GROUPS
from tap_twitter_ads_async.simulator.oauth import credentials_for
from tap_twitter_ads_async.simulator.params import parse_time
from tap_twitter_ads_async.simulator.places import country_named, platform_named
from tap_twitter_ads_async.simulator.truth import Question, flat_name

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.simulator.clock import SimClock
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.faults import Fault
    from tap_twitter_ads_async.simulator.journal import Journal
    from tap_twitter_ads_async.simulator.options import SimulatorOptions
    from tap_twitter_ads_async.simulator.truth import Row

_INTERNAL_NAMES = {
    flat_name(name): name
    for metrics in GROUPS.values()
    for metric, keys in metrics.items()
    for name in ([f"{metric}.{key}" for key in keys] or [metric])
}


class Simulation:
    """A world and its API, not yet connected to any port."""

    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self.api = Api(options)
        self.api_url = ""
        self.files_url = ""

    @property
    def clock(self) -> SimClock:
        """The world's time."""
        return self.api.clock

    @property
    def journal(self) -> Journal:
        """Requests, broken rules and counters so far."""
        return self.api.journal

    def add_fault(self, fault: str | dict[str, t.Any] | Fault) -> None:
        """Plan a mishap, given as text, as a JSON object, or as it is."""
        if isinstance(fault, str):
            fault = parse_fault(fault)
        self.api.faults.add(fault_from(fault) if isinstance(fault, dict) else fault)

    def clear_faults(self) -> None:
        """Let everything go right again."""
        self.api.faults.clear()
        self.api.jobs.foreign.clear()

    def config(self, **overrides: t.Any) -> dict[str, t.Any]:
        """Return a complete configuration of the tap for this world; keywords replace or add settings."""
        return {
            **credentials_for(self.options.seed)._asdict(),
            "api_url": self.api_url,
            "start_date": self.api.world.start_day.isoformat(),
            **overrides,
        }

    def truth(  # noqa: PLR0913, PLR0917 - one parameter per part of the question
        self,
        account_id: str,
        entity: str,
        granularity: str,
        start: str,
        end: str,
        placement: str | None = None,
        segmentation_type: str | None = None,
        country: str | None = None,
        platform: str | None = None,
        metric_groups: str | None = None,
    ) -> list[Row]:
        """Return flat rows of all figures of an entity type.

        Args:
            account_id: The account.
            entity: Entity type, such as `CAMPAIGN`.
            granularity: `HOUR`, `DAY` or `TOTAL`.
            start: First moment: a bare date (the account's midnight) or a time with its offset.
            end: Moment after the last, likewise.
            placement: One placement; default: each.
            segmentation_type: Segmentation; default: none.
            country: Two-letter code or targeting value of the country, where the segmentation needs one.
            platform: Name or targeting value of the platform, likewise.
            metric_groups: Comma-separated metric groups; default: all that the entity type and segmentation allow.

        Returns:
            One row per entity, placement, bucket and segment in which anything happened: the tap's key columns and
            `metrics`, a mapping of column to value without zeros. Rows with nothing but zeros and nulls may appear
            in an extraction; they are not listed here.

        Raises:
            KeyError: No such account.
            ValueError: A time that cannot be read.
        """
        account = self._account(account_id)
        bounds = parse_time("start", start, account), parse_time("end", end, account)
        place, device = country_named(country), platform_named(platform)
        scope = place.value if place else None, None if device is None else str(device)
        groups = tuple(metric_groups.split(",")) if metric_groups else ()
        question = Question(entity, granularity, *bounds, placement, segmentation_type, *scope, groups)
        return self.api.truth.rows(account, question)

    def objects(self, account_id: str | None, kind: str) -> list[dict[str, t.Any]]:
        """Return every record of a collection, deleted ones too; None for what belongs to no account."""
        account = self._account(account_id) if account_id else None
        return list(self.api.store.records(account, kind).values())

    def change_object(
        self, account_id: str | None, kind: str, key: str, changes: dict[str, t.Any] | None = None
    ) -> dict[str, t.Any]:
        """Change, delete (`{"deleted": true}`) or add a record; `updated_at` becomes now unless it is given.

        Args:
            account_id: Ads account, None for records of no account.
            kind: Collection.
            key: Key of the record.
            changes: Fields to set.
        """
        account = self._account(account_id) if account_id else None
        now = self.api.clock.seconds()
        changes = {"updated_at": iso(now)} | (changes or {})
        if account is not None:
            self.api.history.note(account, kind, key, changes, now)
        return self.api.store.change(account, kind, key, changes)

    def revise(  # noqa: PLR0913, PLR0917 - one parameter per part of a revision
        self,
        account_id: str,
        entity: str,
        entity_id: str,
        hour: int,
        metric: str,
        delta: int,
        placement: str = "ALL_ON_TWITTER",
        *,
        propagate: bool = False,
        recorded_ago: int = 0,
    ) -> None:
        """Correct one figure of one past hour; the change feed records it at the world's now.

        Args:
            account_id: The account.
            entity: Entity type.
            entity_id: The entity.
            hour: First second of the hour, since 1970.
            metric: Column name, such as `billed_charge_local_micro` or `conversion_purchases_metric`.
            delta: What is added to the figure.
            placement: The placement.
            propagate: Whether everything above the entity changes with it; else only the entity itself.
            recorded_ago: Seconds before now at which it was recorded: the feed lists it late.

        Raises:
            KeyError: No such account, entity or metric.
        """
        node = self._account(account_id).of(entity)[entity_id]
        deltas = {_INTERNAL_NAMES[metric]: int(delta)}
        revision = Revision(placement, hour, self.api.clock.seconds() - recorded_ago, deltas)
        self.api.ledger.post(node, revision)
        while propagate and node.parent is not None:
            node = node.parent
            self.api.ledger.post(node, revision)

    def take_back(
        self, account_id: str, entity: str, entity_id: str, hours: Iterable[int], placement: str = "ALL_ON_TWITTER"
    ) -> None:
        """Credit everything back that an entity had in some hours; the change feed records it at the world's now.

        Args:
            account_id: The account.
            entity: Entity type.
            entity_id: The entity.
            hours: First second of each hour, since 1970.
            placement: The placement.
        """
        node, ledger = self._account(account_id).of(entity)[entity_id], self.api.ledger
        for hour in hours:
            deltas: dict[str, int] = {}
            for family in sorted(set(FAMILY_OF_GROUP.values())):
                (had,) = ledger.series(node, placement, [Bucket(hour, hour + HOUR)], family, ledger.as_of())
                deltas |= {name: -value for name, value in had.items()}
            if deltas:
                ledger.post(node, Revision(placement, hour, self.api.clock.seconds(), deltas))

    def move_zone(self, account_id: str, timezone: str, switch_at: int | None = None) -> None:
        """Let an account report in another time zone from now on, its past included.

        Args:
            account_id: The account.
            timezone: The zone, an IANA name.
            switch_at: Second since 1970 from which on it holds, and before which the account reports in Los Angeles
                time; it is a midnight of the zone. Default: since long ago.
        """
        account = self._account(account_id)
        account.timezone = timezone
        account.switch_at = account.switch_at if switch_at is None else switch_at
        account.settle()
        self.api.ledger.forget()
        shown = {"timezone": timezone, "timezone_switch_at": iso(account.switch_at)}
        self.change_object(None, "accounts", account_id, shown)

    def _account(self, account_id: str) -> Account:
        return self.api.world.accounts[account_id]
