"""The whole engine as it is deployed: sensor, queue, run workers, and one that is killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import dagster as dg
import psutil
from stage import wait_for

if t.TYPE_CHECKING:
    from stage import Extraction, Stage

HERE = Path(__file__).resolve().parents[1]
WORKER_GONE_SECONDS = 30


def test_accounts_are_found_extracted_and_taken_up_again_after_a_kill(surroundings: Stage, tmp_path: Path) -> None:
    """Nobody is there at night: an out-of-memory kill has to heal by itself."""
    shutil.copy(HERE / "dagster.yaml", tmp_path)
    log = (tmp_path / "daemon.log").open("wb")
    command = [str(Path(sys.executable).parent / "dagster-daemon"), "run", "-m", "x_ads_dagster.definitions"]
    victim = surroundings.accounts[0]
    with subprocess.Popen(command, cwd=HERE, stdout=log, stderr=log) as daemon:
        try:
            extraction: Extraction = wait_for(lambda: surroundings.extraction_of(victim))
            below = extraction.without_worker()
            extraction.worker.kill()
            gone, left = psutil.wait_procs(below, WORKER_GONE_SECONDS)
            assert (len(gone), left) == (len(below), [])
            with dg.DagsterInstance.get() as instance:
                wait_for(lambda: is_taken_up_again(instance, victim))
                wait_for(lambda: all(successes(instance, account) for account in surroundings.accounts))
        finally:
            daemon.terminate()
    assert surroundings.loaded().items() >= surroundings.expected().items()


def successes(instance: dg.DagsterInstance, account: str) -> t.Sequence[dg.DagsterRun]:
    """Return an account's runs that have come to a good end."""
    wanted = dg.RunsFilter(tags={"dagster/partition": account}, statuses=[dg.DagsterRunStatus.SUCCESS])
    return instance.get_runs(wanted)


def is_taken_up_again(instance: dg.DagsterInstance, account: str) -> bool:
    """Whether the account's one failed run has a successful one in its place; the schedule may have started others."""
    wanted = dg.RunsFilter(tags={"dagster/partition": account}, statuses=[dg.DagsterRunStatus.FAILURE])
    failed = {run.run_id for run in instance.get_runs(wanted)}
    assert len(failed) <= 1
    return bool(failed) and failed == {run.parent_run_id for run in successes(instance, account)} - {None}
