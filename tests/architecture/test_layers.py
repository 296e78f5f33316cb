"""The package's folders are layers, in the order of the data; imports point down only."""

from __future__ import annotations

import pytest

from tests.architecture.imports import circle, imports, modules

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "clock", "pauses", "pages"),
    ("domain",),
    ("api",),
    ("settings",),
    ("run",),
    ("singer",),
    ("objects",),
    ("stats.plan",),
    ("stats.records",),
    ("stats.jobs",),
    ("stats",),
    ("reach",),
    ("commands",),
    ("tap",),
    ("__main__",),
)
"""From the bottom up. A module belongs to the longest name that it begins with."""
SIMULATOR = "simulator"


def layer(module: str) -> int:
    """Return the number of a module's layer."""
    homes = [
        (len(name), number)
        for number, names in enumerate(LAYERS)
        for name in names
        if module == name or module.startswith(f"{name}.")
    ]
    assert homes, f"{module} lies in no layer"
    return max(homes)[1]


TAP = {name: used for name, used in imports().items() if name.partition(".")[0] != SIMULATOR}


def test_every_module_lies_in_a_layer() -> None:
    """A new folder has to say where it stands."""
    for name in TAP:
        layer(name)


@pytest.mark.parametrize("name", sorted(TAP))
def test_imports_point_down(name: str) -> None:
    """Whoever follows a value through the code never has to turn round."""
    upward = [used for used in TAP[name] if layer(used) > layer(name)]
    assert not upward, f"{name} imports from layers above: {upward}"


def test_nothing_imports_in_circles() -> None:
    """Two modules that need each other are one, or hide a third."""
    assert circle(imports()) == []


def test_simulator_and_tap_share_nothing() -> None:
    """A rule that both got wrong together would never be noticed."""
    for name, used in imports().items():
        inside = name.partition(".")[0] == SIMULATOR
        assert all((other.partition(".")[0] == SIMULATOR) == inside for other in used), name


def test_the_reader_of_imports_sees_them() -> None:
    """A check that reads nothing finds nothing."""
    graph = imports()
    assert len(modules()) > 100
    assert "domain.rules" in graph["domain.metrics"]
    assert "api.http" in graph["api.client"], "imports for type checking count"
    assert circle({"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"b"})}) == ["b", "c", "b"]
