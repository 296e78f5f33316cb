"""What the benchmarks share: alternating runs, a pipe that is always read, a line about the machine."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import platform
import subprocess
import sys
import time
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def machine() -> str:
    """Describe the class of machine: processors, architecture, Python."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} processors, {platform.machine()}, {python}"


class Best(t.NamedTuple):
    """Shortest times of a contestant, in seconds; they may come from different runs.

    Attributes:
        wall: By the clock on the wall.
        processor: Processor time of this process, which other programs on the machine disturb less.
    """

    wall: float
    processor: float


def best_of(runs: int, contestants: Mapping[str, Callable[[], object]]) -> dict[str, Best]:
    """Time contestants in turn, so that a noisy moment hits all of them; return the shortest times of each."""
    forever = float("inf")
    best = dict.fromkeys(contestants, Best(forever, forever))
    for _ in range(runs):
        for name, run in contestants.items():
            gc.collect()
            wall, processor = time.perf_counter(), time.process_time()
            run()
            processor, wall = time.process_time() - processor, time.perf_counter() - wall
            best[name] = Best(min(best[name].wall, wall), min(best[name].processor, processor))
    return best


@contextlib.contextmanager
def drained_stdout() -> Iterator[None]:
    """Make stdout a pipe to a process that throws everything away, as fast as a target ever could."""
    reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S607 - any cat will do
    assert reader.stdin is not None
    stdout, sys.stdout = sys.stdout, io.TextIOWrapper(reader.stdin)
    try:
        yield
    finally:
        sys.stdout.close()
        sys.stdout = stdout
        reader.wait()


@contextlib.contextmanager
def captured_stdout() -> Iterator[io.BytesIO]:
    """Collect what is written to stdout."""
    kept = io.BytesIO()
    stdout, sys.stdout = sys.stdout, io.TextIOWrapper(kept, write_through=True)
    try:
        yield kept
    finally:
        sys.stdout.flush()
        sys.stdout.detach()
        sys.stdout = stdout


def verdict(ratio: float, most: float) -> str:
    """Say whether a ratio keeps its bound."""
    return f"ratio {ratio:.2f}, at most {most:g}: {'kept' if ratio <= most else 'MISSED'}"
