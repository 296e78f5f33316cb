"""How many synchronous questions may be asked, and which specs they take."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.stats.jobs.synchronous import MAX_FAILURES, SyncBudget, takes
from tests.support.clocks import StillClock
from tests.support.moments import at
from tests.support.plans import spec

NOW = at("2026-04-01T10:20")
PARALLEL = 4
"""Requests that one account has under way at once."""


def _begin(budget: SyncBudget) -> bool:
    return budget.queue() and budget.begin()


def _begun(budget: SyncBudget) -> int:
    """Send as much as is known to be left."""
    return next(n for n in range(1000) if not _begin(budget))


def test_nothing_is_known_before_the_first_answer() -> None:
    """Another run of the same user may have used the quota up: one question finds out."""
    budget = SyncBudget(StillClock(NOW))
    assert budget.queue()
    assert budget.queue()
    assert budget.begin()
    second: list[bool] = []
    waiting = threading.Thread(target=lambda: second.append(budget.begin()), daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert second == [], "the second waits for what the first finds out"
    budget.answered(remaining=7, reset_in=300)
    waiting.join(5)
    assert second == [True]
    assert _begun(budget) == 6


def test_answers_that_overtake_each_other_waste_no_request() -> None:
    """What the last says to be left counts the others already, whose answers are still to come."""
    budget = SyncBudget(StillClock(NOW))
    assert _begin(budget)
    budget.answered(remaining=3, reset_in=300)
    assert [budget.queue() for _ in range(4)] == [True, True, True, False]
    assert [budget.begin() for _ in range(2)] == [True, True]
    budget.answered(remaining=1, reset_in=300)
    third: list[bool] = []
    waiting = threading.Thread(target=lambda: third.append(budget.begin()), daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert third == []
    budget.answered(remaining=2, reset_in=300)
    waiting.join(5)
    assert third == [True]


@given(st.lists(st.integers(0, 250), min_size=1, max_size=40))
def test_never_more_are_under_way_than_the_headers_say(answers: list[int]) -> None:
    """Whatever other runs take meanwhile."""
    budget, under_way = SyncBudget(StillClock(NOW)), 0
    lowest = None
    for remaining in answers:
        while (lowest is not None or not under_way) and _begin(budget):
            under_way += 1
            assert under_way <= (1 if lowest is None else lowest)
        if not under_way:
            return
        budget.answered(remaining, 300)
        under_way -= 1
        lowest = remaining if lowest is None else min(lowest, remaining)


@given(st.lists(st.tuples(st.integers(0, 1), st.booleans()), max_size=200), st.integers(0, 30))
def test_two_runs_side_by_side_exceed_the_quota_by_what_is_under_way_at_most(
    steps: list[tuple[int, bool]], left: int
) -> None:
    """Neither knows of the other's requests before an answer tells; each stops at its first refusal."""
    budgets = [SyncBudget(StillClock(NOW)) for _ in range(2)]
    under_way: list[list[int | None]] = [[], []]
    told, refused = [False, False], [0, 0]
    for run, sends in steps:
        if sends and len(under_way[run]) < PARALLEL and (told[run] or not under_way[run]):
            if _begin(budgets[run]):
                left, answer = left - 1, left - 1
                under_way[run].append(answer if answer >= 0 else None)
        elif under_way[run]:
            remaining = under_way[run].pop(0)
            told[run] = True
            if remaining is None:
                refused[run] += 1
                budgets[run].failed(used_up=True, reset_in=300)
            else:
                budgets[run].answered(remaining, 300)
    assert max(refused) <= PARALLEL


def test_a_new_window_is_found_out_about_again() -> None:
    """The quota is there again, for other runs as well."""
    clock = StillClock(NOW)
    budget = SyncBudget(clock)
    assert _begin(budget)
    budget.answered(remaining=0, reset_in=60)
    assert not _begin(budget)
    clock.wait(61)
    assert _begin(budget)


def test_a_used_up_quota_is_left_alone_until_its_reset() -> None:
    """Whoever insists is refused for longer."""
    clock = StillClock(NOW)
    budget = SyncBudget(clock)
    assert _begin(budget)
    budget.failed(used_up=True, reset_in=120)
    clock.wait(119)
    assert not _begin(budget)
    clock.wait(2)
    assert _begin(budget)


def test_without_headers_the_documented_quota_counts() -> None:
    """A server that tells nothing still has it."""
    budget = SyncBudget(StillClock(NOW))
    asked = 0
    while _begin(budget):
        asked += 1
        budget.answered(None, None)
    assert asked == rules.MAX_SYNC_REQUESTS


def test_an_endpoint_that_fails_is_left_alone() -> None:
    """Jobs do the work; a success in between starts the count anew."""
    budget = SyncBudget(StillClock(NOW))
    for _ in range(MAX_FAILURES - 1):
        assert _begin(budget)
        budget.failed(used_up=False, reset_in=None)
    assert _begin(budget)
    budget.answered(10, 60)
    for _ in range(MAX_FAILURES):
        assert _begin(budget)
        budget.failed(used_up=False, reset_in=None)
    assert not _begin(budget)


@pytest.mark.parametrize(
    ("start", "end", "fields", "taken"),
    [
        ("2026-03-25", "2026-04-01", {}, True),
        ("2026-03-24", "2026-04-01", {}, False),
        ("2026-03-31", "2026-04-01", {"segmentation_type": "GENDER"}, False),
        ("2026-01-02", "2026-01-03", {}, True),
        ("2026-01-01", "2026-01-02", {}, False),
        ("2025-10-30", "2025-11-06", {"zone": "America/Los_Angeles"}, False),
    ],
    ids=["a week", "eight days", "segmented", "young", "too old", "old, 169 hours"],
)
def test_only_what_the_endpoint_takes_is_asked_there(start: str, end: str, fields: dict[str, str], taken: bool) -> None:  # noqa: FBT001 - the table's
    """Anything else would be refused, and cost a question of the quota."""
    zone = fields.pop("zone", None)
    asked = spec("c1", start, end, **fields)
    assert zone or takes(asked, NOW) is taken


def test_the_week_in_which_clocks_are_set_back_is_too_long() -> None:
    """It has 169 hours."""
    week = spec("c1", "2026-03-20", "2026-03-27")
    assert takes(week, NOW)
    longer = spec("c1", "2026-03-20T00:00", "2026-03-27T01:00", granularity="HOUR")
    assert longer.end - longer.start == timedelta(hours=169)
    assert not takes(longer, NOW)
