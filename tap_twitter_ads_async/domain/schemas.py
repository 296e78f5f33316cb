"""Finds and loads the JSON Schema files of the streams.

The files lie in `schemas/` at the top of the repository, and inside the package once it is built into a
wheel. What streams share stands once, in `schemas/shared/`, and is pointed at with `$ref`; targets never see
a `$ref`.
"""

from __future__ import annotations

import importlib.resources
import typing as t
from functools import cache, lru_cache
from pathlib import Path

import msgspec

Schema = dict[str, t.Any]
"""A JSON Schema; each call hands out one of its own, to be changed at will."""

_FOR_EDITORS = ("$schema", "title")
"""Keywords for people and editors; some targets choke on them."""


@lru_cache(maxsize=1)
def schema_directory() -> Path:
    """Return the directory of the schema files.

    An installed wheel holds them beside this module; a checkout and an editable install have them beside the
    package, because editable installs do not see files that the build would have copied.

    Raises:
        FileNotFoundError: The installation has no schema files.
    """
    package = Path(str(importlib.resources.files("tap_twitter_ads_async")))
    for candidate in (package / "schemas", package.parent / "schemas"):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"No schema files beside {package}: the installation is incomplete.")


def load_schema(name: str) -> Schema:
    """Return the schema of `schemas/<name>.json` with every `$ref` replaced by what it points at.

    Keywords beside a `$ref`, such as a more exact description, win over those of the fragment.

    Args:
        name: Path below `schemas/` without the suffix: a stream's name, or `shared/common`.

    Raises:
        FileNotFoundError: There is no such file.
    """
    # Decoding is several times as fast as a deep copy, and each start of the tap loads some hundred schemas.
    return msgspec.json.decode(_resolved(name), type=dict[str, t.Any])


def stream_schema(name: str) -> Schema:
    """Return the schema of `load_schema` as targets get it: a list of lists is any list.

    PostgreSQL targets make an array of `items`, and rows of an array must all be equally long there; without `items`
    they make a JSON column.
    """
    schema = load_schema(name)
    for column in schema["properties"].values():
        if "array" in column.get("items", {}).get("type", ()):
            del column["items"]
    return schema


@cache
def _file(name: str) -> Schema:
    return msgspec.json.decode((schema_directory() / f"{name}.json").read_bytes(), type=dict[str, t.Any])


@cache
def _resolved(name: str) -> bytes:
    schema = {k: v for k, v in _file(name).items() if k not in _FOR_EDITORS}
    return msgspec.json.encode(_without_refs(schema, name))


def _without_refs(node: t.Any, home: str) -> t.Any:
    if isinstance(node, list):
        return [_without_refs(item, home) for item in node]
    if not isinstance(node, dict):
        return node
    own = {key: _without_refs(value, home) for key, value in node.items() if key != "$ref"}
    return {**_fragment(node["$ref"], home), **own} if "$ref" in node else own


def _fragment(reference: str, home: str) -> Schema:
    """Return what `shared/common.json#/$defs/id` points at; `#/$defs/id` points into the file itself."""
    file, _, pointer = reference.partition("#")
    name = file.removesuffix(".json") or home
    node: t.Any = _file(name)
    for step in pointer.strip("/").split("/"):
        node = node[step]
    return t.cast("Schema", _without_refs(node, name))
