"""Unpacking gzip with a cap: a small file may claim to hold more than any machine does."""

from __future__ import annotations

import gzip
import io
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b"\x1f\x8b"
MAX_BYTES = 1024**3
"""No job of 20 entities comes near this; a file that unpacks to more is taken for a decompression bomb."""
_CHUNK = 1 << 20


class TooLargeError(ValueError):
    """The data unpack to more than the cap."""


def chunks(packed: t.IO[bytes], limit: int = MAX_BYTES) -> Iterator[bytes]:
    """Yield what a gzip file holds, chunk by chunk: a caller that only checks keeps none of them.

    Raises:
        TooLargeError: More than the limit came out, over all members of the file.
        EOFError: It broke off.
        gzip.BadGzipFile, zlib.error: It is corrupt.
    """
    left = limit
    with gzip.GzipFile(fileobj=packed) as unpacker:
        while chunk := unpacker.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise TooLargeError("it unpacks to more than any result holds")
            yield chunk


def unpack(content: bytes | bytearray, limit: int = MAX_BYTES) -> bytearray:
    """Unpack a whole file.

    Raises:
        TooLargeError: It holds more than the limit.
        EOFError: It broke off.
        gzip.BadGzipFile, zlib.error: It is corrupt.
    """
    unpacked = bytearray()  # grown in place: pieces and their sum would be twice the file
    for chunk in chunks(io.BytesIO(content), limit):
        unpacked += chunk
    return unpacked
