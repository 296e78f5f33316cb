"""The exit code says what to do next, whatever the command: 1 again, 2 change the input, 3 change the access."""

from __future__ import annotations

import signal
import typing as t

import pytest

from tap_twitter_ads_async import errors
from tap_twitter_ads_async.singer.exit_code import ExitCode, exit_code_of
from tests.support.real_time import real_time_world, wait_for

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

COMMANDS: dict[str, tuple[str, ...]] = {"extraction": (), "test": ("--test",), "plan": ("--plan",)}
LOOKING: dict[str, tuple[str, ...]] = {**COMMANDS, "accounts": ("--accounts",)}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.SettingsError(""), 2),
        (errors.CatalogError(""), 2),
        (errors.StateError(""), 2),
        (errors.AccessRefused(""), 3),
        (errors.CredentialsRejected(""), 3),
        (errors.AccountUnreadable(""), 3),
        (errors.SpoolError(""), 1),
        (errors.Unavailable(""), 1),
        (errors.NotOffered(""), 1),
        (errors.RequestRefused(""), 1),
        (errors.TapError(""), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_kind_of_error_has_its_code(error: Exception, code: int) -> None:
    """What an orchestrator may try again is told apart from what it may not."""
    assert exit_code_of(error) == code
    assert min(ExitCode) == 0, "complete"


@pytest.mark.parametrize("command", [*LOOKING, "discover"])
def test_wrong_settings_are_2(world: World, command: str) -> None:
    """Trying again changes nothing."""
    args = LOOKING.get(command, ("--discover",))
    outcome = world.invoke("--config", world.write("config.json", world.config(window_days="many")), *args)
    assert outcome.exit_code == 2, outcome.log
    assert "window_days" in outcome.log
    assert not world.sim.journal.requests


@pytest.mark.parametrize("command", LOOKING)
def test_rejected_credentials_are_3(world: World, command: str) -> None:
    """Whoever is on call needs another token, not another run."""
    config = world.write("config.json", world.config(access_token_secret="wrong"))
    outcome = world.invoke("--config", config, *LOOKING[command])
    assert outcome.exit_code == 3, outcome.log
    assert outcome.stdout == b""


@pytest.mark.parametrize("command", LOOKING)
def test_an_api_that_is_not_there_is_2(world: World, command: str) -> None:
    """A mistyped version, or one that X has retired, is there in no later run either."""
    config = world.write("config.json", world.config(api_version="99"))
    outcome = world.invoke("--config", config, *LOOKING[command])
    assert outcome.exit_code == 2, outcome.log
    assert "No X Ads API of version 99 at" in outcome.log
    assert "'api_version'" in outcome.log
    assert outcome.stdout == b""


@pytest.mark.parametrize("command", COMMANDS)
def test_an_account_that_the_settings_name_and_the_token_cannot_read_is_3(world: World, command: str) -> None:
    """Its owner has to give access."""
    config = world.write("config.json", world.config(account_ids=["nobody1"]))
    outcome = world.invoke("--config", config, *COMMANDS[command])
    assert outcome.exit_code == 3, outcome.log
    assert "nobody1" in outcome.log
    assert outcome.stdout == b""


@pytest.mark.parametrize(
    "args",
    [
        ("--config", "nowhere.json"),
        ("--config", "list.json"),
        ("--config", "broken.json"),
        ("--config", "config.json", "--state", "nowhere.json"),
        ("--config", "config.json", "--catalog", "nowhere.json"),
        ("--config", "config.json", "--catalog", "broken.json"),
        ("--no-such-option",),
    ],
    ids=" ".join,
)
def test_files_that_cannot_be_read_are_2(world: World, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]) -> None:
    """The command line is input, too."""
    monkeypatch.chdir(world.directory)
    world.write("config.json", world.config())
    world.write("list.json", [])
    (world.directory / "broken.json").write_text("{", encoding="utf-8")
    outcome = world.invoke(*args)
    assert outcome.exit_code == 2, outcome.log
    assert args[-1] in outcome.log
    assert "Traceback" not in outcome.log


@pytest.mark.slow
def test_a_signal_ends_a_test_with_its_number(start_world: Callable[..., World]) -> None:
    """A probe that was cut off has proved nothing."""
    world = real_time_world(start_world, job_latency=60.0)
    process = world.start_process([*world.arguments(["campaign_stats"]), "--test"])
    try:
        wait_for(lambda: bool(world.jobs))
        process.send_signal(signal.SIGTERM)
        stdout, _ = process.communicate(timeout=15)
    finally:
        process.kill()
    assert world.outcome_of(process, stdout).exit_code == 128 + signal.SIGTERM
