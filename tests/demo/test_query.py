"""`demo/query`: what newcomers look at their rows with."""

from __future__ import annotations

import subprocess
import sys
import typing as t
from decimal import Decimal
from pathlib import Path

import duckdb
from tables import print_table

if t.TYPE_CHECKING:
    import pytest

QUERY = (sys.executable, Path(__file__).resolve().parents[2] / "demo" / "query.py")


def test_table_is_aligned_and_shows_null_as_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A number that is shifted by a column, or a null that reads None or 0, is misread."""
    print_table(("name", "spend", "rows"), [("a", 0.5, 1234), (None, Decimal("12.346"), Decimal(7))])
    assert capsys.readouterr().out.splitlines() == [
        "  name  spend   rows",
        "  ----  -----  -----",
        "  a      0.50  1,234",
        "        12.35      7",
    ]


def test_wrong_sql_ends_with_the_databases_message(tmp_path: Path) -> None:
    """A traceback would hide the line that says what is wrong."""
    file = tmp_path / "rows.duckdb"
    duckdb.connect(file).execute("CREATE TABLE campaigns AS SELECT 1 AS id").close()
    done = subprocess.run(
        [*QUERY, f"--duckdb={file}", "SELECT name FROM campaigns"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("query: ")
    assert "name" in done.stderr
    assert "Traceback" not in done.stderr
