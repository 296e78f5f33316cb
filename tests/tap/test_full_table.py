"""FULL_TABLE, wherever it is asked for: everything from the start date on, with a version where one is activated."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.catalogs import entry_of, root_of, run_with

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Json, Outcome, World

STATS, OBJECTS = "campaign_stats", "campaigns"
STREAMS = [STATS, OBJECTS]


def catalog_with(world: World, where: str) -> Json:
    """Return a catalog that asks for FULL_TABLE of both streams."""
    catalog = world.catalog(STREAMS)
    for stream in STREAMS:
        entry = entry_of(catalog, stream)
        (entry if where == "replication_method" else root_of(entry))[where] = "FULL_TABLE"
    return catalog


@pytest.mark.parametrize("where", ["replication_method", "replication-method", "forced-replication-method"])
def test_a_full_table_is_read_whole_whatever_the_state_says(world: World, where: str) -> None:
    """That is how people repair a table; half of it would be taken for all."""
    first = world.run(STREAMS)
    state = world.write("state.json", first.state)
    assert len(world.run(STREAMS, state=first.state).records()) < len(first.records())
    again = run_with(world, catalog_with(world, where), "--state", state)
    assert again.exit_code == 0, again.log
    for stream in STREAMS:
        assert again.by_key(stream) == first.by_key(stream)
    world.assert_exact(again, STATS)


def test_an_incremental_run_goes_on_from_a_full_table(world: World) -> None:
    """Whoever repairs a table once must not pay twice."""
    full = run_with(world, catalog_with(world, "replication_method"))
    later = world.run([STATS], state=full.state)
    plain = world.run([STATS], state=world.run([STATS]).state)
    assert later.records() == plain.records()
    assert later.state["bookmarks"][STATS] == plain.state["bookmarks"][STATS]


def test_every_state_line_of_a_full_table_loses_nothing(world: World) -> None:
    """The target has deleted what the old bookmarks claim."""
    first = world.run(STREAMS)
    catalog, state = catalog_with(world, "replication_method"), world.write("state.json", first.state)
    full = run_with(world, catalog, "--state", state, emit_activate_version_messages=True)
    places = [i for i, message in enumerate(full.messages) if message["type"] == "STATE"]
    for place in [places[0], places[len(places) // 2], places[-1]]:
        cut = full.cut(place + 1)
        rest = world.run(STREAMS, state=cut.state)
        for stream in STREAMS:
            held = cut.by_key(stream) if stream in cut.schemas else {}
            assert held.keys() | rest.by_key(stream).keys() == first.by_key(stream).keys(), (place, stream)


def versions(outcome: Outcome, stream: str) -> tuple[list[int], set[int | None]]:
    """Return the versions that a stream activates, and those of its records."""
    activated = [m["version"] for m in outcome.messages if m["type"] == "ACTIVATE_VERSION" and m["stream"] == stream]
    return activated, {m.get("version") for m in outcome.messages if m["type"] == "RECORD" and m["stream"] == stream}


@pytest.mark.parametrize(
    "settings", [{}, {"stream_maps": {STATS: {"impressions": "impressions"}}}], ids=["blocks", "records"]
)
def test_each_record_carries_the_activated_version(world: World, settings: Json) -> None:
    """A target deletes every row of another version: without one, all that the run has just written."""
    catalog = catalog_with(world, "replication_method")
    outcome = run_with(world, catalog, emit_activate_version_messages=True, **settings)
    assert outcome.exit_code == 0, outcome.log
    for stream in STREAMS:
        (activated,), of_records = versions(outcome, stream)
        assert of_records == {activated}
        kinds = [m["type"] for m in outcome.messages if m.get("stream") == stream]
        assert kinds[:2] == ["SCHEMA", "ACTIVATE_VERSION"]


@pytest.mark.parametrize("full", [True, False])
def test_no_version_where_none_is_asked_for_or_rows_are_kept(world: World, *, full: bool) -> None:
    """Incremental streams hold more in the target than the run writes."""
    catalog = catalog_with(world, "replication_method") if full else world.catalog(STREAMS)
    outcome = run_with(world, catalog, emit_activate_version_messages=not full)
    for stream in STREAMS:
        assert versions(outcome, stream) == ([], {None})


def test_a_replaced_table_of_some_accounts_says_whose_rows_go(start_world: Callable[..., World]) -> None:
    """The target deletes the other accounts' rows as well; the state must not claim them any more."""
    world = start_world(accounts=2)
    one, other = world.account_ids
    first = world.run(STREAMS)
    args = ["--state", world.write("state.json", first.state)]
    settings: Json = {"account_ids": [one], "emit_activate_version_messages": True}
    outcome = run_with(world, catalog_with(world, "replication_method"), *args, **settings)
    (warning,) = outcome.warnings()
    assert f"all accounts but {one} from campaign_stats, campaigns" in warning
    for stream in STREAMS:
        assert other not in str(outcome.state["bookmarks"].get(stream))
