"""What the answer to a creation means: wait, look, try again, cut in two, leave out, or report."""

from __future__ import annotations

import logging
import typing as t

import pytest

from tap_twitter_ads_async.errors import (
    AccountUnreadable,
    ApiError,
    ApiErrorDetail,
    CredentialsRejected,
    NotOffered,
    RequestRefused,
    Terminated,
    TooComplex,
)
from tap_twitter_ads_async.stats.jobs.creation import CREATION_TRIES, create_job
from tap_twitter_ads_async.stats.jobs.events import Abandoned, Fatal, NotOfferedHere, TicketChanged
from tap_twitter_ads_async.stats.jobs.next_step import HOPELESS_FAILURES
from tests.engine.bench import Bench, window, windows
from tests.engine.server import FakeJob, Fate, cells, unavailable
from tests.support.plans import spec

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.api.client import JobStatus
    from tap_twitter_ads_async.stats.jobs.executor import Executor
    from tap_twitter_ads_async.stats.plan.spec import JobSpec

WHOLE = spec("a,b,c,d", "2026-01-01", "2026-01-05")


def refused(cls: type[ApiError], code: str, parameter: str = "") -> ApiError:
    """Return a refusal as the API words it."""
    return cls("POST", status=400, details=[ApiErrorDetail(code, "no", parameter)])


def refuse(bench: Bench, error: ApiError, wrong: Callable[[JobSpec], bool] = lambda _: True) -> list[JobSpec]:
    """Let the server refuse some specs; return a list that fills with what was refused."""
    seen: list[JobSpec] = []
    create = bench.server.start

    def choosy(asked: JobSpec) -> JobStatus:
        if wrong(asked):
            seen.append(asked)
            raise error
        return create(asked)

    bench.server.start = choosy  # type: ignore[method-assign]
    return seen


# --- unknown outcomes -----------------------------------------------------------------------------------------


def test_a_job_whose_creation_was_not_answered_is_found(bench: Bench) -> None:
    """Creating it again would waste a slot and, on an account with two, half of its speed."""
    lost = iter([True, False])

    def lose_answer(_: FakeJob) -> None:
        if next(lost):
            raise unavailable(unknown=True)

    bench.server.after_create = lose_answer
    bench.add(windows(1))
    bench.finish()
    bench.assert_all_delivered()
    assert len(bench.server.jobs) == 1


def test_a_creation_that_never_arrived_is_sent_again_with_pauses(bench: Bench) -> None:
    """503 on creation is an everyday event; hammering makes it worse."""
    failures = iter([True, True, False])

    def fail(verb: str) -> None:
        if verb == "create" and next(failures):
            raise unavailable(unknown=True)

    bench.server.mishap = fail
    bench.add(windows(1))
    bench.finish()
    bench.assert_all_delivered()
    assert bench.server.calls["create"] == 3
    assert bench.server.calls["find"] == 2
    first, second = bench.clock.waits
    assert 0.5 <= first <= 1.0
    assert 1.0 <= second <= 2.0


def test_no_second_creation_before_a_successful_search(bench: Bench) -> None:
    """While the search fails nobody knows whether the first job exists; a second one could overdraw the account."""
    troubles = {"create": 1, "find": 2}

    def lose_answer(_: FakeJob) -> None:
        troubles["create"] -= 1
        if troubles["create"] >= 0:
            raise unavailable(unknown=True)

    def fail(verb: str) -> None:
        if verb == "find":
            troubles["find"] -= 1
            if troubles["find"] >= 0:
                raise unavailable()

    bench.server.after_create, bench.server.mishap = lose_answer, fail
    bench.add(windows(1))
    bench.finish()
    bench.assert_all_delivered()
    assert len(bench.server.jobs) == 1


def test_a_found_job_is_never_one_that_serves_another_task(bench: Bench) -> None:
    """Two streams may ask the same: a job watched for both would leave one of them waiting for ever."""
    same = [window(WHOLE)]
    bench.add(same)
    bench.add(same)
    bench.step()
    bench.workers.run()
    bench.deliver()  # the first plan
    bench.step()
    bench.workers.run()
    bench.deliver()  # the second plan
    bench.step()
    assert len(bench.workers.waiting) == 2
    bench.workers.run()  # the first creation succeeds, but its outcome is not yet delivered
    once = iter([True])

    def never_arrive(verb: str) -> None:
        if verb == "create" and next(once, False):
            raise unavailable(unknown=True)

    bench.server.mishap = never_arrive
    bench.workers.run()  # the second never arrives; the search finds the job of the first
    bench.deliver()
    bench.deliver()
    bench.finish(hours=3)
    bench.assert_all_delivered()


def test_an_answer_without_a_job_counts_as_unanswered(bench: Bench) -> None:
    """An empty body with status 200 must not make a job with an empty id."""
    answers = iter([True])
    create = bench.server.start

    def empty(asked: JobSpec) -> JobStatus:
        status = create(asked)
        if next(answers, False):
            return type(status)("", "", None, None, {})
        return status

    bench.server.start = empty  # type: ignore[method-assign]
    bench.add(windows(1))
    bench.finish()
    bench.assert_all_delivered()
    assert len(bench.server.jobs) == 1


def test_creation_gives_up_after_its_tries_and_ends_when_the_run_is_stopped(bench: Bench) -> None:
    """A worker must neither try for ever nor sleep through a signal."""

    def fail(verb: str) -> None:
        if verb == "create":
            raise unavailable(unknown=True)

    bench.server.mishap = fail
    api = t.cast("Executor", bench.server)
    with pytest.raises(type(unavailable())):
        create_job(api, bench.clock, WHOLE)
    assert bench.server.calls["create"] == CREATION_TRIES
    bench.clock.stop()
    with pytest.raises(Terminated):
        create_job(api, bench.clock, WHOLE)


# --- refusals -------------------------------------------------------------------------------------------------


def test_too_complex_is_cut_in_two_at_once(bench: Bench) -> None:
    """The same request again would be refused again."""
    seen = refuse(bench, refused(TooComplex, "REQUEST_TOO_COMPLEX"), lambda s: len(s.entity_ids) > 2)
    bench.add([window(WHOLE)])
    bench.finish()
    bench.assert_all_delivered()
    assert seen == [WHOLE]
    assert len(bench.server.jobs) == 2


def test_a_gone_entity_is_isolated_and_reported_alone(bench: Bench) -> None:
    """One deleted id must not cost the other nineteen their numbers."""
    refuse(bench, refused(RequestRefused, "INVALID_PARAMETER", "entity_ids"), lambda s: "c" in s.entity_ids)
    bench.add([window(WHOLE)])
    bench.finish()
    delivered, lost = bench.outcome()
    assert set(lost) == {c for c in cells(WHOLE) if c[0] == "c"}
    assert delivered + lost == bench.asked()


def test_a_request_that_is_wrong_is_lost_by_name_and_the_others_go_on(bench: Bench) -> None:
    """Our mistake in one window is no reason to drop the rest."""
    first, second = windows(2)
    wrong = first.groups[0].specs[0]
    seen = refuse(bench, refused(RequestRefused, "INVALID_PARAMETER", "start_time"), lambda s: s == wrong)
    bench.add([first, second])
    bench.finish()
    delivered, lost = bench.outcome()
    assert seen == [wrong]
    assert set(lost) == set(cells(wrong))
    assert delivered + lost == bench.asked()
    assert any("INVALID_PARAMETER" in piece.error for run in bench.ready for piece in run.lost)


def test_a_placement_that_is_not_offered_is_left_out_with_one_word(bench: Bench) -> None:
    """The account lacks it for all windows: one warning, no failure, no further request."""
    plans = [
        window(
            spec("a", f"2026-01-0{day}", f"2026-01-0{day + 1}"),
            spec("a", f"2026-01-0{day}", f"2026-01-0{day + 1}", placement="SPOTLIGHT"),
        )
        for day in range(1, 8)
    ]
    seen = refuse(
        bench,
        refused(RequestRefused, "INVALID_PARAMETER", "placement"),
        lambda s: s.placement == "SPOTLIGHT",
    )
    bench.add(plans)
    bench.settle()
    bench.finish()
    delivered, lost = bench.outcome()
    assert not lost
    assert delivered == {c: 1 for c in bench.asked() if c[2] != "SPOTLIGHT"}
    assert len(seen) <= 5, "those under way at the first refusal, no more"
    told = {e.what for e in bench.events if isinstance(e, NotOfferedHere)}
    assert told == {"placement SPOTLIGHT"}


def test_a_stream_that_is_not_offered_is_left_out_and_the_next_goes_on(bench: Bench) -> None:
    """An entity type that is gone must not fail the run."""
    gone = bench.add([window(spec("x", "2026-01-01", "2026-01-03", entity="MEDIA_CREATIVE"))])
    bench.add(windows(2))
    refuse(bench, refused(NotOffered, "FEATURE_NOT_AVAILABLE"), lambda s: s.entity == "MEDIA_CREATIVE")
    bench.finish()
    assert [t.cast("object", e.extraction) for e in bench.events if isinstance(e, NotOfferedHere) and e.whole] == [gone]
    delivered, lost = bench.outcome()
    assert not lost
    assert {c for c in bench.asked() if c[0] != "x"} == set(delivered)


def test_rejected_credentials_stop_the_run(bench: Bench) -> None:
    """Every further request would be refused alike."""
    error = refused(CredentialsRejected, "UNAUTHORIZED_ACCESS")
    refuse(bench, error)
    bench.add(windows(1))
    bench.settle()
    assert [e.error for e in bench.events if isinstance(e, Fatal)] == [error]


def test_an_account_that_cannot_be_read_is_given_up_as_a_whole(bench: Bench) -> None:
    """What is left of it is reported lost, streams not yet planned too; nothing waits for ever."""
    refuse(bench, refused(AccountUnreadable, "ACTION_NOT_ALLOWED"))
    bench.add(windows(3))
    bench.finish()
    delivered, lost = bench.outcome()
    assert not delivered
    assert lost == bench.asked()


def test_what_comes_back_once_the_account_is_given_up_makes_no_more_jobs(make_bench: Callable[..., Bench]) -> None:
    """Its running jobs are left to the server and still hold their slots, so that another would be one too many."""
    bench = make_bench(max_jobs=2)
    bench.server.fate_of = lambda _: Fate(seconds=600.0)
    bench.add(windows(5))
    bench.step()
    bench.workers.run()  # the plan
    bench.deliver()
    bench.step()
    creations = len(bench.workers.waiting)
    assert creations == 2
    bench.workers.run()
    bench.deliver()

    def fail(verb: str) -> None:
        if verb == "poll":
            raise refused(AccountUnreadable, "ACTION_NOT_ALLOWED")

    bench.server.mishap = fail
    bench.server.foreign = bench.server.limit - 1  # the other creation, still under way, will be one too many
    while not bench.server.calls["poll"]:
        bench.advance(1.0)
        bench.step()
        if len(bench.workers.waiting) > 1:
            bench.workers.run(1)
            bench.deliver()
    bench.workers.run()
    bench.deliver()
    bench.server.foreign = 0
    bench.finish()
    assert bench.server.calls["create"] == creations
    delivered, lost = bench.outcome()
    assert not delivered
    assert lost == bench.asked()


def test_a_plan_that_fails_abandons_its_stream_only(bench: Bench) -> None:
    """The change feed of one entity type may be down while the others work."""
    error = unavailable()
    bench.add(windows(1)).error = error
    bench.add(windows(2))
    bench.finish()
    assert [e.error for e in bench.events if isinstance(e, Abandoned)] == [error]
    delivered, lost = bench.outcome()
    assert sum(delivered.values()) == sum(len(cells(s)) for w in windows(2) for g in w.groups for s in g.specs)
    assert not lost


def test_rejected_credentials_while_planning_stop_the_run(bench: Bench) -> None:
    """As for any other request."""
    error = refused(CredentialsRejected, "UNAUTHORIZED_ACCESS")
    bench.add(windows(1)).error = error
    bench.settle()
    assert [e.error for e in bench.events if isinstance(e, Fatal)] == [error]


def test_an_api_that_is_down_for_good_ends_the_run(bench: Bench) -> None:
    """Without an end, cutting every job to single cells would take days of failing requests."""

    def fail(verb: str) -> None:
        if verb == "create":
            raise unavailable()

    bench.server.mishap = fail
    bench.add(windows(60, "a,b,c,d,e"))
    bench.finish(hours=1)
    delivered, lost = bench.outcome()
    assert not delivered
    assert lost == bench.asked()
    assert bench.server.calls["create"] < 3 * HOPELESS_FAILURES


def test_jobs_too_heavy_everywhere_are_cut_until_they_succeed(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A server that chokes on size fails many jobs before the first small one succeeds; the account is not down."""
    caplog.set_level(logging.ERROR)
    bench.server.fate_of = lambda s: Fate(fails=len(cells(s)) > 2)
    bench.add(windows(30, "a,b,c,d"))
    bench.finish()
    bench.assert_all_delivered()


def test_tickets_are_told_once_the_job_exists(bench: Bench) -> None:
    """A run that is killed now finds its jobs by these."""
    bench.server.fate_of = lambda _: Fate(seconds=30)
    plans = windows(3)
    bench.add(plans)
    bench.settle()
    digests = {s.digest() for w in plans for g in w.groups for s in g.specs}
    assert set(bench.tickets) == digests
    assert set(bench.tickets.values()) == set(bench.server.jobs)
    bench.finish()
    assert bench.tickets == {}
    assert len([e for e in bench.events if isinstance(e, TicketChanged)]) == 3
