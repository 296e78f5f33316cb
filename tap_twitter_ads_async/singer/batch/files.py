"""One batch file while it is written: JSON lines, or tables in Parquet."""

from __future__ import annotations

import gzip
import os
import typing as t
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import cache

from typing_extensions import override

from tap_twitter_ads_async.singer.batch.failures import storage_errors

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    import pyarrow as pa

    from tap_twitter_ads_async.settings.batches import BatchSettings
    from tap_twitter_ads_async.singer.batch.storage import Storage

MAX_BYTES = 128 << 20
"""Size from which a file is closed: of JSON lines before they are compressed, of tables in memory."""
GZIP_LEVEL = 1
"""Lines of one stream are so alike that more effort makes them hardly smaller."""
PARQUET_CODECS = {None: "zstd", "gzip": "gzip", "none": "none"}
TABLES_UNDER_WAY = 2
"""So many tables are made and written while the rows of the next one are collected."""


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


@cache
def _give_memory_back() -> None:
    """Have Arrow take memory from the system, which takes back what is free: its own pool keeps a quarter more.

    Whoever sets Arrow's variable has chosen.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra

    if "ARROW_DEFAULT_MEMORY_POOL" not in os.environ:
        pa.set_memory_pool(pa.system_memory_pool())


class TableFile(_File):
    """A Parquet file. Tables are made on one thread and written on another, in order.

    Both leave Python's lock to the main thread, which collects the next rows meanwhile.
    """

    def __init__(self, storage: Storage, name: str, compression: str | None, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

        super().__init__()
        _give_memory_back()
        with storage_errors():
            file = self._open.enter_context(storage.create(name))
            writer = pq.ParquetWriter(
                file,
                schema,
                compression=PARQUET_CODECS[compression],
                # Least and greatest values help to find rows by key and time; nobody looks for figures that way.
                write_statistics=[field.name for field in schema if str(field.type) != "int64"],
                store_schema=False,  # Parquet's own types say all that Arrow's would
            )
        self._writer = self._open.enter_context(writer)
        self._writing = self._open.enter_context(ThreadPoolExecutor(1, "parquet"))
        self._making = self._open.enter_context(ThreadPoolExecutor(1, "tables"))
        self._under_way: deque[Future[None]] = deque()

    def write(self, make: Callable[[], pa.Table]) -> None:
        """Append the table that `make` returns; what goes wrong is raised by a later call or by `close`."""
        self._settle(TABLES_UNDER_WAY - 1)
        self._under_way.append(self._writing.submit(self._append, self._making.submit(make)))

    def _settle(self, rest: int) -> None:
        while len(self._under_way) > rest:
            self._under_way.popleft().result()

    def _append(self, made: Future[pa.Table]) -> None:
        table = made.result()
        if table.num_rows:
            with storage_errors():
                self._writer.write_table(table)
        self.rows += table.num_rows
        self.size += table.nbytes

    @override
    def close(self) -> None:
        """Finish the file."""
        self._settle(0)
        super().close()


def file_name(settings: BatchSettings, tap: str, stream: str, number: str) -> str:
    """Return a file's name below the root, as the SDK forms it.

    Args:
        settings: Encoding and storage.
        tap: Name of the tap.
        stream: Name of the stream.
        number: Part that makes the name unique within the run.
    """
    ending = "parquet" if settings.format == "parquet" else "json" if settings.compression == "none" else "json.gz"
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in stream)
    return f"{settings.prefix}{tap}--{safe}-{number}.{ending}"
