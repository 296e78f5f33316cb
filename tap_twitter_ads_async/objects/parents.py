"""Values that requests fan out over, read once per run."""

from __future__ import annotations

import threading
import typing as t

from tap_twitter_ads_async.objects.declaration import COUNTRY_CODES

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tap_twitter_ads_async.objects.declaration import FanOut, ObjectEndpoint

    Record = dict[str, t.Any]
    Read = t.Callable[[ObjectEndpoint, "ParentValues", str], None]


class Parents(t.NamedTuple):
    """Values to ask for.

    Attributes:
        values: Each once, in the order of the sources.
        as_of: What came later is not among them; None where they are of a setting.
    """

    values: list[str]
    as_of: datetime | None


class _Known(t.NamedTuple):
    """Ids of a source's objects and whether each is deleted, and when their reading began."""

    values: dict[str, bool]
    as_of: datetime


class ParentValues:
    """Values that requests fan out over, read once per run, account and source, shared by all streams.

    Safe for use from many threads, one per account.

    Args:
        country_codes: ISO codes of setting `country_codes`, which some endpoints fan out over.
        endpoints: All declarations, by name.
        read: Reads an endpoint of an account to its end, and calls `remember` with what it found.
    """

    def __init__(self, country_codes: tuple[str, ...], endpoints: t.Mapping[str, ObjectEndpoint], read: Read) -> None:
        self._country_codes = country_codes
        self._read = read
        self._endpoints = endpoints
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], _Known] = {}
        self._fields = {
            source: e.fan_out.field for e in endpoints.values() if e.fan_out is not None for source in e.fan_out.sources
        }

    def get(self, account_id: str, fan_out: FanOut) -> Parents:
        """Return the values to ask for.

        Raises:
            ApiError: A source could not be read.
        """
        if fan_out.sources == (COUNTRY_CODES,):
            return Parents(list(self._country_codes), None)
        found: dict[str, bool] = {}
        sources = [self._of_source(account_id, self._endpoints[source]) for source in fan_out.sources]
        for source in sources:
            found |= source.values
        wanted = [v for v, deleted in found.items() if fan_out.deleted_parents or not deleted]
        return Parents(wanted, min(source.as_of for source in sources))

    def values_of(self, endpoint: ObjectEndpoint, page: Iterable[Record]) -> dict[str, bool]:
        """Return the values that a page of a source holds, and whether their records are deleted."""
        field = self._fields.get(endpoint.name)
        if field is None:
            return {}
        return {str(r[field]): bool(r.get("deleted")) for r in page if r.get(field) not in {None, ""}}

    def remember(self, account_id: str, endpoint: ObjectEndpoint, values: dict[str, bool], as_of: datetime) -> None:
        """Keep what a stream has read completely, so that nothing reads it again.

        Args:
            account_id: Ads account.
            endpoint: Where the objects were read.
            values: Ids of the objects, and whether each is deleted.
            as_of: When the reading began.
        """
        if endpoint.name in self._fields:
            with self._lock:
                self._known.setdefault((account_id, endpoint.name), _Known(values, as_of))

    def _of_source(self, account_id: str, endpoint: ObjectEndpoint) -> _Known:
        key = (account_id if endpoint.per_account else "", endpoint.name)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            self._read(endpoint, self, key[0])
            with self._lock:
                known = self._known[key]
        return known
