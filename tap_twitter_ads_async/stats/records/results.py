"""Reading result files: unpacked as a whole, decoded one entity at a time, so that memory stays bounded."""

from __future__ import annotations

import tempfile
import typing as t
import zlib

import msgspec

from tap_twitter_ads_async.domain.json_text import Warned, lenient
from tap_twitter_ads_async.errors import TapError
from tap_twitter_ads_async.stats.jobs.gunzip import MAGIC, TooLargeError, unpack

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

    segment: t.Any = None
    metrics: msgspec.Raw = NOTHING


class _EntityResult(msgspec.Struct):
    id: t.Any
    id_data: list[SegmentMetrics] | None = None


class _EntityId(msgspec.Struct):
    id: t.Any


class _ResultFile(msgspec.Struct):
    data: list[msgspec.Raw] | None = None


_broken_text = Warned()


def _tell_broken() -> None:
    _broken_text.tell("Result files")


_decode_file = msgspec.json.Decoder(_ResultFile).decode
_decode_id = msgspec.json.Decoder(_EntityId).decode
_decode_entity = msgspec.json.Decoder(_EntityResult).decode
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode


class Result:
    """One result file, unpacked, with its entities still encoded; to be closed after use."""

    def __init__(self, content: bytes | bytearray) -> None:
        self._file: t.IO[bytes] | None = None
        self._parked: dict[str, tuple[int, int]] = {}
        try:
            for _ in range(MOST_LAYERS):
                if content[:2] == MAGIC:
                    content = unpack(content)
            entities = lenient(_decode_file, content, _tell_broken).data or []
            self._entities: dict[str, msgspec.Raw] = {str(lenient(_decode_id, e, _tell_broken).id): e for e in entities}
        except (msgspec.DecodeError, TooLargeError, EOFError, zlib.error) as error:
            raise ResultMalformed(f"a result file cannot be read: {error}") from None

    @classmethod
    def read(cls, path: Path) -> Result:
        """Read a file of the spool.

        Raises:
            ResultMalformed: It is no result file.
        """
        return cls(path.read_bytes())

    def park(self) -> None:
        """Move the entities to a file, from which they come one by one.

        Files of several metric groups are open side by side while they are joined; only one may be in memory.
        """
        self._file = tempfile.TemporaryFile(prefix="tap-twitter-ads-async-")  # noqa: SIM115 - closed by `close`
        for entity_id, encoded in self._entities.items():
            self._parked[entity_id] = (self._file.tell(), len(memoryview(encoded)))
            self._file.write(encoded)
        self._entities = {}

    def close(self) -> None:
        """Let go of the file, if there is one."""
        if self._file is not None:
            self._file.close()

    def _encoded(self, entity_id: str) -> bytes | msgspec.Raw | None:
        if self._file is None or entity_id not in self._parked:
            return self._entities.get(entity_id)
        start, size = self._parked[entity_id]
        self._file.seek(start)
        return self._file.read(size)

    def segments(self, entity_id: str) -> Iterator[SegmentMetrics]:
        """Decode one entity; an entity without an entry has no data.

        Raises:
            ResultMalformed: The entry has another shape than documented.
        """
        encoded = self._encoded(entity_id)
        if encoded is None:
            return
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
