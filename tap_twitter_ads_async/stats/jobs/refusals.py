"""What it means when the API refuses to create a job, or to name changes. What follows is in `next_step.py`."""

from __future__ import annotations

import re
import typing as t
from enum import Enum

from tap_twitter_ads_async.errors import (
    AccountUnreadable,
    CredentialsRejected,
    NotOffered,
    RequestRefused,
    TooComplex,
    TooManyJobs,
    Unavailable,
)

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.errors import ApiError


class Remedy(Enum):
    """The meaning of a refusal, by what would cure it."""

    WAIT_FOR_SLOT = "the account's slots are taken"
    RETRY = "transient"
    SPLIT = "too heavy"
    SPLIT_IDS = "one of the ids is bad"
    SKIP_PLACEMENT = "this placement is not offered"
    SKIP_METRICS = "at least one of these metric groups is not offered"
    SKIP_STREAM = "this entity type, segmentation or feature is not offered"
    LOSE = "the request itself is wrong"
    LOSE_ACCOUNT = "the account, or one of the ids, cannot be read"
    STOP = "the credentials do not work"


SKIPS = frozenset({Remedy.SKIP_PLACEMENT, Remedy.SKIP_METRICS, Remedy.SKIP_STREAM})
"""What is not offered, whole or in part."""

_BY_TYPE: tuple[tuple[type[ApiError], Remedy], ...] = (
    (TooManyJobs, Remedy.WAIT_FOR_SLOT),
    (TooComplex, Remedy.SPLIT),
    (CredentialsRejected, Remedy.STOP),
    (AccountUnreadable, Remedy.LOSE_ACCOUNT),
    (Unavailable, Remedy.RETRY),
    (NotOffered, Remedy.SKIP_STREAM),
)

# The parameter that the API complains about tells what it does not take. The fact sheet documents no code for a
# value that is no longer offered, only that it is a 400.
_BY_PARAMETER: tuple[tuple[str, Remedy], ...] = (
    ("placement", Remedy.SKIP_PLACEMENT),
    ("metric_groups", Remedy.SKIP_METRICS),
    ("segmentation_type", Remedy.SKIP_STREAM),
    ("entity_ids", Remedy.SPLIT_IDS),
    ("entity", Remedy.SKIP_STREAM),
)
_FAULTS_OF_OURS = frozenset(
    {
        "MISSING_PARAMETER",
        "EXCLUSIVE_PARAMETERS",
        "INCLUSIVE_PARAMETERS",
        "INVALID_TIME_WINDOW",
        "ILLEGAL_CHARACTERS",
        "INVALID_USER",
        "INVALID_USER_ID",
    }
)
"""Codes that say what is wrong with a request, and never that something is not offered."""


def remedy_for(error: ApiError, *, accepted: bool = False) -> Remedy:  # noqa: PLR0911 - a table
    """Tell what a refusal means for what was refused.

    Args:
        error: The refusal.
        accepted: Whether a request of the same stream and account was accepted before: guesses from the words of a
            message end there.
    """
    for cls, remedy in _BY_TYPE:
        if isinstance(error, cls):
            return remedy
    if not isinstance(error, RequestRefused):
        return Remedy.LOSE
    if "INVALID_PLACEMENT_TYPE" in error.codes:
        return Remedy.SKIP_PLACEMENT
    if any(code.endswith("_NOT_FOUND") for code in error.codes):
        return Remedy.SPLIT_IDS
    if error.codes & _FAULTS_OF_OURS:
        return Remedy.LOSE
    if error.parameters:
        return next((remedy for name, remedy in _BY_PARAMETER if name in error.parameters), Remedy.LOSE)
    return Remedy.LOSE if accepted else _by_words(error)


def _by_words(error: ApiError) -> Remedy:
    """Look for the parameter in the message, for answers that leave `parameter` out.

    A name with an underscore is the parameter anywhere in the text; a plain word only after the last `for`.
    """
    words = " ".join(d.message.lower() for d in error.details)
    end = words.split(" for ")[-1]
    for name, remedy in _BY_PARAMETER:
        if ("_" in name and name in words) or re.search(rf"\b{name.replace('_', ' ')}\b", end):
            return remedy
    return Remedy.LOSE
