"""Every benchmark runs; what it measures is not judged here."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SMALL = {
    "records": "--entities 2 --segments 3 --days 3 --runs 1",
    "loads": "--entities 2 --segments 2 --days 1 --runs 1 --slow-entities 1 --selections 'ENGAGEMENT, BILLING'",
    "slots": "--days 2 --slots 2 --latency 0.1 --parts random",
    "api_requests": "--accounts 1 --campaigns 1 --days 1 --latency 0.1",
    "memory": "--segments 2 --files 1 --jobs 2",
    "start": "--runs 1",
    "windows": "--posts 400 --runs 1",
    "quota": "--days 4 --small 1 --latency 0.2 --left 4 --hourly-latency 0.2",
    "fleet": "--runs 2 --accounts 2 --days 2 --minute 2",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_runs_and_prints_its_ratio(name: str) -> None:
    """A benchmark that broke unnoticed proves nothing when it is needed."""
    command = [sys.executable, str(BENCHMARKS / f"{name}.py"), *shlex.split(SMALL[name])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    assert "ratio" in done.stdout


def test_every_benchmark_is_tried() -> None:
    """A new benchmark belongs into the list above."""
    commands = {path.stem for path in BENCHMARKS.glob("*.py") if '__name__ == "__main__"' in path.read_text("utf-8")}
    assert commands == set(SMALL)
