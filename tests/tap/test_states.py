"""States as people, targets and orchestrators hand them over: understood, or refused before any request."""

from __future__ import annotations

import json
import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Json, World

STATS, OBJECTS = "campaign_stats", "campaigns"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"type": "STATE", "value": state},
        lambda state: {"value": state},
        lambda state: {"singer_state": state},
        lambda state: {"type": "STATE", "value": {"singer_state": state}},
        lambda state: state | {"currently_syncing": None},
    ],
    ids=["message", "value", "meltano", "both", "with another field"],
)
def test_a_wrapped_state_is_gone_on_from(world: World, wrap: Callable[[Json], Json]) -> None:
    """Starting over in silence costs hours of jobs; these are the forms that states are kept in."""
    streams = [STATS, OBJECTS]
    first = world.run(streams)
    second = world.run(streams, state=wrap(first.state))
    assert second.exit_code == 0, second.log
    assert "Going on from the state" in second.log
    assert second.state["bookmarks"].keys() == first.state["bookmarks"].keys()
    assert len(second.records(STATS)) < len(first.records(STATS))


@pytest.mark.parametrize("state", [{}, {"bookmarks": {}}, {"value": {}}, {"currently_syncing": None}])
def test_an_empty_state_is_a_first_run(world: World, state: Json) -> None:
    """Orchestrators pass one when they have none."""
    outcome = world.run([OBJECTS], state=state)
    assert outcome.exit_code == 0, outcome.log
    assert "No bookmark yet" in outcome.log
    assert outcome.records()


def partition(**fields: t.Any) -> Json:
    """Return a partition of an account."""
    return {"context": {"account_id": "a1"}, **fields}


WRONG: dict[str, tuple[t.Any, str]] = {
    "a list": ([], "not a JSON object"),
    "text": ("state.json", "not a JSON object"),
    "nothing": (None, "not a JSON object"),
    "another message": ({"type": "RECORD", "record": {}}, "is a RECORD message"),
    "a message without value": ({"type": "STATE"}, "no 'bookmarks'"),
    "a wrapped list": ({"value": [1]}, "not a JSON object"),
    "a config": ({"consumer_key": "x", "start_date": "2026-01-01"}, "no 'bookmarks', but consumer_key, start_date"),
    "bookmarks as list": ({"bookmarks": []}, "'bookmarks' is not an object"),
    "a stream as text": ({"bookmarks": {STATS: "2026-03-01"}}, STATS),
    "a stream as list": ({"bookmarks": {STATS: []}}, STATS),
    "partitions as object": ({"bookmarks": {STATS: {"partitions": {}}}}, STATS),
    "partitions as null": ({"bookmarks": {STATS: {"partitions": None}}}, STATS),
    "a partition as list": ({"bookmarks": {STATS: {"partitions": [[]]}}}, STATS),
    "no context": ({"bookmarks": {STATS: {"partitions": [{}]}}}, STATS),
    "a context of another tap": ({"bookmarks": {STATS: {"partitions": [{"context": {"id": "a"}}]}}}, "'id': 'a'"),
    "a context with a number": ({"bookmarks": {STATS: {"partitions": [{"context": {"account_id": 1}}]}}}, STATS),
    "the same account twice": ({"bookmarks": {STATS: {"partitions": [partition(), partition()]}}}, "account a1"),
    "objects twice": ({"bookmarks": {OBJECTS: {"partitions": [partition(), partition()]}}}, "account a1"),
    "no account, stats": ({"bookmarks": {STATS: {"replication_key_value": "2026-03-01"}}}, "belongs to no account"),
    "no account, objects": ({"bookmarks": {OBJECTS: {"replication_key_value": "2026-03-01"}}}, "belongs to no account"),
    "dates by account, stats": ({"bookmarks": {STATS: {"a1": "2026-03-01"}}}, "has no 'partitions', but a1"),
    "dates by account, objects": ({"bookmarks": {OBJECTS: {"a1": "2026-03-01"}}}, "has no 'partitions', but a1"),
    "no date, stats": ({"bookmarks": {STATS: {"partitions": [partition(replication_key_value="soon")]}}}, "soon"),
    "no date, objects": ({"bookmarks": {OBJECTS: {"partitions": [partition(replication_key_value="soon")]}}}, "soon"),
    "progress as list": ({"bookmarks": {STATS: {"partitions": [partition(progress=[1])]}}}, "progress"),
    "jobs as list": (
        {
            "bookmarks": {
                STATS: {
                    "partitions": [
                        partition(
                            replication_key_value="2026-03-01T00:00:00Z",
                            progress={"cursor": "2026-03-01T00:00:00Z", "until": None, "open": []},
                            jobs=["1"],
                        )
                    ]
                }
            }
        },
        "jobs",
    ),
    "a newer version": ({"bookmarks": {STATS: {"partitions": [partition(version=99)]}}}, "version"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_state_is_one_message_and_no_request(world: World, case: str) -> None:
    """A full extraction by mistake costs hours of jobs, and nobody knows why."""
    state, expected = WRONG[case]
    args = world.arguments([STATS, OBJECTS])
    path = world.directory / "state.json"
    path.write_text(json.dumps(state), encoding="utf-8")
    outcome = world.invoke(*args, "--state", str(path))
    assert outcome.exit_code == 2, outcome.log
    assert outcome.messages == []
    (line,) = outcome.lines_of("CRITICAL")
    assert expected in line
    assert "Traceback" not in outcome.log
    assert not world.sim.journal.requests


@pytest.mark.parametrize("text", ["", "{", '{"bookmarks": {}}\n{"bookmarks": {}}\n'])
def test_a_file_that_is_no_json_is_named(world: World, text: str) -> None:
    """An empty file is what a pipeline leaves whose first run failed."""
    args = world.arguments([OBJECTS])
    path = world.directory / "state.json"
    path.write_text(text, encoding="utf-8")
    outcome = world.invoke(*args, "--state", str(path))
    assert outcome.exit_code == 2
    assert "--state" in outcome.log
    assert "Traceback" not in outcome.log


def test_streams_that_are_not_selected_may_have_any_bookmark(world: World) -> None:
    """Their state is carried along; it is not this run's business."""
    odd = {"bookmarks": {STATS: {"replication_key_value": "2026-03-01"}}}
    outcome = world.run([OBJECTS], state=odd)
    assert outcome.exit_code == 0, outcome.log
    assert outcome.state["bookmarks"][STATS] == odd["bookmarks"][STATS]


def test_a_first_run_of_some_accounts_says_what_becomes_of_the_others(start_world: Callable[..., World]) -> None:
    """A full refresh narrowed to one account replaces the state of all: at the next run the others start over."""
    world = start_world(accounts=2)
    one = world.account_ids[0]
    outcome = world.run([OBJECTS], account_ids=[one])
    (line,) = [line for line in outcome.log.splitlines() if "No bookmark yet" in line]
    assert f"1 account only ({one})" in line
    assert "1 account only" not in world.run([OBJECTS]).log


@pytest.mark.parametrize("version", [None, 1])
@pytest.mark.parametrize("line", [0, 1, -1])
def test_states_of_earlier_versions_are_gone_on_from(
    start_world: Callable[..., World], version: int | None, line: int
) -> None:
    """Their jobs are bare ids of specs, and nothing says when they were created, or what was served."""
    world = start_world({"granularity": "HOUR", "window_days": 4}, revisions=False)
    whole = world.run(["campaign_stats", "account_stats"])
    places = [i for i, message in enumerate(whole.messages) if message["type"] == "STATE"]
    first = whole.cut(places[line] + 1)
    state = json.loads(json.dumps(first.state))
    for bookmarks in state["bookmarks"].values():
        for partition in bookmarks["partitions"]:
            _as_once(partition, version)
    jobs = len(world.jobs)
    second = world.run(["campaign_stats", "account_stats"], state=state)
    assert second.exit_code == 0, second.log
    if line >= 0:
        assert len(world.jobs) == jobs, "all that is needed was created by the earlier run"
    for stream in ("campaign_stats", "account_stats"):
        world.assert_exact([first, second], stream, "HOUR")


def _as_once(partition: Json, version: int | None) -> None:
    """Rewrite a partition to the form of an earlier version."""
    if partition.pop("version", None) and version:
        partition["version"] = version
    partition.pop("served", None)
    for name in ("timezone", "timezone_switch_at"):
        partition.get("covers", {}).pop(name, None)
    for entry in partition.get("progress", {}).get("open", ()):
        entry.pop("as_of", None)
    if "jobs" in partition:
        partition["jobs"] = {name.partition("-")[0]: job["id"] for name, job in partition["jobs"].items()}
