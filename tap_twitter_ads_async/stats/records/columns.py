"""From the metrics of one entity and segment to columns: names, lengths, and what the API nests otherwise."""

from __future__ import annotations

import contextlib
import logging
import typing as t
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial

import msgspec

from tap_twitter_ads_async.domain.json_text import UNREADABLE
from tap_twitter_ads_async.domain.metrics import column_paths
from tap_twitter_ads_async.stats.records.cells import VALUES, decoded
from tap_twitter_ads_async.stats.records.layouts import Layouts
from tap_twitter_ads_async.stats.records.results import EMPTY_OBJECT, ResultMalformed, arrays

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.records.cells import Array, Cells

logger = logging.getLogger("tap-twitter-ads-async.records")

TOTAL_KEY = "metric"
"""The sub-key of a nested metric that counts the metric itself."""
_Integers = t.Optional[list[t.Optional[int]]]  # noqa: UP045 - evaluated at run time, also by Python 3.10
_decode_documented = msgspec.json.Decoder(
    t.Optional[dict[str, t.Union[_Integers, dict[str, _Integers]]]]  # noqa: UP007, UP045 - likewise
).decode
_Misplaced = dict[str, dict[str | None, bytes]]


@dataclass(slots=True)
class ColumnReader:
    """Names the arrays of one stream's results.

    Attributes:
        definition: The stream.
        cells: How the arrays are held.
        quiet: Whether somebody else reports what the schema does not know.
    """

    definition: StatsDefinition
    cells: Cells
    quiet: bool = False
    _paths: dict[tuple[str, str | None], str] = field(init=False)
    _keys: dict[str, set[str | None]] = field(init=False)
    _layouts: Layouts = field(init=False)
    _told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        d = self.definition
        self._paths = column_paths(d.entity, d.segmentation_type, d.metric_groups)
        self._layouts = Layouts(self._paths)
        self._keys = defaultdict(set)
        for metric, key in self._paths:
            self._keys[metric].add(key)

    def read(self, metrics: msgspec.Raw, length: int) -> dict[str, Array]:
        """Return the arrays of one entry by column; nulls are left out.

        Args:
            metrics: The encoded metrics of one entity and segment.
            length: How many time buckets were asked for.

        Raises:
            ResultMalformed: An array has another length, or a metric a shape that cannot be understood.
        """
        if self.cells is VALUES and (documented := self._as_documented(metrics, length)) is not None:
            return documented
        text = bytes(metrics)
        found = self._layouts.read(text, length)
        if found is not None:
            with contextlib.suppress(*UNREADABLE):  # a number of thousands of digits
                return {name: self.cells.clean(cells) for name, cells in found}
        columns: dict[str, Array] = {}
        misplaced: _Misplaced = {}
        paths = self._paths
        for metric, key, encoded in arrays(metrics):
            name = paths.get((metric, key))
            if name is None and key is None and encoded == EMPTY_OBJECT:
                continue  # a nested metric of which no part is told
            if name is None:
                misplaced.setdefault(metric, {})[key] = encoded
            else:
                columns[name] = self._array(name, encoded, length)
        for metric, parts in misplaced.items():
            self._place(metric, parts, length, columns)
        self._layouts.learn(text, length)
        return columns

    def read_all(self, texts: list[bytes], length: int) -> dict[str, list[bytes]] | None:
        """Return the arrays of many entries by column, for `cells_of`; None unless they are alike and documented.

        Args:
            texts: The encoded metrics of segments, each valid JSON.
            length: How many time buckets were asked for.
        """
        found = self._layouts.read_all(texts, length)
        return None if found is None else dict(found)

    def _as_documented(self, metrics: msgspec.Raw, length: int) -> dict[str, Array] | None:
        """Return the arrays of an entry that is all as documented, decoded in one go; None for any other."""
        try:
            documented = _decode_documented(metrics) or {}
        except UNREADABLE:
            return None
        columns: dict[str, Array] = {}
        paths = self._paths
        for metric, value in documented.items():
            if value is None:
                continue
            # An object without keys is looked at below: where an array is due, it is none.
            for key, array in ((None, value),) if type(value) is list or not value else value.items():
                if array is None:
                    continue
                name = paths.get((metric, key))
                if name is None or len(array) != length:
                    return None
                columns[name] = array
        return columns

    def _array(self, name: str, encoded: bytes, length: int) -> Array:
        try:
            array = decoded(encoded, partial(self._tell_unfit, name))
        except UNREADABLE as error:
            raise ResultMalformed(f"metric {name} cannot be read: {error}") from None
        if length == 1 and not isinstance(array, (list, dict, type(None))):
            # One bucket, and its value without the array around it.
            return self._array(name, b"[" + encoded + b"]", length)
        if not isinstance(array, list) or len(array) != length:
            found = f"{len(array)} values" if isinstance(array, list) else repr(array)
            raise ResultMalformed(f"metric {name} has {found} where {length} time buckets were asked for")
        return self.cells.of(array)

    def _place(self, metric: str, found: dict[str | None, bytes], length: int, columns: dict[str, Array]) -> None:
        """Put arrays whose nesting differs from the documented one where they can only belong.

        A scalar that comes as an object with its figure alone, or with one named like a total, is that figure; a
        nested metric that comes as a bare array is its total. What the schema does not know is reported and dropped.
        """
        expected = self._keys.get(metric, set())
        if None in expected:  # a scalar that came as an object
            keys = [TOTAL_KEY] if TOTAL_KEY in found else list(found)
            if len(keys) != 1:
                raise ResultMalformed(
                    f"metric {metric} has the parts {', '.join(map(str, found))} where it is one figure"
                )
            name = self._paths[metric, None]
            columns.setdefault(name, self._array(name, found[keys[0]], length))
            return
        if expected and None in found:  # a nested metric that came as an array
            total = self._paths.get((metric, TOTAL_KEY))
            if total is None:
                raise ResultMalformed(f"metric {metric} is one figure where it has the parts {_listed(expected)}")
            columns.setdefault(total, self._array(total, found.pop(None), length))
        for key in found:
            self._tell_unknown(metric if key is None else f"{metric}.{key}")

    def _tell_unknown(self, name: str) -> None:
        if name not in self._told and not self.quiet:
            self._told.add(name)
            logger.warning(
                "Stream %s: the API sends metric %s, unknown to the schema; dropped", self.definition.name, name
            )

    def _tell_unfit(self, name: str, value: object) -> None:
        if name not in self._told and not self.quiet:
            self._told.add(name)
            logger.warning(
                "Stream %s: column %s has the value %.40r, which is not a whole number; such values become null",
                self.definition.name,
                name,
                value,
            )


def _listed(keys: t.Iterable[str | None]) -> str:
    return ", ".join(sorted(map(str, keys)))
