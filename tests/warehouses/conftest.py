"""What all tests of warehouses share: one PostgreSQL server per worker."""

from __future__ import annotations

import typing as t

import pytest
from throwaway_postgres import PostgresServer, throwaway_postgres

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server that lives as long as this worker; each load has a schema of its own in it."""
    with throwaway_postgres() as server:
        yield server
