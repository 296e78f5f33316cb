"""Countries and platforms as the API wants them: one look-up of each list per run, shared by all streams."""

from __future__ import annotations

import threading
import typing as t

from tap_twitter_ads_async.errors import SettingsError
from tap_twitter_ads_async.stats.plan.spec import TargetingValue

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.api.client import AdsApi
    from tap_twitter_ads_async.settings.model import StatsDefinition


class Targeting:
    """Resolves country codes and platform names to targeting values. Thread-safe."""

    def __init__(self, api: AdsApi) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._countries: dict[str, TargetingValue] | None = None
        self._platforms: list[TargetingValue] | None = None

    def check(self, definitions: Iterable[StatsDefinition]) -> None:
        """Resolve everything the streams name, before any job is created.

        Raises:
            SettingsError: Codes or names that the API does not know; one message lists those it knows.
        """
        problems: list[str] = []
        for definition in definitions:
            for resolve in (self.countries, self.platforms):
                try:
                    resolve(definition)
                except SettingsError as error:
                    problems.append(str(error))
        if problems:
            raise SettingsError("\n".join(dict.fromkeys(problems)))

    def countries(self, definition: StatsDefinition) -> tuple[TargetingValue | None, ...]:
        """Return the countries of a stream, `(None,)` where its segmentation needs none."""
        if not definition.needs_country:
            return (None,)
        known = self._all_countries()
        missing = [code for code in definition.country_codes if code not in known]
        if missing:
            raise SettingsError(
                f"Setting 'country_codes' of stream {definition.name}: {', '.join(missing)} unknown to the API. "
                f"It knows: {', '.join(sorted(known))}"
            )
        return tuple(known[code] for code in definition.country_codes)

    def platforms(self, definition: StatsDefinition) -> tuple[TargetingValue | None, ...]:
        """Return the platforms of a stream, all where it names none; `(None,)` where none is needed."""
        if not definition.needs_platform:
            return (None,)
        known = self._all_platforms()
        if not definition.platforms:
            return tuple(known)
        by_name = {key.casefold(): p for p in known for key in (p.label, p.value)}
        missing = [name for name in definition.platforms if name.casefold() not in by_name]
        if missing:
            listed = ", ".join(f"{p.label} ({p.value})" for p in known)
            raise SettingsError(
                f"Setting 'platforms' of stream {definition.name}: {', '.join(missing)} unknown to the API. "
                f"It knows: {listed}"
            )
        return tuple(dict.fromkeys(by_name[name.casefold()] for name in definition.platforms))

    def _all_countries(self) -> dict[str, TargetingValue]:
        with self._lock:
            if self._countries is None:
                self._countries = {
                    str(row["country_code"]).upper(): TargetingValue(
                        str(row["targeting_value"]), str(row["country_code"]).upper()
                    )
                    for row in self._api.countries()
                    if row.get("country_code") and row.get("targeting_value")
                }
            return self._countries

    def _all_platforms(self) -> list[TargetingValue]:
        with self._lock:
            if self._platforms is None:
                self._platforms = [
                    TargetingValue(str(row["targeting_value"]), str(row.get("name") or row["targeting_value"]))
                    for row in self._api.platforms()
                    if row.get("targeting_value") not in {None, ""}
                ]
            return self._platforms
