"""A dbt project of somebody else's that names the package as a dependency."""

from __future__ import annotations

import json
import shutil
import typing as t

import marts
import yaml

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SPEND = "SELECT account_id, date_day, SUM(spend) AS spend FROM {{ ref('account_days') }} GROUP BY account_id, date_day"


def build_beside(database: Path, folder: Path, variables: Mapping[str, str]) -> set[str]:
    """Build a model of the project's own and what it stands on; return the names of what succeeded.

    Args:
        database: The file, with the tap's tables in it; the project works on a copy in its folder.
        folder: Where to make the project; it must not exist.
        variables: Variables of the package that the project sets.
    """
    files: dict[str, object] = {
        "dbt_project.yml": {
            "name": "shop",
            "version": "1.0.0",
            "config-version": 2,
            "profile": "shop",
            "vars": dict(variables),
        },
        "packages.yml": {"packages": [{"local": str(marts.PACKAGE)}]},
        "profiles.yml": {
            "shop": {
                "target": "dev",
                "outputs": {"dev": {"type": "duckdb", "path": str(folder / "shop.duckdb"), "schema": "analytics"}},
            }
        },
    }
    (folder / "models").mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content), "utf-8")
    (folder / "models" / "spend.sql").write_text(SPEND, "utf-8")
    shutil.copy(database, folder / "shop.duckdb")
    for command in (["deps"], ["build", "--select", "+spend", "--indirect-selection", "cautious"]):
        marts.dbt(command, {}, folder=folder / "target", programs=marts.environment(), project=folder)
    results = json.loads((folder / "target" / "run_results.json").read_text("utf-8"))["results"]
    return {result["unique_id"] for result in results if result["status"] in {"success", "pass"}}
