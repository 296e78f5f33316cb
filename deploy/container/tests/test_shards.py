"""The image's command against a simulated API and PostgreSQL: exit codes, signals, kills, another machine's folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import typing as t
from dataclasses import dataclass

import psutil
import pytest
from stage import SLOW_JOBS_SECONDS, Stage, stage, wait_for

if t.TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """A folder that a container or a machine has for itself; programs are the image's."""

    image: Path
    folder: Path
    played_on: Stage
    backend: dict[str, str]

    @classmethod
    def new(cls, image: Path, folder: Path, played_on: Stage, backend: dict[str, str]) -> Machine:
        """Make the folder, with the image's project in it."""
        folder.mkdir()
        shutil.copytree(image / "project", folder / "project")
        return cls(image, folder, played_on, backend)

    def variables(self) -> dict[str, str]:
        """Return the container's environment."""
        given = self.played_on.variables()
        del given["MELTANO_STATE_BACKEND_URI"]
        own = {
            "X_ADS_PROJECT": self.folder / "project",
            "X_ADS_BIN": self.image / "bin",
            "X_ADS_WORK": self.folder / "work",
            "MELTANO_SYS_DIR_ROOT": self.folder / "work" / "meltano",
            "XDG_CACHE_HOME": self.folder / "work" / "cache",
            "XDG_STATE_HOME": self.folder / "work" / "log",
        }
        return {**given, **{name: str(path) for name, path in own.items()}, **self.backend}

    def start(self, shard: str, accounts: str, **variables: str) -> subprocess.Popen[str]:
        """Start a shard."""
        return subprocess.Popen(
            [self.image / "bin" / "x-ads-shard", shard, f"--accounts={accounts}", "--streams=campaigns,campaign_stats"],
            env=self.variables() | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, shard: str, accounts: str, **variables: str) -> tuple[int, str]:
        """Run a shard to its end; return exit code and log."""
        with self.start(shard, accounts, **variables) as running:
            log = running.communicate()[0]
        return running.returncode, log


def file_state(folder: Path) -> dict[str, str]:
    """Keep the state in a folder."""
    return {"MELTANO_STATE_BACKEND_URI": folder.as_uri()}


@pytest.fixture(scope="module")
def played_on(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Stage]:
    """Two accounts, whose jobs take long enough to be interrupted."""
    with stage(tmp_path_factory.mktemp("stage"), job_latency=SLOW_JOBS_SECONDS, plugins=False) as servers:
        yield servers


def until_state_is_kept(running: subprocess.Popen[str]) -> None:
    """Read a shard's log until Meltano has kept a state that the loader let go of."""
    seen = []
    for line in t.cast("t.IO[str]", running.stdout):
        seen.append(line)
        if "Incremental state has been updated" in line:
            return
    raise AssertionError("the shard ended without any state\n" + "".join(seen)[-4000:])


def kill(running: subprocess.Popen[str]) -> None:
    """Kill a shard's whole process group without a word, as a machine that goes down does."""
    below = psutil.Process(running.pid).children(recursive=True)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    psutil.wait_procs(below, 10)


@pytest.mark.parametrize("kind", ["s3", "postgres"])
def test_two_shards_are_killed_and_go_on_elsewhere(
    kind: str, image: Path, played_on: Stage, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Pods move between machines; only what lies in the state backend moves with them."""
    if kind == "s3":
        backend = {
            "MELTANO_STATE_BACKEND_URI": f"s3://state/{kind}",
            "MELTANO_STATE_BACKEND_S3_ENDPOINT_URL": request.getfixturevalue("s3"),
            "MELTANO_STATE_BACKEND_S3_AWS_ACCESS_KEY_ID": "k",
            "MELTANO_STATE_BACKEND_S3_AWS_SECRET_ACCESS_KEY": "s",
        }
    else:
        server = played_on.server
        place = f"{server.user}:{server.password}@{server.host}:{server.port}/{server.database}"
        backend = {"MELTANO_DATABASE_URI": f"postgresql+psycopg://{place}", "MELTANO_STATE_BACKEND_URI": "systemdb"}
    shards = dict(zip((f"{kind}-emea", f"{kind}-apac"), played_on.accounts, strict=True))
    windows = {"TAP_TWITTER_ADS_ASYNC_WINDOW_DAYS": "1"}
    # Few slots and small batches: there is a state to keep long before the end.
    slowly = {"TAP_TWITTER_ADS_ASYNC_MAX_CONCURRENT_JOBS": "4", "TARGET_POSTGRES_BATCH_SIZE_ROWS": "20"}
    here = Machine.new(image, tmp_path / "here", played_on, backend)
    running = []
    for name, account in shards.items():
        # One after the other, because two first commands may neither make tables nor Meltano's database at once.
        running.append(here.start(name, account, **windows, **slowly))
        until_state_is_kept(running[-1])
    for process in running:
        kill(process)
    shutil.rmtree(here.folder)

    there = Machine.new(image, tmp_path / "there", played_on, backend)
    for name, account in shards.items():
        code, log = there.run(name, account, **windows)
        assert code == 0, log[-4000:]
        assert "Going on from the state: " in log
    assert played_on.loaded().items() >= played_on.expected().items()


def test_sigterm_ends_a_shard_with_its_state(image: Path, played_on: Stage, tmp_path: Path) -> None:
    """Kubernetes evicts pods with SIGTERM: what is loaded stays loaded, and jobs under way are collected later."""
    machine = Machine.new(image, tmp_path / "m", played_on, file_state(tmp_path / "state"))
    account = played_on.accounts[0]
    before = played_on.jobs_created_for(account)
    with machine.start("evicted", account) as running:
        wait_for(lambda: played_on.jobs_created_for(account) > before)
        began = time.monotonic()
        running.send_signal(signal.SIGTERM)
        log = running.communicate()[0]
    assert running.returncode == 128 + signal.SIGTERM, log[-4000:]
    assert time.monotonic() - began < 30
    (state,) = (tmp_path / "state").rglob("state.json")
    assert '"jobs"' in state.read_text("utf-8")


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"TAP_TWITTER_ADS_ASYNC_WINDOW_DAYS": "400"}, 2),
        ({"TAP_TWITTER_ADS_ASYNC_ACCESS_TOKEN_SECRET": "wrong"}, 3),
        ({"TARGET_POSTGRES_PASSWORD": "wrong"}, 1),
    ],
)
def test_the_exit_code_says_what_to_do(
    variables: dict[str, str], code: int, image: Path, played_on: Stage, tmp_path: Path
) -> None:
    """The manifests' failure policy is built on it; Meltano itself says 1 to everything."""
    machine = Machine.new(image, tmp_path / "m", played_on, file_state(tmp_path / "state"))
    found, log = machine.run("wrong", played_on.accounts[0], **variables)
    assert found == code, log[-4000:]
