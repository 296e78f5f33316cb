"""One stage for all tests, and an instance of Dagster for each."""

from __future__ import annotations

import typing as t

import pytest
from stage import SLOW_JOBS_SECONDS, Stage, stage

if t.TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def played_on(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Stage]:
    """Two accounts, with the API's real limits, whose jobs take long enough for a run to be killed."""
    with stage(tmp_path_factory.mktemp("stage"), job_latency=SLOW_JOBS_SECONDS) as servers:
        yield servers


@pytest.fixture
def surroundings(played_on: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Give this process the environment of an engine that runs on the stage."""
    for name, value in played_on.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return played_on
