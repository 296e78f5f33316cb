"""What Singer and its SDK promise of every tap holds here, where the stats streams go ways of their own."""

from __future__ import annotations

import json
import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

STREAM = "campaign_stats"


def test_deselected_columns_are_in_no_schema_and_no_record(world: World) -> None:
    """People deselect columns to keep them out of a warehouse, for money or by law."""
    outcome = world.run([STREAM], drop=["url_clicks", "conversion_purchases_sale_amount"])
    assert outcome.exit_code == 0, outcome.log
    assert outcome.records()
    for record in outcome.records():
        assert not {"url_clicks", "conversion_purchases_sale_amount"} & set(record)
    properties = outcome.schemas[STREAM]["schema"]["properties"]
    assert not {"url_clicks", "conversion_purchases_sale_amount"} & set(properties)
    assert {"impressions", "clicks"} <= set(properties)


@pytest.mark.parametrize("whole", [True, False])
def test_streams_that_are_not_selected_cost_no_request(world: World, *, whole: bool) -> None:
    """Selection is how people keep within the limits of the API: `selected: false`, or cut out of the catalog."""
    outcome = world.run([STREAM], whole=whole)
    assert outcome.exit_code == 0, outcome.log
    assert set(outcome.schemas) == {STREAM}
    assert {r["params"]["entity"] for r in world.jobs} == {"CAMPAIGN"}
    routes = {r["route"] for r in world.sim.journal.requests}
    assert routes == {"accounts", "active_entities", "stats/jobs", "file"}


def test_stream_maps_rename_change_and_drop(world: World) -> None:
    """Stream maps are the SDK's promise, whatever way records take to the output."""
    plain = world.run([STREAM])
    maps = {
        STREAM: {
            "__alias__": "renamed",
            "spend": "float(record['billed_charge_local_micro'] or 0) / 1000000",
            "retweets": "__NULL__",
            "__filter__": "record['placement'] == 'ALL_ON_TWITTER'",
        }
    }
    mapped = world.run([STREAM], stream_maps=maps)
    assert mapped.exit_code == 0, mapped.log
    kept = [r for r in plain.records() if r["placement"] == "ALL_ON_TWITTER"]
    assert {m["stream"] for m in mapped.messages if m["type"] == "RECORD"} == {"renamed"}
    assert len(mapped.records()) == len(kept)
    for before, after in zip(kept, mapped.records(), strict=True):
        assert after["spend"] == (before["billed_charge_local_micro"] or 0) / 1_000_000
        assert "retweets" not in after
        assert after["impressions"] == before["impressions"]
    assert mapped.state == plain.state


def test_flattening_leaves_flat_records_alone(world: World) -> None:
    """Flattening is on in half of all pipelines."""
    plain = world.run([STREAM])
    flattened = world.run([STREAM], flattening_enabled=True, flattening_max_depth=3)
    assert flattened.exit_code == 0, flattened.log
    assert flattened.records() == plain.records()
    assert flattened.state == plain.state


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_about_tells_the_settings_without_any(world: World, form: str) -> None:
    """The first thing a user tries, before there are credentials."""
    outcome = world.invoke(f"--about={form}")
    assert outcome.exit_code == 0
    text = outcome.stdout.decode()
    assert "consumer_key" in text
    assert "max_concurrent_jobs" in text
    if form == "json":
        assert json.loads(text)["name"] == "tap-twitter-ads-async"


def test_the_test_option_proves_access_with_one_small_job_per_stream(start_world: Callable[..., World]) -> None:
    """People run --test to see whether the credentials work, not to start a backfill."""
    world = start_world(start_date="2024-01-05", accounts=2)
    outcome = world.invoke("--config", world.write("config.json", world.config()), "--test")
    assert outcome.exit_code == 0, outcome.log
    entities = [job["params"]["entity"] for job in world.jobs]
    assert len(entities) == len(set(entities))
    assert "CAMPAIGN" in entities
    assert all(job["params"]["start_time"] >= "2026-03-01" for job in world.jobs)
    world.assert_clean()


def test_the_test_option_tries_no_stream_that_is_not_selected(start_world: Callable[..., World]) -> None:
    """Whoever selected two streams wants to know about those two."""
    world = start_world(now=None, start_date=None, days=10)
    process = world.start_process([*world.arguments([STREAM, "line_item_stats", "campaigns"]), "--test"])
    outcome = world.outcome_of(process, process.communicate(timeout=60)[0])
    assert outcome.exit_code == 0, outcome.log
    assert sorted(job["params"]["entity"] for job in world.jobs) == ["CAMPAIGN", "LINE_ITEM"]


def test_the_test_option_fails_with_wrong_credentials(world: World) -> None:
    """A test that always passes is no test."""
    config = world.config(access_token_secret="wrong")
    outcome = world.invoke("--config", world.write("config.json", config), "--test")
    assert outcome.exit_code == 3
    assert outcome.lines_of("CRITICAL")
    assert "Traceback" not in outcome.log


def test_metadata_names_keys_and_replication(world: World) -> None:
    """Targets and orchestrators read keys and replication method from the catalog."""
    catalog = world.catalog([STREAM], whole=True)
    (entry,) = [e for e in catalog["streams"] if e["stream"] == STREAM]
    (root,) = [m["metadata"] for m in entry["metadata"] if m["breadcrumb"] == []]
    assert set(root["table-key-properties"]) == {
        "account_id",
        "entity_id",
        "placement",
        "granularity",
        "start_time",
    }
    assert entry["replication_key"] == "end_time"
    assert entry["replication_method"] == "INCREMENTAL"
