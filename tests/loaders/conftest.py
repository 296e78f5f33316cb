"""What tests of our loaders share: one PostgreSQL server per worker, a schema of its own for each test."""

from __future__ import annotations

import itertools
import typing as t

import psycopg
import pytest
from throwaway_postgres import PostgresServer, throwaway_postgres

from tests.loaders.database import Database

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server that lives as long as this worker."""
    with throwaway_postgres() as server:
        yield server


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[Database]:
    """A schema that is not there yet."""
    login = dataclasses_of(postgres)
    with psycopg.connect(**login, autocommit=True) as connected:
        connected.execute("SET timezone = 'UTC'")
        yield Database(postgres, f"s{next(_numbers)}", connected)


def dataclasses_of(server: PostgresServer) -> dict[str, t.Any]:
    """Return psycopg's arguments."""
    return {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "dbname": server.database,
    }
