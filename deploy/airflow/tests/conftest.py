"""One stage and one Airflow for all tests."""

from __future__ import annotations

import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
from stage import SLOW_JOBS_SECONDS, Stage, stage

DAGS = Path(__file__).resolve().parents[1] / "dags"
AIRFLOW = Path(sys.executable).parent / "airflow"


@dataclass(frozen=True)
class Airflow:
    """An Airflow with a metadata database of its own, and the stage that its tasks run on."""

    stage: Stage
    home: Path

    def variables(self) -> dict[str, str]:
        """Return the environment of `airflow`."""
        return {
            **self.stage.variables(),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
            "X_ADS_RETRY_SECONDS": "1",
        }

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [str(AIRFLOW), *arguments],
            env=self.variables() | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def test_run(self, dag: str, **variables: str) -> tuple[int, str]:
        """Run a DAG from its first to its last task; return exit code and log."""
        with self.start("dags", "test", dag, **variables) as running:
            log = running.communicate()[0]
        return running.returncode, log


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Airflow]:
    """Two accounts, with the API's real limits, whose jobs take long enough for a run to be killed."""
    folder = tmp_path_factory.mktemp("stage")
    with stage(folder, job_latency=SLOW_JOBS_SECONDS) as servers:
        made = Airflow(servers, folder / "airflow")
        with made.start("db", "migrate") as migration:
            log = migration.communicate()[0]
        assert migration.returncode == 0, log
        yield made
