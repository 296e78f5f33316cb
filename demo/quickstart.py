"""Runs the tap through Meltano against a simulator of the API, and shows what the database holds then."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import typing as t
from contextlib import contextmanager
from pathlib import Path

from report import print_report

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
STOPPED_WITHIN_SECONDS = 10

Simulator = dict[str, t.Any]


def main() -> int:
    """Run the demo; the exit code is Meltano's."""
    options = parse_options()
    signal.signal(signal.SIGTERM, _exit_on_signal)
    database: Path = options.database.resolve()
    if not options.again:
        start_afresh(database)
    started = time.monotonic()
    with simulator(options) as ready:
        print(f"demo: simulator of the X Ads API at {ready['api_url']}", flush=True)
        code = extract(ready, database)
    print(f"demo: stopped everything after {time.monotonic() - started:.0f} s", flush=True)
    if code == 0:
        print_report(database)
    return code


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="demo/run", description=__doc__)
    parser.add_argument("--accounts", type=int, default=3, help="ads accounts in the simulated world (3)")
    parser.add_argument("--days", type=int, default=30, help="days of history (30)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another world (1)")
    parser.add_argument("--job-latency", type=float, default=2, help="seconds an analytics job takes (2)")
    parser.add_argument("--database", type=Path, default=ROOT / "output/demo.duckdb", help="output/demo.duckdb")
    parser.add_argument(
        "--again",
        action="store_true",
        help="keep database and state of the last run: extract only what is new",
    )
    return parser.parse_args()


def _exit_on_signal(signum: int, _frame: object) -> None:
    sys.exit(128 + signum)  # unwinds, so that everything started is stopped


def state_directory(database: Path) -> Path:
    """Return where Meltano keeps the demo's bookmarks: beside the database they belong to."""
    return database.with_suffix(".state")


def start_afresh(database: Path) -> None:
    """Remove what an earlier run left."""
    for file in (database, database.with_name(database.name + ".wal")):
        file.unlink(missing_ok=True)
    shutil.rmtree(state_directory(database), ignore_errors=True)


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
def simulator(options: argparse.Namespace) -> t.Iterator[Simulator]:
    """Start the simulator on free ports; yields what it says when it is ready."""
    command = [str(BIN / "x-ads-simulator"), f"--accounts={options.accounts}", f"--days={options.days}"]
    command += [f"--seed={options.seed}", f"--job-latency={options.job_latency}"]
    with process(command, stdout=subprocess.PIPE) as running:
        line = t.cast("t.IO[str]", running.stdout).readline()
        if not line:
            sys.exit(f"demo: the simulator did not start (exit code {running.wait()})")
        yield t.cast("Simulator", json.loads(line))


def extract(ready: Simulator, database: Path) -> int:
    """Run tap and loader through Meltano; their log lines pass through."""
    command = [
        str(BIN / "meltano"),
        "--environment",
        "demo",
        "run",
        "tap-twitter-ads-async",
        "target-duckdb-local",
    ]
    with process(command, cwd=ROOT, env={**os.environ, **settings(ready, database)}) as running:
        return running.wait()


def settings(ready: Simulator, database: Path) -> dict[str, str]:
    """Return the environment variables that point tap, loader and Meltano at the demo."""
    tap = {name: value if isinstance(value, str) else json.dumps(value) for name, value in ready["config"].items()}
    return {
        **{f"TAP_TWITTER_ADS_ASYNC_{name.upper()}": value for name, value in tap.items()},
        "TARGET_DUCKDB_LOCAL_PATH": str(database),
        "MELTANO_STATE_BACKEND_URI": state_directory(database).as_uri(),
        "NO_COLOR": "1",
    }


if __name__ == "__main__":
    sys.exit(main())
