"""A small world of known figures, and the tap's output of it: what the queries of the documentation are run over."""

from __future__ import annotations

import json
import signal
import typing as t

from click.testing import CliRunner

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tests.support.world import tap_in_the_time_of

if t.TYPE_CHECKING:
    from pathlib import Path

    from tap_twitter_ads_async.simulator.server import Simulator

TODAY = "2025-11-06"
OPTIONS = SimulatorOptions(
    seed=20,  # one with purchases, sign-ups, custom events and installations
    accounts=2,  # two currencies, and two zones on either side of UTC
    timezones=("America/Los_Angeles", "Asia/Tokyo"),
    campaigns_per_account=4,  # so that every entity type has figures
    line_items_per_campaign=2,
    promoted_tweets_per_line_item=1,
    organic_tweets_per_account=1,
    records_per_collection=1,
    start_date="2025-10-25",  # a month ends, and the clocks of Los Angeles are set back
    now=f"{TODAY}T10:20:00Z",
    job_latency=0.0,
    rate_limit_scale=0.0,
)
_PLAIN = {"metric_groups": ["ENGAGEMENT", "BILLING"], "placements": ["ALL_ON_TWITTER"]}  # few columns load fast
SETTINGS: dict[str, t.Any] = {
    "reach_periods": ["WEEK", "MONTH"],
    "reports": [
        {"name": "campaign_hours", "entity": "CAMPAIGN", "granularity": "HOUR", **_PLAIN},
        *(
            {"name": name, "entity": entity, "segmentation_type": segmentation, **_PLAIN}
            for name, entity, segmentation in (
                ("campaign_stats_by_gender", "CAMPAIGN", "GENDER"),
                ("campaign_stats_by_platforms", "CAMPAIGN", "PLATFORMS"),
                ("campaign_stats_by_locations", "CAMPAIGN", "LOCATIONS"),
                ("campaign_stats_by_regions", "CAMPAIGN", "REGIONS"),
                ("line_item_stats_by_keywords", "LINE_ITEM", "KEYWORDS"),
            )
        ),
    ],
}
STREAMS = (
    "accounts",
    "funding_instruments",
    "campaigns",
    "line_items",
    "promoted_tweets",
    "tweets",
    "targeting_locations",
    "account_stats",
    "funding_instrument_stats",
    "campaign_stats",
    "line_item_stats",
    "promoted_tweet_stats",
    "promoted_account_stats",
    "media_creative_stats",
    "campaign_stats_by_gender",
    "campaign_stats_by_platforms",
    "campaign_stats_by_locations",
    "campaign_stats_by_regions",
    "line_item_stats_by_keywords",
    "campaign_hours",
    "campaign_reach",
)
UNREAD = ("lifetime_value_", "_order_quantity")
"""Parts of the names of columns that no query reads; wide tables load slowly."""


class Choice(t.NamedTuple):
    """What is extracted of the world."""

    settings: t.Mapping[str, t.Any] = SETTINGS
    streams: t.Collection[str] = STREAMS
    unread: t.Collection[str] = UNREAD


def prepare(simulator: Simulator) -> None:
    """Give the world what it would not have by itself: a deleted line item, and a post of two accounts."""
    first, second = simulator.api.world.accounts.values()
    item = simulator.objects(first.id, "line_items")[0]
    simulator.change_object(first.id, "line_items", item["id"], {"deleted": True})
    promoted = simulator.objects(first.id, "promoted_tweets")[0]["tweet_id"]
    post = next(tweet for tweet in simulator.objects(first.id, "tweets") if tweet["tweet_id"] == promoted)
    simulator.change_object(second.id, "tweets", promoted, {**post, "_user_id": second.user_id})


def extract(simulator: Simulator, folder: Path, choice: Choice = Choice()) -> Path:  # noqa: B008 - immutable
    """Run the tap over a simulated API in this process; return the file of its Singer messages."""
    tap = tap_in_the_time_of(simulator)
    config = simulator.config(**choice.settings)
    catalog = tap(config=config).catalog_dict
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["stream"] in choice.streams
            elif any(part in item["breadcrumb"][-1] for part in choice.unread):
                item["metadata"]["selected"] = False
    files = {"config": folder / "tap.json", "catalog": folder / "catalog.json"}
    files["config"].write_text(json.dumps(config), "utf-8")
    files["catalog"].write_text(json.dumps(catalog), "utf-8")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    arguments = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    done = CliRunner().invoke(tap.cli, arguments, catch_exceptions=False)
    for number, previous in handlers.items():
        signal.signal(number, previous)
    assert done.exit_code == 0, done.stderr[-4000:]
    singer = folder / "singer.jsonl"
    singer.write_bytes(done.stdout_bytes)
    return singer
