"""How often a request is tried, and how long the pauses are."""

from __future__ import annotations

import pytest

from tap_twitter_ads_async.api.patience import LONGEST_PAUSE_SECONDS, MAX_TRIES, QUOTA_PATIENCE_SECONDS, Patience
from tap_twitter_ads_async.api.rate_limits import RATE_WINDOW_SECONDS
from tap_twitter_ads_async.errors import Unavailable

QUOTA = 429


def _pauses(error: Unavailable, *, repeatable: bool = True) -> list[float]:
    patience, pauses = Patience(repeatable=repeatable), list[float]()
    while not patience.is_over(error):
        pauses.append(patience.pause(error))
        assert len(pauses) < 100, "it never gives up"
    return pauses


def test_faults_of_the_server_are_tried_a_few_times() -> None:
    """Half a minute, then the caller decides."""
    pauses = _pauses(Unavailable("GET x", status=503))
    assert len(pauses) == MAX_TRIES - 1
    assert all(pause <= LONGEST_PAUSE_SECONDS for pause in pauses)


def test_a_quota_without_a_usable_reset_is_waited_for_as_long_as_a_rate_window_lasts() -> None:
    """It is there again then, whatever the headers say; giving up earlier fails a run that only had to wait."""
    pauses = _pauses(Unavailable("GET x", status=QUOTA))
    assert sum(pauses) >= RATE_WINDOW_SECONDS
    assert sum(pauses[:-1]) < RATE_WINDOW_SECONDS
    assert len(pauses) < 14, "the pauses grow"


@pytest.mark.parametrize("reset", [1.0, 60.0, RATE_WINDOW_SECONDS])
def test_a_quota_with_a_reset_is_waited_for_through_several_windows(reset: float) -> None:
    """Other processes may use the quota up again; whoever is refused for an hour has failed."""
    patience, error, waited, tries = (
        Patience(repeatable=True),
        Unavailable("GET x", status=QUOTA, retry_after=reset),
        0.0,
        0,
    )
    while not patience.is_over(error):
        waited += max(reset, patience.pause(error))
        tries += 1
    assert (
        QUOTA_PATIENCE_SECONDS
        <= waited
        <= max(QUOTA_PATIENCE_SECONDS, MAX_TRIES * reset) + reset + LONGEST_PAUSE_SECONDS
    )
    assert tries < 300


def test_what_must_not_happen_twice_is_sent_again_only_if_it_did_not_happen() -> None:
    """A second job costs a slot."""
    assert _pauses(Unavailable("POST x", status=503, outcome_unknown=True), repeatable=False) == []
    assert _pauses(Unavailable("POST x", status=QUOTA), repeatable=False)
