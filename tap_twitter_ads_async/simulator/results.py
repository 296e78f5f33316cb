"""Result files: what a finished job, or the synchronous endpoint, has to say."""

from __future__ import annotations

import gzip
import json
import typing as t

from tap_twitter_ads_async.simulator.activity import FAMILY_OF_GROUP
from tap_twitter_ads_async.simulator.buckets import buckets
from tap_twitter_ads_async.simulator.metrics import metrics_of
from tap_twitter_ads_async.simulator.segments import part_of, quirky, segments

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.activity import Figures
    from tap_twitter_ads_async.simulator.buckets import Bucket
    from tap_twitter_ads_async.simulator.entities import Account, Node
    from tap_twitter_ads_async.simulator.ledger import AsOf, Ledger
    from tap_twitter_ads_async.simulator.stats_request import StatsRequest

Body = dict[str, t.Any]
_GZIP_LEVEL = 1


def stats_body(
    ledger: Ledger, account: Account, request: StatsRequest, as_of: AsOf, *, segment_quirks: bool = False
) -> Body:
    """Return the JSON of an analytics answer; ids that are not the account's or of another type are left out.

    Args:
        ledger: Source of the figures.
        account: Ads account.
        request: Parameters of the job or request.
        as_of: What the answer knows.
        segment_quirks: Whether segments come in odd forms.
    """
    spans = buckets(account, request.granularity, request.start, request.end)
    families = sorted({FAMILY_OF_GROUP[group] for group in request.metric_groups})
    metrics = metrics_of(request.entity, request.metric_groups)
    data = []
    for entity_id in request.entity_ids:
        node = account.of(request.entity).get(entity_id)
        if node is None:
            continue
        series = _joined(ledger, node, request.placement, spans, families, as_of)
        parts = _parts(node, request, series, segment_quirks=segment_quirks)
        id_data = [{"segment": segment, "metrics": _metrics(metrics, figures)} for segment, figures in parts]
        data.append({"id": entity_id, "id_data": id_data})
    return {
        "data_type": "stats",
        "time_series_length": len(spans),
        "data": data,
        "request": {"params": request.echo()},
    }


def packed(body: Body) -> bytes:
    """Return the file as it lies on the file host."""
    return gzip.compress(json.dumps(body, separators=(",", ":")).encode(), _GZIP_LEVEL)


def _joined(
    ledger: Ledger, node: Node, placement: str, spans: list[Bucket], families: list[str], as_of: AsOf
) -> list[Figures]:
    joined = ledger.series(node, placement, spans, families[0], as_of)
    for family in families[1:]:
        for total, figures in zip(joined, ledger.series(node, placement, spans, family, as_of), strict=True):
            total.update(figures)
    return joined


def _parts(
    node: Node, request: StatsRequest, series: list[Figures], *, segment_quirks: bool
) -> list[tuple[dict[str, t.Any] | None, list[Figures]]]:
    kind = request.segmentation_type
    if kind is None:
        return [(None, series)]
    found = segments(node, kind, request.country, request.platform)
    parts: list[tuple[dict[str, t.Any] | None, list[Figures]]] = []
    for segment in quirky(found) if segment_quirks else found:
        pieces = [part_of(figures, segment, kind) for figures in series]
        # A segment in which nothing happened is usually absent, and sometimes there with nulls only.
        if any(pieces) or segment.share % 5 == 1:
            parts.append((segment.as_json(), pieces))
    return parts


def _metrics(metrics: dict[str, tuple[str, ...]], series: list[Figures]) -> dict[str, t.Any]:
    present: set[str] = set().union(*series) if series else set()
    body: dict[str, t.Any] = {}
    for name, keys in metrics.items():
        if not keys:
            body[name] = _values(name, present, series)
            continue
        nested = {key: _values(f"{name}.{key}", present, series) for key in keys}
        body[name] = nested if any(values is not None for values in nested.values()) else None
    return body


def _values(name: str, present: set[str], series: list[Figures]) -> list[int] | None:
    return [figures.get(name, 0) for figures in series] if name in present else None
