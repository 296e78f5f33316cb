"""What a refusal means for the reading of objects: the run, the stream, the account or one parent."""

from __future__ import annotations

import typing as t
from http import HTTPStatus

from tap_twitter_ads_async.errors import AccountUnreadable, CredentialsRejected, NotOffered, RequestRefused

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.errors import ApiError
    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint

GONE = frozenset({403, HTTPStatus.NOT_FOUND, 410})
"""Statuses by which an API version says that it has no such collection, for this app or user."""
_CLOSED_ACCOUNT_CODES = frozenset({"ACCOUNT_NOT_FOUND"})
_FOREIGN_USER_CODES = frozenset({"INVALID_USER", "INVALID_USER_ID"})


def ends_the_run(endpoint: ObjectEndpoint, error: ApiError) -> bool:
    """Whether no later request can succeed.

    Endpoints in early access refuse an app that they do not know with the code that elsewhere means bad
    credentials.
    """
    return isinstance(error, CredentialsRejected) and not (endpoint.early_access and error.status in GONE)


def means_not_offered(error: ApiError, *, account_was_named: bool, served_before: bool = False) -> bool:
    """Whether a warning is enough.

    It is where the collection does not exist for this account, app or API version, and where an account is
    closed to the user, unless the settings ask for that account by name. Other refusals, above all of wrong
    parameters, are failures: they would lose data in silence.

    Args:
        error: The refusal.
        account_was_named: Whether the settings ask for the account by name.
        served_before: Whether the API has served the collection: the page of a gateway, without a code of the API,
            is then no word on what is offered.
    """
    if served_before and not error.codes:
        return False
    if isinstance(error, AccountUnreadable):
        return not (account_was_named and _closes_the_account(error))
    if isinstance(error, (NotOffered, CredentialsRejected)):
        return True
    return isinstance(error, RequestRefused) and error.status in GONE


def means_nothing_there(endpoint: ObjectEndpoint, error: ApiError) -> bool:
    """Whether this endpoint says "no records" with an error."""
    return endpoint.empty_on_400 and error.status == HTTPStatus.BAD_REQUEST


def concerns_one_parent(error: ApiError) -> bool:
    """Whether a refusal is about the parent or user asked for, rather than about endpoint or request."""
    if isinstance(error, AccountUnreadable):
        return True
    if not isinstance(error, RequestRefused):
        return False
    return error.status == HTTPStatus.NOT_FOUND or bool(error.codes & _FOREIGN_USER_CODES)


def _closes_the_account(error: ApiError) -> bool:
    """Whether the account is closed, rather than one endpoint to a user of little permission."""
    return bool(error.codes & _CLOSED_ACCOUNT_CODES) or any(
        "access to account" in detail.message for detail in error.details
    )
