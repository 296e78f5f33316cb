"""Settings from environment variables, still as the strings they are."""

from __future__ import annotations

import difflib
import os
import typing as t

from dotenv import find_dotenv, load_dotenv
from singer_sdk.configuration._dict_config import parse_environment_config

from tap_twitter_ads_async.settings.declaration import REQUIRED, SETTINGS
from tap_twitter_ads_async.settings.sdk import sdk_jsonschema

_NEAR = 0.8  # other programs use the prefix too (log levels, Meltano's extras): only evident slips count


def _sdk_setting(prefix: str, name: str, schema: dict[str, t.Any]) -> dict[str, t.Any]:
    try:
        return parse_environment_config({"properties": {name: schema}}, prefix, dotenv_path=os.devnull)
    except ValueError:  # a bad number or bad JSON: the check of the settings words it
        return {name: os.environ[prefix + name.upper()]}


def _sdk_settings(prefix: str) -> dict[str, t.Any]:
    """Return the SDK's own settings as its parser reads them; as text where it cannot."""
    found: dict[str, t.Any] = {}
    for name, schema in sdk_jsonschema()["properties"].items():
        found |= _sdk_setting(prefix, name, schema)
    return found


def raw_environment(prefix: str) -> dict[str, t.Any]:
    """Return the settings that environment variables hold, and those of a `.env` file that they leave out.

    The file is looked for in the working directory and above, and what is in the environment wins, as with Meltano;
    the SDK would look beside the installed package, and let the file win.

    The tap's own settings stay strings, so that a wrong one is reported like one from a config file.

    Args:
        prefix: What the variables begin with, such as `TAP_TWITTER_ADS_ASYNC_`.

    Returns:
        Settings by name; misspelt ones under the name as written, in lower case.
    """
    load_dotenv(find_dotenv(usecwd=True), override=False)
    found = _sdk_settings(prefix)
    known = {*SETTINGS, *sdk_jsonschema()["properties"]}
    for variable, value in os.environ.items():
        name = variable.removeprefix(prefix).lower()
        if not variable.startswith(prefix) or name in found:
            continue
        if name in SETTINGS or difflib.get_close_matches(name, known, n=1, cutoff=_NEAR):
            found[name] = value
    return found


def unread_variables(prefix: str, config: t.Mapping[str, t.Any]) -> list[str]:
    """Return the variables that are set in the environment for required settings which a config lacks.

    They were not read: those that are read win over everything else.

    Args:
        prefix: What the variables begin with, such as `TAP_TWITTER_ADS_ASYNC_`.
        config: The settings as they were read.
    """
    names = [f"{prefix}{name.upper()}" for name in REQUIRED if name not in config]
    return [name for name in names if os.environ.get(name)]
