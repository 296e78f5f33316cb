"""Reading result files: unpacked as a whole, decoded one entity at a time, so that memory stays bounded."""

from __future__ import annotations

import gzip
import tempfile
import typing as t
import zlib

import msgspec

from tap_twitter_ads_async.domain.json_text import Warned, lenient
from tap_twitter_ads_async.errors import TapError
from tap_twitter_ads_async.stats.records.gunzip import MAGIC, TooLargeError, unpack

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_LAYERS = 2
"""A file host that compresses on its own may wrap the file's own gzip once more."""


class ResultMalformed(TapError):
    """A result file is not what the API documents; nothing of its window may count as extracted."""


NULL = b"null"
NOTHING = msgspec.Raw(NULL)
OBJECT_OR_NULL = b"{n"
"""What encoded objects and nulls begin with."""


class SegmentMetrics(msgspec.Struct):
    """Metrics of one entity and segment, still encoded, because thousands of segments may be held at once."""

    metrics: msgspec.Raw
    segment: t.Any = None


class _EntityResult(msgspec.Struct):
    id: t.Any
    id_data: list[SegmentMetrics] | None


class _EntityId(msgspec.Struct):
    id: t.Any


class _ResultFile(msgspec.Struct):
    data: list[msgspec.Raw] | dict[str, msgspec.Raw]
    time_series_length: t.Any = None
    request: t.Any = None


_broken_text = Warned()


def _tell_broken() -> None:
    _broken_text.tell("Result files")


_decode_file = msgspec.json.Decoder(_ResultFile).decode
_decode_id = msgspec.json.Decoder(_EntityId).decode
_decode_entity = msgspec.json.Decoder(_EntityResult).decode
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode


def _entries(file: _ResultFile) -> list[msgspec.Raw]:
    """Return the entities of a file; the API's envelopes rarely hold a lone object where a list is expected."""
    return file.data if isinstance(file.data, list) else [msgspec.Raw(msgspec.json.encode(file.data))]


class Result:
    """One result file, unpacked, with its entities still encoded; to be closed after use.

    Attributes:
        params: The parameters that the file says it answers, empty where it does not say.
        time_series_length: The number of time buckets that it says it has, None likewise.
    """

    def __init__(self, content: bytes | bytearray) -> None:
        self._file: t.IO[bytes] | None = None
        self._parked: dict[str, list[tuple[int, int]]] = {}
        self._entities: dict[str, list[msgspec.Raw]] = {}
        try:
            for _ in range(MOST_LAYERS):
                if content[:2] == MAGIC:
                    content = unpack(content)
            file = lenient(_decode_file, content, _tell_broken)
            for encoded in _entries(file):  # an entity may come in several entries
                self._entities.setdefault(str(lenient(_decode_id, encoded, _tell_broken).id), []).append(encoded)
        except (msgspec.DecodeError, TooLargeError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ResultMalformed(f"a result file cannot be read: {error}") from None
        params = file.request.get("params") if isinstance(file.request, dict) else None
        self.params: dict[str, t.Any] = params if isinstance(params, dict) else {}
        self.time_series_length = file.time_series_length

    @classmethod
    def read(cls, path: Path) -> Result:
        """Read a file of the spool.

        Raises:
            ResultMalformed: It is no result file.
        """
        return cls(path.read_bytes())

    def __contains__(self, entity_id: str) -> bool:
        """Whether the file has an entry of an entity."""
        return entity_id in self._entities or entity_id in self._parked

    def park(self) -> None:
        """Move the entities to a file, from which they come one by one.

        Files of several metric groups are open side by side while they are joined; only one may be in memory.
        """
        self._file = tempfile.TemporaryFile(prefix="tap-twitter-ads-async-")  # noqa: SIM115 - closed by `close`
        for entity_id, entries in self._entities.items():
            for encoded in entries:
                place = (self._file.tell(), len(memoryview(encoded)))
                self._parked.setdefault(entity_id, []).append(place)
                self._file.write(encoded)
        self._entities = {}

    def close(self) -> None:
        """Let go of the file, if there is one."""
        if self._file is not None:
            self._file.close()

    def _encoded(self, entity_id: str) -> Iterator[bytes | msgspec.Raw]:
        if self._file is None or entity_id not in self._parked:
            yield from self._entities.get(entity_id, ())
            return
        for start, size in self._parked[entity_id]:
            self._file.seek(start)
            yield self._file.read(size)

    def segments(self, entity_id: str) -> Iterator[SegmentMetrics]:
        """Decode the entries of one entity; nothing where there is none (see `answers.py` for what that means).

        Raises:
            ResultMalformed: An entry has another shape than documented.
        """
        for encoded in self._encoded(entity_id):
            try:
                entries = lenient(_decode_entity, encoded, _tell_broken).id_data or []
            except msgspec.DecodeError as error:
                raise ResultMalformed(f"entity {entity_id} of a result file cannot be read: {error}") from None
            if not all(memoryview(entry.metrics)[0] in OBJECT_OR_NULL for entry in entries):
                raise ResultMalformed(f"entity {entity_id} of a result file cannot be read: its metrics are no object")
            yield from entries


def arrays(metrics: msgspec.Raw) -> Iterator[tuple[str, str | None, bytes]]:
    """Yield the arrays of one entity and segment: metric, sub-key or None, encoded array; nulls are left out."""
    for metric, value in (lenient(_decode_object, metrics, _tell_broken) or {}).items():
        encoded = bytes(value)
        if encoded[:1] == b"{":
            for key, array in (lenient(_decode_object, encoded, _tell_broken) or {}).items():
                if (inner := bytes(array)) != NULL:
                    yield metric, key, inner
        elif encoded != NULL:
            yield metric, None, encoded
