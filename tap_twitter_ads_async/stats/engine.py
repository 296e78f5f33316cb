"""The engine: one thread that runs the lanes of all accounts, and the events it hands to the main thread.

The engine never touches Singer state or stdout; the main thread never touches lanes. Between them lies one queue of
events, small because results stay on disk.
"""

from __future__ import annotations

import logging
import threading
import typing as t
from dataclasses import dataclass
from queue import Empty, Queue

from tap_twitter_ads_async.stats.lane import Lane
from tap_twitter_ads_async.stats.spool import Spool
from tap_twitter_ads_async.stats.workers import Workers

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_twitter_ads_async.ads_api import AdsApi
    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.settings.model import Settings
    from tap_twitter_ads_async.stats.extraction import Extraction
    from tap_twitter_ads_async.stats.tasks import Order, WindowRun

logger = logging.getLogger("tap-twitter-ads-async.jobs")

WORKERS_PER_LANE = 16
MOST_WORKERS = 64


@dataclass(frozen=True, slots=True)
class Planned:
    """An extraction will hand out so many windows."""

    extraction: Extraction
    windows: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job was created for a spec (or, without an id, let go)."""

    extraction: Extraction
    digest: str
    job_id: str | None


@dataclass(frozen=True, slots=True)
class Ready:
    """Nothing more will come for a window: its files are in the spool, its losses are known."""

    run: WindowRun


@dataclass(frozen=True, slots=True)
class Abandoned:
    """An extraction could not be planned; nothing of it will come."""

    extraction: Extraction
    error: Exception


@dataclass(frozen=True, slots=True)
class NotOfferedHere:
    """This account or API version does not offer a part of what a stream asks for."""

    extraction: Extraction
    what: str
    error: Exception


@dataclass(frozen=True, slots=True)
class Fatal:
    """The run must stop."""

    error: Exception


Event = Planned | Ticket | Ready | Abandoned | NotOfferedHere | Fatal


class Emitter:
    """What lanes tell the main thread."""

    def __init__(self, events: Queue[Event]) -> None:
        self._events = events

    def planned(self, extraction: Extraction, windows: int) -> None:
        """Tell how many windows will come."""
        self._events.put(Planned(extraction, windows))

    def ticket(self, extraction: Extraction, digest: str, job_id: str | None) -> None:
        """Tell of a job that was created, or let go."""
        self._events.put(Ticket(extraction, digest, job_id))

    def ready(self, run: WindowRun) -> None:
        """Tell that a window is complete."""
        self._events.put(Ready(run))

    def abandoned(self, extraction: Extraction, error: Exception) -> None:
        """Tell that nothing of an extraction will come."""
        self._events.put(Abandoned(extraction, error))

    def not_offered(self, extraction: Extraction, what: str, error: Exception) -> None:
        """Tell what is left out."""
        self._events.put(NotOfferedHere(extraction, what, error))

    def fatal(self, error: Exception) -> None:
        """Tell that the run must stop."""
        self._events.put(Fatal(error))


class Shop:
    """What all lanes work with.

    Attributes:
        wanted: Order of the window that the main thread emits next; it is never held back.
    """

    def __init__(self, api: AdsApi, settings: Settings, clock: Clock, *, pause_scale: float = 1.0) -> None:
        self.api = api
        self.clock = clock
        self.api_url = settings.api_url
        self.max_jobs = settings.max_concurrent_jobs
        self.job_timeout = float(settings.job_timeout_seconds)
        self.pause_scale = pause_scale
        self.events: Queue[Event] = Queue()
        self.emit = Emitter(self.events)
        self.spool = Spool()
        self.workers: Workers = Workers(MOST_WORKERS)
        self.wanted: Order = (0, 0, 0)
        self._timers: list[tuple[float, Callable[[], None]]] = []

    def may_work_ahead(self, order: Order) -> bool:
        """Whether a task may proceed although its window is not due yet."""
        return self.spool.has_room or order[:2] <= self.wanted[:2]

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Run a call on the engine's thread after some seconds."""
        self._timers.append((self.clock.monotonic() + seconds, call))

    def run_timers(self, now: float) -> float:
        """Run the calls that are due; return when the next one is."""
        due = [call for at, call in self._timers if at <= now]
        self._timers = [entry for entry in self._timers if entry[0] > now]
        for call in due:
            call()
        return min((at for at, _ in self._timers), default=float("inf"))


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
        self._thread.join(timeout=1.0)
        self.shop.spool.close()

    def wake(self) -> None:
        """Make the engine look again, for instance because a window was emitted."""
        self.shop.workers.inbox.put(lambda: None)

    def counts(self) -> tuple[int, int, int]:
        """Return tasks waiting, jobs in flight and jobs done, over all accounts."""
        counts = [lane.counts for lane in self._lanes.values()]
        waiting, in_flight, done = (sum(c[i] for c in counts) for i in range(3))
        return waiting, in_flight, done

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
