"""The API's refusals, and the envelope they are sent in."""

from __future__ import annotations

import sys
import typing as t
from dataclasses import dataclass, field

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override


@dataclass(frozen=True)
class ErrorItem:
    """One entry of the envelope's `errors`; empty optional parts are left out."""

    code: str
    message: str
    parameter: str | None = None
    details: str | None = None
    value: str | None = None

    def as_json(self) -> dict[str, str]:
        """Return the entry as the API sends it."""
        body = {"code": self.code, "message": self.message}
        for key in ("parameter", "details", "value"):
            text = getattr(self, key)
            if text is not None:
                body[key] = text
        return body


@dataclass(eq=False)
class Refusal(Exception):
    """A request that the API answers with an error envelope."""

    status: int
    items: tuple[ErrorItem, ...]
    headers: dict[str, str] = field(default_factory=dict)
    violation: bool = True
    """Whether the client broke a rule; false for refusals that a correct client may meet."""
    reason: str = ""
    """What the API does not tell its client, for the journal."""

    @override
    def __str__(self) -> str:
        """Say it in one line, for the journal."""
        return (
            f"{self.status} "
            + "; ".join(f"{item.code}: {item.message}" for item in self.items)
            + f" {self.reason}".rstrip()
        )

    def body(self, params: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return the error envelope."""
        return {"errors": [item.as_json() for item in self.items], "request": {"params": params}}


def refuse(status: int, code: str, message: str, *, violation: bool = True) -> Refusal:
    """Build a refusal with one entry that names no parameter.

    Args:
        status: HTTP status.
        code: Code of the API.
        message: Message of the API.
        violation: Whether the entry has the attribute of a violated rule.
    """
    return Refusal(status, (ErrorItem(code, message),), violation=violation)


def invalid(parameter: str, message: str, value: str | None = None, details: str | None = None) -> Refusal:
    """Build a 400 `INVALID_PARAMETER`.

    Args:
        parameter: Name of the parameter.
        message: Message of the API.
        value: Value that was sent, None to leave it out.
        details: Further text, None to leave it out.
    """
    return Refusal(400, (ErrorItem("INVALID_PARAMETER", message, parameter, details, value),))


def missing(parameter: str) -> Refusal:
    """Build a 400 `MISSING_PARAMETER`."""
    message = f'"{parameter}" is a required parameter'
    return Refusal(400, (ErrorItem("MISSING_PARAMETER", message, parameter),))


def bad_window(message: str, entries: int = 1) -> Refusal:
    """Build a 400 `INVALID_TIME_WINDOW`: one entry per offending bound, `parameter` empty."""
    return Refusal(400, (ErrorItem("INVALID_TIME_WINDOW", message, ""),) * entries)


def record_not_found(kind: str, record_id: str) -> Refusal:
    """Build the 404 of a single record, such as `CAMPAIGN_NOT_FOUND`."""
    return refuse(404, f"{kind}_NOT_FOUND", f"{kind.lower()} {record_id} was not found", violation=False)
