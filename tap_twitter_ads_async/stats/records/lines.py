"""RECORD lines of a block of rows, written by template.

What is equal in all rows of a block (dimensions, metrics that are null throughout) is encoded once and becomes part of
a template; per row only the texts of time bounds and metrics are filled in, which need no encoding. The lines hold the
same JSON as the SDK's own path writes, with the keys of a record in another order.
"""

from __future__ import annotations

import typing as t

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Collection

    from tap_twitter_ads_async.stats.records.flatten import Block, Bucket

_encode = msgspec.json.Encoder().encode
_PER_ROW = ("start_time", "end_time", "date")


class RowEncoder:
    """Encodes the rows of one stream's blocks.

    Args:
        selected: Columns that the user selected.
        head: What a line begins with, before the members of the record.
    """

    def __init__(self, selected: Collection[str], head: bytes = b"{") -> None:
        self._head = head.replace(b"%", b"%%")
        self._selected = frozenset(selected)
        self._times = [(i, _encode(name) + b":") for i, name in enumerate(_PER_ROW) if name in self._selected]
        self._buckets: list[Bucket] | None = None
        self._bounds: list[bytes] = []

    def encode(self, block: Block, tail: bytes = b"}\n") -> tuple[bytes, int]:
        """Encode a block.

        Args:
            block: Rows of one entity and segment; their cells are texts.
            tail: What a line ends with, behind the members of the record.

        Returns:
            The lines, and how many there are.
        """
        if not block.columns:
            return b"", 0
        columns = {name: array for name, array in block.columns.items() if name in self._selected}
        template = self._template(block, columns, tail)
        cells = [*([self._bounds_of(block.buckets)] if self._times else ()), *columns.values()]
        rows = zip(*cells, strict=True) if cells else [()] * len(block.buckets)
        alive = block.alive()
        if alive is not None:
            lines = [template % row for row, keep in zip(rows, alive, strict=True) if keep]
        else:
            lines = [template % row for row in rows]
        return b"".join(lines), len(lines)

    def _template(self, block: Block, columns: Collection[str], tail: bytes) -> bytes:
        """Return a line with `%b` for the time bounds and for each column."""
        varying = {*_PER_ROW, *block.columns}
        fixed = {k: v for k, v in block.fixed.items() if k in self._selected and k not in varying}
        members = [_encode(fixed)[1:-1].replace(b"%", b"%%")] if fixed else []
        if self._times:
            members.append(b"%b")
        members += [_encode(name) + b":%b" for name in columns]
        return self._head + b",".join(members) + tail.replace(b"%", b"%%")

    def _bounds_of(self, buckets: list[Bucket]) -> list[bytes]:
        """Return the time members of each row; all blocks of a group share them."""
        if buckets is not self._buckets:
            self._buckets = buckets
            self._bounds = [b",".join(name + _encode(bucket[i]) for i, name in self._times) for bucket in buckets]
        return self._bounds


class LineEncoder:
    """Encodes the blocks of one stream as RECORD lines.

    Args:
        stream: Name in the RECORD messages.
        selected: Columns that the user selected.
        version: Version that the records belong to, None where the stream has none.
    """

    def __init__(self, stream: str, selected: Collection[str], version: int | None = None) -> None:
        self._rows = RowEncoder(selected, b'{"type":"RECORD","stream":' + _encode(stream) + b',"record":{')
        self._tail = b"}" + (b"" if version is None else b',"version":%d' % version) + b',"time_extracted":'

    def encode(self, block: Block, time_extracted: str) -> tuple[bytes, int]:
        """Encode a block.

        Args:
            block: Rows of one entity and segment; their cells are texts.
            time_extracted: When they were read (UTC).

        Returns:
            The lines, each with its line end, and how many there are.
        """
        return self._rows.encode(block, self._tail + _encode(time_extracted) + b"}\n")
