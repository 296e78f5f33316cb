"""Placements that the change feed names and this tap does not know: the API adds values at any time."""

from __future__ import annotations

import logging
import threading
import typing as t

from tap_twitter_ads_async.domain import rules

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.settings.model import StatsDefinition

logger = logging.getLogger("tap-twitter-ads-async")


class KnownPlacements:
    """The placements to ask for of those that the change feed names; reports each unknown one once per run."""

    def __init__(self) -> None:
        self._reported: set[str] = set()
        self._lock = threading.Lock()

    def wanted(self, definition: StatsDefinition, named: frozenset[str]) -> frozenset[str]:
        """Return the placements to ask for: a user who restricts none wants all there are, unknown ones too.

        Args:
            definition: The stream.
            named: What the change feed names.
        """
        wanted = named & {*definition.placements}
        unknown = named - {*rules.PLACEMENTS} - wanted
        if not unknown:
            return wanted
        asked = {*rules.PLACEMENTS} <= {*definition.placements}
        for placement in self._first_seen(unknown):
            logger.warning(
                "The change feed names placement %s, which this tap does not know; it is %s",
                placement,
                "extracted anyway" if asked else "skipped, because setting 'placements' does not list it",
            )
        return wanted | unknown if asked else wanted

    def _first_seen(self, unknown: frozenset[str]) -> list[str]:
        """Return what was not reported before; accounts are planned side by side."""
        with self._lock:
            new = sorted(unknown - self._reported)
            self._reported.update(new)
        return new
