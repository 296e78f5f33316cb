"""Unpacking gzip with a cap: a small file may claim to hold more than any machine does."""

from __future__ import annotations

import typing as t
import zlib

if t.TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b"\x1f\x8b"
MAX_BYTES = 1024**3
"""No job of 20 entities comes near this; a file that unpacks to more is taken for a decompression bomb."""
_CHUNK = 1 << 20
_GZIP = 31


class TooLargeError(ValueError):
    """The data unpack to more than the cap."""


class Gunzip:
    """Unpacks a stream of gzip members, block by block.

    Args:
        limit: Most bytes that may come out, over all members.
    """

    def __init__(self, limit: int = MAX_BYTES) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._left = limit

    @property
    def complete(self) -> bool:
        """Whether the last member ended, with the right checksum."""
        return self._member.eof

    def feed(self, block: bytes | bytearray) -> Iterator[bytes]:
        """Yield what a block holds, in pieces: a caller that only checks keeps none of them.

        Raises:
            TooLargeError: More than the limit came out.
            zlib.error: It is no gzip, or is corrupt.
        """
        rest: bytes | bytearray = block
        while True:
            if self._member.eof:
                rest = self._member.unused_data or rest
                if not rest:
                    return
                self._member = zlib.decompressobj(_GZIP)
            piece = self._member.decompress(rest, _CHUNK)
            self._left -= len(piece)
            if self._left < 0:
                raise TooLargeError("it unpacks to more than any result holds")
            yield piece
            rest = b"" if self._member.eof else self._member.unconsumed_tail
            if not rest and len(piece) < _CHUNK and not self._member.unused_data:
                return


def unpack(content: bytes | bytearray, limit: int = MAX_BYTES) -> bytearray:
    """Unpack a whole file.

    Raises:
        TooLargeError: It holds more than the limit.
        EOFError: It broke off.
        zlib.error: It is corrupt.
    """
    gunzip = Gunzip(limit)
    unpacked = bytearray()  # grown in place: pieces and their sum would be twice the file
    for piece in gunzip.feed(content):
        unpacked += piece
    if not gunzip.complete:
        raise EOFError("the file broke off")
    return unpacked
