"""Builds and tests the marts of `dbt/` over loaded tables, in an environment of dbt's own, made when it is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import typing as t

from programs import ROOT
from warehouse import SCHEMA

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PACKAGE = ROOT / "dbt"
ENVIRONMENT = ROOT / ".venv-dbt"
BUILT_WITHIN_SECONDS = 300
_NOT_OURS = ("VIRTUAL_ENV", "PYTHONPATH", "DBT_")


class DbtMissing(RuntimeError):
    """dbt cannot be installed here; the message says why."""


class DbtFailed(RuntimeError):
    """dbt ended with an error; the message is what it printed."""


def environment(*groups: str) -> Path:
    """Return the folder of dbt's programs, installed in the versions of its lock file.

    Each choice of groups has an environment of its own: one that grew while another program imports from it would show
    that program half of a package.

    Args:
        groups: Dependency groups of `dbt/pyproject.toml` beside what every use needs.

    Raises:
        DbtMissing: It could not be installed.
    """
    uv = shutil.which("uv", path=os.pathsep.join([str(ROOT / ".venv-uv" / "bin"), os.environ.get("PATH", "")]))
    if uv is None:
        raise DbtMissing("uv is missing; scripts/setup installs it.")
    folder = ENVIRONMENT.with_name("-".join([ENVIRONMENT.name, *groups]))
    command = [uv, "sync", "--quiet", "--frozen", "--no-python-downloads", f"--project={PACKAGE}"]
    command += [f"--python={sys.executable}", *(f"--group={group}" for group in groups)]
    variables = _variables({"UV_PROJECT_ENVIRONMENT": str(folder)})
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DbtMissing(f"dbt could not be installed: {done.stderr[-2000:]}")
    return folder / "bin"


def duckdb_target(database: Path, *, schema: str = "main") -> dict[str, str]:
    """Return the variables that point dbt at a DuckDB file whose tables are in a schema."""
    return {"X_ADS_TARGET": "duckdb", "X_ADS_DUCKDB": str(database), "X_ADS_SCHEMA": schema}


def postgres_target(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that point dbt at the tables in the PostgreSQL that TARGET_POSTGRES_* of it name."""
    schema = environment.get("TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA", SCHEMA)
    return {"X_ADS_TARGET": "postgres", "X_ADS_SCHEMA": schema}


def dbt(
    arguments: Sequence[str], target: Mapping[str, str], *, folder: Path, programs: Path, project: Path = PACKAGE
) -> str:
    """Run dbt and return what it printed.

    Args:
        arguments: Command and options, such as `["build"]`.
        target: Variables that say where the tables are.
        folder: Where dbt writes what it compiles and logs.
        programs: Folder of dbt's programs.
        project: Folder of the project, with its profiles; the package by default.

    Raises:
        DbtFailed: A model or a test of the package failed, or dbt could not start.
    """
    done = subprocess.run(
        [str(programs / "dbt"), *arguments],
        # What dbt prints is returned; nobody reads a file of all its events.
        env=run_environment({**target, "NO_COLOR": "1", "DBT_LOG_LEVEL_FILE": "none"}, folder, project),
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=BUILT_WITHIN_SECONDS,
    )
    if done.returncode:
        raise DbtFailed(done.stdout)
    return done.stdout


def run_environment(target: Mapping[str, str], folder: Path, project: Path = PACKAGE) -> dict[str, str]:
    """Return the environment in which dbt finds a project and a target, and writes into a folder.

    Args:
        target: Variables that say where the tables are.
        folder: Where dbt writes what it compiles and logs.
        project: Folder of the project; the package by default.
    """
    places = {"PROFILES_DIR": project, "PROJECT_DIR": project, "TARGET_PATH": folder, "LOG_PATH": folder}
    return _variables({**target, **{f"DBT_{name}": str(path) for name, path in places.items()}})


def _variables(more: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
    return {**own, **more}
