"""Catalogs as tools edit them."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from tests.support.world import Json, Outcome, World


def entry_of(catalog: Json, stream: str) -> Json:
    """Return a stream's entry."""
    return next(t.cast("Json", entry) for entry in catalog["streams"] if entry["stream"] == stream)


def root_of(entry: Json) -> Json:
    """Return the metadata of a stream as a whole."""
    return next(t.cast("Json", item["metadata"]) for item in entry["metadata"] if item["breadcrumb"] == [])


def run_with(world: World, catalog: object, *args: str, **settings: t.Any) -> Outcome:
    """Run the tap with a catalog."""
    config = world.write("config.json", world.config(**settings))
    return world.invoke("--config", config, "--catalog", world.write("catalog.json", catalog), *args)
