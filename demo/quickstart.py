"""Runs the tap through Meltano against a simulator of the API, builds marts, and shows what the database holds then."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
import typing as t
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from marts import DbtFailed, DbtMissing, dbt, duckdb_target
from marts import environment as dbt_environment
from programs import (
    BIN,
    OUTPUT,
    ROOT,
    World,
    add_world_options,
    exit_on_signals,
    process,
    simulator,
    tap_environment,
    target_environment,
)
from report import print_next_steps, print_report
from spend import read_accounts
from spend_page import write_spend_page
from throwaway_postgres import PostgresMissing, throwaway_postgres
from warehouse import open_duckdb, open_postgres

DEFAULT_WORLD = World(accounts=3, days=45, job_latency=2)
POSTGRES_PLACE = "TARGET_POSTGRES_HOST"  # set: load there


@dataclass(frozen=True)
class Destination:
    """Where Meltano loads to, and where it keeps the bookmarks that belong to it."""

    loader: str
    environment: t.Mapping[str, str]
    state: Path


def main() -> int:
    """Run the demo; the exit code is Meltano's."""
    options = parse_options()
    exit_on_signals()
    database: Path = options.database.resolve()
    started = time.monotonic()
    with ExitStack() as running:
        to_postgres = options.into == "postgres"
        destination = running.enter_context(postgres()) if to_postgres else duckdb_file(database)
        if not options.again:
            start_afresh(destination)
        with simulator(options) as ready:
            print(f"demo: simulator of the X Ads API at {ready['api_url']}", flush=True)
            code = extract(tap_environment(ready), destination)
        print(f"demo: stopped everything after {time.monotonic() - started:.0f} s", flush=True)
        if code == 0:
            show(destination, database)
        if code == 0 and options.marts:
            code = build_marts(database)
    return code


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="demo/run", description=__doc__)
    add_world_options(parser, DEFAULT_WORLD)
    parser.add_argument(
        "--into",
        choices=("duckdb", "postgres"),
        default="duckdb",
        help="duckdb: a file; postgres: the server that TARGET_POSTGRES_HOST and so on name, else one that is thrown "
        "away at the end (duckdb)",
    )
    parser.add_argument("--database", type=Path, default=OUTPUT / "demo.duckdb", help="output/demo.duckdb")
    parser.add_argument(
        "--tables-only",
        dest="marts",
        action="store_false",
        help="leave out the marts and the page, which are made in DuckDB only",
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="keep database and state of the last run: extract only what is new",
    )
    options = parser.parse_args()
    options.marts &= options.into == "duckdb"
    if options.again and options.into == "postgres" and POSTGRES_PLACE not in os.environ:
        parser.error(f"--again needs a PostgreSQL that is still there: name yours in {POSTGRES_PLACE} and so on")
    return options


def duckdb_file(database: Path) -> Destination:
    """Return the DuckDB file as a destination; its state lies beside it."""
    return Destination(
        "target-duckdb-local", {"TARGET_DUCKDB_LOCAL_PATH": str(database)}, database.with_suffix(".state")
    )


@contextmanager
def postgres() -> t.Iterator[Destination]:
    """Yield the PostgreSQL that the environment names, else one that exists while the block runs."""
    state = OUTPUT / "demo-postgres.state"
    if POSTGRES_PLACE in os.environ:
        yield Destination("target-postgres", {}, state)
        return
    try:
        with throwaway_postgres() as server:
            yield Destination("target-postgres", target_environment(server), state)
    except PostgresMissing as missing:
        sys.exit(f"demo: {missing}")


def start_afresh(destination: Destination) -> None:
    """Remove what an earlier run left; a server of the user's keeps its tables, they are upserted."""
    database = destination.environment.get("TARGET_DUCKDB_LOCAL_PATH")
    for file in (database, f"{database}.wal") if database else ():
        Path(file).unlink(missing_ok=True)
    shutil.rmtree(destination.state, ignore_errors=True)


def extract(tap: t.Mapping[str, str], destination: Destination) -> int:
    """Run tap and loader through Meltano; their log lines pass through."""
    command = [str(BIN / "meltano"), "--environment", "demo", "run", "tap-twitter-ads-async", destination.loader]
    environment = {
        **os.environ,
        **tap,
        **destination.environment,
        "MELTANO_STATE_BACKEND_URI": destination.state.as_uri(),
        "NO_COLOR": "1",
    }
    with process(command, cwd=ROOT, env=environment) as running:
        return running.wait()


def show(destination: Destination, database: Path) -> None:
    """Print what the destination holds now."""
    if destination.loader == "target-duckdb-local":
        with open_duckdb(database) as warehouse:
            print_report(warehouse, str(database))
        print_next_steps(database)
        return
    with open_postgres({**os.environ, **destination.environment}) as warehouse:
        print_report(warehouse, f"PostgreSQL, schema {warehouse.schema}")


def build_marts(database: Path) -> int:
    """Build and test the marts, and write the page beside the database; return dbt's verdict as an exit code."""
    print("demo: building and testing the marts of dbt/", flush=True)
    page = database.with_name("report.html")
    try:
        folder = database.with_suffix(".dbt")
        printed = dbt(["build"], duckdb_target(database), folder=folder, programs=dbt_environment())
    except (DbtFailed, DbtMissing) as failed:
        print(failed, file=sys.stderr)
        return 1
    print(f"demo: dbt says {printed.strip().splitlines()[-1].partition('Done. ')[2]}", flush=True)
    with open_duckdb(database) as warehouse:
        write_spend_page(read_accounts(warehouse), page)
    print(f"demo: spend, CTR and CPA by day and campaign: open {page} in a browser", flush=True)
    print(
        "demo: next: demo/run --again extracts only what is new; docs/quick-start.md makes a project of your own",
        flush=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
