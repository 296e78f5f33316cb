"""Jobs on the server: asked for together and in good time; missing, late, failed and hung ones told apart."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from tap_twitter_ads_async.errors import ApiErrorDetail, CredentialsRejected
from tap_twitter_ads_async.stats.jobs import polling_interval as pace
from tap_twitter_ads_async.stats.jobs.events import Fatal
from tap_twitter_ads_async.stats.jobs.polling_interval import Pace
from tests.engine.bench import Bench, window, windows
from tests.engine.server import NEVER, Fate, cells, unavailable
from tests.support.plans import spec

if t.TYPE_CHECKING:
    from collections.abc import Callable

WHOLE = spec("a,b,c,d", "2026-01-01", "2026-01-05")


def fates(bench: Bench, *these: Fate) -> None:
    """Give the first jobs these fates, all others a good one."""
    rest = iter(these)
    bench.server.fate_of = lambda _: next(rest, Fate())


def test_one_request_asks_for_all_jobs(bench: Bench) -> None:
    """A request per job would eat the account's quota a hundred times as fast."""
    bench.server.fate_of = lambda _: Fate(seconds=10)
    bench.add(windows(80))
    bench.finish()
    bench.assert_all_delivered()
    assert bench.server.calls["poll"] <= 10 / pace.SHORTEST_SECONDS + 10


def test_more_jobs_than_one_request_may_name_are_asked_for_in_turn(make_bench: Callable[..., Bench]) -> None:
    """Tickets of a run that was far ahead may be hundreds; the API takes 200 ids."""
    bench = make_bench(max_jobs=10)
    plans = windows(450)
    specs = [s for w in plans for g in w.groups for s in g.specs]
    inherited = {s.digest(): bench.server.put(s, Fate(seconds=0)).job_id for s in specs}
    bench.add(plans, inherited)
    bench.finish()
    bench.assert_all_delivered()
    assert bench.server.calls["create"] == 0


def test_adopted_jobs_of_a_second_stream_do_not_hurry_the_polls(bench: Bench) -> None:
    """Adopted jobs are asked for at once, but two requests never come closer than the shortest interval."""
    for number in range(3):
        plans = windows(1, f"e{number}")
        digest = plans[0].groups[0].specs[0].digest()
        job = bench.server.put(plans[0].groups[0].specs[0], Fate(seconds=0))
        bench.add(plans, {digest: job.job_id})
    bench.finish()
    bench.assert_all_delivered()
    moments = [work.submitted for work in bench.server.polls]
    assert all(after - before >= pace.SHORTEST_SECONDS - 1e-6 for before, after in pairwise(moments))


def test_polls_become_rarer_as_jobs_take_longer() -> None:
    """Half an hour's job needs no look twice a second; a second's job does."""
    learnt = Pace()
    assert learnt.interval(0.0) == pace.SHORTEST_SECONDS
    assert learnt.interval(100.0) == pytest.approx(8.0)
    assert learnt.interval(10_000.0) == pace.LONGEST_SECONDS
    for _ in range(50):
        learnt.finished(2.0)
    assert learnt.interval(100.0) == pace.SHORTEST_SECONDS
    intervals = [learnt.interval(age) for age in range(0, 1000, 7)]
    assert intervals == sorted(intervals)


def test_a_failed_poll_is_not_a_failed_job(bench: Bench) -> None:
    """One bad answer must cost no job."""
    troubles = iter([True] * 12)

    def fail(verb: str) -> None:
        if verb == "poll" and next(troubles, False):
            raise unavailable()

    bench.server.mishap = fail
    bench.add(windows(5))
    bench.finish()
    bench.assert_all_delivered()
    assert len(bench.server.jobs) == 5


def test_rejected_credentials_while_polling_stop_the_run(bench: Bench) -> None:
    """Nothing else would come any more."""
    error = CredentialsRejected("GET", status=401, details=[ApiErrorDetail("UNAUTHORIZED_ACCESS", "no")])

    def fail(verb: str) -> None:
        if verb == "poll":
            raise error

    bench.server.mishap = fail
    bench.add(windows(1))
    bench.finish(until=lambda: any(isinstance(e, Fatal) for e in bench.events))
    assert [e.error for e in bench.events if isinstance(e, Fatal)][:1] == [error]


def test_an_account_that_cannot_be_polled_for_long_is_given_up(bench: Bench) -> None:
    """The run must end, and say what is open."""

    def fail(verb: str) -> None:
        if verb == "poll":
            raise unavailable()

    bench.server.mishap = fail
    bench.add(windows(3))
    bench.finish(hours=3)
    delivered, lost = bench.outcome()
    assert not delivered
    assert lost == bench.asked()


def test_a_new_job_may_be_missing_from_the_list_at_first(bench: Bench) -> None:
    """Listings lag: not yet visible is not lost, and costs no second job."""
    fates(bench, Fate(hidden=20))
    bench.add(windows(1))
    bench.finish()
    bench.assert_all_delivered()
    assert len(bench.server.jobs) == 1


def test_a_job_that_vanished_is_created_again(bench: Bench) -> None:
    """After a bounded number of looks, not for ever."""
    fates(bench, Fate(seconds=NEVER, vanishes=5))
    bench.add(windows(1))
    bench.finish(hours=0.25)
    bench.assert_all_delivered()
    assert len(bench.server.jobs) == 2


def test_success_without_a_url_is_not_yet_done(bench: Bench) -> None:
    """The url follows."""
    fates(bench, Fate(no_url=7))
    bench.add(windows(1))
    bench.finish()
    bench.assert_all_delivered()
    assert len(bench.server.jobs) == 1


def test_a_job_that_failed_once_gets_another_chance_as_it_is(bench: Bench) -> None:
    """Most failures are passing; a pause, then the same again."""
    fates(bench, Fate(fails=True))
    bench.add([window(WHOLE)])
    bench.finish()
    bench.assert_all_delivered()
    first, second = bench.server.jobs.values()
    assert first.spec == second.spec == WHOLE
    assert second.created - first.created >= 2.0


def test_a_job_that_failed_twice_is_cut_in_two(bench: Bench) -> None:
    """Ids first, then time; the window gets all pieces."""
    fates(bench, Fate(fails=True), Fate(fails=True))
    bench.add([window(WHOLE)])
    bench.finish()
    bench.assert_all_delivered()
    assert [j.spec.entity_ids for j in bench.server.jobs.values()][2:] == [("a", "b"), ("c", "d")]


def test_one_poisoned_entity_loses_its_own_cells_only(bench: Bench) -> None:
    """What the API can deliver is delivered; what it cannot is named, down to entity and bucket."""
    bench.server.fate_of = lambda s: Fate(fails="c" in s.entity_ids and s.start.day <= 2)
    bench.add([window(WHOLE), *windows(5, "x,y")])
    bench.finish()
    delivered, lost = bench.outcome()
    assert set(lost) == {c for c in cells(WHOLE) if c[0] == "c" and c[1] < "2026-01-03"}
    assert delivered + lost == bench.asked()
    assert len(bench.ready) == 6


def test_a_job_that_hangs_is_cancelled_and_cut_in_two(make_bench: Callable[..., Bench]) -> None:
    """Waiting longer would not help, and the slot is needed."""
    bench = make_bench(job_timeout=60)
    fates(bench, Fate(seconds=NEVER))
    bench.add([window(WHOLE)])
    bench.finish(hours=0.1)
    bench.assert_all_delivered()
    assert bench.server.jobs["job1"].cancelled
    assert [j.spec.entity_ids for j in bench.server.jobs.values()][1:] == [("a", "b"), ("c", "d")]
    assert bench.server.jobs["job2"].created - bench.server.jobs["job1"].created < 65


def test_a_cancellation_that_failed_is_tried_again(make_bench: Callable[..., Bench]) -> None:
    """Otherwise the hung job holds its slot, for this run and for other clients."""
    bench = make_bench(job_timeout=60)
    fates(bench, Fate(seconds=NEVER), Fate(seconds=50), Fate(seconds=50))
    troubles = iter([True])

    def fail(verb: str) -> None:
        if verb == "cancel" and next(troubles, False):
            raise unavailable()

    bench.server.mishap = fail
    bench.add([window(WHOLE)])
    bench.finish(hours=0.2)
    bench.assert_all_delivered()
    assert bench.server.jobs["job1"].cancelled
    assert bench.server.calls["cancel"] == 2


def test_a_job_that_cannot_be_cancelled_holds_its_slot_for_a_second_time_out_only(
    make_bench: Callable[..., Bench],
) -> None:
    """A server that never lets go of a job must not stop an account with a single slot for ever."""
    bench = make_bench(max_jobs=1, job_timeout=60)
    fates(bench, Fate(seconds=NEVER))

    def fail(verb: str) -> None:
        if verb == "cancel":
            raise unavailable()

    bench.server.mishap = fail
    bench.add([window(WHOLE)])
    bench.finish(hours=0.2)
    bench.assert_all_delivered()
    hung, following, *_ = bench.server.jobs.values()
    assert following.created - hung.created >= 120


def test_a_success_whose_url_never_comes_is_given_up_too(make_bench: Callable[..., Bench]) -> None:
    """Done without a result is as good as hung."""
    bench = make_bench(job_timeout=60)
    fates(bench, Fate(no_url=10_000))
    bench.add([window(WHOLE)])
    bench.finish(hours=0.2)
    bench.assert_all_delivered()


# --- jobs of an earlier run -------------------------------------------------------------------------------------


def left_behind(bench: Bench, fate: Fate) -> None:
    """Plan one window whose job an earlier run has created."""
    job = bench.server.put(WHOLE, fate)
    bench.add([window(WHOLE)], {WHOLE.digest(): job.job_id})


@pytest.mark.parametrize("fate", [Fate(seconds=0), Fate(seconds=30), Fate(seconds=0, no_url=2)])
def test_jobs_of_an_earlier_run_are_taken_up_again(bench: Bench, fate: Fate) -> None:
    """The server has done the work, or is doing it: another job would do it twice."""
    left_behind(bench, fate)
    bench.finish()
    bench.assert_all_delivered()
    assert bench.server.calls["create"] == 0
    assert bench.tickets == {}


@pytest.mark.parametrize("fate", [Fate(seconds=0, lifetime=0), Fate(vanishes=0)], ids=["expired", "forgotten"])
def test_jobs_that_are_gone_are_created_anew_without_an_attempt(bench: Bench, fate: Fate) -> None:
    """A ticket is a hint, not a promise; the task still has both its attempts."""
    left_behind(bench, fate)
    fates(bench, Fate(fails=True))
    bench.finish()
    bench.assert_all_delivered()
    assert [j.spec for j in bench.server.jobs.values()] == [WHOLE] * 3, "gone, failed once, and done"


def test_files_expire_by_the_server_s_clock(bench: Bench) -> None:
    """To a machine whose clock is days behind, no file is ever gone; each would be tried for, again and again."""
    bench.server.ahead = timedelta(days=3)
    left_behind(bench, Fate(seconds=0, lifetime=0))
    bench.finish()
    bench.assert_all_delivered()
    assert bench.server.calls["file"] == 2, "one look for the file that is gone, and one for that of its successor"


def test_a_server_whose_clock_is_off_does_not_make_jobs_for_ever(bench: Bench) -> None:
    """To a machine whose clock is days ahead every new result looks expired; its file is there all the same."""
    listed = bench.server.statuses

    def skewed(account_id: str, job_ids: list[str]) -> t.Any:
        page = listed(account_id, job_ids)
        past = bench.clock.now().replace(year=2025)
        jobs = [type(j)(j.job_id, j.status, j.url, past if j.expires_at else None, j.raw) for j in page.jobs]
        return replace(page, jobs=tuple(jobs))

    bench.server.statuses = skewed  # type: ignore[method-assign, assignment]
    bench.add(windows(1))
    bench.finish(hours=1)
    bench.assert_all_delivered()
    assert len(bench.server.jobs) <= 2
