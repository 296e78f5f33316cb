"""From a raw config to `Settings`, or to one error that names everything wrong with it."""

from __future__ import annotations

import logging
import typing as t
from dataclasses import dataclass
from functools import partial

from tap_twitter_ads_async.api.connection import Credentials
from tap_twitter_ads_async.clock import Clock
from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.settings import connection, dates, legacy, values
from tap_twitter_ads_async.settings.batches import batch_settings
from tap_twitter_ads_async.settings.declaration import (
    GRANULARITIES,
    REACH_PERIODS,
    REQUIRED,
    SECRETS,
    SETTINGS,
    STATS_ENDPOINTS,
)
from tap_twitter_ads_async.settings.model import Bound, Granularity, ReachPeriod, Settings, StatsEndpoint
from tap_twitter_ads_async.settings.problems import Problems
from tap_twitter_ads_async.settings.reports import report_streams
from tap_twitter_ads_async.settings.sdk import check_sdk_settings, sdk_jsonschema
from tap_twitter_ads_async.settings.streams import (
    StatsDefaults,
    StreamNames,
    builtin_streams,
    historic_names,
    segmentation_streams,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from tap_twitter_ads_async.settings.model import StatsDefinition

_T = t.TypeVar("_T")
_D = t.TypeVar("_D")

logger = logging.getLogger("tap-twitter-ads-async")


@dataclass(frozen=True, slots=True)
class _Source:
    """The raw settings under their present names, and where problems go."""

    raw: Mapping[str, t.Any]
    written: Mapping[str, str]
    problems: Problems

    def take(self, name: str, convert: Callable[[object], _T], default: _D) -> _T | _D:
        """Return a setting converted; the default where it is left out or wrong."""
        if name not in self.raw:
            return default
        return self.problems.check(self.written.get(name, name), self.raw[name], convert, default)

    def integer(self, name: str) -> int:
        """Return a whole number with the bounds and the default of its declaration."""
        declared = SETTINGS[name]
        convert = partial(values.integer, minimum=declared.get("minimum"), maximum=declared.get("maximum"))
        return t.cast("int", self.take(name, convert, declared.get("default")))


def _check_names(raw: Mapping[str, t.Any], problems: Problems) -> None:
    """Record settings that nobody knows."""
    known = (*SETTINGS, *sdk_jsonschema()["properties"])
    for name in raw:
        if name not in known:
            near = values.suggestion(name, known)
            problems.add(name, f"is unknown{near}; the settings are {', '.join(known)}")


def _check_required(source: _Source) -> None:
    for name in REQUIRED:
        if name not in source.raw:
            source.problems.add(name, f"is missing, and is required. {SETTINGS[name]['description']}")


def _period(source: _Source, now: datetime) -> tuple[Bound, Bound | None]:
    """Return start and end, having checked their order."""
    start = source.take("start_date", dates.bound, None)
    end = source.take("end_date", dates.bound, None)
    if start and dates.begins_in_future(start, now):
        source.problems.add("start_date", f"must not be in the future, and is {source.raw['start_date']}")
    if start and end and not dates.ends_after(start, end):
        source.problems.add(
            "end_date",
            f"must be after start_date ({source.raw['start_date']}), because it is exclusive, "
            f"and is {source.raw['end_date']}",
        )
    return start or Bound(day=now.date()), end


def _stats_defaults(source: _Source) -> StatsDefaults:
    granularity = source.take("granularity", lambda value: values.choice(value, GRANULARITIES), "DAY")
    lookback = SETTINGS["lookback_days"]
    return StatsDefaults(
        granularity=Granularity(granularity),
        metric_groups=source.take("metric_groups", lambda value: values.some_choices(value, rules.METRIC_GROUPS), None),
        placements=source.take(
            "placements", lambda value: values.some_choices(value, rules.PLACEMENTS), rules.PLACEMENTS
        ),
        country_codes=_countries(source),
        platforms=source.take("platforms", values.some_strings, ()),
        window_days=source.integer("window_days"),
        lookback_days=source.take(
            "lookback_days",
            partial(values.integer, minimum=lookback["minimum"], maximum=lookback["maximum"]),
            None,
        ),
    )


def _countries(source: _Source) -> tuple[str, ...]:
    return source.take("country_codes", values.country_codes, tuple(SETTINGS["country_codes"]["default"]))


def _reach_periods(source: _Source) -> tuple[ReachPeriod, ...]:
    chosen = source.take("reach_periods", lambda value: values.some_choices(value, REACH_PERIODS), ("MONTH",))
    return tuple(ReachPeriod(name) for name in dict.fromkeys(chosen))


def _check_window(definitions: Iterable[StatsDefinition], defaults: StatsDefaults, problems: Problems) -> None:
    """Record a window that is too long for a segmented stream."""
    segmented = [definition.name for definition in definitions if definition.segmented]
    if segmented and defaults.window_days > rules.MAX_DAYS_SEGMENTED:
        more = f" and {len(segmented) - 1} more" if len(segmented) > 1 else ""
        problems.add(
            "window_days",
            f"must be a whole number from 1 to {rules.MAX_DAYS_SEGMENTED} when a stream is segmented "
            f"({segmented[0]}{more}), not {defaults.window_days}",
        )


def _streams(source: _Source, defaults: StatsDefaults, object_names: frozenset[str]) -> tuple[StatsDefinition, ...]:
    problems = source.problems
    segmentations = source.take("segmentation_types", lambda value: values.choices(value, rules.SEGMENTATIONS), ())
    builtin = [*builtin_streams(defaults), *segmentation_streams(segmentations, defaults, problems)]
    names = StreamNames([*object_names, *(stream.name for stream in builtin)])
    entries: list[object] = source.take("reports", values.objects, [])
    reports = list(report_streams(entries, defaults, names, problems))
    _check_window([*builtin, *reports], defaults, problems)
    return (*builtin, *reports)


def _credentials(source: _Source) -> Credentials:
    return Credentials(**{name: source.take(name, values.secret, "") for name in SECRETS})


def parse_settings(
    raw: Mapping[str, t.Any],
    *,
    require: bool = True,
    object_names: frozenset[str] = frozenset(),
    now: datetime | None = None,
) -> Settings:
    """Return the settings of a raw config.

    Args:
        raw: The config as files and environment variables give it; strings are taken for numbers, booleans
            and lists where the setting is one. Null means left out.
        require: Whether the required settings must be there; without them, discovery gets placeholders.
        object_names: Names of the object streams, which a report must not take.
        now: The present moment (UTC), for what must not be in the future; None for the clock's.

    Returns:
        Settings that are complete and possible, as far as can be known without a request.

    Raises:
        InvalidSettingsError: Anything is wrong; the message names every problem, and no secret.
    """
    problems = Problems({name: raw.get(name) for name in SECRETS})
    _check_names(raw, problems)
    renamed = legacy.with_present_names(raw, legacy.ALIASES, problems)
    source = _Source(renamed.values, renamed.written, problems)
    if require:
        _check_required(source)
    check_sdk_settings(source.raw, problems)
    start, end = _period(source, now or Clock().now())
    defaults = _stats_defaults(source)
    settings = Settings(
        credentials=_credentials(source),
        start=start,
        end=end,
        account_ids=source.take("account_ids", values.account_ids, None),
        country_codes=defaults.country_codes,
        stats=_streams(source, defaults, object_names),
        max_concurrent_jobs=source.integer("max_concurrent_jobs"),
        job_timeout_seconds=source.integer("job_timeout_seconds"),
        with_deleted=source.take("with_deleted", values.boolean, True),
        newest_first=source.take("newest_first", values.boolean, False),
        personal_data=source.take("personal_data", values.boolean, False),
        page_size=source.integer("page_size"),
        reach_periods=_reach_periods(source),
        stats_endpoint=StatsEndpoint(
            source.take("stats_endpoint", lambda value: values.choice(value, STATS_ENDPOINTS), "ASYNC")
        ),
        request_timeout=source.take("request_timeout", values.seconds, SETTINGS["request_timeout"]["default"]),
        user_agent=source.take("user_agent", connection.user_agent, connection.default_user_agent()),
        api_url=source.take("api_url", connection.base_url, SETTINGS["api_url"]["default"]),
        api_version=source.take("api_version", connection.version, SETTINGS["api_version"]["default"]),
        batches=batch_settings(source.raw.get("batch_config"), problems),
        report_path=source.take("report_path", values.folder, None),
    )
    problems.raise_if_any()
    for name in historic_names(settings.stats):
        logger.warning("The API's present documentation no longer lists %s; the API may refuse it.", name)
    return settings


def report_folder(raw: Mapping[str, t.Any]) -> Path | None:
    """Return the folder of reports of a config that is wrong elsewhere; None where it names none that can be meant."""
    try:
        return values.folder(raw["report_path"])
    except (KeyError, values.WrongValueError):
        return None
