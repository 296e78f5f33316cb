"""What to do when the API refuses to create a job."""

from __future__ import annotations

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
    """The answer to a refusal."""

    WAIT_FOR_SLOT = "the account's slots are taken: put it back, no attempt spent"
    RETRY = "transient: try again, later in smaller pieces"
    SPLIT = "too heavy, or one of the ids is bad: ask for less"
    SKIP_PLACEMENT = "this placement is not offered: warn, leave it out"
    SKIP_METRICS = "these metric groups are not offered: warn, leave them out"
    SKIP_STREAM = "this entity type, segmentation or feature is not offered: warn, leave the stream out"
    LOSE = "the request itself is wrong: report it, go on with the others"
    LOSE_ACCOUNT = "the account cannot be read"
    STOP = "the credentials do not work"


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
    ("entity_ids", Remedy.SPLIT),
    ("entity", Remedy.SKIP_STREAM),
)


def remedy_for(error: ApiError) -> Remedy:
    """Decide what a refusal means for the job that was refused."""
    for cls, remedy in _BY_TYPE:
        if isinstance(error, cls):
            return remedy
    if not isinstance(error, RequestRefused):
        return Remedy.LOSE
    if "INVALID_PLACEMENT_TYPE" in error.codes:
        return Remedy.SKIP_PLACEMENT
    for parameter, remedy in _BY_PARAMETER:
        if parameter in error.parameters:
            return remedy
    if any(code.endswith("_NOT_FOUND") for code in error.codes):
        return Remedy.SPLIT
    return _by_words(error)


def _by_words(error: ApiError) -> Remedy:
    """Look for the parameter in the message, for answers that leave `parameter` out."""
    words = " ".join(d.message.lower() for d in error.details)
    for parameter, remedy in _BY_PARAMETER:
        if parameter in words or parameter.replace("_", " ") in words.split(" for ")[-1]:
            return remedy
    return Remedy.LOSE
