"""The example that the vendor printed comes out as it was printed."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

PRINTED = {"impressions": 3482, "retweets": 102, "likes": 15, "engagements": 171, "clicks": 30}
DIMENSIONS = {
    "account_id": "18ce54d4x5t",
    "entity_id": "el32n",
    "entity": "LINE_ITEM",
    "placement": "ALL_ON_TWITTER",
    "granularity": "TOTAL",
    "start_time": "2019-03-12T00:00:00Z",
    "end_time": "2019-03-20T00:00:00Z",
}


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles"])
def test_the_vendors_example_gives_one_record_with_the_printed_figures(
    start_world: Callable[..., World], zone: str
) -> None:
    """The only figures that X itself published: id rounded to 17 digits, nulls for all that was not asked for."""
    world = start_world(accounts=0, golden=True, golden_timezone=zone, now="2019-04-02T00:00:00Z")
    outcome = world.run(
        ["line_item_stats"],
        granularity="TOTAL",
        start_date="2019-03-12T00:00:00Z",
        end_date="2019-03-20T00:00:00Z",
        metric_groups=["ENGAGEMENT"],
        placements=["ALL_ON_TWITTER"],
    )
    assert outcome.exit_code == 0, outcome.log
    (record,) = outcome.records()
    filled = {column: value for column, value in record.items() if value is not None}
    day = "2019-03-12" if zone == "UTC" else "2019-03-11"
    assert filled == {**DIMENSIONS, "date": day, **PRINTED}
    (poll,) = {r["params"]["job_ids"] for r in world.requests("GET", "stats/jobs") if "job_ids" in r["params"]}
    assert poll == "1120829647711653888"
    world.assert_clean()
