"""Job specs: what is sent, how a spec is named, and how it is cut in two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.domain.intervals import IntervalSet
from tap_twitter_ads_async.settings.model import Bound, Granularity
from tap_twitter_ads_async.stats.plan.buckets import Buckets
from tap_twitter_ads_async.stats.plan.spec import Group, JobSpec, TargetingValue, Window
from tap_twitter_ads_async.stats.plan.windows import JobShape, plan_windows
from tests.support.moments import HOUR, UTC, at
from tests.support.plans import definition, need, spec
from tests.unit.strategies import moments, zones

Cell = tuple[str, datetime]


def _cells(job: JobSpec) -> list[Cell]:
    return [(i, bucket) for i in job.entity_ids for bucket in job.buckets()]


@st.composite
def specs(draw: st.DrawFn) -> JobSpec:
    """A job of up to twenty ids and some buckets, near clock changes."""
    zone = draw(zones())
    granularity = draw(st.sampled_from(Granularity))
    ids = draw(st.lists(st.text("abc123", min_size=1), min_size=1, max_size=20, unique=True))
    moment = draw(moments(zone))
    if granularity is Granularity.HOUR:
        start = zone.floor_hour(moment)
        end = start + draw(st.integers(1, 60)) * HOUR
    else:
        start = end = zone.floor_day(moment)
        for _ in range(draw(st.integers(1, 40))):
            end = zone.next_day(end)
    return replace(
        spec("x", "2026-01-01", "2026-01-02", zone),
        entity_ids=tuple(ids),
        granularity=granularity,
        start=start,
        end=end,
    )


# --- halving ------------------------------------------------------------------------------------------------------


@given(specs())
def test_the_halves_of_a_spec_are_the_spec_and_do_not_overlap(whole: JobSpec) -> None:
    """A failing job is replaced by its halves: a cell lost here would be lost in silence."""
    halves = whole.halve()
    if halves is None:
        assert len(_cells(whole)) == 1
        return
    left, right = map(_cells, halves)
    assert left
    assert right
    assert sorted(left + right) == sorted(_cells(whole))
    assert {replace(h, entity_ids=(), start=whole.start, end=whole.end) for h in halves} == {
        replace(whole, entity_ids=())
    }


@given(specs())
def test_halving_goes_down_to_one_entity_in_one_bucket(whole: JobSpec) -> None:
    """Only the smallest piece that fails is reported; every piece stays on its buckets' bounds."""
    pieces, smallest = [whole], []
    while pieces:
        piece = pieces.pop()
        halves = piece.halve()
        if halves:
            pieces += halves
        else:
            smallest.append(piece)
    assert sorted(cell for piece in smallest for cell in _cells(piece)) == sorted(_cells(whole))
    assert all(len(piece.entity_ids) == 1 for piece in smallest)
    if whole.granularity is not Granularity.TOTAL:
        assert all(len(piece.buckets()) == 1 for piece in smallest)
        assert {piece.end for piece in smallest} == {*whole.buckets()[1:], whole.end}


def test_ids_are_cut_before_time() -> None:
    """One bad id is the usual reason, and a shorter range would not shake it off."""
    left, right = spec("a,b,c", "2026-03-01", "2026-03-05").halve() or pytest.fail("not cut")
    assert (left.entity_ids, right.entity_ids) == (("a",), ("b", "c"))
    assert (left.start, left.end) == (at("2026-03-01"), at("2026-03-05"))


def test_a_total_of_one_entity_cannot_be_cut() -> None:
    """Two halves of a TOTAL bucket are two other buckets."""
    assert spec("a", "2026-03-01", "2026-03-31", granularity=Granularity.TOTAL).halve() is None


# --- buckets ------------------------------------------------------------------------------------------------------


def test_a_day_across_a_clock_change_is_one_bucket() -> None:
    """A 23-hour day is one record."""
    job = spec("a", "2026-03-07T08", "2026-03-10T07", "America/Los_Angeles")
    assert job.buckets() == [at("2026-03-07T08"), at("2026-03-08T08"), at("2026-03-09T07")]


@pytest.mark.parametrize(
    ("start", "end", "hours"), [("2026-03-08T08", "2026-03-09T07", 23), ("2026-11-01T07", "2026-11-02T08", 25)]
)
def test_hours_of_a_clock_change_day_are_counted_on_the_ground(start: str, end: str, hours: int) -> None:
    """The hour that is skipped has no bucket; the one that is repeated has two."""
    job = spec("a", start, end, "America/Los_Angeles", granularity=Granularity.HOUR)
    assert len(set(job.buckets())) == hours


# --- what is sent -------------------------------------------------------------------------------------------------


def test_days_are_sent_as_dates_of_the_account() -> None:
    """The server makes midnights of bare dates itself, so no offset can be wrong."""
    params = spec("a", "2026-03-07T08", "2026-03-10T07", "America/Los_Angeles").params()
    assert (params["start_time"], params["end_time"]) == ("2026-03-07", "2026-03-10")


def test_hours_are_sent_in_utc() -> None:
    """A bare date would widen an hourly job to the whole day."""
    job = spec("a", "2026-03-08T08", "2026-03-08T11", "America/Los_Angeles", granularity=Granularity.HOUR)
    assert (job.params()["start_time"], job.params()["end_time"]) == ("2026-03-08T08:00:00Z", "2026-03-08T11:00:00Z")


def test_hours_of_half_hour_zones_are_sent_on_the_account_s_clock() -> None:
    """Written in UTC they would not look like whole hours."""
    job = spec("a", "2026-03-08T18:30", "2026-03-08T20:30", "Asia/Kolkata", granularity=Granularity.HOUR)
    assert job.params()["start_time"] == "2026-03-09T00:00:00+05:30"


def test_bounds_before_a_zone_switch_are_sent_as_moments() -> None:
    """Nobody says in which of the two zones the server would read a date."""
    zone = AccountZone("Asia/Kolkata", at("2020-03-09T18:30"))
    assert spec("a", "2020-03-05T08", "2020-03-07T08", zone).params()["start_time"] == "2020-03-05T00:00:00-08:00"
    assert spec("a", "2020-03-09T18:30", "2020-03-11T18:30", zone).params()["start_time"] == "2020-03-10"


@given(specs())
def test_what_is_sent_means_the_spec_s_bounds(job: JobSpec) -> None:
    """Read back the way the API reads it: dates at the account's midnight, moments by their offset."""
    params = job.params()
    for key, bound in (("start_time", job.start), ("end_time", job.end)):
        text = str(params[key])
        if "T" in text:
            assert datetime.fromisoformat(text.replace("Z", "+00:00")) == bound
        else:
            assert job.zone.day_start(date.fromisoformat(text)) == bound


def test_targets_and_segmentation_are_sent_by_value() -> None:
    """The API takes targeting values; labels are for people."""
    job = spec(
        "a,b",
        "2026-03-01",
        "2026-03-02",
        segmentation_type="METROS",
        country=TargetingValue("9668", "US"),
        platform=TargetingValue("0", "iOS"),
    )
    assert job.params() == {
        "entity": "CAMPAIGN",
        "entity_ids": ["a", "b"],
        "start_time": "2026-03-01",
        "end_time": "2026-03-02",
        "granularity": "DAY",
        "placement": "ALL_ON_TWITTER",
        "metric_groups": ["ENGAGEMENT", "BILLING"],
        "segmentation_type": "METROS",
        "country": "9668",
        "platform": "0",
    }


# --- the vendor's own example -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "sent"),
    [("UTC", ("2019-03-12", "2019-03-20")), ("America/Los_Angeles", ("2019-03-12T00:00:00Z", "2019-03-20T00:00:00Z"))],
)
def test_the_documented_total_is_one_job_over_exactly_its_range(zone: str, sent: tuple[str, str]) -> None:
    """`TOTAL` may start at any whole hour: a moment given with an offset is kept to the hour in every zone."""
    stream = definition("TOTAL", entity="LINE_ITEM", placements=("ALL_ON_TWITTER",), metric_groups=("ENGAGEMENT",))
    bounds = [Bound(date(2019, 3, d), datetime(2019, 3, d, tzinfo=UTC)) for d in (12, 20)]
    buckets = Buckets.of(stream, AccountZone(zone), bounds[0], bounds[1], at("2026-01-01"))
    shape = JobShape("18ce54d4x5t", (("ENGAGEMENT",),))
    active = need("el32n", "2019-03-12T04:00", "2019-03-19T21:00")
    (window,) = plan_windows([active], IntervalSet([buckets.whole]), buckets, shape)
    ((job,),) = (group.specs for group in window.groups)
    assert (job.start, job.end) == (at("2019-03-12"), at("2019-03-20"))
    assert (job.params()["start_time"], job.params()["end_time"]) == sent
    assert job.entity_ids == ("el32n",)
    assert job.buckets() == [at("2019-03-12")]


# --- names --------------------------------------------------------------------------------------------------------


def test_the_digest_of_a_spec_never_changes() -> None:
    """Tickets in states of earlier versions must still find their jobs."""
    assert spec("a,b", "2026-03-01", "2026-03-08").digest() == "41e3a6e6f462c27e"


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "acc2"},
        {"entity": "LINE_ITEM"},
        {"entity_ids": ("a", "c")},
        {"start": at("2026-03-02")},
        {"end": at("2026-03-09")},
        {"granularity": Granularity.HOUR},
        {"placement": "SPOTLIGHT"},
        {"metric_groups": ("ENGAGEMENT",)},
        {"segmentation_type": "GENDER"},
        {"country": TargetingValue("1", "US")},
        {"platform": TargetingValue("1", "Android")},
    ],
)
def test_every_parameter_is_in_the_digest(change: dict[str, object]) -> None:
    """Two jobs under one name would give one of them the other's numbers."""
    whole = spec("a,b", "2026-03-01", "2026-03-08")
    assert replace(whole, **change).digest() != whole.digest()  # type: ignore[arg-type]  # fields by name


def test_a_country_is_not_taken_for_a_platform() -> None:
    """Targeting values of both kinds may be equal."""
    whole = spec("a", "2026-03-01", "2026-03-08")
    assert (
        replace(whole, country=TargetingValue("1", "x")).digest()
        != replace(whole, platform=TargetingValue("1", "x")).digest()
    )


# --- words --------------------------------------------------------------------------------------------------------


def test_a_spec_describes_itself() -> None:
    """Log lines must name who and when."""
    assert str(spec("a", "2026-03-01", "2026-03-08")) == (
        "CAMPAIGN a 2026-03-01T00:00:00Z..2026-03-08T00:00:00Z ALL_ON_TWITTER ENGAGEMENT+BILLING"
    )
    assert "3 ids" in str(spec("a,b,c", "2026-03-01", "2026-03-08"))


def test_a_window_is_named_by_what_it_asks_for() -> None:
    """A window's own bounds may reach into the far future."""
    jobs = (spec("a", "2026-03-01", "2026-03-08"), spec("b", "2026-03-03", "2026-03-09"))
    window = Window(at("2026-01-01"), at("2027-01-01"), tuple(Group((j,)) for j in jobs))
    assert str(window) == "window 2026-03-01T00:00:00Z..2026-03-09T00:00:00Z"
    assert str(Window(at("2026-01-01"), at("2027-01-01"), ())) == "an empty window"
