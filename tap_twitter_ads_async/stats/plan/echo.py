"""Whether something that the API shows was made from a spec: one comparison for jobs and result files alike.

The API echoes parameters in its own forms: times in UTC, with an offset, as bare dates or as numbers, lists as lists or
as one text, single values as lists of one, numbers typed. What it does not echo contradicts nothing, where it is known
whose job it is; where a job is looked for, it must say itself that it is the one.
"""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.domain.calendar import read_moment

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tap_twitter_ads_async.stats.plan.spec import JobSpec

_LISTS = ("entity_ids", "metric_groups")
_TEXTS = ("entity", "granularity", "placement", "segmentation_type", "country", "platform")
_NO_TIME = (None, "", 0, "0")
_IDENTIFYING = ("entity", "entity_ids", "start_time", "end_time", "granularity", "placement", "metric_groups")
_NULL_WHERE_LEFT_OUT = dict.fromkeys(("segmentation_type", "country", "platform"))
"""An encoder that leaves out nulls makes no other job of one without a segmentation."""


def contradiction(echo: Mapping[str, t.Any], spec: JobSpec) -> str | None:
    """Return, in words, the first parameter that is not the spec's; None where nothing contradicts it.

    Args:
        echo: Parameters as the API shows them: a job object, or `request.params` of a result file.
        spec: What was asked for.
    """
    asked = spec.params()
    for key, bound in (("start_time", spec.start), ("end_time", spec.end)):
        if echo.get(key) not in _NO_TIME and not _is_moment(echo[key], str(asked[key]), bound, spec):
            return f"{key} is {echo[key]}, not {asked[key]}"
    for key in _LISTS:
        found = values_of(echo.get(key))
        if found and found != frozenset(asked[key] or ()):
            return f"{key} is {','.join(sorted(found))}, not {','.join(sorted(asked[key] or ()))}"
    for key in _TEXTS:
        if key in echo and (_text(echo[key]) or None) != asked[key]:
            return f"{key} is {echo[key]}, not {asked[key]}"
    account_id = echo.get("account_id")
    if account_id is not None and str(account_id) != spec.account_id:
        return f"account_id is {account_id}, not {spec.account_id}"
    return None


def answers(job: Mapping[str, t.Any], spec: JobSpec) -> bool:
    """Whether a job that nobody of this run created says of itself that it has the parameters of a spec."""
    return all(job.get(key) for key in _IDENTIFYING) and contradiction(_NULL_WHERE_LEFT_OUT | {**job}, spec) is None


def _text(value: t.Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def values_of(value: t.Any) -> frozenset[str]:
    """Return what the API shows as a list: a list, one text with commas, or a lone value; nothing is an empty one."""
    if value is None:
        return frozenset()
    values = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
    return frozenset(text for v in values if v is not None and (text := str(v).strip()))


def _is_moment(shown: t.Any, written: str, bound: datetime, spec: JobSpec) -> bool:
    text = str(shown)
    if text == written:
        return True
    moment = read_moment(shown)
    if moment is None:
        return False
    if len(text) == len("2026-01-31"):  # a bare date is the account's midnight
        return moment.date() == spec.zone.date_of(bound) and spec.zone.floor_day(bound) == bound
    return moment == bound
