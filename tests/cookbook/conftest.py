"""One load for all tests of this room; they stand in one file, so that one worker runs them."""

from __future__ import annotations

import typing as t

import pytest

from tests.cookbook.loaded import Loaded, loaded_world

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The small world in DuckDB and PostgreSQL."""
    with loaded_world(tmp_path_factory.mktemp("cookbook")) as world:
        yield world
