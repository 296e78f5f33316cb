"""Newest first, stop at the bookmark, lose nothing."""

from __future__ import annotations

import itertools
import typing as t

import pytest

if t.TYPE_CHECKING:
    from tests.support.rig import Rig

    Record = dict[str, t.Any]


def campaign(number: int, updated: str, **more: t.Any) -> Record:
    """Make a campaign."""
    return {"id": f"c{number}", "name": f"Campaign {number}", "updated_at": updated, "deleted": False, **more}


def days(first: int, last: int) -> list[Record]:
    """Make one campaign per day of January."""
    return [campaign(d, f"2026-01-{d:02d}T12:00:00Z") for d in range(first, last + 1)]


def bookmark(state: Record, stream: str = "campaigns", account: str = "a1") -> t.Any:
    """Return an account's bookmark."""
    partitions = state["bookmarks"][stream]["partitions"]
    found = next(p for p in partitions if p["context"] == {"account_id": account})
    return found.get("replication_key_value")


def test_a_first_run_reads_everything_whatever_the_start_date(rig: Rig) -> None:
    """Metrics need the names of campaigns that last changed years before the first day extracted."""
    rig.api.collections["accounts/a1/campaigns"] = [campaign(1, "2019-05-05T00:00:00Z"), *days(1, 5)]
    rig.settings["page_size"] = 2
    outcome = rig.sync("campaigns", start_date="2026-01-01")
    assert sorted(outcome.ids("campaigns")) == ["c1", "c1", "c2", "c3", "c4", "c5"]
    assert {r["account_id"] for r in outcome.records("campaigns")} == {"a1"}
    assert bookmark(outcome.messages.state) == "2026-01-05T12:00:00Z"


def test_a_second_run_reads_only_the_pages_that_hold_changes(rig: Rig) -> None:
    """This is what makes a daily run of a large account cheap."""
    rig.api.collections["accounts/a1/campaigns"] = days(1, 28)
    rig.settings["page_size"] = 5
    first = rig.sync("campaigns")
    rig.api.collections["accounts/a1/campaigns"][3]["updated_at"] = "2026-02-01T00:00:00Z"
    rig.api.asked.clear()
    second = rig.sync("campaigns", state=first.messages.state)
    assert second.ids("campaigns") == ["c4", "c28"]
    assert len(rig.api.paths("accounts/a1/campaigns")) == 1
    assert bookmark(second.messages.state) == "2026-02-01T00:00:00Z"


def test_records_of_the_bookmarks_own_second_come_again(rig: Rig) -> None:
    """Two objects may change in one second, and only one of them before the last run came by."""
    moment = "2026-01-09T12:00:00Z"
    rig.api.collections["accounts/a1/campaigns"] = [campaign(1, moment)]
    first = rig.sync("campaigns")
    rig.api.collections["accounts/a1/campaigns"].append(campaign(2, moment))
    second = rig.sync("campaigns", state=first.messages.state)
    assert sorted(second.ids("campaigns")) == ["c1", "c2"]


def test_an_api_that_does_not_sort_is_read_to_the_end(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Stopping early would lose changes for ever, because the bookmark moves past them."""
    rig.api.sorts = False
    rig.settings["page_size"] = 3
    order = [9, 2, 8, 1, 3, 7]
    rig.api.collections["accounts/a1/campaigns"] = [campaign(d, f"2026-01-{d:02d}T12:00:00Z") for d in order]
    state = state_at("2026-01-05")
    outcome = rig.sync("campaigns", state=state)
    assert outcome.ids("campaigns") == ["c9", "c8", "c7"]
    assert bookmark(outcome.messages.state) == "2026-01-09T12:00:00Z"
    assert sum("does not sort" in r.getMessage() for r in caplog.records) == 1


def state_at(value: str, stream: str = "campaigns", account: str = "a1") -> Record:
    """Return a state with one bookmark."""
    partition = {
        "context": {"account_id": account},
        "replication_key": "updated_at",
        "replication_key_value": value,
    }
    return {"bookmarks": {stream: {"partitions": [partition]}}}


def test_a_bookmark_may_be_edited_to_a_bare_date(rig: Rig) -> None:
    """People set a date back by hand to extract again from there."""
    rig.api.collections["accounts/a1/campaigns"] = days(1, 9)
    outcome = rig.sync("campaigns", state=state_at("2026-01-07"))
    assert outcome.ids("campaigns") == ["c9", "c8", "c7"]


def test_a_bare_date_begins_with_the_accounts_day(rig: Rig) -> None:
    """What changed in the first hours of that day is yesterday's in UTC."""
    (account,) = rig.api.collections["accounts"]
    account["timezone"] = "Asia/Kolkata"
    rig.api.collections["accounts/a1/campaigns"] = [
        campaign(n, f"2026-01-06T{hour}:00Z") for n, hour in ((3, "20:00"), (2, "18:30"), (1, "18:29"))
    ]
    assert rig.sync("campaigns", state=state_at("2026-01-07")).ids("campaigns") == ["c3", "c2"]
    assert rig.sync("campaigns", state=state_at("2026-01-07T00:00:00Z")).ids("campaigns") == []


def test_records_without_a_time_do_not_end_the_reading(rig: Rig) -> None:
    """A null in one record says nothing about the records after it."""
    rig.api.sorts = False
    rig.api.collections["accounts/a1/campaigns"] = [
        *reversed(days(7, 9)),
        campaign(1, ""),
        *reversed(days(2, 6)),
    ]
    rig.settings["page_size"] = 1
    outcome = rig.sync("campaigns", state=state_at("2026-01-05"))
    assert outcome.ids("campaigns") == ["c9", "c8", "c7", "c1", "c6", "c5"]


def test_a_failing_page_leaves_the_accounts_bookmark_and_spares_the_others(rig: Rig) -> None:
    """What has been emitted is emitted again; what has not is not claimed."""
    rig.accounts("a1", "a2")
    rig.api.collections["accounts/a2/campaigns"] = days(1, 3)
    full = days(1, 4)[::-1]

    def fails_on_page_two(params: dict[str, str]) -> tuple[int, t.Any]:
        if "cursor" in params:
            return 503, {"errors": [{"code": "OVER_CAPACITY", "message": "later"}]}
        return 200, {"data": full[:2], "next_cursor": "2"}

    rig.api.scripts["accounts/a1/campaigns"] = fails_on_page_two
    outcome = rig.sync("campaigns", state=state_at("2026-01-01"))
    state = outcome.messages.state
    assert bookmark(state) == "2026-01-01"
    assert bookmark(state, account="a2") == "2026-01-03T12:00:00Z"
    assert [r["account_id"] for r in outcome.records("campaigns")] == ["a1", "a1", "a2", "a2", "a2"]
    assert len(outcome.failures) == 1
    assert "OVER_CAPACITY" in outcome.failures[0]


REFUSALS = {
    "another version's": (404, {"errors": [{"code": "ROUTE_NOT_FOUND"}]}),
    "a record's": (404, {"errors": [{"code": "TWEET_NOT_FOUND"}]}),
    "the account's": (404, {"errors": [{"code": "NOT_FOUND"}]}),
    "the user's": (403, {"errors": [{"code": "ACTION_NOT_ALLOWED"}]}),
    "the promotable user's": (400, {"errors": [{"code": "INVALID_USER_ID", "parameter": "user_id"}]}),
    "a feature's": (400, {"errors": [{"code": "FEATURE_NOT_AVAILABLE"}]}),
    "a quirk's": (400, {"errors": [{"code": "INVALID", "parameter": "line_item_ids"}]}),
    "a gateway's": (404, "<html>Not here</html>"),
    "a dead end": (410, {}),
}
"""Answers that mean, in place of the first page, that there is nothing to have."""
EARLY = "lead_forms"
REFUSALS_OF_EARLY_ACCESS = {"the app's": (403, {"errors": [{"code": "UNAUTHORIZED_CLIENT_APPLICATION"}]})}
"""Elsewhere it ends the run."""


@pytest.mark.parametrize(
    ("stream", "refusal"),
    [
        *itertools.product(["campaigns", "promoted_accounts", "draft_tweets", EARLY], REFUSALS),
        *itertools.product([EARLY], REFUSALS_OF_EARLY_ACCESS),
    ],
)
def test_no_refusal_of_a_later_page_means_that_there_is_no_more(rig: Rig, stream: str, refusal: str) -> None:
    """Half the objects and an exit code of zero would be a loss that nobody notices."""
    refused = (REFUSALS | REFUSALS_OF_EARLY_ACCESS)[refusal]
    rig.accounts("a1", "a2")
    rig.settings["page_size"] = 2
    for account in ("a1", "a2"):
        rig.api.collections[f"accounts/{account}/promotable_users"] = [{"id": "p", "user_id": "11"}]
        rig.api.collections[f"accounts/{account}/{stream}"] = days(1, 5)
    first_page = {"data": days(4, 5)[::-1], "next_cursor": "2"}
    rig.api.scripts[f"accounts/a1/{stream}"] = lambda p: refused if "cursor" in p else (200, first_page)
    broken = rig.sync(stream)
    assert broken.ids(stream) == ["c5", "c4", *(r["id"] for r in broken.records(stream) if r["account_id"] == "a2")]
    assert [f.split(",")[1] for f in broken.failures] == [" account a1"]
    del rig.api.scripts[f"accounts/a1/{stream}"]
    whole = rig.sync(stream, state=broken.messages.state)
    assert {r["id"] for r in whole.records(stream) if r["account_id"] == "a1"} == {"c1", "c2", "c3", "c4", "c5"}


def test_no_refusal_of_a_later_chunk_means_that_there_is_no_more(rig: Rig) -> None:
    """The line items of the first request have criteria, so that the endpoint is there."""
    rig.api.collections["accounts/a1/line_items"] = [{"id": f"l{n}"} for n in range(201)]

    def answer(params: dict[str, str]) -> tuple[int, t.Any]:
        last = "l200" in params["line_item_ids"].split(",")
        return REFUSALS["another version's"] if last else (200, {"data": [campaign(1, "2026-01-01T00:00:00Z")]})

    rig.api.scripts["accounts/a1/targeting_criteria"] = answer
    outcome = rig.sync("targeting_criteria")
    assert len(outcome.failures) == 1
    assert bookmark(outcome.messages.state, "targeting_criteria") is None


def test_children_of_parents_of_which_a_page_is_refused_are_a_failure(rig: Rig) -> None:
    """Whoever does not know all line items does not know their criteria."""
    page = {"data": [{"id": "l1"}], "next_cursor": "2"}
    rig.api.scripts["accounts/a1/line_items"] = lambda p: REFUSALS["the user's"] if "cursor" in p else (200, page)
    rig.api.collections["accounts/a1/targeting_criteria"] = days(1, 2)
    assert len(rig.sync("targeting_criteria").failures) == 1


def test_a_list_whose_order_is_not_relied_on_is_read_to_the_end(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Others read `media_creatives` without order; what changed may stand behind what did not."""
    rig.settings["page_size"] = 1
    collection = [campaign(d, f"2026-01-{d:02d}T12:00:00Z") for d in (8, 3, 9, 2)]
    rig.api.collections["accounts/a1/media_creatives"] = collection
    rig.api.sorts = False
    outcome = rig.sync("media_creatives", state=state_at("2026-01-05", "media_creatives"))
    assert outcome.ids("media_creatives") == ["c8", "c9"]
    assert bookmark(outcome.messages.state, "media_creatives") == "2026-01-09T12:00:00Z"
    assert not any("sort_by" in asked.params for asked in rig.api.paths("accounts/a1/media_creatives"))
    assert "does not sort" not in caplog.text, "expected, and no news"


def test_an_api_that_refuses_to_sort_is_read_without_order(rig: Rig) -> None:
    """Which endpoints sort is documented for some of them only."""
    records = [campaign(2, "2026-01-02T00:00:00Z"), campaign(9, "2026-01-09T00:00:00Z")]

    def answer(params: dict[str, str]) -> tuple[int, t.Any]:
        if "sort_by" in params:
            return 400, {"errors": [{"code": "INVALID_PARAMETER", "message": "no", "parameter": "sort_by"}]}
        page = int(params.get("cursor", "0"))
        return 200, {"data": records[page : page + 1], "next_cursor": "1" if page == 0 else None}

    rig.api.scripts["accounts/a1/campaigns"] = answer
    outcome = rig.sync("campaigns", state=state_at("2026-01-05"))
    assert outcome.ids("campaigns") == ["c9"]
    assert outcome.failures == []
    assert bookmark(outcome.messages.state) == "2026-01-09T00:00:00Z"


@pytest.mark.parametrize("circle", [1, 3])
def test_cursors_that_go_round_end_in_a_named_failure(rig: Rig, circle: int) -> None:
    """A run that follows them writes the same records for ever."""
    asked: list[int] = []

    def around(params: dict[str, str]) -> tuple[int, t.Any]:
        page = int(params.get("cursor", "0"))
        asked.append(page)
        following = str((page + 1) % circle) if len(asked) < 20 else None
        return 200, {"data": [{"id": str(page)}], "next_cursor": following}

    rig.api.scripts["accounts/a1/campaigns"] = around
    (failure,) = rig.sync("campaigns").failures
    assert "came twice" in failure
    assert len(asked) <= circle + 1


@pytest.mark.parametrize("answer", ["<html>Not here</html>", {}, [], {"errors": []}], ids=str)
@pytest.mark.parametrize("status", [404, 410])
def test_a_page_in_the_place_of_an_answer_is_no_word_on_what_is_offered(rig: Rig, status: int, answer: t.Any) -> None:
    """Where the API served a collection before, a gateway's 404 is a failure, and the bookmark stays."""
    rig.api.scripts["accounts/a1/campaigns"] = lambda _: (status, answer)
    assert rig.sync("campaigns").failures == [], "never served: that is how an API version says what it lacks"
    del rig.api.scripts["accounts/a1/campaigns"]
    rig.api.collections["accounts/a1/campaigns"] = days(1, 5)
    state = rig.sync("campaigns").messages.state
    rig.api.scripts["accounts/a1/campaigns"] = lambda _: (status, answer)
    outcome = rig.sync("campaigns", state=state)
    assert len(outcome.failures) == 1
    assert bookmark(outcome.messages.state) == bookmark(state)
    rig.api.scripts["accounts/a1/campaigns"] = lambda _: (status, {"errors": [{"code": "ROUTE_NOT_FOUND"}]})
    assert rig.sync("campaigns", state=state).failures == [], "said by the API itself"


def test_a_list_of_accounts_that_refuses_to_sort_is_read_without_order(rig: Rig) -> None:
    """Every run without `account_ids` begins with this list, so a refused order would cost all streams."""

    def answer(params: dict[str, str]) -> tuple[int, t.Any]:
        if "sort_by" in params:
            return 400, {"errors": [{"code": "INVALID_PARAMETER", "message": "no", "parameter": "sort_by"}]}
        return 200, {"data": rig.api.collections["accounts"]}

    rig.api.scripts["accounts"] = answer
    outcome = rig.sync("accounts")
    assert outcome.failures == []
    assert outcome.ids("accounts") == ["a1"]
