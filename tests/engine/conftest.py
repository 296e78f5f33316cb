"""Fixtures of the engine's tests."""

from __future__ import annotations

import typing as t

import pytest

from tests.engine.bench import Bench

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def make_bench() -> Iterator[Callable[..., Bench]]:
    """Return a maker of benches; their spools are emptied in the end."""
    benches: list[Bench] = []

    def make(**options: t.Any) -> Bench:
        bench = Bench(**options)
        benches.append(bench)
        return bench

    yield make
    for bench in benches:
        bench.resources.spool.close()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    """Return a lane on an account with free slots."""
    return make_bench()
