"""target-snowflake in front of its stand-in: an environment of its own, and what is loaded there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from tests.warehouses.pipes import environment, run

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.warehouses.messages import Json, Messages, Rows

ROOT = Path(__file__).resolve().parents[2]
PROJECT = Path(__file__).parent / "snowflake"
ENVIRONMENT = ROOT / ".venv-snowflake"
OLDEST_PYTHON = (3, 11)
SCHEMA = "X_ADS"
SYNC_SECONDS = 200


class NoEnvironment(Exception):
    """The environment cannot be made here; the message says why."""


def python_of_environment() -> Path:
    """Return the interpreter of the environment, which is made in the versions of its lock file if it is not there."""
    uv = shutil.which("uv", path=os.pathsep.join([str(ROOT / ".venv-uv" / "bin"), os.environ.get("PATH", "")]))
    if uv is None:
        raise NoEnvironment("uv is missing: scripts/setup installs it")
    if sys.version_info >= OLDEST_PYTHON:
        python = sys.executable
    else:
        version = ".".join(map(str, OLDEST_PYTHON))
        found = subprocess.run(
            [uv, "python", "find", "--no-python-downloads", f">={version}"], capture_output=True, text=True, check=False
        )
        if found.returncode:
            raise NoEnvironment(f"the stand-in for Snowflake needs Python {version} or newer, which is not installed")
        python = found.stdout.strip()
    command = [uv, "sync", "--quiet", "--frozen", "--no-python-downloads", f"--project={PROJECT}", f"--python={python}"]
    variables = {name: value for name, value in environment().items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(
        command,
        env=variables | {"UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SYNC_SECONDS,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return ENVIRONMENT / "bin" / "python"


@dataclass(frozen=True)
class SnowflakeLoader:
    """target-snowflake, loading into database files in a folder."""

    python: Path
    folder: Path

    def load(self, messages: Messages) -> Json:
        """Load everything; return the last state that the target prints."""
        config = self.folder / "target-snowflake.json"
        account = {"account": "stand-in", "user": "u", "password": "p", "database": "WAREHOUSE"}
        config.write_text(json.dumps({**account, "default_target_schema": SCHEMA.lower(), "validate_records": False}))
        printed = self._stand_in("load", "--config", str(config), data=messages.data)
        return t.cast("Json", json.loads(printed.splitlines()[-1]))

    def tables(self) -> SnowflakeTables:
        """Return all tables as they are now."""
        return SnowflakeTables(json.loads(self._stand_in("dump", SCHEMA), parse_float=Decimal))

    def _stand_in(self, command: str, *arguments: str, data: bytes = b"") -> bytes:
        databases = self.folder / "databases"
        databases.mkdir(exist_ok=True)
        return run([self.python, PROJECT / "stand_in.py", command, str(databases), *arguments], data=data)


@dataclass(frozen=True)
class SnowflakeTables:
    """Tables, with names in the lower case that Snowflake folds to its upper case."""

    dumped: Json

    def columns(self) -> dict[str, dict[str, str]]:
        """Return the type of each column of each table, but for those that the target adds."""
        return {
            table.lower(): {n.lower(): kind for n, kind in found["columns"].items() if not n.startswith("_SDC_")}
            for table, found in self.dumped.items()
        }

    def rows(self, table: str, key: Sequence[str]) -> Rows:
        """Return a table by its key, having made sure that no key comes twice."""
        found = self.dumped[table.upper()]
        listed = [
            {
                name.lower(): _value(value, kind)
                for (name, kind), value in zip(found["columns"].items(), row, strict=True)
                if not name.startswith("_SDC_")
            }
            for row in found["rows"]
        ]
        rows = {tuple(row[name] for name in key): row for row in listed}
        assert len(rows) == len(listed), f"{table} repeats keys"
        return rows


def _value(value: t.Any, kind: str) -> t.Any:
    """Return a value as it was before it became JSON on its way out of the stand-in."""
    if value is None:
        return None
    readers: Mapping[str, t.Callable[[str], t.Any]] = {
        "VARIANT": lambda text: json.loads(text, parse_float=Decimal),
        "TIMESTAMP_NTZ": datetime.fromisoformat,
        "DATE": date.fromisoformat,
    }
    return readers[kind](value) if kind in readers else value
