"""RECORD lines of a block of rows, encoded in one go.

What is equal in all rows of a block (dimensions, metrics that are null throughout) is encoded once and spliced into
every line; only time bounds and metrics that have values are encoded per row. The lines hold the same JSON as the
SDK's own path writes, with the keys of a record in another order.
"""

from __future__ import annotations

import typing as t

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Collection

    from tap_twitter_ads_async.stats.flatten import Block

_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines
_PER_ROW = ("start_time", "end_time", "date")


class LineEncoder:
    """Encodes the blocks of one stream.

    Args:
        stream: Name in the RECORD messages.
        selected: Columns that the user selected.
    """

    def __init__(self, stream: str, selected: Collection[str]) -> None:
        self._head = b'{"type":"RECORD","stream":' + _encode(stream) + b',"record":{'
        self._selected = frozenset(selected)

    def encode(self, block: Block, time_extracted: str) -> tuple[bytes, int]:
        """Encode a block.

        Args:
            block: Rows of one entity and segment.
            time_extracted: When they were read (UTC).

        Returns:
            The lines, each with its line end, and how many there are.
        """
        rows = self._rows(block)
        if not rows:
            return b"", 0
        varying = {*_PER_ROW, *block.columns}
        fixed = {k: v for k, v in block.fixed.items() if k in self._selected and k not in varying}
        head = self._head + _encode(fixed)[1:-1] + b","
        tail = b'},"time_extracted":' + _encode(time_extracted) + b"}\n"
        # JSON holds no bare line end, so "}\n{" only ever stands between two rows.
        body = _encode_lines(rows)
        return head + body[1:-2].replace(b"}\n{", tail + head) + tail, len(rows)

    def _rows(self, block: Block) -> list[dict[str, t.Any]]:
        """Return the varying part of each row, without the rows in which every metric is null."""
        if not block.columns:
            return []
        columns = {name: array for name, array in block.columns.items() if name in self._selected}
        names = [name for name in _PER_ROW if name in self._selected]
        times = [[bucket[_PER_ROW.index(name)] for bucket in block.buckets] for name in names]
        names += columns
        rows = [dict(zip(names, values, strict=True)) for values in zip(*times, *columns.values(), strict=True)]
        if any(None not in array for array in block.columns.values()):
            return rows
        alive = (any(v is not None for v in values) for values in zip(*block.columns.values(), strict=True))
        return [row for row, keep in zip(rows, alive, strict=True) if keep]
