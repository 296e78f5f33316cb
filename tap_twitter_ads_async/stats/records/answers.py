"""Whether a result file answers its spec; the one place that decides it, before anything of a window is written.

The file must say of itself nothing else than what was asked for, hold an entry of each entity asked for, and in it
whole arrays. An entity whose entry is empty has no data; one without an entry was not answered.
"""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.stats.plan.echo import contradiction
from tap_twitter_ads_async.stats.records.cells import WHOLE
from tap_twitter_ads_async.stats.records.columns import ColumnReader
from tap_twitter_ads_async.stats.records.joining import Piece, columns_of, parts_by_segment
from tap_twitter_ads_async.stats.records.layouts import SEGMENTS_AT_ONCE
from tap_twitter_ads_async.stats.records.results import Result, ResultMalformed

if t.TYPE_CHECKING:
    from pathlib import Path

    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.plan.spec import JobSpec
    from tap_twitter_ads_async.stats.records.joining import Part


def missing_ids(path: Path, spec: JobSpec, definition: StatsDefinition) -> tuple[str, ...]:
    """Return the ids that were asked for and that a file does not answer.

    Args:
        path: The file.
        spec: What was asked for.
        definition: The stream, which says what its metrics are.

    Raises:
        ResultMalformed: The file is no result, or that of another question.
    """
    result = Result.read(path)
    length = len(spec.buckets())
    _compare(result, spec, length)
    reader = ColumnReader(definition, WHOLE, quiet=True)
    piece = Piece(spec, result, 0, length)
    for entity_id in spec.entity_ids:
        try:
            _read(reader, piece, [parts for _, parts in parts_by_segment([piece], entity_id).values()])
        except ResultMalformed as error:
            raise ResultMalformed(f"entity {entity_id}: {error}") from None
    return tuple(entity_id for entity_id in spec.entity_ids if entity_id not in result)


def _read(reader: ColumnReader, piece: Piece, found: list[list[Part]]) -> None:
    """Read the segments of an entity, many at once where they are alike."""
    for i in range(0, len(found), SEGMENTS_AT_ONCE):
        some = found[i : i + SEGMENTS_AT_ONCE]
        texts = [bytes(parts[0].metrics) for parts in some if len(parts) == 1]
        if len(texts) == len(some) > 1 and reader.read_all(texts, piece.length) is not None:
            continue
        for parts in some:
            columns_of(reader, piece, parts, WHOLE)


def _is_number(told: t.Any) -> bool:
    """Whether a length is told, be it as text; what is none says nothing."""
    return (isinstance(told, (int, float)) and not isinstance(told, bool)) or (isinstance(told, str) and told.isdigit())


def _compare(result: Result, spec: JobSpec, length: int) -> None:
    wrong = contradiction(result.params, spec)
    if wrong is not None:
        raise ResultMalformed(f"the result is for other parameters: {wrong}")
    told = result.time_series_length
    if _is_number(told) and float(told) != length:
        raise ResultMalformed(f"the result has {told} time buckets where {length} were asked for")
