"""One stream in one account: what is open, whom to ask for, and the windows that follow."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.intervals import FAR, Interval, IntervalSet
from tap_twitter_ads_async.errors import NotOffered, RequestRefused, Unavailable
from tap_twitter_ads_async.settings.model import Granularity
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark
from tap_twitter_ads_async.stats.plan.layer import Layer
from tap_twitter_ads_async.stats.plan.tickets import Ticket
from tests.support.fakes import FakeApi, extraction
from tests.support.moments import at, between
from tests.support.plans import TWITTER, definition
from tests.support.settings import settings

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.plan.spec import JobSpec, Window

NOW = at("2026-03-08T10:20")
LA = {"id": "acc1", "timezone": "America/Los_Angeles", "timezone_switch_at": None}
ROW = {
    "entity_id": "c1",
    "activity_start_time": "2026-02-27T13:05:09Z",
    "activity_end_time": "2026-02-28T09:30:00Z",
    "placements": [TWITTER],
}


def _jobs(windows: list[Window]) -> list[JobSpec]:
    return [spec for w in windows for g in w.groups for spec in g.specs]


def _begun(work: Extraction, now: datetime = NOW) -> Extraction:
    work.begin(now)
    return work


def _finished(work: Extraction) -> Extraction:
    """Run to the end, and return the next run's work as its state makes it."""
    for window in work.plan():
        work.bookmark.commit(window.layer, Interval(window.start, window.end), [])
    work.bookmark.finish()
    return work


# --- types with a change feed -------------------------------------------------------------------------------------


def test_who_changed_is_asked_for_over_the_days_of_the_change() -> None:
    """Days of the account: thirteen o'clock UTC is the morning of that day in Los Angeles."""
    api = FakeApi(feed_rows=[ROW])
    windows = _begun(extraction(api, account=LA)).plan()
    (job,) = _jobs(windows)
    assert (job.account_id, job.entity_ids, job.placement) == ("acc1", ("c1",), TWITTER)
    assert (job.start, job.end) == (at("2026-02-27T08"), at("2026-03-01T08"))
    assert api.asked == [
        ("active_entities", "acc1", "CAMPAIGN", "2026-01-01T08:00:00Z", "2026-03-08T11:00:00Z"),
        # Which earlier days were corrected within the open hour: no job of that hour answers for them.
        ("active_entities", "acc1", "CAMPAIGN", "2026-03-08T10:00:00Z", "2026-03-08T11:00:00Z"),
    ]
    assert windows[-1].end == FAR


def test_placements_that_the_stream_does_not_ask_for_make_no_job() -> None:
    """The feed tells of all placements; the user may have chosen some."""
    rows = [{**ROW, "placements": ["TREND"]}, {**ROW, "entity_id": "c2", "placements": ["TREND", TWITTER]}]
    jobs = _jobs(_begun(extraction(FakeApi(feed_rows=rows))).plan())
    assert [(j.entity_ids, j.placement) for j in jobs] == [(("c2",), TWITTER)]


def test_metric_groups_that_must_be_asked_for_apart_are() -> None:
    """The analytics reference wants mobile conversions in jobs of their own."""
    stream = definition(metric_groups=("ENGAGEMENT", "BILLING", "WEB_CONVERSION", "MOBILE_CONVERSION"))
    jobs = _jobs(_begun(extraction(FakeApi(feed_rows=[ROW]), stream)).plan())
    assert [j.metric_groups for j in jobs] == [("ENGAGEMENT", "BILLING"), ("WEB_CONVERSION",), ("MOBILE_CONVERSION",)]


def test_a_second_run_with_nothing_new_asks_the_feed_and_nothing_else() -> None:
    """Nothing changed means no job."""
    api = FakeApi(feed_rows=[ROW])
    first = _finished(_begun(extraction(api)))
    api.feed_rows.clear()
    state = Bookmark.from_json(first.bookmark.to_json(), "s")
    second = _begun(extraction(api, bookmark=state), at("2026-03-08T12:20"))
    assert _jobs(second.plan()) == []
    assert api.asked[-1][3:] == ("2026-03-08T10:00:00Z", "2026-03-08T13:00:00Z")


def test_segmented_streams_look_back_over_their_delay() -> None:
    """Segmented data may be an hour late."""
    api = FakeApi()
    state = Bookmark.from_json(
        _finished(_begun(extraction(api, definition(segmentation_type="GENDER")))).bookmark.to_json(), "s"
    )
    assert state.cursor == at("2026-03-08T09")


def test_an_open_layer_asks_with_its_own_stretch_of_the_feed() -> None:
    """What an earlier run left open is told by the changes of then."""
    api = FakeApi(feed_rows=[ROW])
    piece = Layer(
        IntervalSet([between("2026-02-27", "2026-02-28")]), between("2026-01-01", "2026-03-01T11"), ("c1",), (TWITTER,)
    )
    bookmark = Bookmark(at("2026-01-01"), at("2026-03-01T10"), Interval(at("2026-01-01"), FAR), "", [piece])
    windows = _begun(extraction(api, bookmark=bookmark)).plan()
    assert [(w.layer, w.start, w.end) for w in windows if w.layer == 0] == [(0, at("2026-02-27"), at("2026-02-28"))]
    stretches = {asked[3:] for asked in api.asked}
    assert stretches == {
        ("2026-01-01T00:00:00Z", "2026-03-01T11:00:00Z"),
        ("2026-03-01T10:00:00Z", "2026-03-08T11:00:00Z"),
    }


def test_a_restricted_layer_asks_for_its_entities_and_placements_only() -> None:
    """One bad entity must not bring the whole window back."""
    rows = [{**ROW, "placements": [TWITTER, "PUBLISHER_NETWORK"]}, {**ROW, "entity_id": "c2"}]
    piece = Layer(
        IntervalSet([between("2026-02-27", "2026-03-01")]), between("2026-01-01", "2026-03-01T11"), ("c1",), (TWITTER,)
    )
    bookmark = Bookmark(at("2026-01-01"), at("2026-03-08T11"), Interval(at("2026-01-01"), FAR), "", [piece])
    windows = [w for w in _begun(extraction(FakeApi(feed_rows=rows), bookmark=bookmark)).plan() if w.layer == 0]
    assert [(j.entity_ids, j.placement) for j in _jobs(windows)] == [(("c1",), TWITTER)]


def test_days_opened_by_hand_without_a_stretch_of_the_feed_ask_for_campaigns() -> None:
    """A person who adds days to the state knows nothing of change feeds; ids of other things make no sense."""
    api = FakeApi(feed_rows=[ROW], creative_rows=[{"id": "creative"}])
    piece = Layer(IntervalSet([between("2026-02-27", "2026-03-01")]))
    bookmark = Bookmark(at("2026-03-08T10"), at("2026-03-08T10"), Interval(at("2026-01-01"), FAR), "", [piece])
    ids = {i for j in _jobs(_begun(extraction(api, bookmark=bookmark)).plan()) for i in j.entity_ids}
    assert ids <= {"c1"}
    assert ("media_creatives", "acc1") not in api.asked


def test_an_earlier_start_asks_for_the_days_before_it() -> None:
    """The longer history alone, not everything again."""
    api = FakeApi(
        feed_rows=[
            ROW,
            {
                **ROW,
                "entity_id": "old",
                "activity_start_time": "2026-01-05T10:00:00Z",
                "activity_end_time": "2026-01-05T11:00:00Z",
            },
        ]
    )
    first = _finished(_begun(extraction(api, run_settings=settings("2026-02-01"))))
    state = Bookmark.from_json(first.bookmark.to_json(), "s")
    api.feed_rows[0]["activity_start_time"] = api.feed_rows[0]["activity_end_time"] = "2026-02-28T09:30:00Z"
    windows = _begun(extraction(api, bookmark=state, run_settings=settings("2026-01-01"))).plan()
    moved = [w for w in windows if w.layer == 0]
    assert [j.entity_ids for j in _jobs(moved)] == [("old",)]
    assert (moved[0].start, moved[-1].end) == (at("2026-01-01"), at("2026-02-01"))


# --- types without one --------------------------------------------------------------------------------------------


def _everyone(entity: str, **fields: t.Any) -> StatsDefinition:
    return definition(entity=entity, metric_groups=("ENGAGEMENT",), placements=(TWITTER,), **fields)


def test_the_account_is_asked_for_every_day() -> None:
    """No feed tells whether it changed."""
    api = FakeApi()
    jobs = _jobs(_begun(extraction(api, _everyone("ACCOUNT"), LA)).plan())
    assert {j.entity_ids for j in jobs} == {("acc1",)}
    assert (jobs[0].start, jobs[-1].end) == (at("2026-01-01T08"), at("2026-03-09T07"))
    assert [b.end for b in jobs[:-1]] == [b.start for b in jobs[1:]]
    assert api.asked == []


def test_tweets_are_listed_and_asked_for_once_each() -> None:
    """Listings repeat tweets when new ones push them over a page's edge."""
    rows: list[dict[str, t.Any]] = [
        {"tweet_id": "t1", "id": 9},
        {"id_str": "t2"},
        {"id": 3},
        {"tweet_id": "t1"},
        {"name": "no id"},
    ]
    jobs = _jobs(_begun(extraction(FakeApi(tweet_rows=rows), _everyone("ORGANIC_TWEET"))).plan())
    assert {i for j in jobs for i in j.entity_ids} == {"t1", "t2", "3"}


def test_without_entities_there_are_no_jobs_but_the_days_are_done() -> None:
    """An account without tweets must not stay open for ever."""
    work = _begun(extraction(FakeApi(), _everyone("ORGANIC_TWEET")))
    windows = work.plan()
    assert _jobs(windows) == []
    assert windows[-1].end == FAR


def test_the_look_back_asks_again_for_the_days_before_the_bookmark() -> None:
    """Numbers are adjusted for days after the event."""
    stream = _everyone("ACCOUNT", lookback_days=3)
    state = Bookmark.from_json(_finished(_begun(extraction(FakeApi(), stream))).bookmark.to_json(), "s")
    jobs = _jobs(_begun(extraction(FakeApi(), stream, bookmark=state), at("2026-03-09T10")).plan())
    assert [(j.start, j.end) for j in jobs] == [(at("2026-03-05"), at("2026-03-10"))]


@pytest.mark.parametrize("error", [RequestRefused("GET", status=400), NotOffered("GET", status=404)])
def test_a_historic_type_that_the_feed_no_longer_takes_asks_for_everyone(error: RequestRefused | NotOffered) -> None:
    """Over the days to which changes of that stretch can apply: billing is adjusted for fourteen days."""
    api = FakeApi(feed_error=error, creative_rows=[{"id": "m1"}, {"id": "m2"}])
    state = Bookmark.from_json({"replication_key_value": "2026-03-05T00:00:00Z"}, "s")
    jobs = _jobs(_begun(extraction(api, _everyone("MEDIA_CREATIVE"), bookmark=state)).plan())
    assert [(j.entity_ids, j.start, j.end) for j in jobs] == [(("m1", "m2"), at("2026-02-19"), at("2026-03-09"))]


@pytest.mark.parametrize("entity", ["CAMPAIGN", "LINE_ITEM"])
def test_a_present_type_whose_feed_is_refused_is_an_error(entity: str) -> None:
    """Asking for everyone would hide that something is wrong, at a price."""
    api = FakeApi(feed_error=RequestRefused("GET", status=400))
    with pytest.raises(RequestRefused):
        _begun(extraction(api, _everyone(entity))).plan()


def test_a_feed_that_is_down_is_an_error_for_historic_types_too() -> None:
    """It will be there again; the bookmark must not move past it."""
    api = FakeApi(feed_error=Unavailable("GET", status=503), creative_rows=[{"id": "m1"}])
    with pytest.raises(Unavailable):
        _begun(extraction(api, _everyone("MEDIA_CREATIVE"))).plan()


# --- the definition -----------------------------------------------------------------------------------------------


def _digest(stream: StatsDefinition, start: str = "2026-01-01") -> str:
    return _begun(extraction(stream=stream, run_settings=settings(start))).bookmark.definition


@pytest.mark.parametrize(
    "change",
    [
        {"granularity": Granularity.HOUR},
        {"segmentation_type": "GENDER"},
        {"entity": "LINE_ITEM"},
        {"metric_groups": ("ENGAGEMENT",)},
        {"placements": (TWITTER,)},
        {"country_codes": ("US",)},
        {"platforms": ("iOS",)},
    ],
)
def test_what_shapes_the_records_is_in_the_definition(change: dict[str, t.Any]) -> None:
    """Old progress says nothing about records of another shape."""
    assert _digest(replace(definition(), **change)) != _digest(definition())


@pytest.mark.parametrize(
    "change",
    [
        {"placements": ("PUBLISHER_NETWORK", TWITTER)},
        {"window_days": 7},
        {"lookback_days": 3},
    ],
)
def test_what_does_not_shape_them_is_not(change: dict[str, t.Any]) -> None:
    """A smaller window must not cost a full resync."""
    assert _digest(replace(definition(), **change)) == _digest(definition())
    assert _digest(definition(), "2026-02-01") == _digest(definition())


def test_total_buckets_hang_on_their_grid() -> None:
    """Another start or length makes other buckets, under other keys."""
    total = definition("TOTAL")
    assert _digest(total, "2026-02-01") != _digest(total)
    assert _digest(replace(total, window_days=7)) != _digest(total)


TICKETS = {"0d5b9e6f6c7a8b91": Ticket("77")}


def test_jobs_of_an_earlier_run_are_handed_on() -> None:
    """The engine takes them up instead of paying twice."""
    opened = Layer(IntervalSet([Interval(at("2026-02-01"), FAR)]), between("2026-01-01", "2026-03-08T10"))
    bookmark = Bookmark(at("2026-01-01"), at("2026-03-08T09"), layers=[opened], tickets=TICKETS)
    assert _begun(extraction(bookmark=bookmark)).inherited_jobs == TICKETS


@pytest.mark.parametrize(
    ("now", "jobs"),
    [
        ("2026-03-08T12", TICKETS),
        ("2026-03-09T12", {}),
    ],
)
def test_without_a_feed_jobs_are_taken_up_on_the_same_day_only(now: str, jobs: dict[str, Ticket]) -> None:
    """A job made while its last day was open lacks the rest of that day, and no feed tells that more came."""
    opened = Layer(IntervalSet([Interval(at("2026-02-01"), FAR)]))
    bookmark = Bookmark(at("2026-01-01"), at("2026-03-08"), layers=[opened], tickets=TICKETS)
    assert _begun(extraction(stream=_everyone("ACCOUNT"), bookmark=bookmark), at(now)).inherited_jobs == jobs


def test_a_stream_and_account_are_named() -> None:
    """Every message about it starts with these words."""
    assert str(extraction()) == "stream campaign_stats, account acc1"


@pytest.mark.parametrize("restricted", [False, True])
def test_a_placement_that_nobody_knows_is_asked_for_if_all_are(
    restricted: bool,  # noqa: FBT001 - a case
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The API adds placements; figures of one that is dropped in silence would be missed by nobody."""
    placement = f"NEW_{restricted}".upper()
    stream = definition(placements=(TWITTER,) if restricted else tuple(rules.PLACEMENTS))
    rows = [{**ROW, "placements": [TWITTER, placement]}, {**ROW, "entity_id": "c9", "placements": [placement]}]
    jobs = _jobs(_begun(extraction(FakeApi(feed_rows=rows), stream)).plan())
    assert {j.placement for j in jobs} == ({TWITTER} if restricted else {TWITTER, placement})
    assert len([r for r in caplog.records if placement in r.message]) == 1
