"""What all records have in common: ids, times, deletion, and how many there are."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.simulator.clock import epoch, iso
from tap_twitter_ads_async.simulator.entities import DAY
from tap_twitter_ads_async.simulator.hashing import base36_id, salt, snowflake

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_twitter_ads_async.simulator.entities import Account, Node
    from tap_twitter_ads_async.simulator.objects import Record
    from tap_twitter_ads_async.simulator.world import World

_DELETED_ONE_IN = 6


def owner(account: Account | None) -> Account:
    """Return the account of an account-scoped collection."""
    if account is None:
        raise LookupError("this collection belongs to an account")
    return account


def times(world: World, *parts: object) -> Record:
    """Return `created_at` and `updated_at`, in the year before the world's now."""
    now = epoch(world.options.world_now())
    created = now - DAY - salt("created", world.options.seed, *parts) % (400 * DAY)
    updated = created + salt("updated", world.options.seed, *parts) % (now - created)
    return {"created_at": iso(created), "updated_at": iso(updated)}


def common(world: World, kind: str, scope: str, number: int, *, decimal: bool = False) -> Record:
    """Return `id`, `created_at`, `updated_at`, `deleted` of the n-th record of a kind; one in six is deleted.

    Args:
        world: Simulated world, which gives the times.
        kind: Kind of object.
        scope: Account or parent that the record belongs to.
        number: Index of the record.
        decimal: Whether the id is in base 10.
    """
    record_id = snowflake(scope, kind, number) if decimal else base36_id(5, scope, kind, number)
    deleted = every(_DELETED_ONE_IN, number)
    return {"id": record_id, **times(world, kind, scope, number), "deleted": deleted}


def numbered(world: World) -> range:
    """Return the numbers of the records of a collection outside the campaign tree."""
    return range(world.options.records_per_collection)


def of_node(node: Node) -> Record:
    """Return the common fields of an entity that also has statistics."""
    return {
        "id": node.id,
        "created_at": iso(node.created),
        "updated_at": iso(node.updated),
        "deleted": node.deleted,
    }


def every(step: int, number: int) -> bool:
    """Tell whether a number is the last of each `step`: how rare variants are spread."""
    return number % step == step - 1


def line_items(account: Account | None) -> Iterator[tuple[int, Node]]:
    """Return the account's line items, numbered."""
    return enumerate(owner(account).of("LINE_ITEM").values())


def money(*parts: object, low: int = 5, high: int = 900) -> int:
    """Return an amount in millionths of the account's currency."""
    return (low + salt("money", *parts) % (high - low)) * 1_000_000
