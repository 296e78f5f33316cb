"""How a run ends when the account, the credentials or the API itself say no."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Outcome, World


def told_of(outcome: Outcome, stream: str, account_id: str) -> list[str]:
    """Return the warnings about a stream and account."""
    return [w for w in outcome.warnings() if stream in w and account_id in w]


def test_an_account_that_the_token_cannot_read_ends_the_run_with_one_message(world: World) -> None:
    """A typing error in an id must not look like an account without ads."""
    outcome = world.run(["campaign_stats", "campaigns"], account_ids=[*world.account_ids, "nobody1"])
    assert outcome.exit_code == 3
    assert outcome.messages == []
    (line,) = outcome.lines_of("CRITICAL")
    assert "nobody1" in line
    assert world.account_ids[0] not in line
    assert world.jobs == []
    assert "Traceback" not in outcome.log


def test_accounts_without_access_are_not_extracted_when_nobody_named_them(start_world: Callable[..., World]) -> None:
    """Agencies lose access to clients; the other clients' data must go on coming."""
    world = start_world(accounts=2, no_access=("1",))
    outcome = world.run(["campaign_stats"])
    assert outcome.exit_code == 0, outcome.log
    assert {r["account_id"] for r in outcome.records()} == {world.account_ids[0]}


@pytest.mark.parametrize("name", ["consumer_secret", "access_token", "access_token_secret", "consumer_key"])
def test_wrong_credentials_end_the_run_before_any_record(world: World, name: str) -> None:
    """The message must say what to change, and not repeat the secret."""
    wrong: dict[str, t.Any] = {name: "not-the-right-value"}
    outcome = world.run(["campaign_stats", "campaigns"], **wrong)
    assert outcome.exit_code == 3
    assert outcome.messages == []
    assert len(outcome.lines_of("CRITICAL")) == 1
    assert "not-the-right-value" not in outcome.log
    assert "Traceback" not in outcome.log
    assert len(list(world.sim.journal.requests)) <= 2


@pytest.mark.parametrize(
    ("refuse", "stream", "settings"),
    [
        ("entity:PROMOTED_ACCOUNT", "promoted_account_stats", {}),
        ("entity:MEDIA_CREATIVE", "media_creative_stats", {}),
        ("entity:ORGANIC_TWEET", "organic_tweet_stats", {}),
        ("segmentation:GENDER", "campaign_stats_by_gender", {"segmentation_types": ["GENDER"]}),
    ],
)
def test_a_stream_that_the_api_no_longer_offers_is_one_warning_and_the_rest_goes_on(
    start_world: Callable[..., World], refuse: str, stream: str, settings: dict[str, t.Any]
) -> None:
    """The API drops features every few months; that must neither stop a pipeline nor pass in silence."""
    world = start_world(settings, accounts=2, refuse=(refuse,))
    outcome = world.run([stream, "line_item_stats"])
    assert outcome.exit_code == 0, outcome.log
    assert [len(told_of(outcome, stream, account_id)) for account_id in world.account_ids] == [1, 1]
    assert not outcome.lines_of("ERROR")
    assert outcome.records(stream) == []
    world.assert_exact(outcome, "line_item_stats")
    world.assert_clean()


@pytest.mark.parametrize(
    ("refuse", "placements", "lost"),
    [
        ("placement:SPOTLIGHT", ("ALL_ON_TWITTER", "PUBLISHER_NETWORK", "TREND"), ()),
        ("metric_group:LIFE_TIME_VALUE_MOBILE_CONVERSION", (None,), ("lifetime_value_",)),
    ],
)
def test_a_part_that_the_api_no_longer_offers_is_left_out_of_the_records(
    start_world: Callable[..., World], refuse: str, placements: tuple[str | None, ...], lost: tuple[str, ...]
) -> None:
    """One dropped placement or group of metrics must not take the others with it."""
    world = start_world(accounts=2, refuse=(refuse,))
    outcome = world.run(["campaign_stats"])
    assert outcome.exit_code == 0, outcome.log
    for account_id in world.account_ids:
        affected = lost or world.truth(account_id, "CAMPAIGN", placement="SPOTLIGHT")
        assert len(told_of(outcome, "campaign_stats", account_id)) == (1 if affected else 0)
    rows = [
        row | {"metrics": {c: v for c, v in row["metrics"].items() if not c.startswith(lost or ("-",))}}
        for account_id in world.account_ids
        for placement in placements
        for row in world.truth(account_id, "CAMPAIGN", placement=placement)
    ]
    assert {"PUBLISHER_NETWORK", "ALL_ON_TWITTER"} <= {row["placement"] for row in rows}
    key = outcome.schemas["campaign_stats"]["key_properties"]
    assert world.differences(outcome.by_key("campaign_stats"), rows, key) == []
    world.assert_clean()


def test_a_summary_line_per_stream_ends_a_good_run(world: World) -> None:
    """Operators look at one line: did it run, and how much came."""
    outcome = world.run(["campaign_stats", "line_item_stats"])
    for stream in ("campaign_stats", "line_item_stats"):
        (line,) = [line for line in outcome.log.splitlines() if f"Stream {stream}:" in line]
        assert f"records {len(outcome.records(stream))}," in line
        assert "accounts 1," in line
        assert "jobs " in line


def test_nonsense_state_is_an_error_and_no_silent_full_run(world: World) -> None:
    """A full extraction by mistake costs hours of jobs, and nobody knows why."""
    state = {"bookmarks": {"campaign_stats": {"partitions": [{"context": {"account_id": world.account_ids[0]}}]}}}
    state["bookmarks"]["campaign_stats"]["partitions"][0]["replication_key_value"] = "yesterday"  # type: ignore[assignment]
    outcome = world.run(["campaign_stats"], state=state)
    assert outcome.exit_code == 2
    assert outcome.records() == []
    assert world.jobs == []
    (line,) = outcome.lines_of("CRITICAL")
    assert "yesterday" in line
    assert "campaign_stats" in line


def test_a_config_file_that_is_not_there_is_named(world: World) -> None:
    """The path is what has to be corrected."""
    path = str(world.directory / "nowhere" / "config.json")
    outcome = world.invoke("--config", path)
    assert outcome.exit_code == 2
    assert f"there is no file {path}\n" in outcome.log
    assert "Traceback" not in outcome.log


def test_wrong_settings_end_discovery_as_they_end_a_run(world: World) -> None:
    """Meltano discovers first: an orchestrator must not try wrong settings again because of that."""
    outcome = world.invoke("--config", world.write("config.json", world.config(window_days=400)), "--discover")
    assert outcome.exit_code == 2
    assert outcome.stdout == b""
    (line,) = outcome.lines_of("CRITICAL")
    assert "The settings cannot be used (1 problem)" in line
