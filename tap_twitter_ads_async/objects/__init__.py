"""Object streams: what the metrics are joined with, one declaration per endpoint."""

from __future__ import annotations

import typing as t
from functools import lru_cache

from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.history.stream import HistoryStream
from tap_twitter_ads_async.objects.parents import ParentValues
from tap_twitter_ads_async.objects.reading import Reading
from tap_twitter_ads_async.objects.stream import ObjectStream

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from singer_sdk import Tap

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint
    from tap_twitter_ads_async.run.context import RunContext


def object_streams(
    tap: Tap, run: Callable[[], RunContext], endpoints: Sequence[ObjectEndpoint] = ENDPOINTS
) -> list[ObjectStream | HistoryStream]:
    """Return one stream per declaration, and the one of their changes.

    Args:
        tap: The tap.
        run: Gives what the run shares; not called before one of the streams is read.
        endpoints: The declarations.
    """

    def read(endpoint: ObjectEndpoint, values: ParentValues, account_id: str) -> None:
        for _ in Reading(endpoint, run(), values, account_id).pages():
            pass

    @lru_cache(maxsize=1)
    def parents() -> ParentValues:
        return ParentValues(run().settings.country_codes, {e.name: e for e in endpoints}, read)

    streams = [ObjectStream(tap, endpoint, run, parents) for endpoint in endpoints]
    return [*streams, HistoryStream(tap, run, parents)]
