"""What users install: the built wheel in a clean environment, away from the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
import zipfile
from pathlib import Path

import pytest
import uv

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CONFIG = {
    "consumer_key": "ck",
    "consumer_secret": "cs",
    "access_token": "at",
    "access_token_secret": "ats",
    "start_date": "2026-01-01",
    "segmentation_types": ["GENDER"],
    "api_url": "http://127.0.0.1:9",  # nobody listens: neither discovery nor --about may need the API
}
ENTITIES = ("account", "funding_instrument", "campaign", "line_item", "promoted_tweet", "promoted_account")


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    """Return what a command prints; its complaints are the test's failure message."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TAP_TWITTER_ADS_ASYNC_")}
    clean.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution; `TAP_WHEEL` names one that is built already."""
    if given := os.environ.get("TAP_WHEEL"):
        return Path(given).resolve()
    dist = tmp_path_factory.mktemp("dist")
    run(uv.find_uv_bin(), "build", "--quiet", "--out-dir", dist, "--python", sys.executable, cwd=ROOT)
    (built,) = dist.glob("*.whl")
    return built


class Environment:
    """A virtual environment with the locked dependencies and nothing of this project."""

    def __init__(self, path: Path) -> None:
        self.bin = path / ("Scripts" if os.name == "nt" else "bin")
        run(uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, path, cwd=path.parent)

    def install(self, *what: str | Path) -> None:
        """Install into this environment."""
        uv_bin = uv.find_uv_bin()
        run(uv_bin, "pip", "install", "--quiet", "--python", self.bin / "python", *what, cwd=self.bin)

    def has(self, module: str) -> bool:
        """Whether a module can be found here."""
        found = f"import importlib.util; print(importlib.util.find_spec({module!r}) is not None)"
        return run(self.bin / "python", "-c", found, cwd=self.bin).strip() == "True"


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the tap's dependencies as locked, without any extra."""
    path = tmp_path_factory.mktemp("clean")
    export = ("export", "--quiet", "--frozen", "--no-default-groups", "--no-emit-workspace", "--no-hashes")
    (path / "requirements.txt").write_text(run(uv.find_uv_bin(), *export, cwd=ROOT))
    environment = Environment(path / "venv")
    environment.install("--requirement", path / "requirements.txt")
    return environment


@pytest.fixture(scope="module")
def installed(clean: Environment, wheel: Path) -> Environment:
    """The clean environment with the wheel in it."""
    clean.install("--no-deps", wheel)
    assert not clean.has("aiohttp"), "the extra's dependency is there: the test would prove nothing"
    return clean


def discover(*command: str | Path, cwd: Path, **env: str) -> dict[str, t.Any]:
    """Return the catalog that a tap prints, by stream."""
    config = cwd / "config.json"
    config.write_text(json.dumps(CONFIG))
    printed = run(*command, "--config", config, "--discover", cwd=cwd, **env)
    return {stream["tap_stream_id"]: stream for stream in json.loads(printed)["streams"]}


def test_wheel_holds_the_schemas_the_licence_and_the_type_marker(wheel: Path) -> None:
    """`schemas/` lies outside the package and reaches the wheel only because the build says so."""
    names = set(zipfile.ZipFile(wheel).namelist())
    schemas = {f"tap_twitter_ads_async/{file.relative_to(ROOT)}" for file in ROOT.glob("schemas/**/*.json")}
    assert len(schemas) >= len(ENTITIES)
    assert schemas - names == set()
    assert "tap_twitter_ads_async/py.typed" in names
    assert any(re.fullmatch(r".*\.dist-info/licenses/LICENSE", name) for name in names)
    assert not any(name.startswith(("tests/", "demo/", "benchmarks/")) for name in names)


@pytest.fixture(scope="module")
def catalog(installed: Environment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """What the installed wheel discovers, far from the checkout."""
    return discover(installed.bin / "tap-twitter-ads-async", cwd=tmp_path_factory.mktemp("elsewhere"))


def test_installed_tap_discovers_from_any_directory(catalog: dict[str, t.Any]) -> None:
    """The commonest packaging error: it works only where the checkout is."""
    assert catalog.keys() >= {f"{entity}_stats" for entity in ENTITIES} | {"campaign_stats_by_gender", "campaigns"}
    assert "impressions" in catalog["campaign_stats"]["schema"]["properties"]


def test_editable_install_gives_the_same_catalog(catalog: dict[str, t.Any], tmp_path: Path) -> None:
    """An editable install lacks the files that the build copies; the schemas must be found all the same."""
    assert discover(Path(sys.executable).parent / "tap-twitter-ads-async", cwd=tmp_path) == catalog


def test_checkout_gives_the_same_catalog(catalog: dict[str, t.Any], installed: Environment, tmp_path: Path) -> None:
    """Run as a module from the sources, which come before the installed package on the path."""
    module = (installed.bin / "python", "-m", "tap_twitter_ads_async")
    assert discover(*module, cwd=tmp_path, PYTHONPATH=str(ROOT)) == catalog


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_about_names_the_settings(installed: Environment, tmp_path: Path, form: str) -> None:
    """`--about` is where catalogues of taps take their settings from."""
    printed = run(installed.bin / "tap-twitter-ads-async", f"--about={form}", cwd=tmp_path)
    assert "account_ids" in printed
    assert "stream_maps" in printed


def test_version_is_the_distributions(installed: Environment, wheel: Path, tmp_path: Path) -> None:
    """Bug reports quote it."""
    printed = run(installed.bin / "python", "-m", "tap_twitter_ads_async", "--version", cwd=tmp_path)
    assert wheel.name.split("-")[1] in printed


def test_simulator_comes_with_its_extra(installed: Environment, wheel: Path, tmp_path: Path) -> None:
    """Users try the tap before they have access to the API."""
    installed.install(f"{wheel}[simulator]")
    assert "--seed" in run(installed.bin / "x-ads-simulator", "--help", cwd=tmp_path)
