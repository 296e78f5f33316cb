"""What a lane says aloud, and what only to those who debug."""

from __future__ import annotations

import logging
import typing as t

from tap_twitter_ads_async.stats.jobs.downloads import DOWNLOAD_TRIES, EXPECTED_DELAYS
from tests.engine.bench import windows
from tests.engine.server import Fate

if t.TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.engine.bench import Bench


def said(caplog: pytest.LogCaptureFixture, words: str) -> list[str]:
    """Return the levels at which some words were logged."""
    return [r.levelname for r in caplog.records if words in r.getMessage()]


def test_a_file_that_is_a_little_late_is_no_news(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Files follow their jobs by seconds; a warning for each would bury those that matter."""
    bench.server.fate_of = lambda _: Fate(broken=EXPECTED_DELAYS)
    bench.add(windows(2))
    with caplog.at_level(logging.DEBUG, logger="tap-twitter-ads-async"):
        bench.finish()
    assert said(caplog, "Retrying the result file") == ["DEBUG"] * EXPECTED_DELAYS * 2


def test_a_file_that_stays_away_is_a_warning(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """By then something is wrong with the file host, or on the way to it."""
    bench.server.fate_of = lambda _: Fate(broken=DOWNLOAD_TRIES - 1)
    bench.add(windows(1))
    with caplog.at_level(logging.INFO, logger="tap-twitter-ads-async"):
        bench.finish()
    assert said(caplog, "Retrying the result file") == ["WARNING"] * (DOWNLOAD_TRIES - 1 - EXPECTED_DELAYS)


def test_slots_held_by_others_are_told_once(make_bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture) -> None:
    """It explains why a run is slow; a busy account would say it hundreds of times."""
    bench = make_bench(limit=3)
    bench.server.foreign = 2
    bench.add(windows(12))
    with caplog.at_level(logging.DEBUG, logger="tap-twitter-ads-async"):
        bench.finish()
    levels = said(caplog, "other clients hold job slots")
    assert levels.count("INFO") == 1
    assert len(levels) > 1
