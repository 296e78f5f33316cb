"""What this tap does otherwise than the SDK's taps: the base of `tap.py`, and the only place that knows how."""

from __future__ import annotations

import copy
import sys
import typing as t
from abc import abstractmethod
from pathlib import PurePath

from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._classproperty import classproperty  # the SDK has no public name for it
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE

from tap_twitter_ads_async.errors import CatalogError, SettingsError
from tap_twitter_ads_async.singer import about as about  # noqa: PLC0414 - defining the format registers it
from tap_twitter_ads_async.singer.catalog import catalog_of, is_selected
from tap_twitter_ads_async.singer.environment import raw_environment, unread_variables
from tap_twitter_ads_async.singer.output import LineWriter
from tap_twitter_ads_async.singer.state_input import BOOKMARKS, check_shape, unwrapped
from tap_twitter_ads_async.singer.stream_maps import stream_mapper, writes_nothing

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from types import FrameType

    from singer_sdk.streams import Stream

    from tap_twitter_ads_async.singer.termination import Termination


class AdsTap(Tap):
    """A tap that parses its settings as a whole, and checks catalog, state and stream maps before any request."""

    message_writer_class = LineWriter
    message_writer: LineWriter

    def __init__(self, *, catalog: t.Any = None, state: t.Any = None, **options: t.Any) -> None:
        """Take over catalog and state; see the SDK for the options.

        Raises:
            ConfigValidationError: A setting is wrong.
            SettingsError: A stream map cannot work.
            CatalogError: The catalog cannot be read or obeyed.
            StateError: The state is none.
        """
        super().__init__(
            catalog=catalog_of(catalog) if _is_document(catalog) else catalog,
            state=unwrapped(state) if _is_document(state) else state,
            **options,
        )

    # --- settings -----------------------------------------------------------------------------------------------

    @abstractmethod
    def take_settings(self, config: Mapping[str, t.Any], *, required: bool) -> None:
        """Parse the settings and keep them.

        Args:
            config: Raw settings, from files and the environment.
            required: Whether required settings may not be missing.

        Raises:
            SettingsError: Something is wrong; the message has all of it.
        """

    @classproperty
    @override
    def _env_var_config(cls) -> dict[str, t.Any]:  # noqa: N805 - a class property
        """Settings from the environment, unparsed, so that a bad one is reported like one from a file."""
        return raw_environment(cls._env_var_prefix)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Parse the settings; they are checked as a whole, and all problems are reported at once.

        Discovery (`raise_errors` is False) works without the required settings, but not with wrong ones.
        """
        self.append_builtin_config(self.config_jsonschema)
        try:
            self.take_settings(self._config, required=raise_errors)
        except SettingsError as error:
            problems = [str(error)]
            if unread := unread_variables(self._env_var_prefix, self._config):
                problems.append(f"The environment contains {', '.join(unread)}; add --config ENV to use it.")
            raise ConfigValidationError(
                "Config validation failed", errors=problems, schema=self.config_jsonschema
            ) from None
        return []

    # --- state --------------------------------------------------------------------------------------------------

    @override
    def load_state(self, state: dict[str, t.Any]) -> None:
        """Take over the state of an earlier run.

        Raises:
            StateError: It cannot be understood.
        """
        check_shape(state)
        super().load_state(copy.deepcopy(state))

    @property
    def live_state(self) -> dict[str, t.Any]:
        """The current state, empty before one was loaded."""
        return dict(getattr(self, "_state", None) or {})

    # --- selection ----------------------------------------------------------------------------------------------

    @property
    def known_streams(self) -> Collection[str]:
        """Names of all streams that there can be, with whatever settings."""
        return tuple(self.streams)

    @override
    def setup_mapper(self) -> None:
        """Prepare the stream maps of what is selected, and deselect what they leave nothing of."""
        self.mapper = stream_mapper(self.config, self.streams.values(), self.known_streams)
        for stream in self.selected_streams:
            if writes_nothing(stream):
                self.logger.info("Stream %s: stream_maps leave nothing of it, so it is not extracted", stream.name)
                stream.selected = False

    @property
    def selected_streams(self) -> list[Stream]:
        """The streams to extract, in the order of the SDK."""
        return [stream for stream in self.streams.values() if stream.selected]

    def check_selection(self) -> None:
        """Make sure that what is selected exists, and that anything is.

        Raises:
            CatalogError: Otherwise.
        """
        entries = self.input_catalog.streams if self.input_catalog is not None else ()
        strangers = [e.tap_stream_id for e in entries if e.tap_stream_id not in self.streams and is_selected(e)]
        if strangers:
            raise CatalogError(
                f"The catalog selects {', '.join(strangers)}, which does not exist with these settings. Deselect it, "
                "add it to segmentation_types or reports, or discover the catalog again"
            )
        if not self.selected_streams:
            raise CatalogError(
                "No stream is selected, so there is nothing to extract. Select some in the catalog, with Meltano by "
                "select; a stream that stream_maps set to null does not count"
            )

    def forget_replaced_tables(self, account_ids: Collection[str] | None) -> None:
        """Drop the bookmarks of streams whose rows targets are about to delete: they would claim what is gone.

        A target deletes all rows of a stream that have another version, those of accounts that this run leaves out too.

        Args:
            account_ids: The accounts to which the settings narrow the run, None for all.
        """
        replaced = [s.name for s in self.selected_streams if _is_replaced(s)]
        for name in replaced:
            t.cast("dict[str, t.Any]", self.state).get(BOOKMARKS, {}).pop(name, None)
        if replaced and account_ids is not None:
            self.logger.warning(
                "FULL_TABLE with emit_activate_version_messages replaces whole tables: targets delete the rows of all "
                "accounts but %s from %s",
                ", ".join(account_ids),
                ", ".join(replaced),
            )

    # --- signals ------------------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def termination(self) -> Termination:
        """What a signal does."""

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        self.termination.handle(signum, frame)


def _is_replaced(stream: Stream) -> bool:
    """Whether a target deletes what it holds of a stream."""
    return stream.emit_activate_version_messages and stream.replication_method == REPLICATION_FULL_TABLE


def _is_document(value: object) -> bool:
    """Whether something is content rather than nothing, a path, or an object of the SDK."""
    return value is not None and not isinstance(value, (str, PurePath)) and type(value).__module__ == "builtins"
