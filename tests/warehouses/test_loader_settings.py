"""`meltano.yml` describes the loaders as they are: Meltano passes on no setting it does not know."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.warehouses.pipes import BIN, run
from tests.warehouses.snowflake_loader import NoEnvironment, python_of_environment

if t.TYPE_CHECKING:
    from tests.warehouses.messages import Json

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
OURS = {"host", "default_target_schema", "validate_records", "use_copy"}
"""Settings whose default in meltano.yml is not the loader's own."""
KINDS = {
    "integer": {"integer"},
    "boolean": {"boolean"},
    "object": {"object"},
    "string": {"string", "options", "file"},
}
"""Meltano's words for a type of JSON Schema."""


def program(loader: str) -> Path:
    """Return the loader's executable."""
    if loader == "target-postgres":
        return BIN / loader
    try:
        return python_of_environment().with_name(loader)
    except NoEnvironment as reason:
        pytest.skip(str(reason))


def settings_of(about: Json) -> dict[str, Json]:
    """Return the settings that a loader says it has; those inside of objects with dots, as Meltano writes them."""
    found: dict[str, Json] = {}
    for name, schema in about["settings"]["properties"].items():
        found[name] = schema
        found |= {f"{name}.{part}": inner for part, inner in schema.get("properties", {}).items()}
    return found


@pytest.mark.parametrize("loader", ["target-postgres", "target-snowflake"])
def test_settings_are_those_of_the_loader(loader: str) -> None:
    """A misspelt setting, a wrong kind or an old default is found by users only when a load goes wrong."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text("utf-8"))
    (described,) = [plugin for plugin in project["plugins"]["loaders"] if plugin["name"] == loader]
    about = json.loads(run([program(loader), "--about", "--format=json"]))
    assert described["pip_url"].endswith(f"=={about['version']}")
    theirs = settings_of(about)
    for setting in described["settings"]:
        name = setting["name"]
        assert name in theirs, name
        (kind,) = set(theirs[name]["type"]) - {"null"}
        assert setting["kind"] in KINDS[kind], name
        if theirs[name].get("enum"):
            assert {option["value"] for option in setting["options"]} == set(theirs[name]["enum"]), name
        if "value" in setting and name not in OURS:
            assert setting["value"] == theirs[name].get("default"), name
    required = set(about["settings"].get("required", []))
    assert all(required <= set(group) for group in described["settings_group_validation"])
    assert {name for group in described["settings_group_validation"] for name in group} <= theirs.keys()
    secret = {name for name, schema in theirs.items() if schema.get("secret")}
    sensitive = {setting["name"] for setting in described["settings"] if setting.get("sensitive")}
    assert secret & {setting["name"] for setting in described["settings"]} <= sensitive
    assert "password" in sensitive
