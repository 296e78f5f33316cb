"""State: readable, checkable, small, and never ahead of the records."""

from __future__ import annotations

import gzip
import json
import typing as t
from urllib.parse import urlsplit

import pytest

from tap_twitter_ads_async.errors import StateError
from tap_twitter_ads_async.objects.stream import ObjectStream

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.support.rig import Rig

    Record = dict[str, t.Any]


def with_value(value: t.Any) -> Record:
    """Return a state whose campaigns bookmark has this value."""
    partition = {"context": {"account_id": "a1"}, "replication_key": "updated_at", "replication_key_value": value}
    return {"bookmarks": {"campaigns": {"partitions": [partition]}}}


def campaigns(rig: Rig, *accounts: str) -> None:
    """Give each account two campaigns."""
    rig.accounts(*accounts)
    for account in accounts:
        rig.api.collections[f"accounts/{account}/campaigns"] = [
            {"id": f"{account}-{n}", "updated_at": f"2026-01-0{n}T00:00:00Z"} for n in (1, 2)
        ]


@pytest.mark.parametrize("value", ["yesterday", 20260101, "2026-13-01", {"a": 1}])
def test_nonsense_in_a_bookmark_is_told_before_any_request(rig: Rig, value: t.Any) -> None:
    """Reading everything again in silence would hide the mistake and cost hours."""
    tap, _ = rig.start(["campaigns"], with_value(value))
    stream = tap.streams["campaigns"]
    assert isinstance(stream, ObjectStream)
    with pytest.raises(StateError, match="stream campaigns, account a1"):
        stream.check_state()
    with pytest.raises(StateError, match="replication_key_value"):
        tap.sync_all()
    assert rig.api.paths("accounts/a1/campaigns") == []


@pytest.mark.parametrize("value", ["2026-01-02", "2026-01-02T00:00:00Z", "2026-01-02T01:00:00+01:00", None])
def test_what_a_person_would_write_is_understood(rig: Rig, value: str | None) -> None:
    """A bookmark is there to be edited."""
    campaigns(rig, "a1")
    outcome = rig.sync("campaigns", state=with_value(value))
    assert outcome.ids("campaigns")[0] == "a1-2"
    assert len(outcome.ids("campaigns")) == (1 if value else 2)


def test_a_state_line_follows_each_account_and_claims_only_what_was_written(rig: Rig) -> None:
    """An interrupted run goes on with the account it was at."""
    campaigns(rig, "a1", "a2")
    outcome = rig.sync("campaigns")
    claimed: set[str] = set()
    written: set[str] = set()
    for message in outcome.messages.all:
        if message["type"] == "RECORD":
            written.add(message["record"]["id"])
        if message["type"] == "STATE":
            partitions = message["value"]["bookmarks"].get("campaigns", {}).get("partitions", [])
            done = [p["context"]["account_id"] for p in partitions if "replication_key_value" in p]
            claimed = {f"{account}-{n}" for account in done for n in (1, 2)}
            assert claimed <= written
    states_between = [m["type"] for m in outcome.messages.all].index("STATE")
    assert states_between < len(outcome.messages.all) - 3
    assert claimed == written


def test_full_table_streams_leave_no_trace_per_account(rig: Rig) -> None:
    """Seventy streams over hundreds of accounts would make a state of megabytes."""
    rig.accounts("a1", "a2")
    for account in ("a1", "a2"):
        rig.api.collections[f"accounts/{account}/features"] = ["CITY_TARGETING"]
    outcome = rig.sync("account_features")
    assert outcome.messages.state == {"bookmarks": {"account_features": {}}}


def test_a_full_refresh_asked_for_in_the_catalog_ignores_the_bookmark(rig: Rig) -> None:
    """That is how users of Singer taps read a table again."""
    campaigns(rig, "a1")
    tap, outcome = rig.start(["campaigns"], with_value("2026-01-02"))
    tap.streams["campaigns"].forced_replication_method = "FULL_TABLE"
    tap.sync_all()
    assert len(outcome.ids("campaigns")) == 2


def test_batches_hold_what_records_would_have_said_and_state_waits_for_them(rig: Rig, tmp_path: Path) -> None:
    """A STATE line before the batch file would claim records that are on no disk."""
    campaigns(rig, "a1", "a2", "a3")
    config = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": tmp_path.as_uri(), "prefix": "b-"},
        "batch_size": 4,
    }
    outcome = rig.sync("campaigns", batch_config=config)
    written: set[str] = set()
    for message in outcome.messages.all:
        if message["type"] == "BATCH":
            for url in message["manifest"]:
                with gzip.open(urlsplit(url).path) as lines:
                    written |= {json.loads(line)["id"] for line in lines}
        if message["type"] == "STATE":
            partitions = message["value"]["bookmarks"].get("campaigns", {}).get("partitions", [])
            done = [p["context"]["account_id"] for p in partitions if "replication_key_value" in p]
            assert {f"{account}-{n}" for account in done for n in (1, 2)} <= written
    assert len(written) == 6
    assert len(outcome.messages.state["bookmarks"]["campaigns"]["partitions"]) == 3
