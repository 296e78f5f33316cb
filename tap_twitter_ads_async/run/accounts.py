"""Reading the accounts: the token's list, or those that the settings name, each by a request of its own.

The API allows five readings of the *list* of accounts per token in 15 minutes, for everybody who uses the token; a
single account is counted apart, and generously. So runs that name their accounts can start by the hundred.
"""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tap_twitter_ads_async.domain.calendar import read_moment
from tap_twitter_ads_async.errors import (
    AccessRefused,
    AccountUnreadable,
    ApiError,
    CredentialsRejected,
    NotOffered,
    RequestRefused,
    Unavailable,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_twitter_ads_async.api.client import AdsApi

    Account = dict[str, t.Any]

AT_ONCE = 8
"""Readings side by side; it is hundreds of accounts that would take minutes one after the other."""


@dataclass(frozen=True, slots=True)
class AccountList:
    """The token's list of accounts, as far as it can be understood.

    Attributes:
        records: Each account once, by id.
        nameless: Number of rows that name no account.
    """

    records: list[Account]
    nameless: int = 0

    @classmethod
    def of(cls, rows: Iterable[Account], *, with_deleted: bool) -> AccountList:
        """Understand the rows of the list.

        Everything else of a run goes by the account's id, and takes it to be there, and to be there once. Where an
        account comes twice, what changed last is true; where that is unknown, what came first.

        Args:
            rows: Rows as the API sends them.
            with_deleted: Whether deleted accounts are wanted; an API that ignores the parameter sends them anyhow.
        """
        known: dict[str, Account] = {}
        nameless = 0
        for row in rows:
            if not _names_an_account(row):
                nameless += 1
                continue
            account_id = str(row["id"])
            known[account_id] = _newer(known.get(account_id, row), row)
        records = [known[account_id] for account_id in sorted(known)]
        return cls([r for r in records if with_deleted or not r.get("deleted")], nameless)


def _names_an_account(row: Account) -> bool:
    """Whether a row has an id; ids are texts, and a number is taken for one in another dress."""
    account_id = row.get("id")
    return bool(account_id) and isinstance(account_id, (str, int)) and not isinstance(account_id, bool)


def _newer(one: Account, other: Account) -> Account:
    changed, changed_too = read_moment(one.get("updated_at")), read_moment(other.get("updated_at"))
    return other if changed is not None and changed_too is not None and changed_too > changed else one


@dataclass(slots=True)
class NamedAccounts:
    """What came of reading the named accounts.

    Attributes:
        found: The accounts, in the order of the names.
        unanswered: Accounts that the API did not serve this time, however often it was asked.
    """

    found: list[Account] = field(default_factory=list)
    unanswered: dict[str, Unavailable] = field(default_factory=dict)


def read_named(api: AdsApi, account_ids: Sequence[str], *, with_deleted: bool) -> NamedAccounts:
    """Read accounts by their ids.

    Args:
        api: Where to read.
        account_ids: Ids from the settings.
        with_deleted: Whether deleted accounts may be read.

    Raises:
        AccessRefused: The token cannot read some of them; all of those are named.
        CredentialsRejected: The token may not use the API at all.
        Unavailable: The API served none of them.
        NotOffered: This API has no reading of single accounts; the list has to do.
        ApiError: A refusal that is no word on access.
    """

    def read(account_id: str) -> Account | ApiError | None:
        try:
            return api.account(account_id, with_deleted=with_deleted)
        except ApiError as error:
            return error

    with ThreadPoolExecutor(max(1, min(AT_ONCE, len(account_ids))), "accounts") as pool:
        answers = dict(zip(account_ids, pool.map(read, account_ids), strict=True))
    return judge(answers)


def judge(answers: Mapping[str, Account | ApiError | None]) -> NamedAccounts:
    """Sort the answers; see `read_named` for what is raised.

    Args:
        answers: The account, the refusal, or None where the API answered without that account; by id, in order.
    """
    result = NamedAccounts()
    refused: dict[str, ApiError | None] = {}
    for account_id, answer in answers.items():
        if isinstance(answer, (CredentialsRejected, NotOffered)):
            raise answer
        if isinstance(answer, Unavailable):
            result.unanswered[account_id] = answer
        elif answer is None or isinstance(answer, (AccountUnreadable, RequestRefused)):
            refused[account_id] = answer
        elif isinstance(answer, ApiError):
            raise answer
        else:
            result.found.append(answer)
    if refused:
        raise AccessRefused(_words(refused))
    if result.unanswered and not result.found:
        raise next(iter(result.unanswered.values()))
    return result


def _words(refused: dict[str, ApiError | None]) -> str:
    error = next((error for error in refused.values() if error is not None), None)
    said = f" ({error})" if error is not None else ""
    return (
        f"The token cannot read the accounts {', '.join(refused)} of setting 'account_ids'{said}. Remove those ids, or "
        "ask the owner of the accounts to give this user access; tap-twitter-ads-async --accounts lists what the token "
        "can read."
    )
