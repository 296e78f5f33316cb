"""Runs a simulator of the X Ads API and a PostgreSQL server until Ctrl-C, and writes how to reach them."""

from __future__ import annotations

import argparse
import fcntl
import os
import shlex
import shutil
import signal
import sys
import typing as t
from contextlib import contextmanager

from programs import (
    OUTPUT,
    Ready,
    World,
    add_world_options,
    exit_on_signals,
    simulator,
    tap_environment,
    target_environment,
)
from throwaway_postgres import PostgresMissing, PostgresServer, throwaway_postgres

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.world import World as SimulatedWorld

DEFAULT_WORLD = World(accounts=2, days=14, job_latency=0.5)
VARIABLES = OUTPUT / "sandbox.env"
FOLDER = OUTPUT / "sandbox"
# The API allows five readings of the accounts in fifteen minutes, and people try things more often than that.
WITHOUT_LIMITS = "--rate-limit-scale=0"
NEXT_STEPS = """
sandbox: addresses and made-up credentials of both are in output/sandbox.env. In another terminal, in this folder:

  export PATH="$PWD/.venv/bin:$PATH"
  . output/sandbox.env
  meltano run tap-twitter-ads-async target-postgres
  demo/query 'SELECT count(*) FROM campaign_stats'

sandbox: Ctrl-C stops both servers and throws away what is in them.
"""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="demo/sandbox", description=__doc__)
    add_world_options(parser, DEFAULT_WORLD)
    options = parser.parse_args()
    exit_on_signals()
    try:
        with only_one(), throwaway_postgres() as server, simulator(options, WITHOUT_LIMITS) as ready:
            world = SimulatedWorld(SimulatorOptions(accounts=options.accounts, seed=options.seed))
            wait_in(server, ready, world.accounts)
    except PostgresMissing as missing:
        sys.exit(f"sandbox: {missing}")
    except KeyboardInterrupt:
        pass
    return 0


def wait_in(server: PostgresServer, ready: Ready, accounts: t.Iterable[str]) -> None:
    """Tell how to reach both servers, and wait for Ctrl-C or SIGTERM."""
    environment = {**tap_environment(ready), **database_environment(server), **meltano_environment()}
    with variables({**environment, "SANDBOX_ACCOUNTS": " ".join(accounts)}):
        print(f"sandbox: simulator of the X Ads API at {ready['api_url']}")
        print(f"sandbox: PostgreSQL at {server.host}:{server.port}, empty")
        print(NEXT_STEPS, flush=True)
        try:
            signal.pause()
        finally:
            print("\nsandbox: stopping, and removing its data", flush=True)


@contextmanager
def only_one() -> t.Iterator[None]:
    """Keep the folder of the state while the block runs; two sandboxes would overwrite each other's variables."""
    OUTPUT.mkdir(exist_ok=True)
    with (OUTPUT / "sandbox.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("sandbox: one is running already in this folder; use its output/sandbox.env")
        shutil.rmtree(FOLDER, ignore_errors=True)  # of one that was killed
        FOLDER.mkdir()
        try:
            yield
        finally:
            shutil.rmtree(FOLDER, ignore_errors=True)


@contextmanager
def variables(environment: t.Mapping[str, str]) -> t.Iterator[None]:
    """Write the variables for a shell to read, readable by nobody else, while the block runs."""
    partial = VARIABLES.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"# Written by demo/sandbox, gone when it ends. Read it with:  . output/sandbox.env\n{text}")
    partial.replace(VARIABLES)
    try:
        yield
    finally:
        VARIABLES.unlink(missing_ok=True)


def database_environment(server: PostgresServer) -> dict[str, str]:
    """Return the variables of Meltano's loader, and those of psql and other PostgreSQL programs."""
    return {
        **target_environment(server),
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGUSER": server.user,
        "PGPASSWORD": server.password,
        "PGDATABASE": server.database,
    }


def meltano_environment() -> dict[str, str]:
    """Return the variables that keep Meltano's bookmarks in the sandbox, whose end is theirs too."""
    return {"MELTANO_STATE_BACKEND_URI": (FOLDER / "state").as_uri()}


if __name__ == "__main__":
    sys.exit(main())
