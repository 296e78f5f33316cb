"""Reading result files: unpacked as a whole; the larger are decoded one entity at a time, so that memory stays bounded.

Metrics stay encoded in any case: `columns.py` reads those of one entity and segment when their turn has come.
"""

from __future__ import annotations

import contextlib
import gzip
import tempfile
import typing as t
import zlib

import msgspec

from tap_twitter_ads_async.domain.json_text import UNREADABLE, Warned, lenient
from tap_twitter_ads_async.errors import TapError
from tap_twitter_ads_async.stats.records.gunzip import MAGIC, TooLargeError, unpack

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

MAX_GZIP_LEVELS = 2
"""A file host that compresses on its own may wrap the file's own gzip once more."""


AT_ONCE_BYTES = 16 << 20
"""Up to this size a file is decoded in one go, which saves a scan; the objects of many short entries take several
times the space of their text."""


class ResultMalformed(TapError):
    """A result file is not what the API documents; nothing of its window may count as extracted."""


NULL = b"null"
EMPTY_OBJECT = b"{}"
OBJECT_OR_NULL = b"{n"
"""What encoded objects and nulls begin with."""


class SegmentMetrics(msgspec.Struct):
    """Metrics of one entity and segment, still encoded, because thousands of segments may be held at once."""

    metrics: msgspec.Raw
    segment: t.Any = None


_Entries = t.Optional[list[SegmentMetrics]]  # noqa: UP045 - evaluated at run time, also by Python 3.10


class _Entity(msgspec.Struct):
    id: t.Any
    id_data: msgspec.Raw = msgspec.Raw(b"")
    """Still encoded; empty where it is missing, which is no JSON."""


class _DecodedEntity(msgspec.Struct):
    id: t.Any
    id_data: _Entries


class _File(msgspec.Struct):
    data: list[_Entity] | _Entity
    """Now and then the API's envelopes hold a lone object where a list is expected."""
    time_series_length: t.Any = None
    request: t.Any = None


class _DecodedFile(msgspec.Struct):
    data: list[_DecodedEntity]
    time_series_length: t.Any = None
    request: t.Any = None


_broken_text = Warned()


def _tell_broken() -> None:
    _broken_text.tell("Result files")


_decode_file = msgspec.json.Decoder(_File).decode
_decode_at_once = msgspec.json.Decoder(_DecodedFile).decode
_decode_entries = msgspec.json.Decoder(_Entries).decode
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode


class Result:
    """One result file, unpacked; to be closed after use.

    Args:
        content: The file.
        parked: Whether its entities wait in a file on disk, from which they come one by one. Files of several metric
            groups are open side by side while they are joined; only one may be in memory.

    Attributes:
        params: The parameters that the file says it answers, empty where it does not say.
        time_series_length: The number of time buckets that it says it has, None likewise.
    """

    def __init__(self, content: bytes | bytearray, *, parked: bool = False) -> None:
        self._entities: dict[str, list[msgspec.Raw | _Place | list[SegmentMetrics] | None]] = {}
        try:
            for _ in range(MAX_GZIP_LEVELS):
                if content[:2] == MAGIC:
                    content = unpack(content)
            file = _decode(content, at_once=not parked and len(content) <= AT_ONCE_BYTES)
        except (msgspec.DecodeError, TooLargeError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ResultMalformed(f"a result file cannot be read: {error}") from None
        self._disk = _Disk() if parked else None
        for entity in (
            file.data if isinstance(file.data, list) else [file.data]
        ):  # an entity may come in several entries
            data: msgspec.Raw | _Place | list[SegmentMetrics] | None = entity.id_data
            if self._disk is not None and isinstance(data, msgspec.Raw):
                data = self._disk.put(data)
            self._entities.setdefault(str(entity.id), []).append(data)
        params = file.request.get("params") if isinstance(file.request, dict) else None
        self.params: dict[str, t.Any] = params if isinstance(params, dict) else {}
        self.time_series_length = file.time_series_length

    @classmethod
    def read(cls, path: Path, *, parked: bool = False) -> Result:
        """Read a file of the spool.

        Args:
            path: Where it is.
            parked: Whether its entities are to come one by one.

        Raises:
            ResultMalformed: It is no result file.
        """
        return cls(path.read_bytes(), parked=parked)

    def __contains__(self, entity_id: str) -> bool:
        """Whether the file has an entry of an entity."""
        return entity_id in self._entities

    def close(self) -> None:
        """Let go of the file on disk, if there is one."""
        if self._disk is not None:
            self._disk.close()

    def segments(self, entity_id: str) -> Iterator[SegmentMetrics]:
        """Yield the entries of one entity; nothing where there is none (see `answers.py` for what that means).

        Raises:
            ResultMalformed: An entry has another shape than documented.
        """
        for data in self._entities.get(entity_id, ()):
            encoded = self._disk.get(data) if self._disk is not None and isinstance(data, _Place) else data
            if isinstance(encoded, (msgspec.Raw, bytes)):
                try:
                    entries = lenient(_decode_entries, encoded, _tell_broken)
                except msgspec.DecodeError as error:
                    raise ResultMalformed(f"entity {entity_id} of a result file cannot be read: {error}") from None
            else:
                entries = encoded
            for entry in entries or ():
                if memoryview(entry.metrics)[0] not in OBJECT_OR_NULL:
                    raise ResultMalformed(
                        f"entity {entity_id} of a result file cannot be read: its metrics are no object"
                    )
            yield from entries or ()


class _Place(t.NamedTuple):
    start: int
    size: int


class _Disk:
    """Texts on disk."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="tap-twitter-ads-async-")  # noqa: SIM115 - closed by `close`
        self.close = self._file.close

    def put(self, text: msgspec.Raw) -> _Place:
        place = _Place(self._file.tell(), len(memoryview(text)))
        self._file.write(text)
        return place

    def get(self, place: _Place) -> bytes:
        self._file.seek(place.start)
        return self._file.read(place.size)


def _decode(content: bytes | bytearray, *, at_once: bool) -> _File | _DecodedFile:
    """Decode a file, down to the metrics of each segment where that can be done at once."""
    if at_once:
        with contextlib.suppress(*UNREADABLE):  # perhaps one entity only is broken
            return _decode_at_once(content)
    return lenient(_decode_file, content, _tell_broken)


def metric_names(metrics: msgspec.Raw) -> Collection[str]:
    """Return the metrics that one entity and segment has, be they null."""
    return (lenient(_decode_object, metrics, _tell_broken) or {}).keys()


def arrays(metrics: msgspec.Raw) -> Iterator[tuple[str, str | None, bytes]]:
    """Yield the arrays of one entity and segment: metric, sub-key or None, encoded array; nulls are left out.

    An object without keys comes as it is: what it means depends on the metric.
    """
    for metric, value in (lenient(_decode_object, metrics, _tell_broken) or {}).items():
        encoded = bytes(value)
        if encoded[:1] == b"{":
            parts = lenient(_decode_object, encoded, _tell_broken) or {}
            if not parts:
                yield metric, None, EMPTY_OBJECT
            for key, array in parts.items():
                if (inner := bytes(array)) != NULL:
                    yield metric, key, inner
        elif encoded != NULL:
            yield metric, None, encoded
