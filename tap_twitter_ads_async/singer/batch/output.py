"""The open batch files of one stream, and the order of messages: file, BATCH, then the STATE that it covers."""

from __future__ import annotations

import contextlib
import sys
import typing as t
from dataclasses import dataclass, field
from uuid import uuid4

from singer_sdk.helpers._batch import BaseBatchFileEncoding, SDKBatchMessage

from tap_twitter_ads_async.errors import TapError, Terminated
from tap_twitter_ads_async.singer.batch.failures import BatchFailed
from tap_twitter_ads_async.singer.batch.files import MAX_BYTES, file_name

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_twitter_ads_async.settings.batches import BatchSettings
    from tap_twitter_ads_async.singer.batch.storage import Storage
    from tap_twitter_ads_async.singer.output import LineWriter
    from tap_twitter_ads_async.singer.state import TapState

    Schema = Mapping[str, t.Any]

OLDEST_SECONDS = 60.0
"""How long rows wait in an open file for company before their window's STATE may go out."""


SWITCH_SECONDS = 0.0005
"""How soon a thread gets Python's lock while files are written. Threads that make tables need it for moments only, many
times a second; with Python's five milliseconds they would wait for it most of the time."""


class Rows(t.Protocol):
    """A file that takes rows; in which form is its own business."""

    @property
    def rows(self) -> int:
        """Rows taken."""

    @property
    def size(self) -> int:
        """Bytes taken, before compression."""

    def close(self) -> None:
        """Finish the file."""

    def discard(self, error: BaseException) -> None:
        """Give the file up."""


R = t.TypeVar("R", bound=Rows)
"""What makes `Rows`: storage, name of the file, settings, schema of the SCHEMA message."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where batch files of all streams go.

    Attributes:
        settings: How they are written.
        storage: Where.
        writer: Takes the BATCH messages.
        state: Holds STATE lines back.
        monotonic: Seconds of a clock that only goes forward.
    """

    settings: BatchSettings
    storage: Storage
    writer: LineWriter
    state: TapState
    monotonic: Callable[[], float]


@dataclass(slots=True)
class BatchOutput(t.Generic[R]):
    """Batch files of one stream, one at a time for each name that stream maps give it.

    Args:
        outlet: Where files and messages go.
        tap: Name of the tap, for the files' names.
        name: Name of the stream in the state.
        make: Makes a file that takes rows.
        schemas: Schema by name.
        version: Version of the records, where the stream has one.

    Attributes:
        files: How many files were begun.
    """

    outlet: Outlet
    tap: str
    name: str
    make: Callable[[Storage, str, BatchSettings, Schema], R]
    schemas: Mapping[str, Schema]
    version: int | None = None
    _open: dict[str, tuple[str, R]] = field(default_factory=dict)
    _run: str = field(default_factory=lambda: str(uuid4()))
    files: int = 0
    _since: float = 0.0

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Flush in the end, also when the run is stopped: rows that were extracted are not extracted again."""
        self.outlet.state.on_wait = self.flush_if_due
        switches = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        try:
            yield
        except BatchFailed as error:
            self._discard(error)
            raise
        except (TapError, Terminated):
            self.flush()
            raise
        except BaseException as error:
            self._discard(error)
            raise
        finally:
            sys.setswitchinterval(switches)
            self.outlet.state.on_wait = None
        self.flush()

    def _discard(self, error: BaseException) -> None:
        """Give open files up; the state stays held, for their rows are in no BATCH message."""
        for _, rows in self._open.values():
            rows.discard(error)
        self._open.clear()

    def rows(self, stream: str, account_id: str | None) -> R:
        """Return the open file of a stream; from now on the account's state waits for its rows.

        Args:
            stream: Name under which the rows go out.
            account_id: Account that they belong to, None where it plays no part.
        """
        self.outlet.state.hold(self.name, account_id)
        if stream not in self._open:
            if not self._open:
                self._since = self.outlet.monotonic()
            self.files += 1
            name = file_name(self.outlet.settings, self.tap, stream, f"{self._run}-{self.files}")
            rows = self.make(self.outlet.storage, name, self.outlet.settings, self.schemas[stream])
            self._open[stream] = (name, rows)
        return self._open[stream][1]

    def flush_if_due(self) -> None:
        """Flush once a file is as large as it may be, or its rows have waited long."""
        most = self.outlet.settings.most_rows
        for _, rows in self._open.values():
            if rows.rows >= most or rows.size >= MAX_BYTES:
                self.flush()
                return
        if self._open and self.outlet.monotonic() - self._since >= OLDEST_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Finish the open files, name them in BATCH messages, and let the state go out behind them."""
        if not self._open:
            return
        settings = self.outlet.settings
        encoding = BaseBatchFileEncoding(settings.format, _compression(settings))
        manifests: dict[str, list[str]] = {}
        try:
            for stream, (name, rows) in self._open.items():
                rows.close()
                if rows.rows:
                    manifests[stream] = [self.outlet.storage.url(name)]
        except BaseException as error:
            self._discard(error)
            raise
        self._open.clear()
        for stream, manifest in manifests.items():
            self.outlet.writer.write_message(SDKBatchMessage(stream, encoding, manifest, self.version))
        self.outlet.state.release()
        self.outlet.state.write()


def _compression(settings: BatchSettings) -> str | None:
    """Return what the BATCH message says: JSON lines are packed unless that is switched off."""
    return "gzip" if settings.format == "jsonl" and settings.compression is None else settings.compression
