"""What older config files call otherwise."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.settings.declaration import NO_SEGMENT

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_twitter_ads_async.settings.problems import Problems

ALIASES = {"attribution_window": "lookback_days"}
"""Old name → name, of settings."""

REPORT_ALIASES = {"segment": "segmentation_type"}
"""Old name → name, in an entry of `reports`."""


def _same(one: object, other: object) -> bool:
    """Return whether two spellings of a value, such as 14 and "14", mean the same."""
    return str(one).strip().upper() == str(other).strip().upper()


@dataclass(frozen=True, slots=True)
class Renamed:
    """Settings under their present names, and the names that the user wrote.

    Attributes:
        values: Raw value by present name; null ones are left out.
        written: Old name by present name, for those that were written so.
    """

    values: dict[str, t.Any]
    written: dict[str, str]


def with_present_names(
    raw: Mapping[str, t.Any], aliases: Mapping[str, str], problems: Problems, where: str = ""
) -> Renamed:
    """Return settings under their present names.

    Args:
        raw: Settings, or an entry of `reports`, as the user wrote it.
        aliases: Old name → present name.
        problems: Told where an old and a present name disagree.
        where: Prefix of the setting's name in problems, such as `reports[0].`.
    """
    present = {name: value for name, value in raw.items() if value is not None}
    written: dict[str, str] = {}
    for old, name in aliases.items():
        if old not in present:
            continue
        value = present.pop(old)
        if name not in present:
            present[name] = value
            written[name] = old
        elif not _same(value, present[name]):
            problems.add(f"{where}{old}", f"is an alias of '{name}', and both are given and differ; keep one")
    return Renamed(present, written)


def says_no_segment(value: object) -> bool:
    """Return whether a report's segmentation is the word for "none"."""
    return _same(value, NO_SEGMENT)
