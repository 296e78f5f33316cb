"""The tap as a program of its own, beside a simulated API in this process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tap_twitter_ads_async.tap import TapTwitterAdsAsync

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Json = dict[str, t.Any]

POLL_SECONDS = 0.02
TAP = (sys.executable, "-m", "tap_twitter_ads_async")


@dataclass
class Outcome:
    """What a run of the tap left.

    Attributes:
        seconds: From start to end of the process, start-up included.
        peak_bytes: Largest resident size of the process.
        records: RECORD messages.
        state: Value of the last STATE message.
    """

    seconds: float
    peak_bytes: int
    records: int
    state: Json


@dataclass
class Reader:
    """A target: takes lines, counts records, keeps the last state; may look away for a while first."""

    pause: float = 0.0
    records: int = 0
    state: bytes = b""
    done: Event = field(default_factory=Event)

    def drain(self, source: t.IO[bytes]) -> None:
        """Read to the end."""
        self.done.wait(self.pause)
        for line in source:
            if line.startswith(b'{"type":"RECORD"'):
                self.records += 1
            elif line.startswith(b'{"type":"STATE"'):
                self.state = line


class World:
    """A simulated API and a directory for the tap's files."""

    def __init__(self, simulator: Simulator, directory: Path) -> None:
        self.sim = simulator
        self._directory = directory

    @property
    def directory(self) -> Path:
        """Folder of the tap's files, gone with the world."""
        return self._directory

    def shard(self, name: str) -> World:
        """Return the same API for another run of the tap at the same time, with files of its own."""
        folder = self._directory / name
        folder.mkdir(exist_ok=True)
        return World(self.sim, folder)

    @property
    def account_ids(self) -> list[str]:
        """Ids of all accounts."""
        return list(self.sim.api.world.accounts)

    def run(
        self, streams: Sequence[str], *, state: Json | None = None, pause: float = 0.0, **settings: t.Any
    ) -> Outcome:
        """Run the tap over some streams.

        Args:
            streams: Streams to select.
            state: State to start from.
            pause: For so many seconds nothing reads the tap's output.
            settings: Settings beside credentials, address and start date.

        Returns:
            What came of it.

        Raises:
            RuntimeError: The tap failed; the message is its log.
        """
        config = self.sim.config(**settings)
        arguments = [*TAP, "--config", self._write("config.json", config)]
        arguments += ["--catalog", self._catalog(config, streams)]
        if state is not None:
            arguments += ["--state", self._write("state.json", state)]
        reader = Reader(pause)
        began = time.perf_counter()
        log_path = self._directory / "tap.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log)
            assert process.stdout is not None
            thread = Thread(target=reader.drain, args=(process.stdout,))
            thread.start()
            peak = watch_peak(process)
            thread.join()
        seconds = time.perf_counter() - began
        if process.returncode:
            raise RuntimeError(log_path.read_text(encoding="utf-8")[-4000:])
        return Outcome(seconds, peak, reader.records, json.loads(reader.state)["value"])

    def _catalog(self, settings: Json, streams: Sequence[str]) -> str:
        catalog = TapTwitterAdsAsync(config=settings).catalog_dict
        for entry in catalog["streams"]:
            for item in entry["metadata"]:
                if not item["breadcrumb"]:
                    item["metadata"]["selected"] = entry["stream"] in streams
        return self._write("catalog.json", catalog)

    def _write(self, name: str, content: object) -> str:
        path = self._directory / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    # --- what happened on the wire --------------------------------------------------------------------------

    def requests(self, method: str, route: str) -> list[Json]:
        """Return the requests that the simulator noted."""
        return [r for r in list(self.sim.journal.requests) if (r["method"], r["route"]) == (method, route)]

    def creations(self) -> list[Json]:
        """Return the accepted creations of jobs."""
        return [r for r in self.requests("POST", "stats/jobs") if r["status"] < 400]

    def makespan(self) -> float:
        """Return the seconds from the first creation of a job to the end of the last download."""
        files = self.requests("GET", "file")
        ends = [float(file["time"] + file.get("seconds", 0.0)) for file in files]
        return max(ends) - min(float(creation["time"]) for creation in self.creations())


def watch_peak(process: subprocess.Popen[bytes]) -> int:
    """Watch a process to its end; return its largest resident size in bytes.

    The kernel's account of finished children will not do: it counts this process's size before the start as well.
    """
    peak = 0
    while process.poll() is None:
        for line in _status(process.pid):
            if line.startswith("VmHWM:"):
                peak = max(peak, int(line.split()[1]) * 1024)
        time.sleep(POLL_SECONDS)
    return peak


def _status(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:  # it has just ended
        return []


@contextmanager
def world(**options: t.Any) -> Iterator[World]:
    """Start a simulated API without rate limits; stop it in the end."""
    with (
        tempfile.TemporaryDirectory() as directory,
        Simulator(SimulatorOptions(**{"rate_limit_scale": 0.0, "revisions": False, **options})) as simulator,
    ):
        yield World(simulator, Path(directory))
