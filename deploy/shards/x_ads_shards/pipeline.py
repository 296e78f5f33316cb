"""Running a shard: Meltano as a child process, stopped through the tap, judged by the tap's exit code."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
import typing as t
from contextlib import contextmanager, suppress

import psutil

from x_ads_shards.ending import COMPLETE, INCOMPLETE, SIGNAL_BASE, Ending
from x_ads_shards.meltano_log import MeltanoLog
from x_ads_shards.report import discard_report, read_report
from x_ads_shards.shard import TAP

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from x_ads_shards.shard import Project, Shard

    Tell = Callable[[str], None]

STOP_SECONDS = 45.0
"""For the tap to write its last state, and for the loader to load what it has."""


def run_shard(project: Project, shard: Shard, tell: Tell) -> Ending:
    """Extract and load one shard; go on from the state of its last run, however that ended.

    Call it from the main thread for SIGTERM and SIGINT to end the run in order.

    Args:
        project: Where plugins are.
        shard: What to extract.
        tell: Takes each line for the log.
    """
    folder = project.report(shard)
    folder.mkdir(parents=True, exist_ok=True)
    discard_report(folder)
    log = MeltanoLog()
    with _started(project, shard) as meltano, _stopping(meltano) as received:
        for line in t.cast("t.IO[str]", meltano.stdout):
            shown = log.take(line)
            if shown:
                tell(shown)
        meltano.wait()
    code = _exit_code(meltano.returncode, log, received)
    return Ending(code, "" if code == COMPLETE else log.error, read_report(folder), interrupted=bool(received))


def _started(project: Project, shard: Shard) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*_dies_with_us(), *_command(project, shard)],
        cwd=project.root,
        env=project.environment(shard),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _command(project: Project, shard: Shard) -> list[str]:
    """Return Meltano's command line.

    `el` has a run folder for each run, `run` one for each plugin. `--force`: whoever calls sees to it that a shard
    runs once at a time, and after a kill Meltano would believe for minutes that the dead run is alive.
    """
    return [
        project.meltano,
        "el",
        "--no-install",
        "--force",
        "--state-id",
        shard.state_id,
        TAP,
        project.loader,
    ]


def _dies_with_us() -> list[str]:
    """Return a prefix that has the kernel end Meltano when this process is killed, where there is one (Linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _exit_code(meltano_code: int, log: MeltanoLog, received: list[int]) -> int:
    if received:
        return SIGNAL_BASE + received[0]
    if meltano_code == COMPLETE:
        return COMPLETE
    if log.extractor_code is None or log.loader_failed:
        return INCOMPLETE
    code = log.extractor_code
    return SIGNAL_BASE - code if code < 0 else code  # Python's word for "ended by a signal" is its number, negated


@contextmanager
def _stopping(meltano: subprocess.Popen[str]) -> Iterator[list[int]]:
    """Turn signals to this process into an end of the tap, as long as the block runs.

    Meltano lets the loader finish and keeps its last state when the tap ends; when Meltano itself is told to end, it
    kills both.
    """
    received: list[int] = []

    def stop(signum: int, _frame: object) -> None:
        received.append(signum)
        taps = _taps(meltano.pid) if len(received) == 1 else []
        for tap in taps:
            with suppress(psutil.NoSuchProcess):
                tap.send_signal(signum)
        if not taps:  # not started yet, or told a second time
            meltano.terminate()
        elif len(received) == 1:
            timer = threading.Timer(STOP_SECONDS, meltano.kill)
            timer.daemon = True
            timer.start()

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _taps(meltano_pid: int) -> list[psutil.Process]:
    try:
        children = psutil.Process(meltano_pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [child for child in children if _is_tap(child)]


def _is_tap(process: psutil.Process) -> bool:
    try:
        return any(word.rpartition("/")[2] == TAP for word in process.cmdline()[:3])
    except psutil.Error:
        return False
