"""Workers run what blocks; everything else stays on the one thread that owns it."""

from __future__ import annotations

import threading
import typing as t

from tap_twitter_ads_async.stats.jobs.workers import Workers

SOON = 10.0


def test_outcomes_come_back_to_the_owner() -> None:
    """Lanes need no locks because nobody else calls them."""
    workers = Workers(2)
    told: list[tuple[object, int]] = []
    failures: list[Exception] = []
    ran_on: list[int] = []

    def work() -> int:
        ran_on.append(threading.get_ident())
        return 42

    workers.submit(work, lambda result: told.append((result, threading.get_ident())), failures.append)
    outcome = workers.inbox.get(timeout=SOON)
    assert told == [], "nothing is called before the owner calls it"
    outcome()
    assert told == [(42, threading.get_ident())]
    assert ran_on != [threading.get_ident()]
    assert failures == []


def test_exceptions_are_handed_over() -> None:
    """A worker that died in silence would leave its task waiting for ever."""
    workers = Workers(1)
    problem = ValueError("no")
    told: list[object] = []

    def fail() -> t.NoReturn:
        raise problem

    for _ in range(2):  # the worker survives
        workers.submit(fail, lambda _: told.append("done"), told.append)
        workers.inbox.get(timeout=SOON)()
    assert told == [problem, problem]


def test_workers_are_daemons_and_few() -> None:
    """A worker stuck in a read must not hold up the end of the process."""
    workers = Workers(3)
    go, names = threading.Event(), set[str]()
    started = threading.Barrier(4)

    def work() -> None:
        names.add(threading.current_thread().name)
        assert threading.current_thread().daemon
        started.wait(SOON)
        go.wait(SOON)

    failures: list[Exception] = []
    for _ in range(3):
        workers.submit(work, lambda _: None, failures.append)
    for _ in range(5):
        workers.submit(lambda: names.add(threading.current_thread().name), lambda _: None, failures.append)
    started.wait(SOON)  # all three run at once
    go.set()
    for _ in range(8):
        workers.inbox.get(timeout=SOON)()
    assert failures == []
    assert len(names) == 3


def test_idle_workers_are_used_again() -> None:
    """A thread per request would be a thousand threads in an hour."""
    workers = Workers(50)
    names: list[str] = []
    for _ in range(20):
        workers.submit(lambda: threading.current_thread().name, names.append, lambda _: None)
        workers.inbox.get(timeout=SOON)()
    assert len(names) == 20
    assert len(set(names)) == 1


def test_ended_workers_leave_no_thread_and_begin_nothing() -> None:
    """Threads of ended runs, and all they hold, would stay in a process that runs many taps."""
    workers = Workers(3)
    begun, go = threading.Barrier(4), threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        threads.append(threading.current_thread())
        begun.wait(SOON)
        go.wait(SOON)

    too_late: list[object] = []
    for _ in range(3):
        workers.submit(work, lambda _: None, too_late.append)
    begun.wait(SOON)
    workers.submit(lambda: too_late.append("queued"), lambda _: None, too_late.append)
    workers.end()
    go.set()
    workers.submit(lambda: too_late.append("submitted"), lambda _: None, too_late.append)
    for thread in threads:
        thread.join(SOON)
        assert not thread.is_alive()
    assert len(threads) == 3
    assert too_late == []


def test_worker_started_after_the_end_ends_too() -> None:
    """The engine may submit once more before it sees that the run is over."""
    workers = Workers(2)
    workers.end()
    before = set(threading.enumerate())
    workers.submit(lambda: None, lambda _: None, lambda _: None)
    for thread in set(threading.enumerate()) - before:
        thread.join(SOON)
        assert not thread.is_alive()
