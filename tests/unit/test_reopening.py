"""What is extracted anew when days become other days, and what failed run after run."""

from __future__ import annotations

import json
import typing as t
from datetime import timedelta

import pytest

from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.domain.intervals import FAR, Interval, IntervalSet
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark, Horizon
from tap_twitter_ads_async.stats.plan.layer import Layer
from tap_twitter_ads_async.stats.plan.pieces import MAX_PIECES, joined_pieces
from tap_twitter_ads_async.stats.plan.reopening import moved_from
from tests.support.moments import HOUR, at, between
from tests.support.plans import grid_of

LA, BERLIN = "America/Los_Angeles", "Europe/Berlin"
NOW = "2026-03-08T10:20"


def _run(
    bookmark: Bookmark, zone: str | AccountZone, now: str = NOW, *, has_feed: bool = True, **fields: t.Any
) -> Bookmark:
    buckets = grid_of("2026-01-01", None, now, zone, **fields)
    horizon = Horizon.of(buckets, at(now), has_feed=has_feed, delay=timedelta())
    bookmark.begin(buckets, horizon, has_feed=has_feed, lookback_days=0, definition="d", unending=True)
    return bookmark


def _finished(bookmark: Bookmark) -> Bookmark:
    for number, layer in enumerate(bookmark.layers):
        for days in list(layer.days):
            bookmark.commit(number, days, [])
    bookmark.finish()
    return Bookmark.from_json(json.loads(json.dumps(bookmark.to_json())), "stream campaign_stats, account acc1")


@pytest.mark.parametrize("has_feed", [True, False])
def test_another_zone_is_extracted_anew_and_the_old_rows_are_named(
    caplog: pytest.LogCaptureFixture,
    has_feed: bool,  # noqa: FBT001 - a case of the test
) -> None:
    """Every day has other bounds, so that the old rows overlap the new ones."""
    state = _finished(_run(Bookmark(), LA, has_feed=has_feed))
    moved = _run(state, BERLIN, "2026-03-08T12:20", has_feed=has_feed)
    assert min(moved.layers[0].days).start == at("2025-12-31T23")
    (record,) = caplog.records
    assert "was America/Los_Angeles and is Europe/Berlin" in record.getMessage()
    assert "Delete the rows of stream campaign_stats, account acc1 with start_time >= " in record.getMessage()
    caplog.clear()
    _run(_finished(moved), BERLIN, "2026-03-08T14:20", has_feed=has_feed)
    assert not caplog.records, "once"


def test_a_switch_that_comes_is_extracted_anew_from_there(caplog: pytest.LogCaptureFixture) -> None:
    """Days before it are what they were."""
    state = _finished(_run(Bookmark(), LA))
    moved = _run(state, AccountZone(BERLIN, at("2026-03-01T23")), "2026-03-08T12:20")
    anew, since = moved.layers
    assert list(anew.days) == [Interval(at("2026-03-01T08"), FAR)], "the day that the switch cuts short, too"
    assert anew.changes is not None
    assert anew.changes.start <= at("2026-03-01T08")
    assert since.changes == between("2026-03-08T10", "2026-03-08T13")
    assert len(caplog.records) == 1


def test_what_was_open_of_the_old_days_goes() -> None:
    """A piece of a day that exists no more cannot be asked for."""
    state = _finished(_run(Bookmark(), LA))
    days = IntervalSet([between("2026-01-10T08", "2026-01-11T08")])
    state.layers = [Layer(days, between("2026-01-01T08", "2026-03-08T11"), ("c1",))]
    state.until = state.cursor
    assert all(layer.entity_ids is None for layer in _run(state, BERLIN).layers)


@pytest.mark.parametrize("calendar", [{}, {"timezone": "Mars/Olympus"}, {"timezone": LA}, {"timezone": "US/Pacific"}])
def test_an_equal_renamed_or_unknown_zone_costs_nothing(calendar: dict[str, str]) -> None:
    """States of earlier versions name no zone; a new name for the same days is no other calendar."""
    assert moved_from(calendar, AccountZone(LA), at("2020-01-01"), at(NOW)) is None


def test_total_rows_of_another_start_are_named(caplog: pytest.LogCaptureFixture) -> None:
    """Their windows overlap; which setting did it, and which rows are the old ones, a person must be told."""
    state = _finished(_run(Bookmark(), LA, granularity="TOTAL"))
    for start, cause in (("2026-02-01", "start_date changed"), ("2026-01-01", "window_days or another part")):
        again = Bookmark.from_json(state.to_json(), "s")
        buckets = grid_of(start, None, NOW, LA, granularity="TOTAL")
        horizon = Horizon.of(buckets, at(NOW), has_feed=True, delay=timedelta())
        again.begin(buckets, horizon, has_feed=True, lookback_days=0, definition="other", unending=True)
        assert cause in caplog.text
        assert "granularity = 'TOTAL'" in caplog.text
        caplog.clear()


@pytest.mark.parametrize("ids", [1, 500])
def test_what_fails_in_every_run_does_not_grow(ids: int) -> None:
    """An entity that cannot be had must not cost a job more with each hour."""
    state, sizes = Bookmark(), []
    for hour in range(60):
        now = f"{at(NOW) + hour * HOUR:%Y-%m-%dT%H:%M}"
        state = _run(state, LA, now)
        piece = IntervalSet([between("2026-03-07T08", "2026-03-08T08")])
        bad = (f"bad{hour % ids}",)
        for number, layer in enumerate(list(state.layers)):
            failed = [Layer(piece, layer.changes, layer.entity_ids or bad, ("SPOTLIGHT",))]
            for days in list(layer.days):
                state.commit(number, days, failed)
                failed = []
        state.finish()
        state = Bookmark.from_json(json.loads(json.dumps(state.to_json())), "s")
        sizes.append(len(state.layers))
    assert max(sizes) <= (3 if ids == 1 else MAX_PIECES + 2), "one of the first extraction, one of later ones"
    changes = [layer.changes for layer in state.layers if layer.changes]
    assert min(c.start for c in changes) == at("2026-01-01T08"), "nothing of it is forgotten"


def test_what_is_left_of_a_first_extraction_stays_apart_from_what_is_left_of_later_ones() -> None:
    """Numbers may have been taken back of the latter, whose rows are there; joined, they would not go out as nulls."""
    beginning, days = at("2026-01-01T08"), IntervalSet([between("2026-01-10T08", "2026-01-11T08")])
    first = Layer(days, between("2026-01-01T08", "2026-03-08T11"), ("c1",))
    later = [Layer(days, between(f"2026-03-0{d}T10", f"2026-03-0{d}T12"), ("c1",)) for d in (4, 5)]
    joined = joined_pieces([first, *later], beginning)
    assert [layer.changes for layer in joined] == [first.changes, between("2026-03-04T10", "2026-03-05T12")]
