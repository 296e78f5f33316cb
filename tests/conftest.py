"""Fixtures for tests of every level, and the order in which files are tested."""

from __future__ import annotations

import gc
import os
import tempfile
import typing as t

import pytest

from tests.support import log_handlers
from tests.support.meltano_home import MeltanoHome

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WORKERS_BEYOND_CORES = 2
"""Many tests wait for jobs, retries and programs of their own; two workers more use that time."""
LONGEST_FIRST = ("docs", "tap", "warehouses", "meltano", "demo", "chaos", "benchmarks", "packaging", "cookbook")
"""Rooms whose files take long. A worker takes file after file: one that is long and last keeps the others waiting.
`docs` computes without a pause and `tap` mostly waits: side by side they fill the cores."""


def pytest_configure(config: pytest.Config) -> None:
    """Keep what runs of the tap remember between runs out of the home folder, and from the next session."""
    folder = tempfile.TemporaryDirectory(prefix="tap-cache-")
    config.add_cleanup(folder.cleanup)
    os.environ["XDG_CACHE_HOME"] = folder.name


def pytest_collection_finish() -> None:
    """Keep the garbage collector from looking through thousands of tests again and again: half of the time was its."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers `--numprocesses auto` means."""
    available = getattr(os, "sched_getaffinity", None)
    return (len(available(0)) if available else os.cpu_count() or 1) + WORKERS_BEYOND_CORES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first; within a file and within a room the order stays."""
    items.sort(key=lambda item: _place(item.nodeid.split("/")))


def _place(path: Sequence[str]) -> int:
    room = path[1] if len(path) > 2 else ""
    return LONGEST_FIRST.index(room) if room in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture(autouse=True)
def _log_handlers() -> Iterator[None]:
    """Leave no log handler behind."""
    with log_handlers.taken_off():
        yield


@pytest.fixture
def meltano_home(tmp_path: Path) -> MeltanoHome:
    """A system folder of Meltano for this test alone, with the plugin environments of the checkout."""
    return MeltanoHome(tmp_path / "meltano-home")
