"""The cookbook's small world with what only the marts read: links, tags, segments that vanished, reach."""

from __future__ import annotations

import typing as t

from tests.cookbook.world import SETTINGS, STREAMS, Choice
from tests.cookbook.world import prepare as prepare_cookbook

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.server import Simulator
    from tests.cookbook.loaded import Warehouse

TAGGED = "line_item_stats_by_conversion_tags"
CHOICE = Choice(
    settings={
        "reports": [
            # Segments of the entity that the cookbook has them for, and conversions by tag.
            *(report for report in SETTINGS["reports"] if report["name"] == "campaign_stats_by_gender"),
            {
                "name": TAGGED,
                "entity": "LINE_ITEM",
                "segmentation_type": "CONVERSION_TAGS",
                "placements": ["ALL_ON_TWITTER"],
            },
        ]
    },
    streams={
        *(
            name
            for name in STREAMS
            if "_stats_by_" not in name and name not in {"campaign_hours", "targeting_locations"}
        ),
        "campaign_stats_by_gender",
        TAGGED,
        "promoted_accounts",
        "media_creatives",
        "account_media",
        "cards",
        "web_event_tags",
        "app_event_tags",
    },
    unread=(),
)
LANDING = "https://shop.example/spring?utm_source=x&utm_medium=paid&utm_campaign=spring"
WINDOWS = {"click_window": 14, "view_through_window": 7}
"""Of every web event tag; app event tags keep what the simulator gives them."""


class Linked(t.NamedTuple):
    """An ad whose post has a card with a landing page."""

    account_id: str
    ad_id: str
    card_uri: str


def prepare(simulator: Simulator) -> Linked:
    """Change what the world would not have by itself."""
    prepare_cookbook(simulator)
    account = next(iter(simulator.api.world.accounts))
    ad = simulator.objects(account, "promoted_tweets")[-1]
    card = next(card for card in simulator.objects(account, "cards") if card.get("components"))
    components = [
        {**part, "destination": {"type": "WEBSITE", "url": LANDING}} if "destination" in part else part
        for part in card["components"]
    ]
    simulator.change_object(account, "cards", card["id"], {"components": components})
    simulator.change_object(account, "tweets", ad["tweet_id"], {"card_uri": card["card_uri"]})
    for owner in simulator.api.world.accounts:
        for tag in simulator.objects(owner, "web_event_tags"):
            simulator.change_object(owner, "web_event_tags", tag["id"], {"type": "PURCHASE", **WINDOWS})
    return Linked(account, ad["id"], card["card_uri"])


def leave_a_segment_behind(warehouse: Warehouse) -> None:
    """Make a row of a segment that was extracted before the rest of its bucket, and did not come again."""
    columns = [row["name"] for row in warehouse.rows(_COLUMNS)]
    new = {"segment_value": "'GONE'", "_sdc_extracted_at": "TIMESTAMP '2025-10-01 00:00:00'", "impressions": "1000000"}
    values = ", ".join(new.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    warehouse.run(
        f"INSERT INTO campaign_stats_by_gender ({names}) "  # noqa: S608 - our own tables
        f"SELECT {values} FROM campaign_stats_by_gender ORDER BY account_id, entity_id, start_time LIMIT 1"
    )


_COLUMNS = (
    "SELECT column_name AS name FROM information_schema.columns "
    "WHERE table_name = 'campaign_stats_by_gender' ORDER BY ordinal_position"
)
