"""Writes a Meltano project whose plugins are installed already, and prints what the loader is installed from.

project.py MELTANO_YML LOADER FOLDER: the project goes to FOLDER/project, the programs are those of FOLDER/tap and
FOLDER/loader.
"""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import yaml

TAP = "tap-twitter-ads-async"

Plugin = dict[str, t.Any]


def main(definition: str, loader_name: str, prefix: str) -> None:
    """Write the project, print the requirement."""
    project = yaml.safe_load(Path(definition).read_text("utf-8"))
    tap = _only(project["plugins"]["extractors"], TAP)
    loader = _only(project["plugins"]["loaders"], loader_name)
    requirement = loader.pop("pip_url")
    tap.pop("pip_url")
    tap["executable"] = f"{prefix}/tap/bin/{tap.get('executable', TAP)}"
    loader["executable"] = f"{prefix}/loader/bin/{loader.get('executable', loader_name)}"
    kept = {name: project[name] for name in ("default_environment", "project_id", "send_anonymous_usage_stats")}
    environments = [{"name": project["default_environment"]}]
    whole = {**kept, "environments": environments, "plugins": {"extractors": [tap], "loaders": [loader]}}
    Path(prefix, "project", "meltano.yml").write_text(yaml.safe_dump(whole, sort_keys=False), "utf-8")
    print(requirement.removeprefix("-e "))


def _only(plugins: list[Plugin], name: str) -> Plugin:
    found = [plugin for plugin in plugins if plugin["name"] == name]
    if not found:
        known = ", ".join(plugin["name"] for plugin in plugins)
        sys.exit(f"install: meltano.yml has no plugin {name}; it has {known}")
    return found[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
