"""Simulated worlds for the tap, and checks of what it puts out."""

from __future__ import annotations

import typing as t

import pytest

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tests.support.schema_check import SchemaCheck
from tests.support.world import BASE, World, tap_in_the_time_of

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.world import Json


@pytest.fixture
def start_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Return a function that starts a simulator with options; all of them stop in the end."""
    running: list[Simulator] = []

    def start(settings: Json | None = None, **options: t.Any) -> World:
        sim = Simulator(SimulatorOptions(**{**BASE, **options}))
        sim.start()
        running.append(sim)

        return World(sim, tmp_path, settings or {}, tap_in_the_time_of(sim))

    yield start
    for sim in running:
        sim.stop()


@pytest.fixture
def world(start_world: Callable[..., World]) -> World:
    """Return a small world: one account, twelve days, clocks changed before it began."""
    return start_world()


@pytest.fixture
def assert_fits_schema() -> SchemaCheck:
    """Return a check of records against schemas."""
    return SchemaCheck()
