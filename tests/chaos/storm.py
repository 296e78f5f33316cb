"""Runs of the tap in bad weather: random faults, random kills, a target that keeps only what a STATE line covers.

Everything random comes from one number, but for the moments at which the operating system lets things happen.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.simulator.faults import parse_fault
from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tap_twitter_ads_async.tap import TapTwitterAdsAsync
from tests.support.batch_files import batch_config, rows_of

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Json = dict[str, t.Any]
Key = tuple[t.Any, ...]

STREAMS = {"campaign_stats": "CAMPAIGN", "line_item_stats": "LINE_ITEM", "account_stats": "ACCOUNT"}
ROWS_OF_A_FILE = 150
"""So few that a run writes many files."""
LONGEST_RUN_SECONDS = 120.0
SECONDS_TO_END = 10.0
"""So soon after SIGTERM or SIGINT the tap must be gone."""
BAD_WEATHER = (
    "POST stats/jobs: status=503 times=3",
    "POST stats/jobs: status=500 body=html times=2 every=3",
    "POST stats/jobs: status=503 times=2 retry_after=1",
    "POST stats/jobs: action=drop_before times=3 every=2",
    "POST stats/jobs: action=drop_after times=3 every=2",
    "POST stats/jobs: status=429 account_reset=2 times=1 skip=4",
    "POST stats/jobs: action=job_fail times=4 every=3",
    "POST stats/jobs: action=job_fail times=null above=100",
    "POST stats/jobs: action=job_hang times=1 skip=3",
    "POST stats/jobs: action=job_hide polls=2 times=5",
    "POST stats/jobs: action=job_no_url polls=3 times=6",
    "POST stats/jobs: action=job_slow seconds=1.5 times=6",
    "POST stats/jobs: status=400 times=1 skip=5",
    "GET stats/jobs: status=503 times=4",
    "GET stats/jobs: action=drop_before times=3",
    "GET stats/jobs: action=slow seconds=1 times=2",
    "GET stats/jobs: status=401 times=1 skip=2",
    "GET active_entities: status=502 body=empty times=2",
    "GET active_entities: action=drop_after times=1",
    "GET accounts: status=503 times=1",
    "GET file: status=404 body=html times=6",
    "GET file: status=403 body=empty times=3",
    "GET file: action=truncate times=4",
    "GET file: action=corrupt times=4",
    "GET file: action=cut times=4",
    "GET file: action=expired times=1",
    "*: action=foreign_jobs jobs=8 times=null",
)
PERILS = ("kill after lines", "kill after seconds", "kill after seconds", "terminate", "spare")
"""Seconds are counted from the first line: starting Python takes longer than many a run."""


@dataclass
class Target:
    """What a loader holds: records by key, and the STATE line up to which it has flushed.

    A loader that dies with its tap has flushed up to some STATE line; what came after is gone.
    """

    held: dict[str, dict[Key, Json]] = field(default_factory=lambda: {name: {} for name in STREAMS})
    keys: dict[str, list[str]] = field(default_factory=dict)
    state: Json | None = None

    def take(self, lines: list[bytes], states_unflushed: int) -> None:
        """Load the lines of one run, and the files that they name, up to the last STATE line but so many."""
        messages = [json.loads(line) for line in lines]
        places = [i for i, m in enumerate(messages) if m["type"] == "STATE"]
        places = places[: max(1, len(places) - states_unflushed)]  # a run may have one only
        for message in messages[: places[-1] + 1] if places else []:
            if message["type"] == "SCHEMA":
                self.keys[message["stream"]] = message["key_properties"]
            elif message["type"] in {"RECORD", "BATCH"}:
                name = message["stream"]
                for record in rows_of(message) if message["type"] == "BATCH" else [message["record"]]:
                    self.held[name][tuple(record[k] for k in self.keys[name])] = record
            elif message["type"] == "STATE":
                self.state = message["value"]


@dataclass
class Run:
    """How one run of the tap went."""

    exit_code: int
    lines: list[bytes]
    half_line: bytes
    log: str
    seconds_to_end: float = 0.0
    """From the signal to the end of the process."""


class Storm:
    """A simulated world, a target, and taps that come and go.

    Args:
        directory: Takes the files of the taps.
        seed: Number from which everything random is derived.
        tell: Takes a line about each run.
        form: Format of batch files, None for RECORD lines.
    """

    def __init__(
        self, directory: Path, seed: int, tell: Callable[[str], None] = lambda _: None, form: str | None = None
    ) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.tell = tell
        self._directory = directory
        self.target = Target()
        self.sim = Simulator(
            SimulatorOptions(
                seed=seed,
                accounts=2,
                days=6,
                job_latency=0.3,
                latency_jitter=0.8,
                max_jobs=12,
                rate_limit_scale=0.0,
                funding_instruments_per_account=1,
                campaigns_per_account=4,
                line_items_per_campaign=1,
                promoted_tweets_per_line_item=1,
                organic_tweets_per_account=1,
                records_per_collection=1,
            )
        )
        self._end = (datetime.now(timezone.utc) - timedelta(days=2)).date().isoformat()
        self._form = form
        self._usual_lines = 200 if form is None else 12

    # --- one round ------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Write configuration and catalog. The simulator must be running."""
        settings = {"granularity": "HOUR", "window_days": 2, "end_date": self._end}
        settings |= {"job_timeout_seconds": 6, "max_concurrent_jobs": 10, "request_timeout": 10}
        config = self.sim.config() | settings
        if self._form is not None:
            config["batch_config"] = batch_config(
                self._directory / "batches", self._form, None, batch_size=ROWS_OF_A_FILE
            )
        self._write("config.json", config)
        catalog = TapTwitterAdsAsync(config=config).catalog_dict
        for entry in catalog["streams"]:
            for item in entry["metadata"]:
                if item["breadcrumb"] == []:
                    item["metadata"]["selected"] = entry["stream"] in STREAMS
        self._write("catalog.json", catalog)

    def round(self) -> Run:
        """Run the tap once in bad weather, and let the target keep what it has flushed."""
        weather = self.rng.sample(BAD_WEATHER, self.rng.randint(0, 4))
        self._plan(weather)
        peril = self.rng.choice(PERILS)
        after_lines = self.rng.randint(1, self._usual_lines) if peril == "kill after lines" else 0
        seconds = self.rng.choice([0.0, 0.0, 1.5]) + self.rng.uniform(0.0, 3.0)
        stop = signal.SIGTERM if peril == "terminate" else signal.SIGKILL
        run = self._run(None if peril == "spare" else stop, seconds, after_lines)
        self.tell(f"{peril}, exit code {run.exit_code}, {len(run.lines)} lines; {'; '.join(weather) or 'fair weather'}")
        self.check(run, peril)
        self.target.take(run.lines, self.rng.choice([0, 0, 1, 2]))
        return run

    def check(self, run: Run, peril: str) -> None:
        """Hold what every run must keep to, however it ended."""
        for line in run.lines:
            json.loads(line)
        if peril == "kill after lines" or (peril == "kill after seconds" and run.exit_code < 0):
            return
        assert not run.half_line, "only a kill may tear a line"
        assert run.exit_code >= 0, f"the tap died by itself: {run.log[-2000:]}"
        assert "Traceback" not in run.log, run.log[-4000:]
        assert run.seconds_to_end <= SECONDS_TO_END, f"{run.seconds_to_end:.1f} s from the signal to the end"

    def calm(self) -> Run:
        """Run the tap once in fair weather, to its end."""
        self._plan([])
        run = self._run(None, 0.0, 0)
        assert run.exit_code == 0, run.log[-4000:]
        self.target.take(run.lines, 0)
        return run

    # --- the truth ------------------------------------------------------------------------------------------

    def conclude(self) -> int:
        """Run once in fair weather and compare all that the target holds with the truth.

        Returns:
            The number of rows compared.
        """
        while True:
            hour = datetime.now(timezone.utc).hour
            self.calm()
            wrong, rows = self.differences()
            if hour == datetime.now(timezone.utc).hour:  # else the world may have revised a figure in between
                break
        assert not wrong, (len(wrong), wrong[:5])
        broken = [v for v in self.sim.journal.violations if v["rule"] != _NEW_PROCESS]
        assert not broken, broken[:5]
        return rows

    def differences(self) -> tuple[list[str], int]:
        """Compare the target with the truth; return what differs, in words, and how many rows were compared."""
        wrong: list[str] = []
        rows = 0
        start = self.sim.config()["start_date"]
        for stream, entity in STREAMS.items():
            rest = dict(self.target.held[stream])
            for account_id in self.sim.api.world.accounts:
                for row in self.sim.truth(account_id, entity, "HOUR", start, self._end):
                    rows += 1
                    wrong += _deviations(row, rest.pop(tuple(row[k] for k in self.target.keys[stream]), None))
            wrong += [f"more than the truth: {r}" for r in rest.values() if _has_metrics(r)]
        return wrong, rows

    # --- the process ----------------------------------------------------------------------------------------

    def _plan(self, weather: list[str]) -> None:
        self.sim.api.faults.clear()
        for text in weather:
            self.sim.api.faults.add(parse_fault(text))

    def _command(self, *more: str) -> list[str]:
        config = str(self._directory / "config.json")
        return [sys.executable, "-m", "tap_twitter_ads_async", "--config", config, *more]

    def _write(self, name: str, content: object) -> str:
        path = self._directory / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def _run(self, stop: signal.Signals | None, seconds: float, after_lines: int) -> Run:
        command = self._command("--catalog", str(self._directory / "catalog.json"))
        if self.target.state is not None:
            command += ["--state", self._write("state.json", self.target.state)]
        log = self._directory / "log.txt"
        lines: list[bytes] = []
        stopped: list[float] = []
        with log.open("wb") as log_file, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log_file) as process:

            def end(number: int) -> None:
                stopped.append(time.monotonic())
                process.send_signal(number)

            watchdog = threading.Timer(LONGEST_RUN_SECONDS, process.kill)
            peril = threading.Timer(seconds, end, (stop,))
            watchdog.start()
            half_line = b""
            assert process.stdout is not None
            for line in process.stdout:
                if not line.endswith(b"\n"):
                    half_line = line
                    break
                lines.append(line)
                if len(lines) == 1 and stop is not None and not after_lines:
                    peril.start()
                if len(lines) == after_lines:
                    end(signal.SIGKILL)
            exit_code = process.wait()
            took = time.monotonic() - stopped[0] if stopped else 0.0
            peril.cancel()
            watchdog.cancel()
        if not stopped:
            self._usual_lines = max(2, len(lines))
        text = log.read_text(encoding="utf-8")
        assert exit_code != -signal.SIGKILL or stopped, f"the run had no end: {text[-4000:]}"
        return Run(exit_code, lines, half_line, text, took)


_NEW_PROCESS = "came back before the time it was told"
"""A tap that was killed takes the wait that it was told with it."""
_DIMENSIONS = frozenset(
    {"account_id", "entity_id", "entity", "placement", "granularity", "start_time", "end_time", "date"}
    | {"segmentation_type", "segment_name", "segment_value", "country", "platform"}
)


def _deviations(row: Json, record: Json | None) -> list[str]:
    if record is None:
        return [f"missing: {row}"]
    # The MEDIA group is historic and off by default.
    asked = {c: v for c, v in row["metrics"].items() if not c.startswith("media_")}
    return [f"{c} is {record.get(c)!r}, not {v!r}: {row}" for c, v in asked.items() if record.get(c) != v]


def _has_metrics(record: Json) -> bool:
    return any(value for column, value in record.items() if column not in _DIMENSIONS)


assert set(STREAMS.values()) <= set(rules.ENTITIES), "the streams are those of known entity types"
