"""From exceptions to messages and exit codes, and the command-line options that differ from the SDK's."""

from __future__ import annotations

import contextlib
import json
import sys
import typing as t

import click
from singer_sdk.exceptions import ConfigValidationError

from tap_twitter_ads_async.errors import CredentialsRejected, TapError, Terminated
from tap_twitter_ads_async.run.summary import counted

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
ABOUT_FORMATS = ("text", "json", "markdown")
LOOKING: dict[str, tuple[tuple[str, ...], str]] = {
    "accounts": (("text", "json"), "List the ads accounts that the token can read, as text or json."),
    "plan": (("text", "json"), "Tell what a run would ask for, without asking for it, as text or json."),
    "status": (("text", "html"), "Tell what the state of `--state` says is extracted, as text or as an HTML page."),
}
"""Commands that look instead of extracting: their forms of output, the first without a value, and their help."""


def adapt(command: click.Command) -> click.Command:
    """Let `--about` take its format as a value, let `--test` know of `--catalog`, and add the commands that look."""
    for param in command.params:
        param.is_eager = param.is_eager or param.name == "catalog"  # read before the callback of `--test` runs
    command.params = [p for p in command.params if p.name != "about"]
    command.params.append(
        click.Option(
            ["--about"],
            is_flag=False,
            flag_value=ABOUT_FORMATS[0],
            default=None,
            type=click.Choice(ABOUT_FORMATS, case_sensitive=False),
            help="Display package metadata and settings, as text, json or markdown.",
        )
    )
    for name, (forms, help_text) in LOOKING.items():
        command.params.append(
            click.Option(
                [f"--{name}"],
                is_flag=False,
                flag_value=forms[0],
                default=None,
                type=click.Choice(forms, case_sensitive=False),
                help=help_text,
            )
        )
    return command


@contextlib.contextmanager
def readable(option: str) -> Iterator[None]:
    """Turn the failure to read a file into a message that names the option."""
    try:
        yield
    except FileNotFoundError as error:
        # The SDK raises it with a sentence that has the path in quotes.
        path = error.filename or str(error).partition("'")[2].rpartition("'")[0]
        raise click.BadParameter(f"there is no file {path}", param_hint=option) from None
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"the file is not readable JSON: {error}", param_hint=option) from None


def read_json(option: str, file: t.IO[str] | None) -> t.Any:
    """Read the JSON file of an option, None where it was not given."""
    if file is None:
        return None
    with readable(option), file:
        return json.load(file)


class Extracting(t.Protocol):
    """What the command line needs of the tap."""

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
        self._tap: Extracting | None = None

    def run(self, tap: Extracting) -> None:
        """Extract; then tell what came out, and fail if anything stays open."""
        self._tap = tap
        tap.extract()
        for line in tap.summary():
            self._logger.info(line)
        failures = tap.run.verdict.failures
        if failures:
            self._logger.error(
                "%s; everything else was extracted, and the state leaves open what failed:\n%s",
                counted(len(failures), "failure"),
                "\n".join(f"  - {failure}" for failure in failures),
            )
            sys.exit(1)

    def terminated(self) -> t.NoReturn:
        """Write the last STATE line and leave with the signal's exit code."""
        tap = self._tap
        if tap is None:
            sys.exit(1)
        tap.singer_state.write_now()
        self._logger.info("%s written before the end", counted(tap.run.stats.records, "record"))
        sys.exit(tap.termination.exit_code)


@contextlib.contextmanager
def verdict(logger: logging.Logger) -> Iterator[Ending]:
    """End the process with one message and the right exit code, whatever happens inside."""
    ending = Ending(logger)
    try:
        yield ending
    except ConfigValidationError as error:
        logger.critical("\n".join(error.errors))
        sys.exit(1)
    except Terminated:
        ending.terminated()
    except CredentialsRejected as error:
        logger.critical("The API rejects the credentials: %s\n%s", error, CREDENTIALS_ADVICE)
        sys.exit(1)
    except TapError as error:
        logger.critical("%s", error)
        sys.exit(1)
