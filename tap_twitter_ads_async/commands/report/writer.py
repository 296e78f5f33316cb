"""Writes the report in every end of a run: complete, failed, refused, stopped."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import typing as t
from importlib import metadata

import click
from singer_sdk.exceptions import ConfigValidationError

from tap_twitter_ads_async.commands.coverage import coverages
from tap_twitter_ads_async.commands.report.facts import End, facts_of_none, run_facts
from tap_twitter_ads_async.commands.report.folder import (
    FOR_COLLECTORS,
    FOR_PEOPLE,
    FOR_PROGRAMS,
    prepare_folder,
    write_file,
)
from tap_twitter_ads_async.commands.report.openmetrics import openmetrics
from tap_twitter_ads_async.commands.report.page import run_page
from tap_twitter_ads_async.errors import SettingsError, StateError, TapError

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.commands.coverage import Coverage
    from tap_twitter_ads_async.run.context import RunContext

    Json = dict[str, t.Any]

logger = logging.getLogger("tap-twitter-ads-async")

DISTRIBUTION = "tap-twitter-ads-async"
CRASHED = 1
INTERRUPTED = 130
PATIENCE_SECONDS = 2.0
"""So long the watchdog of a stopped run, which has seconds left, waits for the report."""


class Reported(t.Protocol):
    """What a report needs of the tap.

    Attributes:
        last_report: Called with the exit code before a signal's watchdog ends the process.
    """

    last_report: Callable[[int], None] | None

    @property
    def run(self) -> RunContext:
        """What the run has gathered."""

    @property
    def live_state(self) -> Json:
        """The current state, empty before there is one."""


class RunReport:
    """A context around a run that writes its report in the end, if the user wants one.

    Args:
        clock: Now.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started_at: datetime = clock.now()
        self._folder: Path | None = None
        self._tap: Reported | None = None
        self._lock = threading.Lock()

    def begin(self, tap: Reported) -> None:
        """Take in the tap as soon as its settings are known.

        Raises:
            SettingsError: The folder cannot be written.
        """
        folder = tap.run.settings.report_path
        if folder is not None:
            prepare_folder(folder)
            self._folder = folder
            tap.run.stats.record.keeps_jobs = True
            self._tap = tap
            tap.last_report = self.write_last

    def refuse(self, folder: Path | None) -> None:
        """Take in that the settings are wrong, which ends the run; the report says so, where they name a folder."""
        if folder is not None:
            with contextlib.suppress(SettingsError):  # one problem more would hide the others; the file system's
                prepare_folder(folder)
                self._folder = folder

    def write_last(self, exit_code: int) -> None:
        """Write the report of a run whose main thread is stuck, if that takes no longer than a moment."""
        writing = threading.Thread(target=self._write, args=(exit_code,), name="last-report", daemon=True)
        writing.start()
        writing.join(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._write(_exit_code(error), _words(error))

    def _write(self, exit_code: int, error: str = "") -> None:
        folder = self._folder
        if folder is None:
            return
        try:
            with self._lock:
                facts = self._facts(End(self._started_at, self._clock.now(), exit_code, error))
                write_file(folder, FOR_PROGRAMS, json.dumps(facts, indent=1) + "\n")
                write_file(folder, FOR_PEOPLE, run_page(facts, self._coverages()))
                figures = openmetrics(facts)
                if figures is not None:
                    write_file(folder, FOR_COLLECTORS, figures)
        except Exception as problem:  # whatever goes wrong must not change how the run ends
            reason = getattr(problem, "strerror", None) or type(problem).__name__
            words = "The report could not be written to %s (%s); it does not cover this run, whose exit code is %d"
            logger.error(words, folder, reason, exit_code)  # noqa: TRY400 - the words say it all
            logger.debug("Writing the report", exc_info=True)

    def _facts(self, end: End) -> Json:
        return run_facts(self._tap.run, end, _version()) if self._tap is not None else facts_of_none(end, _version())

    def _coverages(self) -> list[Coverage]:
        if self._tap is None:
            return []
        try:
            return coverages(self._tap.live_state, self._clock.now())
        except StateError:  # which is what ended the run
            return []


def _exit_code(error: BaseException | None) -> int:
    """Return the exit code that an exception on its way out of the program means."""
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        return int(error.code) if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, click.exceptions.Exit | click.ClickException):
        return error.exit_code
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else CRASHED


def _words(error: BaseException | None) -> str:
    """Return what ended the run early, as the log says it; empty where single failures, or a signal, did."""
    cause = error.__context__ if isinstance(error, SystemExit) else error
    if isinstance(cause, ConfigValidationError):
        return "\n".join(cause.errors)
    if isinstance(cause, TapError):
        return str(cause)
    if isinstance(cause, click.ClickException):
        return cause.format_message()
    return f"{type(cause).__name__}; the log has the details" if isinstance(cause, Exception) else ""


def _version() -> str:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"
