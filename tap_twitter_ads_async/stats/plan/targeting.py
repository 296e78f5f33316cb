"""Countries and platforms as the API wants them, with as few look-ups as can be.

Look-ups are counted for the token, so a value comes from the first of: what the API's documentation states, what
this run has read, what an earlier run has read, the API. Names that an earlier run's list lacks are looked up again.
A list that cannot be had costs the streams that need it, and is asked for once.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import typing as t
from http import HTTPStatus

from tap_twitter_ads_async.errors import (
    AccountUnreadable,
    ApiError,
    CredentialsRejected,
    ListNotOffered,
    NotOffered,
    SettingsError,
    Unavailable,
)
from tap_twitter_ads_async.stats.plan.spec import TargetingValue

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from tap_twitter_ads_async.api.client import AdsApi
    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.plan.targeting_cache import TargetingCache

    Values = list[TargetingValue]

logger = logging.getLogger("tap-twitter-ads-async")

WELL_KNOWN_COUNTRIES = (TargetingValue("96683cc9126741d1", "US"),)
"""The one that the API's reference states, where it explains the parameter `country`; also the default."""
COUNTRIES, PLATFORMS = "countries", "platforms"


class Targeting:
    """Resolves country codes and platform names to targeting values. Thread-safe.

    Args:
        api: Where lists are read.
        cache: Lists of earlier runs, None for none.
    """

    def __init__(self, api: AdsApi, cache: TargetingCache | None = None) -> None:
        self._api = api
        self._cache = cache
        self._lock = threading.Lock()
        self._read: dict[str, Values] = {}
        self._final: set[str] = set()
        self._failed: dict[str, ApiError] = {}

    def check(self, definitions: Iterable[StatsDefinition]) -> None:
        """Resolve everything the streams name, before any job is created.

        A list that cannot be had is no error here: only the streams that need it fail, when they are planned.

        Raises:
            SettingsError: Codes or names that the API does not know; one message lists those it knows.
            CredentialsRejected: The API does not accept the credentials.
        """
        problems: list[str] = []
        for definition in definitions:
            for resolve in (self.countries, self.platforms):
                try:
                    resolve(definition)
                except CredentialsRejected:
                    raise
                except ApiError as error:
                    logger.debug("Stream %s cannot be planned: %s", definition.name, error)
                except SettingsError as error:
                    problems.append(str(error))
        if problems:
            raise SettingsError("\n".join(dict.fromkeys(problems)))

    def countries(self, definition: StatsDefinition) -> tuple[TargetingValue | None, ...]:
        """Return the countries of a stream, `(None,)` where its segmentation needs none.

        Raises:
            SettingsError: The API does not know one.
            ApiError: It does not list them.
        """
        if not definition.needs_country:
            return (None,)
        codes = definition.country_codes
        known = _by_label(WELL_KNOWN_COUNTRIES)
        if not known.keys() >= set(codes):
            known |= _by_label(self._list(COUNTRIES, self._ask_countries, codes))
        missing = [code for code in codes if code not in known]
        if missing:
            raise SettingsError(
                f"Setting 'country_codes' of stream {definition.name}: {', '.join(missing)} unknown to the API. "
                f"It knows: {', '.join(sorted(known))}"
            )
        return tuple(known[code] for code in codes)

    def platforms(self, definition: StatsDefinition) -> tuple[TargetingValue | None, ...]:
        """Return the platforms of a stream, all where it names none; `(None,)` where none is needed.

        Raises:
            SettingsError: The API does not know one.
            ApiError: It does not list them.
        """
        if not definition.needs_platform:
            return (None,)
        wanted = [name.casefold() for name in definition.platforms]
        known = self._list(PLATFORMS, self._ask_platforms, wanted)
        if not wanted:
            return tuple(known)
        by_name = _by_name(known)
        missing = [name for name in definition.platforms if name.casefold() not in by_name]
        if missing:
            listed = ", ".join(f"{p.label} ({p.value})" for p in known)
            raise SettingsError(
                f"Setting 'platforms' of stream {definition.name}: {', '.join(missing)} unknown to the API. "
                f"It knows: {listed}"
            )
        return tuple(dict.fromkeys(by_name[name] for name in wanted))

    def distrust(self) -> None:
        """Have the next run look everything up: the API refused a country or a platform."""
        if self._cache is not None:
            self._cache.forget()

    def _list(self, name: str, ask: Callable[[], Values], wanted: Collection[str]) -> Values:
        """Return a list that this run or, if it has all that is wanted, an earlier one has read; else ask."""
        with self._lock:
            known = self._read.get(name)
            if name in self._final or (known and _has(known, wanted)):
                return self._read[name]
            self._read[name] = self._kept_list(name, wanted) or self._asked(name, ask, wanted)
            return self._read[name]

    def _kept_list(self, name: str, wanted: Collection[str]) -> Values | None:
        kept = self._cache.read(name) if self._cache is not None else None
        return kept if kept and _has(kept, wanted) else None

    def _asked(self, name: str, ask: Callable[[], Values], wanted: Collection[str]) -> Values:
        with self._cache.asking() if self._cache is not None else contextlib.nullcontext():
            kept = self._kept_list(name, wanted)  # of another run that was asking meanwhile
            if kept is not None:
                return kept
            if name in self._failed:
                raise self._failed[name]
            try:
                asked = _had(name, ask)
            except ApiError as error:
                self._failed[name] = error
                raise
            self._final.add(name)
            if self._cache is not None:
                self._cache.write(name, asked)
            return asked

    def _ask_countries(self) -> Values:
        return [
            TargetingValue(str(row["targeting_value"]), str(row["country_code"]).upper())
            for row in self._api.countries()
            if row.get("country_code") and row.get("targeting_value")
        ]

    def _ask_platforms(self) -> Values:
        return [
            TargetingValue(str(row["targeting_value"]), str(row.get("name") or row["targeting_value"]))
            for row in self._api.platforms()
            if row.get("targeting_value") not in {None, ""}
        ]


def _had(name: str, ask: Callable[[], Values]) -> Values:
    """Ask for a list.

    Raises:
        ListNotOffered: The API does not have it. A 403 says so too: the list belongs to no account that it could close.
        Unavailable: It is empty: no segmentation of nothing would be an answer.
        ApiError: It cannot be had.
    """
    try:
        asked = ask()
    except (NotOffered, AccountUnreadable) as error:
        raise ListNotOffered(error.what, status=error.status, details=error.details) from error
    if not asked:
        raise Unavailable(f"The list of {name} is empty", status=HTTPStatus.OK)
    return asked


def _by_label(values: Iterable[TargetingValue]) -> dict[str, TargetingValue]:
    return {value.label: value for value in values}


def _by_name(values: Iterable[TargetingValue]) -> dict[str, TargetingValue]:
    return {key.casefold(): value for value in values for key in (value.label, value.value)}


def _has(values: Values, wanted: Collection[str]) -> bool:
    """Whether a list has all that is wanted; a list for which nothing is wanted by name has."""
    return _by_name(values).keys() >= {name.casefold() for name in wanted}
