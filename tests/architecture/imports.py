"""Reads the package's imports, those for type checking included."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = "tap_twitter_ads_async"
ROOT = Path(__file__).resolve().parents[2]


def modules() -> dict[str, Path]:
    """Return the package's files by module name, without the package's own."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT / PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found[name] = path
    return found


def imports() -> dict[str, frozenset[str]]:
    """Return what each module imports of the package."""
    files = modules()
    return {name: frozenset(_imported(path, files)) for name, path in files.items()}


def _imported(path: Path, files: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they lead"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith(f"{PACKAGE}."):
                inner = name.removeprefix(f"{PACKAGE}.")
                yield inner if inner in files else inner.rpartition(".")[0]


def circle(graph: Mapping[str, frozenset[str]]) -> list[str]:
    """Return modules that import each other in a circle, empty where there are none."""
    done: set[str] = set()
    path: list[str] = []

    def visit(name: str) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        path.append(name)
        for imported in sorted(graph.get(name, ())):
            if found := visit(imported):
                return found
        path.pop()
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := visit(name))), [])
