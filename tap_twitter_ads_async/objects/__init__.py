"""Object streams: what the metrics are joined with, one declaration per endpoint, and the history of changes."""

from __future__ import annotations

import typing as t
from functools import lru_cache

from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.history.reading import HISTORY
from tap_twitter_ads_async.objects.history.stream import HistoryStream
from tap_twitter_ads_async.objects.parents import ParentValues
from tap_twitter_ads_async.objects.reading import Reading
from tap_twitter_ads_async.objects.stream import ObjectStream

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from singer_sdk import Tap

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint
    from tap_twitter_ads_async.run.context import RunContext
    from tap_twitter_ads_async.singer.stream import AdsStream


def object_streams(
    tap: Tap,
    run: Callable[[], RunContext],
    selected: Callable[[str], bool],
    endpoints: Sequence[ObjectEndpoint] = ENDPOINTS,
) -> list[AdsStream]:
    """Return one stream per declaration, and that of their changes.

    Args:
        tap: The tap.
        run: Gives what the run shares; not called before one of the streams is read.
        selected: Whether the stream of a name is wanted.
        endpoints: The declarations, those that nobody selected too: other streams may read them.
    """
    parents = _parents(run, endpoints)
    streams: list[AdsStream] = [ObjectStream(tap, e, run, parents) for e in endpoints if selected(e.name)]
    return [*streams, HistoryStream(tap, run, parents)] if selected(HISTORY.name) else streams


def _parents(run: Callable[[], RunContext], endpoints: Sequence[ObjectEndpoint]) -> Callable[[], ParentValues]:
    """Return what makes, when it is first called, the values that requests fan out over."""

    def read(endpoint: ObjectEndpoint, values: ParentValues, account_id: str) -> None:
        for _ in Reading(endpoint, run(), values, account_id).pages():
            pass

    @lru_cache(maxsize=1)
    def parents() -> ParentValues:
        return ParentValues(run().settings.country_codes, {e.name: e for e in endpoints}, read)

    return parents
