"""The small world in two warehouses, with the marts of `dbt/` built in both."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import shutil
import subprocess
import typing as t
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import duckdb
import marts
import psycopg
from programs import target_environment
from throwaway_postgres import PostgresServer, throwaway_postgres

from tap_twitter_ads_async.simulator.server import Simulator
from tests.cookbook.loaded import SCHEMA, WAREHOUSES, Warehouse, load
from tests.cookbook.world import OPTIONS, extract
from tests.dbt.world import CHOICE, Linked, leave_a_segment_behind, prepare

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Built:
    """The simulator, which knows what is true, and both warehouses with marts."""

    simulator: Simulator
    linked: Linked
    folder: Path
    targets: Mapping[str, Mapping[str, str]]
    places: Mapping[str, t.Any]

    @contextmanager
    def open(self, name: str) -> Iterator[Warehouse]:
        """Open a warehouse while the block runs; dbt and a connection to the DuckDB file exclude each other."""
        with _opened(name, self.places[name]) as warehouse:
            yield warehouse

    def dbt(self, name: str, *arguments: str) -> str:
        """Run dbt on a warehouse."""
        folder = self.folder / name
        return marts.dbt(arguments, self.targets[name], folder=folder, programs=marts.environment())

    def metrics(self, names: str, *, by: str) -> list[dict[str, str]]:
        """Return what MetricFlow answers in DuckDB."""
        file = self.folder / "metrics.csv"
        arguments = ["query", "--metrics", names, "--group-by", by, "--csv", str(file)]
        # It looks for what dbt has compiled in the project's own folder only.
        project = self.folder / "project"
        shutil.copytree(marts.PACKAGE, project, ignore=shutil.ignore_patterns("target", "logs"))
        shutil.copytree(self.folder / "duckdb", project / "target")
        done = subprocess.run(
            [marts.environment() / "mf", *arguments],
            env={**os.environ, **self.targets["duckdb"], "DBT_PROFILES_DIR": str(project)},
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:]
        return list(csv.DictReader(file.read_text("utf-8").splitlines()))

    def results(self, name: str) -> dict[str, str]:
        """Return the verdict on each model and test of the last build."""
        results = json.loads((self.folder / name / "run_results.json").read_text("utf-8"))["results"]
        return {result["unique_id"]: result["status"] for result in results}


@contextmanager
def built_world(folder: Path) -> Iterator[Built]:
    """Extract and load the world, and build the marts in both warehouses, side by side."""
    marts.environment()
    database = folder / "warehouse.duckdb"
    with Simulator(OPTIONS) as simulator, throwaway_postgres() as server:
        linked = prepare(simulator)
        load(
            extract(simulator, folder, CHOICE),
            database,
            server,
            default_target_schema=SCHEMA,
            add_record_metadata=True,
        )
        targets = {"duckdb": marts.duckdb_target(database, schema=SCHEMA), "postgres": postgres_target(server)}
        built = Built(simulator, linked, folder, targets, {"duckdb": database, "postgres": server})
        for name in WAREHOUSES:
            with built.open(name) as warehouse:
                leave_a_segment_behind(warehouse)
        with ThreadPoolExecutor() as side_by_side:
            list(side_by_side.map(lambda name: built.dbt(name, "build"), WAREHOUSES))
        yield built


def postgres_target(server: PostgresServer) -> dict[str, str]:
    """Return the variables that point dbt at a PostgreSQL server."""
    return {**target_environment(server), "X_ADS_TARGET": "postgres", "X_ADS_SCHEMA": SCHEMA}


@contextmanager
def _opened(name: str, place: t.Any) -> Iterator[Warehouse]:
    with ExitStack() as open_ones:
        if name == "duckdb":
            embedded = open_ones.enter_context(duckdb.connect(place))
            embedded.execute(f"SET TimeZone = 'UTC'; SET search_path = '{SCHEMA}'")
            yield Warehouse(name, embedded)
            return
        where = dataclasses.asdict(place)
        where["dbname"] = where.pop("database")
        connection = psycopg.connect(**where, options=f"-c search_path={SCHEMA}", autocommit=True)
        yield Warehouse(name, open_ones.enter_context(connection))
