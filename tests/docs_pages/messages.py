"""Messages as the source of the tap holds them: templates of log lines, exceptions and complaints about settings."""

from __future__ import annotations

import ast
import re
import typing as t
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tap_twitter_ads_async
from tap_twitter_ads_async.errors import TapError

if t.TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(tap_twitter_ads_async.__file__).parent
GAP = "…"
"""What stands for a part that differs from run to run."""

_LOUD = frozenset({"warning", "error", "critical", "exception"})
_ANNOUNCERS = {"add": 1, "_add": 1, "problem": 1}
"""Methods that record a complaint about a setting, and which argument is the phrase."""
_PLACEHOLDER = re.compile(r"%(?:\.\d+)?[sdfr]")
_RAISED_BESIDE = frozenset({"WrongValueError", "BadParameter", "ResultMalformed"})
"""Exceptions of other families whose words reach the user."""


@dataclass(frozen=True)
class Message:
    """A template and where it stands."""

    text: str
    where: str


def normal(text: str) -> str:
    """Return a template with one gap per run of gaps, blanks and line ends."""
    spaced = " ".join(text.split())
    return re.sub(rf"{GAP}(?: ?{GAP})+", GAP, spaced)


@cache
def loud_messages() -> tuple[Message, ...]:
    """Return every message that the tap logs at WARNING or above, or raises for the user to read."""
    return tuple(m for m in _all_messages() if _tells_something(m.text))


@cache
def all_templates() -> frozenset[str]:
    """Return every string of the tap, as a template: what a quoted message may come from."""
    return frozenset(
        normal(_template(node, names))
        for _, tree in _modules()
        for names in [_constants(tree)]
        for node in ast.walk(tree)
        if _is_text(node)
    )


def _all_messages() -> Iterator[Message]:
    known = {cls.__name__ for cls in _family(TapError)} | _RAISED_BESIDE
    for path, tree in _modules():
        names = _constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (phrase := _phrase(node, known)) is not None:
                where = f"{path.relative_to(PACKAGE.parent)}:{node.lineno}"
                for option in _options(phrase):
                    yield Message(normal(_template(option, names)), where)


def _phrase(call: ast.Call, exceptions: set[str]) -> ast.expr | None:
    """Return the argument of a call that holds the message, None where the call is no such thing."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    args = call.args
    if name == "partial" and args and isinstance(args[0], ast.Attribute) and args[0].attr in _LOUD:
        return args[1]
    if isinstance(function, ast.Attribute) and "logger" in ast.unparse(function.value):
        if name == "log" and not ast.unparse(args[0]).endswith(("DEBUG", "INFO")):
            return args[1]  # a level that depends is one that may be loud
        return args[0] if name in _LOUD else None
    if name in exceptions and args:
        return args[0]
    if name in _ANNOUNCERS and len(args) > _ANNOUNCERS[name] and _is_text(args[_ANNOUNCERS[name]]):
        return args[_ANNOUNCERS[name]]
    return None


def _options(node: ast.expr) -> list[ast.expr]:
    """Return the texts that an expression can be: both sides of a condition, or what a name stands for."""
    if isinstance(node, ast.IfExp):
        return [*_options(node.body), *_options(node.orelse)]
    return [node] if _is_text(node) or isinstance(node, ast.Name) else []


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _template(node: ast.AST, names: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return _PLACEHOLDER.sub(GAP, names.get(node.id, GAP))
    if isinstance(node, ast.Constant):
        return _PLACEHOLDER.sub(GAP, str(node.value))
    return "".join(_part(part, names) for part in t.cast("ast.JoinedStr", node).values)


def _part(part: ast.expr, names: dict[str, str]) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    value = t.cast("ast.FormattedValue", part).value
    return names.get(value.id, GAP) if isinstance(value, ast.Name) else GAP


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the names that always mean one text in a module, such as a phrase that several messages share."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    value = node.value.value if isinstance(node.value, ast.Constant) else None
                    found.setdefault(target.id, set()).add(value if isinstance(value, str) else GAP)
    return {name: next(iter(texts)) for name, texts in found.items() if len(texts) == 1}


def _tells_something(text: str) -> bool:
    """Whether a template has words of its own, rather than passing on those of another."""
    return len(re.findall(r"[A-Za-z]{2,}", text)) > 1


@cache
def _modules() -> tuple[tuple[Path, ast.Module], ...]:
    paths = (path for path in sorted(PACKAGE.rglob("*.py")) if "simulator" not in path.parts)
    return tuple((path, ast.parse(path.read_text("utf-8"))) for path in paths)


def _family(cls: type[Exception]) -> Iterator[type[Exception]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _family(child)
