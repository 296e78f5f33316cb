"""The stats part of `docs/streams.md`: streams, keys, and which columns come with which metric group."""

from __future__ import annotations

from streams_page.objects import columns_table, table
from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.metrics import columns
from tap_twitter_ads_async.settings.model import Granularity, StatsDefinition
from tap_twitter_ads_async.stats.schema import builtin_definitions, stats_key, stats_schema

_INTRODUCTION = """\
## Stats streams

Metrics, one flat record per entity, placement, time bucket and, with a segmentation, segment. Every stream is
incremental on `end_time`; its records come from `POST stats/jobs/accounts/:account_id` and the result files of
those jobs. `<entity>_stats` streams always exist; `segmentation_types` adds `<entity>_stats_by_<segmentation>`,
`reports` adds streams with names of your choice.
"""


def sections() -> list[str]:
    """Return the sections of the page, in Markdown."""
    parts = [_INTRODUCTION, _streams(), _segmentations(), _dimensions()]
    return [*parts, *(_group(group) for group in rules.METRIC_GROUPS)]


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _streams() -> str:
    rows = [
        (
            f"`{d.name}`",
            d.entity,
            _codes(stats_key(d)),
            "change feed" if d.has_change_feed else "date bookmark with look-back",
            ", ".join(d.metric_groups),
        )
        for d in builtin_definitions()
    ]
    return "### Streams\n\n" + table(("stream", "entity type", "key", "incremental by", "metric groups"), rows)


def _segmentations() -> str:
    rows = [
        (
            f"`{s.name}`",
            "yes" if s.current else "historic: the API may refuse it",
            "country" if s.needs_country else "platform" if s.needs_platform else "",
            ", ".join(rules.entities_allowing(s.name)),
            f"{s.delay_hours} h",
        )
        for s in rules.SEGMENTATIONS.values()
    ]
    header = ("segmentation", "current", "one job per", "entity types", "complete after")
    return "### Segmentations\n\n" + table(header, rows)


def _dimensions() -> str:
    # One segmentation that needs a country and one that needs a platform show every dimension there is.
    every: dict[str, object] = {}
    for segmentation in ("METROS", "DEVICES"):
        definition = StatsDefinition(
            "any", "CAMPAIGN", Granularity.DAY, segmentation, (rules.BILLING,), rules.PLACEMENTS
        )
        metrics = {c.name for c in columns("CAMPAIGN", segmentation, (rules.BILLING,))}
        every |= {k: v for k, v in stats_schema(definition)["properties"].items() if k not in metrics}
    return "### Dimensions\n\nThe last five with a segmentation only.\n\n" + columns_table({"properties": every})


def _group(group: str) -> str:
    entities = [e.name for e in rules.ENTITIES.values() if group in e.allowed]
    widest = next(e for e in ("CAMPAIGN", *entities) if group in rules.ENTITIES[e].allowed)
    properties = {c.name: {"type": "integer", "description": c.description} for c in columns(widest, None, (group,))}
    basic = [e.name for e in rules.ENTITIES.values() if e.basic_only and group in e.allowed]
    notes = f"Entity types: {', '.join(entities)}."
    if group == rules.ENGAGEMENT:
        notes += f" {' and '.join(basic)} have the first six only."
    if group in rules.HISTORIC_METRIC_GROUPS:
        notes += " Historic: asked for only if the setting `metric_groups` names it."
    return f"### {group}\n\n{notes}\n\n{columns_table({'properties': properties})}"
