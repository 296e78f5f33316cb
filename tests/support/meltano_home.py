"""Meltano's system folder, one per test, so that tests which run Meltano need not wait for each other."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import typing as t
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MELTANO = Path(sys.executable).parent / "meltano"
SHARED = ROOT / ".meltano"
TAP = "tap-twitter-ads-async"
MADE_FROM = (ROOT / "meltano.yml", ROOT / "pyproject.toml")
"""What decides on what is in the environments of the plugins."""


class MeltanoHome:
    """A folder for what Meltano writes: cached catalogs, files of runs, state.

    The environments of the plugins are large and slow to make: they are made once per checkout, where `meltano`
    looks for them by default, and linked to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def variables(self, loader: str) -> dict[str, str]:
        """Return the environment of `meltano` for a pipeline of the tap and a loader.

        Whatever else this process knows of plugins or of Meltano is left out.
        """
        self.link(loader)
        others = {n: v for n, v in os.environ.items() if not n.startswith(("TAP_", "TARGET_", "MELTANO_"))}
        return others | {"MELTANO_SYS_DIR_ROOT": str(self.folder), "MELTANO_ENVIRONMENT": "demo"}

    def link(self, loader: str) -> None:
        """Make the environments of the tap and a loader the folder's, too."""
        for plugin in (Path("extractors") / TAP, Path("loaders") / loader):
            self._link(plugin)

    def _link(self, plugin: Path) -> None:
        made = SHARED / plugin / "venv"
        with _alone():
            if _stamp(made) != _contents():
                command = [str(MELTANO), f"--cwd={ROOT}", "install", plugin.name]
                done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
                assert done.returncode == 0, done.stderr[-4000:]
                (made / "made-from").write_text(_contents(), "utf-8")
        link = self.folder / plugin / "venv"
        if not link.exists():
            link.parent.mkdir(parents=True)
            link.symlink_to(made, target_is_directory=True)


def _contents() -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in MADE_FROM)).hexdigest()


def _stamp(environment: Path) -> str:
    file = environment / "made-from"
    return file.read_text("utf-8") if file.exists() else ""


@contextmanager
def _alone() -> t.Iterator[None]:
    """Keep other test processes from making the same environment at the same time."""
    SHARED.mkdir(exist_ok=True)
    with (SHARED / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
