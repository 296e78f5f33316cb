"""`meltano.yml`, README and `.env.example` say what the tap declares, and no plugin needs Meltano's hub."""

from __future__ import annotations

import fnmatch
import importlib.resources
import importlib.util
import json
import re
import typing as t
from pathlib import Path

import jsonschema
import pytest
import yaml
from target_duckdb_local.target import TargetDuckDBLocal
from target_postgres_adbc.target import TargetPostgresAdbc

from tap_twitter_ads_async.settings.declaration import SECRETS, SETTINGS
from tap_twitter_ads_async.tap import TapTwitterAdsAsync

if t.TYPE_CHECKING:
    from singer_sdk import Target

ROOT = Path(__file__).resolve().parents[2]
MELTANO_YML = ROOT / "meltano.yml"


@pytest.fixture(scope="module")
def project() -> dict[str, t.Any]:
    """The parsed `meltano.yml`."""
    return t.cast("dict[str, t.Any]", yaml.safe_load(MELTANO_YML.read_text("utf-8")))


@pytest.fixture(scope="module")
def extractor(project: dict[str, t.Any]) -> dict[str, t.Any]:
    """The tap's definition."""
    (definition,) = project["plugins"]["extractors"]
    return t.cast("dict[str, t.Any]", definition)


def about() -> dict[str, t.Any]:
    """Return what `--about` prints about the settings."""
    schema: dict[str, t.Any] = json.loads(json.dumps(TapTwitterAdsAsync.config_jsonschema))
    TapTwitterAdsAsync.append_builtin_config(schema)
    return schema


def test_generated_parts_are_up_to_date() -> None:
    """Three copies of the settings drift apart unless one program writes them."""
    spec = importlib.util.spec_from_file_location("generate_settings", ROOT / "scripts/generate_settings.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    stale = [
        path.name for path, text in script.generated().items() if not path.is_file() or path.read_text("utf-8") != text
    ]
    assert stale == [], "run .venv/bin/python scripts/generate_settings.py"


def test_meltano_yml_is_valid_for_meltano(project: dict[str, t.Any]) -> None:
    """Meltano ignores misspelt keys in silence; its own schema does not."""
    schema = importlib.resources.files("meltano") / "schemas" / "meltano.schema.json"
    jsonschema.validate(project, json.loads(schema.read_text("utf-8")))


def readme_blocks(language: str) -> list[str]:
    """Return the README's code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_readme_example_is_valid_for_meltano(extractor: dict[str, t.Any]) -> None:
    """It is the first thing that users copy."""
    (example,) = readme_blocks("yaml")
    schema = importlib.resources.files("meltano") / "schemas" / "meltano.schema.json"
    project = yaml.safe_load(example)
    jsonschema.validate(project, json.loads(schema.read_text("utf-8")))
    (shown,) = project["plugins"]["extractors"]
    full = {setting["name"]: setting for setting in extractor["settings"]}
    assert all(setting.items() <= full[setting["name"]].items() for setting in shown["settings"])
    assert set(shown["capabilities"]) <= set(extractor["capabilities"])
    assert set(shown["config"]) <= {setting["name"] for setting in shown["settings"]}


def test_readme_report_is_a_stream() -> None:
    """An example with a typo costs every reader the same hour."""
    (example,) = readme_blocks("json")
    report = json.loads(example)
    config = {**dict.fromkeys(SECRETS, "x"), "start_date": "2026-01-01", "reports": [report]}
    assert report["name"] in TapTwitterAdsAsync(config=config).streams


def test_every_setting_of_the_tap_is_listed_and_no_other(extractor: dict[str, t.Any]) -> None:
    """A setting that Meltano does not know never reaches the tap, whatever the environment says."""
    assert [setting["name"] for setting in extractor["settings"]] == list(about()["properties"])


def test_secrets_are_sensitive(extractor: dict[str, t.Any]) -> None:
    """`meltano config list` prints everything that is not marked."""
    sensitive = {setting["name"] for setting in extractor["settings"] if setting.get("sensitive")}
    assert sensitive == set(SECRETS)


def test_defaults_and_choices_are_the_taps(extractor: dict[str, t.Any]) -> None:
    """A default that Meltano passes wins over the tap's own."""
    for setting in extractor["settings"]:
        declared = about()["properties"][setting["name"]]
        assert setting.get("value", declared.get("default")) == declared.get("default"), setting["name"]
        choices = [option["value"] for option in setting.get("options", [])]
        assert choices == declared.get("enum", []), setting["name"]


def test_required_settings_are_validated_together(extractor: dict[str, t.Any]) -> None:
    """Meltano tells which settings are missing before it starts the tap."""
    assert [set(group) for group in extractor["settings_group_validation"]] == [
        set(about()["required"]) & SETTINGS.keys()
    ]


def test_capabilities_are_the_taps(extractor: dict[str, t.Any]) -> None:
    """Without `state` Meltano keeps bookmarks and never hands them back."""
    assert set(extractor["capabilities"]) == {str(c.value) for c in TapTwitterAdsAsync.capabilities}


def test_no_plugin_needs_the_hub(project: dict[str, t.Any]) -> None:
    """Only a namespace keeps Meltano from asking its hub on every command."""
    plugins = [plugin for group in project["plugins"].values() for plugin in group]
    assert len(plugins) >= 5
    assert [plugin["name"] for plugin in plugins if "namespace" not in plugin] == []
    assert project["send_anonymous_usage_stats"] is False


@pytest.mark.parametrize("target", [TargetDuckDBLocal, TargetPostgresAdbc])
def test_our_loaders_are_described_as_they_are(project: dict[str, t.Any], target: type[Target]) -> None:
    """The loaders of this repository are plugins like any other."""
    loader = next(p for p in project["plugins"]["loaders"] if p["name"] == target.name)
    schema: dict[str, t.Any] = json.loads(json.dumps(target.config_jsonschema))
    target.append_builtin_config(schema)
    assert {setting["name"] for setting in loader["settings"]} <= schema["properties"].keys()
    known = {str(c.value) for c in target.capabilities} - {"validate-records", "target-schema"}  # no words of Meltano's
    assert set(loader["capabilities"]) == known


def test_selection_names_streams_that_exist(extractor: dict[str, t.Any]) -> None:
    """A pattern that matches nothing selects nothing, in silence."""
    config = {**dict.fromkeys(SECRETS, "x"), "start_date": "2026-01-01", "segmentation_types": ["GENDER"]}
    streams = {stream.name for stream in TapTwitterAdsAsync(config=config).streams.values()}
    for pattern in extractor["select"]:
        stream, _, column = pattern.partition(".")
        assert column == "*", pattern
        assert fnmatch.filter(streams, stream), pattern


def test_readme_shows_as_many_streams_as_are_selected(extractor: dict[str, t.Any]) -> None:
    """Whoever follows the README compares its output with theirs."""
    config = {**dict.fromkeys(SECRETS, "x"), "start_date": "2026-01-01"}
    streams = {stream.name for stream in TapTwitterAdsAsync(config=config).streams.values()}
    selected = {name for pattern in extractor["select"] for name in fnmatch.filter(streams, pattern.partition(".")[0])}
    shown = re.findall(r"(?:and|All) (\d+) streams[ :]", (ROOT / "README.md").read_text("utf-8"))
    assert shown == [str(len(selected))] * 2


def test_metadata_is_what_the_catalog_says(extractor: dict[str, t.Any]) -> None:
    """Metadata in a project wins over the catalog."""
    config = {**dict.fromkeys(SECRETS, "x"), "start_date": "2026-01-01", "segmentation_types": ["GENDER"]}
    catalog = TapTwitterAdsAsync(config=config).catalog_dict["streams"]
    for pattern, metadata in extractor["metadata"].items():
        streams = [stream for stream in catalog if fnmatch.fnmatch(stream["tap_stream_id"], pattern)]
        assert streams, pattern
        for stream in streams:
            assert stream["replication_method"] == metadata["replication-method"], stream["tap_stream_id"]
            assert stream["replication_key"] == metadata["replication-key"], stream["tap_stream_id"]


def test_no_environment_has_settings_of_its_own(project: dict[str, t.Any]) -> None:
    """What stands under one environment is missing in the others: a scheduled `prod` run extracted everything once."""
    quick_start = (ROOT / "docs/quick-start.md").read_text("utf-8")
    (example,) = re.findall(r"<<'YAML'\n(.*?)^YAML$", quick_start, re.DOTALL | re.MULTILINE)
    for found in (project, yaml.safe_load(example)):
        assert {"dev", "prod"} <= {environment["name"] for environment in found["environments"]} or found is project
        assert all(set(environment) == {"name"} for environment in found["environments"])
    writes = re.findall(r"^meltano .*(?:select|config set) .*$", quick_start, re.MULTILINE)
    assert writes
    assert all("--no-environment" in line for line in writes)
