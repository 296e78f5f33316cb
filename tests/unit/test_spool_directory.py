"""The folder of results: private, gone in every end of its process, and in a place that can be written."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tap_twitter_ads_async.errors import SettingsError
from tap_twitter_ads_async.stats.jobs.spool_directory import PREFIX, SpoolDirectory, spool_directory, spool_root

if t.TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = """
from tap_twitter_ads_async.stats.jobs.spool_directory import SpoolDirectory
directory = SpoolDirectory()
(directory.path / "1.result").write_bytes(b"x" * 1000)
print(directory.path, flush=True)
input()
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let results lie in a folder of the test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield tmp_path
    assert not list(tmp_path.glob(f"{PREFIX}*")), "something was left behind"


def test_what_a_killed_run_left_behind_is_removed_by_the_next(root: Path) -> None:
    """Each kill would otherwise leave up to half a gigabyte; but a run beside this one keeps its results."""
    living = SpoolDirectory()
    process = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        dead = Path(process.stdout.readline().strip())
        with spool_directory() as own:
            assert dead.exists(), "its process lives"
        process.kill()
    assert dead.parent == root
    assert (dead / "1.result").exists()
    with spool_directory() as own:
        assert not dead.exists()
        assert own.exists()
        assert living.path.exists()
    living.close()


def test_what_only_looks_like_ours_is_left_alone(root: Path) -> None:
    """A folder without a lock may be one that is just being made, and a link may lead anywhere."""
    elsewhere = root / "elsewhere"
    elsewhere.mkdir()
    young, link, file = (root / f"{PREFIX}{name}" for name in ("young", "link", "file"))
    young.mkdir()
    link.symlink_to(elsewhere)
    file.write_text("", encoding="utf-8")
    with spool_directory():
        assert young.exists()
        assert link.exists()
        assert file.exists()
    young.rmdir()
    link.unlink()
    file.unlink()


def test_runs_that_start_together_leave_each_other_alone(root: Path) -> None:
    """A fleet starts by the hundred, and each looks for what others left behind."""

    def come_and_go() -> bool:
        with spool_directory() as path:
            time.sleep(0.005)
            return path.exists()

    with ThreadPoolExecutor(8) as runs:
        assert all(runs.map(lambda _: come_and_go(), range(200)))
    assert not list(root.iterdir())


def test_a_folder_that_is_closed_twice_is_gone(root: Path) -> None:
    """The end of the session and the end of the process both close it."""
    directory = SpoolDirectory()
    assert directory.path.parent == root
    directory.close()
    directory.close()
    assert not directory.path.exists()


@pytest.mark.parametrize("place", ["missing", "file"])
def test_a_named_folder_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Python would take /tmp without a word, where nobody made room."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("TMPDIR", str(tmp_path / place))
    with pytest.raises(SettingsError, match=rf"TMPDIR names {tmp_path / place} \(.*Set TMPDIR to a folder"):
        spool_root()


def test_a_machine_without_any_folder_for_temporary_files_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is a container whose root cannot be written."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", "/proc/nowhere")
    with pytest.raises(SettingsError, match="TMPDIR is not set, and the system has no other folder"):
        spool_root()
