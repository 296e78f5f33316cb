"""Finished result files wait here, compressed as they came, until their window is emitted."""

from __future__ import annotations

import itertools
import threading
import typing as t

from tap_twitter_ads_async.stats.jobs.spool_directory import SpoolDirectory, disk_error
from tap_twitter_ads_async.stats.records.window_result import SpooledFile

if t.TYPE_CHECKING:
    from pathlib import Path

SPOOL_BYTES = 512 * 1024 * 1024
"""When so much lies in the spool, only the window that is emitted next may still be downloaded."""


class Spool:
    """A private directory of result files, made when it is opened or first needed. Thread-safe.

    Attributes:
        broken: Whether the disk refused a file; none is begun after that.
    """

    def __init__(self, limit: int = SPOOL_BYTES) -> None:
        self._directory: SpoolDirectory | None = None
        self._limit = limit
        self._used = 0
        self._names = itertools.count(1)
        self._lock = threading.Lock()
        self.broken = False

    def open(self) -> Path:
        """Make the directory, unless there is one.

        Raises:
            SettingsError: There is no place for it.
            SpoolError: The disk is full.
        """
        with self._lock:
            if self._directory is None:
                self._directory = SpoolDirectory()
            return self._directory.path

    def new_path(self) -> Path:
        """Return a path for the next file."""
        return self.open() / f"{next(self._names)}.result"

    def add(self, path: Path) -> SpooledFile:
        """Count a file that was written to `new_path`.

        Raises:
            SpoolError: It is not there any more.
        """
        try:
            size = path.stat().st_size
        except OSError as error:
            raise disk_error(path.parent, error) from None
        with self._lock:
            self._used += size
        return SpooledFile(path, size)

    def discard(self, files: t.Iterable[SpooledFile]) -> None:
        """Delete files that were emitted."""
        for file in files:
            file.path.unlink(missing_ok=True)
            with self._lock:
                self._used -= file.size

    @property
    def has_room(self) -> bool:
        """Whether more may be downloaded ahead of time."""
        return self._used < self._limit

    def close(self) -> None:
        """Delete everything."""
        if self._directory is not None:
            self._directory.close()
