"""Real programs with real pipes between them: the tap's console script, and loaders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tap_twitter_ads_async.tap import TapTwitterAdsAsync
from tests.warehouses.messages import Json, Messages

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from throwaway_postgres import PostgresServer

    from tap_twitter_ads_async.simulator.server import Simulator

BIN = Path(sys.executable).parent
TIMEOUT_SECONDS = 120
Choice = t.Callable[[str, str | None], bool]
"""Tells whether a stream (no column named) or one of its columns is selected."""


def environment() -> dict[str, str]:
    """Return this process's environment without anything that would configure a plugin, or slow its start."""
    foreign = ("TAP_", "TARGET_", "MELTANO_", "PG", "SNOWFLAKE_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def run(command: Sequence[str | Path], *, data: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
    """Run a program to its successful end; return what it printed."""
    everything = environment() | dict(variables or {})
    done = subprocess.run(
        command, input=data, capture_output=True, check=False, timeout=TIMEOUT_SECONDS, env=everything
    )
    assert done.returncode == 0, done.stderr.decode()[-6000:]
    return done.stdout


@dataclass(frozen=True)
class Tap:
    """The tap in front of a simulated API."""

    folder: Path
    simulator: Simulator
    settings: Json = field(default_factory=dict)

    def config(self, **settings: t.Any) -> Json:
        """Return a complete configuration."""
        return self.simulator.config(**self.settings, **settings)

    def catalog(self, choose: Choice | None = None, **settings: t.Any) -> Json:
        """Return what discovery prints, with a choice of streams and columns other than the default."""
        catalog: Json = json.loads(_discovered(json.dumps(self.config(**settings))))
        if choose is not None:
            for entry in catalog["streams"]:
                for item in entry["metadata"]:
                    column = item["breadcrumb"][-1] if item["breadcrumb"] else None
                    if item["metadata"].get("inclusion") != "automatic":
                        item["metadata"]["selected"] = choose(entry["stream"], column)
        return catalog

    def run(self, choose: Choice | None = None, state: Json | None = None, **settings: t.Any) -> Messages:
        """Extract; return what came out."""
        command: list[str | Path] = [BIN / "tap-twitter-ads-async"]
        command += ["--config", self._write("config", self.config(**settings))]
        command += ["--catalog", self._write("catalog", self.catalog(choose, **settings))]
        if state is not None:
            command += ["--state", self._write("state", state)]
        return Messages(tuple(run(command).splitlines()))

    def _write(self, name: str, content: Json) -> Path:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content), "utf-8")
        return path


@dataclass(frozen=True)
class PostgresLoader:
    """target-postgres, loading into one schema of a database."""

    folder: Path
    server: PostgresServer
    schema: str

    def load(self, messages: Messages, *, zone: str | None = None, **settings: t.Any) -> Json:
        """Load everything, in a session's time zone if it is given; return the last state that the target prints."""
        config = self.folder / f"target-{self.schema}.json"
        fast = {"use_copy": True, "validate_records": False}  # as in meltano.yml
        server = {name: getattr(self.server, name) for name in ("host", "port", "user", "password", "database")}
        config.write_text(json.dumps({**server, "default_target_schema": self.schema, **fast, **settings}), "utf-8")
        variables = {"PGTZ": zone} if zone else {}
        printed = run([BIN / "target-postgres", "--config", config], data=messages.data, variables=variables)
        return t.cast("Json", json.loads(printed.splitlines()[-1]))


@cache
def _discovered(config: str) -> str:
    return TapTwitterAdsAsync(config=json.loads(config)).catalog_json_text


def only(*streams: str) -> Callable[[str, str | None], bool]:
    """Return a choice of some streams with all of their columns."""
    return lambda stream, _: stream in streams
