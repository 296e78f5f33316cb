"""The stats streams of setting `reports`."""

from __future__ import annotations

import logging
import re
import typing as t
from dataclasses import replace

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.settings import values
from tap_twitter_ads_async.settings.declaration import GRANULARITIES, REPORT_KEYS
from tap_twitter_ads_async.settings.legacy import REPORT_ALIASES, says_no_segment, with_present_names
from tap_twitter_ads_async.settings.model import Granularity

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.settings.problems import Problems
    from tap_twitter_ads_async.settings.streams import StatsDefaults, StreamNames

_T = t.TypeVar("_T")

logger = logging.getLogger("tap-twitter-ads-async")


def _name(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", value.strip()):
        return value.strip()
    raise values.WrongValueError(
        f"must consist of letters, digits, _ and -, and must not begin with a digit or -; it is {values.shown(value)}",
    )


def _fields(value: object) -> dict[str, t.Any]:
    if isinstance(value, dict):
        return value
    raise values.WrongValueError(f"must be an object with name and entity, not {values.shown(value)}")


def _entity(value: object) -> str:
    return values.choice(value, rules.ENTITIES)


def _segmentation(value: object) -> str:
    return values.choice(value, rules.SEGMENTATIONS)


def _granularity(value: object) -> Granularity:
    return Granularity(values.choice(value, GRANULARITIES))


def _groups(value: object) -> tuple[str, ...]:
    return values.some_choices(value, rules.METRIC_GROUPS)


def _placements(value: object) -> tuple[str, ...]:
    return values.some_choices(value, rules.PLACEMENTS)


class _Report:
    """One entry of `reports`, read field by field."""

    def __init__(self, index: int, raw: dict[str, t.Any], defaults: StatsDefaults, problems: Problems) -> None:
        self._at = f"reports[{index}]"
        self._defaults = defaults
        self._problems = problems
        renamed = with_present_names(raw, REPORT_ALIASES, problems, f"{self._at}.")
        self._raw = renamed.values
        self._written = renamed.written
        if says_no_segment(self._raw.get("segmentation_type")):
            del self._raw["segmentation_type"]
        self._unknown_keys(raw)

    def _unknown_keys(self, raw: dict[str, t.Any]) -> None:
        for key in raw:
            if key not in REPORT_KEYS:
                near = values.suggestion(key, REPORT_KEYS)
                self._add(key, f"is unknown{near}; known are {', '.join(REPORT_KEYS)}")

    def _setting(self, key: str) -> str:
        """Return how a problem names a key: as the user wrote it."""
        return f"{self._at}.{self._written.get(key, key)}"

    def _add(self, key: str, phrase: str) -> None:
        self._problems.add(self._setting(key), phrase)

    def _take(self, key: str, convert: Callable[[object], _T]) -> _T | None:
        if key not in self._raw:
            return None
        return self._problems.check(self._setting(key), self._raw[key], convert, None)

    def _required(self, key: str, convert: Callable[[object], _T], allowed: str) -> _T | None:
        if key not in self._raw:
            self._add(key, f"is missing; {allowed}")
        return self._take(key, convert)

    def _claim_name(self, name: str, names: StreamNames) -> None:
        holder = names.claim(name, self._at)
        if holder:
            self._add("name", f"must be unique, and {name} is the name of {holder}; choose another")

    def definition(self, names: StreamNames) -> StatsDefinition | None:
        """Return the stream; None where the entry is too wrong, which has been recorded."""
        name = self._required("name", _name, "every report needs the name of its stream")
        if name is not None:
            self._claim_name(name, names)
        entity = self._required("entity", _entity, f"it must be one of {', '.join(rules.ENTITIES)}")
        segmentation = self._take("segmentation_type", _segmentation)
        wrong_segmentation = segmentation is None and "segmentation_type" in self._raw
        own = self._own(segmentation)
        groups = self._take("metric_groups", _groups)
        if entity is None or wrong_segmentation:
            return None
        definition = replace(self._defaults.definition(name or self._at, entity, segmentation), **own)
        complete = self._with_groups(definition, groups)
        return complete if name else None

    def _own(self, segmentation: str | None) -> dict[str, t.Any]:
        """Return what the entry itself sets and what its segmentation has a use for."""
        own: dict[str, t.Any] = {
            "granularity": self._take("granularity", _granularity),
            "placements": self._take("placements", _placements),
        }
        countries = self._take("country_codes", values.country_codes)
        platforms = self._take("platforms", values.some_strings)
        if self._useful("country_codes", "country", segmentation, rules.needs_country):
            own["country_codes"] = countries
        if self._useful("platforms", "platform", segmentation, rules.needs_platform):
            own["platforms"] = platforms
        return {key: value for key, value in own.items() if value is not None}

    def _useful(self, key: str, what: str, segmentation: str | None, needed: Callable[[str | None], bool]) -> bool:
        if needed(segmentation):
            return True
        if key in self._raw:
            logger.warning(
                "Setting %s.%s has no effect: %s needs no %s.",
                self._at,
                key,
                f"segmentation {segmentation}" if segmentation else "a report without segmentation",
                what,
            )
        return False

    def _with_groups(self, definition: StatsDefinition, groups: tuple[str, ...] | None) -> StatsDefinition | None:
        """Return the stream with its metric groups, having refused those that cannot be."""
        entity, segmentation = definition.entity, definition.segmentation_type
        allowed = rules.allowed_groups(entity, segmentation)
        what = entity if segmentation is None else f"{entity} by {segmentation}"
        if not allowed:
            self._add("segmentation_type", self._impossible(entity, t.cast("str", segmentation)))
            return None
        if groups is None and not definition.metric_groups:
            self._add(
                "metric_groups",
                f"{what} allows {', '.join(allowed)}, and setting 'metric_groups' "
                f"({', '.join(self._defaults.metric_groups or ())}) leaves none of them; "
                "give the report its own",
            )
        excluded = [group for group in groups or () if group not in allowed]
        if excluded:
            self._add("metric_groups", f"{what} allows {', '.join(allowed)}, not {', '.join(excluded)}")
        if groups is None:
            return definition
        return replace(definition, metric_groups=tuple(group for group in allowed if group in groups))

    @staticmethod
    def _impossible(entity: str, segmentation: str) -> str:
        takes = [name for name in rules.SEGMENTATIONS if rules.allows(entity, name)]
        return (
            f"{entity} cannot be segmented by {segmentation}; "
            f"it allows {', '.join(takes) or 'no segmentation'}. "
            f"By {segmentation} can be segmented {', '.join(rules.entities_allowing(segmentation))}"
        )


def report_streams(
    entries: list[object], defaults: StatsDefaults, names: StreamNames, problems: Problems
) -> Iterator[StatsDefinition]:
    """Yield the streams of setting `reports`, in its order.

    Args:
        entries: The entries as the user wrote them.
        defaults: What an entry takes from the settings for what it leaves out.
        names: The names that are taken; those of the reports are added.
        problems: Told whatever is wrong with an entry; entries without a stream yield none.
    """
    for index, entry in enumerate(entries):
        fields = problems.check(f"reports[{index}]", entry, _fields, None)
        if fields is None:
            continue
        definition = _Report(index, fields, defaults, problems).definition(names)
        if definition is not None:
            yield definition
