"""Exceptions, named by what the caller should do about them.

```
Terminated                 a signal asked the run to end: no error, and nobody who handles errors may stop it
OutputFailed               nobody reads the messages any more: end the run; likewise nobody may stop it
TapError
├── SettingsError          the user must change a setting
├── CatalogError           the user must change the catalog or the selection
├── StateError             the user must correct or drop the state
├── ZoneUnreadable         leave out the account's stats, go on with its objects and the other accounts
├── AccessRefused          stop the run: the token cannot read accounts that the settings name, or any at all
├── SpoolError             stop the run: results cannot be kept on disk
└── ApiError               the API answered with an error (or did not answer)
    ├── CredentialsRejected   stop the run
    ├── AccountUnreadable     give up this account, go on with the others
    ├── NotOffered            warn once, skip the feature
    │   └── ListNotOffered    the same, for a list that a segmentation needs
    ├── TooManyJobs           wait for a free job slot
    ├── TooComplex            ask for less
    ├── RequestRefused        any other 4xx: the request itself is wrong
    └── Unavailable           transient: retried already, try again later
```

The mapping from status and code follows the API's error table.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from http import HTTPStatus

from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Sequence

RETRIED_STATUSES = frozenset({408, 423, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Statuses worth another try: time-outs, locks, limits and server faults."""

_APP_LEVEL_CODES = frozenset(
    {
        "UNAUTHORIZED_CLIENT_APPLICATION",
        "READONLY_CLIENT_APPLICATION",
        "CURRENT_USER_SUSPENDED",
        "ACCOUNT_LOCKED_OUT",
        "UNAUTHORIZED_ACCESS",
    },
)
_NOT_OFFERED_CODES = frozenset({"FEATURE_NOT_AVAILABLE", "ROUTE_NOT_FOUND", "METHOD_NOT_ALLOWED"})
_ACCOUNT_CODES = frozenset(
    {
        "ACCOUNT_NOT_FOUND",
        "ACTION_NOT_ALLOWED",
        "FUNDING_INSTRUMENT_ACCESS_NOT_ALLOWED",
        "NOT_FOUND",
        "USER_NOT_FOUND",
    }
)


class TapError(Exception):
    """Base of every error that this tap raises on purpose."""


class SettingsError(TapError):
    """A setting is wrong; the message says which, why, and what is allowed."""


class CatalogError(TapError):
    """The catalog cannot be obeyed, or selects nothing; the message says what to change."""


class StateError(TapError):
    """The state handed to the tap cannot be understood; the message says what to correct."""


class ZoneUnreadable(TapError):
    """An account's calendar is unknown; the message says why."""


class AccessRefused(TapError):
    """The token cannot read accounts that the settings name, or any at all; the message says what to change."""


class SpoolError(TapError):
    """Results cannot be kept on disk; the message says where, and what to do."""


class Terminated(BaseException):
    """SIGTERM or SIGINT arrived; raised only where a STATE line may be written."""


class OutputFailed(BaseException):
    """Messages cannot be written any more: the target died, or the disk that stdout goes to is full."""


@dataclass(frozen=True, slots=True)
class ApiErrorDetail:
    """One entry of the API's `errors` array.

    Attributes:
        code: The API's code, such as `INVALID_PARAMETER`; empty where it sent none.
        message: The API's words.
        parameter: Name of the offending parameter, if given.
    """

    code: str
    message: str
    parameter: str = ""

    @override
    def __str__(self) -> str:
        """Return `CODE (parameter): message`."""
        where = f" ({self.parameter})" if self.parameter else ""
        return f"{self.code or 'no code'}{where}: {self.message or 'no message'}"


class ApiError(TapError):
    """The API refused a request or could not be reached.

    Attributes:
        what: The request.
        status: HTTP status, 0 where no answer arrived.
        details: The entries of the API's error envelope, maybe empty.
        retry_after: Seconds the API asked to wait before the next try, None if it did not say.
    """

    def __init__(
        self,
        what: str,
        *,
        status: int = 0,
        details: Sequence[ApiErrorDetail] = (),
        retry_after: float | None = None,
    ) -> None:
        self.what = what
        self.status = status
        self.details = tuple(details)
        self.retry_after = retry_after
        words = "; ".join(str(d) for d in self.details)
        super().__init__(f"{what}: {f'HTTP {status}' if status else 'no answer'}{f', {words}' if words else ''}")

    @property
    def codes(self) -> frozenset[str]:
        """The API's error codes."""
        return frozenset(d.code for d in self.details)

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters that the API complained about."""
        return frozenset(d.parameter for d in self.details if d.parameter)


class CredentialsRejected(ApiError):
    """The token or the app may not use the API at all."""


class AccountUnreadable(ApiError):
    """This token cannot read this account."""


class NotOffered(ApiError):
    """This account or API version does not offer what was asked for."""


class ListNotOffered(NotOffered):
    """A list of countries or platforms, which a segmentation needs, is not offered."""


class TooManyJobs(ApiError):
    """All concurrent-job slots of the account are taken: back-pressure, not a failure."""


class TooComplex(ApiError):
    """The request is too heavy; ask for fewer ids, groups or days."""


class RequestRefused(ApiError):
    """The request itself is wrong; sending it again cannot help."""


class Unavailable(ApiError):
    """The API did not serve the request this time, whatever the number of tries.

    Attributes:
        outcome_unknown: True where the server may have carried the request out all the same.
    """

    def __init__(
        self,
        what: str,
        *,
        status: int = 0,
        details: Sequence[ApiErrorDetail] = (),
        retry_after: float | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(what, status=status, details=details, retry_after=retry_after)
        self.outcome_unknown = outcome_unknown


def error_class(status: int, codes: frozenset[str]) -> type[ApiError]:
    """Return the exception type for an HTTP status and the API's codes."""
    by_code: tuple[tuple[frozenset[str], type[ApiError]], ...] = (
        (frozenset({"TOO_MANY_JOBS"}), TooManyJobs),
        (frozenset({"REQUEST_TOO_COMPLEX"}), TooComplex),
        (_NOT_OFFERED_CODES, NotOffered),
        (_APP_LEVEL_CODES, CredentialsRejected),
    )
    for known, cls in by_code:
        if codes & known:
            return cls
    if status == HTTPStatus.UNAUTHORIZED:
        return CredentialsRejected
    if status in RETRIED_STATUSES or status >= 500:  # noqa: PLR2004 - the class of server errors
        return Unavailable
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND} and codes & _ACCOUNT_CODES:
        return AccountUnreadable
    # A 403 without a code that the API documents comes from something in between, and says nothing of the account.
    return Unavailable if status == HTTPStatus.FORBIDDEN else RequestRefused
