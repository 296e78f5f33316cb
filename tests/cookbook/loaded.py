"""The small world in two warehouses: loaded by the real targets, asked in SQL."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import typing as t
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psycopg
from throwaway_postgres import PostgresServer, throwaway_postgres

from tap_twitter_ads_async.simulator.server import Simulator
from tests.cookbook.world import OPTIONS, extract, prepare

if t.TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
SCHEMA = "tap_twitter_ads_async"
LOADED_WITHIN_SECONDS = 120
WAREHOUSES = ("duckdb", "postgres")

Row = dict[str, t.Any]


class Connection(t.Protocol):
    """What the drivers of both databases can do."""

    def execute(self, query: t.Any, /) -> t.Any:
        """Run a statement; what it answers has `description` and `fetchall`."""


@dataclasses.dataclass(frozen=True)
class Warehouse:
    """One loaded database, its tables reachable by their bare names."""

    name: str
    connection: Connection

    def rows(self, sql: str) -> list[Row]:
        """Return a query's answer, by column."""
        found = self.connection.execute(sql.encode() if self.name == "postgres" else sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def run(self, script: str) -> None:
        """Run statements that answer nothing."""
        self.connection.execute(script.encode() if self.name == "postgres" else script)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take back what the block changed."""
        self.run("BEGIN TRANSACTION")
        try:
            yield
        finally:
            self.run("ROLLBACK")


@dataclasses.dataclass(frozen=True)
class Loaded:
    """The simulator, which knows what is true, and what was loaded from it."""

    simulator: Simulator
    warehouses: dict[str, Warehouse]
    folder: Path
    """Where the files are that queries read by relative paths."""


@contextmanager
def loaded_world(folder: Path) -> Iterator[Loaded]:
    """Extract the world once and load it into both databases, which live while the block runs."""
    database = folder / "warehouse.duckdb"
    with Simulator(OPTIONS) as simulator, throwaway_postgres() as server:
        prepare(simulator)
        singer = extract(simulator, folder)
        append_lines(singer, folder / "output")
        load(singer, database, server, add_record_metadata=True)
        place = dataclasses.asdict(server)
        place["dbname"] = place.pop("database")
        options = f"-c search_path={SCHEMA}"
        with (
            duckdb.connect(database) as embedded,
            psycopg.connect(**place, options=options, autocommit=True) as connection,
        ):
            embedded.execute("SET TimeZone = 'UTC'")
            warehouses = (Warehouse("duckdb", embedded), Warehouse("postgres", connection))
            yield Loaded(simulator, {warehouse.name: warehouse for warehouse in warehouses}, folder)


def append_lines(singer: Path, folder: Path) -> None:
    """Write figures the way target-jsonl does in two runs: line by line, and all of them again."""
    messages = map(json.loads, singer.read_bytes().splitlines())
    lines = [json.dumps(m["record"]) for m in messages if m["type"] == "RECORD" and m["stream"] == "campaign_stats"]
    folder.mkdir()
    (folder / "campaign_stats.jsonl").write_text("\n".join([*lines, *lines, ""]), "utf-8")


def load(singer: Path, database: Path, server: PostgresServer, **duckdb_settings: t.Any) -> None:
    """Feed the tap's output to both targets, side by side."""
    # The tap's tests validate records; here it would only take time.
    postgres = {"default_target_schema": SCHEMA, "use_copy": True, **dataclasses.asdict(server)}
    targets = {"target-duckdb-local": {"path": str(database), **duckdb_settings}, "target-postgres": postgres}
    running = [start(target, {**config, "validate_records": False}, singer) for target, config in targets.items()]
    for process in running:
        _, log = process.communicate(timeout=LOADED_WITHIN_SECONDS)
        assert process.returncode == 0, log[-4000:]


def start(target: str, config: t.Mapping[str, t.Any], singer: Path) -> subprocess.Popen[str]:
    """Start a target on a file of Singer messages."""
    file = singer.with_name(f"{target}.json")
    file.write_text(json.dumps(config), "utf-8")
    foreign = ("TAP_", "TARGET_", "MELTANO_", "PG", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    with singer.open("rb") as messages:
        return subprocess.Popen(
            [BIN / target, "--config", file],
            stdin=messages,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
