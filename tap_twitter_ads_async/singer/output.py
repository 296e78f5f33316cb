"""Singer messages to stdout: encoded with msgspec, written in large blocks, never interleaved.

RECORD lines are gathered; every other message flushes them first and goes out at once, so that a STATE line always
stands behind its records and a target sees it without delay.
"""

from __future__ import annotations

import errno
import sys
import threading
import typing as t
from dataclasses import fields

from singer_sdk.contrib.msgspec import encoder
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from singer_sdk.singerlib.encoding.simple import Message, RecordMessage, SchemaMessage, StateMessage

from tap_twitter_ads_async.errors import OutputFailed

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

BLOCK_BYTES = 1 << 18


class LineWriter(GenericSingerWriter[bytes, Message]):
    """The tap's message writer.

    Attributes:
        lock: Held while anything is written, and while the state that will be written is changed.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._pending = bytearray()
        self._failed = False

    @override
    def serialize_message(self, message: Message) -> bytes:
        """Return a message as one line of JSON, without its line end."""
        if not isinstance(message, (SchemaMessage, StateMessage)):
            return encoder.encode(message.to_dict())
        # The general way copies the whole schema or state, piece by piece.
        parts = ((field.name, getattr(message, field.name)) for field in fields(message))
        return encoder.encode({name: part for name, part in parts if part is not None})

    @override
    def write_message(self, message: Message) -> None:
        """Write a message; records may wait for company."""
        with self.lock:
            self._pending += self.format_message(message)
            self._pending += b"\n"
            if not isinstance(message, RecordMessage) or len(self._pending) >= BLOCK_BYTES:
                self.flush()

    def write_lines(self, lines: bytes | bytearray) -> None:
        """Write encoded RECORD lines, each with its line end."""
        with self.lock:
            self._pending += lines
            if len(self._pending) >= BLOCK_BYTES:
                self.flush()

    def flush(self) -> None:
        """Hand everything to the operating system.

        Raises:
            OutputFailed: It cannot be written; raised once, afterwards everything is dropped.
        """
        with self.lock:
            block, self._pending = bytes(self._pending), bytearray()
            if self._failed:
                return
            try:
                _hand_over(block)
            except OSError as error:
                self._failed = True
                raise OutputFailed(_reason(error)) from None


def _hand_over(block: bytes) -> None:
    if sys.stdout is None:  # where the parent closed it before the tap began
        raise OSError(errno.EBADF, "standard output is closed")
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:  # a test has put a text stream in place of stdout
        sys.stdout.write(block.decode())
    else:
        _write_all(binary, block)
    sys.stdout.flush()


def _reason(error: OSError) -> str:
    if error.errno == errno.EPIPE:
        return (
            "The target has stopped reading; its own messages say why. The next run resumes from the last STATE that "
            "it saved"
        )
    return f"The messages cannot be written: {error.strerror}. The next run resumes from the last STATE that was saved"


def _write_all(stdout: t.BinaryIO, block: bytes) -> None:
    """Write a whole block: an unbuffered stdout (PYTHONUNBUFFERED) takes a part when a signal comes in between."""
    rest = memoryview(block)
    while rest:
        rest = rest[stdout.write(rest) :]


__all__: t.Final = ["LineWriter"]
