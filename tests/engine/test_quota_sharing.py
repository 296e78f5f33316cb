"""Who may ask the synchronous endpoint, and how long the others wait for that to be decided."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.errors import RequestRefused
from tap_twitter_ads_async.stats.jobs.planner import PLAN_AHEAD_TASKS
from tap_twitter_ads_async.stats.jobs.queue import FOREVER
from tap_twitter_ads_async.stats.jobs.quota_sharing import QuotaSharing
from tap_twitter_ads_async.stats.jobs.spool import Spool
from tests.engine.bench import Bench, windows
from tests.engine.server import NEVER, Fate
from tests.engine.sharing_account import Account

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.stats.plan.spec import JobSpec


class Table:
    """Accounts around a quota, and a clock that moves when told."""

    def __init__(self, bench: Bench, requests: int, *accounts: tuple[int, bool]) -> None:
        self._bench = bench
        self.server = bench.server
        self.server.requests_left = requests
        self.accounts = [Account(self.server, tasks, known) for tasks, known in accounts]
        self._sharing = QuotaSharing(bench.resources, self.accounts)

    def after(self, seconds: float) -> float:
        """Take a turn after some seconds; return in how many it wants the next."""
        self._bench.advance(seconds)
        now = self._bench.clock.monotonic()
        return self._sharing.step(now) - now

    @property
    def asked(self) -> list[list[int]]:
        """What each account asked at once, turn by turn."""
        return [account.asked for account in self.accounts]

    @property
    def held(self) -> list[int]:
        """What each account holds."""
        return [account.held for account in self.accounts]


# --- when it is decided -----------------------------------------------------------------------------------------


def test_nothing_is_spent_before_all_plans_are_there(bench: Bench) -> None:
    """The account that plans longest may be the one that needs most."""
    table = Table(bench, 50, (40, True), (0, False))
    assert table.after(0) == 10
    assert table.after(3) == 7
    assert table.asked == [[], []]
    table.accounts[1].tasks, table.accounts[1].known = 400, True
    assert table.after(1) == FOREVER
    assert table.asked == [[], [50]]
    assert table.held == [0, 0]


def test_a_plan_that_takes_long_is_not_waited_for(bench: Bench) -> None:
    """A change feed that hangs must not keep the other accounts from beginning."""
    table = Table(bench, 50, (40, True), (0, False))
    table.after(0)
    assert table.after(9.9) < 0.2
    assert table.asked == [[], []]
    table.after(0.2)
    assert table.asked == [[40], []]


def test_it_is_not_waited_for_twice(bench: Bench) -> None:
    """What fails and begins again would wait another time, and another, for the same plan."""
    table = Table(bench, 50, (5, True), (0, False), (0, True))
    table.after(0)
    table.after(11)
    table.accounts[0].tasks = table.accounts[2].tasks = 2
    table.after(1)
    assert table.asked == [[5, 2], [], [2]]
    table.accounts[1].known = True
    table.after(1)
    table.accounts[0].tasks, table.accounts[1].known = 2, False  # another plan of it: that may be quick
    table.after(1)
    assert table.asked == [[5, 2], [], [2]]


def test_an_account_alone_waits_for_nobody(bench: Bench) -> None:
    """Who gets the quota is no question, and the first records come sooner."""
    table = Table(bench, 50, (5, False), (0, True))
    assert table.after(0) == FOREVER
    table.accounts[0].tasks = 60
    table.after(1)
    assert table.asked == [[5, 45], []]


def test_an_account_that_could_use_everything_plans_no_further(bench: Bench) -> None:
    """It would go on for minutes before its first request."""
    table = Table(bench, 50, (10, True), (PLAN_AHEAD_TASKS, False))
    table.after(0)
    assert table.asked == [[], [50]]


# --- what is held meanwhile -------------------------------------------------------------------------------------


def test_what_is_beyond_an_account_s_share_becomes_jobs_at_once(bench: Bench) -> None:
    """The plans of others only take from it; its own may add."""
    table = Table(bench, 50, (40, True), (100, True), (30, False))
    table.after(0)
    assert table.held == [0, 50, 50]
    assert table.accounts[2].plans_until == 50


def test_without_a_quota_nothing_is_held(bench: Bench) -> None:
    """Jobs are the only way, as they always are with `stats_endpoint: ASYNC`."""
    table = Table(bench, 0, (40, True), (0, False))
    assert table.after(0) == FOREVER
    assert table.held == [0, 0]
    assert table.accounts[1].plans_until == 0


def test_a_quota_that_others_use_up_meanwhile_holds_nothing_any_more(bench: Bench) -> None:
    """Else tasks would wait for an end of the waiting that brings nothing."""
    table = Table(bench, 50, (40, True), (0, False))
    table.after(0)
    assert table.held[0] == 40
    table.server.requests_left = 0
    assert table.after(1) == FOREVER
    assert table.held == [0, 0]


# --- while nobody knows how many are left -----------------------------------------------------------------------


def _answer(table: Table, left: int) -> None:
    table.server.requests_left, table.server.requests_unknown = left, False


def test_one_request_finds_out_and_the_others_are_shared_by_its_answer(bench: Bench) -> None:
    """Shares of 250 would be wrong if another client has left four."""
    table = Table(bench, 250, (40, True), (400, True), (150, True))
    table.server.requests_unknown = True
    assert table.after(0) == 10
    assert table.asked == [[], [1], []]
    assert table.held == [0, 249, 0]
    table.after(1)
    _answer(table, 4)
    table.accounts[2].known = False  # it was known when the first was sent
    table.after(1)
    assert table.asked == [[], [1, 4], []]
    assert table.held == [0, 0, 0]


def test_an_answer_that_takes_long_is_not_waited_for(bench: Bench) -> None:
    """Jobs begin; what waits for a slot when it comes at last is asked for all the same."""
    table = Table(bench, 250, (40, True), (400, True))
    table.server.requests_unknown = True
    table.after(0)
    assert table.held == [0, 249]
    assert table.after(10) == FOREVER
    assert table.held == [0, 0]
    table.after(5)
    assert table.held == [0, 0], "it does not begin to wait anew"
    _answer(table, 249)
    table.after(1)
    assert table.asked == [[], [1, 249]]


# --- one account's part -----------------------------------------------------------------------------------------


def _beside_an_unknown_one(bench: Bench) -> Account:
    """Put another account on the bench that is being planned; return it."""
    other = Account(bench.server, 0, known=False)
    bench.sharing = QuotaSharing(bench.resources, [bench.account, other])
    return other


def _days(specs: list[JobSpec]) -> list[int]:
    return sorted(asked.start.day for asked in specs)


def test_what_the_endpoint_does_not_take_passes_by_what_is_held(bench: Bench) -> None:
    """Slots must not be idle while it is decided who asks."""
    bench.server.requests_left = 2
    bench.server.takes_of = lambda asked: asked.start.day < 10
    bench.server.fate_of = lambda _: Fate(seconds=NEVER)
    other = _beside_an_unknown_one(bench)
    bench.add(windows(8))  # from the 1st, 3rd, ... to the 15th
    bench.settle()
    assert _days([job.spec for job in bench.server.live()]) == [5, 7, 9, 11, 13, 15]
    other.known = True
    bench.settle()
    assert _days(bench.server.asked_at_once) == [1, 3], "those that are due first"


def test_it_plans_beyond_its_slots_while_it_is_decided(bench: Bench) -> None:
    """Else the account with the most streams would look like the smallest."""
    bench.server.requests_left = 250
    other = _beside_an_unknown_one(bench)
    streams = [bench.add(windows(110, f"e{number}")) for number in range(4)]
    bench.settle()
    assert set(bench.planned) == {0, 1, 2}
    assert bench.account.load.tasks > 3 * 110 + 100, "the last is expected to be like the others"
    other.known = True
    bench.finish()
    assert len(bench.server.asked_at_once) == 250
    assert len(bench.ready) == sum(len(stream.windows) for stream in streams)


def test_a_request_that_fails_is_left_to_a_job(bench: Bench) -> None:
    """Once; the quota is too small to try again."""

    def refuse(verb: str) -> None:
        if verb == "ask":
            raise RequestRefused("GET", status=400)

    bench.server.requests_left, bench.server.mishap = 10, refuse
    bench.add(windows(3))
    bench.finish()
    assert (bench.server.calls["ask"], bench.server.calls["create"]) == (3, 3)
    bench.assert_all_delivered()


def test_an_account_that_is_given_up_leaves_its_requests_to_others(bench: Bench) -> None:
    """They are in line, and would stay there for good."""

    def unreadable(verb: str) -> None:
        if verb == "poll":
            raise RequestRefused("GET", status=400)

    bench.server.requests_left, bench.server.mishap = 20, unreadable
    bench.server.takes_of = lambda asked: asked.start.day > 2
    bench.add(windows(15))
    bench.step()
    bench.workers.run()  # the plan
    bench.deliver()
    bench.step()  # one job, four requests under way, ten in line
    assert bench.server.requests_left == 6
    assert bench.account.load.tasks == 1, "what is in line needs no slot"
    bench.workers.run()  # the creation
    bench.deliver()
    bench.advance(5)
    bench.step()
    bench.workers.run(len(bench.workers.waiting) - 1)  # the poll
    bench.deliver()
    assert bench.server.calls["poll"] == 1
    assert bench.server.requests_left == 16


def test_the_jobs_of_a_killed_run_are_looked_for_first(make_bench: Callable[..., Bench]) -> None:
    """They are paid for, and the quota is small."""
    bench = make_bench()
    bench.server.requests_left = 10
    plan = windows(2)
    stream = bench.add(plan)
    stream.looks_back = True
    bench.step()
    bench.workers.run()
    bench.deliver()
    bench.step()
    assert len(bench.workers.waiting) == 1, "the list of jobs"
    assert bench.server.requests_left == 10
    bench.finish()
    assert bench.server.calls["recent"] == 1
    assert bench.server.requests_left == 8


def test_while_results_wait_for_the_target_only_what_is_due_is_asked_for(bench: Bench) -> None:
    """Its answer needs a place on the disk, too."""
    bench.server.requests_left = 10
    bench.resources.spool = Spool(limit=0)
    bench.add(windows(3))
    bench.step()
    bench.workers.run()
    bench.deliver()
    bench.step()
    assert bench.server.requests_left == 9
    bench.finish()
    assert bench.server.requests_left == 7
