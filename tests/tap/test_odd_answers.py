"""Answers that are whole but odd: what can be understood is, what cannot is null or named, and nothing breaks."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from tests.support.world import World

STREAMS = ["campaign_stats", "account_stats"]
BROKEN_TEXT = ["surrogate", "bytes", "control", "bom"]
ODD_FIGURES = ["texts", "floats", "objects"]
PATHS: list[dict[str, t.Any]] = [{}, {"stream_maps": {"campaign_stats": {"__alias__": "campaign_stats"}}}]


@pytest.mark.parametrize("extra", PATHS, ids=["lines", "records"])
@pytest.mark.parametrize("kind", [*ODD_FIGURES, "bom"])
def test_figures_in_another_dress_are_the_same_figures(world: World, kind: str, extra: dict[str, t.Any]) -> None:
    """`"7"` and `7.0` are seven, on both ways to the output, and break no target's integer column."""
    world.fault(f"GET file: action=garble kind={kind} times=99")
    outcome = world.run(STREAMS, **extra)
    assert outcome.exit_code == 0, outcome.log
    assert "unknown to the schema" not in outcome.log
    world.assert_exact(outcome, "campaign_stats")


@pytest.mark.parametrize("kind", BROKEN_TEXT)
def test_broken_text_in_a_segment_is_read_once_and_told_once(world: World, kind: str) -> None:
    """Half an emoji in a name is there in every try: to download it again would lose the window."""
    world.fault(f"GET file: action=garble kind={kind} times=99")
    streams = ["campaign_stats_by_metros"]
    outcome = world.run(streams, segmentation_types=["METROS"], country_codes=["US"])
    assert outcome.exit_code == 0, outcome.log
    assert len(world.requests("GET", "file")) == len(world.jobs)
    names = {str(record["segment_name"]) for record in outcome.records()}
    assert names
    assert all(("\N{REPLACEMENT CHARACTER}" in name) == (kind in {"surrogate", "bytes"}) for name in names)
    assert outcome.log.count("are read as") <= 1


@pytest.mark.parametrize("kind", BROKEN_TEXT)
@pytest.mark.parametrize("route", ["campaigns", "accounts"])
def test_broken_text_in_an_object_costs_no_retry_and_no_record(world: World, kind: str, route: str) -> None:
    """An account's name is read by every stream."""
    world.fault(f"GET {route}: action=garble kind={kind} times=99")
    outcome = world.run(["campaigns", "accounts"])
    assert outcome.exit_code == 0, outcome.log
    assert outcome.records(route)
    paths = [request["path"] for request in world.requests("GET", route)]
    assert len(paths) == len(set(paths))
    assert "are read as" in outcome.log


@pytest.mark.parametrize(("kind", "words"), [("circle", "came twice"), ("endless", "empty pages in a row")])
def test_a_list_without_an_end_is_a_named_failure(world: World, kind: str, words: str) -> None:
    """To stop in silence would lose the rest of the list; to go on would never end."""
    world.fault(f"GET campaigns: action=garble kind={kind} times=999")
    outcome = world.run(["campaigns", "campaign_stats"])
    assert outcome.exit_code == 1, outcome.log
    assert words in outcome.log
    assert "stream campaigns" in outcome.log
    world.assert_exact(outcome, "campaign_stats")
    assert len(world.requests("GET", "campaigns")) < 50
