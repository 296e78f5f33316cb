"""The account of the vendor's own printed example, with exactly the figures printed there."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from tap_twitter_ads_async.simulator.clock import epoch
from tap_twitter_ads_async.simulator.entities import DAY, Account, Node
from tap_twitter_ads_async.simulator.hashing import salt, snowflake
from tap_twitter_ads_async.simulator.options import GOLDEN_ACCOUNT

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.options import SimulatorOptions

LINE_ITEM = "el32n"
JOB_ID = "1120829647711653888"
TOTALS = {"impressions": 3482, "retweets": 102, "likes": 15, "engagements": 171, "clicks": 30}
_TREE = (
    ("ACCOUNT", GOLDEN_ACCOUNT, "API McTestface"),
    ("FUNDING_INSTRUMENT", "lygyi", "Credit line"),
    ("CAMPAIGN", "8wku2", "Untitled campaign"),
    ("LINE_ITEM", LINE_ITEM, "Untitled ad group"),
    ("PROMOTED_TWEET", "3oqeha", ""),
)
FIRST_DAY = date(2019, 3, 12)
DAYS = 8


def build(options: SimulatorOptions) -> Account:
    """Create the example's account: one line item that was active for eight days of March 2019."""
    created = epoch(datetime(2016, 5, 20, tzinfo=ZoneInfo("UTC")))
    zone = ZoneInfo(options.golden_timezone)
    account = Account(
        id=GOLDEN_ACCOUNT,
        index=-1,
        name=_TREE[0][2],
        currency="USD",
        domain="mctestface.example",
        timezone=options.golden_timezone,
        switch_at=epoch(datetime(2016, 5, 1, tzinfo=zone)),
        created=created,
        updated=created + 30 * DAY,
        user_id="756201191646691328",
        accessible=GOLDEN_ACCOUNT not in options.no_access,
    )
    start = epoch(datetime.combine(FIRST_DAY, time(), ZoneInfo("UTC")))
    nodes: list[Node] = []
    for entity, node_id, name in _TREE:
        parent = nodes[-1] if nodes else None
        span = start, start + DAYS * DAY, created, created + DAY
        nodes.append(account.add(Node(entity, node_id, account, salt(node_id), *span, name=name, parent=parent)))
    leaf = nodes[-1]
    leaf.target_id = snowflake(GOLDEN_ACCOUNT, "tweet")
    leaf.fixed = _spread(start + 12 * 3600, DAY)
    for node in nodes[:-1]:
        node.leaves.append(leaf)
    return account


def _spread(first: int, step: int) -> dict[int, dict[str, int]]:
    """Divide the example's totals over its days, noon by noon."""
    slots: dict[int, dict[str, int]] = {}
    for day in range(DAYS):
        figures = {name: total * (day + 1) // DAYS - total * day // DAYS for name, total in TOTALS.items()}
        slots[first + day * step] = {name: value for name, value in figures.items() if value}
    return slots


def is_example(params: dict[str, t.Any], account_id: str) -> bool:
    """Tell whether a job asks for exactly what the vendor's example asked for."""
    return (
        account_id == GOLDEN_ACCOUNT
        and params.get("entity") == "LINE_ITEM"
        and params.get("entity_ids") == [LINE_ITEM]
        and params.get("granularity") == "TOTAL"
        and params.get("placement") == "ALL_ON_TWITTER"
        and "ENGAGEMENT" in params.get("metric_groups", ())
        and params.get("start_time") == "2019-03-12T00:00:00Z"
        and params.get("end_time") == "2019-03-20T00:00:00Z"
    )
