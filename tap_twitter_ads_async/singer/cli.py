"""The command-line options that differ from the SDK's, and reading the files that they name."""

from __future__ import annotations

import contextlib
import json
import typing as t
from pathlib import Path

import click
from singer_sdk.plugin_base import _ConfigInput  # what the SDK's own callback returns, and no other name for it

from tap_twitter_ads_async.singer.catalog import catalog_of
from tap_twitter_ads_async.singer.state_input import unwrapped

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.singerlib import Catalog

ENVIRONMENT = "ENV"
"""What stands for the environment variables among the config files."""
ABOUT_FORMATS = ("text", "json", "markdown")
TEST_HELP = (
    "Prove that extraction would work, and extract nothing: credentials, the accounts, and one small job per selected "
    "stats stream in the first account. --test=schema prints the SCHEMA messages instead."
)
LOOKING: dict[str, tuple[tuple[str, ...], str]] = {
    "accounts": (("text", "json"), "List the ads accounts that the token can read, as text or json."),
    "plan": (("text", "json"), "Tell what a run would ask for, without asking for it, as text or json."),
    "status": (("text", "html"), "Tell what the state of `--state` says is extracted, as text or as an HTML page."),
}
"""Commands that look instead of extracting: their forms of output, the first without a value, and their help."""


def adapt(command: click.Command) -> click.Command:
    """Let `--about` take its format as a value, let `--test` know of `--catalog`, and add the commands that look."""
    for param in command.params:
        if isinstance(param, click.Option) and param.name == "test":
            param.help = TEST_HELP
        param.is_eager = param.is_eager or param.name == "catalog"  # read before the callback of `--test` runs
        if param.name in {"catalog", "state"}:
            param.type = click.File("rb")  # the bytes of JSON say how they are encoded, with a byte order mark or not
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
def readable(option: str, path: str) -> Iterator[None]:
    """Turn the failure to read a file into a message that names option and file."""
    try:
        yield
    except FileNotFoundError:
        raise click.BadParameter(f"there is no file {path}", param_hint=option) from None
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"the file {path} is not readable JSON: {error}", param_hint=option) from None


def read_state(file: t.IO[bytes] | None) -> dict[str, t.Any] | None:
    """Read the file of `--state`, None where it was not given.

    Raises:
        StateError: It holds no state.
    """
    return None if file is None else unwrapped(_read_json("--state", file))


def read_catalog(file: t.IO[bytes] | None) -> Catalog | None:
    """Read the file of `--catalog`, None where it was not given.

    Raises:
        CatalogError: It holds no catalog.
    """
    return None if file is None else catalog_of(_read_json("--catalog", file))


def _read_json(option: str, file: t.IO[bytes]) -> t.Any:
    with readable(option, file.name), file:
        return json.loads(file.read())


def config_options(given: t.Any) -> dict[str, t.Any]:
    """Return the options of a tap for what `read_config` has read; nothing where there is no `--config`."""
    return {"config": given.config, "parse_env_config": given.parse_env} if given else {"config": {}}


def read_config(paths: Iterable[str]) -> _ConfigInput:
    """Read config files, of which the later ones win.

    Args:
        paths: Paths, and `ENV` where environment variables count too.
    """
    config: dict[str, t.Any] = {}
    from_environment = False
    for path in paths:
        if path == ENVIRONMENT:
            from_environment = True
            continue
        with readable("--config", path):
            found = json.loads(Path(path).read_bytes())
        if not isinstance(found, dict):
            raise click.BadParameter(f"the file {path} does not contain a JSON object", param_hint="--config")
        config |= found
    return _ConfigInput(config=config, parse_env=from_environment)
