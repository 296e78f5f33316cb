"""From result file to rows in a table: RECORD lines beside batch files, out of the tap and through loaders.

    python benchmarks/loads.py

Out of the tap, everything runs in this process, in turn, beside a baseline that decodes the same result file with
Arrow and writes Parquet: no schema, no names, no checks. Loaders take what the tap wrote, in this process as well,
into an empty DuckDB file and a throw-away PostgreSQL, twice: the first load inserts every row, the second updates it.
Their baseline is COPY of the ready binary rows into a table with the same key. Slow loaders get the first rows only.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import io
import logging
import sys
import tempfile
import time
import typing as t
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import msgspec
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from bench import best_of, drained_stdout, machine
from records import Material, Size, material_for, stream_run
from target_duckdb_local.target import TargetDuckDBLocal
from target_postgres.target import TargetPostgres
from target_postgres_adbc.target import TargetPostgresAdbc

from tap_twitter_ads_async.stats.stream import StatsStream

sys.path.insert(0, str(Path(__file__).parents[1] / "demo"))
from throwaway_postgres import PostgresServer, throwaway_postgres

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from singer_sdk import Target

Json = dict[str, t.Any]
LEAST_TIMES_RECORD, LEAST_POSTGRES, LEAST_TIMES_TARGET, LEAST_DUCKDB = 2.0, 30_000, 10.0, 300_000
WAYS: dict[str, tuple[str, str | None] | None] = {
    "RECORD": None,
    "jsonl": ("jsonl", "none"),
    "jsonl.gz": ("jsonl", "gzip"),
    "parquet": ("parquet", None),
}
FAST: Json = {"use_copy": True, "validate_records": False}  # of target-postgres, as in meltano.yml
SELECTIONS: dict[str, list[str]] = {
    "all groups": [],
    "without apps": ["ENGAGEMENT", "BILLING", "VIDEO", "WEB_CONVERSION"],
    "ENGAGEMENT, BILLING, VIDEO": ["ENGAGEMENT", "BILLING", "VIDEO"],
    "ENGAGEMENT, BILLING": ["ENGAGEMENT", "BILLING"],
}
"""Choices of `metric_groups`, from the widest to the narrowest."""
WINDOWS = 4
"""How often the tap gets the file, so that what a stream costs once does not count."""
ROWS_OF_A_FILE = 100_000


def settings_of(way: str, folder: Path) -> Json:
    """Return the tap's setting of a way."""
    encoding = WAYS[way]
    if encoding is None:
        return {}
    storage = {"root": str(folder / way)}
    encoded = {"format": encoding[0]} | ({"compression": encoding[1]} if encoding[1] else {})
    return {"batch_config": {"encoding": encoded, "storage": storage, "batch_size": ROWS_OF_A_FILE}}


def arrow_baseline(path: Path, target: Path, times: int) -> None:
    """Decode a result file into one Arrow array per metric, and write them as Parquet: nothing else.

    Args:
        path: The result file.
        target: The Parquet file.
        times: How often.
    """
    decode = msgspec.json.Decoder(dict[str, list[int | None] | None]).decode
    for _ in range(times):
        arrays: dict[str, list[int | None]] = {}
        entities = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=_Bare).data
        for entity in entities:
            for part in entity.id_data:
                for name, array in decode(part.metrics).items():
                    if array is not None:
                        arrays.setdefault(name, []).extend(array)
        table = pa.table({name: pa.array(array, pa.int64()) for name, array in arrays.items()})
        pq.write_table(table, target, compression="zstd")


class _BarePart(msgspec.Struct):
    metrics: msgspec.Raw


class _BareEntity(msgspec.Struct):
    id_data: list[_BarePart]


class _Bare(msgspec.Struct):
    data: list[_BareEntity]


# --- out of the tap ---------------------------------------------------------------------------------------------


def out_of_the_tap(size: Size, runs: int, *, wide: bool = False) -> float:
    """Compare the ways; return how many times faster Parquet is than RECORD lines."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        first = material_for(size, folder, wide=wide)
        packed = first.file.path.read_bytes()
        columns = len(first.tap.streams[first.definition.name].schema["properties"])
        records = WINDOWS * size.records
        print(f"Out of the tap, {records:,} records of {columns} columns; best of {runs}")
        materials = {
            w: material_for(size, folder, wide=wide, packed=packed, settings=settings_of(w, folder)) for w in WAYS
        }
        contestants: dict[str, Callable[[], object]] = {
            way: lambda m=material: stream_run(m, StatsStream, WINDOWS)  # type: ignore[misc]  # bound at once
            for way, material in materials.items()
        }
        contestants["Arrow alone"] = lambda: arrow_baseline(first.file.path, folder / "bare.parquet", WINDOWS)
        stack.enter_context(drained_stdout())
        best = best_of(runs, contestants)
        sizes = {way: sum(f.stat().st_size for f in (folder / way).rglob("*") if f.is_file()) for way in WAYS}
    record, alone = best["RECORD"].wall, best["Arrow alone"].wall
    for name, took in best.items():
        stored = f"; {sizes[name] / (runs * 1e6):.1f} MB of files" if sizes.get(name) else ""
        print(
            f"  {name:<12}{took.wall:7.2f} s {records / took.wall:10,.0f} rows/s"
            f" {record / took.wall:6.2f} x RECORD {took.wall / alone:6.2f} x Arrow alone;"
            f" processor {took.processor:5.2f} s{stored}"
        )
    return record / best["parquet"].wall


# --- loaders ----------------------------------------------------------------------------------------------------


@dataclass
class Load:
    """One loader, and what it is fed with.

    Attributes:
        name: How the report calls it.
        target: The loader.
        config: Its settings.
        way: What the tap writes.
        rows: Rows that the messages bring.
        count: Counts the rows of the table.
        spoil: Makes every row differ from what the next load brings.
        seconds: How long each load took, from the first message to the last commit.
    """

    name: str
    target: type[Target]
    config: Json
    way: str
    rows: int
    count: Callable[[], int]
    spoil: Callable[[], None] = lambda: None
    seconds: list[float] = field(default_factory=list)

    def run(self, messages: Path, times: int) -> None:
        """Load some times."""
        for _ in range(times):
            target = self.target(config=self.config)
            gc.collect()
            with messages.open(encoding="utf-8") as lines, redirect_stdout(io.StringIO()):
                began = time.perf_counter()
                target.listen(lines)
                self.seconds.append(time.perf_counter() - began)
            assert self.count() == self.rows, (self.name, self.count(), self.rows)
            self.spoil()

    @property
    def rates(self) -> list[float]:
        """Rows per second of each load."""
        return [self.rows / seconds for seconds in self.seconds]


def messages_of(material: Material, path: Path) -> Path:
    """Write what the tap prints into a file."""
    with path.open("w") as file, redirect_stdout(file):
        stream_run(material, StatsStream)
    return path


def prepared(size: Size, folder: Path, part: str) -> dict[str, Path]:
    """Extract by every way; return the messages of each."""
    packed = b""
    found: dict[str, Path] = {}
    for way in WAYS:
        home = folder / part
        home.mkdir(exist_ok=True)
        material = material_for(size, home, packed=packed, settings=settings_of(way, home))
        packed = material.file.path.read_bytes()
        found[way] = messages_of(material, home / f"{way}.messages")
    return found


def postgres_config(server: PostgresServer, schema: str) -> Json:
    """Return the settings that both targets share."""
    keys = ("host", "port", "user", "password", "database")
    return {name: getattr(server, name) for name in keys} | {"default_target_schema": schema}


def copy_baseline(server: PostgresServer, schema: str) -> tuple[int, float]:
    """Copy the rows of a table, ready as binary, into one with the same key; return rows and seconds."""
    login = {k: getattr(server, k) for k in ("host", "port", "user", "password")}
    with psycopg.connect(**login, dbname=server.database) as connected:
        with connected.cursor().copy(f"COPY {schema}.by_metro TO STDOUT (FORMAT binary)".encode()) as copy:
            ready = [bytes(block) for block in copy]
        connected.execute(f"CREATE TABLE ready (LIKE {schema}.by_metro INCLUDING ALL)".encode())
        connected.commit()
        began = time.perf_counter()
        cursor = connected.cursor()
        with cursor.copy("COPY ready FROM STDIN (FORMAT binary)") as copy:
            for block in ready:
                copy.write(block)
        connected.commit()
        return cursor.rowcount, time.perf_counter() - began


def into_tables(size: Size, slow: Size, stack: ExitStack) -> list[Load]:
    """Load by every way into both databases."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    all_rows, few_rows = prepared(size, folder, "all"), prepared(slow, folder, "few")
    server = stack.enter_context(throwaway_postgres())
    loads: list[Load] = []

    def duck(way: str) -> Load:
        path = folder / f"{way}.duckdb"

        def count() -> int:
            with duckdb.connect(path, read_only=True) as connected:
                (found,) = t.cast("tuple[int]", connected.execute("SELECT count(*) FROM by_metro").fetchone())
            return found

        rows = slow.records if way == "RECORD" else size.records
        return Load(
            f"DuckDB, {way}", TargetDuckDBLocal, {"path": str(path), "validate_records": False}, way, rows, count
        )

    def postgres(target: type[Target], way: str, *, full: bool, **config: t.Any) -> Load:
        schema = f"s{len(loads)}"

        def count() -> int:
            login = {k: getattr(server, k) for k in ("host", "port", "user", "password")}
            with psycopg.connect(**login, dbname=server.database) as connected:
                query = f"SELECT count(*) FROM {schema}.by_metro"  # noqa: S608 - a name of ours
                (found,) = t.cast("tuple[int]", connected.execute(query.encode()).fetchone())
            return found

        def spoil() -> None:
            login = {k: getattr(server, k) for k in ("host", "port", "user", "password")}
            with psycopg.connect(**login, dbname=server.database, autocommit=True) as connected:
                connected.execute(f"UPDATE {schema}.by_metro SET impressions = impressions + 1".encode())  # noqa: S608
                connected.execute(f"VACUUM {schema}.by_metro".encode())

        rows = size.records if full else slow.records
        config = postgres_config(server, schema) | config
        return Load(f"{target.name}, {way}", target, config, way, rows, count, spoil)

    loads += [duck(way) for way in WAYS]
    loads.append(postgres(TargetPostgres, "RECORD", full=False, **FAST))
    loads.append(postgres(TargetPostgres, "jsonl.gz", full=False, **FAST))
    for way in WAYS:
        loads.append(postgres(TargetPostgresAdbc, way, full=way != "RECORD"))
    for load in loads:
        source = all_rows if load.rows == size.records else few_rows
        load.run(source[load.way], 2)
    rows, seconds = copy_baseline(server, t.cast("str", loads[-1].config["default_target_schema"]))
    bare = Load("COPY of ready binary", TargetPostgres, {}, "", rows, int)
    bare.seconds.append(seconds)
    return [*loads, bare]


def by_selection(size: Size, runs: int, names: Sequence[str], stack: ExitStack) -> None:
    """Print what a narrower choice of metrics brings for an unsegmented stream, as RECORD lines and as Parquet."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(throwaway_postgres())
    print(f"campaign_stats, {size.records:,} new rows, by metric_groups")
    for name in names:
        groups = SELECTIONS[name]
        home = folder / name.replace(" ", "-")
        home.mkdir()
        chosen = {"metric_groups": groups} if groups else {}
        lines = material_for(size, home, wide=True, settings=chosen)
        packed = lines.file.path.read_bytes()
        files = material_for(size, home, wide=True, packed=packed, settings=chosen | settings_of("parquet", home))
        columns = len(lines.tap.streams[lines.definition.name].schema["properties"])
        with drained_stdout():
            out = best_of(runs, {name: lambda m=lines: stream_run(m, StatsStream)})[name].wall  # type: ignore[misc]
        messages = messages_of(lines, home / "messages")
        length = messages.stat().st_size / size.records
        record = once(size, TargetPostgres, postgres_config(server, f"w{columns}") | FAST, messages)
        named = messages_of(files, home / "named")
        parquet = once(size, TargetPostgresAdbc, postgres_config(server, f"c{columns}"), named)
        print(
            f"  {name:<28}{columns:4} columns {length:7,.0f} bytes a line,"
            f" out of the tap {size.records / out:8,.0f} rows/s; RECORD by"
            f" target-postgres {record:6,.0f} rows/s; parquet by target-postgres-adbc {parquet:7,.0f} rows/s,"
            f" ratio {parquet / record:5.1f}, at least {LEAST_TIMES_TARGET:g}:"
            f" {'kept' if parquet / record >= LEAST_TIMES_TARGET else 'MISSED'}"
        )


def once(size: Size, target: type[Target], config: Json, messages: Path) -> float:
    """Load once into a schema of its own; return rows per second."""
    load = Load("", target, config, "", size.records, lambda: size.records)
    load.run(messages, 1)
    return load.rates[0]


def report(loads: list[Load]) -> None:
    """Print rates and ratios, and whether the goals were reached."""
    by_name = {load.name: load for load in loads}
    record, copy = by_name["target-postgres, RECORD"].rates, loads[-1].rates[0]
    print("Into a table: rows/s of the first load and of one that updates every row")
    for load in loads:
        first, *again = load.rates
        second = f"{again[0]:10,.0f}" if again else " " * 10
        print(
            f"  {load.name:<32}{load.rows:9,} rows {first:10,.0f} {second}"
            f" {min(load.rates) / min(record):7.1f} x RECORD by target-postgres {min(load.rates) / copy:6.2f} x COPY"
        )
    fast, duck = min(by_name["target-postgres-adbc, parquet"].rates), max(by_name["DuckDB, parquet"].rates)
    times = fast / min(record)
    for what, value, least in (
        ("PostgreSQL by upsert, rows/s", fast, LEAST_POSTGRES),
        ("ratio to RECORD by target-postgres", times, LEAST_TIMES_TARGET),
        ("DuckDB, rows/s", duck, LEAST_DUCKDB),
    ):
        print(f"  {what}: {value:,.1f}, at least {least:,.0f}: {'kept' if value >= least else 'MISSED'}")


def main() -> None:
    """Run the comparisons."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--entities", type=int, default=20)
    parser.add_argument("--segments", type=int, default=210)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--slow-entities", type=int, default=2, help="entities for loaders that take rows one by one")
    parser.add_argument("--no-loads", action="store_true", help="measure the tap alone")
    parser.add_argument("--selections", nargs="+", choices=SELECTIONS, default=[*SELECTIONS], help="of metric groups")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    print(machine())
    size = Size(options.entities, options.segments, options.days, 24)
    times = out_of_the_tap(size, options.runs)
    kept = "kept" if times >= LEAST_TIMES_RECORD else "MISSED"
    print(f"  ratio of parquet to RECORD {times:.2f}, at least {LEAST_TIMES_RECORD:g}: {kept}")
    out_of_the_tap(Size(20 * options.entities, 0, 3 * options.days, 24), options.runs, wide=True)
    if not options.no_loads:
        with ExitStack() as stack:
            report(into_tables(size, size._replace(entities=options.slow_entities), stack))
            unsegmented = Size(options.slow_entities * 50, 0, 3 * options.days, 24)
            by_selection(unsegmented, options.runs, options.selections, stack)


if __name__ == "__main__":
    main()
