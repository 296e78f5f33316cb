"""How the values of a metric's array are held: as values, or as the text that the result file has for them.

Rows for the SDK are made of values. Lines are made of text: what stands in the file is JSON already, so that taking it
apart and putting it together again as numbers would cost time for nothing.

Either way a cell is a whole number or null, as the schema says. The API documents nothing else; what it sends all the
same is taken for the number that it plainly is (`"7"`, `7.0`), else for null.
"""

from __future__ import annotations

import math
import typing as t

import msgspec

Array = list[t.Any]
"""One cell per time bucket."""
Tell = t.Callable[[t.Any], None]
"""Is told of each value that no integer column can hold."""

_decode = msgspec.json.Decoder().decode
_decode_integers = msgspec.json.Decoder(list[t.Optional[int]]).decode  # noqa: UP045 - evaluated at run time
_encode = msgspec.json.Encoder().encode
_INTEGERS_AND_NULLS = b"0123456789-nul,"


class Cells(t.Protocol):
    """A way to hold the values of an array."""

    null: t.Any

    def read(self, encoded: bytes, tell: Tell) -> t.Any:
        """Return the cells of an encoded array; whatever else it may be comes as a value.

        Raises:
            msgspec.DecodeError: A number is beyond what JSON decoders hold.
        """

    def add(self, left: Array, right: Array) -> Array:
        """Add two arrays of one length, cell by cell; nothing plus nothing is null."""


def _is_clean(encoded: bytes) -> bool:
    """Whether an array holds integers and nulls only, and at least one of them."""
    return encoded != b"[]" and encoded.translate(None, _INTEGERS_AND_NULLS) == b"[]"


class Values:
    """Cells are Python values."""

    null: t.Any = None

    def read(self, encoded: bytes, tell: Tell) -> t.Any:
        """Decode an array."""
        try:
            return _decode_integers(encoded)
        except msgspec.ValidationError:
            array = _decode(encoded)
        return [integer(v, tell) for v in array] if isinstance(array, list) else array

    def add(self, left: Array, right: Array) -> Array:
        """Add the values."""
        return [b if a is None else a if b is None else a + b for a, b in zip(left, right, strict=True)]


class Texts:
    """Cells are JSON texts."""

    null: t.Any = b"null"

    def read(self, encoded: bytes, tell: Tell) -> t.Any:
        """Take an array apart at its commas."""
        if _is_clean(encoded):
            return encoded[1:-1].split(b",")
        array = _decode(encoded)
        return [_encode(integer(v, tell)) for v in array] if isinstance(array, list) else array

    def add(self, left: Array, right: Array) -> Array:
        """Add what the texts stand for."""
        sums = VALUES.add([_decode(c) for c in left], [_decode(c) for c in right])
        return [_encode(value) for value in sums]


class Counts:
    """Cells are nothing at all: for whoever only wants to know whether an array can be read, and how long it is."""

    null: t.Any = None

    def read(self, encoded: bytes, tell: Tell) -> t.Any:  # noqa: ARG002 - the protocol's
        """Count the cells of an array."""
        if _is_clean(encoded):
            return [None] * (encoded.count(b",") + 1)
        array = _decode(encoded)
        return [None] * len(array) if isinstance(array, list) else array

    def add(self, left: Array, right: Array) -> Array:
        """Add nothing."""
        return VALUES.add(left, right)


def integer(value: t.Any, tell: Tell) -> int | None:
    """Return the whole number that a cell holds, null where it is none.

    Args:
        value: The cell: an integer, null, or what no documentation mentions.
        tell: Called with a value that is neither a whole number nor the text of one.
    """
    if value is None or type(value) is int:
        return value
    number = _number(value)
    if number is None:
        tell(value)
    return number


def _number(value: t.Any) -> int | None:
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() else None
    if not isinstance(value, str):
        return None
    try:
        return int(value)  # exact at any size
    except ValueError:
        pass
    try:
        return _number(float(value))
    except ValueError:
        return None


VALUES: t.Final = Values()
TEXTS: t.Final = Texts()
COUNTS: t.Final = Counts()
