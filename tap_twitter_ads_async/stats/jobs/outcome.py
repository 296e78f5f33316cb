"""What can come of an attempt to have a spec answered. Values: what follows from them is decided in `next_step.py`."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.stats.records.window_result import SpooledFile


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file that answers all of the spec."""

    file: SpooledFile


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A file that does not answer for some of the ids asked for; see `records/answers.py`."""

    file: SpooledFile
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Malformed:
    """A file, or a job, that is none of this spec, or cannot be read."""

    words: str


@dataclass(frozen=True, slots=True)
class NoFile:
    """A job that ended well, and whose file could not be had.

    Attributes:
        words: What happened.
        never: Whether another job's file could not be had either.
        broken: Whether a file began to come; a smaller one may come whole.
    """

    words: str
    never: bool = False
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A job that the API reports as failed or cancelled."""

    words: str


@dataclass(frozen=True, slots=True)
class Hung:
    """A job that took too long and was given up."""

    words: str


@dataclass(frozen=True, slots=True)
class Vanished:
    """A job that the API does not list any more, or that does not serve."""

    words: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No job: the API refused to create one, or did not answer."""

    error: Exception


Outcome = Delivered | Incomplete | Malformed | NoFile | Failed | Hung | Vanished | Refused
