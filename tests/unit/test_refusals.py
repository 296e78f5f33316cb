"""What a refusal of a job means."""

from __future__ import annotations

import pytest

from tap_twitter_ads_async.errors import (
    AccountUnreadable,
    ApiError,
    ApiErrorDetail,
    CredentialsRejected,
    NotOffered,
    RequestRefused,
    TooComplex,
    TooManyJobs,
    Unavailable,
)
from tap_twitter_ads_async.stats.jobs.refusals import Remedy, remedy_for


def _error(cls: type[ApiError], code: str = "INVALID_PARAMETER", message: str = "no", parameter: str = "") -> ApiError:
    return cls("POST job", status=400, details=[ApiErrorDetail(code, message, parameter)])


@pytest.mark.parametrize(
    ("cls", "remedy"),
    [
        (TooManyJobs, Remedy.WAIT_FOR_SLOT),
        (TooComplex, Remedy.SPLIT),
        (CredentialsRejected, Remedy.STOP),
        (AccountUnreadable, Remedy.LOSE_ACCOUNT),
        (Unavailable, Remedy.RETRY),
        (NotOffered, Remedy.SKIP_STREAM),
        (RequestRefused, Remedy.LOSE),
        (ApiError, Remedy.LOSE),
    ],
)
def test_each_kind_of_error_has_its_remedy(cls: type[ApiError], remedy: Remedy) -> None:
    """Back-pressure is not a failure, and a wrong request does not get better by repetition."""
    assert remedy_for(_error(cls)) is remedy
    assert remedy_for(cls("POST job")) is remedy


@pytest.mark.parametrize(
    ("parameter", "remedy"),
    [
        ("placement", Remedy.SKIP_PLACEMENT),
        ("metric_groups", Remedy.SKIP_METRICS),
        ("segmentation_type", Remedy.SKIP_STREAM),
        ("entity", Remedy.SKIP_STREAM),
        ("entity_ids", Remedy.SPLIT_IDS),
        ("start_time", Remedy.LOSE),
        ("country", Remedy.LOSE),
    ],
)
def test_the_parameter_that_is_refused_decides(parameter: str, remedy: Remedy) -> None:
    """A placement that is gone must not take the stream with it; a bad id is looked for by halving."""
    assert remedy_for(_error(RequestRefused, parameter=parameter)) is remedy


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ('Expected one of [ALL_ON_TWITTER, TREND], got "SPOTLIGHT" for placement', Remedy.SKIP_PLACEMENT),
        ('got "MEDIA" for metric_groups', Remedy.SKIP_METRICS),
        ('got "MEDIA" for metric groups', Remedy.SKIP_METRICS),
        ('got "TV_SHOWS" for segmentation_type', Remedy.SKIP_STREAM),
        ('got "ORGANIC_TWEET" for entity', Remedy.SKIP_STREAM),
        ('Expected Base36, got "x!" for entity_ids', Remedy.SPLIT_IDS),
        ('Expected whole hours, got "2026-03-01T00:30:00Z" for start_time', Remedy.LOSE),
        ("", Remedy.LOSE),
        ('got "SPOTLIGHT" for Placement', Remedy.SKIP_PLACEMENT),
        ('Expected Base36, got "x!" for entity ids', Remedy.SPLIT_IDS),
        ('A placement needs whole hours, got "2026-03-01T00:30:00Z" for start_time', Remedy.LOSE),
        ('Too long a range for placement: got "2026-03-01" for start_time', Remedy.LOSE),
        ('got "x" for identity', Remedy.LOSE),
    ],
)
def test_where_the_parameter_is_not_given_the_words_decide(message: str, remedy: Remedy) -> None:
    """Not every answer fills in `parameter`; taking a bad id for a bad entity type would lose a stream in silence."""
    assert remedy_for(_error(RequestRefused, message=message)) is remedy


def test_the_words_of_every_error_count() -> None:
    """An answer may list several, the telling one last."""
    details = [ApiErrorDetail("INVALID_PARAMETER", words, "") for words in ("no", 'got "SPOTLIGHT" for placement')]
    assert remedy_for(RequestRefused("POST job", status=400, details=details)) is Remedy.SKIP_PLACEMENT


@pytest.mark.parametrize("code", ["CAMPAIGN_NOT_FOUND", "LINE_ITEM_NOT_FOUND"])
def test_an_entity_that_is_not_found_is_looked_for_by_halving(code: str) -> None:
    """Nineteen others of the job are there."""
    assert remedy_for(_error(RequestRefused, code)) is Remedy.SPLIT_IDS


@pytest.mark.parametrize("parameter", ["", "start_time"])
@pytest.mark.parametrize("code", ["INVALID_TIME_WINDOW", "MISSING_PARAMETER", "ILLEGAL_CHARACTERS"])
def test_codes_that_say_what_is_wrong_are_never_read_as_not_offered(code: str, parameter: str) -> None:
    """Leaving out a placement for a fault of our own would lose its figures in silence."""
    error = _error(RequestRefused, code, "Time window is too long for placement", parameter)
    assert remedy_for(error) is Remedy.LOSE


@pytest.mark.parametrize("word", ["placement", "entity", "metric_groups", "segmentation_type"])
def test_words_count_only_where_no_parameter_is_named_and_nothing_was_accepted(word: str) -> None:
    """What names another parameter, or comes after an accepted job, is a failure and no offer withdrawn."""
    message = f"Expected a whole hour for {word}"
    assert remedy_for(_error(RequestRefused, message=message)) is not Remedy.LOSE
    assert remedy_for(_error(RequestRefused, message=message, parameter="start_time")) is Remedy.LOSE
    assert remedy_for(_error(RequestRefused, message=message), accepted=True) is Remedy.LOSE


def test_an_invalid_placement_has_a_code_of_its_own() -> None:
    """Seen without a parameter."""
    assert remedy_for(_error(RequestRefused, "INVALID_PLACEMENT_TYPE")) is Remedy.SKIP_PLACEMENT
