"""Settings from environment variables, still as the strings they are."""

from __future__ import annotations

import difflib
import os
import typing as t

from singer_sdk.configuration._dict_config import parse_environment_config

from tap_twitter_ads_async.settings.declaration import SETTINGS
from tap_twitter_ads_async.settings.sdk import sdk_jsonschema

_NEAR = 0.8  # other programs use the prefix too (log levels, Meltano's extras): only evident slips count


def _sdk_setting(prefix: str, name: str, schema: dict[str, t.Any]) -> dict[str, t.Any]:
    try:
        return parse_environment_config({"properties": {name: schema}}, prefix)
    except ValueError:  # a bad number or bad JSON: the check of the settings words it
        return {name: os.environ[prefix + name.upper()]}


def _sdk_settings(prefix: str) -> dict[str, t.Any]:
    """Return the SDK's own settings as its parser reads them; as text where it cannot."""
    found: dict[str, t.Any] = {}
    for name, schema in sdk_jsonschema()["properties"].items():
        found |= _sdk_setting(prefix, name, schema)
    return found


def raw_environment(prefix: str) -> dict[str, t.Any]:
    """Return the settings that environment variables hold, a `.env` file included.

    The tap's own settings stay strings, so that a wrong one is reported like one from a config file.

    Args:
        prefix: What the variables begin with, such as `TAP_TWITTER_ADS_ASYNC_`.

    Returns:
        Settings by name; misspelt ones under the name as written, in lower case.
    """
    found = _sdk_settings(prefix)  # first, because it loads the `.env` file into the environment
    known = {*SETTINGS, *sdk_jsonschema()["properties"]}
    for variable, value in os.environ.items():
        name = variable.removeprefix(prefix).lower()
        if not variable.startswith(prefix) or name in found:
            continue
        if name in SETTINGS or difflib.get_close_matches(name, known, n=1, cutoff=_NEAR):
            found[name] = value
    return found
