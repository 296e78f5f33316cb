"""Where batch files go: a folder of this machine, or what `fsspec` has a file system for."""

from __future__ import annotations

import contextlib
import os
import typing as t
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname
from uuid import uuid4

from singer_sdk.helpers._batch import StorageTarget

from tap_twitter_ads_async.errors import SettingsError
from tap_twitter_ads_async.settings.batches import SETTING

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_twitter_ads_async.settings.batches import BatchSettings

UNFINISHED = ".part"
"""What the name of a file ends with while it is written."""


class Storage(t.Protocol):
    """Takes files."""

    def create(self, name: str) -> contextlib.AbstractContextManager[t.IO[bytes]]:
        """Open a new file; it gets its name when the context ends well, and is removed when it does not."""

    def url(self, name: str) -> str:
        """Return what a manifest says of a file."""


class Folder:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.expanduser().resolve()

    @contextlib.contextmanager
    def create(self, name: str) -> Iterator[t.IO[bytes]]:
        """Open a new file."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + UNFINISHED)
        try:
            with unfinished.open("xb") as file:
                yield file
            os.replace(unfinished, path)  # noqa: PTH105 - the same, said shorter
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def url(self, name: str) -> str:
        """Return a `file://` URL."""
        return (self._folder / name).as_uri()

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self._folder / name).unlink()


class Remote:
    """A place that a URL names, by way of the SDK."""

    def __init__(self, target: StorageTarget) -> None:
        self._target = target

    @contextlib.contextmanager
    def create(self, name: str) -> Iterator[t.IO[bytes]]:
        """Open a new file."""
        with self._target.open(name, "wb") as file:
            yield file

    def url(self, name: str) -> str:
        """Return a URL."""
        return self._target.get_url(name)

    def remove(self, name: str) -> None:
        """Remove a file."""
        with self._target._fs() as fs:  # noqa: SLF001 - the only way the SDK has to its file system
            fs.rm(str(self._target._root_path / name))  # noqa: SLF001 - likewise


def open_storage(settings: BatchSettings) -> Storage:
    """Return the storage, having proved by a small file that it can be written.

    Raises:
        SettingsError: It cannot; the message names the setting and the root, and no parameter of it.
    """
    scheme = urlsplit(settings.root).scheme
    probe = f"{settings.prefix}probe-{uuid4()}"
    try:
        storage: Folder | Remote
        if scheme in {"", "file"} or _is_drive(scheme):
            storage = Folder(_local(settings.root) if scheme == "file" else Path(settings.root))
        else:
            storage = Remote(StorageTarget(settings.root, settings.prefix or None, dict(settings.params)))
        with storage.create(probe) as file:
            file.write(b"")
        storage.remove(probe)
    except Exception as error:  # noqa: BLE001 - each file system has errors of its own
        raise SettingsError(
            f"{SETTING}.storage.root: batch files cannot be written to {_shown(settings.root)}"
            f" ({type(error).__name__}: {_reason(error)}). Name a folder that this user may write, such as"
            " file:///var/tmp/batches, or install and configure the file system that the URL needs"
        ) from None
    return storage


def _is_drive(scheme: str) -> bool:
    return len(scheme) == 1  # C:\batches


def _local(url: str) -> Path:
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"}:
        raise ValueError(f"a file URL of the host {parts.netloc}; a local one has three slashes, file:///folder")
    return Path(url2pathname(parts.path) or "/")


def _shown(root: str) -> str:
    """Return the root without what may be a password."""
    parts = urlsplit(root)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).partition("\n")[0]
