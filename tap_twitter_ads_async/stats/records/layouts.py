"""Metrics of entities that are laid out alike: where the first of them has its arrays, the others have theirs.

A result file repeats the same keys in the same order for each entity and segment, thousands of times. Once an entry has
been read by a JSON decoder, the next ones need no more than a proof that they differ in their figures only: cut at its
quotation marks, an entry shows its keys, and what lies between them shows its brackets and commas once the figures are
taken away. Whatever differs in anything else is left to the decoder.
"""

from __future__ import annotations

import typing as t

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Mapping

_INTEGERS_AND_NULLS = b"0123456789-nul"
_WHITESPACE = b" \t\r\n"
_BLANKS = (b" ", b"\t", b"\r", b"\n")
_AROUND_CELLS = b":[]{}" + _WHITESPACE
_AROUND_ARRAY = _AROUND_CELLS + b","
_NULL = b"null"
SEGMENTS_AT_ONCE = 250
"""So many segments of an entity are read in one go; few enough that their pieces take little memory."""
MAX_TRIES = 500
"""So many entries are looked at as patterns; where there are more, entries are not alike."""

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
Found = list[tuple[str, bytes]]
"""Columns and the cells of their arrays: integers and nulls, separated by commas."""


class _Layout(t.NamedTuple):
    """One layout.

    Attributes:
        frame: What lies between the keys, without arrays and nulls.
        columns: Places of arrays or nulls, with their columns.
        nulls: Places that hold null.
    """

    frame: bytes
    columns: list[tuple[int, str]]
    nulls: list[int]


class Layouts:
    """The layouts of one stream's entries.

    Args:
        paths: Column of each metric and sub-key.
    """

    def __init__(self, paths: Mapping[tuple[str, str | None], str]) -> None:
        self._paths = paths
        self._metrics = {metric for metric, _ in paths}
        self._known: dict[bytes, _Layout] = {}
        self._tries = 0

    def read(self, text: bytes, length: int) -> Found | None:
        """Return what an entry of a known layout holds, without its nulls; None for any other.

        Args:
            text: Valid JSON.
            length: How many cells each array must have.
        """
        parts = (text + b",").split(b'"')
        layout = self._known.get(b'"'.join(parts[1::2]))
        if layout is None or _frame(parts, length) != layout.frame:
            return None
        if any(cells_of([parts[place]]) != _NULL for place in layout.nulls):
            return None
        found: Found = []
        spaced = any(blank in text for blank in _BLANKS)
        for place, name in layout.columns:
            part = parts[place].translate(None, _WHITESPACE) if spaced else parts[place]
            cells = part.strip(_AROUND_ARRAY)
            if b"[" in part and cells:
                found.append((name, cells))
            elif cells != _NULL:
                return None
        return found

    def read_all(self, texts: list[bytes], length: int) -> list[tuple[str, list[bytes]]] | None:
        """Return what entries of one known layout hold, None unless all of them are of it.

        Args:
            texts: The entries, each valid JSON.
            length: How many cells each array must have.

        Returns:
            Columns that are not null throughout, with the part of each entry, for `cells_of`.
        """
        count = len(texts)
        parts = b",".join([*texts, b""]).split(b'"')
        stride = (len(parts) - 1) // count
        keys = parts[1:stride:2]
        layout = self._known.get(b'"'.join(keys))
        if layout is None or parts[1::2] != keys * count or _frame(parts, length) != layout.frame * count:
            return None
        if any(cells_of(parts[place::stride]) != nulls(count) for place in layout.nulls):
            return None
        found: list[tuple[str, list[bytes]]] = []
        for place, name in layout.columns:
            column = parts[place::stride]
            arrays = _arrays(column, length)
            if arrays is None:
                return None
            if arrays:
                found.append((name, arrays))
        return found

    def learn(self, text: bytes, length: int) -> None:
        """Take an entry for a pattern, once its unknown metrics have been reported.

        Args:
            text: Valid JSON.
            length: How many cells each array has.
        """
        if self._tries >= MAX_TRIES or b"\\" in text or text == _NULL:
            return
        self._tries += 1
        keys: list[bytes] = []
        layout = _Layout(b"", [], [])
        for metric, value in _decode_object(text).items():
            keys.append(metric.encode())
            encoded = bytes(value)
            nested = encoded[:1] == b"{"
            if nested and (metric, None) in self._paths:
                return
            if not nested and not self._put(layout, len(keys), (metric, None), encoded):
                return
            for key, array in _decode_object(encoded).items() if nested else ():
                keys.append(key.encode())
                self._put(layout, len(keys), (metric, key), bytes(array))
        parts = (text + b",").split(b'"')
        frame = _frame(parts, length)
        if parts[1::2] == keys and not frame.translate(None, b"{}:,"):  # else a key comes twice, or texts as figures
            self._known[b'"'.join(keys)] = layout._replace(frame=frame)

    def _put(self, layout: _Layout, key: int, path: tuple[str, str | None], encoded: bytes) -> bool:
        """Note the value of a key, the first being 1; return False for a known metric in another nesting."""
        name, place = self._paths.get(path), 2 * key
        if name is not None:
            layout.columns.append((place, name))
        elif encoded == _NULL:
            layout.nulls.append(place)
        elif path[1] is None:  # what the schema does not know may hold anything
            return path[0] not in self._metrics
        return True


def cells_of(parts: list[bytes]) -> bytes:
    """Return the cells of arrays one behind the other, separated by commas."""
    return b"".join(parts).translate(None, _AROUND_CELLS)[:-1]


def _arrays(column: list[bytes], length: int) -> list[bytes] | None:
    """Return the parts of a column, all of them arrays; none if all are null, None if one is anything else."""
    text = b"".join(column)
    brackets = text.count(b"[")
    if length == 1 and b"[]" in text.translate(None, _WHITESPACE):  # without its cells, an array of one looks like this
        return None
    if brackets == len(column):
        return column
    without = nulls(length) + b","
    arrays = [part if b"[" in part else without for part in column]
    rest = [part for part in column if b"[" not in part]
    if cells_of(rest) != nulls(len(rest)):
        return None
    return arrays if brackets else []


def nulls(count: int) -> bytes:
    """Return so many cells without a value."""
    return (b"null," * count)[:-1]


def _frame(parts: list[bytes], length: int) -> bytes:
    array = b":[" + b"," * (length - 1) + b"]"
    return b"".join(parts[::2]).translate(None, _INTEGERS_AND_NULLS + _WHITESPACE).replace(array, b":")
