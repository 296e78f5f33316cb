"""The Singer SDK's own settings: which there are, and whether they are well-formed."""

from __future__ import annotations

import typing as t
from functools import lru_cache

from singer_sdk import Tap
from singer_sdk.configuration._dict_config import merge_missing_config_jsonschema
from singer_sdk.helpers.capabilities import EMIT_ACTIVATE_VERSION_CONFIG
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema import ValidationError

    from tap_twitter_ads_async.settings.problems import Problems


@lru_cache(maxsize=1)
def sdk_jsonschema() -> dict[str, t.Any]:
    """Return the JSON schema of the SDK's own settings, as the installed SDK declares them."""
    schema: dict[str, t.Any] = {"type": "object", "properties": {}}
    Tap.append_builtin_config(schema)
    # Streams read this one, though taps do not declare it.
    merge_missing_config_jsonschema(EMIT_ACTIVATE_VERSION_CONFIG, schema)
    return schema


def _phrase(error: ValidationError) -> str:
    """Return what a setting must be, without the value: maps and storage URLs may hold secrets."""
    allowed: t.Any = error.validator_value
    if error.validator == "type":
        kinds = allowed if isinstance(allowed, list) else [allowed]
        return f"must be of type {' or '.join(str(kind) for kind in kinds if kind != 'null')}"
    if error.validator == "enum":
        return f"must be one of {', '.join(str(value) for value in allowed)}"
    if error.validator == "required":
        return f"must hold {', '.join(allowed)}"
    return "is not what the Singer SDK allows; see its documentation of this setting"


def check_sdk_settings(raw: Mapping[str, t.Any], problems: Problems) -> None:
    """Record what is wrong with the SDK's own settings."""
    schema = sdk_jsonschema()
    own = {name: value for name, value in raw.items() if name in schema["properties"] and value is not None}
    for error in DEFAULT_JSONSCHEMA_VALIDATOR(schema).iter_errors(own):
        problems.add(".".join(str(part) for part in error.path), _phrase(error))
