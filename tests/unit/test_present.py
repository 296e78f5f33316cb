"""The API's present, and how close to it bookmarks come."""

from __future__ import annotations

import json
import logging
import typing as t
from datetime import timedelta
from email.utils import format_datetime

import pytest

from tap_twitter_ads_async.api.server_clock import ServerClock
from tap_twitter_ads_async.domain.intervals import FAR, Interval
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark, Horizon
from tests.support.clocks import StillClock
from tests.support.moments import at, between
from tests.support.plans import grid_of

WHERE = "stream campaign_stats, account acc1"
NOW = at("2026-03-08T10:20")
Json = dict[str, t.Any]


# --- whose present --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [-3600, -61, -5, 5, 61, 3600 * 24 * 300])
def test_the_present_is_the_server_s(ahead: int) -> None:
    """Changes are recorded by its clock; a bookmark by another one would pass some of them."""
    clock = StillClock(NOW)
    server = ServerClock(clock)
    assert server.now() == NOW
    server.observe(format_datetime(NOW + timedelta(seconds=ahead), usegmt=True))
    clock.wait(30)
    assert server.now() == NOW + timedelta(seconds=30 + ahead)


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Mar 2026 10:20:00 GMT", "0"])
def test_a_date_that_is_none_says_nothing(date: str) -> None:
    """Proxies leave the header out, or spoil it."""
    server = ServerClock(StillClock(NOW))
    server.observe(date)
    assert server.now() == NOW


def test_the_header_s_whole_seconds_are_no_difference(caplog: pytest.LogCaptureFixture) -> None:
    """A clock that is right must not jump about."""
    server = ServerClock(StillClock(NOW + timedelta(milliseconds=900)))
    server.observe(format_datetime(NOW, usegmt=True))
    assert server.now() == NOW + timedelta(milliseconds=900)
    assert not caplog.records


def test_a_clock_that_is_far_off_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Signatures will be refused when it drifts further; in which direction it is off helps to mend it."""
    server = ServerClock(StillClock(NOW))
    for _ in range(3):
        server.observe(format_datetime(NOW - timedelta(seconds=60), usegmt=True))
    (record,) = caplog.records
    assert "60 s ahead of the API's" in record.getMessage()


# --- bookmarks stay behind it ---------------------------------------------------------------------------------------


def _horizon(now: str, zone: str = "UTC", *, has_feed: bool = True, delay: int = 0) -> Horizon:
    buckets = grid_of("2026-01-01", None, now, zone)
    return Horizon.of(buckets, at(now), has_feed=has_feed, delay=timedelta(hours=delay))


@pytest.mark.parametrize(
    ("now", "delay", "done"),
    [
        ("2026-03-08T11:00", 0, "2026-03-08T10"),
        ("2026-03-08T11:09", 0, "2026-03-08T10"),
        ("2026-03-08T11:10", 0, "2026-03-08T11"),
        ("2026-03-08T11:05", 1, "2026-03-08T09"),
        ("2026-03-08T11:50", 12, "2026-03-07T23"),
    ],
)
def test_an_hour_is_closed_ten_minutes_after_its_end(now: str, delay: int, done: str) -> None:
    """The feed may list a change of its last seconds a little late."""
    horizon = _horizon(now, delay=delay)
    assert horizon.done_until == at(done)
    assert horizon.asked_until == at("2026-03-08T12"), "what is there is taken all the same"


def test_a_day_is_closed_ten_minutes_after_midnight() -> None:
    """Also where a look-back of zero days would never come back to it."""
    assert _horizon("2026-03-08T08:05", "America/Los_Angeles", has_feed=False).done_until == at("2026-03-07T08")
    assert _horizon("2026-03-08T08:10", "America/Los_Angeles", has_feed=False).done_until == at("2026-03-08T08")


# --- bookmarks in the future, and between hours ---------------------------------------------------------------------


def _begin(fields: Json, now: str = "2026-03-08T10:20", *, has_feed: bool = True) -> Bookmark:
    bookmark = Bookmark.from_json(json.loads(json.dumps(fields)), WHERE)
    buckets = grid_of("2026-01-01", None, now)
    horizon = Horizon.of(buckets, at(now), has_feed=has_feed, delay=timedelta())
    bookmark.begin(buckets, horizon, has_feed=has_feed, lookback_days=0, definition="d", unending=True)
    return bookmark


def _opened(bookmark: Bookmark) -> list[tuple[Interval, Interval | None]]:
    return [(days, layer.changes) for layer in bookmark.layers for days in layer.days]


COVERS = {"start": "2026-01-01T00:00:00Z", "definition": "d"}


def test_a_bookmark_of_a_clock_that_was_ahead_is_taken_back_to_now(caplog: pytest.LogCaptureFixture) -> None:
    """What was recorded meanwhile would never be asked for."""
    bookmark = _begin({"replication_key_value": "2026-03-08T11:00:00Z", "covers": COVERS})
    assert _opened(bookmark) == [(Interval(at("2026-01-01"), FAR), between("2026-03-08T10", "2026-03-08T11"))]
    assert bookmark.until == at("2026-03-08T10")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "2026-03-08T11:00:00Z lies in the future" in record.getMessage()


@pytest.mark.parametrize("has_feed", [True, False])
def test_a_bookmark_that_no_clock_can_have_told_says_nothing(
    caplog: pytest.LogCaptureFixture,
    has_feed: bool,  # noqa: FBT001 - a case of the test
) -> None:
    """Nobody knows since when it is wrong, so that everything is extracted again; it does not stay there for ever."""
    bookmark = _begin({"replication_key_value": "2038-01-19T03:14:07Z", "covers": COVERS}, has_feed=has_feed)
    expected = between("2026-01-01", "2026-03-08T11") if has_feed else None
    assert _opened(bookmark) == [(Interval(at("2026-01-01"), FAR), expected)]
    assert bookmark.until == (at("2026-03-08T10") if has_feed else at("2026-03-08"))
    assert "the start date" in caplog.text


def test_progress_of_the_future_is_taken_back_as_well() -> None:
    """The bookmark of a run that failed in part is `until`, once its pieces are mended."""
    open_days = [{"start": "2026-02-01", "changes_since": "2026-02-01", "changes_until": "2026-03-08T12:00:00Z"}]
    progress = {"cursor": "2026-02-01T00:00:00Z", "until": "2026-03-08T12:00:00Z", "open": open_days}
    bookmark = _begin({"replication_key_value": "2026-02-01T00:00:00Z", "covers": COVERS, "progress": progress})
    assert bookmark.until == at("2026-03-08T10:10")
    assert _opened(bookmark)[1][1] == between("2026-03-08T10", "2026-03-08T11")


@pytest.mark.parametrize("written", ["2026-02-10T10:15:00Z", "2026-02-10T10:59:59.9+00:00", "2026-02-10T15:45:00+0530"])
def test_the_feed_is_asked_by_whole_hours_whatever_a_person_wrote(written: str) -> None:
    """The API refuses anything else, in every run."""
    (opened,) = _opened(_begin({"replication_key_value": written, "covers": COVERS}))
    assert opened[1] == between("2026-02-10T10", "2026-03-08T11")


def test_stretches_of_the_feed_written_by_hand_are_widened_too() -> None:
    """An entry of `open` may be a person's."""
    progress: Json = {"cursor": "2026-03-08", "until": "2026-03-08"}
    entry = {"start": "2026-02-01", "end": "2026-02-03", "changes_since": "2026-02-01T00:20:00Z"}
    progress["open"] = [entry | {"changes_until": "2026-02-05T00:40:00Z"}]
    bookmark = _begin({"replication_key_value": "2026-03-08", "covers": COVERS, "progress": progress})
    assert _opened(bookmark)[0][1] == between("2026-02-01", "2026-02-05T01")


def test_days_behind_a_bookmark_between_hours_are_asked_for_up_to_it() -> None:
    """An earlier start date opens days with the changes up to the bookmark."""
    covers = {"start": "2026-02-01T00:00:00Z", "definition": "d"}
    opened = _opened(_begin({"replication_key_value": "2026-03-07T10:15:00Z", "covers": covers}))
    assert opened[0] == (between("2026-01-01", "2026-02-01"), between("2026-01-01", "2026-03-07T11"))
