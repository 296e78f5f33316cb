"""Targeting values kept between runs: the API counts their look-ups for the token, over all runs of all machines.

One JSON file per API, `targeting-<digest>.json` in `$XDG_CACHE_HOME/tap-twitter-ads-async` (default `~/.cache/…`):

    {"countries": {"read_at": 1790000000, "values": [["96683cc9126741d1", "US"]]}, "platforms": {…}}

It may be deleted at any time. What cannot be read, written or understood is as good as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sys
import typing as t
from pathlib import Path

from tap_twitter_ads_async.stats.plan.spec import TargetingValue

if sys.platform != "win32":
    import fcntl

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_twitter_ads_async.clock import Clock

logger = logging.getLogger("tap-twitter-ads-async")

FOLDER = "tap-twitter-ads-async"
LONGEST_AGE_SECONDS = 7 * 86_400
"""The vendor suggests weekly for the quickest of its lists; countries and platforms change within years."""
ASKING_SECONDS = 20.0
"""How long a run waits for another one that is asking already."""
LOOK_SECONDS = 0.05


class TargetingCache:
    """Lists of targeting values of one API.

    Args:
        api: What identifies an API: base URL and version.
        clock: Now and waits.
    """

    def __init__(self, api: str, clock: Clock) -> None:
        digest = hashlib.sha256(api.encode()).hexdigest()[:12]
        self._path = _folder() / f"targeting-{digest}.json"
        self._clock = clock

    def read(self, name: str) -> list[TargetingValue] | None:
        """Return a list that is not too old, None where there is none."""
        try:
            entry = self._content()[name]
            age = self._clock.now().timestamp() - float(entry["read_at"])
            values = [TargetingValue(str(value), str(label)) for value, label in entry["values"]]
        except (KeyError, TypeError, ValueError):
            return None
        return values if 0 <= age <= LONGEST_AGE_SECONDS else None

    def write(self, name: str, values: list[TargetingValue]) -> None:
        """Keep a list that was just read; an empty one is no answer to keep."""
        if not values:
            return
        entry = {"read_at": int(self._clock.now().timestamp()), "values": values}
        partial = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps({**self._content(), name: entry}), "utf-8")
            partial.replace(self._path)
        except OSError as error:
            logger.debug("Targeting values are not cached: %s", error)

    def forget(self) -> None:
        """Drop everything: a job was refused for its country or platform."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Let one run ask while others that start with it wait for the answer, though not for long."""
        lock = self._lock_file()
        if lock is None:
            yield
            return
        with lock:
            deadline = self._clock.monotonic() + ASKING_SECONDS
            while not _taken(lock) and self._clock.monotonic() < deadline and not self._clock.wait(LOOK_SECONDS):
                continue
            yield

    def _lock_file(self) -> t.IO[str] | None:
        if sys.platform == "win32":
            return None  # runs that start together may all ask
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._path.with_suffix(".lock").open("w")
        except OSError:
            return None

    def _content(self) -> dict[str, t.Any]:
        try:
            content = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    if base and Path(base).is_absolute():
        return Path(base) / FOLDER
    try:
        return Path.home() / ".cache" / FOLDER
    except RuntimeError:  # a user without a home
        return Path(os.devnull) / FOLDER


def _taken(lock: t.IO[str]) -> bool:
    if sys.platform != "win32":
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True
