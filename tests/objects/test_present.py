"""Bookmarks of objects stay behind the API's present, and take nothing from the future."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from tap_twitter_ads_async.domain.intervals import Interval
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.history.bookmark import HistoryBookmark
from tap_twitter_ads_async.objects.history.reading import HistoryReading
from tap_twitter_ads_async.objects.parents import ParentValues

if t.TYPE_CHECKING:
    from tests.support.rig import Rig

    Record = dict[str, t.Any]

FUTURE = "2038-01-19T03:14:07Z"


def ago(minutes: float) -> str:
    """Return a moment so many minutes before now."""
    return f"{datetime.now(timezone.utc) - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


def bookmark(state: Record, stream: str) -> str:
    """Return the bookmark of account `a1`."""
    (partition,) = state["bookmarks"][stream]["partitions"]
    return str(partition["replication_key_value"])


def state_at(value: str, stream: str = "campaigns") -> Record:
    """Return a state with one bookmark."""
    partition = {"context": {"account_id": "a1"}, "replication_key": "updated_at", "replication_key_value": value}
    return {"bookmarks": {stream: {"partitions": [partition]}}}


@pytest.mark.parametrize("stream", ["campaigns", "funding_instruments", "targeting_criteria"])
def test_a_change_that_is_listed_late_is_read_by_the_next_run(rig: Rig, stream: str) -> None:
    """Replicas lag: an older change may appear after a newer one has been read."""
    if stream == "targeting_criteria":
        rig.api.collections["accounts/a1/line_items"] = [{"id": "l1", "updated_at": ago(500)}]
    late = {"id": "late", "updated_at": ago(4), "line_item_id": "l1"}
    seen = [{"id": "new", "updated_at": ago(1), "line_item_id": "l1"}, {"id": "old", "updated_at": ago(300)}]
    rig.api.collections[f"accounts/a1/{stream}"] = seen
    first = rig.sync(stream)
    rig.api.collections[f"accounts/a1/{stream}"].append(late)
    second = rig.sync(stream, state=first.messages.state)
    assert "late" in second.ids(stream)
    assert "old" not in second.ids(stream)


@pytest.mark.parametrize("order", [("line_items", "targeting_criteria"), ("targeting_criteria",)])
def test_children_of_parents_that_came_after_the_parents_were_read_are_read_by_the_next_run(
    rig: Rig, caplog: pytest.LogCaptureFixture, order: tuple[str, ...]
) -> None:
    """In a large account hours lie between the list of line items and their criteria."""
    rig.api.moment = read_at = datetime(2026, 3, 10, 10, tzinfo=timezone.utc)
    line_items, criteria = "accounts/a1/line_items", "accounts/a1/targeting_criteria"
    rig.api.collections |= {
        line_items: [{"id": "l1", "updated_at": "2026-03-09T00:00:00Z"}],
        criteria: [{"id": "old", "line_item_id": "l1", "updated_at": "2026-03-09T00:00:00Z"}],
    }

    def before_the_others_came(params: dict[str, str]) -> tuple[int, t.Any]:
        del rig.api.scripts[line_items]
        answer = rig.api.answer(line_items, params)
        rig.api.moment = read_at + timedelta(hours=2)
        rig.api.collections[line_items].append({"id": "l2", "updated_at": "2026-03-10T10:30:00Z"})
        rig.api.collections[criteria] += [
            {"id": "of-l2", "line_item_id": "l2", "updated_at": "2026-03-10T10:30:00Z"},
            {"id": "of-l1", "line_item_id": "l1", "updated_at": "2026-03-10T11:30:00Z"},
        ]
        return answer

    rig.api.scripts[line_items] = before_the_others_came
    first = rig.sync(*order)
    assert first.ids("targeting_criteria") == ["of-l1", "old"]
    # Ten minutes before the parents were read; real seconds pass between the answers.
    assert bookmark(first.messages.state, "targeting_criteria").startswith("2026-03-10T09:50:")
    assert "line_items" not in order or "lies in the future" not in caplog.text
    rig.api.moment = read_at + timedelta(days=1)
    second = rig.sync(*order, state=first.messages.state)
    assert second.ids("targeting_criteria") == ["of-l1", "of-l2"]
    assert bookmark(second.messages.state, "targeting_criteria") == "2026-03-10T11:30:00Z"


def test_a_history_claims_nothing_after_the_moment_at_which_the_parents_were_read(rig: Rig) -> None:
    """Criteria of line items that came since were not asked for."""
    declared = {endpoint.name: endpoint for endpoint in ENDPOINTS}
    parents = ParentValues((), declared, lambda *_: None)
    parents.remember("a1", declared["line_items"], {"l1": False}, datetime(2026, 3, 10, 10, 5, tzinfo=timezone.utc))
    rig.api.collections["accounts/a1/targeting_criteria"] = []
    _, outcome = rig.start([])
    span = Interval(*(datetime(2026, 3, day, tzinfo=timezone.utc) for day in (1, 12)))
    done = HistoryBookmark()
    assert list(HistoryReading(outcome.run, parents, "a1", span, done).of_type("TARGETING_CRITERIA")) == []
    assert done.parts["TARGETING_CRITERIA"].until == datetime(2026, 3, 10, 9, tzinfo=timezone.utc)


def test_one_object_of_the_future_does_not_stop_the_reading_for_twelve_years(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """It comes first in every list, so that everything after it would look old."""
    rig.api.collections["accounts/a1/campaigns"] = [{"id": "odd", "updated_at": FUTURE}]
    first = rig.sync("campaigns")
    assert bookmark(first.messages.state, "campaigns") <= ago(9)
    assert FUTURE in caplog.text
    rig.api.collections["accounts/a1/campaigns"].append({"id": "new", "updated_at": ago(0)})
    second = rig.sync("campaigns", state=first.messages.state)
    assert sorted(second.ids("campaigns")) == ["new", "odd"]


@pytest.mark.parametrize(("ahead", "ids"), [(30, ["new"]), (60 * 24 * 400, ["new", "old"])])
def test_a_bookmark_of_the_future_is_mended(
    rig: Rig, caplog: pytest.LogCaptureFixture, ahead: int, ids: list[str]
) -> None:
    """A clock that was ahead tells about when the last run was; nothing tells it where the year is wrong."""
    objects = [{"id": "new", "updated_at": ago(2)}, {"id": "old", "updated_at": ago(60 * 24 * 30)}]
    rig.api.collections["accounts/a1/campaigns"] = objects
    outcome = rig.sync("campaigns", state=state_at(ago(-ahead)))
    assert outcome.ids("campaigns") == ids
    assert bookmark(outcome.messages.state, "campaigns") <= ago(9)
    assert "lies in the future" in caplog.text


def test_nothing_new_leaves_a_bookmark_of_the_future_no_longer_there(rig: Rig) -> None:
    """Else it would be mended, with a warning, in every run."""
    rig.api.collections["accounts/a1/campaigns"] = []
    outcome = rig.sync("campaigns", state=state_at(FUTURE))
    assert bookmark(outcome.messages.state, "campaigns") <= ago(9)


@pytest.mark.parametrize("written", [1767268800, "Thu Jan 01 12:00:00 +0000 2026", 1767268800000])
def test_changes_in_other_notations_move_the_bookmark(rig: Rig, written: object) -> None:
    """The bookmark itself is ISO 8601, whatever the API writes."""
    rig.api.collections["accounts/a1/campaigns"] = [{"id": "c1", "updated_at": written}]
    outcome = rig.sync("campaigns")
    assert bookmark(outcome.messages.state, "campaigns") == "2026-01-01T12:00:00Z"
    assert outcome.records("campaigns")[0]["updated_at"] == "2026-01-01T12:00:00Z"
