"""A disk that is full, a folder that is not there, a target that dies: one message, an exit code, and nothing lost."""

from __future__ import annotations

import resource
import subprocess
import sys
import typing as t

import pytest

from tests.support.real_time import end_of, real_time_world, specs

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.world import Outcome, World

STREAMS = ["campaign_stats", "line_item_stats"]


def run_process(world: World, args: list[str], stdout: t.Any = subprocess.PIPE, **options: t.Any) -> Outcome:
    """Run the tap as a process whose log goes through a pipe."""
    command = [sys.executable, "-m", "tap_twitter_ads_async", *args]
    with subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, cwd=world.directory, **options) as process:
        out, log = process.communicate(timeout=60)
    (world.directory / "stderr.log").write_bytes(log)
    return world.outcome_of(process, out or b"")


def assert_one_message(outcome: Outcome, words: str) -> None:
    """Make sure that a run ended with one line, and without what Python says of errors that nobody caught."""
    lines = [line for line in outcome.log.splitlines() if "CRITICAL" in line]
    assert len(lines) == 1, outcome.log
    assert words in lines[0]
    assert not any(word in outcome.log for word in ("Traceback", "Exception ignored", "BrokenPipe", "An unhandled"))


@pytest.mark.slow
def test_a_full_disk_stops_the_run_and_loses_no_job(
    start_world: Callable[..., World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other download would fare better; the jobs are paid for, and the next run collects them."""
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setenv("TMPDIR", str(spool))
    # The limit cuts every file off, Python's compiled modules too: the environment would be broken for all tests after.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    world = real_time_world(start_world, job_latency=0.5)

    def let_files_grow_little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    first = run_process(world, world.arguments(STREAMS), preexec_fn=let_files_grow_little)
    assert first.exit_code == 1
    assert_one_message(first, f"Results cannot be stored in {spool}/")
    assert len(world.requests("GET", "file")) <= 8
    assert not list(spool.iterdir())
    second = world.run(STREAMS, state=first.state)
    assert second.exit_code == 0, second.log
    for stream in STREAMS:
        world.assert_exact([first, second], stream, **end_of(world))
    assert sum(count - 1 for count in specs(world).values()) <= 10, "jobs were created twice"


@pytest.mark.slow
def test_a_target_that_dies_is_one_line(start_world: Callable[..., World]) -> None:
    """The reason is in the target's log; a stack trace of ours would only hide it."""
    world = real_time_world(start_world)
    command = [sys.executable, "-m", "tap_twitter_ads_async", *world.arguments(STREAMS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=world.directory) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        (world.directory / "stderr.log").write_bytes(process.stderr.read())
        process.wait(timeout=30)
    outcome = world.outcome_of(process, b"")
    assert outcome.exit_code == 1
    assert_one_message(outcome, "The target has stopped reading")


@pytest.mark.slow
def test_an_output_file_on_a_full_disk_is_one_line(start_world: Callable[..., World]) -> None:
    """People write the messages to a file, too."""
    world = real_time_world(start_world)
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        outcome = run_process(world, world.arguments(STREAMS), stdout=full)
    assert outcome.exit_code == 1
    assert_one_message(outcome, "The messages cannot be written: No space left on device")


def test_a_temporary_folder_that_is_not_there_is_told_before_any_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs whose results have no place would be paid for in vain."""
    monkeypatch.setenv("TMPDIR", "/nowhere/at/all")
    outcome = world.run(STREAMS)
    assert outcome.exit_code == 2
    assert outcome.messages == []
    (line,) = outcome.lines_of("CRITICAL")
    assert "TMPDIR names /nowhere/at/all" in line
    assert not world.sim.journal.requests
    assert world.run(["campaigns"]).exit_code == 0, "objects need no such place"
