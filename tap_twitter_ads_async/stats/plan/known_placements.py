"""Placements that the change feed names and this tap does not know: the API adds values at any time."""

from __future__ import annotations

import logging
import typing as t

from tap_twitter_ads_async.domain import rules

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.settings.model import StatsDefinition

logger = logging.getLogger("tap-twitter-ads-async")

_told: set[str] = set()


def wanted_placements(definition: StatsDefinition, named: frozenset[str]) -> frozenset[str]:
    """Return the placements to ask for of those that the change feed names.

    A user who restricts no placement wants all there are, unknown ones too. Each is reported by one WARNING.

    Args:
        definition: The stream.
        named: What the change feed names.
    """
    wanted = named & {*definition.placements}
    unknown = named - {*rules.PLACEMENTS} - wanted
    if not unknown:
        return wanted
    asked = {*rules.PLACEMENTS} <= {*definition.placements}
    for placement in sorted(unknown - _told):
        _told.add(placement)
        logger.warning(
            "The change feed names placement %s, which this tap does not know; it is %s",
            placement,
            "extracted anyway" if asked else "skipped, because setting 'placements' does not list it",
        )
    return wanted | unknown if asked else wanted
