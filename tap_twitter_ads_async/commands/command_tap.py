"""The tap as a command: what each option of the command line leads to, from the files it names to the exit code."""

from __future__ import annotations

import sys
import typing as t
from abc import abstractmethod

import click
from singer_sdk.tap_base import CliTestOptionValue

from tap_twitter_ads_async.clock import Clock
from tap_twitter_ads_async.commands.command_line import print_accounts, print_plan, print_status
from tap_twitter_ads_async.commands.report.writer import RunReport
from tap_twitter_ads_async.errors import TapError
from tap_twitter_ads_async.singer import cli
from tap_twitter_ads_async.singer.base_tap import AdsTap
from tap_twitter_ads_async.singer.ending import verdict
from tap_twitter_ads_async.singer.logs import MetricsLevel, demote_chatter
from tap_twitter_ads_async.stats.check import try_out
from tap_twitter_ads_async.stats.stream import StatsStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_twitter_ads_async.run.context import RunContext
    from tap_twitter_ads_async.singer.state import TapState
    from tap_twitter_ads_async.stats.session import StatsSession


class CommandTap(AdsTap):
    """A tap that can be run from the command line.

    Attributes:
        last_report: Called with the exit code before a signal's watchdog ends the process.
    """

    clock_class: t.ClassVar[type[Clock]] = Clock

    def __init__(self, *, report: RunReport | None = None, **options: t.Any) -> None:
        """Build the tap.

        Args:
            report: Told as soon as the settings are known to be right or wrong, before catalog and state are read.
            options: The SDK's.
        """
        self.report = report
        self.last_report: Callable[[int], None] | None = None
        super().__init__(**options)

    # --- what a command needs of the tap ------------------------------------------------------------------------

    @property
    @abstractmethod
    def run(self) -> RunContext:
        """What the streams of this run share."""

    @property
    @abstractmethod
    def session(self) -> StatsSession:
        """All selected stats streams."""

    @property
    @abstractmethod
    def singer_state(self) -> TapState:
        """The live state and its lines."""

    @abstractmethod
    def check_input(self) -> None:
        """Look at selection, state and surroundings, before any request."""

    @abstractmethod
    def extract(self) -> None:
        """Extract everything that is selected."""

    @abstractmethod
    def summary(self) -> list[str]:
        """Return a table that says what was extracted of each stream."""

    # --- commands -----------------------------------------------------------------------------------------------

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Return the command; see `singer/cli.py` and `singer/logs.py` for what differs from the SDK's."""
        demote_chatter([cls.logger])
        return cli.adapt(super().get_singer_command())

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> t.Any:
        """Read the config files, with a message instead of a stack trace where one cannot be read."""
        return cli.read_config(value)

    @classmethod
    @override
    def cb_discover(cls, ctx: click.Context, param: click.Option, value: bool) -> None:
        """Print the catalog; unlike the SDK's own, it ends with the exit code of wrong settings where they are."""
        if not value:
            return
        with verdict(cls.logger):
            cls(
                **cli.config_options(ctx.params.get("config")), validate_config=False, setup_mapper=False
            ).run_discovery()
        ctx.exit()

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Prove credentials, account access and one small job per stats stream; `--test=schema` prints schemas."""
        if value == CliTestOptionValue.Disabled.value:
            return
        with verdict(cls.logger) as ending:
            if value == CliTestOptionValue.Schema.value:
                super().cb_test(ctx, param, value)
            catalog = cli.read_catalog(ctx.params.get("catalog"))
            tap = cls(**cli.config_options(ctx.params.get("config")), catalog=catalog)
            ending.watch(tap)
            tap.check_input()
            try_out(tap.run, [s.definition for s in tap.selected_streams if isinstance(s, StatsStream)])
        ctx.exit()

    @classmethod
    def _of_command_line(
        cls,
        config: t.Any,
        state: t.IO[bytes] | None,
        catalog: t.IO[bytes] | None,
        report: RunReport | None = None,
    ) -> CommandTap:
        """Build the tap from the files of the command line."""
        options: dict[str, t.Any] = {"report": report, **cli.config_options(config)}
        try:
            options |= {"state": cli.read_state(state), "catalog": cli.read_catalog(catalog)}
        except (TapError, click.BadParameter):
            if report is not None:
                cls(**options)  # it waits for the settings, to know its place
            raise
        return cls(**options)

    @classmethod
    def _look(
        cls,
        config: t.Any,
        state: t.IO[bytes] | None,
        catalog: t.IO[bytes] | None,
        forms: Mapping[str, str | None],
    ) -> None:
        """Run the first of the commands that only look which has a form."""
        if not forms["accounts"] and not forms["plan"] and state is None:
            raise click.UsageError("--status reads a state: add --state FILE")
        with verdict(cls.logger) as ending:
            if form := forms["accounts"]:
                tap = cls(**cli.config_options(config), validate_config=False, setup_mapper=False)
                ending.watch(tap)
                print_accounts(tap.run, form)
            elif form := forms["plan"]:
                tap = cls._of_command_line(config, state, catalog)
                ending.watch(tap)
                print_plan(tap, form)
            else:
                print_status(cli.read_state(state) or {}, forms["status"] or "", cls.clock_class().now())

    @classmethod
    @override
    def invoke(  # type: ignore[override]  # the SDK widens its own base's signature the same way
        cls,
        *,
        about: str | None = None,
        about_format: str | None = None,
        config: t.Any = None,
        state: t.IO[bytes] | None = None,
        catalog: t.IO[bytes] | None = None,
        accounts: str | None = None,
        plan: str | None = None,
        status: str | None = None,
    ) -> None:
        """Run the tap from the command line; see the SDK and `singer/cli.py` for the options."""
        if about:
            cls.print_about(about_format or about)
            return
        if accounts or plan or status:
            cls._look(config, state, catalog, {"accounts": accounts, "plan": plan, "status": status})
            return
        metrics_level = MetricsLevel(cls.name)
        cls.print_version(print_fn=cls.logger.info)
        with RunReport(cls.clock_class()) as report, verdict(cls.logger) as ending:
            tap = cls._of_command_line(config, state, catalog, report)
            metrics_level.settle()
            demote_chatter(stream.logger for stream in tap.selected_streams)
            ending.run(tap)
