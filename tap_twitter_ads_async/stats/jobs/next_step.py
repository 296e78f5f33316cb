"""What to do after anything that can happen to an attempt: the one place that decides it. Pure.

Three rules stand behind the table:

* A job of an earlier run is a find: whatever is wrong with it costs no attempt, a job of our own is made instead.
* What smaller requests may cure is cut, by that side that may be the cause: metric groups, ids, or ids and then time.
* Only what was never served is left out. What the API answered for before, in this run or by the state, and refuses
  now, stays open.

What fails must not cost others their figures, nor the run its end: an entity that fails on and on is tried once a
window; where many entities of a stream fail in a row, the stream is given up, and the account where the next stream
fares no better.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from enum import Enum

from tap_twitter_ads_async.errors import ApiError
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
from tap_twitter_ads_async.stats.jobs.refusals import Remedy, remedy_for

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.stats.plan.spec import JobSpec
    from tap_twitter_ads_async.stats.records.window_result import SpooledFile

ATTEMPTS_BEFORE_SPLIT = 2
HOPELESS_FAILURES = 40
"""So many failures in a row, without any success, and a stream is given up for this run; those of one entity count as
one. So many of one entity, and its jobs are tried once each, as they are."""
DOUBTFUL_FAILURES = 10
"""So many in a row, and jobs whose creation fails are cut at once: if one entity is to blame, other pieces show it."""
HOPELESS_IDS = 3
"""So many single ids refused, before any job was accepted, and it is the account that cannot be read."""


# --- what is known ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a spec.

    Attributes:
        spec: What was asked for.
        adopted: Whether the job was created by an earlier run.
        failures: Attempts that failed before.
        asked_again: Whether the spec is what an earlier answer left out.
        may_split: Whether smaller pieces may still be asked for.
    """

    spec: JobSpec
    adopted: bool = False
    failures: int = 0
    asked_again: bool = False
    may_split: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """How the account and the stream have fared.

    Attributes:
        served: Placements and metric groups of the stream that the API has answered for, in this run or before.
        accepted: Whether a job of the stream was accepted in this run.
        account_accepted: Whether any job of the account was.
        failed_in_a_row: Creations and entities of the stream that failed since the account's last success, this one
            included.
        given_up: Other streams that were given up since then.
        ids_refused: Single ids that were refused as if the account could not be read, this one included.
        failing: Entities of the stream that have failed on and on.
    """

    served: frozenset[str] = field(default_factory=frozenset)
    accepted: bool = False
    account_accepted: bool = False
    failed_in_a_row: int = 0
    given_up: int = 0
    ids_refused: int = 0
    failing: frozenset[str] = frozenset()


# --- what to do ---------------------------------------------------------------------------------------------------


class By(Enum):
    """Along which side a spec is cut."""

    METRIC_GROUPS = "one metric group at a time"
    IDS = "half of the ids"
    ANYTHING = "half of the ids, or half of the time where there is one id"


@dataclass(frozen=True, slots=True)
class Accept:
    """Take the file; ask once more for ids that it leaves out, or leave them open."""

    file: SpooledFile
    ask_again: tuple[str, ...] = ()
    leave_open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retry:
    """Create another job for the same spec, after a pause where an attempt was spent."""

    words: str
    spent: bool


@dataclass(frozen=True, slots=True)
class Split:
    """Ask for smaller pieces."""

    words: str
    by: By


@dataclass(frozen=True, slots=True)
class Lose:
    """Report the spec and leave it open."""

    words: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave out, with one warning, what this account or API version does not offer.

    Attributes:
        name: The placement or metric group; empty for the whole stream.
        words: What it is.
    """

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class WaitForSlot:
    """Put the spec back; nothing was spent."""


@dataclass(frozen=True, slots=True)
class GiveUpStream:
    """Lose what waits of the stream in this run."""

    words: str


@dataclass(frozen=True, slots=True)
class GiveUpAccount:
    """Lose everything that is left of the account in this run."""

    words: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run."""

    error: Exception


Step = Accept | Retry | Split | Lose | Skip | WaitForSlot | GiveUpStream | GiveUpAccount | Stop


# --- the decision -------------------------------------------------------------------------------------------------


def next_step(attempt: Attempt, outcome: Outcome, standing: Standing) -> Step:  # noqa: C901, PLR0911 - a table
    """Return what to do after an attempt.

    Args:
        attempt: The attempt.
        outcome: What came of it.
        standing: How the account and the stream have fared before.
    """
    if isinstance(outcome, Delivered):
        return Accept(outcome.file)
    if isinstance(outcome, Refused):
        return _after_refusal(attempt, outcome.error, standing)
    if attempt.adopted and not isinstance(outcome, (Failed, Hung)):
        return Retry(_words(outcome), spent=False)
    if isinstance(outcome, Incomplete):
        if attempt.asked_again:
            return Accept(outcome.file, leave_open=outcome.missing)
        return Accept(outcome.file, ask_again=outcome.missing)
    if isinstance(outcome, Hung):
        return _cut(attempt, outcome.words, By.ANYTHING, standing)
    if isinstance(outcome, NoFile):
        if outcome.never:
            return Lose(outcome.words)
        return _again(attempt, outcome.words, By.ANYTHING if outcome.broken else None, standing)
    if isinstance(outcome, Malformed):
        return _again(attempt, outcome.words, By.IDS, standing)
    return _again(attempt, outcome.words, By.ANYTHING, standing)


def _words(outcome: Incomplete | Malformed | NoFile | Vanished) -> str:
    return f"its result leaves out {len(outcome.missing)} ids" if isinstance(outcome, Incomplete) else outcome.words


def _again(attempt: Attempt, words: str, by: By | None, standing: Standing) -> Step:
    """Try again once as it is, then in smaller pieces where those may help."""
    if standing.failed_in_a_row >= HOPELESS_FAILURES:
        return GiveUpAccount(words) if standing.given_up else GiveUpStream(words)
    if standing.failing.issuperset(attempt.spec.entity_ids):
        return Lose(words)
    if attempt.failures + 1 < ATTEMPTS_BEFORE_SPLIT:
        return Retry(words, spent=True)
    return Lose(words) if by is None else _cut(attempt, words, by, standing)


def _cut(attempt: Attempt, words: str, by: By, standing: Standing) -> Step:
    if not attempt.may_split or standing.failing.issuperset(attempt.spec.entity_ids):
        return Lose(words)
    ids = len(attempt.spec.entity_ids) > 1
    return Split(words, by) if ids or (by is By.ANYTHING and attempt.spec.can_be_cut) else Lose(words)


def _after_refusal(attempt: Attempt, error: Exception, standing: Standing) -> Step:  # noqa: PLR0911 - a table
    words = str(error)
    remedy = remedy_for(error, accepted=standing.accepted) if isinstance(error, ApiError) else Remedy.LOSE
    if remedy is Remedy.WAIT_FOR_SLOT:
        return WaitForSlot()
    if remedy is Remedy.STOP:
        return Stop(error)
    if remedy is Remedy.RETRY:
        doubtful = DOUBTFUL_FAILURES <= standing.failed_in_a_row < HOPELESS_FAILURES and attempt.spec.can_be_cut
        return (_cut if doubtful else _again)(attempt, words, By.ANYTHING, standing)
    if remedy is Remedy.SPLIT:
        return _cut(attempt, words, By.ANYTHING, standing)
    if remedy is Remedy.SPLIT_IDS:
        return _cut(attempt, words, By.IDS, standing)
    if remedy is Remedy.LOSE_ACCOUNT:
        return _unreadable(attempt, error, standing)
    return Lose(words) if remedy is Remedy.LOSE else _not_offered(attempt, remedy, words, standing)


def _unreadable(attempt: Attempt, error: Exception, standing: Standing) -> Step:
    """Find out whether it is the account that cannot be read, or one of the ids."""
    named = isinstance(error, ApiError) and "ACCOUNT_NOT_FOUND" in error.codes
    if named and not standing.account_accepted:
        return GiveUpAccount(str(error))
    step = _cut(attempt, str(error), By.IDS, standing)
    if isinstance(step, Lose) and not standing.account_accepted and standing.ids_refused >= HOPELESS_IDS:
        return GiveUpAccount(str(error))
    return step


def _not_offered(attempt: Attempt, remedy: Remedy, words: str, standing: Standing) -> Step:
    spec = attempt.spec
    if remedy is Remedy.SKIP_METRICS:
        if len(spec.metric_groups) > 1:
            return Split(words, By.METRIC_GROUPS)
        name, what = spec.metric_groups[0], f"metric group {spec.metric_groups[0]}"
    elif remedy is Remedy.SKIP_PLACEMENT:
        name, what = spec.placement, f"placement {spec.placement}"
    else:
        name, what = "", f"entity type {spec.entity}, segmentation {spec.segmentation_type or 'none'}"
    served = name in standing.served if name else bool(standing.served)
    return Lose(words) if served else Skip(name, what)
