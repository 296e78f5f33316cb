"""Comments for warehouses that cannot be run here: parsers of their dialects read what `scripts/comments.py` says."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t

import comments
import marts
import pytest

pytestmark = pytest.mark.slow

PARSE = """
import json, sys
import sqlglot
dialect, text = json.load(sys.stdin)
told = []
for statement in filter(None, sqlglot.parse(text, read=dialect)):
    names = [part.name for part in statement.this.parts] if hasattr(statement.this, "parts") else []
    words = [literal.this for literal in statement.find_all(sqlglot.exp.Literal)]
    told.append([type(statement).__name__, bool(statement.args.get("exists")), names, words])
json.dump(told, sys.stdout)
"""


def parsed(dialect: str, text: str) -> list[list[t.Any]]:
    """Return kind, `IF EXISTS`, names and texts of each statement."""
    python = marts.environment() / "python"
    done = subprocess.run(
        [python, "-c", PARSE], input=json.dumps([dialect, text]), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return t.cast("list[list[t.Any]]", json.loads(done.stdout))


def test_snowflake_reads_every_comment() -> None:
    """A quote in one text would make the rest of the script part of a string."""
    found = list(comments.comments({}))
    expected = [
        ["Comment", True, [n.upper() for n in ("x_ads", c.table, c.column) if n is not None], [c.text]] for c in found
    ]
    assert parsed("snowflake", comments.snowflake(found, "x_ads")) == expected


def test_bigquery_reads_every_comment() -> None:
    """The parser knows this clause of tables only, so that columns are given to it as tables."""
    found = list(comments.comments({}))
    script = comments.bigquery(found, "x_ads")
    assert len(re.findall(r"^ALTER TABLE", script, re.MULTILINE)) == 2 * len({c.table for c in found})
    column = r"(?:^ALTER TABLE IF EXISTS \S+\n)?^  ALTER COLUMN IF EXISTS (`\w+`) SET OPTIONS (.*)[,;]$"
    script = re.sub(column, r"ALTER TABLE IF EXISTS `x_ads`.\1 SET OPTIONS \2;", script, flags=re.MULTILINE)
    expected = [["Alter", True, ["x_ads", c.column or c.table], [c.text]] for c in found]
    assert parsed("bigquery", script) == expected
