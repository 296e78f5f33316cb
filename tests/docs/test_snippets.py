"""JSON and YAML in the docs are what they claim to be: configuration, reports, state, parts of `meltano.yml`."""

from __future__ import annotations

import fnmatch
import importlib.resources
import json
import typing as t

import jsonschema
import pytest
import yaml

from tap_twitter_ads_async.settings.declaration import SECRETS
from tap_twitter_ads_async.tap import TapTwitterAdsAsync
from tests.support.markdown import Block, blocks, pages

TAP = "tap-twitter-ads-async"
NEEDED = {**dict.fromkeys(SECRETS, "x"), "start_date": "2026-01-01"}

Json = t.Any


def found(language: str) -> list[t.Any]:
    """Return all blocks in one language as parameters of a test."""
    return [pytest.param(block, id=block.where) for page in pages() for block in blocks(page, language)]


def tap(config: Json, state: Json = None) -> TapTwitterAdsAsync:
    """Build the tap, which refuses every wrong setting."""
    complete = NEEDED | {name: value for name, value in config.items() if not str(value).startswith("$")}
    return TapTwitterAdsAsync(config=complete, state=state)


def check_json(value: Json) -> None:
    """Check a piece of JSON by what it looks like."""
    if "singer_state" in value or "bookmarks" in value:
        check_state(value.get("singer_state", value))
    elif "entity" in value:
        assert value["name"] in tap({"reports": [value]}).streams
    else:
        known = {*TapTwitterAdsAsync.config_jsonschema["properties"], *built_in_settings()}
        assert sorted(set(value) - known) == []
        tap(value)


def check_state(state: Json) -> None:
    """A state names streams, and the tap takes it."""
    streams = tap({}, state).streams
    assert sorted(set(state["bookmarks"]) - set(streams)) == []


def built_in_settings() -> set[str]:
    """Return the settings that the SDK adds."""
    schema: dict[str, t.Any] = json.loads(json.dumps(TapTwitterAdsAsync.config_jsonschema))
    TapTwitterAdsAsync.append_builtin_config(schema)
    return set(schema["properties"])


@pytest.mark.parametrize("block", found("json"))
def test_json_is_taken_by_the_tap(block: Block) -> None:
    """An example with a typo costs every reader the same hour."""
    value = json.loads(block.text)
    for item in value if isinstance(value, list) else [value]:
        check_json(item)


@pytest.mark.parametrize("block", found("yaml"))
def test_yaml_is_a_part_of_meltano_yml(block: Block) -> None:
    """Meltano ignores misspelt keys in silence; its own schema does not, and the tap refuses unknown settings."""
    schema = json.loads((importlib.resources.files("meltano") / "schemas" / "meltano.schema.json").read_text("utf-8"))
    part = yaml.safe_load(block.text)
    assert sorted(set(part) - set(schema["properties"])) == []
    jsonschema.validate({"version": 1, **part}, schema)
    for extractor in extractors(part):
        check_extractor(extractor)


def extractors(part: Json) -> t.Iterator[Json]:
    """Return every configuration of the tap in a part of `meltano.yml`: plugins' and environments'."""
    places = [part.get("plugins", {})]
    places += [environment.get("config", {}).get("plugins", {}) for environment in part.get("environments", [])]
    for place in places:
        for plugin in place.get("extractors", []):
            if TAP in (plugin["name"], plugin.get("inherit_from")):
                yield plugin


def check_extractor(plugin: Json) -> None:
    """Settings are the tap's, and every pattern selects something."""
    config = plugin.get("config", {})
    assert sorted(set(config) - built_in_settings()) == []
    streams = tap(config).streams
    for pattern in plugin.get("select", []):
        stream, _, column = pattern.removeprefix("!").partition(".")
        matching = fnmatch.filter(streams, stream)
        assert matching, pattern
        columns = {name for stream in matching for name in streams[stream].schema["properties"]}
        assert fnmatch.filter(columns, column), pattern
