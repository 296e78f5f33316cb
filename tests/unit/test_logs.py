"""Who sees which log line, and at which level."""

from __future__ import annotations

import logging
import typing as t

import pytest

from tap_twitter_ads_async.singer.logs import CHATTER, demote_chatter, metrics_level

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """Return a logger with the filter on it."""
    logger = logging.getLogger("tap-of-this-test")
    demote_chatter([logger, logger])
    yield logger
    logger.filters.clear()
    logger.setLevel(logging.NOTSET)


@pytest.mark.parametrize("beginning", CHATTER)
def test_chatter_of_the_sdk_is_for_those_who_debug(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture, beginning: str
) -> None:
    """Sixty lines about streams that nobody selected hide the one about what is extracted."""
    line = f"{beginning} '%s'"
    logger.setLevel(logging.INFO)
    logger.info("%s", f"a line that tells of '{beginning}'")
    logger.info(line, "x")
    assert [r.levelname for r in caplog.records] == ["INFO"]
    logger.setLevel(logging.DEBUG)
    logger.info(line, "x")
    assert [(r.levelname, r.levelno) for r in caplog.records][1:] == [("DEBUG", logging.DEBUG)]


def test_warnings_are_never_lowered(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever they begin with."""
    logger.setLevel(logging.INFO)
    logger.warning("Beginning sync of something odd")
    assert [r.levelname for r in caplog.records] == ["WARNING"]


@pytest.mark.parametrize(
    ("environment", "terminal", "expected"),
    [
        ({}, False, None),
        ({}, True, logging.WARNING),
        ({"LOGLEVEL": "info"}, True, None),
        ({"TAP_TWITTER_ADS_ASYNC_LOGLEVEL": "DEBUG"}, True, None),
        ({"SINGER_SDK_LOG_CONFIG": "log.json"}, False, logging.DEBUG),
        ({"SINGER_SDK_LOG_CONFIG": "log.json"}, True, logging.DEBUG),
        ({"SINGER_SDK_LOG_CONFIG": "log.json", "LOGLEVEL": "WARNING"}, False, None),
    ],
)
def test_metrics_go_to_machines_and_to_those_who_ask(
    environment: dict[str, str], *, terminal: bool, expected: int | None
) -> None:
    """A log config's level counts, as Meltano sets one; on a terminal sits a person; LOGLEVEL is the last word."""
    level = metrics_level("tap-twitter-ads-async", environment, configured=logging.DEBUG, terminal=terminal)
    assert level == expected
