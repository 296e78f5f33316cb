"""What the tests of both engines play on: a simulated API and a PostgreSQL server, run from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import time
import typing as t
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psutil
import psycopg
from throwaway_postgres import PostgresServer, throwaway_postgres

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
STREAMS = ("campaigns", "campaign_stats", "targeting_platforms")
TAP = "tap-twitter-ads-async"
SCHEMA = "tap_twitter_ads_async"  # Meltano names it after the tap
METRIC = "impressions"
PATIENCE_SECONDS = 240
SLOW_JOBS_SECONDS = 2.0
FOREIGN = ("TAP_", "TARGET_", "MELTANO_", "X_ADS_", "DAGSTER_", "AIRFLOW_", "PG", "VIRTUAL_ENV", "PYTHON")

if t.TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, t.Any]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Extraction:
    """Processes of a shard's run: the engine's worker, Meltano below it, the tap below that."""

    worker: psutil.Process
    meltano: psutil.Process
    tap: psutil.Process

    def without_worker(self) -> list[psutil.Process]:
        """Return all that has to end with the worker: Meltano, tap and loader."""
        return [self.meltano, *self.meltano.children(recursive=True)]


@dataclass(frozen=True)
class Stage:
    """Servers, and the variables that lead to them."""

    api_url: str
    config: Json
    server: PostgresServer
    work: Path

    def variables(self) -> dict[str, str]:
        """Return the environment of an engine; nothing of the caller's that could configure a plugin is in it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        tap = {f"TAP_TWITTER_ADS_ASYNC_{name.upper()}": _text(value) for name, value in self.config.items()}
        place = {name: getattr(self.server, name) for name in ("host", "port", "user", "password", "database")}
        return {
            **kept,
            **tap,
            **{f"TARGET_POSTGRES_{name.upper()}": str(value) for name, value in place.items()},
            "MELTANO_SYS_DIR_ROOT": str(self.work / "plugins"),
            "MELTANO_STATE_BACKEND_URI": (self.work / "state").as_uri(),
            "X_ADS_PROJECT": str(ROOT),
            "X_ADS_WORK": str(self.work),
            "X_ADS_BIN": str(BIN),
            "X_ADS_STREAMS": ",".join(STREAMS),
        }

    def control(self, what: str, body: Json | None = None, **query: str) -> t.Any:
        """Talk to the simulator's admin side."""
        url = f"{self.api_url}/__sim__/{what}?{urllib.parse.urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:  # noqa: S310 - http on loopback
            return json.load(answer)

    @property
    def accounts(self) -> list[str]:
        """Ids of all accounts."""
        return sorted(record["id"] for record in self.control("objects", kind="accounts"))

    def expected(self) -> dict[Key, int]:
        """Return the truth of one metric on the days that are over everywhere."""
        last = (datetime.now(timezone.utc).date() - timedelta(days=2)).isoformat()
        first = str(self.config["start_date"])[:10]
        rows = [
            row
            for account in self.accounts
            for row in self.control(
                "truth", account_id=account, entity="CAMPAIGN", granularity="DAY", start=first, end=last
            )
        ]
        return {
            (row["account_id"], row["entity_id"], row["placement"], row["start_time"]): row["metrics"][METRIC]
            for row in rows
            if row["metrics"].get(METRIC)
        }

    def loaded(self) -> dict[Key, int]:
        """Return the same metric as it stands in PostgreSQL."""
        columns = 'account_id, entity_id, placement, to_char(start_time, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')'
        rows = self.query(f"SELECT {columns}, {METRIC} FROM {SCHEMA}.campaign_stats WHERE {METRIC} > 0")  # noqa: S608 - our own names
        return {tuple(row[:4]): row[4] for row in rows}

    def query(self, sql: str) -> list[tuple[t.Any, ...]]:
        """Ask the database."""
        server = self.server
        with psycopg.connect(
            host=server.host, port=server.port, user=server.user, password=server.password, dbname=server.database
        ) as connection:
            done = connection.execute(sql)
            return done.fetchall() if done.description else []

    def extraction_of(self, account: str) -> Extraction | None:
        """Return the processes that extract an account, once the tap runs.

        Simulated accounts are called the same on every stage, and engines are tested side by side: only processes that
        work in this stage's folder are its own.
        """
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
                if f"x-ads-{account}" not in words or process.environ().get("X_ADS_WORK") != str(self.work):
                    continue
                tap, worker = extraction_below(process), process.parent()
                if tap is not None and worker is not None:
                    return Extraction(worker, process, tap)
            except psutil.Error:  # it ended while it was looked at
                continue
        return None

    def jobs_created(self) -> int:
        """Return how many jobs the API has created so far."""
        return int(self.control("journal")["counters"].get("jobs_created", 0))

    def jobs_created_for(self, account: str) -> int:
        """Return how many creations of jobs of an account the API has on record."""
        requests = self.control("journal")["requests"]
        return sum(r["method"] == "POST" and r["account_id"] == account for r in requests)


@contextmanager
def stage(work: Path, *, accounts: int = 2, job_latency: float = 0.3, plugins: bool = True) -> t.Iterator[Stage]:
    """Run both servers, the API with its real limits, as long as the block runs.

    Args:
        work: Folder for what runs leave.
        accounts: Ads accounts.
        job_latency: Seconds that a job takes.
        plugins: Have the plugins of the checkout's Meltano project ready.
    """
    if not (BIN / "meltano").exists():
        raise RuntimeError("Run scripts/setup in the checkout first: tap, Meltano and simulator run from its .venv.")
    command = [str(BIN / "x-ads-simulator"), f"--accounts={accounts}", "--days=6", "--campaigns-per-account=2"]
    command += [f"--job-latency={job_latency}", "--no-revisions"]
    with throwaway_postgres() as server, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            ready = json.loads(t.cast("t.IO[str]", simulator.stdout).readline())
            if plugins:
                link_plugins(work)
            yield Stage(ready["api_url"], ready["config"], server, work)
        finally:
            simulator.terminate()


def link_plugins(work: Path) -> None:
    """Have Meltano's plugins made once per checkout, in its own interpreter, as its tests do."""
    program = (
        "import sys; from pathlib import Path; from tests.support.meltano_home import MeltanoHome; "
        "MeltanoHome(Path(sys.argv[1])).link('target-postgres')"
    )
    subprocess.run([str(BIN / "python"), "-c", program, str(work / "plugins")], cwd=ROOT, check=True)


def wait_for(what: Callable[[], t.Any], seconds: float = PATIENCE_SECONDS) -> t.Any:
    """Wait until something is true; return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError("waited in vain")


def extraction_below(meltano: psutil.Process) -> psutil.Process | None:
    """Return the tap that extracts below a Meltano; None before it does, and while it is only asked for its catalog."""
    try:
        for child in meltano.children():
            words = child.cmdline()
            if any(TAP in word for word in words) and "--discover" not in words:
                return child
    except psutil.Error:  # one of them ended while it was looked at
        pass
    return None


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
