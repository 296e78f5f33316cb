"""From status and code to what the caller should do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.errors import (
    RETRIED_STATUSES,
    AccountUnreadable,
    ApiError,
    ApiErrorDetail,
    CredentialsRejected,
    NotOffered,
    RequestRefused,
    TooComplex,
    TooManyJobs,
    Unavailable,
    error_class,
)


@pytest.mark.parametrize(
    ("status", "code", "cls"),
    [
        (400, "INVALID_PARAMETER", RequestRefused),
        (400, "TOO_MANY_JOBS", TooManyJobs),
        (429, "TOO_MANY_JOBS", TooManyJobs),
        (400, "REQUEST_TOO_COMPLEX", TooComplex),
        (401, "UNAUTHORIZED_ACCESS", CredentialsRejected),
        (401, "", CredentialsRejected),
        (403, "UNAUTHORIZED_CLIENT_APPLICATION", CredentialsRejected),
        (403, "", Unavailable),
        (403, "WHO_KNOWS", Unavailable),
        (403, "ACTION_NOT_ALLOWED", AccountUnreadable),
        (403, "FEATURE_NOT_AVAILABLE", NotOffered),
        (404, "ROUTE_NOT_FOUND", NotOffered),
        (404, "ACCOUNT_NOT_FOUND", AccountUnreadable),
        (404, "NOT_FOUND", AccountUnreadable),
        (404, "CAMPAIGN_NOT_FOUND", RequestRefused),
        (404, "", RequestRefused),
        (408, "", Unavailable),
        (423, "", Unavailable),
        (429, "TOO_MANY_REQUESTS", Unavailable),
        (500, "INTERNAL_ERROR", Unavailable),
        (503, "SERVICE_UNAVAILABLE", Unavailable),
        (599, "", Unavailable),
    ],
)
def test_status_and_code_tell_what_to_do(status: int, code: str, cls: type[ApiError]) -> None:
    """A wrong class either loses data or hammers the API."""
    assert error_class(status, frozenset({code} - {""})) is cls


@given(st.integers(400, 599))
def test_server_errors_and_limits_are_tried_again_and_nothing_else_is(status: int) -> None:
    """Without a code only the status speaks; a bare 403 comes from something in between."""
    assert (error_class(status, frozenset()) is Unavailable) == (status >= 500 or status in {*RETRIED_STATUSES, 403})


def test_an_error_says_what_the_api_said() -> None:
    """These words end up in front of the user."""
    details = [ApiErrorDetail("INVALID_PARAMETER", "no such thing", "placement"), ApiErrorDetail("", "")]
    error = RequestRefused("POST stats/jobs", status=400, details=details)
    assert str(error) == (
        "POST stats/jobs: HTTP 400, INVALID_PARAMETER (placement): no such thing; no code: no message"
    )
    assert str(Unavailable("GET accounts", outcome_unknown=True)) == "GET accounts: no answer"
    assert set(error.codes) == {"INVALID_PARAMETER", ""}
    assert set(error.parameters) == {"placement"}
