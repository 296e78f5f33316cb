"""Runs of every account of the token, whatever the list of accounts holds: twice, nothing, strangers, deleted ones."""

from __future__ import annotations

import json
import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Outcome, World

STREAMS = ("campaign_stats", "campaigns", "accounts")
COMMANDS = {"extraction": (), "test": ("--test",), "plan": ("--plan",)}
NOBODY = "The token cannot read any ads account; ask an account owner to give this user access"


def command(world: World, *args: str, **settings: t.Any) -> Outcome:
    """Run a command with all streams of the default selection."""
    return world.invoke("--config", world.write("config.json", world.config(**settings)), *args)


def close(world: World, *account_ids: str) -> None:
    """Take away the user's access to accounts."""
    for account_id in account_ids:
        del world.sim.api.store.records(None, "accounts")[account_id]


def add_row(world: World, **row: t.Any) -> None:
    """Add a row to the list of accounts."""
    world.sim.change_object(None, "accounts", "row", row)


# --- twice ------------------------------------------------------------------------------------------------------


def test_an_account_that_comes_twice_is_extracted_once(world: World) -> None:
    """It may be on two pages of the list; a second wait for results that come once would have no end."""
    (account,) = world.sim.objects(None, "accounts")
    add_row(world, **{**account, "updated_at": "2026-03-31T00:00:00Z"})
    outcome = world.run([*STREAMS, "campaign_reach"])
    assert outcome.exit_code == 0, outcome.log
    (record,) = outcome.records("accounts")
    assert record["updated_at"].startswith("2026-03-31")
    assert len(outcome.by_key("campaigns")) == 4
    world.assert_exact(outcome, "campaign_stats")


# --- nothing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_a_token_without_accounts_has_no_access(start_world: Callable[..., World], name: str) -> None:
    """Nothing can be extracted, today or tomorrow; a green run would hide it for weeks."""
    world = start_world(no_access=("0",))
    outcome = command(world, *COMMANDS[name])
    assert outcome.exit_code == 3, outcome.log
    assert outcome.stdout == b""
    (line,) = outcome.lines_of("CRITICAL")
    assert NOBODY in line
    assert [r["route"] for r in world.sim.journal.requests] == ["accounts"]


def test_the_state_survives_the_loss_of_all_accounts(world: World) -> None:
    """The owner gives access again, and the run goes on where it stopped."""
    first = world.run(STREAMS)
    close(world, *world.account_ids)
    second = world.run(STREAMS, state=first.state)
    assert second.exit_code == 3
    assert second.messages == []


def test_the_list_of_no_account_is_an_answer(start_world: Callable[..., World]) -> None:
    """Whoever asks which accounts there are is told; only a run has nothing to do."""
    world = start_world(no_access=("0",))
    as_json, as_text = command(world, "--accounts=json"), command(world, "--accounts")
    assert (as_json.exit_code, json.loads(as_json.stdout)) == (0, [])
    assert (as_text.exit_code, as_text.stdout) == (0, b"The token can read no ads account.\n")


def test_lists_of_no_account_need_no_access_to_one(start_world: Callable[..., World]) -> None:
    """They are the same for everybody, and no account is asked for."""
    world = start_world(no_access=("0",))
    outcome = world.run(["content_categories"])
    assert outcome.exit_code == 0, outcome.log
    assert outcome.records("content_categories")


# --- accounts that are gone -------------------------------------------------------------------------------------


def test_an_account_of_the_state_that_is_not_listed_any_more_is_named(start_world: Callable[..., World]) -> None:
    """Its rows just stop; without a word nobody would know why."""
    world = start_world(accounts=2)
    here, gone = world.account_ids
    first = world.run(STREAMS)
    assert first.warnings() == []
    close(world, gone)
    second = world.run(STREAMS, state=first.state)
    assert second.exit_code == 0, second.log
    (warning,) = second.warnings()
    assert f"does not list any more: {gone}. They" in warning
    assert {r["account_id"] for r in second.records("campaigns")} <= {here}
    assert second.partition("campaign_stats", gone) == first.partition("campaign_stats", gone)
    named = world.run(STREAMS, state=first.state, account_ids=[here])
    assert named.warnings() == [], "the settings say which accounts"
    others = world.run(["line_items"], state=first.state)
    assert others.warnings() == [], "the state says nothing of it for this stream"


# --- deleted accounts -------------------------------------------------------------------------------------------


def test_the_stream_accounts_shows_that_an_account_was_deleted(start_world: Callable[..., World]) -> None:
    """Else it stays in use for ever in the warehouse; its ads are not asked for any more."""
    world = start_world(accounts=2)
    here, gone = sorted(world.account_ids)
    first = world.run(STREAMS)
    world.sim.change_object(None, "accounts", gone, {"deleted": True})
    before = len(world.sim.journal.requests)
    second = world.run(STREAMS, state=first.state)
    assert second.exit_code == 0, second.log
    assert second.warnings() == []
    assert {r["id"]: r["deleted"] for r in second.records("accounts")} == {here: False, gone: True}
    assert {r["account_id"] for r in list(world.sim.journal.requests)[before:]} == {"", here}
    assert len(world.requests("GET", "accounts")) == 2
    kept_out = world.run(["accounts"], with_deleted=False)
    assert [r["id"] for r in kept_out.records("accounts")] == [here]
    plan = command(world, "--plan=json")
    assert plan.exit_code == 0, plan.log


@pytest.mark.parametrize("extra", [{}, {"flattening_enabled": True, "flattening_max_depth": 1}])
def test_a_token_with_deleted_accounts_alone_extracts_them_as_objects(world: World, extra: dict[str, t.Any]) -> None:
    """The token has access, and there is nothing in use: complete, with a word."""
    world.sim.change_object(None, "accounts", world.account_ids[0], {"deleted": True})
    outcome = world.run([*STREAMS, "campaign_reach", "account_history"], **extra)
    assert outcome.exit_code == 0, outcome.log
    assert [r["deleted"] for r in outcome.records("accounts")] == [True]
    assert len(outcome.records()) == 1
    (warning,) = outcome.warnings()
    assert "All ads accounts that the token can read are deleted" in warning
    tried = command(world, "--test")
    assert tried.exit_code == 1
    assert "There is no account to try a job in" in tried.log


# --- strangers --------------------------------------------------------------------------------------------------


def test_a_row_that_names_no_account_is_one_failure(world: World) -> None:
    """Nothing can be asked for on its word; the other accounts are extracted."""
    add_row(world, id=None, name="x", timezone="UTC")
    outcome = world.run([*STREAMS, "campaign_reach"])
    assert outcome.exit_code == 1
    (failure,) = [line for line in outcome.lines_of("ERROR") if "Failed for good" in line]
    assert "reading the list of accounts: rows without an account's id, which cannot be extracted: 1" in failure
    assert [r["id"] for r in outcome.records("accounts")] == world.account_ids
    world.assert_exact(outcome, "campaign_stats")
    assert "None" not in json.dumps(outcome.state)


@pytest.mark.parametrize("name", ["accounts", "plan", "test"])
def test_commands_that_look_show_the_rest_and_are_incomplete(world: World, name: str) -> None:
    """What they print is right, and not all."""
    add_row(world, id=None, name="x")
    outcome = command(world, f"--{name}")
    assert outcome.exit_code == 1, outcome.log
    assert "rows without an account's id" in outcome.log
    assert world.account_ids[0] in outcome.stdout.decode() + outcome.log


def test_rows_without_a_name_alone_are_a_failure_and_no_word_on_access(world: World) -> None:
    """The token reads something: asking an owner for access would not help."""
    world.sim.change_object(None, "accounts", world.account_ids[0], {"id": None})
    outcome = world.run(STREAMS)
    assert outcome.exit_code == 1
    assert NOBODY not in outcome.log
    assert outcome.records() == []


def test_a_row_without_a_name_is_no_matter_of_those_that_the_settings_name(world: World) -> None:
    """Where the list stands in for single accounts, it has those that were asked for, or they are not known."""
    here = world.account_ids[0]
    add_row(world, id=None)
    world.fault(f"GET accounts: status=404 code=ROUTE_NOT_FOUND account={here} times=9")
    outcome = world.run(STREAMS, account_ids=[here])
    assert outcome.exit_code == 0, outcome.log
    world.fault("GET accounts: status=404 code=ROUTE_NOT_FOUND account=other1 times=9")
    outcome = world.run(STREAMS, account_ids=[here, "other1"])
    assert outcome.exit_code == 1, outcome.log
    assert "account other1, reading the account: GET accounts: a row without an account's id" in outcome.log
    assert outcome.records("campaigns")
