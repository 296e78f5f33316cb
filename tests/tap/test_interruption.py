"""Ended early, whenever and however: nothing is lost, and nothing is paid for twice."""

from __future__ import annotations

import itertools
import signal
import time
import typing as t

import pytest

from tests.support.real_time import end_of, real_time_world, specs, wait_for

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Outcome, World

FED = ["campaign_stats", "line_item_stats"]
STREAMS = [*FED, "account_stats"]


@pytest.mark.slow
def test_every_state_line_can_be_fed_back(start_world: Callable[..., World]) -> None:
    """An orchestrator may kill the pipeline after any line, and a target hands back the last state it flushed."""
    world = start_world(
        {"window_days": 4}, accounts=2, start_date="2026-03-17", job_latency=0.3, revisions=False, max_running=12
    )
    world.stop_ads(2)
    whole = world.run(FED)
    assert whole.exit_code == 0, whole.log
    planned = specs(world)
    assert set(planned.values()) == {1}
    places = [i for i, m in enumerate(whole.messages) if m["type"] == "STATE"]
    assert len(places) > 10
    for place in [places[0], *places[1 : -1 : len(places) // 3], places[-1]]:
        world.sim.journal.clear()
        cut = whole.cut(place + 1)
        rest = world.run(FED, state=cut.state)
        assert rest.exit_code == 0, rest.log
        for stream in FED:
            world.assert_exact([cut, rest], stream)
        partitions = [p for s in cut.state["bookmarks"].values() for p in s["partitions"]]
        again = specs(world)
        assert again.keys() <= planned.keys(), "an interrupted run asks for what the whole run asked for"
        assert sum(again.values()) + sum(len(p.get("jobs", {})) for p in partitions) <= sum(planned.values())
        anew = [r for stream in FED for r in repeated(cut, rest, stream)]
        assert len({(r["account_id"], r["entity"]) for r in anew}) <= 1, "finished windows come again"
    assert rest.records() == []
    assert not world.jobs
    world.assert_clean()


def repeated(first: Outcome, second: Outcome, stream: str) -> list[dict[str, t.Any]]:
    """Return the records of a run whose keys came out of the run before already."""
    if stream not in first.schemas:
        return []
    key, held = first.schemas[stream]["key_properties"], first.by_key(stream)
    return [r for r in second.records(stream) if tuple(r[k] for k in key) in held]


def test_state_does_not_grow_with_the_days_extracted(start_world: Callable[..., World]) -> None:
    """Targets write the state to a database row after every window."""
    sizes = []
    for start in ("2026-03-25", "2026-01-05"):
        world = start_world({"window_days": 5}, start_date=start, revisions=False)
        outcome = world.run(["campaign_stats"])
        assert outcome.exit_code == 0, outcome.log
        sizes.append(len(outcome.lines[-1]))
    assert sizes[0] == sizes[1]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_run_with_a_state_that_goes_on(
    start_world: Callable[..., World], number: signal.Signals, code: int
) -> None:
    """Schedulers send SIGTERM, wait ten seconds and then kill."""
    world = real_time_world(start_world, job_latency=2.0, max_running=20)
    args = world.arguments(STREAMS)
    process = world.start_process(args)
    try:
        wait_for(lambda: len(world.jobs) >= 12)
        time.sleep(1.5)  # the jobs' tickets go into the state once a second
        process.send_signal(number)
        began = time.monotonic()
        stdout, _ = process.communicate(timeout=15)
    finally:
        process.kill()
    assert time.monotonic() - began < 10
    first = world.outcome_of(process, stdout)
    assert first.exit_code == code, first.log
    assert stdout.endswith(b"\n")
    assert first.messages[-1]["type"] == "STATE"
    assert any(p.get("jobs") for s in first.state["bookmarks"].values() for p in s["partitions"])
    second = world.run(STREAMS, state=first.state)
    assert second.exit_code == 0, second.log
    for stream in STREAMS:
        world.assert_exact([first, second], stream, **end_of(world))
    assert sum(count - 1 for count in specs(world).values()) <= 10, "jobs were created twice"
    world.assert_clean()


@pytest.mark.slow
def test_killed_again_and_again_it_still_comes_to_an_exact_end(start_world: Callable[..., World]) -> None:
    """Machines lose power; what the target has flushed is all there is to go on from."""
    world = real_time_world(start_world, job_latency=0.6, max_running=6)
    runs: list[Outcome] = []
    state: dict[str, t.Any] | None = None
    for lines in (1, 40, 60):
        process = world.start_process(world.arguments(STREAMS, state=state))
        assert process.stdout is not None
        got = b"".join(itertools.islice(process.stdout, lines))
        process.kill()
        got += process.stdout.read()
        process.stdout.close()
        runs.append(world.outcome_of(process, got))
        state = runs[-1].states[-1] if runs[-1].states else state
    runs.append(world.run(STREAMS, state=state))
    assert runs[-1].exit_code == 0, runs[-1].log
    for stream in STREAMS:
        world.assert_exact(runs, stream, **end_of(world))
    world.assert_clean()
