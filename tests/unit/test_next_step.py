"""What follows from an attempt, as a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tap_twitter_ads_async.errors import (
    AccountUnreadable,
    ApiError,
    ApiErrorDetail,
    CredentialsRejected,
    RequestRefused,
    TooComplex,
    TooManyJobs,
    Unavailable,
)
from tap_twitter_ads_async.stats.jobs.next_step import (
    DOUBTFUL_FAILURES,
    HOPELESS_FAILURES,
    HOPELESS_IDS,
    Accept,
    Attempt,
    By,
    GiveUpAccount,
    GiveUpStream,
    Lose,
    Retry,
    Skip,
    Split,
    Standing,
    Step,
    Stop,
    WaitForSlot,
    next_step,
)
from tap_twitter_ads_async.stats.jobs.outcome import (
    Delivered,
    Failed,
    Hung,
    Incomplete,
    Malformed,
    NoFile,
    Outcome,
    Refused,
    Vanished,
)
from tap_twitter_ads_async.stats.records.window_result import SpooledFile
from tests.support.plans import spec

FILE = SpooledFile(Path("1.result"), 7)
MANY = spec("a,b", "2026-01-01", "2026-01-05")
ONE_ID = spec("a", "2026-01-01", "2026-01-05")
ONE_CELL = spec("a", "2026-01-01", "2026-01-02")
FRESH, AGAIN = Attempt(MANY), Attempt(MANY, failures=1)
NEW = Standing()
INCOMPLETE = Incomplete(FILE, ("b",))


def refused(cls: type[ApiError], code: str = "INVALID_PARAMETER", parameter: str = "") -> Refused:
    """Return a refusal."""
    return Refused(cls("POST", status=400, details=[ApiErrorDetail(code, "no", parameter)]))


def shape(step: Step) -> object:
    """Return a step without its words."""
    if isinstance(step, Retry):
        return "retry" if step.spent else "retry for free"
    if isinstance(step, Split):
        return step.by
    return step if isinstance(step, (Accept, Skip)) else type(step)


@pytest.mark.parametrize(
    ("attempt", "outcome", "expected"),
    [
        (FRESH, Delivered(FILE), Accept(FILE)),
        (FRESH, INCOMPLETE, Accept(FILE, ask_again=("b",))),
        (replace(FRESH, asked_again=True), INCOMPLETE, Accept(FILE, leave_open=("b",))),
        (FRESH, Malformed("x"), "retry"),
        (AGAIN, Malformed("x"), By.IDS),
        (Attempt(ONE_ID, failures=1), Malformed("x"), Lose),
        (FRESH, Failed("x"), "retry"),
        (AGAIN, Failed("x"), By.ANYTHING),
        (Attempt(ONE_ID, failures=1), Failed("x"), By.ANYTHING),
        (Attempt(ONE_CELL, failures=1), Failed("x"), Lose),
        (FRESH, Hung("x"), By.ANYTHING),
        (Attempt(ONE_CELL), Hung("x"), Lose),
        (replace(AGAIN, may_split=False), Failed("x"), Lose),
        (replace(FRESH, may_split=False), Failed("x"), "retry"),
        (replace(FRESH, may_split=False), Hung("x"), Lose),
        (FRESH, Vanished("x"), "retry"),
        (AGAIN, Vanished("x"), By.ANYTHING),
        (FRESH, NoFile("x"), "retry"),
        (AGAIN, NoFile("x"), Lose),
        (AGAIN, NoFile("x", broken=True), By.ANYTHING),
        (FRESH, NoFile("x", never=True), Lose),
    ],
)
def test_what_follows_from_a_job(attempt: Attempt, outcome: Outcome, expected: object) -> None:
    """Once more as it is, then in those pieces that may help; what cannot help is not tried."""
    assert shape(next_step(attempt, outcome, NEW)) == expected


@pytest.mark.parametrize("outcome", [INCOMPLETE, Malformed("x"), NoFile("x"), NoFile("x", never=True), Vanished("x")])
def test_a_job_of_an_earlier_run_costs_no_attempt(outcome: Outcome) -> None:
    """It was a find; a job of our own is made instead."""
    assert shape(next_step(Attempt(MANY, adopted=True), outcome, NEW)) == "retry for free"


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (refused(TooManyJobs), WaitForSlot),
        (refused(CredentialsRejected), Stop),
        (refused(Unavailable), "retry"),
        (refused(TooComplex), By.ANYTHING),
        (refused(RequestRefused, parameter="entity_ids"), By.IDS),
        (refused(RequestRefused, "CAMPAIGN_NOT_FOUND"), By.IDS),
        (refused(AccountUnreadable, "NOT_FOUND"), By.IDS),
        (refused(AccountUnreadable, "ACCOUNT_NOT_FOUND"), GiveUpAccount),
        (refused(RequestRefused, parameter="start_time"), Lose),
        (refused(RequestRefused, parameter="metric_groups"), By.METRIC_GROUPS),
        (refused(RequestRefused, parameter="placement"), Skip("ALL_ON_TWITTER", "placement ALL_ON_TWITTER")),
        (
            refused(RequestRefused, parameter="entity"),
            Skip("", "entity type CAMPAIGN, segmentation none"),
        ),
        (Refused(ValueError("x")), Lose),
    ],
)
def test_what_follows_from_a_refusal(outcome: Outcome, expected: object) -> None:
    """Wait, stop, try again, ask for less, leave out, or report."""
    assert shape(next_step(FRESH, outcome, NEW)) == expected


@pytest.mark.parametrize(
    ("parameter", "name"), [("metric_groups", "BILLING"), ("placement", "ALL_ON_TWITTER"), ("entity", "")]
)
def test_only_what_was_never_served_is_left_out(parameter: str, name: str) -> None:
    """Nulls over good figures would be wrong for ever."""
    attempt = Attempt(replace(MANY, metric_groups=("BILLING",)))
    outcome = refused(RequestRefused, parameter=parameter)
    step = next_step(attempt, outcome, Standing(served=frozenset({"SPOTLIGHT"} if name else ())))
    assert isinstance(step, Skip)
    assert step.name == name
    served = Standing(served=frozenset({name or "ENGAGEMENT"}))
    assert isinstance(next_step(attempt, outcome, served), Lose)


def test_a_single_id_that_cannot_be_read_is_not_the_account_until_several_are() -> None:
    """Nineteen others may be there; where none is, asking for all of them is in vain."""
    attempt, outcome = Attempt(ONE_ID), refused(AccountUnreadable, "NOT_FOUND")
    assert isinstance(next_step(attempt, outcome, Standing(ids_refused=1)), Lose)
    assert isinstance(next_step(attempt, outcome, Standing(ids_refused=HOPELESS_IDS)), GiveUpAccount)
    accepted = Standing(ids_refused=HOPELESS_IDS, account_accepted=True)
    assert isinstance(next_step(attempt, outcome, accepted), Lose)


def test_an_account_that_fails_and_fails_is_given_up() -> None:
    """The run must end, and say what is open; a single stream may fail for a reason of its own."""
    almost, hopeless = (Standing(failed_in_a_row=HOPELESS_FAILURES - n) for n in (1, 0))
    assert isinstance(next_step(FRESH, Failed("x"), almost), Retry)
    assert isinstance(next_step(FRESH, Failed("x"), hopeless), GiveUpStream)
    assert isinstance(next_step(FRESH, Failed("x"), replace(hopeless, given_up=1)), GiveUpAccount)


@pytest.mark.parametrize("outcome", [Failed("x"), Hung("x"), Malformed("x"), Vanished("x"), refused(TooComplex)])
def test_an_entity_that_fails_on_and_on_is_tried_once_as_it_is(outcome: Outcome) -> None:
    """Neither again nor in pieces; together with others, it is cut off them."""
    assert isinstance(next_step(Attempt(ONE_ID), outcome, Standing(failing=frozenset("a"))), Lose)
    assert isinstance(next_step(FRESH, outcome, Standing(failing=frozenset("ab"))), Lose)
    assert isinstance(next_step(AGAIN, outcome, Standing(failing=frozenset("a"))), Split)


def test_creations_that_fail_one_after_another_are_cut_at_once() -> None:
    """One entity may be to blame, and the account must not be given up before the others have been tried."""
    outcome, doubtful = refused(Unavailable), Standing(failed_in_a_row=DOUBTFUL_FAILURES)
    assert shape(next_step(FRESH, outcome, Standing(failed_in_a_row=DOUBTFUL_FAILURES - 1))) == "retry"
    assert shape(next_step(FRESH, outcome, doubtful)) == By.ANYTHING
    assert shape(next_step(Attempt(ONE_CELL), outcome, doubtful)) == "retry"
    assert isinstance(next_step(FRESH, outcome, Standing(failed_in_a_row=HOPELESS_FAILURES)), GiveUpStream)
