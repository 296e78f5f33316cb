"""Batch files from single records: what the SDK has selected, mapped, filtered and flattened."""

from __future__ import annotations

import typing as t
from functools import partial

from singer_sdk.contrib.msgspec import encoder

from tap_twitter_ads_async.singer.batch.arrays import array_of
from tap_twitter_ads_async.singer.batch.arrow_types import arrow_schema, kinds_of
from tap_twitter_ads_async.singer.batch.files import LinesFile, TableFile

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from tap_twitter_ads_async.settings.batches import BatchSettings
    from tap_twitter_ads_async.singer.batch.storage import Storage

    Record = Mapping[str, t.Any]

CELLS_AT_ONCE = 200_000
"""Records become columns in portions of that many cells, so that few are held as Python objects."""


class RecordLines:
    """Records into JSON lines."""

    def __init__(self, storage: Storage, name: str, settings: BatchSettings, _schema: Mapping[str, t.Any]) -> None:
        self._file = LinesFile(storage, name, settings.compression)
        self.close, self.discard = self._file.close, self._file.discard

    @property
    def rows(self) -> int:
        """Rows taken."""
        return self._file.rows

    @property
    def size(self) -> int:
        """Bytes taken."""
        return self._file.size

    def add(self, record: Record) -> None:
        """Take a record."""
        self._file.write(encoder.encode(record) + b"\n", 1)


class RecordTables:
    """Records into Parquet."""

    def __init__(self, storage: Storage, name: str, settings: BatchSettings, schema: Mapping[str, t.Any]) -> None:
        self._kinds = kinds_of(schema)
        self._schema = arrow_schema(schema)
        self._file = TableFile(storage, name, settings.compression, self._schema)
        self._records: list[Record] = []
        self._written = 0
        self.discard = self._file.discard

    @property
    def rows(self) -> int:
        """Rows taken."""
        return self._written + len(self._records)

    @property
    def size(self) -> int:
        """Bytes taken, but for the last portions."""
        return self._file.size

    def add(self, record: Record) -> None:
        """Take a record."""
        self._records.append(record)
        if len(self._records) * len(self._kinds) >= CELLS_AT_ONCE:
            self._write()

    def _write(self) -> None:
        records, self._records = self._records, []
        self._written += len(records)
        self._file.write(partial(self._table, records))

    def _table(self, records: list[Record]) -> pa.Table:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        arrays = [array_of([r.get(name) for r in records], kind, name) for name, kind in self._kinds.items()]
        return pa.Table.from_arrays(arrays, schema=self._schema)

    def close(self) -> None:
        """Finish the file."""
        self._write()
        self._file.close()
