"""Clients that have been told to wait."""

from __future__ import annotations

import time


class Embargoes:
    """Until when a client has been told to stay away, by route and account."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str, str], float] = {}

    def lay(self, key: tuple[str, str, str], until: float) -> None:
        """Start or prolong one, up to a moment of real time."""
        self._until[key] = max(self._until.get(key, 0.0), until)

    def broken(self, key: tuple[str, str, str]) -> bool:
        """Tell whether a request comes too early."""
        return time.time() < self._until.get(key, 0.0)
