"""A lane's share of the account's job slots: no more than are free, all of them when nobody else wants any."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.api.client import JobPage
from tap_twitter_ads_async.stats.jobs.slots import COURTESY_SECONDS, Slots


def page(free: int | None, total: int | None = 100) -> JobPage:
    """Return an answer that says so much about slots."""
    return JobPage((), free, total)


def test_all_free_slots_are_taken_where_nobody_comes_or_goes() -> None:
    """Jobs that another client abandoned want no slots; leaving room for them would be time lost."""
    slots = Slots(100)
    for taken in (0, 40, 10):
        slots.told(page(free=70 - taken), taken, 0.0, sure=True)
        assert slots.limit == 70


def test_half_is_left_to_a_client_whose_jobs_come_and_go() -> None:
    """Of two runs in step, the one that looks first would take everything, always."""
    slots = Slots(100)
    slots.told(page(free=50), 50, 0.0, sure=True)
    slots.told(page(free=49), 50, 1.0, sure=True)
    assert slots.limit == 50 + 25
    slots.told(page(free=24), 75, 1.0 + COURTESY_SECONDS, sure=True)
    assert slots.limit == 75 + 24


def test_without_a_sure_count_the_limit_grows_by_one() -> None:
    """A creation under way may be counted by the server or not: adding its free slots to ours may exceed the limit."""
    slots = Slots(100)
    slots.refused(7)
    slots.told(page(free=20), 7, 0.0, sure=False)
    assert slots.limit == 8
    slots.told(page(free=0), 8, 0.0, sure=False)
    assert slots.limit == 8
    slots.told(page(free=None, total=None), 8, 0.0, sure=True)
    assert slots.limit == 9


def test_tries_for_a_slot_come_ever_more_slowly() -> None:
    """An account may be full for hours; the user's quota of writes is for those who can use it."""
    slots = Slots(100)
    slots.refused(0)
    first = max(slots.probe_pause() for _ in range(50))
    for _ in range(200):
        slots.probe()
        slots.refused(0)
    assert min(slots.probe_pause() for _ in range(50)) > first


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 100), st.booleans(), st.sampled_from([None, 100])), max_size=20
    )
)
def test_the_limit_stays_between_none_and_the_setting(answers: list[tuple[int, int, bool, int | None]]) -> None:
    """Whatever the API says, the setting is the user's word; and an answer that says one is free is believed."""
    slots = Slots(60)
    for now, (free, taken, sure, total) in enumerate(answers):
        slots.told(page(free, total), taken, float(now), sure=sure)
        assert 0 <= slots.limit <= 60
        assert slots.limit > taken or free == 0 or taken >= 60 or not sure
