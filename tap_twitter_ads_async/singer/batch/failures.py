"""Why a batch file cannot be written; the run ends, and the state stays behind the last file that was."""

from __future__ import annotations

import contextlib
import typing as t

from tap_twitter_ads_async.errors import TapError

if t.TYPE_CHECKING:
    from collections.abc import Iterator


class BatchFailed(TapError):
    """Rows were taken that are in no file."""


class StorageFailed(BatchFailed):
    """The storage stopped taking files during the run."""


class UnfitValue(BatchFailed):
    """A value is not of the type that the schema declares, and a typed file cannot hold it."""


@contextlib.contextmanager
def storage_errors() -> Iterator[None]:
    """Turn errors of a file system into the tap's own."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(
            f"A batch file cannot be written: {error.strerror or error}. The state covers only the "
            "files already written; free space at batch_config.storage.root, and run again"
        ) from error
