"""The demo's loader: what goes in comes out once, typed, and state never runs ahead of it."""

from __future__ import annotations

import gzip
import io
import json
import typing as t
from datetime import date, datetime, timezone

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from singer_sdk.testing import get_target_test_class
from target_duckdb_local.columns import column_type
from target_duckdb_local.files import UnreadableBatchError
from target_duckdb_local.table import TableMismatchError
from target_duckdb_local.target import TargetDuckDBLocal

if t.TYPE_CHECKING:
    from pathlib import Path

Message = dict[str, t.Any]
SDK_CONFIG: dict[str, t.Any] = {}


class TestSdk(get_target_test_class(TargetDuckDBLocal, config=SDK_CONFIG, parse_env_config=False)):  # type: ignore[misc]  # made at run time
    """The SDK's tests of targets."""

    @pytest.fixture(autouse=True)
    def _into(self, database: Path) -> None:
        SDK_CONFIG["path"] = str(database)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database file in a folder that is not there yet."""
    return tmp_path / "new" / "warehouse.duckdb"


def load(database: Path, *messages: Message, **config: t.Any) -> None:
    """Run the target over `messages`."""
    lines = io.StringIO("".join(json.dumps(message) + "\n" for message in messages))
    target = TargetDuckDBLocal(config={"path": str(database), **config})
    with target.resources:
        target.listen(lines)


def query(database: Path, sql: str) -> list[tuple[t.Any, ...]]:
    """Return the rows of `sql`."""
    with duckdb.connect(database, read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(sql).fetchall()


def schema(properties: Message, key: t.Sequence[str] = ("id",), stream: str = "things") -> Message:
    """A SCHEMA message; types are written short: `{"id": "string"}`."""
    full = {name: prop if isinstance(prop, dict) else {"type": [prop, "null"]} for name, prop in properties.items()}
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"type": "object", "properties": full},
        "key_properties": list(key),
    }


def record(stream: str = "things", /, **values: t.Any) -> Message:
    """A RECORD message."""
    return {"type": "RECORD", "stream": stream, "record": values}


def state(value: t.Any) -> Message:
    """A STATE message."""
    return {"type": "STATE", "value": value}


NAMED = schema({"id": "string", "name": "string"})


def test_last_record_of_a_key_wins_within_a_load_and_between_loads(database: Path) -> None:
    """Taps repeat rows on purpose; a table that keeps both versions counts spend twice."""
    load(database, NAMED, record(id="1", name="a"), record(id="2", name="b"), record(id="1", name="c"))
    assert query(database, "SELECT id, name FROM things ORDER BY id") == [("1", "c"), ("2", "b")]
    load(database, NAMED, record(id="2", name=None), record(id="3", name="d"))
    assert query(database, "SELECT id, name FROM things ORDER BY id") == [("1", "c"), ("2", None), ("3", "d")]


@pytest.mark.parametrize("rows", [1, 2, 5, 6])
def test_every_record_arrives_whatever_the_batch_size(database: Path, rows: int) -> None:
    """A published DuckDB target loses the first row of each load; ours must not, at any batch's edge."""
    load(database, NAMED, *(record(id=str(n), name="x") for n in range(rows)), batch_size_rows=2)
    assert query(database, "SELECT count(*), count(DISTINCT id) FROM things") == [(rows, rows)]


def test_keys_of_several_columns_are_one_key(database: Path) -> None:
    """Stats rows are identified by six columns together."""
    message = schema({"a": "string", "b": "string", "n": "integer"}, key=("a", "b"))
    load(database, message, record(a="1", b="x", n=1), record(a="1", b="y", n=2), record(a="1", b="x", n=3))
    assert query(database, "SELECT a, b, n FROM things ORDER BY b") == [("1", "x", 3), ("1", "y", 2)]


def test_stream_without_key_is_appended(database: Path) -> None:
    """Without a key there is nothing to tell a repetition by."""
    message = schema({"n": "integer"}, key=())
    load(database, message, record(n=1), record(n=1))
    load(database, message, record(n=1))
    assert query(database, "SELECT count(*) FROM things") == [(3,)]


@pytest.mark.parametrize(
    ("prop", "expected"),
    [
        ({"type": ["integer", "null"]}, "BIGINT"),
        ({"type": "number"}, "DOUBLE"),
        ({"type": ["integer", "number", "null"]}, "DOUBLE"),
        ({"type": "boolean"}, "BOOLEAN"),
        ({"type": ["null", "string"]}, "VARCHAR"),
        ({"type": ["string", "null"], "format": "date-time"}, "TIMESTAMP WITH TIME ZONE"),
        ({"type": "string", "format": "date"}, "DATE"),
        ({"type": "string", "format": "uuid"}, "VARCHAR"),
        (
            {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "TIMESTAMP WITH TIME ZONE",
        ),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "JSON"),
        ({"type": ["string", "integer"]}, "JSON"),
        ({"type": "array", "items": {"type": "string"}}, "JSON"),
        ({"type": "object", "properties": {}}, "JSON"),
        ({}, "JSON"),
    ],
)
def test_column_type_holds_what_the_schema_allows(prop: Message, expected: str) -> None:
    """A type too narrow breaks the load, one too wide makes users cast in every query."""
    assert column_type(prop) == expected


def test_values_keep_their_meaning(database: Path) -> None:
    """Micros beyond 32 bits, offsets, calendar dates and nested objects are what ads data is made of."""
    message = schema(
        {
            "id": "string",
            "micros": "integer",
            "rate": "number",
            "deleted": "boolean",
            "start": {"type": "string", "format": "date-time"},
            "day": {"type": "string", "format": "date"},
            "tags": {"type": ["array", "null"]},
        }
    )
    load(
        database,
        message,
        record(
            id="é\n'\"",
            micros=9_007_199_254_740_993,
            rate=0.1,
            deleted=False,
            start="2026-03-08T00:00:00-08:00",
            day="2026-03-08",
            tags=["a", {"b": None}],
        ),
    )
    start = datetime(2026, 3, 8, 8, tzinfo=timezone.utc)
    assert query(database, "SELECT id, micros, rate, deleted, epoch(start), day, tags FROM things") == [
        ("é\n'\"", 9_007_199_254_740_993, 0.1, False, start.timestamp(), date(2026, 3, 8), '["a",{"b":null}]')
    ]


def test_wide_streams_load(database: Path) -> None:
    """Stats streams have some 330 columns, most of them null in most rows."""
    message = schema({"id": "string"} | dict.fromkeys((f"metric_{n}" for n in range(330)), "integer"))
    load(database, message, *(record(**{"id": str(n), f"metric_{n % 330}": n}) for n in range(1_000)))
    assert query(database, "SELECT count(*), sum(metric_7), count(metric_8) FROM things") == [
        (1_000, 7 + 337 + 667 + 997, 4)
    ]


@pytest.mark.parametrize("compression", ["gzip", None])
def test_batch_files_are_upserted_like_records(database: Path, tmp_path: Path, compression: str | None) -> None:
    """BATCH is the fast way for big accounts and must give the same table as records."""
    lines = b'{"id": "1", "name": "batch"}\n{"id": "2", "name": "batch"}\n'
    file = tmp_path / "part-0"
    file.write_bytes(gzip.compress(lines) if compression else lines)
    batch = {
        "type": "BATCH",
        "stream": "things",
        "encoding": {"format": "jsonl", "compression": compression},
        "manifest": [file.as_uri()],
    }
    load(database, NAMED, record(id="1", name="before"), batch, record(id="2", name="after"))
    assert query(database, "SELECT id, name FROM things ORDER BY id") == [("1", "batch"), ("2", "after")]


def test_parquet_is_read_in_the_types_of_the_schema(database: Path, tmp_path: Path) -> None:
    """The tap writes nested values as JSON; other writers infer types, nest, and leave columns out."""
    file = tmp_path / "a.parquet"
    message = schema(
        {
            "id": "string",
            "start": {"type": ["string", "null"], "format": "date-time"},
            "tags": "array",
            "more": "object",
            "micros": "integer",
        }
    )
    rows = pa.table(
        {
            "id": pa.array([1, 2, 1]),
            "start": ["2026-03-08T08:00:00Z"] * 3,
            "tags": ['["a"]'] * 3,
            "more": [{"b": n} for n in range(3)],
            "stranger": [1] * 3,
        }
    )
    pq.write_table(rows, file)
    batch = {
        "type": "BATCH",
        "stream": "things",
        "encoding": {"format": "parquet", "compression": "gzip"},
        "manifest": [file.as_uri()],
    }
    load(database, message, batch, clean_up_batch_files=True)
    expected = [("1", 1772956800.0, '["a"]', '{"b":2}', None), ("2", 1772956800.0, '["a"]', '{"b":1}', None)]
    assert query(database, "SELECT id, epoch(start), tags, more, micros FROM things ORDER BY id") == expected
    assert not file.exists()


@pytest.mark.parametrize(
    ("form", "compression", "place"),
    [("avro", None, "file:///tmp/x"), ("jsonl", "zstd", "file:///tmp/x"), ("jsonl", None, "s3://bucket/x")],
)
def test_a_batch_that_cannot_be_read_ends_the_run(
    database: Path, capsys: pytest.CaptureFixture[str], form: str, compression: str | None, place: str
) -> None:
    """Passing over a file and echoing the state behind it would lose its rows for good."""
    encoding = {"format": form, "compression": compression}
    batch = {"type": "BATCH", "stream": "things", "encoding": encoding, "manifest": [place]}
    with pytest.raises(UnreadableBatchError):
        load(database, NAMED, batch, state({"n": 1}))
    assert capsys.readouterr().out == ""


def test_a_state_behind_a_batch_goes_out_at_once(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run of hours that is killed must not be asked for again as a whole."""
    file = tmp_path / "a"
    file.write_text('{"id": "1"}\n')
    encoding = {"format": "jsonl", "compression": None}
    batch = {"type": "BATCH", "stream": "things", "encoding": encoding, "manifest": [str(file)]}
    with pytest.raises(UnreadableBatchError):
        load(database, NAMED, batch, state({"n": 1}), batch | {"encoding": {"format": "avro"}}, state({"n": 2}))
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"n": 1}]


def test_new_columns_are_added_and_old_ones_kept(database: Path) -> None:
    """Metrics come and go with the API and with the selection; history must survive both."""
    load(database, NAMED, record(id="1", name="a"))
    load(database, schema({"id": "string", "clicks": "integer"}), record(id="2", clicks=5))
    load(database, schema({"id": "string", "clicks": "integer"}), record(id="1", clicks=6))
    assert query(database, "SELECT id, name, clicks FROM things ORDER BY id") == [
        ("1", "a", 6),
        ("2", None, 5),
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (schema({"id": "string", "name": "integer"}), "column name is VARCHAR and would have to be BIGINT"),
        (schema({"id": "string", "name": "string"}, key=("id", "name")), r"its key is \['id'\]"),
    ],
)
def test_table_of_another_shape_is_refused(database: Path, changed: Message, reason: str) -> None:
    """Converting in silence would round numbers or keep rows under a key that is no longer one."""
    load(database, NAMED, record(id="1", name="a"))
    with pytest.raises(TableMismatchError, match=reason):
        load(database, changed)
    assert query(database, "SELECT id, name FROM things") == [("1", "a")]


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_always_ends_with_its_key(database: Path, rows: int) -> None:
    """The key comes behind the first rows; a run that brought none, or was killed before, must not leave it out."""
    database.parent.mkdir()
    with duckdb.connect(database) as killed:
        killed.execute("CREATE TABLE things (id VARCHAR)")
    load(database, NAMED, *[record(id="1", name="a")] * rows, state({}))
    found = query(
        database, "SELECT constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
    )
    assert found == [(["id"],)]
    assert query(database, "SELECT id, name FROM things") == [("1", "a")] * rows


def test_a_table_of_rows_without_a_key_is_refused(database: Path) -> None:
    """What somebody appended to it may be there twice."""
    load(database, schema({"id": "string", "name": "string"}, key=()), record(id="1", name="a"))
    with pytest.raises(TableMismatchError, match=r"its key is \[\] and would have to be \['id'\]"):
        load(database, NAMED)


def test_state_goes_out_after_the_rows_before_it(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The orchestrator keeps what the target prints: state ahead of rows is lost data."""
    load(database, NAMED, record(id="1", name="a"), state({"n": 1}), record(id="2", name="b"), state({"n": 2}))
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"n": 2}]
    assert query(database, "SELECT count(*) FROM things") == [(2,)]


def test_failed_load_prints_no_state_and_keeps_none_of_its_batch(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A batch that fails half-way must be asked for again as a whole."""
    with pytest.raises(duckdb.ConstraintException):
        load(
            database,
            NAMED,
            record(id="1", name="a"),
            record(id=None, name="b"),
            state({"n": 1}),
            validate_records=False,
        )
    assert capsys.readouterr().out == ""
    assert query(database, "SELECT count(*) FROM things") == [(0,)]


def test_streams_share_the_file_and_names_need_no_escaping(database: Path) -> None:
    """Several streams arrive interleaved, and a report's name is the user's choice."""
    odd = schema({"id": "string", 'va"l': "integer"}, stream='my "report"')
    load(
        database,
        NAMED,
        odd,
        record(id="1", name="a"),
        record('my "report"', id="1", **{'va"l': 7}),
        default_target_schema="raw",
    )
    assert query(database, "SELECT name FROM raw.things") == [("a",)]
    assert query(database, 'SELECT "va""l" FROM raw."my ""report"""') == [(7,)]
