"""Public functions of three parameters or more say in their docstring what each one is."""

from __future__ import annotations

import ast
import re
import typing as t

from tests.architecture.imports import PACKAGE, ROOT

if t.TYPE_CHECKING:
    from collections.abc import Iterator

LEAST = 3
"""From this many parameters on, apart from `self` and `cls`, an `Args:` section is due."""
_INHERITED = frozenset({"override", "overload"})
"""Decorators of functions whose docstring is elsewhere."""


def _public(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield functions and methods that others may call; not those within functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from _public(child)
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and not child.name.startswith("_"):
            yield child


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    known = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return [argument.arg for argument in known if argument.arg not in {"self", "cls"}]


def _decorators(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    return {ast.unparse(decorator).rpartition(".")[2] for decorator in function.decorator_list}


def undescribed(source: str) -> list[str]:
    """Return `function(parameter)` for every parameter that its docstring should describe and does not."""
    found = []
    for function in _public(ast.parse(source)):
        parameters = _parameters(function)
        if len(parameters) < LEAST or _decorators(function) & _INHERITED:
            continue
        described = (ast.get_docstring(function) or "").partition("Args:\n")[2]
        found += [
            f"{function.name}({name})"
            for name in parameters
            if not re.search(rf"^    {name}(?: \(.*\))?: \S", described, re.MULTILINE)
        ]
    return found


def test_every_parameter_of_a_long_list_is_described() -> None:
    """Ruff's D417 checks sections that exist; this asks for the section itself."""
    missing = {
        str(path.relative_to(ROOT)): names
        for path in sorted((ROOT / PACKAGE).rglob("*.py"))
        if (names := undescribed(path.read_text(encoding="utf-8")))
    }
    assert missing == {}


def test_missing_sections_and_missing_parameters_are_found() -> None:
    """The check itself: what it must find, and what it must leave alone."""
    source = '''
def described(one, two, three):
    """Do.

    Args:
        one: First.
        three: Third.
    """

def bare(one, *, two, three): ...
def short(one, two): ...
def _private(one, two, three): ...
class Thing:
    @t.override
    def inherited(self, one, two, three): ...
    @classmethod
    def of(cls, one, two, three): ...
'''
    assert undescribed(source) == [
        "described(two)",
        *(f"{name}({parameter})" for name in ("bare", "of") for parameter in ("one", "two", "three")),
    ]
