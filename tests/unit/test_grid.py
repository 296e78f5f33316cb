"""Buckets and windows between the user's bounds, on the account's calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.domain.intervals import FAR, Interval
from tap_twitter_ads_async.settings.model import Bound, Granularity
from tap_twitter_ads_async.stats.plan.buckets import Buckets
from tests.support.moments import DAY, HOUR, UTC, at, between
from tests.support.plans import definition, grid_of
from tests.unit.strategies import moments, zones

LA = "America/Los_Angeles"


def _bound(text: str) -> Bound:
    """Return the bound that a user's text means; `Z` makes it a moment."""
    if not text.endswith("Z"):
        return Bound(date.fromisoformat(text))
    moment = datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
    return Bound(moment.date(), moment, moment.time())


@st.composite
def grids(draw: st.DrawFn, granularity: str | None = None) -> Buckets:
    """A grid of some months, near clock changes, perhaps across a zone switch."""
    zone = draw(zones(switched=True))
    assume(not (zone.switch_at and zone.switch_at.minute))  # what becomes of the hour that is cut is left open
    first = zone.date_of(draw(moments(zone)))
    days = draw(st.integers(1, 200))
    segmented = draw(st.booleans())
    stream = definition(
        granularity or draw(st.sampled_from(["DAY", "HOUR", "TOTAL"])),
        segmentation_type="GENDER" if segmented else None,
        window_days=draw(st.integers(1, 45 if segmented else 90)),
    )
    end = Bound(first + timedelta(days=days))
    return Buckets.of(stream, zone, Bound(first), end, zone.day_start(first) + 400 * DAY)


# --- the user's bounds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("granularity", "zone", "written", "start"),
    [
        ("DAY", LA, "2026-03-08", "2026-03-08T08"),
        ("DAY", LA, "2026-03-08T00:00:00Z", "2026-03-08T08"),  # people write this for "from the 8th on"
        ("DAY", LA, "2026-03-08T12:00:00Z", "2026-03-08T08"),
        ("DAY", "Asia/Kolkata", "2026-03-08", "2026-03-07T18:30"),
        ("HOUR", LA, "2026-03-08", "2026-03-08T08"),
        ("HOUR", LA, "2026-03-08T12:40:00Z", "2026-03-08T12"),
        ("HOUR", "Asia/Kolkata", "2026-03-08", "2026-03-07T18:30"),
        ("HOUR", "Asia/Kolkata", "2026-03-08T12:40:00Z", "2026-03-08T12:30"),
        ("TOTAL", LA, "2026-03-08", "2026-03-08T08"),
        ("TOTAL", LA, "2026-03-08T00:00:00Z", "2026-03-08T00"),
        ("TOTAL", LA, "2026-03-08T12:40:00Z", "2026-03-08T12"),
    ],
)
def test_a_start_is_put_on_the_grid_downward(granularity: str, zone: str, written: str, start: str) -> None:
    """Rounding up would leave out moments that the user asked for."""
    buckets = Buckets.of(definition(granularity), AccountZone(zone), _bound(written), None, at("2026-06-01"))
    assert buckets.start == at(start)


@pytest.mark.parametrize(
    ("granularity", "zone", "written", "end"),
    [
        ("DAY", LA, "2026-03-09", "2026-03-09T07"),
        ("DAY", LA, "2026-03-09T12:00:00Z", "2026-03-10T07"),
        ("HOUR", LA, "2026-03-09T12:40:00Z", "2026-03-09T13"),
        ("HOUR", "Asia/Kolkata", "2026-03-09T12:40:00Z", "2026-03-09T13:30"),
        ("TOTAL", LA, "2026-03-09T12:40:00Z", "2026-03-09T13"),
        ("TOTAL", LA, "2026-03-09T00:00:00Z", "2026-03-09T00"),
        ("TOTAL", "Asia/Kolkata", "2026-03-09", "2026-03-08T18:30"),
    ],
)
def test_an_end_is_put_on_the_grid_upward(granularity: str, zone: str, written: str, end: str) -> None:
    """The last bucket that the range touches belongs to it."""
    bounds = (_bound("2026-03-01"), _bound(written))
    buckets = Buckets.of(definition(granularity), AccountZone(zone), *bounds, at("2026-06-01"))
    assert buckets.end == at(end)


def test_without_an_end_the_bucket_still_open_is_the_last() -> None:
    """Today's numbers are wanted today, though they still grow."""
    assert grid_of("2026-03-01", None, "2026-03-09T18:20", LA).end == at("2026-03-10T07")
    assert grid_of("2026-03-01", None, "2026-03-09T18:20", LA, granularity="HOUR").end == at("2026-03-09T19")
    assert grid_of("2026-03-01", "2027-01-01", "2026-03-09T18:20", LA).end == at("2026-03-10T07")


def test_a_start_in_the_future_leaves_nothing() -> None:
    """An empty grid is no error: the run has nothing to do yet."""
    buckets = grid_of("2026-05-01", None, "2026-03-09")
    assert buckets.start == buckets.end
    assert buckets.cells() == []


# --- rounding -----------------------------------------------------------------------------------------------------


@given(st.data())
def test_activity_is_rounded_outward_to_buckets_and_its_last_moment_counts(data: st.DataObject) -> None:
    """The API does not say whether the end of activity is included; leaving it out could lose a bucket."""
    buckets = data.draw(grids())
    first = data.draw(moments(buckets.zone))
    span = Interval(first, first + timedelta(seconds=data.draw(st.integers(0, 5 * 86400))))
    rounded = buckets.round_outward(span)
    assert rounded.start <= span.start
    assert span.end < rounded.end
    assert buckets.floor(rounded.start) == rounded.start
    assert buckets.floor(rounded.end) == rounded.end
    assert rounded == Interval(buckets.floor(span.start), buckets.round_outward(Interval(span.end, span.end)).end)
    assert buckets.round_outward(Interval(span.end, span.end)).start == buckets.floor(span.end)


def test_days_edited_by_hand_are_widened_to_the_grid() -> None:
    """A person who writes a bare date into the state means that day of the account."""
    buckets = grid_of("2026-03-01", None, "2026-06-01", LA)
    assert buckets.align(between("2026-03-05", "2026-03-06")) == between("2026-03-04T08", "2026-03-06T08")
    assert buckets.align(Interval(at("2026-03-05T08"), FAR)) == Interval(at("2026-03-05T08"), FAR)
    assert buckets.align(between("2026-02-01T03", "2026-03-05T08")) == between("2026-02-01T03", "2026-03-05T08")


# --- windows ------------------------------------------------------------------------------------------------------


@given(st.data())
def test_a_window_is_as_long_as_allowed_and_no_longer(data: st.DataObject) -> None:
    """The API refuses more than 90 (45) times 24 hours; a user may want less."""
    buckets = data.draw(grids())
    start = buckets.floor(data.draw(moments(buckets.zone)))
    end = buckets.window_end(start)
    zone, stream = buckets.zone, buckets.definition
    assert start < end
    assert end - start <= timedelta(days=45 if stream.segmented else 90)
    assert (zone.date_of(end - HOUR) - zone.date_of(start)).days <= stream.window_days
    assert not (zone.switch_at and start < zone.switch_at < end)
    # Not shorter by more than one day than what was asked for, either.
    shortened = zone.switch_at == end
    assert shortened or end - start >= timedelta(days=stream.window_days - 1, hours=-3)


def test_ninety_days_with_an_extra_hour_are_one_day_too_many() -> None:
    """Ninety days that contain an autumn clock change have 2161 hours."""
    buckets = grid_of("2026-01-01", None, "2027-01-01", LA, window_days=90)
    assert buckets.window_end(at("2026-10-01T07")) == at("2026-12-29T08")
    assert buckets.window_end(at("2026-01-01T08")) == at("2026-04-01T07")


def test_windows_from_a_skipped_midnight_end_on_a_day() -> None:
    """In Cairo 24 April 2026 starts at one o'clock; thirty days later the day starts at midnight."""
    buckets = grid_of("2026-04-24", None, "2026-12-01", "Africa/Cairo")
    assert buckets.window_end(at("2026-04-23T22")) == at("2026-05-23T21")
    total = grid_of("2026-04-24", None, "2026-12-01", "Africa/Cairo", granularity="TOTAL")
    assert all(buckets.zone.floor_day(cell.start) == cell.start for cell in total.cells())


def test_windows_of_hours_end_on_whole_hours_of_half_hour_zones() -> None:
    """The API wants whole hours; there they start at half past."""
    buckets = grid_of("2026-03-01", None, "2026-12-01", "Asia/Kolkata", granularity="HOUR", window_days=2)
    assert buckets.window_end(at("2026-03-01T18:30")) == at("2026-03-03T18:30")


# --- fixed cells of TOTAL -----------------------------------------------------------------------------------------


@given(grids("TOTAL"))
def test_total_buckets_partition_the_range(buckets: Buckets) -> None:
    """They are part of the key, so they must neither overlap nor leave anything out."""
    cells = buckets.cells()
    assert (cells[0].start, cells[-1].end) == (buckets.start, buckets.end)
    assert all(a.end == b.start for a, b in pairwise(cells))
    assert all(c.end == buckets.window_end(c.start) for c in cells[:-1])


def test_total_buckets_do_not_move_with_time() -> None:
    """Only the last bucket grows; a start that moved would make a new record instead of an update."""
    earlier = grid_of("2026-01-01", None, "2026-03-15", LA, granularity="TOTAL").cells()
    later = grid_of("2026-01-01", None, "2026-06-15", LA, granularity="TOTAL").cells()
    assert [c.start for c in later[: len(earlier)]] == [c.start for c in earlier]
    assert later[: len(earlier) - 1] == earlier[:-1]
    assert earlier[0] == between("2026-01-01T08", "2026-01-31T08")


# --- the gap of a zone switch -------------------------------------------------------------------------------------


def test_what_the_switch_cuts_short_is_left_out() -> None:
    """A cut day cannot be asked for by day, nor a cut hour by hour."""
    zone = AccountZone("Asia/Kolkata", at("2020-03-09T18:30"))
    window = between("2020-03-05T08", "2020-03-09T18:30")
    for granularity, end in (("DAY", "2020-03-09T07"), ("HOUR", "2020-03-09T18"), ("TOTAL", "2020-03-09T18:30")):
        buckets = grid_of("2020-03-01", None, "2020-06-01", zone, granularity=granularity)
        assert buckets.without_gap(window) == Interval(window.start, at(end))
    by_day = grid_of("2020-03-01", None, "2020-06-01", zone)
    assert by_day.without_gap(between("2020-03-09T07", "2020-03-09T18:30")) is None
    assert by_day.without_gap(between("2020-03-05T08", "2020-03-07T08")) == between("2020-03-05T08", "2020-03-07T08")


def test_grids_know_their_granularity() -> None:
    """A guard for the strategies of this file: every kind of grid is drawn."""
    assert {Granularity.DAY, Granularity.HOUR, Granularity.TOTAL} == set(Granularity)
