"""Catalogs as tools, older versions and people leave them: SCHEMA and RECORD lines agree, or a message says why not."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.support.catalogs import entry_of, root_of, run_with
from tests.support.world import NOT_IN_CATALOGS

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.world import Json, Outcome, World

STATS, OBJECTS = "campaign_stats", "campaigns"
TIMES = ("start_time", "end_time", "date")


def assert_agree(outcome: Outcome, stream: str, *, exactly: bool) -> None:
    """Hold records against the SCHEMA message: keys always there, no column too much, none missing if `exactly`."""
    schema = outcome.schemas[stream]
    columns = set(schema["schema"]["properties"])
    assert outcome.records(stream), "a comparison with nothing proves nothing"
    assert set(schema["key_properties"]) <= columns
    assert set(schema.get("bookmark_properties") or ()) <= columns
    for record in outcome.records(stream):
        assert set(schema["key_properties"]) <= set(record)
        assert set(record) == columns if exactly else set(record) <= columns


PLAIN_MAPS: Json = {STATS: {"impressions": "impressions"}}
"""A map that changes nothing, so that records go one by one instead of in blocks."""


@pytest.mark.parametrize("settings", [{}, {"stream_maps": PLAIN_MAPS}], ids=["blocks", "records"])
def test_columns_that_an_older_catalog_lacks_are_in_no_schema_and_no_record(world: World, settings: Json) -> None:
    """Meltano keeps catalogs over upgrades; a record with a column that no SCHEMA told of stops many targets."""
    catalog = world.catalog([STATS, OBJECTS])
    for stream, column in ((STATS, "url_clicks"), (OBJECTS, "name")):
        entry = entry_of(catalog, stream)
        del entry["schema"]["properties"][column]
        entry["metadata"] = [m for m in entry["metadata"] if column not in m["breadcrumb"]]
    outcome = run_with(world, catalog, **settings)
    assert outcome.exit_code == 0, outcome.log
    assert_agree(outcome, STATS, exactly=True)
    assert_agree(outcome, OBJECTS, exactly=False)
    assert "url_clicks" not in outcome.schemas[STATS]["schema"]["properties"]
    assert "impressions" in outcome.schemas[STATS]["schema"]["properties"]
    assert outcome.warnings() == []


def test_columns_and_types_that_only_the_catalog_knows_are_told_and_left_out(world: World) -> None:
    """The tap has no values for the one, and values of another type for the other."""
    catalog = world.catalog([STATS, OBJECTS])
    entry_of(catalog, STATS)["schema"]["properties"] |= {
        "gone": {"type": ["integer", "null"]},
        "clicks": {"type": ["string", "null"]},
        "impressions": {"type": ["number", "null"]},
    }
    outcome = run_with(world, catalog)
    assert outcome.exit_code == 0, outcome.log
    assert_agree(outcome, STATS, exactly=True)
    properties = outcome.schemas[STATS]["schema"]["properties"]
    assert "gone" not in properties
    assert properties["clicks"]["type"] == ["integer", "null"]
    assert properties["impressions"]["type"] == ["number", "null"], "a type that holds the values is the user's choice"
    assert len(outcome.warnings()) == 2
    assert "gone" in outcome.warnings()[0]
    assert "clicks" in outcome.warnings()[1]


@pytest.mark.parametrize("inclusion", ["automatic", "available"])
@pytest.mark.parametrize("settings", [{}, {"stream_maps": PLAIN_MAPS}], ids=["blocks", "records"])
def test_keys_and_replication_key_are_never_deselected(world: World, inclusion: str, settings: Json) -> None:
    """A table without its key is a table of duplicates, and JSON with a gap is none."""
    catalog = world.catalog([STATS])
    for item in entry_of(catalog, STATS)["metadata"]:
        if item["breadcrumb"] and item["breadcrumb"][-1] in {*TIMES, "account_id"}:
            is_key = item["breadcrumb"][-1] != "date"
            item["metadata"] = {"inclusion": inclusion if is_key else "available", "selected": False}
    outcome = run_with(world, catalog, **settings)
    assert outcome.exit_code == 0, outcome.log
    assert_agree(outcome, STATS, exactly=True)
    assert "date" not in outcome.schemas[STATS]["schema"]["properties"]
    assert all("date" not in record for record in outcome.records())


@pytest.mark.parametrize("settings", [{}, {"stream_maps": PLAIN_MAPS}], ids=["blocks", "records"])
def test_rows_without_any_time_are_json_all_the_same(world: World, settings: Json) -> None:
    """A catalog may name another key; then nothing keeps the time columns in."""
    catalog = world.catalog([STATS], drop=TIMES)
    entry = entry_of(catalog, STATS)
    entry["key_properties"] = root_of(entry)["table-key-properties"] = ["entity_id"]
    root_of(entry)["replication-method"] = "FULL_TABLE"
    for item in entry["metadata"]:
        if item["breadcrumb"] and item["breadcrumb"][-1] in TIMES:
            item["metadata"] = {"inclusion": "available", "selected": False}
    outcome = run_with(world, catalog, **settings)
    assert outcome.exit_code == 0, outcome.log
    assert_agree(outcome, STATS, exactly=True)
    assert len(outcome.records()) == len(world.run([STATS]).records())


@pytest.mark.parametrize("stream", [STATS, OBJECTS])
@pytest.mark.parametrize("where", ["entry", "metadata", "nowhere"])
def test_keys_are_kept_wherever_the_catalog_has_them(world: World, stream: str, where: str) -> None:
    """Singer knows two places, tools fill in one; a key that gets lost doubles every row at the next run."""
    catalog = world.catalog([stream])
    entry = entry_of(catalog, stream)
    expected = entry["key_properties"]
    if where != "entry":
        del entry["key_properties"]
    if where != "metadata":
        del root_of(entry)["table-key-properties"]
    outcome = run_with(world, catalog)
    assert outcome.exit_code == 0, outcome.log
    assert outcome.schemas[stream]["key_properties"] == expected
    outcome.by_key(stream)


def test_a_catalog_of_names_and_selection_alone_is_enough(world: World) -> None:
    """People write such catalogs by hand; what they leave out means what discovery would have said."""
    selected = {"breadcrumb": [], "metadata": {"selected": True}}
    catalog = {"streams": [{"tap_stream_id": name, "metadata": [selected]} for name in (STATS, OBJECTS)]}
    outcome = run_with(world, catalog)
    plain = world.run([STATS, OBJECTS])
    assert outcome.exit_code == 0, outcome.log
    assert outcome.records() == plain.records()
    assert outcome.schemas == plain.schemas
    assert outcome.state == plain.state


def test_a_key_of_columns_that_do_not_exist_is_refused(world: World) -> None:
    """The target would find no such column in any record."""
    catalog = world.catalog([STATS])
    entry_of(catalog, STATS)["key_properties"] = ["campaign"]
    outcome = run_with(world, catalog)
    assert outcome.exit_code == 2
    assert "campaign, which the stream does not have" in outcome.log
    assert not world.sim.journal.requests


@pytest.mark.parametrize(
    "catalog",
    [
        [],
        {},
        {"streams": {}},
        {"streams": ["campaigns"]},
        {"streams": [{"schema": {}}]},
        {"streams": [{"tap_stream_id": "campaigns", "metadata": {"selected": True}}]},
        {"streams": [{"tap_stream_id": "campaigns", "metadata": [{"selected": True}]}]},
        {"streams": [{"tap_stream_id": "campaigns", "replication_method": "LOG_BASED"}]},
        {"streams": [{"tap_stream_id": "campaigns", "schema": {"properties": ["id"]}}]},
    ],
    ids=lambda catalog: json.dumps(catalog)[:60],
)
def test_what_is_no_catalog_is_told_before_any_request(world: World, catalog: object) -> None:
    """It may be the wrong file."""
    outcome = run_with(world, catalog)
    assert outcome.exit_code == 2
    assert outcome.messages == []
    (line,) = outcome.lines_of("CRITICAL")
    assert "catalog" in line
    assert "Traceback" not in outcome.log
    assert not world.sim.journal.requests


@pytest.mark.parametrize("more", [(), ("--test",)], ids=["extraction", "test"])
@pytest.mark.parametrize("case", ["none of them", "no streams", "gone", "mapped to null"])
def test_nothing_to_extract_is_no_green_run(world: World, case: str, more: tuple[str, ...]) -> None:
    """A pipeline that loads nothing for weeks, and is green, is the worst of all."""
    catalog = world.catalog([STATS])
    settings: Json = {}
    expected = "No stream is selected"
    if case == "none of them":
        root_of(entry_of(catalog, STATS))["selected"] = False
    elif case == "no streams":
        catalog = {"streams": []}
    elif case == "gone":
        entry = entry_of(catalog, STATS)
        catalog["streams"] = [entry, {**entry, "stream": "gone_stats", "tap_stream_id": "gone_stats"}]
        expected = "gone_stats"
    else:
        settings = {"stream_maps": {"__else__": None}}
    outcome = run_with(world, catalog, *more, **settings)
    assert outcome.exit_code == 2
    assert outcome.messages == []
    (line,) = outcome.lines_of("CRITICAL")
    assert expected in line
    assert not world.sim.journal.requests


def test_a_stream_that_is_gone_and_not_selected_is_no_fault(world: World) -> None:
    """Catalogs hold streams of reports that somebody has since taken out."""
    catalog = world.catalog([OBJECTS])
    entry = json.loads(json.dumps(entry_of(catalog, OBJECTS)))
    root_of(entry)["selected"] = False
    catalog["streams"].append({**entry, "stream": "gone_stats", "tap_stream_id": "gone_stats"})
    outcome = run_with(world, catalog)
    assert outcome.exit_code == 0, outcome.log


@pytest.mark.parametrize("asked", [{"replication_method": "INCREMENTAL"}, {"replication_key": "created_at"}])
def test_an_incremental_extraction_that_x_cannot_do_is_told(world: World, asked: Json) -> None:
    """The stream is read whole: nothing is missing, but the user may have planned otherwise."""
    catalog = world.catalog(["account_features"])
    entry_of(catalog, "account_features").update(asked)
    outcome = run_with(world, catalog)
    assert outcome.exit_code == 0, outcome.log
    (warning,) = outcome.warnings()
    assert "account_features" in warning
    assert "always read in full" in warning
    assert outcome.schemas["account_features"].get("bookmark_properties") in (None, [])


def test_a_byte_order_mark_and_utf_16_are_understood(start_world: Callable[..., World]) -> None:
    """Windows editors and PowerShell write them without asking."""
    world = start_world()
    catalog, state = world.catalog([OBJECTS]), world.run([OBJECTS]).state
    for encoding in ("utf-8-sig", "utf-16"):
        args = []
        for option, content in (("config", world.config()), ("catalog", catalog), ("state", state)):
            path = world.directory / f"{option}-{encoding}.json"
            path.write_text(json.dumps(content), encoding=encoding)
            args += [f"--{option}", str(path)]
        outcome = world.invoke(*args)
        assert outcome.exit_code == 0, outcome.log
        assert "Going on from the state" in outcome.log


def test_a_catalog_depends_on_what_says_which_figures_there_are_alone(world: World, tmp_path: Path) -> None:
    """How, when and of what they are extracted is no matter of it: it need not be discovered again."""
    other: Json = {
        "start_date": "2026-03-25",
        "end_date": "2026-03-28",
        "account_ids": world.account_ids,
        "country_codes": ["US"],
        "placements": ["ALL_ON_TWITTER"],
        "granularity": "HOUR",
        "reach_periods": ["WEEK"],
        "window_days": 3,
        "lookback_days": 2,
        "newest_first": True,
        "stats_endpoint": "AUTO",
        "max_concurrent_jobs": 5,
        "job_timeout_seconds": 100,
        "request_timeout": 7,
        "page_size": 20,
        "report_path": str(tmp_path),
        "batch_config": {"encoding": {"format": "jsonl"}, "storage": {"root": tmp_path.as_uri()}},
        "stream_maps": {"campaigns": {"name": "md5(record['name'])"}},
        "stream_map_config": {"hash_seed": "x"},
        "flattening_enabled": True,
        "flattening_max_depth": 2,
    }
    assert other.keys() == NOT_IN_CATALOGS
    printed = [
        world.invoke("--config", world.write("config.json", world.config(**settings)), "--discover").stdout
        for settings in ({}, other, {"metric_groups": ["BILLING"]})
    ]
    assert printed[0] == printed[1] != printed[2]
