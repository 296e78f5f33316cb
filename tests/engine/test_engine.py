"""The engine's own thread: it does the work, ends by itself, and never dies in silence."""

from __future__ import annotations

import threading
import typing as t
from datetime import datetime, timezone

import pytest

from tap_twitter_ads_async.stats.jobs.engine import Engine
from tap_twitter_ads_async.stats.jobs.events import Fatal, Ready
from tap_twitter_ads_async.stats.jobs.resources import Resources
from tests.engine.bench import Bench, FakeExtraction, Work, windows
from tests.engine.server import Fate
from tests.support.clocks import RunningClock
from tests.support.settings import settings

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_twitter_ads_async.stats.jobs.events import Event
    from tap_twitter_ads_async.stats.jobs.executor import Executor
    from tap_twitter_ads_async.stats.plan.extraction import Extraction

SOON = 20.0


@pytest.fixture
def resources(make_bench: Callable[..., Bench]) -> Iterator[Resources]:
    """Return a resources with real workers, in real time, and an account in memory."""
    server = make_bench().server
    server.clock = RunningClock(datetime.now(timezone.utc))
    server.fate_of = lambda _: Fate(seconds=0.1)
    server.bench.workers.current = Work(lambda: None, lambda _: None, lambda _: None, 0.0)
    made = Resources(t.cast("Executor", server), settings(), server.clock)
    yield made
    made.spool.close()


def engine_of(resources: Resources, *extractions: FakeExtraction) -> Engine:
    """Return an engine for some streams."""
    return Engine(resources, t.cast("list[Extraction]", list(extractions)))


def events_until(resources: Resources, enough: Callable[[list[Event]], bool]) -> list[Event]:
    """Collect what the engine tells."""
    events: list[Event] = []
    while not enough(events):
        events.append(resources.events.get(timeout=SOON))
    return events


def engine_threads() -> list[threading.Thread]:
    """Return the threads of running engines."""
    return [thread for thread in threading.enumerate() if thread.name == "ads-engine"]


def worker_threads() -> set[threading.Thread]:
    """Return the threads that do the engines' blocking work."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("ads-worker-")}


def test_it_extracts_and_ends_by_itself(resources: Resources) -> None:
    """The main thread does nothing but take what is ready."""
    engine = engine_of(resources, FakeExtraction(windows(3)), FakeExtraction(windows(2, "x")))
    engine.start()
    (thread,) = engine_threads()
    assert thread.daemon, "a stuck engine must not hold up the end of the process"
    events = events_until(resources, lambda told: sum(isinstance(e, Ready) for e in told) == 5)
    assert not any(isinstance(e, Fatal) for e in events)
    thread.join(SOON)
    assert not thread.is_alive()
    (work,) = engine.work()
    assert (work.unplanned, work.waiting, work.running, work.done) == (0, 0, 0, 5)


def test_an_accident_on_its_thread_is_told(resources: Resources) -> None:
    """Else the main thread would wait for ever for a window that nobody works on."""
    broken = FakeExtraction(t.cast("t.Any", 5))  # a plan that cannot be worked on
    engine_of(resources, broken).start()
    events = events_until(resources, lambda told: any(isinstance(e, Fatal) for e in told))
    assert isinstance(events[-1], Fatal)
    assert isinstance(events[-1].error, TypeError)


def test_stopping_ends_it_and_empties_the_spool(resources: Resources) -> None:
    """A generator that is closed early must leave neither threads nor files; remote jobs are left alone."""
    server = t.cast("t.Any", resources.executor)
    server.fate_of = lambda _: Fate(seconds=3600)
    others = worker_threads()
    engine = engine_of(resources, FakeExtraction(windows(3)))
    engine.start()
    (thread,) = engine_threads()
    events_until(resources, lambda told: len(told) == 4)  # planned, and three tickets
    directory = resources.spool.new_path().parent
    workers = worker_threads() - others
    assert workers
    engine.stop()
    for ending in (thread, *workers):
        ending.join(SOON)
        assert not ending.is_alive()
    assert not directory.exists()
    assert server.calls["cancel"] == 0


def test_it_may_be_stopped_before_it_was_started(resources: Resources) -> None:
    """A setting may turn out to be wrong in between."""
    engine = engine_of(resources, FakeExtraction(windows(1)))
    engine.stop()
    engine.stop()
    assert engine_threads() == []


def test_a_signal_ends_it(resources: Resources) -> None:
    """No job is created after the flag is up."""
    server = t.cast("t.Any", resources.executor)
    server.fate_of = lambda _: Fate(seconds=3600)
    engine = engine_of(resources, FakeExtraction(windows(2)))
    engine.start()
    (thread,) = engine_threads()
    events_until(resources, lambda told: len(told) == 3)
    resources.clock.stop()
    thread.join(SOON)
    assert not thread.is_alive()
    engine.stop()
