"""Values that requests fan out over, read once per run."""

from __future__ import annotations

import threading
import typing as t

from tap_twitter_ads_async.objects.declaration import COUNTRY_CODES

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.objects.declaration import FanOut, ObjectEndpoint

    Record = dict[str, t.Any]
    Read = t.Callable[[ObjectEndpoint, "ParentValues", str], None]


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
        self._known: dict[tuple[str, str], dict[str, bool]] = {}
        self._fields = {
            source: e.fan_out.field for e in endpoints.values() if e.fan_out is not None for source in e.fan_out.sources
        }

    def get(self, account_id: str, fan_out: FanOut) -> list[str]:
        """Return the values to ask for, each once, in the order of the sources.

        Raises:
            ApiError: A source could not be read.
        """
        if fan_out.sources == (COUNTRY_CODES,):
            return list(self._country_codes)
        found: dict[str, bool] = {}
        for source in fan_out.sources:
            found |= self._of_source(account_id, self._endpoints[source])
        return [v for v, deleted in found.items() if fan_out.deleted_parents or not deleted]

    def values_of(self, endpoint: ObjectEndpoint, page: Iterable[Record]) -> dict[str, bool]:
        """Return the values that a page of a source holds, and whether their records are deleted."""
        field = self._fields.get(endpoint.name)
        if field is None:
            return {}
        return {str(r[field]): bool(r.get("deleted")) for r in page if r.get(field) not in {None, ""}}

    def remember(self, account_id: str, endpoint: ObjectEndpoint, values: dict[str, bool]) -> None:
        """Keep what a stream has read completely, so that nothing reads it again.

        Args:
            account_id: Ads account.
            endpoint: Where the objects were read.
            values: Ids of the objects, and whether each is deleted.
        """
        if endpoint.name in self._fields:
            with self._lock:
                self._known.setdefault((account_id, endpoint.name), values)

    def _of_source(self, account_id: str, endpoint: ObjectEndpoint) -> dict[str, bool]:
        key = (account_id if endpoint.per_account else "", endpoint.name)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            self._read(endpoint, self, key[0])
            with self._lock:
                known = self._known[key]
        return known
