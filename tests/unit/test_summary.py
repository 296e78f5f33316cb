"""What a person reads at the beginning and at the end of a run."""

from __future__ import annotations

import re

from tap_twitter_ads_async.run.context import Failure
from tap_twitter_ads_async.run.stats import RunStats, StreamStats
from tap_twitter_ads_async.run.summary import accounts_of, opening, resumption, table
from tests.support.clocks import StillClock
from tests.support.moments import at

TALLIES = {
    "account_stats": StreamStats(accounts=12, jobs=8, records=1_234_567, seconds=75.04),
    "campaign_stats_by_gender": StreamStats(accounts=2, jobs=1_200, records=7, seconds=3.4),
    "campaigns": StreamStats(),
}


def test_each_row_tells_all_of_one_stream_by_itself() -> None:
    """People and scripts search a log for one stream's line, far from any header."""
    rows = table(TALLIES, [Failure("campaigns", "a1", "accounts/a1/campaigns", "HTTP 500")], accounts=12)
    found = [
        re.fullmatch(r"Stream (\w+): +accounts (\d+), +jobs (\d+), +records (\d+), +([\d.]+) seconds.*", r)
        for r in rows
    ]
    assert [m.groups() for m in found if m] == [
        ("account_stats", "12", "8", "1234567", "75.0"),
        ("campaign_stats_by_gender", "2", "1200", "7", "3.4"),
        ("campaigns", "0", "0", "0", "0.0"),
    ]
    assert rows[2].endswith("0.0 seconds, failed 1")
    assert "failed" not in rows[0]


def test_the_columns_stand_below_each_other() -> None:
    """That is what makes it a table."""
    rows = table(TALLIES, [], accounts=12)
    for label in ("accounts ", " jobs ", " records "):
        assert len({row.index(label) for row in rows}) == 1


def test_the_last_row_adds_up() -> None:
    """How much came, and how long it took, without a calculator."""
    rows = table(TALLIES, [Failure("campaigns", "a1", "x", "y")], accounts=12)
    assert (
        re.sub(" +", " ", rows[-1]) == "All 3 streams: accounts 12, jobs 1208, records 1234574, 78.4 seconds, failed 1"
    )


def test_a_run_without_streams_has_no_table() -> None:
    """There is nothing to add up."""
    assert table({}, [], accounts=1) == []


def test_streams_are_counted_while_they_are_written() -> None:
    """Progress lines and the table read the same figures."""
    clock = StillClock(at("2026-03-01T00"))
    stats = RunStats(clock)
    stats.expect(["a", "b"])
    with stats.writing("a"):
        assert (stats.current, stats.done) == ("a", 0)
        stats.of("a").records += 5
        clock.wait(3.0)
    assert (stats.current, stats.done, stats.records, stats.of("a").seconds) == ("", 1, 5, 3.0)
    assert list(stats.streams) == ["a", "b"]


def test_a_state_tells_which_accounts_it_knows() -> None:
    """Of the streams at hand; what has no account is none."""
    parts = [{"context": {"account_id": "b"}}, {"context": {"account_id": "a"}}, {"context": {}}, {}]
    state = {"bookmarks": {"campaigns": {"partitions": parts}, "x": {"partitions": [parts[0]]}, "cards": {}}}
    assert accounts_of(state, ["campaigns", "cards"]) == ["a", "b"]
    assert accounts_of({}, ["campaigns"]) == []


def test_the_first_line_says_what_will_be_extracted() -> None:
    """Wrong accounts, streams or days are seen before hours have been spent on them."""
    assert opening(["a1", "a2"], ["campaigns"], "2026-01-01", None) == (
        "Extracting 2 accounts (a1, a2) and 1 stream (campaigns) from 2026-01-01 on"
    )
    many = opening([f"a{n}" for n in range(150)], ["campaigns"], "2026-01-01", "2026-02-01")
    assert "150 accounts (a0, a1, " in many
    assert ", a11 and 138 more)" in many
    assert many.endswith("from 2026-01-01 on up to 2026-02-01 (exclusive)")


def test_a_first_run_is_told_from_one_that_goes_on() -> None:
    """A state that did not arrive costs a full extraction: that must be seen at once."""
    assert resumption({}, ["campaigns"]) == "No bookmark yet: everything is extracted"
    state = {
        "bookmarks": {
            "campaign_stats": {
                "partitions": [
                    {"context": {"account_id": "a1"}, "replication_key_value": "2026-03-02T10:00:00Z"},
                    {"context": {"account_id": "a2"}, "jobs": {"x": "1", "y": "2"}},
                ]
            },
            "campaigns": {"partitions": [{"replication_key_value": "2026-03-01T10:00:00Z"}]},
            "line_items": {"partitions": [{"replication_key_value": "2020-01-01T00:00:00Z"}]},
        }
    }
    assert resumption(state, ["campaign_stats", "campaigns", "cards"]) == (
        "Going on from the state: 2 of 3 streams have a bookmark; the oldest is 2026-03-01T10:00:00Z of campaigns; "
        "2 jobs of the last run may still be collected"
    )
