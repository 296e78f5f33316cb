"""Fixtures for tests of every level."""

from __future__ import annotations

import fcntl
import hashlib
import tempfile
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def alone_with_meltano() -> t.Iterator[None]:
    """Keep other test processes out of this checkout's Meltano project, whose files two runs would overwrite."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"meltano-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
