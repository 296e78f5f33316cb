"""What both kinds of streams have in common."""

from __future__ import annotations

from singer_sdk import Stream
from singer_sdk.metrics import DEFAULT_LOG_INTERVAL
from typing_extensions import override

from tap_twitter_ads_async.singer.sdk_metrics import RecordCounter, SyncTimer


class AdsStream(Stream):
    """A stream of this tap: partitioned by ads account, measured as a whole, over all accounts."""

    @override
    def get_record_counter(
        self, *, endpoint: str | None = None, log_interval: float = DEFAULT_LOG_INTERVAL
    ) -> RecordCounter:
        """Return the counter of this stream's records over all accounts."""
        return RecordCounter(self.name, log_interval)

    @override
    def get_sync_timer(self) -> SyncTimer:
        """Return the timer of this stream over all accounts."""
        return SyncTimer(self.name)
