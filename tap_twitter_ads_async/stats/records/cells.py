"""How the values of a metric's array are held: as values, or as the text that the result file has for them.

Rows for the SDK are made of values. Lines are made of text: what stands in the file is JSON already, so that taking it
apart and putting it together again as numbers would cost time for nothing.
"""

from __future__ import annotations

import typing as t

import msgspec

Array = list[t.Any]
"""One cell per time bucket."""

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_NUMBERS_AND_NULLS = b"0123456789+-.eEnul,"


class Cells(t.Protocol):
    """A way to hold the values of an array."""

    null: t.Any

    def read(self, encoded: bytes) -> t.Any:
        """Return the cells of an encoded array; whatever else it may be comes as a value."""

    def add(self, left: Array, right: Array) -> Array:
        """Add two arrays of one length, cell by cell; nothing plus nothing is null."""


class Values:
    """Cells are Python values."""

    null: t.Any = None

    def read(self, encoded: bytes) -> t.Any:
        """Decode an array."""
        return _decode(encoded)

    def add(self, left: Array, right: Array) -> Array:
        """Add the values."""
        return [b if a is None else a if b is None else a + b for a, b in zip(left, right, strict=True)]


class Texts:
    """Cells are JSON texts."""

    null: t.Any = b"null"

    def read(self, encoded: bytes) -> t.Any:
        """Take an array apart at its commas."""
        if encoded != b"[]" and encoded.translate(None, _NUMBERS_AND_NULLS) == b"[]":
            return encoded[1:-1].split(b",")
        array = _decode(encoded)  # empty, or with blanks, strings or objects in it
        return self._texts(array) if isinstance(array, list) else array

    def add(self, left: Array, right: Array) -> Array:
        """Add what the texts stand for."""
        return self._texts(VALUES.add([_decode(c) for c in left], [_decode(c) for c in right]))

    def _texts(self, array: Array) -> Array:
        return [_encode(value) for value in array]


VALUES: t.Final = Values()
TEXTS: t.Final = Texts()
