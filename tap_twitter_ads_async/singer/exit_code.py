"""Exit codes, and which error ends the process with which."""

from __future__ import annotations

from enum import IntEnum

from singer_sdk.exceptions import ConfigValidationError

from tap_twitter_ads_async.errors import (
    AccessRefused,
    AccountUnreadable,
    CatalogError,
    CredentialsRejected,
    SettingsError,
    StateError,
)

SIGNAL_BASE = 128
"""A process that ends because of a signal exits with this and the signal's number, as shells expect it."""


class ExitCode(IntEnum):
    """How a run ended, as orchestrators see it."""

    COMPLETE = 0
    INCOMPLETE = 1
    """Something is missing; running it again makes sense."""
    WRONG_INPUT = 2
    """Settings, catalog or state have to be changed first."""
    ACCESS_REFUSED = 3
    """The credentials, or the access of their user, have to be changed first."""


_BY_KIND: tuple[tuple[tuple[type[Exception], ...], ExitCode], ...] = (
    ((SettingsError, CatalogError, StateError, ConfigValidationError), ExitCode.WRONG_INPUT),
    ((CredentialsRejected, AccessRefused, AccountUnreadable), ExitCode.ACCESS_REFUSED),
)


def exit_code_of(error: Exception) -> ExitCode:
    """Return the exit code of a run that an error ends."""
    return next((code for kinds, code in _BY_KIND if isinstance(error, kinds)), ExitCode.INCOMPLETE)
