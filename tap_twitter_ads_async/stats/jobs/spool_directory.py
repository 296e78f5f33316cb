"""A private folder for result files that is gone afterwards, also when the process had no chance to remove it.

Each folder holds a file that its process keeps locked. The system gives the lock up when the process ends, however it
ends; so the next run can tell a folder that is in use from one that was left behind, also where several containers
share one disk and process numbers mean nothing.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
import time
import typing as t
import weakref
from pathlib import Path

from tap_twitter_ads_async.errors import SettingsError, SpoolError

if sys.platform != "win32":
    import fcntl

if t.TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "tap-twitter-ads-async-"
VARIABLE = "TMPDIR"
LOCK = "in-use"
YOUNG_SECONDS = 3600.0
"""A folder without a lock file may belong to a process that is just making it."""


def spool_root() -> Path:
    """Return the folder in which results are kept: what `TMPDIR` names, else the system's.

    Python would go elsewhere without a word if `TMPDIR` named a folder that cannot be written; results of gigabytes
    would then land where nobody made room for them.

    Raises:
        SettingsError: Nothing can be written there; the message names `TMPDIR`.
    """
    named = os.environ.get(VARIABLE)
    try:
        root = Path(named or tempfile.gettempdir())
        with tempfile.TemporaryFile(dir=root):
            return root
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_error(Path(named or "/tmp"), error) from None  # noqa: S108 - for the message only
        where = f"{VARIABLE} names {named}" if named else f"{VARIABLE} is not set, and the system has no other folder"
        raise SettingsError(
            f"Results of jobs cannot be written anywhere: {where} ({error.strerror or error}). Set {VARIABLE} to "
            "a folder with a few hundred megabytes of free space"
        ) from None


def disk_error(directory: Path, error: OSError) -> SpoolError:
    """Return the error for results that cannot be stored."""
    return SpoolError(
        f"Results cannot be stored in {directory}: {error.strerror or error}. Free space there, or set {VARIABLE} to "
        "another folder. Nothing is lost: the jobs are in the state, and the next run collects their results"
    )


class SpoolDirectory:
    """A folder of its own below `spool_root`; folders that dead runs left behind are removed first.

    Attributes:
        path: The folder.
    """

    def __init__(self) -> None:
        root = spool_root()
        _sweep(root)
        try:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
            lock = _locked(self.path)
        except OSError as error:
            raise disk_error(root, error) from None
        # Also where nobody closes it: when the process ends by itself, or nothing refers to it any more.
        self._remove = weakref.finalize(self, _remove, lock, self.path)

    def close(self) -> None:
        """Remove everything; doing so twice changes nothing."""
        self._remove()


@contextlib.contextmanager
def spool_directory() -> Iterator[Path]:
    """Give a folder for as long as the context lasts."""
    directory = SpoolDirectory()
    try:
        yield directory.path
    finally:
        directory.close()


def _locked(directory: Path) -> t.IO[bytes]:
    """Return the folder's lock file, locked.

    It gets its name only then: a run that starts in this very moment must not find it and take it for left behind.
    """
    unready = directory / f"{LOCK}.new"
    file = unready.open("wb")
    _lock(file)
    unready.rename(directory / LOCK)
    return file


def _remove(lock: t.IO[bytes], path: Path) -> None:
    lock.close()
    shutil.rmtree(path, ignore_errors=True)


def _lock(file: t.IO[bytes]) -> bool:
    """Lock a file for this process; False where another has done so.

    Windows has no such locks; there, nothing counts as left behind.
    """
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sweep(root: Path) -> None:
    """Remove what dead runs of this user left behind."""
    for path in root.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if _left_behind(path):
                shutil.rmtree(path, ignore_errors=True)


def _left_behind(path: Path) -> bool:
    facts = path.lstat()  # a link is nothing of ours
    if sys.platform == "win32" or facts.st_uid != os.getuid() or not path.is_dir() or path.is_symlink():
        return False
    try:
        with (path / LOCK).open("rb") as file:
            return _lock(file)
    except FileNotFoundError:
        return time.time() - facts.st_mtime > YOUNG_SECONDS
