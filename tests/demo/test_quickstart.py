"""The README's demo: it fills a database, shows what is in it, and leaves nothing running."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import typing as t
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pytest

if t.TYPE_CHECKING:
    from tests.support.meltano_home import MeltanoHome

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--accounts=1", "--days=3", "--job-latency=0.1")
LINES_OF_A_TERMINAL, COLUMNS_OF_A_TERMINAL = 24, 80
GONE_WITHIN_SECONDS = 15


@contextmanager
def started(database: Path, home: MeltanoHome, *options: str) -> t.Iterator[subprocess.Popen[str]]:
    """Start the demo as the leader of its own process group; whatever happens, none of it outlives the test."""
    with subprocess.Popen(
        [sys.executable, ROOT / "demo" / "quickstart.py", f"--database={database}", *options],
        cwd=database.parent,
        env=home.variables("target-duckdb-local"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as demo:
        try:
            yield demo
        finally:
            with suppress(ProcessLookupError):
                os.killpg(demo.pid, signal.SIGKILL)


def is_gone(group: int) -> bool:
    """Whether no process of a group is left, at the latest after a while."""
    deadline = time.monotonic() + GONE_WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
    return False


def test_demo_fills_a_database_and_shows_it(tmp_path: Path, meltano_home: MeltanoHome) -> None:
    """Someone's first minute with the project."""
    database = tmp_path / "demo.duckdb"
    with started(database, meltano_home, *SMALL) as demo:
        printed, _ = demo.communicate(timeout=150)
        assert demo.returncode == 0, printed[-4000:]
        assert is_gone(demo.pid)
    with duckdb.connect(database, read_only=True) as connection:
        names = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
        rows = sum(connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0] for name in names)  # noqa: S608 - the catalog's names
        top = connection.execute((ROOT / "demo" / "top_campaigns.sql").read_text("utf-8")).fetchall()
        ((spend, currency),) = connection.execute(
            "SELECT sum(spend), any_value(currency) FROM x_ads.account_days"
        ).fetchall()
        (charges,) = connection.execute("SELECT sum(billed_charge_local_micro) / 1e6 FROM campaign_stats").fetchall()[0]
    assert top
    assert float(spend) == pytest.approx(charges)
    screen = printed[printed.rindex("\nDone in ") :].rstrip().splitlines()
    assert len(screen) <= LINES_OF_A_TERMINAL, printed
    assert [line for line in screen if len(line) > COLUMNS_OF_A_TERMINAL and str(tmp_path) not in line] == []
    shown = "\n".join(screen)
    assert re.search(rf"^  loaded  {rows:,} rows in {len(names)} tables, in {database}$", shown, re.MULTILINE)
    assert re.search(r"^  marts   (\d+) of \1 models and tests", shown, re.MULTILINE)
    assert f"  report  {tmp_path / 'report.html'}" in shown
    for account, campaign, currency, amount, *_ in top:
        line = rf"^ +{re.escape(account)} +{re.escape(campaign)} +{currency} +{amount:,.2f} "
        assert re.search(line, shown, re.MULTILINE)
    assert f"<dt>Spend</dt><dd>{spend:,.2f} {currency}</dd>" in (tmp_path / "report.html").read_text("utf-8")
    suggested = re.search(r"^  demo/(query .* - < .*)$", shown, re.MULTILINE)
    assert suggested is not None
    command = f"{shlex.quote(sys.executable)} demo/{suggested[1].replace('query', 'query.py', 1)}"
    answer = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S602 - as typed
    assert all(campaign in answer.stdout for _, campaign, *_ in top)


def test_interrupted_demo_leaves_nothing_running(tmp_path: Path, meltano_home: MeltanoHome) -> None:
    """A simulator that stays behind keeps its ports and a core busy for days."""
    with started(tmp_path / "demo.duckdb", meltano_home, "--accounts=1", "--days=3", "--job-latency=600") as demo:
        lines = t.cast("t.IO[str]", demo.stdout)
        seen = []
        for line in lines:
            seen.append(line)
            if "Extracting 1 account" in line:
                break
        demo.send_signal(signal.SIGTERM)
        seen.append(demo.communicate(timeout=60)[0])
        assert demo.returncode == 128 + signal.SIGTERM, "".join(seen)[-4000:]
        assert is_gone(demo.pid)
