"""Progress as JSON: what a target keeps, what a person may edit, and what nonsense gives."""

from __future__ import annotations

import json
import logging
import typing as t
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.domain.intervals import FAR, Interval, IntervalSet
from tap_twitter_ads_async.errors import StateError
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark, Horizon
from tap_twitter_ads_async.stats.plan.layer import Layer
from tap_twitter_ads_async.stats.plan.tickets import Ticket
from tests.support.moments import DAY, HOUR, at, between
from tests.support.plans import grid_of
from tests.unit.strategies import whole_hours

WHERE = "stream campaign_stats, account 18ce54d4x5t"
LA = "America/Los_Angeles"
Json = dict[str, t.Any]

TICKET = Ticket("1120829647711653888", at("2026-03-08T10"))


def _begin(bookmark: Bookmark, start: str, now: str, end: str | None = None, **fields: t.Any) -> Bookmark:
    """Open what a run at `now` has to do; keyword arguments as for `Progress.begin`, and `zone`, `delay`."""
    buckets = grid_of(start, end, now, fields.pop("zone", "UTC"))
    feed = fields.pop("has_feed", True)
    delay = timedelta(hours=fields.pop("delay", 0))
    arguments = {"lookback_days": 0, "definition": "d1", "unending": end is None, **fields}
    bookmark.begin(buckets, Horizon.of(buckets, at(now), has_feed=feed, delay=delay), has_feed=feed, **arguments)
    return bookmark


def _again(bookmark: Bookmark) -> Bookmark:
    """Return the progress as the next run reads it, through JSON text."""
    return Bookmark.from_json(json.loads(json.dumps(bookmark.to_json())), WHERE)


def _commit_all(bookmark: Bookmark) -> Bookmark:
    for number, layer in enumerate(bookmark.layers):
        for days in list(layer.days):
            bookmark.commit(number, days, [])
    bookmark.finish()
    return bookmark


def _opened(bookmark: Bookmark) -> list[tuple[Interval, Interval | None]]:
    return [(days, layer.changes) for layer in bookmark.layers for days in layer.days]


# --- round trip ---------------------------------------------------------------------------------------------------

_hours = whole_hours("2026-01-01", 2000)
_intervals = st.tuples(_hours, st.integers(1, 500)).map(lambda p: Interval(p[0], p[0] + p[1] * HOUR))
_day_sets = st.lists(st.one_of(_intervals, _hours.map(lambda h: Interval(h, FAR))), min_size=1, max_size=4).map(
    IntervalSet
)
_some_ids = st.one_of(st.none(), st.lists(st.text("abc1", min_size=1), min_size=1, max_size=3).map(tuple))
_layers = st.builds(Layer, _day_sets, st.one_of(st.none(), _intervals), _some_ids, _some_ids)


def _merged(layers: list[Layer]) -> dict[t.Any, IntervalSet]:
    """Sum up layers that differ in their days only: they say the same together as apart."""
    merged: dict[t.Any, IntervalSet] = {}
    for layer in layers:
        key = (layer.changes, layer.entity_ids, layer.placements)
        merged[key] = IntervalSet([*merged.get(key, IntervalSet()), *layer.days])
    return merged


@given(
    cursor=_hours,
    until=_hours,
    covers=st.one_of(_intervals, _hours.map(lambda h: Interval(h, FAR))),
    layers=st.lists(_layers, min_size=1, max_size=4),
    tickets=st.dictionaries(
        st.text("0123456789abcdef", min_size=16, max_size=16),
        st.just(TICKET),
    ),
)
def test_progress_survives_its_json(
    cursor: datetime, until: datetime, covers: Interval, layers: list[Layer], tickets: dict[str, Ticket]
) -> None:
    """A killed run goes on from what the target kept, with the jobs it had created."""
    bookmark = Bookmark(cursor, until, covers, "9f0c61d2", layers, tickets)
    read = _again(bookmark)
    assert (read.cursor, read.until, read.covers, read.definition) == (cursor, until, covers, "9f0c61d2")
    assert read.tickets == tickets
    assert _merged(read.layers) == _merged(layers)


def test_progress_never_begun_has_no_bookmark() -> None:
    """A bookmark without extraction would be a claim."""
    assert Bookmark().to_json() == {"version": 2, "replication_key": "end_time"}


def test_the_json_is_as_documented() -> None:
    """People read and edit it, so its shape is part of the product."""
    bookmark = Bookmark(
        cursor=at("2026-03-01"),
        until=at("2026-03-08T10"),
        covers=Interval(at("2026-01-01T08"), FAR),
        definition="9f0c61d2",
        layers=[Layer(IntervalSet([Interval(at("2026-03-04T08"), FAR)]), between("2026-03-01", "2026-03-08T11"))],
        tickets={"0d5b9e6f6c7a8b91-6f3a01": Ticket("1120829647711653888", at("2026-03-08T10:20"))},
        served={"BILLING", "ALL_ON_TWITTER"},
        calendar={"timezone": "America/Los_Angeles"},
    )
    assert bookmark.to_json() == {
        "version": 2,
        "replication_key": "end_time",
        "replication_key_value": "2026-03-01T00:00:00Z",
        "covers": {"start": "2026-01-01T08:00:00Z", "definition": "9f0c61d2", "timezone": "America/Los_Angeles"},
        "progress": {
            "cursor": "2026-03-01T00:00:00Z",
            "until": "2026-03-08T10:00:00Z",
            "open": [
                {
                    "start": "2026-03-04T08:00:00Z",
                    "changes_since": "2026-03-01T00:00:00Z",
                    "changes_until": "2026-03-08T11:00:00Z",
                }
            ],
        },
        "served": ["ALL_ON_TWITTER", "BILLING"],
        "jobs": {"0d5b9e6f6c7a8b91-6f3a01": {"id": "1120829647711653888", "created_at": "2026-03-08T10:20:00Z"}},
    }


def test_a_window_that_failed_as_a_whole_is_told_while_it_is_open() -> None:
    """Whoever looks at the state must tell what was tried in vain from what was never asked for."""
    changes = between("2026-03-01", "2026-03-08T11")
    days = IntervalSet([between("2026-03-01", "2026-03-08")])
    bookmark = Bookmark(at("2026-03-01"), at("2026-03-08T10"), None, "d1", [Layer(days, changes)])
    bookmark.lose(between("2026-03-02", "2026-03-04"))
    told = [{"start": "2026-03-02T00:00:00Z", "end": "2026-03-04T00:00:00Z"}]
    assert bookmark.to_json()["progress"]["failed"] == told
    assert _again(bookmark).to_json() == bookmark.to_json()
    bookmark.commit(0, between("2026-03-01", "2026-03-03"), [])
    assert bookmark.to_json()["progress"]["failed"] == [told[0] | {"start": "2026-03-03T00:00:00Z"}]
    bookmark.commit(0, between("2026-03-03", "2026-03-08"), [])
    assert "progress" not in bookmark.to_json()


def test_a_failed_piece_names_what_is_left_of_it() -> None:
    """Only that piece stays open, with its ids and placement."""
    layer = Layer(IntervalSet([between("2026-03-01", "2026-03-02")]), None, ("a",), ("SPOTLIGHT",))
    assert layer.to_json() == [
        {
            "start": "2026-03-01T00:00:00Z",
            "end": "2026-03-02T00:00:00Z",
            "entity_ids": ["a"],
            "placements": ["SPOTLIGHT"],
        }
    ]


# --- types with a change feed -------------------------------------------------------------------------------------


def test_the_first_run_asks_for_all_changes_since_the_start() -> None:
    """Everything that ever happened to these days was recorded after the start."""
    bookmark = _begin(Bookmark(), "2026-01-01", "2026-03-08T10:20", zone=LA)
    assert _opened(bookmark) == [(Interval(at("2026-01-01T08"), FAR), between("2026-01-01T08", "2026-03-08T11"))]


def test_a_finished_run_leaves_the_start_of_the_open_hour() -> None:
    """The open hour is looked at again next time, and nothing before it."""
    bookmark = _commit_all(_begin(Bookmark(), "2026-01-01", "2026-03-08T10:20"))
    assert bookmark.to_json() == {
        "version": 2,
        "replication_key": "end_time",
        "replication_key_value": "2026-03-08T10:00:00Z",
        "covers": {
            "start": "2026-01-01T00:00:00Z",
            "until": "2026-03-08T10:00:00Z",
            "definition": "d1",
            "timezone": "UTC",
        },
    }
    following = _begin(_again(bookmark), "2026-01-01", "2026-03-09T08:05")
    assert _opened(following) == [(Interval(at("2026-01-01"), FAR), between("2026-03-08T10", "2026-03-09T09"))]


def test_late_segments_are_looked_at_again() -> None:
    """Segmented metrics may be incomplete for an hour, or twelve."""
    bookmark = _commit_all(_begin(Bookmark(), "2026-01-01", "2026-03-08T10:20", delay=12))
    assert bookmark.cursor == at("2026-03-07T22")


def test_a_look_back_asks_for_older_changes_again() -> None:
    """The user does not trust the newest changes to be complete."""
    bookmark = _commit_all(_begin(Bookmark(), "2026-01-01", "2026-03-08T10:20"))
    following = _begin(_again(bookmark), "2026-01-01", "2026-03-09T08:05", lookback_days=2)
    assert _opened(following)[0][1] == between("2026-03-06T10", "2026-03-09T09")
    young = _begin(
        _again(_commit_all(_begin(Bookmark(), "2026-03-08", "2026-03-08T10:20"))),
        "2026-03-08",
        "2026-03-09T08:05",
        lookback_days=2,
    )
    assert _opened(young)[0][1] == between("2026-03-08", "2026-03-09T09")


def test_an_interrupted_run_goes_on_with_its_own_changes() -> None:
    """Days done are done; the rest is asked for with the stretch of the feed that told of them."""
    bookmark = _begin(Bookmark(), "2026-01-01", "2026-03-08T10:20")
    bookmark.commit(0, between("2026-01-01", "2026-02-01"), [])
    resumed = _begin(_again(bookmark), "2026-01-01", "2026-03-08T12:20")
    assert _opened(resumed) == [
        (Interval(at("2026-02-01"), FAR), between("2026-01-01", "2026-03-08T11")),
        (Interval(at("2026-01-01"), FAR), between("2026-03-08T10", "2026-03-08T13")),
    ]
    assert _commit_all(resumed).cursor == at("2026-03-08T12")


def test_a_failed_piece_stays_open_alone() -> None:
    """The bookmark goes back to where the piece's changes begin, so that a person sees what is missing."""
    bookmark = _begin(Bookmark(), "2026-01-01", "2026-03-08T10:20")
    changes = bookmark.layers[0].changes
    piece = Layer(IntervalSet([between("2026-02-01", "2026-02-03")]), changes, ("bad",), ("SPOTLIGHT",))
    bookmark.commit(0, Interval(at("2026-01-01"), FAR), [piece])
    bookmark.finish()
    assert bookmark.cursor == at("2026-01-01")
    following = _begin(_again(bookmark), "2026-01-01", "2026-03-09T08:05")
    assert [(layer.entity_ids, layer.placements) for layer in following.layers] == [
        (("bad",), ("SPOTLIGHT",)),
        (None, None),
    ]
    assert _opened(following)[1] == (Interval(at("2026-01-01"), FAR), between("2026-03-08T10", "2026-03-09T09"))


def test_tickets_end_with_the_run_that_used_them_up() -> None:
    """A finished stream has no jobs to take up again."""
    bookmark = _begin(Bookmark(), "2026-01-01", "2026-03-08T10:20")
    bookmark.tickets["0d5b9e6f6c7a8b91"] = Ticket("1")
    assert _again(bookmark).tickets == {"0d5b9e6f6c7a8b91": Ticket("1")}
    assert "jobs" not in _commit_all(bookmark).to_json()


# --- types without one --------------------------------------------------------------------------------------------


def test_tickets_go_when_layers_are_joined_and_only_then() -> None:
    """A job may be older than the changes that the joined layer is about."""
    bookmark, joins = _begin(Bookmark(), "2026-01-01", "2026-03-08T00:20"), 0
    for hour in range(1, 24):
        open_before = len(bookmark.layers)
        bookmark.tickets["digest"] = TICKET
        bookmark = _begin(_again(bookmark), "2026-01-01", f"2026-03-08T{hour:02}:20")
        joined = len(bookmark.layers) <= open_before
        assert bookmark.tickets == ({} if joined else {"digest": TICKET})
        joins += joined
    assert joins


def test_without_a_feed_the_bookmark_is_a_day() -> None:
    """The open day is asked for again, and so are the days of the look-back."""
    bookmark = _begin(Bookmark(), "2026-01-01", "2026-03-08T10:20", has_feed=False, zone=LA)
    assert _opened(bookmark) == [(Interval(at("2026-01-01T08"), FAR), None)]
    assert _commit_all(bookmark).cursor == at("2026-03-08T08")
    following = _begin(_again(bookmark), "2026-01-01", "2026-03-10T10:20", has_feed=False, lookback_days=7, zone=LA)
    assert _opened(following) == [(Interval(at("2026-03-01T08"), FAR), None)]


def test_without_a_feed_an_interrupted_run_goes_on_where_it_was() -> None:
    """Days done within the look-back are not asked for again on the same day."""
    first = _commit_all(_begin(Bookmark(), "2026-01-01", "2026-03-08T10:20", has_feed=False))
    second = _begin(_again(first), "2026-01-01", "2026-03-10T10:20", has_feed=False, lookback_days=7)
    second.commit(0, between("2026-03-01", "2026-03-05"), [])
    third = _begin(_again(second), "2026-01-01", "2026-03-10T11:20", has_feed=False, lookback_days=7)
    assert _opened(third) == [(Interval(at("2026-03-05"), FAR), None)]
    next_day = _begin(_again(second), "2026-01-01", "2026-03-11T11:20", has_feed=False, lookback_days=7)
    assert _opened(next_day) == [(Interval(at("2026-03-03"), FAR), None)]


def test_without_a_feed_a_failed_piece_stays_open_beside_the_look_back() -> None:
    """One entity's failure leaves the others' bookmark where it is."""
    bookmark = _begin(Bookmark(), "2026-01-01", "2026-03-08T10:20", has_feed=False)
    piece = Layer(IntervalSet([between("2026-02-01", "2026-02-03")]), None, ("bad",), ("SPOTLIGHT",))
    bookmark.commit(0, Interval(at("2026-01-01"), FAR), [piece])
    bookmark.finish()
    assert bookmark.cursor == at("2026-02-01")
    following = _begin(_again(bookmark), "2026-01-01", "2026-03-10T10:20", has_feed=False, lookback_days=1)
    assert _opened(following) == [
        (between("2026-02-01", "2026-02-03"), None),
        (Interval(at("2026-03-07"), FAR), None),
    ]


# --- bounds that move ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_feed", [True, False])
def test_an_earlier_start_opens_exactly_the_days_before(has_feed: bool) -> None:  # noqa: FBT001 - a case of the test
    """A longer history must not cost what is there already."""
    bookmark = _commit_all(_begin(Bookmark(), "2026-02-01", "2026-03-08T10:20", has_feed=has_feed))
    moved = _begin(_again(bookmark), "2026-01-10", "2026-03-08T10:30", has_feed=has_feed)
    opened = _opened(moved)
    assert opened[0][0] == between("2026-01-10", "2026-02-01")
    if has_feed:
        assert opened[0][1] == between("2026-01-10", "2026-03-08T10")
        assert opened[1][1] == between("2026-03-08T10", "2026-03-08T11")
    else:
        assert opened[1][0] == Interval(at("2026-03-08"), FAR)


def test_a_later_end_opens_exactly_the_days_behind() -> None:
    """Without it, the days behind an end date would be lost: their changes are recorded long since."""
    bookmark = _commit_all(_begin(Bookmark(), "2026-01-01", "2026-03-08T10:20", end="2026-02-01"))
    moved = _begin(_again(bookmark), "2026-01-01", "2026-03-08T10:30", end="2026-02-10")
    assert _opened(moved) == [
        (between("2026-02-01", "2026-02-10"), between("2026-02-01", "2026-03-08T10")),
        (between("2026-01-01", "2026-02-10"), between("2026-03-08T10", "2026-03-08T11")),
    ]
    unending = _begin(_again(bookmark), "2026-01-01", "2026-03-08T10:30")
    assert _opened(unending)[0] == (Interval(at("2026-02-01"), FAR), between("2026-02-01", "2026-03-08T10"))


def test_a_later_start_and_back_opens_the_days_in_between_again() -> None:
    """While they were left out, changes of theirs went by unseen."""
    bookmark = _commit_all(_begin(Bookmark(), "2026-01-01", "2026-03-08T10:20"))
    narrowed = _begin(_again(bookmark), "2026-02-01", "2026-03-09T10:20")
    assert _opened(narrowed) == [(Interval(at("2026-02-01"), FAR), between("2026-03-08T10", "2026-03-09T11"))]
    back = _begin(_again(_commit_all(narrowed)), "2026-01-01", "2026-03-10T10:20")
    assert _opened(back)[0] == (between("2026-01-01", "2026-02-01"), between("2026-01-01", "2026-03-09T10"))


def test_a_changed_definition_warns_and_starts_again(caplog: pytest.LogCaptureFixture) -> None:
    """Old progress was about other records; a silent resync would be a surprise on the bill."""
    bookmark = _begin(Bookmark(), "2026-01-01", "2026-03-08T10:20")
    bookmark.tickets["0d5b9e6f6c7a8b91"] = Ticket("1")
    bookmark.commit(0, between("2026-01-01", "2026-02-01"), [])
    read = _again(bookmark)
    with caplog.at_level(logging.WARNING):
        changed = _begin(read, "2026-01-01", "2026-03-08T10:20", definition="d2")
    assert "definition" in caplog.text
    assert _opened(changed) == [(Interval(at("2026-01-01"), FAR), between("2026-01-01", "2026-03-08T11"))]
    assert not changed.tickets


def test_an_equal_definition_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """A warning in every run would train people to ignore it."""
    bookmark = _commit_all(_begin(Bookmark(), "2026-01-01", "2026-03-08T10:20"))
    with caplog.at_level(logging.INFO):
        _begin(_again(bookmark), "2026-01-01", "2026-03-09T10:20")
    assert not caplog.records


# --- edited by hand -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["2026-02-10", "2026-02-10T00:00:00Z", "2026-02-10T05:30:00+05:30"])
@pytest.mark.parametrize("has_feed", [True, False])
def test_a_bookmark_set_back_extracts_again_from_there(written: str, has_feed: bool) -> None:  # noqa: FBT001 - a case
    """This is how people repair a warehouse."""
    fields = _commit_all(_begin(Bookmark(), "2026-01-01", "2026-03-08T10:20", has_feed=has_feed)).to_json()
    fields["replication_key_value"] = written
    edited = _begin(Bookmark.from_json(fields, WHERE), "2026-01-01", "2026-03-08T12:20", has_feed=has_feed)
    days, changes = _opened(edited)[-1]
    if has_feed:
        assert (days.start, changes) == (at("2026-01-01"), between("2026-02-10", "2026-03-08T13"))
    else:
        assert days == Interval(at("2026-02-10"), FAR)


def test_a_bookmark_set_back_amid_a_run_is_added_to_what_is_open(caplog: pytest.LogCaptureFixture) -> None:
    """What the interrupted run had left open may reach further back than the person knows."""
    bookmark = _begin(
        _again(_commit_all(_begin(Bookmark(), "2026-01-01", "2026-03-01T00:20"))), "2026-01-01", "2026-03-08"
    )
    bookmark.commit(0, between("2026-01-01", "2026-02-01"), [])
    fields = bookmark.to_json() | {"replication_key_value": "2026-02-10"}
    with caplog.at_level(logging.INFO):
        edited = _begin(Bookmark.from_json(fields, WHERE), "2026-01-01", "2026-03-08T12:20")
    assert WHERE in caplog.text
    assert _opened(edited) == [
        (Interval(at("2026-02-01"), FAR), between("2026-03-01", "2026-03-08T01")),
        (Interval(at("2026-01-01"), FAR), between("2026-02-10", "2026-03-08T13")),
    ]


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Asia/Kolkata", between("2026-03-03T18:30", "2026-03-05")),
        ("America/Los_Angeles", between("2026-03-04", "2026-03-05T08:00")),
    ],
)
def test_days_opened_by_hand_are_whole_wherever_the_account_is(zone: str, days: Interval) -> None:
    """Whoever opens the fourth of March means all of it, and need not know that the state is in UTC."""
    opened = {"start": "2026-03-04", "end": "2026-03-05", "changes_since": "2026-03-04", "changes_until": "2026-03-05"}
    fields = {
        "replication_key_value": "2026-03-01",
        "progress": {"cursor": "2026-03-01", "until": "2026-03-08", "open": [opened]},
    }
    bookmark = Bookmark.from_json(fields, WHERE, AccountZone(zone))
    (layer,) = bookmark.layers
    assert (list(layer.days), layer.changes) == ([days], days)


def test_a_bare_bookmark_is_enough() -> None:
    """A state written by hand, or by a tool that knows replication keys only."""
    edited = _begin(Bookmark.from_json({"replication_key_value": "2026-02-10"}, WHERE), "2026-01-01", "2026-03-08")
    assert _opened(edited) == [(Interval(at("2026-01-01"), FAR), between("2026-02-10", "2026-03-08T01"))]


# --- what had been asked for, whatever the bookmark says ----------------------------------------------------------


def _finished(*nows: str, **fields: t.Any) -> Bookmark:
    """Return the bookmark after whole runs, as the next run reads it."""
    bookmark = Bookmark()
    for now in nows:
        bookmark = _again(_commit_all(_begin(bookmark, "2026-01-01", now, **fields)))
    return bookmark


def _set_back(bookmark: Bookmark, written: str) -> Bookmark:
    return Bookmark.from_json(bookmark.to_json() | {"replication_key_value": written}, WHERE)


ASKED = Interval(at("2026-01-01"), at("2026-03-08T11:10"))
"""What a run from January to 2026-03-08T10:20 looked at: its open hour, and the margin."""


@pytest.mark.parametrize("written", ["2026-02-10", "2026-01-01", "2025-06-01", "2026-03-08T10:00:00Z"])
def test_a_bookmark_set_back_does_not_forget_what_had_been_asked_for(written: str) -> None:
    """Numbers taken back between the date set and the date before it would stay behind."""
    edited = _begin(_set_back(_finished("2026-03-08T10:20"), written), "2026-01-01", "2026-03-09T12:20")
    assert edited.asked == ASKED
    again = _begin(_again(edited), "2026-01-01", "2026-03-09T13:20")
    assert again.asked == ASKED, "nor does a run that was interrupted"
    assert _again(_commit_all(again)).asked_until == at("2026-03-09T13")


def test_a_first_extraction_asks_for_nothing_again() -> None:
    """Neither at once nor after an interruption: a row of nulls for what never had a figure would be made up."""
    first = _begin(Bookmark(), "2026-01-01", "2026-03-08T10:20")
    first.commit(0, between("2026-01-01", "2026-02-01"), [])
    resumed = _begin(_again(first), "2026-01-01", "2026-03-08T12:20")
    assert (first.asked, resumed.asked) == (None, None)


def _failed(bookmark: Bookmark, ids: tuple[str, ...] | None) -> Bookmark:
    """Finish a run that loses some days, of some entities or of all."""
    layer = bookmark.layers[-1]
    lost = Layer(IntervalSet([between("2026-02-01", "2026-02-03")]), layer.changes, ids)
    bookmark.layers = [layer]
    bookmark.commit(0, Interval(at("2026-01-01"), FAR), [lost])
    bookmark.finish()
    return _again(bookmark)


@pytest.mark.parametrize("ids", [None, ("bad",)])
def test_what_failed_in_a_first_extraction_was_never_had(ids: tuple[str, ...] | None) -> None:
    """Not before it is mended."""
    bookmark = _failed(_begin(Bookmark(), "2026-01-01", "2026-03-08T10:20"), ids)
    assert bookmark.asked_until == at("2026-01-01")
    resumed = _begin(bookmark, "2026-01-01", "2026-03-08T12:20")
    assert resumed.asked is None
    assert _again(_commit_all(resumed)).asked_until == at("2026-03-08T12")


@pytest.mark.parametrize(("ids", "known"), [(None, "2026-03-08T10"), (("bad",), "2026-03-08T12")])
def test_entities_that_fail_later_do_not_hide_how_far_the_others_are(ids: tuple[str, ...] | None, known: str) -> None:
    """They may fail for ever; a day that failed as a whole is another matter."""
    bookmark = _failed(_begin(_finished("2026-03-08T10:20"), "2026-01-01", "2026-03-08T12:20"), ids)
    assert bookmark.asked_until == at(known)


def test_days_that_are_added_have_not_been_asked_for() -> None:
    """Not before they are done, whatever interrupts that."""
    moved = _begin(_finished("2026-03-08T10:20"), "2025-12-01", "2026-03-08T12:20")
    assert moved.asked == ASKED
    resumed = _begin(_again(moved), "2025-12-01", "2026-03-08T12:30")
    assert resumed.asked is None
    following = _begin(_again(_commit_all(resumed)), "2025-12-01", "2026-03-08T14:20")
    assert following.asked == Interval(at("2025-12-01"), at("2026-03-08T13:10"))


@pytest.mark.parametrize("until", [None, "2038-01-01", "2025-01-01"])
def test_without_a_word_of_it_or_with_a_wrong_one_nothing_is_known(until: str | None) -> None:
    """States of older taps have none; what lies in the future or before the start was no run's."""
    fields = _finished("2026-03-08T10:20").to_json()
    fields["covers"] |= {"until": until}
    edited = _begin(_set_back(Bookmark.from_json(fields, WHERE), "2026-02-10"), "2026-01-01", "2026-03-08T12:20")
    assert edited.asked is None
    assert _commit_all(edited).asked_until == at("2026-03-08T12")


# --- nonsense -----------------------------------------------------------------------------------------------------


def _with_progress(**fields: t.Any) -> Json:
    bookmark = {"cursor": "2026-03-01", "until": "2026-03-08", "open": [{"start": "2026-03-04"}], **fields}
    return {"replication_key_value": "2026-03-01", "progress": bookmark}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"replication_key_value": "yesterday"}, "replication_key_value"),
        ({"replication_key_value": 20260301}, "replication_key_value"),
        ({"replication_key_value": ["2026-03-01"]}, "replication_key_value"),
        ({"covers": "2026-03-01"}, "covers"),
        ({"covers": {"start": "never"}}, "start"),
        ({"covers": {"start": "2026-01-01", "end": 7}}, "end"),
        ({"covers": {"start": "2026-01-01", "until": "soon"}}, "until"),
        ({"progress": [1]}, "progress"),
        ({"progress": {"cursor": "soon"}}, "cursor"),
        (_with_progress(until="soon"), "until"),
        (_with_progress(open={}), "open"),
        (_with_progress(open=["2026-03-04"]), "open"),
        (_with_progress(open=[{"end": "2026-03-04"}]), "start"),
        (_with_progress(open=[{"start": "2026-03-04", "end": "x"}]), "end"),
        (_with_progress(open=[{"start": "2026-03-04", "changes_since": {}}]), "changes_since"),
        (_with_progress() | {"jobs": ["1"]}, "jobs"),
        (_with_progress(open=[{"start": "2026-03-04", "entity_ids": 5}]), "entity_ids"),
        (_with_progress(open=[{"start": "2026-03-04", "placements": "SPOTLIGHT"}]), "placements"),
        ({"replication_key_value": "0001-01-01T00:00:00+05:00"}, "replication_key_value"),
        ({"version": 3, "replication_key_value": "2026-03-01"}, "version"),
        ({"version": "new"}, "version"),
    ],
)
def test_nonsense_names_stream_account_and_field(fields: Json, named: str) -> None:
    """A silent full resync, or a trace, would leave the user guessing where to look."""
    with pytest.raises(StateError) as refused:
        Bookmark.from_json(fields, WHERE)
    assert WHERE in str(refused.value)
    assert named in str(refused.value)


def test_a_bare_bookmark_without_a_version_is_taken_over() -> None:
    """That is what other writers of Singer state leave, and what a person types."""
    bookmark = Bookmark.from_json({"replication_key_value": "2026-03-01T00:00:00Z"}, WHERE)
    assert bookmark == Bookmark(cursor=at("2026-03-01"))


def test_a_definition_of_the_horizon() -> None:
    """The end of the stretch asked for is the end of the open hour; days count for types without a feed."""
    buckets = grid_of("2026-01-01", None, "2026-03-08T10:20", LA)
    with_feed = Horizon.of(buckets, at("2026-03-08T10:20"), has_feed=True, delay=HOUR)
    assert (with_feed.asked_until, with_feed.done_until) == (at("2026-03-08T11"), at("2026-03-08T09"))
    without = Horizon.of(buckets, at("2026-03-08T10:20"), has_feed=False, delay=3 * HOUR)
    assert without.done_until == at("2026-03-07T08")
    assert without.asked_until - without.done_until > DAY
