"""The definition for Meltano's hub says the same as the tap itself, in the hub's form."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from tap_twitter_ads_async.settings.declaration import SECRETS
from tap_twitter_ads_async.tap import TapTwitterAdsAsync

ROOT = Path(__file__).resolve().parents[2]
HUB_DEFINITION = ROOT / "hub/tap-twitter-ads-async.yml"

REQUIRED = {"name", "namespace", "variant", "quality"}
ALLOWED = REQUIRED | {
    "capabilities",
    "definition",
    "description",
    "docs",
    "domain_url",
    "executable",
    "keywords",
    "label",
    "log_parser",
    "logo_url",
    "maintenance_status",
    "metadata",
    "next_steps",
    "pip_url",
    "prereq",
    "repo",
    "select",
    "settings",
    "settings_group_validation",
    "settings_preamble",
    "supported_python_versions",
    "usage",
}
SETTING_KEYS = {"name", "aliases", "label", "value", "kind", "description", "documentation", "options", "sensitive"}
KINDS = {"array", "boolean", "date_iso8601", "decimal", "file", "integer", "object", "options", "string"}


@pytest.fixture(scope="module")
def hub() -> dict[str, t.Any]:
    """The parsed definition."""
    return t.cast("dict[str, t.Any]", yaml.safe_load(HUB_DEFINITION.read_text("utf-8")))


@pytest.fixture(scope="module")
def about() -> dict[str, t.Any]:
    """The settings as `--about=json` shows them."""
    schema: dict[str, t.Any] = json.loads(json.dumps(TapTwitterAdsAsync.config_jsonschema))
    TapTwitterAdsAsync.append_builtin_config(schema)
    return schema


def test_the_hub_would_take_it(hub: dict[str, t.Any]) -> None:
    """The hub refuses keys, kinds and orders that it does not know."""
    assert REQUIRED <= hub.keys() <= ALLOWED
    assert list(hub) == sorted(hub)
    for setting in hub["settings"]:
        assert setting.keys() <= SETTING_KEYS, setting["name"]
        assert list(setting) == sorted(setting), setting["name"]
        assert setting["kind"] in KINDS, setting["name"]
        assert setting["label"], setting["name"]
        assert all(isinstance(option["value"], str) for option in setting.get("options", [])), setting["name"]


def test_it_names_the_distribution(hub: dict[str, t.Any]) -> None:
    """What the hub hands out is what Meltano installs and starts."""
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'name = "{hub["pip_url"]}"' in pyproject
    assert f"\n{hub['name']} = " in pyproject  # the console script: no `executable` is given, so it is the name
    assert hub["supported_python_versions"] == re.findall(r'Python :: (3\.\d+)"', pyproject)


def test_settings_are_those_of_about(hub: dict[str, t.Any], about: dict[str, t.Any]) -> None:
    """Users of the hub see the same settings, words and defaults as users of `--about`."""
    assert [setting["name"] for setting in hub["settings"]] == list(about["properties"])
    for setting in hub["settings"]:
        declared = about["properties"][setting["name"]]
        assert setting["description"] == declared["description"], setting["name"]
        assert setting.get("value", declared.get("default")) == declared.get("default"), setting["name"]
        assert [option["value"] for option in setting.get("options", [])] == declared.get("enum", []), setting["name"]
    assert {setting["name"] for setting in hub["settings"] if setting.get("sensitive")} == set(SECRETS)
    assert hub["capabilities"] == sorted(str(c.value) for c in TapTwitterAdsAsync.capabilities)


def test_it_is_the_extractor_of_this_project(hub: dict[str, t.Any]) -> None:
    """Both are read by Meltano; what works here has to work from the hub."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text("utf-8"))
    (extractor,) = project["plugins"]["extractors"]
    for key in extractor.keys() - {"pip_url", "executable"}:
        assert hub[key] == extractor[key], key
