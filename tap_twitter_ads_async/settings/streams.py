"""The stats streams that the settings ask for: built-in ones and those of `segmentation_types`."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.settings.model import Granularity, StatsDefinition

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_twitter_ads_async.settings.problems import Problems

LOOKBACK_WITHOUT_FEED = 14
"""Days that billing adjustments and late conversions reach back, where no change feed names them."""


@dataclass(frozen=True, slots=True)
class StatsDefaults:
    """What a stats stream takes from the settings unless it says otherwise.

    Attributes:
        granularity: Time bucket.
        metric_groups: Groups to keep, None for no restriction.
        placements: Placements to ask for.
        country_codes: Countries, for segmentations that need one.
        platforms: Platforms, for segmentations that need one; empty for all.
        window_days: Longest day window of one job.
        lookback_days: Days asked for again, None where the entity type decides.
    """

    granularity: Granularity
    metric_groups: tuple[str, ...] | None
    placements: tuple[str, ...]
    country_codes: tuple[str, ...]
    platforms: tuple[str, ...]
    window_days: int
    lookback_days: int | None

    def groups(self, entity: str, segmentation: str | None) -> tuple[str, ...]:
        """Return the metric groups of an entity type and a segmentation, in the API's order; maybe none."""
        if self.metric_groups is None:
            return rules.default_groups(entity, segmentation)
        allowed = rules.allowed_groups(entity, segmentation)
        return tuple(group for group in allowed if group in self.metric_groups)

    def definition(self, name: str, entity: str, segmentation: str | None) -> StatsDefinition:
        """Return a stream that takes everything from the settings.

        Args:
            name: Name of the stream.
            entity: Entity type.
            segmentation: Segmentation, None for an unsegmented stream.
        """
        feed = rules.ENTITIES[entity].has_change_feed
        lookback = self.lookback_days
        if lookback is None:
            lookback = 0 if feed else LOOKBACK_WITHOUT_FEED
        return StatsDefinition(
            name=name,
            entity=entity,
            granularity=self.granularity,
            segmentation_type=segmentation,
            metric_groups=self.groups(entity, segmentation),
            placements=self.placements,
            country_codes=self.country_codes if rules.needs_country(segmentation) else (),
            platforms=self.platforms if rules.needs_platform(segmentation) else (),
            window_days=self.window_days,
            lookback_days=lookback,
        )


class StreamNames:
    """Names that streams have, compared as warehouses compare table names: case and kind of dash do not count."""

    def __init__(self, builtin: Iterable[str]) -> None:
        self._holders = {self._comparable(name): "a built-in stream" for name in builtin}

    def claim(self, name: str, claimant: str) -> str | None:
        """Give a name to a claimant, such as `reports[0]`; return who has it already, None if it was free."""
        holder = self._holders.setdefault(self._comparable(name), claimant)
        return None if holder == claimant else holder

    @staticmethod
    def _comparable(name: str) -> str:
        return name.casefold().replace("-", "_")


def stream_name(entity: str, segmentation: str | None = None) -> str:
    """Return the name of a built-in stats stream, such as `campaign_stats_by_gender`."""
    name = f"{rules.ENTITIES[entity].prefix}_stats"
    return name if segmentation is None else f"{name}_by_{segmentation.lower()}"


def builtin_streams(defaults: StatsDefaults) -> Iterator[StatsDefinition]:
    """Yield one unsegmented stream per entity type, also where the settings leave it no metric group."""
    for entity in rules.ENTITIES:
        yield defaults.definition(stream_name(entity), entity, None)


def segmentation_streams(
    segmentations: tuple[str, ...], defaults: StatsDefaults, problems: Problems
) -> Iterator[StatsDefinition]:
    """Yield one stream per segmentation and entity type that allows it and keeps a metric group.

    Args:
        segmentations: Entries of `segmentation_types`.
        defaults: What the settings give all streams.
        problems: Where unusable entries are reported.
    """
    for segmentation in segmentations:
        entities = [e for e in rules.ENTITIES if defaults.groups(e, segmentation)]
        if not entities:
            possible = {g for e in rules.ENTITIES for g in rules.allowed_groups(e, segmentation)}
            names = ", ".join(group for group in rules.METRIC_GROUPS if group in possible)
            problems.add(
                "segmentation_types",
                f"{segmentation} allows the metric groups {names} only, and setting 'metric_groups' "
                f"({', '.join(defaults.metric_groups or ())}) leaves none of them",
            )
        for entity in entities:
            yield defaults.definition(stream_name(entity, segmentation), entity, segmentation)


def historic_names(streams: Iterable[StatsDefinition]) -> tuple[str, ...]:
    """Return what the user asks for though the API's present documentation lacks it, each once.

    Historic entity types count only in reports, because their built-in streams exist without being asked for.
    """
    found: dict[str, None] = {}
    for stream in streams:
        if stream.segmentation_type and not rules.SEGMENTATIONS[stream.segmentation_type].current:
            found[f"segmentation {stream.segmentation_type}"] = None
        if rules.ENTITIES[stream.entity].historic and stream.name != stream_name(stream.entity):
            found[f"entity type {stream.entity}"] = None
        for group in rules.HISTORIC_METRIC_GROUPS.intersection(stream.metric_groups):
            found[f"metric group {group}"] = None
    return tuple(found)
