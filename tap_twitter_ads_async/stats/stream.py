"""One stats stream for the Singer SDK: windows of the session become records, and windows done become state."""

from __future__ import annotations

import sys
import typing as t

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.streams import Stream

from tap_twitter_ads_async.stats.flatten import Flattener
from tap_twitter_ads_async.stats.results import ResultMalformed
from tap_twitter_ads_async.stats.schema import REPLICATION_KEY, stats_key, stats_schema

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.session import StatsSession
    from tap_twitter_ads_async.stats.tasks import WindowRun


class StatsStream(Stream):
    """Metrics of one entity type, one granularity and at most one segmentation.

    The bookmark is the session's business: it moves with windows, not with records, because a window without records
    is done as well, and because records of one window come entity by entity.

    Args:
        tap: The tap.
        definition: What to extract.
        session: Gives the run's session; called when the first record is due, not at discovery.
    """

    # Rows are built with the types of the schema.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, definition: StatsDefinition, session: Callable[[], StatsSession]) -> None:
        self.definition = definition
        self._open_session = session
        super().__init__(tap, schema=stats_schema(definition), name=definition.name)
        self.primary_keys = stats_key(definition)
        self.replication_key = REPLICATION_KEY
        self._flattener = Flattener(definition, tuple(self.schema["properties"]))

    @property
    @override
    def partitions(self) -> list[dict[str, t.Any]] | None:
        """One partition per account to extract."""
        return [{"account_id": account_id} for account_id in self._open_session().account_ids]

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Yield the rows of one account, window by window; each window is committed behind its last row."""
        session = self._open_session()
        for run in session.windows(self.name, str((context or {})["account_id"])):
            yield from self._rows(session, run)

    def _rows(self, session: StatsSession, run: WindowRun) -> Iterator[Record]:
        records = 0
        try:
            for block in self._flattener.blocks(run):
                for row in block.rows():
                    records += 1
                    yield row
                session.look()
        except ResultMalformed as error:
            session.lose(run, error)
        else:
            session.commit(run, records)

    @override
    def _increment_stream_state(self, latest_record: Record, *, context: Context | None = None) -> None:
        """Leave the bookmark alone; see the class."""

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Keep the SDK's markers out of the state; see the class."""

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> datetime | t.Any | None:
        """Set no signpost; see the class."""
        return None
