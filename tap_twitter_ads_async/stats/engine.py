"""The engine: one thread that runs the lanes of all accounts, and the events it hands to the main thread.

The engine never touches Singer state or stdout; the main thread never touches lanes. Between them lies one queue of
events, small because results stay on disk.
"""

from __future__ import annotations

import logging
import threading
import typing as t
from queue import Empty

from tap_twitter_ads_async.stats.lane import Lane

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.progress import LaneWork
    from tap_twitter_ads_async.stats.extraction import Extraction
    from tap_twitter_ads_async.stats.shop import Shop

logger = logging.getLogger("tap-twitter-ads-async.jobs")


class Engine:
    """Runs extractions of many accounts side by side; each account's in the order given."""

    def __init__(self, shop: Shop, extractions: Iterable[Extraction]) -> None:
        self.shop = shop
        self._lanes: dict[str, Lane] = {}
        for number, extraction in enumerate(extractions):
            lane = self._lanes.setdefault(extraction.account_id, Lane(extraction.account_id, shop))
            lane.add(number, extraction)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ads-engine", daemon=True)

    def start(self) -> None:
        """Begin to plan and to create jobs."""
        self._thread.start()

    def stop(self) -> None:
        """Create no more; jobs in flight are left to the server, the spool is emptied."""
        self._stop.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)
        self.shop.spool.close()

    def wake(self) -> None:
        """Make the engine look again, for instance because a window was emitted."""
        self.shop.workers.inbox.put(lambda: None)

    def work(self) -> tuple[LaneWork, ...]:
        """Return what is left and what is done, by account."""
        return tuple(lane.work for lane in self._lanes.values())

    def _run(self) -> None:
        try:
            while not self._stop.is_set() and not self.shop.clock.stopped:
                if self._all_idle():
                    return
                self._turn()
        except Exception as error:
            logger.debug("The engine broke", exc_info=True)
            self.shop.emit.fatal(error)

    def _all_idle(self) -> bool:
        return all(lane.idle for lane in self._lanes.values()) and self.shop.workers.inbox.empty()

    def _turn(self) -> None:
        """Start what can be started, then wait for an outcome or for the next timer."""
        now = self.shop.clock.monotonic()
        due = min([self.shop.run_timers(now), *(lane.step() for lane in self._lanes.values())])
        timeout = max(0.0, min(1.0, due - self.shop.clock.monotonic()))
        inbox = self.shop.workers.inbox
        try:
            inbox.get(timeout=timeout)()
            while True:
                inbox.get_nowait()()
        except Empty:
            pass
