"""The Singer SDK's own settings: which there are, and whether they are well-formed."""

from __future__ import annotations

import typing as t
from functools import lru_cache

from singer_sdk import Tap
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
    schema["properties"] = EMIT_ACTIVATE_VERSION_CONFIG["properties"] | schema["properties"]
    return t.cast("dict[str, t.Any]", _whole(schema))


def _whole(node: t.Any) -> t.Any:
    """Put in order what the SDK's schema of `__else__` has for null: a bare word, at which validators break down."""
    if isinstance(node, list):
        return [_whole(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: [{"type": option} if isinstance(option, str) else _whole(option) for option in value]
        if key == "anyOf"
        else _whole(value)
        for key, value in node.items()
    }


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
    for found in DEFAULT_JSONSCHEMA_VALIDATOR(schema).iter_errors(own):
        error = _innermost(found)
        problems.add(".".join(str(part) for part in error.absolute_path), _phrase(error))


def _innermost(error: ValidationError) -> ValidationError:
    """Return what is wrong inside an object that may have one of several forms, where it has got as far as that."""
    inner = max(error.context or (), key=lambda e: len(e.absolute_path), default=error)
    return error if len(inner.absolute_path) <= len(error.absolute_path) else _innermost(inner)
