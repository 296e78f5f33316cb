"""The engine: one thread that runs the jobs of all accounts, and the events it hands to the main thread.

The engine never touches Singer state or stdout; the main thread never touches jobs. Between them lies one queue of
events, small because results stay on disk.
"""

from __future__ import annotations

import logging
import threading
import typing as t
from functools import partial
from queue import Empty

from tap_twitter_ads_async.stats.jobs.account import AccountJobs
from tap_twitter_ads_async.stats.jobs.events import Fatal
from tap_twitter_ads_async.stats.jobs.quota_sharing import QuotaSharing

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.run.progress_line import AccountWork
    from tap_twitter_ads_async.stats.jobs.resources import Resources
    from tap_twitter_ads_async.stats.plan.extraction import Extraction

logger = logging.getLogger("tap-twitter-ads-async.jobs")


class Engine:
    """Runs extractions of many accounts side by side; each account's in the order given."""

    def __init__(self, resources: Resources, extractions: Iterable[Extraction]) -> None:
        self.resources = resources
        self._accounts: dict[str, AccountJobs] = {}
        for number, extraction in enumerate(extractions):
            account = self._accounts.setdefault(extraction.account_id, AccountJobs(extraction.account_id, resources))
            account.add(number, extraction)
        self._sharing = QuotaSharing(resources, tuple(self._accounts.values()))
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
        self.resources.workers.end()
        self.resources.spool.close()

    def wake(self) -> None:
        """Make the engine look again."""
        self.resources.workers.inbox.put(lambda: None)

    def want(self, number: int, index: int) -> None:
        """Tell the engine which window is emitted next; the one before it has left the spool."""
        self.resources.workers.inbox.put(partial(setattr, self.resources, "wanted", (number, index, 0)))

    def work(self) -> tuple[AccountWork, ...]:
        """Return what is left and what is done, by account."""
        return tuple(account.work for account in self._accounts.values())

    def _run(self) -> None:
        try:
            while not self._stop.is_set() and not self.resources.clock.stopped:
                if self._all_idle():
                    return
                self._turn()
        except Exception as error:
            logger.debug("The engine broke", exc_info=True)
            self.resources.tell(Fatal(error))

    def _all_idle(self) -> bool:
        return all(account.idle for account in self._accounts.values()) and self.resources.workers.inbox.empty()

    def _turn(self) -> None:
        """Start what can be started, then wait for an outcome or for the next timer."""
        now = self.resources.clock.monotonic()
        accounts = self._accounts.values()
        timers = self.resources.run_timers(now)
        for account in accounts:
            account.look(now)
        due = min([timers, self._sharing.step(now), *(account.step(now) for account in accounts)])
        timeout = max(0.0, min(1.0, due - self.resources.clock.monotonic()))
        inbox = self.resources.workers.inbox
        try:
            inbox.get(timeout=timeout)()
            while True:
                inbox.get_nowait()()
        except Empty:
            pass
