"""Whatever the API does, in whatever order its answers arrive: nothing is lost in silence, doubled, or overdrawn."""

from __future__ import annotations

import random
import typing as t
from itertools import pairwise

import pytest

from tap_twitter_ads_async.stats.jobs import polling_interval as pace
from tap_twitter_ads_async.stats.jobs.quota_sharing import QuotaSharing
from tests.engine.bench import Bench, window
from tests.engine.server import NEVER, FakeJob, Fate, unavailable
from tests.engine.sharing_account import Account
from tests.support.plans import spec

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.stats.plan.spec import Window

SCRIPTS = 60
MAX_TURNS = 60_000
QUIET_AFTER_SECONDS = 3600.0
"""From then on the API works; foreign jobs have left."""


class Walk:
    """One random script: an account's mishaps and the order in which outcomes arrive, from one number."""

    def __init__(self, seed: int) -> None:
        random.seed(seed)  # the engine's own jitter
        rng = self.rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.max_jobs = rng.randint(1, 6)
        self.bench = Bench(max_jobs=self.max_jobs, job_timeout=rng.choice([60, 600]), limit=rng.randint(1, 8))
        self.server = self.bench.server
        self.began = self.bench.clock.monotonic()
        self.badness = rng.choice([0.0, 0.1, 0.3])
        self.server.tells_slots = rng.random() < 0.5
        self.server.fate_of = lambda _: self.fate()
        self.server.mishap = self.mishap
        self.server.after_create = self.lose_answer
        self.healthy: set[str] = set()
        self._answer_some_at_once(random.Random(-1 - seed))  # noqa: S311 - repeatable, not secret
        for number in range(rng.randint(1, 3)):
            self._add(number)

    def _answer_some_at_once(self, rng: random.Random) -> None:
        """Let half of the scripts have some of their specs answered without a job."""
        if rng.random() < 0.5:
            self.server.requests_left, self.server.requests_unknown = rng.randint(1, 8), rng.random() < 0.5
            share = rng.choice([0.5, 1.0])
            if rng.random() < 0.5:  # what is held waits for an account whose plan never comes
                other = Account(self.server, 0, known=False)
                self.bench.sharing = QuotaSharing(self.bench.resources, [self.bench.account, other])
            self.server.takes_of = lambda asked: random.Random(asked.digest()).random() < share  # noqa: S311 - as above

    def _add(self, number: int) -> None:
        """Add a stream, some of whose jobs an earlier run left behind."""
        plan = [self._window(number, index) for index in range(self.rng.randint(0, 4))]
        inherited = dict[str, str]()
        for s in (s for w in plan for g in w.groups for s in g.specs):
            if self.rng.random() < 0.2:
                lifetime = self.rng.choice([0.0, 48 * 3600.0])
                inherited[s.digest()] = self.server.put(s, Fate(seconds=0.0, lifetime=lifetime)).job_id
            elif self.rng.random() < 0.05:
                inherited[s.digest()] = "unknown to the server"
        self.bench.add(plan, inherited)

    def _window(self, number: int, index: int) -> Window:
        ids = [
            ",".join(f"e{number}{i}{j}" for j in range(self.rng.randint(1, 5))) for i in range(self.rng.randint(0, 3))
        ]
        start, end = f"2026-01-{3 * index + 1:02}", f"2026-01-{3 * index + self.rng.randint(2, 4):02}"
        return window(*(spec(i, start, end) for i in ids))

    # --- the API's mishaps --------------------------------------------------------------------------------------

    def bad(self, share: float = 1.0) -> bool:
        """Decide whether something goes wrong, which happens only in the first hour."""
        quiet = self.bench.clock.monotonic() > self.began + QUIET_AFTER_SECONDS
        return not quiet and self.rng.random() < self.badness * share

    def fate(self) -> Fate:
        """Choose what becomes of a job; some have several troubles."""
        rng, fate = self.rng, Fate(seconds=self.rng.choice([0.1, 1.0, 20.0, 59.0]))
        if self.bad():
            fate.fails = True
        if self.bad(0.3):
            fate.seconds = NEVER
        if self.bad():
            fate.hidden = rng.randint(1, 4)
        if self.bad():
            fate.no_url = rng.randint(1, 4)
        if self.bad():
            fate.broken, fate.how = rng.randint(1, 14), rng.choice(["missing", "cut", "garbled"])
        if self.bad(0.3):
            fate.vanishes = rng.choice([0.0, 5.0, 30.0])
        if self.bad(0.3):
            fate.lifetime = rng.choice([0.0, 0.5, 10.0])
        return fate

    def mishap(self, verb: str) -> None:
        """Fail a request before it takes effect; change what other clients do."""
        if self.rng.random() < 0.1:
            self.server.foreign = self.rng.randint(0, self.server.limit) if self.bad(3.0) else 0
        # With a short timeout a hung job is cancelled twice only, and then holds its slot for good.
        patient = verb != "cancel" or self.bench.resources.job_timeout > 60
        if patient and self.bad(0.5):
            raise unavailable(unknown=verb == "create")

    def lose_answer(self, job: FakeJob) -> None:
        """Lose the answer to a creation that was accepted (a job that hangs unknown to all takes its slot for good)."""
        if job.fate.hidden == 0 and job.fate.seconds < NEVER and self.bad(0.5):
            raise unavailable(unknown=True)

    # --- walking ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Walk to the end, checking after every turn."""
        for _ in range(MAX_TURNS):
            due = self.bench.step()
            if self.bench.account.idle and not self.bench.workers.waiting and not self.bench.workers.answered:
                return
            self.turn(due)
            self.check()
        raise AssertionError(f"no end: {self.bench.account.work}, {self.server.all_statuses()}")

    def turn(self, due: float) -> None:
        """Run a piece of work, deliver an outcome, or let time pass."""
        workers, rng = self.bench.workers, self.rng
        choice = rng.random()
        if workers.waiting and choice < 0.45:
            workers.run(rng.randrange(len(workers.waiting)))
        elif workers.answered and choice < 0.9:
            self.bench.deliver(rng.randrange(len(workers.answered)))
        else:
            patience = due - self.bench.clock.monotonic()
            self.bench.advance(min(1.0, max(0.01, patience)) * rng.choice([0.1, 1.0]))

    def check(self) -> None:
        """Hold every invariant that is true at all times."""
        assert len(self.server.live()) <= self.server.limit
        assert self.server.most_ours <= self.max_jobs
        bench = self.bench
        told = set(bench.tickets.values())
        committed = {d for run in bench.committed for d in run.tickets}
        jobs = bench.server.jobs
        must = {i for i in bench.accepted if jobs[i].fate.healthy and jobs[i].fate.broken < 12}
        must = {i for i in must if jobs[i].digest not in committed and not jobs[i].cancelled}
        ended = {i for i in bench.told_dead if i in bench.accepted}
        assert not told & ended, "no ticket for a job that is known to have failed"
        waived = {i for i in must if _is_old(jobs[i], bench)}
        assert must - waived <= told, "every job that will be of use has its ticket"

    def conclude(self) -> None:
        """Hold what is true in the end."""
        bench = self.bench
        delivered, lost = bench.outcome()
        assert delivered + lost == bench.asked()
        assert len(bench.committed) == sum(len(e.windows) for e in bench.extractions)
        spare = set(bench.tickets) - {d for e in bench.extractions for d in e.inherited_jobs}
        assert not spare, "no ticket outlives its window"
        for before, after in pairwise(self.server.polls):
            assert after.submitted >= before.delivered, "one status request at a time"
            assert after.submitted - before.submitted >= pace.SHORTEST_SECONDS - 1e-6, "polled too soon"


def _is_old(job: FakeJob, bench: Bench) -> bool:
    """Whether the job may have been given up although all is well with it: its timeout is near, or it is missing."""
    return bench.clock.monotonic() - job.created > min(55.0, bench.resources.job_timeout)


@pytest.mark.parametrize("first", range(0, SCRIPTS, 10))
def test_every_script_ends_with_every_cell_delivered_once_or_reported_lost(first: int) -> None:
    """The engine's promise, held against mishaps nobody thought of one by one."""
    for seed in range(first, first + 10):
        walk = Walk(seed)
        try:
            walk.run()
            walk.conclude()
        except AssertionError as error:
            raise AssertionError(f"script {seed}: {error}") from error
        finally:
            walk.bench.resources.spool.close()
