"""What happened on the wire: every request, every broken rule, and counters."""

from __future__ import annotations

import threading
import typing as t
from collections import Counter, deque

_KEPT = 50_000


class Journal:
    """Kept for tests: a run is right when its figures are, and when no rule was broken on the way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: deque[dict[str, t.Any]] = deque(maxlen=_KEPT)
        self.violations: list[dict[str, t.Any]] = []
        self.counters: Counter[str] = Counter()
        self.max_in_flight: dict[str, int] = {}

    def record(self, entry: dict[str, t.Any]) -> None:
        """Keep one request: `method`, `path`, `params`, `status`, `time`, `seconds`, `account_id`, `bytes`."""
        with self._lock:
            self.requests.append(entry)
            self.counters["requests"] += 1
            self.counters[f"{entry['method']} {entry['route']}"] += 1
            self.counters["bytes"] += entry.get("bytes", 0)

    def violation(self, rule: str, **details: t.Any) -> None:
        """Keep one broken rule."""
        with self._lock:
            self.violations.append({"rule": rule, **details})

    def count(self, name: str, amount: int = 1) -> None:
        """Add to a counter."""
        with self._lock:
            self.counters[name] += amount

    def in_flight(self, account_id: str, jobs: int) -> None:
        """Note how many jobs an account has in flight."""
        with self._lock:
            self.max_in_flight[account_id] = max(jobs, self.max_in_flight.get(account_id, 0))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self.requests.clear()
            self.violations.clear()
            self.counters.clear()
            self.max_in_flight.clear()

    def as_json(self) -> dict[str, t.Any]:
        """Return a copy of everything."""
        with self._lock:
            return {
                "requests": list(self.requests),
                "violations": list(self.violations),
                "counters": dict(self.counters),
                "max_jobs_in_flight": dict(self.max_in_flight),
            }
