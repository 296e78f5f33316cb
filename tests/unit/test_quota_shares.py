"""Requests go to the account that would take longest, held against every other way to share them."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.stats.jobs.quota_shares import Load, shares

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SLOTS = st.sampled_from([0, 1, 2, 3, 7, 100])


@st.composite
def loads(draw: st.DrawFn, most: int = 400) -> Load:
    """Return what an account may have to do."""
    tasks = draw(st.integers(0, most))
    return Load(tasks, draw(st.integers(0, tasks)), draw(SLOTS))


def several(most: int = 400, accounts: int = 6) -> st.SearchStrategy[dict[str, Load]]:
    """Return a strategy for some accounts."""
    return st.lists(loads(most), max_size=accounts).map(lambda made: {f"a{i}": load for i, load in enumerate(made)})


def _longest(accounts: Sequence[Load], split: Sequence[int]) -> float:
    return max((load.rounds(answered) for load, answered in zip(accounts, split, strict=True)), default=0.0)


def _splits(accounts: Sequence[Load], quota: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to spend a quota."""
    total = min(quota, sum(load.takeable for load in accounts))
    ways = itertools.product(*(range(load.takeable + 1) for load in accounts))
    return (way for way in ways if sum(way) == total)


@given(several(), st.integers(0, 250))
def test_nothing_is_left_over_that_anybody_could_use(accounts: dict[str, Load], quota: int) -> None:
    """A request that is not made is lost with the rate window."""
    split = shares(accounts, quota)
    assert list(split) == list(accounts)
    assert sum(split.values()) == min(quota, sum(load.takeable for load in accounts.values()))
    assert all(0 <= split[name] <= load.takeable for name, load in accounts.items())


@given(several(most=5, accounts=4), st.integers(0, 12))
def test_no_other_split_ends_sooner(accounts: dict[str, Load], quota: int) -> None:
    """The slowest account decides how long a run lasts."""
    made = list(accounts.values())
    best = min(_longest(made, way) for way in _splits(made, quota))
    assert _longest(made, list(shares(accounts, quota).values())) == best


@given(several(), st.integers(0, 249))
def test_a_larger_quota_takes_nothing_from_anybody(accounts: dict[str, Load], quota: int) -> None:
    """So that requests can be spent one after another, as answers tell how many are left."""
    fewer, more = shares(accounts, quota), shares(accounts, quota + 1)
    assert all(fewer[name] <= more[name] for name in accounts)


@given(several(), st.integers(0, 250), loads())
def test_what_another_account_turns_out_to_have_only_takes(
    accounts: dict[str, Load], quota: int, newcomer: Load
) -> None:
    """So that what is beyond an account's share can become jobs before all others are planned."""
    alone, together = shares(accounts, quota), shares({**accounts, "new": newcomer}, quota)
    assert all(together[name] <= alone[name] for name in accounts)


@given(several(), st.integers(0, 250), loads(), st.integers(1, 50))
def test_more_work_brings_no_more_than_itself(accounts: dict[str, Load], quota: int, own: Load, found: int) -> None:
    """So that what was left to jobs need not be called back when an account finds more to do."""
    grown = Load(own.tasks + found, own.takeable + found, own.slots)
    before = shares({**accounts, "own": own}, quota)["own"]
    assert before <= shares({**accounts, "own": grown}, quota)["own"] <= before + found


@pytest.mark.parametrize(
    ("accounts", "quota", "expected"),
    [
        ([Load(10, 10, 100), Load(20, 20, 100), Load(400, 400, 100)], 250, [0, 0, 250]),
        ([Load(10, 10, 100), Load(20, 20, 100)], 250, [10, 20]),
        ([Load(100, 100, 100), Load(150, 150, 100), Load(400, 400, 100)], 300, [0, 25, 275]),
        ([Load(100, 100, 100), Load(60, 60, 10)], 50, [0, 50]),
        ([Load(900, 3, 100), Load(50, 50, 100)], 40, [3, 37]),
        ([Load(8, 8, 0), Load(80, 80, 100)], 7, [7, 0]),
        ([Load(7, 7, 9), Load(7, 7, 9), Load(7, 7, 9)], 4, [2, 1, 1]),
        ([], 250, []),
    ],
    ids=[
        "all to the large account",
        "enough for all",
        "levelled",
        "few slots count",
        "what cannot be asked for",
        "no slot at all",
        "equals in turn",
        "nobody",
    ],
)
def test_who_gets_what(accounts: list[Load], quota: int, expected: list[int]) -> None:
    """Examples to read."""
    assert list(shares(dict(enumerate(accounts)), quota).values()) == expected
