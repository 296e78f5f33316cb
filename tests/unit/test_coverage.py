"""What a state says of each day, against moments worked out by hand and against bookmarks as runs leave them."""

from __future__ import annotations

import typing as t
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.commands.coverage import DayStatus, coverage, coverages
from tap_twitter_ads_async.commands.status import status_text
from tap_twitter_ads_async.domain.calendar import AccountZone, stamp
from tests.support.moments import at

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.commands.coverage import Coverage

Json = dict[str, t.Any]
NOW = at("2026-03-20T10:20")
FINISHED: Json = {
    "context": {"account_id": "acc1"},
    "version": 1,
    "replication_key": "end_time",
    "replication_key_value": "2026-03-20T10:00:00Z",
    "covers": {"start": "2026-03-01T08:00:00Z", "definition": "d1", "timezone": "America/Los_Angeles"},
}


def interrupted(*entries: Json, cursor: str = "2026-03-01T08:00:00Z", **progress: t.Any) -> Json:
    """Return the partition of a run that was cut off."""
    until = "2026-03-20T10:00:00Z"
    return FINISHED | {
        "replication_key_value": cursor,
        "progress": {"cursor": cursor, "until": until, "open": list(entries), **progress},
    }


def opened(start: str, end: str | None = None, since: str = "2026-03-01T08:00:00Z", **fields: t.Any) -> Json:
    """Return an entry of `progress.open`."""
    bounds = {"start": start} | ({"end": end} if end else {})
    return bounds | {"changes_since": since, "changes_until": "2026-03-20T11:00:00Z"} | fields


def read(partition: Json) -> Coverage:
    """Read a partition."""
    return coverage("campaign_stats", partition, NOW)


def days(found: Coverage, status: DayStatus) -> list[int]:
    """Return the days of March that have a status."""
    return [day.day for day, known in found.days.items() if known is status]


def test_days_grow_final_by_the_age_at_which_they_were_extracted() -> None:
    """24 hours, 3 days and 14 days after its end, by the API's table of finality."""
    found = read(FINISHED)
    assert list(found.days) == [date(2026, 3, 1) + timedelta(days=n) for n in range(20)]
    # Day 20 is under way: 03:20 in Los Angeles. Day 19 ended on the 20th at 07:00 UTC, three hours before.
    assert days(found, DayStatus.WITHIN_24_HOURS) == [19, 20]
    assert days(found, DayStatus.WITHIN_3_DAYS) == [17, 18]
    assert days(found, DayStatus.WITHIN_14_DAYS) == list(range(6, 17))
    assert days(found, DayStatus.FINAL) == [1, 2, 3, 4, 5]


def test_days_after_the_last_run_are_open() -> None:
    """A pipeline that stopped a week ago must not look complete."""
    old = FINISHED | {"replication_key_value": "2026-03-12T10:00:00Z"}
    found = read(old)
    assert days(found, DayStatus.OPEN) == list(range(13, 21))
    assert days(found, DayStatus.WITHIN_24_HOURS) == [11, 12]


def test_what_a_first_run_did_not_reach_is_open() -> None:
    """The rest of an interrupted extraction."""
    found = read(interrupted(opened("2026-03-10T07:00:00Z")))
    assert days(found, DayStatus.OPEN) == list(range(10, 21))
    assert days(found, DayStatus.FINAL) == [1, 2, 3, 4, 5]


def test_an_interrupted_later_run_does_not_make_extracted_days_open() -> None:
    """It looks for late changes of all days; what earlier runs have brought stays extracted, as of then."""
    found = read(
        interrupted(opened("2026-03-01T08:00:00Z", since="2026-03-16T09:00:00Z"), cursor="2026-03-16T09:00:00Z")
    )
    assert days(found, DayStatus.OPEN) == [17, 18, 19, 20]
    assert days(found, DayStatus.WITHIN_24_HOURS) == [15, 16]
    assert days(found, DayStatus.FINAL) == [1]


def test_without_a_change_feed_the_bookmark_tells_the_days_of_before_from_those_of_now() -> None:
    """An interrupted look-back of an account's own metrics."""
    entry = {"start": "2026-03-08T08:00:00Z"}
    found = read(interrupted(entry, cursor="2026-03-15T07:00:00Z"))
    assert days(found, DayStatus.OPEN) == list(range(15, 21))
    assert DayStatus.OPEN not in {found.days[date(2026, 3, n)] for n in range(1, 15)}


def test_failed_pieces_and_failed_windows_are_told_from_open_days() -> None:
    """Both are open for the next run; only one of them needs somebody to look."""
    piece = opened("2026-03-03T08:00:00Z", "2026-03-04T08:00:00Z", entity_ids=["c1"], placements=["TREND"])
    window = opened("2026-03-11T07:00:00Z", "2026-03-13T07:00:00Z")
    failed = [{"start": "2026-03-11T07:00:00Z", "end": "2026-03-13T07:00:00Z"}]
    found = read(interrupted(piece, window, opened("2026-03-18T07:00:00Z"), failed=failed))
    assert days(found, DayStatus.FAILED) == [3, 11, 12]
    assert days(found, DayStatus.OPEN) == [18, 19, 20]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo", "Etc/UTC", "Pacific/Auckland"])
def test_a_state_that_names_no_zone_counts_the_days_by_its_bounds(zone: str) -> None:
    """States from before the name was written, or written by hand; clocks may have changed meanwhile."""
    calendar = AccountZone(zone)
    start = calendar.day_start(date(2026, 3, 1))
    end = calendar.day_start(date(2026, 3, 12))
    covers = {"start": stamp(start), "definition": "d1"}
    partition = interrupted(opened(stamp(end), since=stamp(start)), cursor=stamp(start)) | {"covers": covers}
    named = partition | {"covers": covers | {"timezone": zone}}
    assert days(read(partition), DayStatus.OPEN) == days(read(named), DayStatus.OPEN) != []


def test_object_streams_and_bare_bookmarks_have_no_days() -> None:
    """Their bookmark is all that is known."""
    state = {
        "bookmarks": {
            "campaigns": {
                "partitions": [{"context": {"account_id": "acc1"}, "replication_key_value": "2026-02-24T07:21:50Z"}]
            },
            "iab_categories": {},
            "campaign_stats": {"partitions": [FINISHED]},
        }
    }
    found = coverages(state, NOW)
    assert [(c.stream, c.account, c.extracted_to, bool(c.days)) for c in found] == [
        ("campaigns", "acc1", "2026-02-24T07:21:50Z", False),
        ("campaign_stats", "acc1", "2026-03-20T10:00:00Z", True),
    ]


def test_the_table_counts_every_day_once() -> None:
    """A person reads the sums."""
    piece = opened("2026-03-03T08:00:00Z", "2026-03-04T08:00:00Z", entity_ids=["c1"])
    state = {"bookmarks": {"campaign_stats": {"partitions": [interrupted(piece, opened("2026-03-18T07:00:00Z"))]}}}
    _, row, *_ = status_text(coverages(state, NOW)).splitlines()
    assert row.split() == [
        *("campaign_stats", "acc1", "2026-03-01", "2026-03-01T08:00:00Z"),
        *("4", "11", "1", "0", "3", "1", "0"),
    ]


def test_an_empty_state_says_so() -> None:
    """Nothing at all looks like a broken command."""
    assert "nothing has been extracted" in status_text(coverages({}, NOW))


@given(cut=st.integers(0, 20), looked_at=st.integers(0, 20 * 24), hole=st.tuples(st.integers(0, 19), st.integers(1, 5)))
def test_every_day_has_one_status_and_open_days_are_never_called_extracted(
    cut: int, looked_at: int, hole: tuple[int, int]
) -> None:
    """Whatever a person or a run leaves in the state."""
    zone = AccountZone("America/Los_Angeles")
    first = zone.day_start(date(2026, 3, 1))
    since = first + timedelta(hours=looked_at)
    entries = [
        opened(stamp(zone.add_days(first, cut)), since=stamp(first)),
        opened(stamp(zone.add_days(first, hole[0])), stamp(zone.add_days(first, sum(hole))), since=stamp(since)),
    ]
    found = read(interrupted(*entries))
    assert len(found.days) == 20
    assert sum(found.count(status) for status in DayStatus) == 20
    assert {day.day for day in found.days if day.day > cut} <= set(days(found, DayStatus.OPEN))
