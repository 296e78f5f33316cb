"""Every record of every stats stream equals the truth."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.schema_check import SchemaCheck
    from tests.support.world import World

STREAMS = (
    "account_stats",
    "funding_instrument_stats",
    "campaign_stats",
    "line_item_stats",
    "promoted_tweet_stats",
    "promoted_account_stats",
    "media_creative_stats",
    "organic_tweet_stats",
)
PERIODS = [
    # Clocks change on 8 March, on 29 March and, by half an hour, on 5 April.
    ("DAY", "2026-03-02", "2026-04-08T10:20:00Z", ("America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe")),
    # 1 November, 25 October, and never, half an hour off everybody else's hours.
    ("DAY", "2026-10-20", "2026-11-03T10:20:00Z", ("America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata")),
    ("HOUR", "2026-03-28", "2026-03-30T10:20:00Z", ("Europe/Berlin", "Asia/Kolkata", "Europe/London")),
    ("HOUR", "2026-04-04", "2026-04-06T10:20:00Z", ("Australia/Lord_Howe", "Australia/Sydney", "UTC")),
    ("HOUR", "2026-10-31", "2026-11-02T10:20:00Z", ("America/Los_Angeles", "America/New_York", "Asia/Kathmandu")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("granularity", "start", "now", "zones"), PERIODS)
def test_all_entity_types_equal_the_truth_across_clock_changes(
    start_world: Callable[..., World],
    assert_fits_schema: SchemaCheck,
    granularity: str,
    start: str,
    now: str,
    zones: tuple[str, ...],
) -> None:
    """A wrong bucket boundary moves spend to another day, which nobody notices until the invoice."""
    world = start_world(
        {"granularity": granularity}, accounts=3, job_latency=0.05, start_date=start, now=now, timezones=zones
    )
    outcome = world.run(STREAMS)
    assert outcome.exit_code == 0, outcome.log
    rows = {stream: world.assert_exact(outcome, stream, granularity) for stream in STREAMS}
    assert all(rows.values()), rows
    assert_fits_schema(outcome)
    world.assert_clean()
