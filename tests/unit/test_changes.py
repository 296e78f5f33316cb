"""Reading the change feed."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.calendar import stamp
from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.errors import RequestRefused
from tap_twitter_ads_async.stats.plan.change_feed import Change, ChangeFeed
from tests.support.fakes import FakeApi
from tests.support.moments import DAY, at, between

MARCH = between("2026-03-01", "2026-03-08T11")
ROW = {
    "entity_id": "c1",
    "activity_start_time": "2026-02-27T13:05:09Z",
    "activity_end_time": "2026-02-28T09:30:00Z",
    "placements": ["ALL_ON_TWITTER", "SPOTLIGHT"],
}


def _read(*rows: dict[str, t.Any]) -> tuple[Change, ...]:
    return ChangeFeed(FakeApi(feed_rows=list(rows))).read("acc1", "CAMPAIGN", MARCH)


def test_a_row_tells_who_changed_and_for_which_time() -> None:
    """Asked by the time of recording, answered by the time of activity."""
    span = Interval(at("2026-02-27T13:05") + timedelta(seconds=9), at("2026-02-28T09:30"))
    assert _read(ROW) == (Change("c1", span, frozenset({"ALL_ON_TWITTER", "SPOTLIGHT"})),)


@pytest.mark.parametrize("nothing", [None, "", 0, "0", "soon", {"a": 1}, "2026-13-01T00:00:00Z"])
def test_bounds_that_are_no_times_fall_back_to_what_was_asked_for(nothing: object) -> None:
    """Better a day too many than one too few; changes may apply to the days before they were recorded, too."""
    (change,) = _read({"entity_id": "c1", "activity_start_time": nothing, "activity_end_time": nothing})
    assert change.span == Interval(MARCH.start - 14 * DAY, MARCH.end)
    assert change.placements == frozenset(rules.PLACEMENTS)


@pytest.mark.parametrize("written", ["Fri Feb 27 13:05:09 +0000 2026", 1772197509, 1772197509000, "1772197509"])
def test_bounds_in_other_notations_are_read(written: object) -> None:
    """A feed that counts seconds tells as much as one that writes ISO 8601."""
    (change,) = _read({**ROW, "activity_start_time": written})
    assert change.span.start == at("2026-02-27T13:05") + timedelta(seconds=9)


@pytest.mark.parametrize(
    "told",
    [
        *(["all_on_twitter", " SPOTLIGHT "], [["ALL_ON_TWITTER", "SPOTLIGHT"]], [["ALL_ON_TWITTER"], ["SPOTLIGHT"]]),
        *("ALL_ON_TWITTER, SPOTLIGHT", ["ALL_ON_TWITTER,spotlight"], [["ALL_ON_TWITTER"], "SPOTLIGHT"]),
    ],
)
def test_placements_in_another_dress_are_the_same_placements(told: object) -> None:
    """Asked for as they were written, they would be refused, and the figures lost for ever."""
    (change,) = _read({**ROW, "placements": told})
    assert change.placements == frozenset({"ALL_ON_TWITTER", "SPOTLIGHT"})


@pytest.mark.parametrize(
    "told",
    [
        *(None, [], "", " ", 0, 5, True, {}, {"placement": "ALL_ON_TWITTER"}, {"ALL_ON_TWITTER": True}, [None], [""]),
        *([" "], [[]], [5], [{"name": "ALL_ON_TWITTER"}], [[["ALL_ON_TWITTER"]]], ["ALL_ON_TWITTER", None]),
        *(["ALL_ON_TWITTER", ""], "ALL_ON_TWITTER,", '["ALL_ON_TWITTER"]', "all on twitter", ["ALL_ON_TWITTER", {}]),
    ],
)
def test_placements_that_are_no_names_say_nothing(told: object) -> None:
    """The change happened somewhere: better a placement too many than one too few."""
    (change,) = _read({**ROW, "placements": told})
    assert change.placements == frozenset(rules.PLACEMENTS)


def test_a_placement_that_nobody_knows_is_one() -> None:
    """The API adds values at any time."""
    assert _read({**ROW, "placements": [["NEW_PLACE_2"]]})[0].placements == frozenset({"NEW_PLACE_2"})


def test_activity_of_which_the_start_is_missing_reaches_back_from_its_end() -> None:
    """The end may lie long before the stretch that was asked for."""
    end = MARCH.start - 100 * DAY
    row = {name: value for name, value in ROW.items() if name != "activity_start_time"}
    (change,) = _read({**row, "activity_end_time": stamp(end)})
    assert change.span == Interval(end - 14 * DAY, end)


def test_bounds_the_wrong_way_round_are_turned() -> None:
    """An empty span would need nothing, in silence."""
    (change,) = _read(
        {**ROW, "activity_start_time": ROW["activity_end_time"], "activity_end_time": ROW["activity_start_time"]}
    )
    assert change.span.start < change.span.end


def test_numeric_ids_are_text() -> None:
    """Ids are compared with those in states, which are text."""
    assert _read({**ROW, "entity_id": 7})[0].entity_id == "7"


@given(st.integers(1, 5000))
def test_a_long_stretch_is_asked_for_in_pieces_without_gap(hours: int) -> None:
    """One request covers at most ninety days."""
    api = FakeApi(feed_rows=[ROW])
    end = MARCH.start + timedelta(hours=hours)
    ChangeFeed(api).read("acc1", "CAMPAIGN", Interval(MARCH.start, end))
    asked = [
        (datetime.fromisoformat(s[:-1] + "+00:00"), datetime.fromisoformat(e[:-1] + "+00:00")) for *_, s, e in api.asked
    ]
    assert (asked[0][0], asked[-1][1]) == (MARCH.start, end)
    assert all(a[1] == b[0] for a, b in pairwise(asked))
    assert all(s < e <= s + 90 * DAY for s, e in asked)
    assert len(asked) == -(-hours // (90 * 24))


def test_a_stretch_is_asked_for_once_per_account_and_type() -> None:
    """Streams of one entity type share the feed, and its rate limit."""
    api = FakeApi(feed_rows=[ROW])
    feed = ChangeFeed(api)
    first = feed.read("acc1", "CAMPAIGN", MARCH)
    assert feed.read("acc1", "CAMPAIGN", MARCH) is first
    assert len(api.asked) == 1
    feed.read("acc2", "CAMPAIGN", MARCH)
    feed.read("acc1", "LINE_ITEM", MARCH)
    assert [(account, entity) for _, account, entity, *_ in api.asked] == [
        ("acc1", "CAMPAIGN"),
        ("acc2", "CAMPAIGN"),
        ("acc1", "LINE_ITEM"),
    ]


@pytest.mark.parametrize(("rows", "requests"), [([], 1), ([ROW], 2)])
def test_the_longest_stretch_is_read_first_and_may_answer_the_shorter(rows: list[t.Any], requests: int) -> None:
    """Where nothing changed in it, nothing changed in any part of it."""
    api = FakeApi(feed_rows=rows)
    feed = ChangeFeed(api)
    short = Interval(at("2026-03-08T10"), MARCH.end)
    for stretch in (short, MARCH):
        feed.announce("acc1", "CAMPAIGN", stretch)
    feed.announce("acc1", "LINE_ITEM", Interval(at("2026-01-01"), MARCH.end))
    assert len(feed.read("acc1", "CAMPAIGN", short)) == len(rows)
    assert len(api.asked) == requests
    assert api.asked[0][3] == "2026-03-01T00:00:00Z"


def test_a_refusal_is_not_taken_for_an_answer() -> None:
    """The next reader asks again, instead of finding that nothing changed."""
    api = FakeApi(feed_rows=[ROW], feed_error=RequestRefused("GET active_entities", status=400))
    feed = ChangeFeed(api)
    with pytest.raises(RequestRefused):
        feed.read("acc1", "CAMPAIGN", MARCH)
    api.feed_error = None
    assert len(feed.read("acc1", "CAMPAIGN", MARCH)) == 1
