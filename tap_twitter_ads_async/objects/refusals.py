"""What a refusal means for the reading of objects: the run, the stream, the account or one parent."""

from __future__ import annotations

import typing as t
from enum import Enum, auto
from http import HTTPStatus

from tap_twitter_ads_async.errors import (
    AccountUnreadable,
    CredentialsRejected,
    NotOffered,
    RequestRefused,
    Unavailable,
)

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.errors import ApiError
    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint

GONE = frozenset({403, HTTPStatus.NOT_FOUND, 410})
"""Statuses by which an API version says that it has no such collection, for this app or user."""
_CLOSED_ACCOUNT_CODES = frozenset({"ACCOUNT_NOT_FOUND"})
_FOREIGN_USER_CODES = frozenset({"INVALID_USER", "INVALID_USER_ID"})


class OneParent(Enum):
    """What a refusal says about the one parent or user that was asked for.

    Attributes:
        GONE: The API does not know it any more: there is nothing to ask for.
        CLOSED: The API does not show it to this user, and may do so later.
        UNANSWERED: Something answered that is not the API, so that nothing is known.
    """

    GONE = auto()
    CLOSED = auto()
    UNANSWERED = auto()


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
    if served_before and not _is_the_apis_own(error):
        return False
    if isinstance(error, AccountUnreadable):
        return not (account_was_named and _closes_the_account(error))
    if isinstance(error, (NotOffered, CredentialsRejected)):
        return True
    return isinstance(error, RequestRefused) and error.status in GONE


def after_an_answer(endpoint: ObjectEndpoint, error: ApiError) -> ApiError:
    """Return what a refusal is worth once the API has served a part of the collection in this run.

    It is then no word on what the API offers: the rest exists, and would be lost in silence.

    Args:
        endpoint: The collection's declaration.
        error: The refusal of a later page or request.
    """
    if ends_the_run(endpoint, error):
        return error
    return Unavailable(error.what, status=error.status, details=error.details, retry_after=error.retry_after)


def means_nothing_there(endpoint: ObjectEndpoint, error: ApiError) -> bool:
    """Whether this endpoint says "no records" with an error, in place of the first page.

    The tap never sends the parameter, so that a complaint about it can only be that. Any other 400 is a failure.
    """
    return error.status == HTTPStatus.BAD_REQUEST and endpoint.empty_on_400_about in error.parameters


def of_one_parent(error: ApiError) -> OneParent | None:
    """Return what a refusal says about the parent or user asked for, None where it is about endpoint or request."""
    if isinstance(error, AccountUnreadable):
        # An API that refuses the account, with a 404 as well, does not say that the parent is gone.
        gone = error.status == HTTPStatus.NOT_FOUND and not _closes_the_account(error)
        return OneParent.GONE if gone else OneParent.CLOSED
    if not isinstance(error, RequestRefused):
        return None
    if error.status == HTTPStatus.NOT_FOUND:
        return OneParent.GONE if _is_the_apis_own(error) else OneParent.UNANSWERED
    return OneParent.CLOSED if error.codes & _FOREIGN_USER_CODES else None


def _is_the_apis_own(error: ApiError) -> bool:
    """Whether the API itself refused, rather than a gateway on the way.

    Assumption: the codes of the Ads API are words, as in its documentation; numbers are those of other services of X.
    """
    return any(code[:1].isalpha() for code in error.codes)


def _closes_the_account(error: ApiError) -> bool:
    """Whether the account is closed, rather than one endpoint to a user of little permission."""
    return bool(error.codes & _CLOSED_ACCOUNT_CODES) or any(
        "access to account" in detail.message for detail in error.details
    )
