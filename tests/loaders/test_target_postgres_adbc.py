"""The loader into PostgreSQL by columns: what goes in comes out once, typed, and state never runs ahead of it."""

from __future__ import annotations

import gzip
import json
import typing as t
from datetime import date, datetime, timezone

import adbc_driver_manager
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from singer_sdk.testing import get_target_test_class
from target_postgres_adbc.columns import UnfitSchemaError, column_type
from target_postgres_adbc.files import UnreadableBatchError
from target_postgres_adbc.table import TableMismatchError
from target_postgres_adbc.target import TargetPostgresAdbc

from tests.loaders.database import Database, Message, batch, record, schema, state

if t.TYPE_CHECKING:
    from pathlib import Path

NAMED = schema({"id": "string", "name": "string"})
THINGS = 'SELECT id, name FROM "{}".things ORDER BY id'
SDK_CONFIG: dict[str, t.Any] = {}


class TestSdk(get_target_test_class(TargetPostgresAdbc, config=SDK_CONFIG, parse_env_config=False)):  # type: ignore[misc]  # made at run time
    """The SDK's tests of targets."""

    @pytest.fixture(autouse=True)
    def _into(self, database: Database) -> None:
        SDK_CONFIG.clear()
        SDK_CONFIG.update(database.config)


def test_last_record_of_a_key_wins_within_a_load_and_between_loads(database: Database) -> None:
    """Taps repeat rows on purpose; a table that keeps both versions counts spend twice."""
    database.load(NAMED, record(id="1", name="a"), record(id="2", name="b"), record(id="1", name="c"))
    assert database.query(THINGS) == [("1", "c"), ("2", "b")]
    database.load(NAMED, record(id="2", name=None), record(id="3", name="d"))
    assert database.query(THINGS) == [("1", "c"), ("2", None), ("3", "d")]


def test_stream_without_key_is_appended(database: Database) -> None:
    """Without a key there is nothing to tell a repetition by."""
    message = schema({"n": "integer"}, key=())
    database.load(message, record(n=1), record(n=1))
    database.load(message, record(n=1))
    assert database.query('SELECT count(*) FROM "{}".things') == [(3,)]


def test_a_stream_of_keys_alone_is_loaded_twice_without_harm(database: Database) -> None:
    """There is nothing to update then, and that is no error."""
    message = schema({"id": "string"})
    database.load(message, record(id="1"))
    database.load(message, record(id="1"), record(id="2"))
    assert database.query('SELECT id FROM "{}".things ORDER BY id') == [("1",), ("2",)]


TYPED = schema(
    {
        "id": "string",
        "micros": "integer",
        "rate": "number",
        "deleted": "boolean",
        "start": {"type": ["string", "null"], "format": "date-time"},
        "day": {"type": ["string", "null"], "format": "date"},
        "tags": {"type": ["array", "null"]},
        "empty": {"type": ["string", "null"], "format": "date-time"},
        "mixed": {"type": ["string", "integer", "null"]},
    }
)
VALUES: Message = {
    "id": "é\n'\"\u0000",
    "micros": 9_007_199_254_740_993,
    "rate": 0.1,
    "deleted": False,
    "start": "2026-03-08T00:00:00-08:00",
    "day": "2026-03-08",
    "tags": ["a", {"b": None}],
    "empty": None,
    "mixed": 1,
}
EXPECTED = (
    "é\n'\"",
    9_007_199_254_740_993,
    0.1,
    False,
    datetime(2026, 3, 8, 8, tzinfo=timezone.utc),
    date(2026, 3, 8),
    ["a", {"b": None}],
    None,
    1,
)


def parquet(path: Path, rows: list[Message], **types: pa.DataType) -> str:
    """Write a Parquet file with the given types."""
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(types)), path)
    return path.as_uri()


def columnar(path: Path) -> str:
    """Write `VALUES` as the tap writes Parquet."""
    row = VALUES | {
        "id": VALUES["id"].replace("\u0000", ""),
        "start": EXPECTED[4],
        "day": EXPECTED[5],
        "tags": json.dumps(VALUES["tags"]),
        "mixed": "1",
    }
    utc = pa.timestamp("us", "UTC")
    return parquet(
        path,
        [row],
        id=pa.string(),
        micros=pa.int64(),
        rate=pa.float64(),
        deleted=pa.bool_(),
        start=utc,
        day=pa.date32(),
        tags=pa.string(),
        empty=utc,
        mixed=pa.string(),
    )


def lines(path: Path, *rows: Message, packed: bool = False) -> str:
    """Write JSON lines."""
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    return path.as_uri()


@pytest.mark.parametrize("way", ["record", "jsonl", "gzip", "parquet"])
def test_values_keep_their_meaning_on_every_way(database: Database, tmp_path: Path, way: str) -> None:
    """Micros beyond 2^53, offsets, calendar dates and nested objects are what ads data is made of."""
    message = {
        "record": lambda: record(**VALUES),
        "jsonl": lambda: batch("jsonl", None, lines(tmp_path / "a", VALUES)),
        "gzip": lambda: batch("jsonl", "gzip", lines(tmp_path / "a", VALUES, packed=True)),
        "parquet": lambda: batch("parquet", None, columnar(tmp_path / "a")),
    }[way]()
    database.load(TYPED, message)
    assert database.query('SELECT * FROM "{}".things') == [EXPECTED]
    types = database.query(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '{}' ORDER BY 1"
    )
    assert dict(types) == {
        "id": "text",
        "micros": "bigint",
        "rate": "double precision",
        "deleted": "boolean",
        "start": "timestamp with time zone",
        "day": "date",
        "tags": "jsonb",
        "empty": "timestamp with time zone",
        "mixed": "jsonb",
    }


def test_batches_and_records_take_effect_in_their_order(database: Database, tmp_path: Path) -> None:
    """A record that came before a batch must not overwrite it."""
    rows = [{"id": "1", "name": "batch"}, {"id": "2", "name": "batch"}]
    message = batch("jsonl", None, lines(tmp_path / "part", *rows))
    database.load(NAMED, record(id="1", name="before"), message, record(id="2", name="after"))
    assert database.query(THINGS) == [("1", "batch"), ("2", "after")]


def test_parquet_of_another_writer_is_cast_to_the_schema(database: Database, tmp_path: Path) -> None:
    """The SDK's own writer infers types: times stay text, objects become structs, columns may be missing."""
    row = {"id": 7, "start": "2026-03-08T08:00:00Z", "tags": [{"b": 1}], "stranger": "x"}
    types = {"id": pa.int32(), "start": pa.string(), "tags": pa.list_(pa.struct([("b", pa.int64())]))}
    url = parquet(tmp_path / "a", [row], **types, stranger=pa.string())
    database.load(TYPED, batch("parquet", "gzip", url))
    found = database.query('SELECT id, start, tags, micros FROM "{}".things')
    assert found == [("7", EXPECTED[4], [{"b": 1}], None)]


def test_repetitions_in_and_between_batches_of_a_wide_stream(database: Database, tmp_path: Path) -> None:
    """Stats streams have some 340 columns and come in files of many thousand rows, which are taken in pieces."""
    wide = schema({"id": "string"} | dict.fromkeys((f"metric_{n}" for n in range(337)), "integer"))
    rows = [{"id": str(n % 29_000), "metric_7": n} for n in range(30_000)]
    file = parquet(tmp_path / "a", rows, id=pa.string(), metric_7=pa.int64())
    database.load(wide, batch("parquet", None, file))
    assert database.query('SELECT count(*), sum(metric_7), count(metric_8) FROM "{}".things') == [
        (29_000, sum(range(1_000, 30_000)), 0)
    ]


def test_a_row_that_is_as_it_was_is_not_written_again(database: Database) -> None:
    """Look-back windows repeat weeks of rows; writing them anew would bloat the table every night."""
    database.load(TYPED, record(**VALUES), record(**VALUES | {"id": "2"}))
    versions = 'SELECT id, xmin::text FROM "{}".things ORDER BY id'
    before = dict(database.query(versions))
    database.load(TYPED, record(**VALUES), record(**VALUES | {"id": "2", "tags": ["b"], "micros": None}))
    after = dict(database.query(versions))
    assert after[EXPECTED[0]] == before[EXPECTED[0]]
    assert after["2"] != before["2"]
    assert database.query("SELECT tags, micros FROM \"{}\".things WHERE id = '2'") == [(["b"], None)]


@pytest.mark.parametrize("place", [0, 1, 500, 998, 999])
def test_new_rows_and_known_ones_may_come_in_one_file(database: Database, tmp_path: Path, place: int) -> None:
    """New rows are copied straight into the table; one known among them must not break that, nor come twice."""
    counted = schema({"id": "string", "n": "integer"})
    rows = [{"id": str(n), "n": n} for n in range(1_000)]
    database.load(counted, record(id=str(place), n=-1))
    database.load(counted, batch("jsonl", None, lines(tmp_path / "a", *rows)))
    assert database.query('SELECT count(*), sum(n) FROM "{}".things') == [(1_000, sum(range(1_000)))]


def test_a_metric_taken_back_becomes_null(database: Database, tmp_path: Path) -> None:
    """Columns without a value in a file are not staged, and must not keep what was there."""
    database.load(NAMED, record(id="1", name="a"))
    database.load(NAMED, batch("jsonl", None, lines(tmp_path / "a", {"id": "1", "name": None})))
    assert database.query(THINGS) == [("1", None)]


def test_new_columns_are_added_and_old_ones_kept(database: Database) -> None:
    """Metrics come and go with the API and with the selection; history must survive both."""
    database.load(NAMED, record(id="1", name="a"))
    database.load(schema({"id": "string", "clicks": "integer"}), record(id="2", clicks=5))
    database.load(schema({"id": "string", "clicks": "integer"}), record(id="1", clicks=6))
    assert database.query('SELECT id, name, clicks FROM "{}".things ORDER BY id') == [("1", "a", 6), ("2", None, 5)]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (schema({"id": "string", "name": "integer"}), "column name is text and would have to be bigint"),
        (schema({"id": "string", "name": "string"}, key=("id", "name")), r"its key is \['id'\]"),
    ],
)
def test_table_of_another_shape_is_refused(database: Database, changed: Message, reason: str) -> None:
    """Converting in silence would round numbers or keep rows under a key that is no longer one."""
    database.load(NAMED, record(id="1", name="a"))
    with pytest.raises(TableMismatchError, match=reason):
        database.load(changed)
    assert database.query(THINGS) == [("1", "a")]


def test_names_that_postgresql_would_cut_are_refused(database: Database) -> None:
    """Two names that are cut to one would share a column."""
    with pytest.raises(UnfitSchemaError, match="xxx"):
        database.load(schema({"id": "string", "x" * 64: "integer"}))


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (batch("avro", None, "file:///tmp/x"), UnreadableBatchError),
        (batch("jsonl", "zstd", "file:///tmp/x"), UnreadableBatchError),
        (batch("jsonl", None, "s3://bucket/x"), UnreadableBatchError),
        (batch("jsonl", None, "file:///there/is/no/such/file"), duckdb.IOException),
    ],
)
def test_a_batch_that_cannot_be_read_ends_the_run(
    database: Database, capsys: pytest.CaptureFixture[str], message: Message, error: type[Exception]
) -> None:
    """Passing over a file and echoing the state behind it would lose its rows for good."""
    with pytest.raises(error):
        database.load(NAMED, message, state({"n": 1}))
    assert capsys.readouterr().out == ""


def test_a_state_behind_a_batch_goes_out_at_once(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run of hours that is killed must not be asked for again as a whole."""
    good = batch("jsonl", None, lines(tmp_path / "a", {"id": "1", "name": "a"}))
    bad = batch("jsonl", None, lines(tmp_path / "b", {"id": None, "name": "a"}))
    with pytest.raises(adbc_driver_manager.Error):
        database.load(NAMED, good, state({"n": 1}), bad, state({"n": 2}))
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"n": 1}]
    assert database.query(THINGS) == [("1", "a")]


def test_a_state_behind_records_waits_for_their_commit(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """The orchestrator keeps what the target prints: state ahead of rows is lost data."""
    with pytest.raises(adbc_driver_manager.Error):
        database.load(NAMED, record(id="1"), state({"n": 1}), record(id=None), state({"n": 2}), validate_records=False)
    assert capsys.readouterr().out == ""
    assert database.query(THINGS) == []


@pytest.mark.parametrize("kept", [True, False])
def test_batch_files_are_removed_once_committed_if_asked(database: Database, tmp_path: Path, *, kept: bool) -> None:
    """A daily run would fill the disk with files that nobody needs."""
    file = tmp_path / "a"
    database.load(NAMED, batch("jsonl", None, lines(file, {"id": "1"})), clean_up_batch_files=not kept)
    assert file.exists() == kept


@pytest.mark.parametrize("hard", [True, False])
def test_activating_a_version_ends_the_rows_of_older_ones(database: Database, tmp_path: Path, *, hard: bool) -> None:
    """After a full refresh, what the source no longer has must not stay behind as if it were current."""
    options = {"add_record_metadata": True, "hard_delete": hard}
    old = [record(id=n, name="old") | {"version": 1} for n in ("1", "2", "3")]
    database.load(NAMED, *old, **options)
    new = batch("jsonl", None, lines(tmp_path / "a", {"id": "2", "name": "new"}), version=2)
    activate = {"type": "ACTIVATE_VERSION", "stream": "things", "version": 2}
    database.load(NAMED, new, record(id="3", name="new") | {"version": 2}, activate, **options)
    found = database.query('SELECT id, name, _sdc_deleted_at IS NULL FROM "{}".things ORDER BY id')
    assert found == [*([] if hard else [("1", "old", False)]), ("2", "new", True), ("3", "new", True)]


def test_rows_without_a_version_are_never_removed_by_their_own_run(database: Database) -> None:
    """A tap that sends the message and forgets the versions would empty the table."""
    activate = {"type": "ACTIVATE_VERSION", "stream": "things", "version": 2}
    options = {"add_record_metadata": True, "hard_delete": True}
    database.load(NAMED, record(id="1", name="a"), activate, **options)
    assert database.query(THINGS) == [("1", "a")]
    database.load(NAMED, record(id="2", name="a") | {"version": 2}, activate)  # versions are not kept without metadata
    assert database.query(THINGS) == [("1", "a"), ("2", "a")]


def test_descriptions_become_comments(database: Database) -> None:
    """Who opens the database in a tool of its own wants to know what a metric means."""
    described = schema({"id": "string", "clicks": {"type": "integer", "description": "The user's clicks"}})
    described["schema"]["description"] = "Things"
    database.load(described)
    table = "'\"{}\".things'::regclass"
    assert database.query(f"SELECT obj_description({table}), col_description({table}, 2)") == [
        ("Things", "The user's clicks")
    ]


def test_streams_share_the_database_and_names_need_no_escaping(database: Database) -> None:
    """A report's name is the user's choice, and two streams arrive interleaved."""
    odd = schema({"id": "string", 'va"l': "integer"}, stream='my "report\'s"')
    database.load(NAMED, odd, record(id="1", name="a"), record('my "report\'s"', id="1", **{'va"l': 7}))
    assert database.query(THINGS) == [("1", "a")]
    assert database.query('SELECT "va""l" FROM "{}"."my ""report\'s"""') == [(7,)]


@pytest.mark.parametrize(
    ("prop", "expected"),
    [
        ({"type": ["integer", "number", "null"]}, "double precision"),
        ({"type": "string", "format": "uuid"}, "text"),
        ({"type": "string", "format": "time"}, "time without time zone"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "timestamp with time zone"),
        ({"type": ["string", "integer"]}, "jsonb"),
        ({"type": "object", "properties": {}}, "jsonb"),
        ({}, "jsonb"),
    ],
)
def test_column_type_holds_what_the_schema_allows(prop: Message, expected: str) -> None:
    """A type too narrow breaks the load, one too wide makes users cast in every query."""
    assert column_type(prop).postgres == expected
