"""Lint of the Containerfile, schemas of the manifests, and what both have to agree on."""

from __future__ import annotations

import re
import subprocess
import sys
import typing as t
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
HERE = ROOT / "deploy" / "container"
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
RESOURCES = [path for path in MANIFESTS if path.name != "kustomization.yaml"]
SHARDS = [path for path in MANIFESTS if path.name.startswith("shard-")]
VERSIONS = ("1.31.0", "1.34.0", "1.37.0")
"""From the version in which `podFailurePolicy` became stable on."""


def read(path: Path) -> dict[str, t.Any]:
    """Return a manifest."""
    content = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def pod(path: Path) -> dict[str, t.Any]:
    """Return the specification of a shard's pod."""
    return t.cast("dict[str, t.Any]", read(path)["spec"]["jobTemplate"]["spec"]["template"]["spec"])


def test_hadolint_has_nothing_to_say() -> None:
    """Nobody builds the image here; mistakes of form have to be found all the same."""
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, HERE / "Containerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_would_say_something() -> None:
    """A linter that is not running is silent as well."""
    hadolint = Path(sys.executable).parent / "hadolint"
    bad = "FROM python:latest\nRUN apt-get install x\n"
    done = subprocess.run([hadolint, "-"], input=bad, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "DL3007" in done.stdout


def test_everything_that_is_copied_exists() -> None:
    """A moved folder must not break the image in silence."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", (HERE / "Containerfile").read_text("utf-8"), re.MULTILINE)
    missing = [name for line in lines for name in line.split() if not (ROOT / name).exists()]
    assert lines
    assert missing == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", RESOURCES, ids=lambda path: path.name)
def test_manifests_fit_the_schemas_of_kubernetes(path: Path, version: str) -> None:
    """A misspelt field is ignored by some versions, and the limit that it meant with it."""
    kubernetes_validate.validate(read(path), version, strict=True)


def test_a_misspelt_field_would_be_found() -> None:
    """A check that accepts everything proves nothing."""
    broken = read(SHARDS[0])
    broken["spec"]["concurencyPolicy"] = broken["spec"].pop("concurrencyPolicy")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS[0], strict=True)


def test_kustomize_lists_what_is_there() -> None:
    """A new shard that is not listed never runs."""
    listed = read(ROOT / "deploy" / "kubernetes" / "kustomization.yaml")["resources"]
    assert sorted(listed) == sorted(p.name for p in RESOURCES if p.name != "secret.example.yaml")


@pytest.mark.parametrize("path", SHARDS, ids=lambda path: path.name)
def test_a_shard_is_what_the_image_runs(path: Path) -> None:
    """Manifests and Containerfile are written apart: user, folders and names must be the same."""
    text = (HERE / "Containerfile").read_text("utf-8")
    (shard,) = pod(path)["containers"]
    assert f"--uid {pod(path)['securityContext']['runAsUser']} " in text
    assert {mount["mountPath"] for mount in shard["volumeMounts"]} == {"/var/lib/x-ads", "/tmp"}  # noqa: S108 - a path in the container
    assert shard["args"][0] == path.stem.removeprefix("shard-") == read(path)["metadata"]["labels"]["x-ads/shard"]
    rules = read(path)["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
    assert rules[0]["onExitCodes"]["containerName"] == shard["name"]


def test_no_account_is_in_two_shards() -> None:
    """Two shards of one account would load and pay for everything twice."""
    words = [word for path in SHARDS for word in pod(path)["containers"][0]["args"] if word.startswith("--accounts=")]
    accounts = [account for word in words for account in word.partition("=")[2].split(",")]
    assert accounts
    assert len(accounts) == len(set(accounts))


def test_variables_are_settings_that_exist() -> None:
    """A misspelt variable is ignored by Meltano."""
    project = read(ROOT / "meltano.yml")
    plugins = [*project["plugins"]["extractors"], *project["plugins"]["loaders"]]
    known = {f"{p['name']}_{s['name']}".replace("-", "_").upper() for p in plugins for s in p.get("settings", ())}
    named = {*read(ROOT / "deploy/kubernetes/settings.yaml")["data"]}
    named |= {*read(ROOT / "deploy/kubernetes/secret.example.yaml")["stringData"]}
    assert {name for name in named - known if not name.startswith("MELTANO_STATE_BACKEND_")} == set()


def test_the_image_has_the_meltano_of_the_tests() -> None:
    """Another version has another log, whose words tell the tap's exit code."""
    pinned = re.search(r'"meltano==([^"]+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert pinned
    assert f']=={pinned[1]}"' in (HERE / "install").read_text("utf-8")
    uv = re.search(r"^UV_VERSION=(\S+)", (ROOT / "scripts" / "setup").read_text("utf-8"), re.MULTILINE)
    assert uv
    assert f"UV_VERSION={uv[1]} " in (HERE / "install").read_text("utf-8")
