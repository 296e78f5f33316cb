"""How the values of a metric's array are held: as values, as the texts of its cells, or as one text.

Rows for the SDK are made of values. Lines are made of texts: the file's content is JSON already, so that taking it
apart and putting it together again as numbers would cost time for nothing. Columns of a file are made of whole arrays,
which Arrow takes apart by the thousand.

In each form a cell is a whole number or null, as the schema says. The API documents nothing else; what it sends all the
same is taken for the number that it plainly is (`"7"`, `7.0`), else for null.
"""

from __future__ import annotations

import math
import typing as t

import msgspec

from tap_twitter_ads_async.domain.json_text import UNREADABLE

List = list[t.Any]
"""One cell per time bucket."""
Array = t.Any
"""The cells of an array in the form that is asked for: a list, or one text."""
Tell = t.Callable[[t.Any], None]
"""Called with each value that no integer column can hold."""

_decode = msgspec.json.Decoder().decode
_decode_integers = msgspec.json.Decoder(list[t.Optional[int]]).decode  # noqa: UP045 - evaluated at run time
_encode = msgspec.json.Encoder().encode


class Cells(t.Protocol):
    """A way to hold the cells of an array."""

    null: t.Any
    """A cell without a value, in `listed` form."""

    def clean(self, text: bytes) -> Array:
        """Take the text of an array's cells: integers and nulls, separated by commas, without whitespace."""

    def of(self, values: list[int | None]) -> Array:
        """Take values."""

    def listed(self, array: Array) -> List:
        """Return an array as a list, cell by cell."""

    def packed(self, cells: List) -> Array:
        """Return a list as an array: the reverse of `listed`."""

    def add(self, left: Array, right: Array) -> Array:
        """Add two arrays of one length, cell by cell; nothing plus nothing is null."""


class Values:
    """Cells are Python values."""

    null: t.Any = None

    def clean(self, text: bytes) -> Array:
        """Decode an array."""
        return _decode_integers(b"[" + text + b"]")

    def of(self, values: list[int | None]) -> Array:
        """Take values."""
        return values

    def listed(self, array: Array) -> List:
        """Return the same."""
        return t.cast("List", array)

    def packed(self, cells: List) -> Array:
        """Return the same."""
        return cells

    def add(self, left: Array, right: Array) -> Array:
        """Add the values."""
        return [b if a is None else a if b is None else a + b for a, b in zip(left, right, strict=True)]


class Texts:
    """Cells are JSON texts."""

    null: t.Any = b"null"

    def clean(self, text: bytes) -> Array:
        """Take an array apart at its commas."""
        return text.split(b",")

    def of(self, values: list[int | None]) -> Array:
        """Encode values."""
        return [_encode(value) for value in values]

    def listed(self, array: Array) -> List:
        """Return the same."""
        return t.cast("List", array)

    def packed(self, cells: List) -> Array:
        """Return the same."""
        return cells

    def add(self, left: Array, right: Array) -> Array:
        """Add what the texts stand for."""
        return self.of(VALUES.add([_decode(c) for c in left], [_decode(c) for c in right]))


class Whole:
    """Cells are one text: integers and nulls, separated by commas."""

    null: t.Any = b"null"

    def clean(self, text: bytes) -> Array:
        """Keep the text as it is."""
        return text

    def of(self, values: list[int | None]) -> Array:
        """Encode values."""
        return _encode(values)[1:-1]

    def values(self, array: Array) -> list[int | None]:
        """Return what the text stands for."""
        return _decode_integers(b"[" + array + b"]")

    def listed(self, array: Array) -> List:
        """Take an array apart at its commas."""
        return t.cast("bytes", array).split(b",")

    def packed(self, cells: List) -> Array:
        """Put texts together."""
        return b",".join(cells)

    def add(self, left: Array, right: Array) -> Array:
        """Add what the texts stand for."""
        return self.of(VALUES.add(self.values(left), self.values(right)))


def decoded(encoded: bytes, tell: Tell) -> t.Any:
    """Decode a value where an array is expected: a list of whole numbers and nulls; anything else as it is.

    Args:
        encoded: JSON.
        tell: Called with each value that is no whole number.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError: It cannot be read, or a number is beyond what JSON decoders hold.
    """
    try:
        return _decode_integers(encoded)
    except UNREADABLE:
        array = _decode(encoded)
    return [integer(value, tell) for value in array] if isinstance(array, list) else array


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
WHOLE: t.Final = Whole()
