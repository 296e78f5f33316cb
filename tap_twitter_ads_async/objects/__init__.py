"""Object streams: what the metrics are joined with, one declaration per endpoint."""

from __future__ import annotations

import typing as t
from functools import lru_cache

from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.parents import ParentValues
from tap_twitter_ads_async.objects.stream import ObjectStream

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from singer_sdk import Tap

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint
    from tap_twitter_ads_async.run import Run


def object_streams(
    tap: Tap, run: Callable[[], Run], endpoints: Sequence[ObjectEndpoint] = ENDPOINTS
) -> list[ObjectStream]:
    """Return one stream per declaration.

    Args:
        tap: The tap.
        run: Gives what the run shares; not called before one of the streams is read.
        endpoints: The declarations.
    """

    @lru_cache(maxsize=1)
    def parents() -> ParentValues:
        return ParentValues(run(), {e.name: e for e in endpoints})

    return [ObjectStream(tap, endpoint, run, parents) for endpoint in endpoints]
