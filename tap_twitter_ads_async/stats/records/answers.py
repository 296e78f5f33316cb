"""Whether a result file answers its spec; the one place that decides it, before anything of a window is written.

The file must say of itself nothing else than what was asked for, tell of each entity asked for, and in whole arrays. An
entity in which nothing happened has its metrics as nulls; only segmented it may have no entry at all, because there are
only segments in which something happened. What tells of no metric that was asked for, not even that it is null, is no
answer: an entity that is not named, one without an entry, and one whose entries hold nothing, or nothing that we know.
"""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.domain.metrics import column_paths
from tap_twitter_ads_async.stats.plan.echo import contradiction
from tap_twitter_ads_async.stats.records.cells import WHOLE
from tap_twitter_ads_async.stats.records.columns import ColumnReader
from tap_twitter_ads_async.stats.records.joining import Piece, columns_of, parts_by_segment
from tap_twitter_ads_async.stats.records.layouts import SEGMENTS_AT_ONCE
from tap_twitter_ads_async.stats.records.results import Result, ResultMalformed, metric_names

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
    asked = column_paths(spec.entity, spec.segmentation_type, spec.metric_groups)
    columns, metrics = set(asked.values()), {metric for metric, _ in asked}
    missing: list[str] = []
    for entity_id in spec.entity_ids:
        try:
            found = [parts for _, parts in parts_by_segment([piece], entity_id).values()]
            figures = _read(reader, piece, found)
        except ResultMalformed as error:
            raise ResultMalformed(f"entity {entity_id}: {error}") from None
        without_entry = spec.segmentation_type is not None and entity_id in result
        told = not figures.isdisjoint(columns) or _tell_of(metrics, found)
        if not (told if found else without_entry):
            missing.append(entity_id)
    return tuple(missing)


def _tell_of(asked: set[str], found: list[list[Part]]) -> bool:
    """Whether entries hold any metric of those asked for, be it null.

    One is enough: the API is known to leave keys out that its table has, so that a missing one tells nothing.
    """
    return any(not asked.isdisjoint(metric_names(part.metrics)) for parts in found for part in parts)


def _read(reader: ColumnReader, piece: Piece, found: list[list[Part]]) -> set[str]:
    """Read the segments of an entity, many at once where they are alike; return the columns that have figures."""
    figures: set[str] = set()
    for i in range(0, len(found), SEGMENTS_AT_ONCE):
        some = found[i : i + SEGMENTS_AT_ONCE]
        texts = [bytes(parts[0].metrics) for parts in some if len(parts) == 1]
        alike = reader.read_all(texts, piece.length) if len(texts) == len(some) > 1 else None
        for columns in [alike] if alike is not None else [columns_of(reader, piece, parts, WHOLE) for parts in some]:
            figures.update(columns)
    return figures


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
