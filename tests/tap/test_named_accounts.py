"""Runs that name their accounts ask nothing that the API counts for the token: a fleet can start at once."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

FLEET = 8
"""More than the five readings of the list of accounts that a token has in 15 minutes."""
STREAMS = ("accounts", "campaigns", "campaign_stats", "campaign_stats_by_metros", "campaign_stats_by_devices")
SETTINGS: dict[str, t.Any] = {"segmentation_types": ["METROS", "DEVICES"], "placements": ["ALL_ON_TWITTER"]}


def of_token(world: World) -> list[str]:
    """Return the requests that no account's quota counts."""
    reads = (r for r in world.sim.journal.requests if r["method"] == "GET" and not r["account_id"])
    return [r["route"] for r in reads if r["route"] != "file"]


def test_a_fleet_starts_within_one_rate_window(start_world: Callable[..., World]) -> None:
    """With the list of accounts read by each, the sixth run would stand still for a quarter of an hour."""
    world = start_world(
        SETTINGS, accounts=FLEET, campaigns_per_account=1, rate_limit_scale=1.0, start_date="2026-03-30"
    )
    outcomes = [world.run(STREAMS, account_ids=[account]) for account in world.account_ids]
    assert {outcome.exit_code for outcome in outcomes} == {0}
    assert {r["status"] for r in world.sim.journal.requests} <= {200, 201, 202}
    assert of_token(world) == ["targeting_criteria/platforms"]  # once for all, and nothing for country US
    for account_id, outcome in zip(world.account_ids, outcomes, strict=True):
        assert [record["id"] for record in outcome.records("accounts")] == [account_id]
        assert {record["account_id"] for record in outcome.records("campaigns")} == {account_id}
        assert outcome.records("campaign_stats_by_metros")
    assert world.assert_exact(outcomes, "campaign_stats", placement="ALL_ON_TWITTER") > FLEET
    world.assert_clean()


@pytest.mark.parametrize(
    "answer",
    [
        "status=403 code=ACCOUNT_NOT_FOUND",
        "status=403 code=ACTION_NOT_ALLOWED",
        "status=404 code=NOT_FOUND",
        "status=404 body=html",
        "status=410 body=empty",
        "status=400 code=INVALID_PARAMETER",
    ],
)
def test_whatever_the_api_says_to_an_account_it_keeps_closed_is_one_message(
    start_world: Callable[..., World], answer: str
) -> None:
    """A closed account must not look like one without ads, nor take a stack trace to understand."""
    world = start_world(accounts=2)
    closed = world.account_ids[1]
    world.fault(f"GET accounts: {answer} account={closed}")
    outcome = world.run(["campaign_stats", "campaigns"], account_ids=world.account_ids)
    assert outcome.exit_code == 3, "access is refused: running it again does not help"
    assert outcome.messages == []
    (line,) = outcome.lines_of("CRITICAL")
    assert f"cannot read the accounts {closed} of setting 'account_ids'" in line
    assert "--accounts" in line
    assert world.jobs == []


def test_an_api_without_single_accounts_is_asked_for_the_list(world: World) -> None:
    """Proxies and old versions may not know the route; one counted request is better than none."""
    world.fault(f"GET accounts: status=404 code=ROUTE_NOT_FOUND account={world.account_ids[0]}")
    outcome = world.run(["campaigns"], account_ids=world.account_ids)
    assert outcome.exit_code == 0, outcome.log
    assert outcome.records("campaigns")
    assert of_token(world) == ["accounts"]


def test_lists_that_belong_to_no_account_need_no_account(world: World) -> None:
    """The shard that reads them for all others has no account, and should not spend a reading of the list."""
    outcome = world.run(["targeting_languages", "content_categories"])
    assert outcome.exit_code == 0, outcome.log
    assert sorted(of_token(world)) == ["content_categories", "targeting_criteria/languages"]
