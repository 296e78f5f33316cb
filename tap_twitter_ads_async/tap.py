"""The tap: its settings, its streams, and what they are put together from. Commands are in `commands/`."""

from __future__ import annotations

import copy
import sys
import typing as t
from functools import cached_property

from tap_twitter_ads_async.commands.command_tap import CommandTap
from tap_twitter_ads_async.errors import SettingsError, TapError
from tap_twitter_ads_async.objects import object_streams
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.history.reading import HISTORY
from tap_twitter_ads_async.objects.personal import check_selection, offered_endpoints
from tap_twitter_ads_async.objects.stream import ObjectStream
from tap_twitter_ads_async.pauses import Pauses
from tap_twitter_ads_async.reach.reading import REACH_ENTITIES
from tap_twitter_ads_async.reach.stream import ReachStream
from tap_twitter_ads_async.run.context import RunContext
from tap_twitter_ads_async.run.summary import accounts_of, opening, resumption, table
from tap_twitter_ads_async.settings.declaration import CONFIG_JSONSCHEMA
from tap_twitter_ads_async.settings.model import StatsEndpoint
from tap_twitter_ads_async.settings.parse import parse_settings, report_folder
from tap_twitter_ads_async.singer.batch.output import Outlet
from tap_twitter_ads_async.singer.batch.storage import open_storage
from tap_twitter_ads_async.singer.catalog import selected_by
from tap_twitter_ads_async.singer.sdk_metrics import request_took
from tap_twitter_ads_async.singer.state import TapState
from tap_twitter_ads_async.singer.stream import AdsStream
from tap_twitter_ads_async.singer.termination import Termination
from tap_twitter_ads_async.stats.jobs.executor import AsyncJobs
from tap_twitter_ads_async.stats.jobs.spool_directory import spool_root
from tap_twitter_ads_async.stats.jobs.synchronous import SyncFirst
from tap_twitter_ads_async.stats.session import StatsSession
from tap_twitter_ads_async.stats.stream import StatsStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from singer_sdk.streams import Stream

    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.settings.batches import BatchSettings
    from tap_twitter_ads_async.settings.model import Settings
    from tap_twitter_ads_async.stats.jobs.executor import Executor

TAKEN_NAMES = frozenset(
    [*(endpoint.name for endpoint in ENDPOINTS), HISTORY.name, *(entity.stream for entity in REACH_ENTITIES)]
)


class TapTwitterAdsAsync(CommandTap):
    """Extracts X (Twitter) Ads: asynchronous analytics of every entity type, and the objects they belong to."""

    name = "tap-twitter-ads-async"
    package_name = "tap-twitter-ads-async"
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = copy.deepcopy(CONFIG_JSONSCHEMA)
    pauses: t.ClassVar[Pauses] = Pauses()

    settings: Settings

    # --- settings -----------------------------------------------------------------------------------------------

    @override
    def take_settings(self, config: Mapping[str, t.Any], *, required: bool) -> None:
        """Parse the settings and keep them."""
        try:
            self.settings = parse_settings(config, require=required, object_names=TAKEN_NAMES)
        except SettingsError:
            if self.report is not None:
                self.report.refuse(report_folder(config))
            raise
        if self.report is not None:
            self.report.begin(self)

    # --- streams ------------------------------------------------------------------------------------------------

    @override
    def discover_streams(self) -> Sequence[Stream]:
        """Return every stream that the settings offer, or those that a catalog selects; no request is made.

        A run reads few of them, and making the others would delay its start.
        """
        selected = selected_by(self.input_catalog)
        stats = [StatsStream(self, d, lambda: self.session) for d in self.settings.stats if selected(d.name)]
        offered = offered_endpoints(personal_data=self.settings.personal_data)
        objects = object_streams(self, lambda: self.run, selected, offered)
        entities = [entity for entity in REACH_ENTITIES if selected(entity.stream)]
        reach = [ReachStream(self, entity, lambda: self.run, lambda: self.session.feed) for entity in entities]
        return [*objects, *stats, *reach]

    @property
    @override
    def known_streams(self) -> Collection[str]:
        """Names of all streams that there can be, those with personal data included."""
        return {*TAKEN_NAMES, *(definition.name for definition in self.settings.stats)}

    # --- one run ------------------------------------------------------------------------------------------------

    @cached_property
    def clock(self) -> Clock:
        """Now and waits of this run."""
        return self.clock_class()

    @cached_property
    @override
    def run(self) -> RunContext:
        """What the streams of this run share."""
        return RunContext(self.settings, self.clock, request_took, self.pauses)

    @cached_property
    @override
    def singer_state(self) -> TapState:
        """The live state and its lines."""
        return TapState(self.state, self.message_writer)

    @cached_property
    def batches(self) -> Outlet:
        """Where batch files go.

        Raises:
            SettingsError: They cannot be written there.
        """
        settings = t.cast("BatchSettings", self.settings.batches)  # streams ask where the setting is there only
        storage = open_storage(settings)
        return Outlet(settings, storage, self.message_writer, self.singer_state, self.clock.monotonic)

    @cached_property
    @override
    def session(self) -> StatsSession:
        """The engine's counterpart, over all selected stats streams."""
        selected = [s for s in self.selected_streams if isinstance(s, StatsStream)]
        return StatsSession(
            self.run,
            [stream.definition for stream in selected],
            self.singer_state,
            self._executor(),
            [stream.name for stream in selected if stream.full_table],
        )

    def _executor(self) -> Executor:
        api, url = self.run.api, self.settings.api_url
        if self.settings.stats_endpoint is StatsEndpoint.AUTO:
            return SyncFirst(api, url, self.clock)
        return AsyncJobs(api, url)

    @cached_property
    @override
    def termination(self) -> Termination:
        """What a signal does."""
        return Termination(self.clock, self.message_writer, self.singer_state.write_now, self._clean_up)

    def _clean_up(self) -> None:
        """Do what must not be left undone where the main thread is stuck."""
        if self.last_report is not None:
            self.last_report(self.termination.exit_code)
        if "session" in self.__dict__:  # else there is nothing on disk
            self.session.clean_up()

    @override
    def check_input(self) -> None:
        """Look at selection, state and surroundings, before any request.

        Raises:
            SettingsError: The catalog selects what the settings exclude, or results have no place.
            CatalogError: What is selected does not exist, or nothing is.
            StateError: A bookmark cannot be understood.
        """
        check_selection(self.input_catalog, personal_data=self.settings.personal_data)
        self.check_selection()
        for stream in self.selected_streams:
            if isinstance(stream, AdsStream):
                stream.check_state()

    @override
    def extract(self) -> None:
        """Extract everything that is selected.

        Accounts, countries and platforms are looked up before the first message, so that a setting which only the
        API can judge ends the run before any record. Jobs are under way while object streams are read.

        Raises:
            TapError: The run cannot go on.
        """
        self.check_input()
        if any(isinstance(stream, StatsStream) for stream in self.selected_streams):
            spool_root()  # results have a place, or nothing is asked for
        if self.settings.batches is not None:
            self.batches  # noqa: B018 - proves that they can be written, before the first request
        names = [stream.name for stream in self.selected_streams]
        found = resumption(dict(self.state), names, self.settings.account_ids)
        self.forget_replaced_tables(self.settings.account_ids)
        session = self.session
        began = False
        try:
            self._tell_what_is_ahead(found)
            session.start()
            began = True
            self.sync_all()
        except TapError:
            session.close()
            if began:  # jobs may have been created since the last STATE line
                self.singer_state.write_now()
            raise
        finally:
            session.close()
            self.message_writer.flush()

    @override
    def summary(self) -> list[str]:
        """Return a table that says what was extracted of each stream."""
        return table(self.run.stats.streams, self.run.verdict.failures, self.run.accounts_read)

    def _tell_what_is_ahead(self, found: str) -> None:
        names = [stream.name for stream in self.selected_streams]
        self.run.stats.expect(names)
        start, end = self.settings.start.day, self.settings.end
        # Lists that are the same for all accounts need none of them.
        of_accounts = any(not isinstance(s, ObjectStream) or s.endpoint.per_account for s in self.selected_streams)
        account_ids = self.session.account_ids if of_accounts else []
        if of_accounts and self.settings.account_ids is None:
            self._tell_who_is_gone(names)
        self.logger.info(opening(account_ids, names, str(start), str(end.day) if end else None))
        self.logger.info(found)

    def _tell_who_is_gone(self, streams: Sequence[str]) -> None:
        """Warn of accounts that an earlier run extracted, and that the token's list does not have any more."""
        listed = {str(account["id"]) for account in self.run.account_records}
        gone = [account_id for account_id in accounts_of(dict(self.state), streams) if account_id not in listed]
        if gone:
            self.logger.warning(
                "The state has accounts that the API does not list any more: %s. They are not extracted, and their "
                "progress stays in the state",
                ", ".join(gone),
            )
