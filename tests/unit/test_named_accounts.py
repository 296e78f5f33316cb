"""What comes of reading named accounts one by one."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from tap_twitter_ads_async.errors import AccessRefused, AccountUnreadable, ApiError, CredentialsRejected, Unavailable
from tap_twitter_ads_async.run.accounts import read_named
from tests.support.fakes import FakeApi


@dataclass
class Api(FakeApi):
    """An API that has every account, but answers some with errors or with nothing."""

    refusals: dict[str, ApiError | None] = field(default_factory=dict)

    @override
    def account(self, account_id: str, *, with_deleted: bool) -> dict[str, t.Any] | None:
        answer = self.refusals.get(account_id, {"id": account_id})
        if isinstance(answer, ApiError):
            raise answer
        return t.cast("dict[str, t.Any] | None", answer)


CLOSED = AccountUnreadable("GET accounts/b", status=403)
DOWN = Unavailable("GET accounts/b", status=503)


def test_accounts_come_in_the_order_of_the_setting() -> None:
    """They are read side by side; records must not depend on who answers first."""
    ids = [f"a{number}" for number in range(40)]
    assert [account["id"] for account in read_named(Api(), ids, with_deleted=True).found] == ids


def test_an_outage_of_one_account_leaves_the_others() -> None:
    """Hundreds of accounts must not wait for one."""
    named = read_named(Api(refusals={"b": DOWN}), ["a", "b", "c"], with_deleted=True)
    assert ([account["id"] for account in named.found], named.unanswered) == (["a", "c"], {"b": DOWN})


def test_an_outage_of_all_is_an_error() -> None:
    """A run without any account would look like a good one."""
    with pytest.raises(Unavailable):
        read_named(Api(refusals={"a": DOWN, "b": DOWN}), ["a", "b"], with_deleted=True)


@pytest.mark.parametrize("answer", [CLOSED, None])
def test_all_that_cannot_be_read_are_named_together(answer: ApiError | None) -> None:
    """One message, not one per run."""
    with pytest.raises(AccessRefused, match="accounts b, d of setting 'account_ids'"):
        read_named(Api(refusals={"b": answer, "d": answer, "c": DOWN}), ["a", "b", "c", "d"], with_deleted=True)


def test_rejected_credentials_say_more_than_closed_accounts() -> None:
    """With a wrong token every account seems closed."""
    refusals: dict[str, ApiError | None] = {"a": CLOSED, "b": CredentialsRejected("GET accounts/b", status=401)}
    with pytest.raises(CredentialsRejected):
        read_named(Api(refusals=refusals), ["a", "b"], with_deleted=True)
