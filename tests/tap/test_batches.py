"""Batch files hold what RECORD lines would, typed by the schema, and no STATE runs ahead of them."""

from __future__ import annotations

import itertools
import json
import signal
import time
import typing as t

import pyarrow as pa
import pytest

from tests.support.batch_files import ENCODINGS, batch_config, batches, path_of, rows_of, table_of, unpacked
from tests.support.real_time import end_of, real_time_world, wait_for

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.support.world import Outcome, World

STREAM = "campaign_stats"
Json = dict[str, t.Any]


def in_order(rows: Sequence[Json]) -> list[Json]:
    """Return records with their members in one order, for RECORD lines and files have different ones."""
    return [dict(sorted(row.items())) for row in rows]


@pytest.fixture(params=ENCODINGS, ids=lambda e: "-".join(map(str, e)))
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Json:
    """The setting, for each encoding, with files of few rows."""
    form, compression = request.param
    return batch_config(tmp_path / "batches", form, compression, batch_size=20)


def test_files_hold_the_records_and_their_state_stays_behind_them(world: World, config: Json) -> None:
    """Loaders of big warehouses take files; a state before its file would lose a file's worth of records."""
    plain = world.run([STREAM])
    batched = world.run([STREAM], batch_config=config)
    assert batched.exit_code == 0, batched.log
    assert batched.records() == []
    sizes = [len(rows_of(message)) for message in batches(batched)]
    assert max(sizes) == 20
    assert sizes[:-1] == [20] * (len(sizes) - 1)
    assert in_order(unpacked(batched).records()) == in_order(plain.records())
    assert batched.state == plain.state
    kinds = [m["type"] for m in batched.messages]
    assert all(kinds[i + 1] == "STATE" for i, kind in enumerate(kinds) if kind == "BATCH")
    for place, kind in enumerate(kinds):
        if kind == "STATE":
            cut = unpacked(batched.cut(place + 1))
            world.assert_exact([cut, world.run([STREAM], state=cut.state)], STREAM)


def test_deselected_columns_are_in_no_file(world: World, config: Json) -> None:
    """Columns that were removed for privacy got out by way of batch files."""
    dropped = ["url_clicks", "conversion_purchases_sale_amount", "entity"]
    outcome = world.run([STREAM], drop=dropped, batch_config=config)
    assert outcome.exit_code == 0, outcome.log
    columns = set(outcome.schemas[STREAM]["schema"]["properties"])
    assert not columns & set(dropped)
    for row in itertools.chain.from_iterable(map(rows_of, batches(outcome))):
        assert row.keys() == columns
    plain = world.run([STREAM], drop=dropped)
    assert in_order(unpacked(outcome).records()) == in_order(plain.records())


MAPS: Json = {
    STREAM: {
        "__alias__": "renamed",
        "spend": "float(record['billed_charge_local_micro'] or 0) / 1000000",
        "day": "record['date']",
        "retweets": "__NULL__",
        "__filter__": "record['placement'] == 'ALL_ON_TWITTER'",
    },
    "campaigns": {
        "account_id": "record['account_id']",
        "id": "record['id']",
        "updated_at": "record['updated_at']",
        "name": "md5(record['name'])",
        "budget": "int(record['daily_budget_amount_local_micro'] or 0)",
        "__else__": None,
    },
    "line_items": "__NULL__",
}


@pytest.mark.parametrize(
    "settings",
    [
        {"stream_maps": MAPS},
        {"flattening_enabled": True, "flattening_max_depth": 3},
        {},
    ],
    ids=["mapped", "flattened", "plain"],
)
def test_files_hold_what_record_lines_hold(world: World, config: Json, settings: Json) -> None:
    """Maps, filters, streams mapped to null, flattening: whatever changes records changes files."""
    streams = [STREAM, "campaigns", "line_items", "accounts", "tweets", "targeting_locations"]
    plain = world.run(streams, **settings)
    batched = world.run(streams, batch_config=config, **settings)
    assert batched.exit_code == 0, batched.log
    assert batched.schemas == plain.schemas
    expected = {name: in_order(plain.records(name)) for name in plain.schemas}
    if config["encoding"]["format"] == "parquet":  # nested values are JSON text there, missing members null
        columns = {name: m["schema"]["properties"] for name, m in plain.schemas.items()}
        for name, rows in expected.items():
            rows[:] = [{c: row.get(c) for c in sorted(columns[name])} for row in rows]
    found = {name: in_order(unpacked(batched).records(name)) for name in plain.schemas}
    for name, rows in expected.items():
        assert len(found[name]) == len(rows), name
        for before, after in zip(rows, found[name], strict=True):
            assert {c: _plain(v, before.get(c)) for c, v in after.items()} == before, name
    assert batched.state == plain.state


def _plain(value: t.Any, like: t.Any) -> t.Any:
    """Read JSON text where a record has a nested value."""
    return json.loads(value) if isinstance(value, str) and not isinstance(like, str) else value


def test_parquet_is_typed_by_the_schema(world: World, tmp_path: Path) -> None:
    """A type inferred from values changes from file to file, and a column without values has none."""
    config = batch_config(tmp_path / "batches", "parquet", None)
    outcome = world.run([STREAM, "campaigns"], batch_config=config)
    assert outcome.exit_code == 0, outcome.log
    (message,) = batches(outcome, STREAM)
    table = table_of(message["manifest"][0])
    properties = outcome.schemas[STREAM]["schema"]["properties"]
    assert table.column_names == list(properties)
    kinds = {"start_time": pa.timestamp("us", "UTC"), "end_time": pa.timestamp("us", "UTC"), "date": pa.date32()}
    kinds |= dict.fromkeys(("account_id", "entity_id", "entity", "placement", "granularity"), pa.string())
    assert {f.name: f.type for f in table.schema} == {name: kinds.get(name, pa.int64()) for name in properties}
    assert any(column.null_count == table.num_rows for column in table.columns), "no column without a value"
    (message,) = batches(outcome, "campaigns")
    types = {field.name: field.type for field in table_of(message["manifest"][0]).schema}
    assert types["created_at"] == pa.timestamp("us", "UTC")
    assert types["deleted"] == pa.bool_()
    assert types["daily_budget_amount_local_micro"] == pa.int64()


def test_the_settings_of_storage_are_honoured(world: World, tmp_path: Path) -> None:
    """People tell the files of several pipelines apart by prefix, also by folders in it."""
    folder = tmp_path / "not there yet"
    storage = {"root": str(folder), "prefix": "x/ads-"}
    config = {"encoding": {"format": "jsonl", "compression": "none"}, "storage": storage}
    outcome = world.run([STREAM], batch_config=config)
    assert outcome.exit_code == 0, outcome.log
    (message,) = batches(outcome)
    path = path_of(message["manifest"][0])
    assert path.parent == folder / "x"
    assert path.name.startswith("ads-tap-twitter-ads-async--campaign_stats-")
    assert path.name.endswith(".json")
    assert message["encoding"] == {"format": "jsonl", "compression": "none"}
    assert [p for p in folder.rglob("*") if p.is_file()] == [path], "nothing else is left behind"


def test_a_stream_without_records_writes_no_file(world: World, config: Json, tmp_path: Path) -> None:
    """An empty file is one more to load, and its message one more to wonder about."""
    state = world.run([STREAM]).state
    outcome = world.run([STREAM], state=state, batch_config=config)
    assert outcome.exit_code == 0, outcome.log
    assert batches(outcome) == []
    assert list((tmp_path / "batches").iterdir()) == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"storage": {"root": "s3://bucket/x"}}, ["batch_config.storage.root", "s3://bucket/x"]),
        ({"storage": {"root": "s3://key:pass@bucket/x"}}, ["batch_config.storage.root"]),
        ({"storage": {"root": "nowhere://bucket/x"}}, ["batch_config.storage.root"]),
        ({"storage": {"root": "file://host/x"}}, ["batch_config.storage.root", "three slashes"]),
        ({"storage": {"root": "/dev/null/x"}}, ["batch_config.storage.root", "Not a directory"]),
        ({"storage": {}}, ["batch_config.storage", "root"]),
        ({"storage": None}, ["batch_config.storage"]),
        ({"encoding": {"compression": "gzip"}}, ["batch_config.encoding.format"]),
        ({"encoding": {"format": "avro"}}, ["batch_config.encoding.format", "jsonl, parquet"]),
        ({"encoding": {"format": "jsonl", "level": 3}}, ["batch_config.encoding.level"]),
        ({"batch_size": 0}, ["batch_config.batch_size"]),
        ({"bath_size": 10}, ["batch_config.bath_size", "batch_size"]),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_first_request(
    world: World, tmp_path: Path, config: Json, words: list[str]
) -> None:
    """A run of hours that fails at its first file has spent the account's jobs for nothing."""
    whole = batch_config(tmp_path / "batches") | config
    arguments = world.arguments([STREAM])
    world.write("config.json", world.config(batch_config={k: v for k, v in whole.items() if v is not None}))
    outcome = world.invoke(*arguments)
    assert outcome.exit_code != 0
    assert "Traceback" not in outcome.log
    assert len(outcome.lines_of("CRITICAL")) == 1
    for word in words:
        assert word in outcome.log
    assert "key:" not in outcome.log
    assert outcome.messages == []
    assert list(world.sim.journal.requests) == []


@pytest.mark.slow
def test_a_signal_leaves_no_row_behind(start_world: Callable[..., World], tmp_path: Path) -> None:
    """The last STATE claimed rows that were in no file: 810 of 966 were lost, objects too."""
    world = real_time_world(start_world, job_latency=0.5, max_running=4)
    streams = ["campaigns", "campaign_stats", "line_item_stats"]
    config = batch_config(tmp_path / "batches", "parquet", None)  # far larger files than there are rows
    process = world.start_process(world.arguments(streams, batch_config=config))
    try:
        wait_for(lambda: len(world.requests("GET", "file")) >= 3)
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        stdout, _ = process.communicate(timeout=15)
    finally:
        process.kill()
    first = unpacked(world.outcome_of(process, stdout))
    assert first.exit_code == 143, first.log
    assert first.messages[-1]["type"] == "STATE"
    second = unpacked(world.run(streams, state=first.state, batch_config=config))
    assert second.exit_code == 0, second.log
    for stream in streams[1:]:
        world.assert_exact([first, second], stream, **end_of(world))
    assert {r["id"] for run in (first, second) for r in run.records("campaigns")} == {
        r["id"] for r in world.run(["campaigns"]).records()
    }


@pytest.mark.slow
def test_killed_again_and_again_it_still_comes_to_an_exact_end(
    start_world: Callable[..., World], tmp_path: Path
) -> None:
    """Machines lose power; the files that BATCH lines name, and the last STATE, are all there is to go on from."""
    world = real_time_world(start_world, job_latency=0.4, max_running=6)
    streams = ["campaign_stats", "line_item_stats", "account_stats"]
    runs: list[Outcome] = []
    state: Json | None = None
    for lines, form in ((3, "parquet"), (7, "jsonl"), (9, "parquet")):
        config = batch_config(tmp_path / "batches", form, None, batch_size=7)
        process = world.start_process(world.arguments(streams, state=state, batch_config=config))
        assert process.stdout is not None
        got = b"".join(itertools.islice(process.stdout, lines))
        process.kill()
        got += process.stdout.read()
        process.stdout.close()
        runs.append(unpacked(world.outcome_of(process, got)))
        state = runs[-1].states[-1] if runs[-1].states else state
    runs.append(unpacked(world.run(streams, state=state, batch_config=config)))
    assert runs[-1].exit_code == 0, runs[-1].log
    for stream in streams:
        world.assert_exact(runs, stream, **end_of(world))
    world.assert_clean()
