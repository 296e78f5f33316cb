"""A first extraction that begins with what people look at."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

STREAMS = ["campaign_stats", "account_stats"]
SETTINGS: dict[str, t.Any] = {"newest_first": True, "window_days": 3}


def _starts(outcome: t.Any, stream: str) -> list[str]:
    return list(dict.fromkeys(r["start_time"] for r in outcome.records(stream)))


@pytest.mark.parametrize("granularity", ["DAY", "HOUR", "TOTAL"])
def test_windows_come_from_the_newest_to_the_oldest(start_world: Callable[..., World], granularity: str) -> None:
    """The last days are in the warehouse while years of history still arrive; the rows are the same."""
    world = start_world({"granularity": granularity})
    usual = world.run(STREAMS, window_days=3)
    backwards = world.run(STREAMS, **SETTINGS)
    for stream in STREAMS:
        assert backwards.by_key(stream) == usual.by_key(stream)
        days = [start[:10] for start in _starts(backwards, stream)]
        assert max(days[:2]) == max(days)
        assert days[-1] < max(days[:4])
        assert min(days) in days[-4 * 24 :]
    assert backwards.state == usual.state
    partitions = [p for s in backwards.states for b in s["bookmarks"].values() for p in b.get("partitions", [])]
    assert max(len(p["progress"]["open"]) for p in partitions if "progress" in p) == 1, "open days stay in one piece"


@pytest.mark.parametrize("messages", [60, 140, 220])
def test_a_run_cut_off_goes_on_and_comes_to_an_exact_end(start_world: Callable[..., World], messages: int) -> None:
    """Open days then lie at the beginning, not at the end."""
    world = start_world(SETTINGS)
    cut = world.run(STREAMS).cut(messages)
    assert cut.states
    world.sim.api.clock.advance(26 * 3600)
    rest = world.run(STREAMS, state=cut.state)
    assert rest.exit_code == 0, rest.log
    for stream in STREAMS:
        world.assert_exact([cut, rest], stream)
    assert not any("progress" in p for s in STREAMS for p in rest.state["bookmarks"][s]["partitions"])


def test_later_runs_keep_the_order_of_time(start_world: Callable[..., World]) -> None:
    """Only a first extraction has a history to put off."""
    world = start_world(SETTINGS)
    first = world.run(["account_stats"])
    second = world.run(["account_stats"], state=first.state)
    starts = _starts(second, "account_stats")
    assert starts == sorted(starts)
