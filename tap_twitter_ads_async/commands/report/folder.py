"""The folder of reports: tried before the first request, written in one piece."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tap_twitter_ads_async.errors import SettingsError

READABLE = 0o644
FOR_PEOPLE, FOR_PROGRAMS, FOR_COLLECTORS = "run.html", "run.json", "run.prom"


def prepare_folder(folder: Path) -> None:
    """Make the folder, try to write there, and remove the report of an earlier run.

    Raises:
        SettingsError: It cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        discard_report(folder)
    except OSError as error:
        raise SettingsError(
            f"Setting 'report_path': the folder {folder} cannot be written ({error.strerror or type(error).__name__}); "
            "give the tap access to it, name another, or leave the setting out"
        ) from None


def discard_report(folder: Path) -> None:
    """Remove what an earlier run has left: it would pass for this run's if this one is killed.

    Collectors keep the last figures, with their time: metrics that come and go are no use for alerts.

    Raises:
        OSError: The file system refused.
    """
    for name in (FOR_PROGRAMS, FOR_PEOPLE):
        (folder / name).unlink(missing_ok=True)


def write_file(folder: Path, name: str, text: str) -> None:
    """Write a file atomically: readers see the old one or the new one, never a part.

    Args:
        folder: Existing folder.
        name: Name of the file in it.
        text: Whole content, written as UTF-8.

    Raises:
        OSError: The file system refused.
    """
    handle, path = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        Path(path).chmod(READABLE)  # temporary files are the user's alone; a web server or collector reads reports
        Path(path).replace(folder / name)
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
