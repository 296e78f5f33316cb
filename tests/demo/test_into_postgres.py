"""`demo/run --into postgres`: the same demo, with rows in a PostgreSQL that is gone afterwards."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

if t.TYPE_CHECKING:
    from tests.support.meltano_home import MeltanoHome

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DEMO = (sys.executable, ROOT / "demo" / "quickstart.py", "--into=postgres", "--accounts=1", "--days=3")


def test_demo_shows_what_postgres_holds(tmp_path: Path, meltano_home: MeltanoHome) -> None:
    """Whoever has PostgreSQL in production wants to see that, not another database."""
    done = subprocess.run(
        [*DEMO, "--job-latency=0.1"],
        cwd=tmp_path,
        env=meltano_home.variables("target-postgres"),
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    screen = done.stdout[done.stdout.rindex("\nDone in ") :]
    assert re.search(r"^  loaded  [\d,]+ rows in 21 tables, in a PostgreSQL that is gone now$", screen, re.MULTILINE)
    assert re.search(r"^  marts   (\d+) of \1 models and tests", screen, re.MULTILINE)
    assert re.search(r"^  account +campaign +currency +spend ", screen, re.MULTILINE)
    ((account, campaign),) = re.findall(r"^  (\S.*?) {2,}(\S.*?) {2,}[A-Z]{3} ", screen, re.MULTILINE)[:1]
    report = (ROOT / "output" / "report.html").read_text("utf-8")
    assert html.escape(account) in report
    assert html.escape(campaign) in report


def test_second_demo_into_a_server_that_is_gone_is_refused(tmp_path: Path, meltano_home: MeltanoHome) -> None:
    """The state of a database that was thrown away would make the next one incomplete."""
    environment = meltano_home.variables("target-postgres")
    done = subprocess.run(
        [*DEMO, "--again"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "TARGET_POSTGRES_HOST" in done.stderr
