"""Two runs in one ads account share its job slots: none starves, no slot lies idle, the API is not hammered."""

from __future__ import annotations

import random
import typing as t

import pytest

from tap_twitter_ads_async.stats.jobs.polling_interval import SHORTEST_SECONDS
from tests.engine.bench import windows
from tests.engine.server import Fate

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_twitter_ads_async.stats.plan.spec import JobSpec
    from tests.engine.bench import Bench

    MakeBench = Callable[..., Bench]

SLOTS = 10
FIRST, SECOND = 250, 60
LATE = 1.75
"""After so many rounds of jobs the second run comes: the first holds every slot."""


def even(seconds: float) -> Callable[[JobSpec], Fate]:
    """Every job takes as long, so that the first run's jobs start and end together."""
    return lambda _: Fate(seconds=seconds)


def uneven(seconds: float) -> Callable[[JobSpec], Fate]:
    """Jobs take half to one and a half times as long."""
    return lambda _: Fate(seconds=seconds * random.uniform(0.5, 1.5))  # noqa: S311 - repeatable, not secret


@pytest.fixture(autouse=True)
def dice() -> Iterator[None]:
    """Make uneven pauses and jobs repeatable."""
    before = random.getstate()
    random.seed(1)
    yield
    random.setstate(before)


class Neighbours:
    """Two lanes, each of a process of its own, in one account."""

    def __init__(
        self, make_bench: MakeBench, job_seconds: float, fate: Callable[[JobSpec], Fate], **limits: int
    ) -> None:
        self.job_seconds = job_seconds
        self.first = make_bench(limit=SLOTS, job_timeout=3900, **limits)
        self.second = make_bench(job_timeout=3900, neighbour=self.first, **limits)
        self.first.server.tells_slots = True
        self.first.server.fate_of = fate
        self.began = self.first.clock.monotonic()
        self.waited, self.before = 0.0, 0

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self.first.clock.monotonic() - self.began

    def run(self, *benches: Bench, until: Callable[[], bool]) -> None:
        """Let time pass for some of the two until something has happened."""
        while not until():
            for bench in benches:
                bench.settle()
            due = min(bench.step() for bench in benches) - self.first.clock.monotonic()
            self.first.advance(max(0.01, min(1.0, due)))
            assert self.elapsed < 4 * 3600, "stuck"

    def share_of_second(self) -> float:
        """Return the second run's share of the jobs that both created since its first."""
        ours = len(self.second.accepted)
        return ours / (ours + len(self.first.accepted) - self.before)

    def both(self) -> None:
        """Start the first, later the second, and go on until one of them has nothing left."""
        self.first.add(windows(FIRST))
        self.second.add(windows(SECOND))
        self.run(self.first, until=lambda: self.elapsed >= LATE * self.job_seconds)
        both, came = (self.first, self.second), self.elapsed
        self.run(*both, until=lambda: bool(self.second.accepted))
        self.waited, self.before = self.elapsed - came, len(self.first.accepted)
        self.run(*both, until=lambda: self.first.account.idle or self.second.account.idle)


@pytest.mark.parametrize("fate", [even, uneven])
@pytest.mark.parametrize("job_seconds", [2.0, 60.0])
def test_a_run_that_comes_later_gets_its_share(
    make_bench: MakeBench, job_seconds: float, fate: Callable[[float], Callable[[JobSpec], Fate]]
) -> None:
    """A short run beside a long backfill must not wait for the backfill's end."""
    pair = Neighbours(make_bench, job_seconds, fate(job_seconds))
    pair.both()
    assert pair.waited < 50.0 + 2 * job_seconds
    assert 0.15 < pair.share_of_second() < 0.9
    jobs = len(pair.first.server.jobs)
    assert pair.first.server.calls["create"] - jobs < 3 * pair.elapsed  # refusals; the API takes 7.5 writes a second
    assert pair.elapsed < (job_seconds + SHORTEST_SECONDS) * 1.25 * (jobs / SLOTS + LATE)


def test_slots_split_by_the_setting_are_never_fought_over(make_bench: MakeBench) -> None:
    """Whoever divides the account's slots between runs gets exactly that, without a refusal."""
    pair = Neighbours(make_bench, 60.0, even(60.0), max_jobs=SLOTS // 2)
    pair.both()
    assert pair.first.server.calls["create"] == len(pair.first.server.jobs)
    assert pair.share_of_second() == pytest.approx(0.5, abs=0.05)
