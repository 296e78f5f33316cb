"""From the outcome of a run to its last message and its exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import typing as t

from singer_sdk.exceptions import ConfigValidationError

from tap_twitter_ads_async.errors import CredentialsRejected, OutputFailed, TapError, Terminated
from tap_twitter_ads_async.run.summary import counted
from tap_twitter_ads_async.singer.exit_code import SIGNAL_BASE, ExitCode, exit_code_of

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Iterator

    from tap_twitter_ads_async.run.context import RunContext
    from tap_twitter_ads_async.singer.state import TapState
    from tap_twitter_ads_async.singer.termination import Termination

CREDENTIALS_ADVICE = (
    "Check the settings consumer_key, consumer_secret, access_token and access_token_secret, that the app may use "
    "the Ads API, that the user has not revoked the token, and that this machine's clock is right."
)


class Extracting(t.Protocol):
    """What the end of a run needs of the tap."""

    @property
    def run(self) -> RunContext:
        """What the streams of this run share."""

    @property
    def singer_state(self) -> TapState:
        """The live state and its lines."""

    @property
    def termination(self) -> Termination:
        """What a signal does."""

    def extract(self) -> None:
        """Extract everything that is selected."""

    def summary(self) -> list[str]:
        """Return a table that says what was extracted of each stream."""


class Ending:
    """A run on its way to an exit code."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._termination: Termination | None = None
        self._extracting: Extracting | None = None

    def watch(self, tap: Extracting) -> None:
        """Let a signal that arrives from now on decide the exit code."""
        self._termination = tap.termination

    def run(self, tap: Extracting) -> None:
        """Extract; then log the summary, and fail if anything stays open."""
        self.watch(tap)
        self._extracting = tap
        tap.extract()
        for line in tap.summary():
            self._logger.info(line)
        failures = tap.run.verdict.failures
        if failures:
            self._logger.error(
                "%s; everything else was extracted, and what failed stays open in the state:\n%s",
                counted(len(failures), "failure"),
                "\n".join(f"  - {failure}" for failure in failures),
            )
            sys.exit(ExitCode.INCOMPLETE)

    def leave_if_stopped(self) -> None:
        """Leave with the signal's exit code where a signal was taken for the end of a wait."""
        if self._termination is not None and self._termination.signal_number:
            sys.exit(self._termination.exit_code)

    def terminated(self) -> t.NoReturn:
        """Write the last STATE line, if anything was being extracted, and leave with the signal's exit code."""
        if self._extracting is not None:
            try:
                self._extracting.singer_state.write_now()
            except OutputFailed:  # the signal is the target's end, as the orchestrator passes it on
                _let_go_of_stdout()
            self._logger.info("%s written before the end", counted(self._extracting.run.stats.records, "record"))
        sys.exit(self._termination.exit_code if self._termination else SIGNAL_BASE + signal.SIGTERM)


@contextlib.contextmanager
def verdict(logger: logging.Logger) -> Iterator[Ending]:
    """End the process with one message and the right exit code, whatever happens inside."""
    ending = Ending(logger)
    try:
        yield ending
        ending.leave_if_stopped()
    except Terminated:
        ending.terminated()
    except ConfigValidationError as error:
        logger.critical("\n".join(error.errors))
        sys.exit(exit_code_of(error))
    except CredentialsRejected as error:
        logger.critical("The API rejects the credentials: %s\n%s", error, CREDENTIALS_ADVICE)
        sys.exit(exit_code_of(error))
    except TapError as error:
        logger.critical("%s", error)
        sys.exit(exit_code_of(error))
    except OutputFailed as error:
        logger.critical("%s", error)
        _let_go_of_stdout()
        sys.exit(ExitCode.INCOMPLETE)
    except KeyboardInterrupt:  # before there is a tap, whose handler takes over
        sys.exit(SIGNAL_BASE + signal.SIGINT)


def _let_go_of_stdout() -> None:
    """Keep Python from trying to write the rest when it ends, which would add a complaint of its own."""
    with contextlib.suppress(OSError, ValueError):  # a test's stdout is no file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
