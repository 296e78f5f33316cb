"""What the rows of the list of accounts mean."""

from __future__ import annotations

import typing as t

import pytest

from tap_twitter_ads_async.run.accounts import AccountList

Row = dict[str, t.Any]


def account(account_id: object, name: str = "", **more: object) -> Row:
    """Return a row of the list."""
    return {"id": account_id, "name": name, **more}


@pytest.mark.parametrize(
    "row",
    [
        {"name": "x"},
        account(None),
        account(""),
        account(True),
        account(["a1"]),
        account({"id": "a1"}),
        {"value": "a1"},
        {},
    ],
)
def test_rows_that_name_no_account_are_counted_and_nothing_else(row: Row) -> None:
    """An account `None` would be asked for, and its refusal would look like an account that closed."""
    found = AccountList.of([account("a1"), row, account("a2")], with_deleted=True)
    assert ([r["id"] for r in found.records], found.nameless) == (["a1", "a2"], 1)


def test_an_id_may_be_a_number() -> None:
    """The same id in another dress."""
    found = AccountList.of([account(17), account("17")], with_deleted=True)
    assert (len(found.records), found.nameless) == (1, 0)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ({"updated_at": "2026-01-01T00:00:00Z"}, {"updated_at": "2026-01-02T00:00:00Z"}, "second"),
        ({"updated_at": "2026-01-02T00:00:00Z"}, {"updated_at": "2026-01-01T00:00:00Z"}, "first"),
        ({"updated_at": "2026-01-01T00:00:00Z"}, {"updated_at": "2026-01-01T00:00:00Z"}, "first"),
        ({"updated_at": "2026-01-01T00:00:00Z"}, {}, "first"),
        ({}, {"updated_at": "soon"}, "first"),
    ],
)
def test_an_account_that_comes_twice_is_one(first: Row, second: Row, kept: str) -> None:
    """It changed while the list was read; what changed last is true."""
    rows = [account("a1", "first", **first), account("a0"), account("a1", "second", **second)]
    found = AccountList.of(rows, with_deleted=True)
    assert [r["id"] for r in found.records] == ["a0", "a1"]
    assert (found.records[1]["name"], found.nameless) == (kept, 0)


def test_deleted_accounts_are_in_the_list_only_where_they_are_wanted() -> None:
    """An API that does not know the parameter sends them all the same."""
    rows = [account("a1"), account("a2", deleted=True)]
    assert [r["id"] for r in AccountList.of(rows, with_deleted=True).records] == ["a1", "a2"]
    assert [r["id"] for r in AccountList.of(rows, with_deleted=False).records] == ["a1"]
