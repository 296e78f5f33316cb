"""`--accounts`: what the token can read."""

from __future__ import annotations

import json
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Outcome, World


def listed(world: World, form: str = "--accounts=json", **settings: t.Any) -> Outcome:
    """Ask for the accounts."""
    return world.invoke("--config", world.write("config.json", world.config(**settings)), form)


def test_accounts_are_listed_with_zone_currency_and_status(start_world: Callable[..., World]) -> None:
    """Orchestrators make one shard of each account; a figure without its currency says nothing."""
    world = start_world(accounts=3, no_access=("2",), timezones=("America/Los_Angeles", "Asia/Kolkata"))
    outcome = listed(world)
    assert outcome.exit_code == 0, outcome.log
    expected = [
        {
            "id": record["id"],
            "name": record["name"],
            "timezone": record["timezone"],
            "currency": world.sim.objects(record["id"], "funding_instruments")[0]["currency"],
            "approval_status": "ACCEPTED",
            "deleted": False,
        }
        for record in sorted(world.sim.objects(None, "accounts"), key=lambda r: str(r["id"]))
    ]
    assert len(expected) == 2
    assert json.loads(outcome.stdout) == expected
    assert all(row["currency"] for row in expected)
    world.assert_clean()


def test_the_list_costs_the_token_one_request(start_world: Callable[..., World]) -> None:
    """Five reads of the list are allowed in 15 minutes; the others are counted for each account alone."""
    world = start_world(accounts=3)
    assert listed(world).exit_code == 0
    requests = list(world.sim.journal.requests)
    assert sorted(r["account_id"] or "" for r in requests) == ["", *sorted(world.account_ids)]
    assert {r["method"] for r in requests} == {"GET"}


def test_the_table_shows_the_same(world: World) -> None:
    """People copy an id from here into `account_ids`."""
    outcome = listed(world, "--accounts")
    head, row = outcome.stdout.decode().splitlines()
    assert head.split() == ["id", "name", "time", "zone", "currency", "approval", "deleted"]
    (account,) = world.sim.objects(None, "accounts")
    assert row.startswith(account["id"])
    assert account["name"] in row
    assert row.split()[-1] == "ACCEPTED"


def test_credentials_are_all_it_takes(world: World) -> None:
    """Whoever asks which accounts there are has not thought about dates yet."""
    config = world.config()
    del config["start_date"]
    outcome = world.invoke("--config", world.write("config.json", config), "--accounts=json")
    assert outcome.exit_code == 0, outcome.log
    assert [row["id"] for row in json.loads(outcome.stdout)] == world.account_ids


def test_an_account_whose_funding_cannot_be_read_is_listed_without_currency(world: World) -> None:
    """One closed door must not hide the account."""
    world.fault("GET funding_instruments: status=403 code=ACTION_NOT_ALLOWED")
    outcome = listed(world)
    assert outcome.exit_code == 0, outcome.log
    (row,) = json.loads(outcome.stdout)
    assert row["currency"] is None
    assert any(row["id"] in line and "currency" in line for line in outcome.warnings())


def test_missing_credentials_are_named_before_any_request(world: World) -> None:
    """The first thing that a newcomer forgets."""
    config = world.config()
    del config["access_token"]
    outcome = world.invoke("--config", world.write("config.json", config), "--accounts")
    assert outcome.exit_code != 0
    assert any("access_token" in line for line in outcome.lines_of("CRITICAL"))
    assert list(world.sim.journal.requests) == []
    assert outcome.stdout == b""


def test_wrong_credentials_end_with_one_message(world: World) -> None:
    """As in a run: what to change, and not the secret."""
    outcome = listed(world, "--accounts", access_token_secret="not-the-right-value")
    assert outcome.exit_code != 0
    assert len(outcome.lines_of("CRITICAL")) == 1
    assert "not-the-right-value" not in outcome.log
    assert outcome.stdout == b""
