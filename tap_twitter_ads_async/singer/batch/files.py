"""One batch file while it is written: JSON lines, or tables in Parquet."""

from __future__ import annotations

import gzip
import typing as t
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

from typing_extensions import override

from tap_twitter_ads_async.singer.batch.failures import storage_errors

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    import pyarrow as pa

    from tap_twitter_ads_async.settings.batches import BatchSettings
    from tap_twitter_ads_async.singer.batch.storage import Storage

MOST_BYTES = 128 << 20
"""Size from which a file is closed: of JSON lines before they are compressed, of tables in memory."""
GZIP_LEVEL = 1
"""Lines of one stream are so alike that more effort makes them hardly smaller."""
PARQUET_CODECS = {None: "zstd", "gzip": "gzip", "none": "none"}
PARQUET_TYPES_OF_FEW_VALUES = ("string", "timestamp[us, tz=UTC]", "date32[day]")


class _File:
    """What both kinds have in common.

    Attributes:
        rows: Rows written.
        size: Bytes written, before compression.
    """

    def __init__(self) -> None:
        self.rows = self.size = 0
        self._open = ExitStack()

    def close(self) -> None:
        """Finish the file."""
        with storage_errors():
            self._open.close()

    def discard(self, error: BaseException) -> None:
        """Give the file up."""
        with suppress(BaseException):  # a full disk does not take the last bytes either
            self._open.__exit__(type(error), error, error.__traceback__)


class LinesFile(_File):
    """A file of JSON lines."""

    def __init__(self, storage: Storage, name: str, compression: str | None) -> None:
        super().__init__()
        with storage_errors():
            self._file: t.IO[bytes] = self._open.enter_context(storage.create(name))
        if compression != "none":
            packed = gzip.GzipFile(fileobj=self._file, mode="wb", compresslevel=GZIP_LEVEL, mtime=0)
            self._file = t.cast("t.IO[bytes]", self._open.enter_context(packed))

    def write(self, lines: bytes, rows: int) -> None:
        """Append lines, each with its line end."""
        with storage_errors():
            self._file.write(lines)
        self.rows += rows
        self.size += len(lines)


class TableFile(_File):
    """A Parquet file. Tables are made and written on a thread of their own, one behind the other.

    Both leave Python's lock to the main thread, which collects the next rows meanwhile.
    """

    def __init__(self, storage: Storage, name: str, compression: str | None, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

        super().__init__()
        alike = [field.name for field in schema if str(field.type) in PARQUET_TYPES_OF_FEW_VALUES]
        with storage_errors():
            file = self._open.enter_context(storage.create(name))
            writer = pq.ParquetWriter(file, schema, compression=PARQUET_CODECS[compression], use_dictionary=alike)
        self._writer = self._open.enter_context(writer)
        self._thread = self._open.enter_context(ThreadPoolExecutor(1, "parquet"))
        self._last: Future[None] | None = None

    def write(self, make: Callable[[], pa.Table]) -> None:
        """Append the table that `make` returns; what goes wrong is raised by the next call or by `close`."""
        self._settle()
        self._last = self._thread.submit(self._append, make)

    def _settle(self) -> None:
        if self._last is not None:
            last, self._last = self._last, None
            last.result()

    def _append(self, make: Callable[[], pa.Table]) -> None:
        table = make()
        if table.num_rows:
            with storage_errors():
                self._writer.write_table(table)
        self.rows += table.num_rows
        self.size += table.nbytes

    @override
    def close(self) -> None:
        """Finish the file."""
        self._settle()
        super().close()


def file_name(settings: BatchSettings, tap: str, stream: str, number: str) -> str:
    """Return a file's name below the root, as the SDK forms it."""
    ending = "parquet" if settings.format == "parquet" else "json" if settings.compression == "none" else "json.gz"
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in stream)
    return f"{settings.prefix}{tap}--{safe}-{number}.{ending}"
