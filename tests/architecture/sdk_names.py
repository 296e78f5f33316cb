"""Reads which private names of the Singer SDK the package's modules use."""

from __future__ import annotations

import ast
import importlib.util
import re
import typing as t
from functools import cache
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterator

SDK = "singer_sdk"
_PRIVATE = re.compile(r"_[^_]\w*$")
_MODULES = ("plugin_base", "tap_base", "streams/core", "streams/_state", "mapper")
"""Where the classes are that a tap derives from, or has at hand."""
_BASES = frozenset({"Tap", "AdsTap", "Stream", "AdsStream"})


@cache
def private_members() -> frozenset[str]:
    """Return the names of private members of the SDK's classes."""
    spec = importlib.util.find_spec(SDK)
    assert spec is not None
    assert spec.origin is not None
    found: set[str] = set()
    for module in _MODULES:
        tree = ast.parse((Path(spec.origin).parent / f"{module}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
    return frozenset(name for name in found if _PRIVATE.match(name))


def private_uses(path: Path) -> set[str]:
    """Return the private names of the SDK that a module uses: imported, or of classes that it derives from."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {*_imported(tree), *_members(tree)}


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == SDK:
            module = node.module or ""
            for alias in node.names:
                if any(_PRIVATE.match(part) for part in (*module.split("."), alias.name)):
                    yield f"{module}.{alias.name}"


def _members(tree: ast.Module) -> Iterator[str]:
    """Yield private members of the SDK's classes: overridden, or asked for.

    In a module that derives from none of its classes, a name that the SDK has too is a coincidence.
    """
    classes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    if not any(isinstance(base, ast.Name) and base.id in _BASES for cls in classes for base in cls.bases):
        return
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "name", getattr(node, "value", ""))
        if isinstance(name, str) and name in private_members():
            yield name
