"""The whole engine as it is deployed: sensor, queue, run workers, and one that is killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import dagster as dg
import psutil
from stage import meltano_of, wait_for

if t.TYPE_CHECKING:
    from stage import Stage

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
            meltano = wait_for(lambda: meltano_of(victim))
            below = [meltano, *meltano.children(recursive=True)]
            worker = t.cast("psutil.Process", meltano.parent())
            worker.kill()
            gone, left = psutil.wait_procs(below, WORKER_GONE_SECONDS)
            assert (len(gone), left) == (len(below), [])
            with dg.DagsterInstance.get() as instance:
                wait_for(lambda: all(loads(instance, account) for account in surroundings.accounts))
                runs = instance.get_runs(dg.RunsFilter(tags={"dagster/partition": victim}))
        finally:
            daemon.terminate()
            daemon.wait(30)
    assert sorted(run.status.value for run in runs) == ["FAILURE", "SUCCESS"]
    assert surroundings.loaded().items() >= surroundings.expected().items()


def loads(instance: dg.DagsterInstance, account: str) -> bool:
    """Whether an account's run has come to a good end."""
    wanted = dg.RunsFilter(tags={"dagster/partition": account}, statuses=[dg.DagsterRunStatus.SUCCESS])
    return bool(instance.get_runs(wanted, limit=1))
