"""Results wait on disk, in a private place that is gone afterwards."""

from __future__ import annotations

import stat
import typing as t

import pytest

from tap_twitter_ads_async.stats.jobs.spool import Spool

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def spool() -> Iterator[Spool]:
    """Return a spool that is full with ten bytes."""
    made = Spool(limit=10)
    yield made
    made.close()


def room(spool: Spool) -> bool:
    """Look whether there is room now."""
    return spool.has_room


def put(spool: Spool, size: int) -> t.Any:
    """Write a file of that size."""
    path = spool.new_path()
    path.write_bytes(b"x" * size)
    return spool.add(path)


def test_room_is_what_was_added_less_what_was_discarded(spool: Spool) -> None:
    """Counted in bytes on disk."""
    assert room(spool)
    small = put(spool, 4)
    assert (small.size, room(spool)) == (4, True)
    large = put(spool, 6)
    assert not room(spool)
    spool.discard([small])
    assert room(spool)
    assert not small.path.exists()
    assert large.path.exists()
    spool.discard([large])
    spool.discard([])
    put(spool, 9)
    assert room(spool)


def test_every_file_has_a_name_of_its_own_in_a_private_directory(spool: Spool) -> None:
    """Names come from a counter; other users of the machine read nothing."""
    paths = {spool.new_path() for _ in range(100)}
    assert len(paths) == 100
    (directory,) = {path.parent for path in paths}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_closing_leaves_nothing_behind(spool: Spool) -> None:
    """Also with files left in it, and also twice."""
    file = put(spool, 3)
    spool.close()
    assert not file.path.parent.exists()
    spool.close()
    spool.discard([file])
