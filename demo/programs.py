"""What the demo's programs share: the simulator, started for as long as a block runs, and how to reach it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import typing as t
from contextlib import contextmanager
from pathlib import Path

if t.TYPE_CHECKING:
    import argparse

    from throwaway_postgres import PostgresServer

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
OUTPUT = ROOT / "output"
STOPPED_WITHIN_SECONDS = 10

Ready = dict[str, t.Any]


class World(t.NamedTuple):
    """Size and pace of a simulated world."""

    accounts: int
    days: int
    job_latency: float


def add_world_options(parser: argparse.ArgumentParser, default: World) -> None:
    """Add the options that choose the simulated world."""
    for name, kind, value, meaning in (
        ("--accounts", int, default.accounts, "ads accounts in the simulated world"),
        ("--days", int, default.days, "days of history"),
        ("--seed", int, 1, "another seed, another world"),
        ("--job-latency", float, default.job_latency, "seconds an analytics job takes"),
    ):
        parser.add_argument(name, type=kind, default=value, help=f"{meaning} ({value})")


def exit_on_signals() -> None:
    """Make SIGTERM unwind like Ctrl-C does, so that everything started is stopped.

    A shell starts what it runs in the background with SIGINT ignored; here it counts nevertheless.
    """
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _exit(signum: int, _frame: object) -> None:
    sys.exit(128 + signum)


@contextmanager
def process(command: t.Sequence[str], **options: t.Any) -> t.Iterator[subprocess.Popen[str]]:
    """Run a program, and stop it at the latest when the block ends."""
    with subprocess.Popen(command, text=True, **options) as running:
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(STOPPED_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()


@contextmanager
def simulator(options: argparse.Namespace, *more: str) -> t.Iterator[Ready]:
    """Start the simulator on free ports; yields what it says when it is ready."""
    command = [str(BIN / "x-ads-simulator"), f"--accounts={options.accounts}", f"--days={options.days}"]
    command += [f"--seed={options.seed}", f"--job-latency={options.job_latency}", *more]
    with process(command, stdout=subprocess.PIPE) as running:
        line = t.cast("t.IO[str]", running.stdout).readline()
        if not line:
            sys.exit(f"demo: the simulator did not start (exit code {running.wait()})")
        yield t.cast("Ready", json.loads(line))


def tap_environment(ready: Ready) -> dict[str, str]:
    """Return the variables that point the tap at the simulator; its credentials are made up."""
    return {
        f"TAP_TWITTER_ADS_ASYNC_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in ready["config"].items()
    }


def target_environment(server: PostgresServer) -> dict[str, str]:
    """Return the variables that point Meltano's loader at a PostgreSQL server."""
    place = {"host": server.host, "port": str(server.port), "user": server.user, "password": server.password}
    return {f"TARGET_POSTGRES_{name.upper()}": value for name, value in {**place, "database": server.database}.items()}
