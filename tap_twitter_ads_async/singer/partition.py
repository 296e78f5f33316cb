"""Reading an account's entry of the state, as an earlier run or a person left it."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

from tap_twitter_ads_async.errors import StateError

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def reading(partition: Mapping[str, t.Any], where: str, version: int) -> Iterator[None]:
    """Refuse an entry of another version, and name what cannot be read of one.

    Args:
        partition: The entry.
        where: Stream and account, for messages.
        version: Version of the form that is read; an entry without one was made by a person.

    Raises:
        StateError: It cannot be understood.
    """
    if partition.get("version", version) != version:
        raise StateError(
            f"State of {where}: 'version' is {partition['version']!r}; this tap reads {version}. Upgrade the tap, "
            "or remove the partition to extract everything again"
        )
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StateError(
            f"State of {where} cannot be read ({error}). Correct it, or remove the partition to extract everything "
            "again"
        ) from None
