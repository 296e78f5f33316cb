"""Runs the tap through Meltano against a simulator of the API, builds marts, and shows what the database holds then."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import sys
import time
import typing as t
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from last_screen import Place, print_last_screen, shown_path
from marts import DbtFailed, DbtMissing, dbt, duckdb_target, postgres_target
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
from spend import read_accounts
from spend_page import write_spend_page
from throwaway_postgres import PostgresMissing, throwaway_postgres
from warehouse import open_duckdb, open_postgres

if t.TYPE_CHECKING:
    from warehouse import Warehouse

DEFAULT_WORLD = World(accounts=3, days=45, job_latency=2)
POSTGRES_PLACE = "TARGET_POSTGRES_HOST"  # set: load there


@dataclass(frozen=True)
class Destination:
    """Where Meltano loads to, and where it keeps the bookmarks that belong to it."""

    loader: str
    environment: t.Mapping[str, str]
    state: Path
    page: Path
    marts: t.Mapping[str, str]
    """Variables that point dbt at it."""
    place: Place
    open: t.Callable[[], t.ContextManager[Warehouse]]


def main() -> int:
    """Run the demo; the exit code is Meltano's, else 1 if the marts could not be built."""
    options = parse_options()
    exit_on_signals()
    started = time.monotonic()
    with ExitStack() as running:
        to_postgres = options.into == "postgres"
        destination = running.enter_context(postgres()) if to_postgres else duckdb_file(options.database.resolve())
        if not options.again:
            start_afresh(destination)
        with simulator(options) as ready:
            print(f"demo: simulator of the X Ads API at {ready['api_url']}", flush=True)
            code = extract(tap_environment(ready), destination)
        if code == 0:
            built = build_marts(destination) if options.marts else {}
            code = 0 if built is not None else 1
            show(destination, time.monotonic() - started, {"marts": "failed, see above"} if built is None else built)
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
        help="leave out the marts and the report",
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="keep database and state of the last run: extract only what is new",
    )
    options = parser.parse_args()
    if options.again and options.into == "postgres" and POSTGRES_PLACE not in os.environ:
        parser.error(f"--again needs a PostgreSQL that is still there: name yours in {POSTGRES_PLACE} and so on")
    return options


def duckdb_file(database: Path) -> Destination:
    """Return the DuckDB file as a destination; state and report lie beside it."""
    file = shown_path(database)
    query = f"demo/query --duckdb {shlex.quote(file)}"
    steps = {
        f"{query} 'SHOW TABLES'": "",
        f"{query} - < demo/top_campaigns.sql": "",
        "demo/run --again": "extract only what is new",
        "docs/quick-start.md": "how to make a project of your own",
    }
    return Destination(
        loader="target-duckdb-local",
        environment={"TARGET_DUCKDB_LOCAL_PATH": str(database)},
        state=database.with_suffix(".state"),
        page=database.with_name("report.html"),
        marts=duckdb_target(database),
        place=Place(file, steps),
        open=lambda: open_duckdb(database),
    )


@contextmanager
def postgres() -> t.Iterator[Destination]:
    """Yield the PostgreSQL that the environment names, else one that exists while the block runs."""
    if POSTGRES_PLACE in os.environ:
        steps = {
            "demo/query - < demo/top_campaigns.sql": "ask for more",
            "demo/run --into postgres --again": "extract only what is new",
        }
        yield postgres_server({}, f"PostgreSQL at {os.environ[POSTGRES_PLACE]}", steps)
        return
    try:
        with throwaway_postgres() as server:
            steps = {"demo/sandbox": "the same with a PostgreSQL that stays, until Ctrl-C"}
            yield postgres_server(target_environment(server), "a PostgreSQL that is gone now", steps)
    except PostgresMissing as missing:
        sys.exit(f"demo: {missing}")


def postgres_server(named: t.Mapping[str, str], name: str, steps: t.Mapping[str, str]) -> Destination:
    """Return a PostgreSQL server as a destination.

    Args:
        named: Variables that name the server, beside those of the environment.
        name: What to call it.
        steps: What to do next with it.
    """
    environment = {**os.environ, **named}
    return Destination(
        loader="target-postgres",
        environment=named,
        state=OUTPUT / "demo-postgres.state",
        page=OUTPUT / "report.html",
        marts={**named, **postgres_target(environment)},
        place=Place(name, {**steps, "docs/quick-start.md": "how to make a project of your own"}),
        open=lambda: open_postgres(environment),
    )


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


def build_marts(destination: Destination) -> dict[str, str] | None:
    """Build and test the marts, and write the report; return both in words, or None if dbt is not content."""
    print("demo: building and testing the marts of dbt/", flush=True)
    try:
        folder = destination.state.with_suffix(".dbt")
        printed = dbt(["build"], destination.marts, folder=folder, programs=dbt_environment())
    except (DbtFailed, DbtMissing) as failed:
        print(failed, file=sys.stderr, flush=True)
        return None
    counts = dict(re.findall(r"([A-Z-]+)=(\d+)", printed.strip().splitlines()[-1]))
    with destination.open() as warehouse:
        write_spend_page(read_accounts(warehouse), destination.page)
    return {
        "marts": f"{counts['PASS']} of {counts['TOTAL']} models and tests of dbt/ passed; they are in schema x_ads",
        "report": f"{shown_path(destination.page)}: open it in a browser",
    }


def show(destination: Destination, seconds: float, more: t.Mapping[str, str]) -> None:
    """Print the last screen."""
    with destination.open() as warehouse:
        print_last_screen(warehouse, destination.place, seconds, more)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
