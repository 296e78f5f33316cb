"""From needs to windows of jobs: everything needed is asked for, once, with as few jobs as possible."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.domain.intervals import FAR, Interval, IntervalSet
from tap_twitter_ads_async.settings.model import Bound
from tap_twitter_ads_async.stats.plan.buckets import Buckets
from tap_twitter_ads_async.stats.plan.spec import JobSpec, TargetingValue, Window
from tap_twitter_ads_async.stats.plan.windows import JobShape, Need, plan_windows
from tests.support.moments import DAY, HOUR, at, between
from tests.support.plans import SHAPE, TWITTER, definition, grid_of, need
from tests.unit.strategies import CHANGES, zones

PLACEMENTS = (TWITTER, "PUBLISHER_NETWORK")
Cell = tuple[str, str, datetime]
"""Entity id, placement and the start of the bucket."""


@dataclass
class Case:
    """What a plan is made from."""

    buckets: Buckets
    needs: list[Need]
    open_days: IntervalSet

    def plan(self, open_days: IntervalSet | None = None) -> list[Window]:
        """Plan everything, or what is still open."""
        return plan_windows(self.needs, self.open_days if open_days is None else open_days, self.buckets, SHAPE)


@st.composite
def cases(draw: st.DrawFn, *granularities: str) -> Case:
    """Needs of up to thirty entities over some weeks, near clock changes."""
    zone = draw(zones(switched=True))
    assume(not (zone.switch_at and zone.switch_at.minute))  # what becomes of the hour that is cut is left open
    near = [zone.switch_at] if zone.switch_at else CHANGES[zone.name] or [at("2026-03-08")]
    base = zone.floor_day(draw(st.sampled_from(near)) - draw(st.integers(0, 2)) * DAY)
    granularity = draw(st.sampled_from(granularities or ("DAY", "HOUR", "TOTAL")))
    total = 6 if granularity == "HOUR" else 100
    window_days = draw(st.integers(1, total))
    stream = definition(granularity, window_days=min(window_days, 90))
    end = Bound(zone.date_of(base) + timedelta(days=total))
    buckets = Buckets.of(stream, zone, Bound(zone.date_of(base)), end, base + 400 * DAY)
    hours = int((buckets.end - buckets.start) / HOUR)
    offsets = st.integers(-48, hours + 48)
    needs = []
    for number in range(draw(st.integers(0, 30))):
        first = buckets.start + draw(offsets) * HOUR + timedelta(minutes=draw(st.integers(0, 59)))
        length = timedelta(minutes=draw(st.sampled_from([0, 30, 60 * 24, 60 * 24 * 9])))
        placements = draw(st.sampled_from([PLACEMENTS, PLACEMENTS[:1], PLACEMENTS[1:], ()]))
        needs.append(Need(f"e{number % 25}", Interval(first, first + length), frozenset(placements)))
    whole = IntervalSet([buckets.whole])
    if granularity == "TOTAL" or draw(st.booleans()):
        return Case(buckets, needs, whole)
    hole = sorted(buckets.floor(buckets.start + draw(st.integers(0, hours)) * HOUR) for _ in range(2))
    return Case(buckets, needs, whole.subtract(Interval(*hole)))


# --- an oracle of its own -----------------------------------------------------------------------------------------


def _buckets(buckets: Buckets, span: Interval) -> set[datetime]:
    """Return the starts of all buckets of the grid that hold a moment of a half-open span, hour by hour."""
    if buckets.definition.granularity == "TOTAL":
        return {c.start for c in buckets.cells() if c.intersect(span)}
    found, moment = set(), span.start
    while moment < span.end:
        found.add(buckets.floor(moment))
        moment += HOUR / 2
    return found


def _needed(case: Case) -> set[Cell]:
    """List what must be asked for: every bucket of the grid that activity touches, where days are open."""
    buckets, cells = case.buckets, set()
    opened = {b for span in case.open_days for b in _buckets(buckets, span)}
    for n in case.needs:
        last = n.span.end
        touched = _buckets(buckets, Interval(n.span.start, last)) | _buckets(buckets, Interval(last, last + HOUR / 60))
        if buckets.definition.granularity == "TOTAL":  # activity is rounded to days first
            touched = _buckets(buckets, Interval(buckets.floor(n.span.start), buckets.round_outward(n.span).end))
        inside = {b for b in touched if buckets.start <= b < buckets.end and not _is_gap(buckets, b)}
        cells |= {(n.entity_id, p, b) for p in n.placements for b in inside & opened}
    return cells


def _is_gap(buckets: Buckets, bucket: datetime) -> bool:
    return buckets.definition.granularity == "DAY" and buckets.zone.is_gap(bucket)


def _jobs(windows: list[Window]) -> list[JobSpec]:
    return [spec for w in windows for g in w.groups for spec in g.specs]


def _asked(windows: list[Window]) -> Counter[Cell]:
    """Count the cells that the jobs of the first metric partition ask for."""
    return Counter(
        (i, job.placement, bucket)
        for job in _jobs(windows)
        if job.metric_groups == SHAPE.partitions[0]
        for i in job.entity_ids
        for bucket in job.buckets()
    )


# --- coverage -----------------------------------------------------------------------------------------------------


@given(cases())
def test_everything_needed_is_asked_for_exactly_once(case: Case) -> None:
    """A cell left out is spend that never arrives; one asked twice is a job paid twice."""
    asked = _asked(case.plan())
    assert _needed(case) <= set(asked)
    assert set(asked.values()) <= {1}


@given(cases())
def test_nothing_is_asked_outside_the_users_range_or_what_is_open(case: Case) -> None:
    """Jobs outside the bounds cost slots, and their records are none of the user's business."""
    for window in case.plan():
        for job in _jobs([window]):
            assert case.buckets.start <= job.start < job.end <= case.buckets.end
            assert window.start <= job.start
            assert job.end <= window.end


@given(cases("DAY", "HOUR"))
def test_a_group_s_range_is_as_wide_as_its_members_need(case: Case) -> None:
    """Wider ranges make heavier jobs for nothing."""
    needed = _needed(case)
    for job in _jobs(case.plan()):
        buckets = job.buckets()
        wanted = {b for i, p, b in needed if i in job.entity_ids and p == job.placement and job.start <= b < job.end}
        assert {buckets[0], buckets[-1]} <= wanted
        assert all(any((i, job.placement, b) in needed for b in buckets) for i in job.entity_ids)


@given(cases())
def test_every_metric_partition_is_asked_for_the_same(case: Case) -> None:
    """Their results are joined by position into one record."""
    for window in case.plan():
        for group in window.groups:
            assert tuple(s.metric_groups for s in group.specs) == SHAPE.partitions
            assert len({replace(s, metric_groups=()) for s in group.specs}) == 1


# --- limits -------------------------------------------------------------------------------------------------------


@given(cases())
def test_no_job_breaks_a_limit_of_the_api(case: Case) -> None:
    """The API refuses such jobs as a whole."""
    buckets = case.buckets
    for job in _jobs(case.plan()):
        assert 1 <= len(job.entity_ids) == len(set(job.entity_ids)) <= 20
        assert job.end - job.start <= 90 * DAY
        assert (
            buckets.zone.date_of(job.end - HOUR / 2) - buckets.zone.date_of(job.start)
        ).days <= buckets.definition.window_days
        assert buckets.floor(job.start) == job.start
        assert buckets.floor(job.end) == job.end
        assert not (buckets.zone.switch_at and job.start < buckets.zone.switch_at < job.end)


@given(cases())
def test_jobs_are_as_few_as_the_limit_of_ids_allows(case: Case) -> None:
    """Slots are the scarce thing: per window and placement, twenty ids go into each job."""
    needed = _needed(case)
    for window in case.plan():
        for placement in PLACEMENTS:
            ids = {i for i, p, b in needed if p == placement and window.start <= b < window.end}
            jobs = [g for g in window.groups if g.specs[0].placement == placement]
            assert len(jobs) == -(-len(ids) // 20)


# --- windows and restarts -----------------------------------------------------------------------------------------


@given(cases())
def test_windows_partition_the_open_days_in_order(case: Case) -> None:
    """Committing all of them must leave nothing open, and each day is committed once."""
    windows = case.plan()
    assert IntervalSet(Interval(w.start, w.end) for w in windows) == case.open_days
    assert all(a.end <= b.start for a, b in pairwise(windows))


@settings(max_examples=40)
@given(cases(), st.data())
def test_a_restart_after_any_window_plans_the_remaining_windows_the_same(case: Case, data: st.DataObject) -> None:
    """Otherwise the jobs of the interrupted run could not be taken up again."""
    windows = case.plan()
    committed = data.draw(st.integers(0, len(windows)))
    rest = case.open_days
    for window in windows[:committed]:
        rest = rest.subtract(Interval(window.start, window.end))
    replanned = case.plan(rest)
    assert [s.digest() for s in _jobs(replanned)] == [s.digest() for s in _jobs(windows[committed:])]
    assert [(w.start, w.end) for w in replanned] == [(w.start, w.end) for w in windows[committed:]]


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_needs_does_not_matter(case: Case, shuffler: t.Any) -> None:
    """The change feed promises no order, and a restart asks it again."""
    windows = case.plan()
    shuffler.shuffle(case.needs)
    assert case.plan() == windows


def test_open_days_without_needs_make_one_window_without_jobs() -> None:
    """Nothing changed means no job, and yet the bookmark moves."""
    buckets = grid_of("2026-03-01", None, "2026-03-20")
    (window,) = plan_windows([], IntervalSet([Interval(buckets.start, FAR)]), buckets, SHAPE)
    assert (window.start, window.end, window.groups) == (buckets.start, FAR, ())


def test_the_last_window_completes_the_future_too() -> None:
    """Days to come have no activity yet; they must not stay open for ever."""
    buckets = grid_of("2026-03-01", None, "2026-03-20")
    windows = plan_windows(
        [need("a", "2026-03-05", "2026-03-05T10")], IntervalSet([Interval(buckets.start, FAR)]), buckets, SHAPE
    )
    assert windows[-1].end == FAR


def test_nothing_open_makes_no_window() -> None:
    """A finished layer costs nothing."""
    assert (
        plan_windows(
            [need("a", "2026-03-05", "2026-03-06")], IntervalSet(), grid_of("2026-03-01", None, "2026-04-01"), SHAPE
        )
        == []
    )


def test_a_revision_months_back_is_asked_for_alone() -> None:
    """Late adjustments reach far back; the days in between did not change."""
    buckets = grid_of("2026-01-01", None, "2026-06-15T12", "America/Los_Angeles")
    late = [need("old", "2026-01-20T12", "2026-01-20T13"), need("new", "2026-06-15T08", "2026-06-15T10")]
    jobs = [
        j
        for j in _jobs(plan_windows(late, IntervalSet([buckets.whole]), buckets, SHAPE))
        if "BILLING" in j.metric_groups
    ]
    assert [(j.entity_ids, j.start, j.end) for j in jobs] == [
        (("old",), at("2026-01-20T08"), at("2026-01-21T08")),
        (("new",), at("2026-06-15T07"), at("2026-06-16T07")),
    ]


def test_neighbours_in_time_share_a_job() -> None:
    """Ordered by activity, twenty early and twenty late entities make two narrow jobs."""
    buckets = grid_of("2026-03-01", "2026-03-31", "2026-06-01")
    early = [need(f"z{i:02}", "2026-03-02T01", "2026-03-03T01") for i in range(20)]
    late = [need(f"a{i:02}", "2026-03-20T01", "2026-03-21T01") for i in range(20)]
    shape = JobShape("acc1", (("ENGAGEMENT",),))
    jobs = _jobs(plan_windows([*late, *early], IntervalSet([buckets.whole]), buckets, shape))
    assert [(j.entity_ids[0][0], j.start, j.end) for j in jobs] == [
        ("z", at("2026-03-02"), at("2026-03-04")),
        ("a", at("2026-03-20"), at("2026-03-22")),
    ]


def test_countries_and_platforms_are_asked_for_one_by_one() -> None:
    """A job takes one of each; they are not interchangeable."""
    buckets = grid_of("2026-03-01", "2026-03-10", "2026-06-01", segmentation_type="DEVICES")
    countries, platforms = (
        (TargetingValue("c1", "US"), TargetingValue("c2", "GB")),
        (TargetingValue("0", "iOS"), TargetingValue("1", "Android")),
    )
    shape = JobShape("acc1", (("ENGAGEMENT",),), countries, platforms)
    jobs = _jobs(plan_windows([need("a", "2026-03-02", "2026-03-03")], IntervalSet([buckets.whole]), buckets, shape))
    assert [(j.country, j.platform) for j in jobs] == [(c, p) for c in countries for p in platforms]
    assert {j.segmentation_type for j in jobs} == {"DEVICES"}


# --- the zone switch, and TOTAL -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "granularity",
    [
        "DAY",
        "HOUR",
        "TOTAL",
    ],
)
def test_windows_end_at_the_zone_switch(granularity: str) -> None:
    """Before it the account reports in another zone, and days of two zones do not fit into one answer."""
    zone = AccountZone("Asia/Tokyo", at("2020-03-09T15"))
    buckets = grid_of("2020-03-07", "2020-03-12", "2020-06-01", zone, granularity=granularity)
    active = need("a", "2020-03-07T08:10", "2020-03-11T09")
    spans = {(j.start, j.end) for j in _jobs(plan_windows([active], IntervalSet([buckets.whole]), buckets, SHAPE))}
    first_end = "2020-03-09T07" if granularity == "DAY" else "2020-03-09T15"
    assert min(spans) == (at("2020-03-07T08"), at(first_end))
    assert min(start for start, _ in spans if start != at("2020-03-07T08")) == at("2020-03-09T15")


def test_total_asks_for_whole_fixed_cells() -> None:
    """A bucket cut to the activity would be another bucket, under another key."""
    buckets = grid_of("2026-01-01", "2026-04-01", "2026-06-01", granularity="TOTAL")
    windows = plan_windows([need("a", "2026-02-10", "2026-02-11")], IntervalSet([buckets.whole]), buckets, SHAPE)
    assert {(j.start, j.end) for j in _jobs(windows)} == {(at("2026-01-31"), at("2026-03-02"))}
    assert [(w.start, w.end) for w in windows] == [(buckets.start, buckets.end)]


def test_the_last_total_cell_grows_under_its_key() -> None:
    """The bucket still open is asked for from its fixed start to the present day's end."""
    spans = []
    for now in ("2026-03-10T12", "2026-03-11T12"):
        buckets = grid_of("2026-03-01", None, now, granularity="TOTAL")
        windows = plan_windows([need("a", "2026-03-10", "2026-03-10T11")], IntervalSet([buckets.whole]), buckets, SHAPE)
        spans += [(j.start, j.end) for j in _jobs(windows)[:1]]
    assert spans == [(at("2026-03-01"), at("2026-03-11")), (at("2026-03-01"), at("2026-03-12"))]


def test_days_edited_by_hand_are_asked_for_whole() -> None:
    """A bare date in the state, taken as UTC, still makes jobs at the account's midnights."""
    buckets = grid_of("2026-03-01", None, "2026-06-01", "America/Los_Angeles")
    opened = IntervalSet([between("2026-03-05", "2026-03-06")])
    jobs = _jobs(plan_windows([need("a", "2026-03-01", "2026-04-01")], opened, buckets, SHAPE))
    assert {(j.start, j.end) for j in jobs} == {(at("2026-03-04T08"), at("2026-03-06T08"))}


def test_windows_carry_the_layer_they_complete() -> None:
    """Progress closes days of exactly that layer."""
    buckets = grid_of("2026-03-01", "2026-03-10", "2026-06-01")
    windows = plan_windows(
        [need("a", "2026-03-02", "2026-03-03")], IntervalSet([buckets.whole]), buckets, SHAPE, layer=3
    )
    assert {w.layer for w in windows} == {3}
    assert date(2026, 3, 10) == buckets.zone.date_of(buckets.end)
