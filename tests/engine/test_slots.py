"""The account's job slots: shared with other clients, never overdrawn, never forgotten."""

from __future__ import annotations

import typing as t

import pytest

from tests.engine.bench import Bench, windows
from tests.engine.server import NEVER, Fate, unavailable

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.stats.plan.spec import JobSpec


@pytest.mark.parametrize("tells_slots", [False, True])
def test_all_slots_are_used_and_no_more(make_bench: Callable[..., Bench], *, tells_slots: bool) -> None:
    """Idle slots are lost time; one too many is a refusal."""
    bench = make_bench(max_jobs=7)
    bench.server.tells_slots = tells_slots
    bench.server.fate_of = lambda _: Fate(seconds=5)
    bench.add(windows(20))
    bench.settle()
    assert len(bench.server.live()) == 7
    bench.finish()
    bench.assert_all_delivered()
    assert bench.server.most_ours == 7


@pytest.mark.parametrize("tells_slots", [False, True])
def test_too_many_jobs_costs_no_attempt_and_no_order(make_bench: Callable[..., Bench], *, tells_slots: bool) -> None:
    """Other clients fill the account: back-pressure, not an error."""
    bench = make_bench(max_jobs=10, limit=6)
    bench.server.foreign, bench.server.tells_slots = 4, tells_slots
    bench.add(windows(12))
    bench.finish()
    bench.assert_all_delivered()
    assert all(len(ids) == 1 for ids in bench.created().values())
    in_order = [j.spec.start for j in bench.server.jobs.values()]
    assert in_order == sorted(in_order)


@pytest.mark.parametrize("tells_slots", [False, True])
def test_slots_that_others_leave_are_taken_up(make_bench: Callable[..., Bench], *, tells_slots: bool) -> None:
    """The limit learnt from a refusal must not outlive its cause."""
    bench = make_bench(max_jobs=8, limit=10)
    bench.server.foreign, bench.server.tells_slots = 9, tells_slots
    bench.server.fate_of = lambda _: Fate(seconds=4)
    bench.add(windows(60))
    bench.finish(until=lambda: len(bench.server.jobs) >= 3)
    assert bench.server.most_ours == 1
    bench.server.foreign = 0
    bench.finish()
    bench.assert_all_delivered()
    assert bench.server.most_ours == 8


def test_an_account_full_of_foreign_jobs_is_asked_again_calmly(make_bench: Callable[..., Bench]) -> None:
    """Minutes without a slot are normal; requests in that time cost everybody's quota."""
    bench = make_bench(max_jobs=5, limit=5)
    bench.server.foreign = 5
    bench.add(windows(3))
    until = bench.clock.monotonic() + 300
    bench.finish(until=lambda: bench.clock.monotonic() > until)
    assert bench.server.calls["create"] <= 200
    bench.server.foreign = 0
    bench.finish(hours=0.1)
    bench.assert_all_delivered()


def test_a_limit_of_nothing_is_looked_at_again(make_bench: Callable[..., Bench]) -> None:
    """Others took the last slot while our last job waited for its url: nothing is left to poll, but all to create."""
    bench = make_bench(max_jobs=1, limit=1)
    bench.server.tells_slots = True
    fates = iter([Fate(seconds=0.0, no_url=2)])
    bench.server.fate_of = lambda _: next(fates, Fate())
    bench.add(windows(2))
    bench.finish(until=lambda: bench.server.calls["poll"] == 1)
    bench.server.foreign = 1
    bench.finish(hours=1, until=lambda: len(bench.ready) == 1)
    bench.server.foreign = 0
    bench.finish(hours=1)
    bench.assert_all_delivered()


def test_a_job_given_up_keeps_its_slot_until_the_server_lets_go(make_bench: Callable[..., Bench]) -> None:
    """Starting its replacement at once would double the load on a server that is too slow already."""
    bench = make_bench(max_jobs=1, job_timeout=60)
    fates = iter([Fate(seconds=NEVER)])
    bench.server.fate_of = lambda _: next(fates, Fate())
    cancels = iter([True, False])

    def fail(verb: str) -> None:
        if verb == "cancel" and next(cancels):
            raise unavailable()

    bench.server.mishap = fail
    bench.add(windows(1))
    bench.finish(until=lambda: bench.server.calls["cancel"] > 0)
    assert len(bench.server.jobs) == 1, "the slot is still taken"
    bench.server.jobs["job1"].cancelled = True  # by somebody else
    bench.finish(hours=1)
    bench.assert_all_delivered()
    assert bench.server.most_ours == 1


def test_a_cancellation_that_failed_is_tried_again(make_bench: Callable[..., Bench]) -> None:
    """A job that hangs for ever, and whose only cancellation failed, would hold its slot for ever."""
    bench = make_bench(max_jobs=1, job_timeout=60)
    fates = iter([Fate(seconds=NEVER)])
    bench.server.fate_of = lambda _: next(fates, Fate())
    cancels = iter([True])

    def fail(verb: str) -> None:
        if verb == "cancel" and next(cancels, False):
            raise unavailable()

    bench.server.mishap = fail
    bench.add(windows(1))
    bench.finish(hours=1)
    bench.assert_all_delivered()


def test_a_late_url_takes_no_slot(make_bench: Callable[..., Bench]) -> None:
    """The server is done with the job: the next one may start."""
    bench = make_bench(max_jobs=1)
    bench.server.fate_of = lambda _: Fate(seconds=0.5, no_url=10)
    bench.add(windows(3))
    bench.finish(until=lambda: len(bench.server.jobs) == 2)
    assert not bench.ready
    bench.finish()
    bench.assert_all_delivered()


def test_creations_come_in_the_order_of_emission(make_bench: Callable[..., Bench]) -> None:
    """The stream that is emitted now must never wait for jobs of a later one."""
    bench = make_bench(max_jobs=2)
    bench.add(windows(4))
    bench.add(windows(4, "x,y"))
    asked: list[JobSpec] = []

    def note(spec: JobSpec) -> Fate:
        asked.append(spec)
        return Fate(seconds=3)

    bench.server.fate_of = note
    bench.finish()
    assert asked == [s for e in bench.extractions for w in e.windows for g in w.groups for s in g.specs]
