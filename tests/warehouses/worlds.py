"""Simulated worlds in which nothing happens but what a test makes happen, on this machine's clock."""

from __future__ import annotations

import time
import typing as t
from datetime import datetime, timedelta, timezone
from functools import cache

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.server import Simulator

DAY_SECONDS = 86_400
SPEND = "billed_charge_local_micro"


class Correction(t.NamedTuple):
    """What was corrected."""

    account_id: str
    entity_id: str
    placement: str
    start_time: str


@cache
def yesterday() -> str:
    """Return a day up to which extractions stand still, unless a test corrects something.

    It is over in every time zone, and the same all the time, even when midnight passes.
    """
    return (datetime.now(timezone.utc).date() - timedelta(days=1)).isoformat()


def stop_ads(simulator: Simulator, days_ago: int) -> None:
    """End all activity some days before now."""
    end = (int(time.time()) // DAY_SECONDS - days_ago) * DAY_SECONDS
    for account in simulator.api.world.accounts.values():
        for nodes in account.nodes.values():
            for node in nodes.values():
                node.end = min(node.end, end)


def correct_spend(simulator: Simulator, account_id: str, delta: int = 7_000_000) -> Correction:
    """Correct the spend of one campaign on the first day on which it was shown."""
    start = simulator.api.world.start_day.isoformat()
    row = simulator.truth(account_id, "CAMPAIGN", "DAY", start, yesterday())[0]
    hour = int(datetime.fromisoformat(row["start_time"].replace("Z", "+00:00")).timestamp())
    simulator.revise(account_id, "CAMPAIGN", row["entity_id"], hour, SPEND, delta, row["placement"])
    return Correction(account_id, row["entity_id"], row["placement"], row["start_time"])
