"""The simulated accounts and their entities: who exists, under whom, when, and in what state."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tap_twitter_ads_async.simulator import golden
from tap_twitter_ads_async.simulator.clock import UTC, epoch
from tap_twitter_ads_async.simulator.entities import DAY, Account, Node
from tap_twitter_ads_async.simulator.hashing import base36_id, pick, salt, share, snowflake
from tap_twitter_ads_async.simulator.names import (
    COMPANIES,
    TIMEZONES,
    campaign_name,
    line_item_name,
    tweet_text,
)

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.options import SimulatorOptions

OBJECTIVES = (
    "WEBSITE_CLICKS",
    "FOLLOWERS",
    "APP_INSTALLS",
    "PREROLL_VIEWS",
    "VIDEO_VIEWS",
    "ENGAGEMENTS",
    "REACH",
    "APP_ENGAGEMENTS",
)
"""Objectives of an account's campaigns, in turn: four campaigns are enough for every entity type."""
LEAF_KIND = {"FOLLOWERS": "PROMOTED_ACCOUNT", "PREROLL_VIEWS": "MEDIA_CREATIVE"}
"""What a line item of an objective promotes; all others promote tweets."""


class World:
    """All accounts, built once from the options."""

    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self.start_day = options.world_start().date()
        accounts = [_build_account(options, index) for index in range(options.accounts)]
        if options.golden:
            accounts.append(golden.build(options))
        for account in accounts:
            account.settle()
        self.accounts = {account.id: account for account in accounts}

    def find(self, account_id: str) -> Account | None:
        """Return an account by id."""
        return self.accounts.get(account_id)


def _build_account(options: SimulatorOptions, index: int) -> Account:
    name, currency, domain = COMPANIES[index % len(COMPANIES)]
    if index >= len(COMPANIES):
        name = f"{name} {index // len(COMPANIES) + 1}"
    zones = options.timezones or TIMEZONES
    seed = options.seed
    account_id = base36_id(11, seed, "account", index)
    created = epoch(options.world_start().replace(tzinfo=UTC)) - (400 + salt(seed, "age", index) % 900) * DAY
    account = Account(
        id=account_id,
        index=index,
        name=name,
        currency=currency,
        domain=domain,
        timezone=zones[index % len(zones)],
        switch_at=created - 30 * DAY,
        created=created,
        updated=created + salt(seed, "touch", index) % (300 * DAY),
        user_id=str(10**9 + salt(seed, "user", index) % 10**9),
        accessible=str(index) not in options.no_access and account_id not in options.no_access,
    )
    account.switch_at = _switch(options, account)
    root = Node("ACCOUNT", account_id, account, salt(seed, account_id), created, 2**40, created, account.updated, name)
    account.add(root)
    _Builder(options, account, root).build()
    return account


def _switch(options: SimulatorOptions, account: Account) -> int:
    day = (datetime.fromtimestamp(account.created, UTC) - timedelta(days=30)).date()
    if options.timezone_switch:
        index, _, text = options.timezone_switch.partition("=")
        if index == str(account.index):
            day = date.fromisoformat(text)
    return epoch(datetime.combine(day, time(), ZoneInfo(account.timezone)))


class _Builder:
    """Grows one account's tree: funding instruments, campaigns, line items, and what they promote."""

    def __init__(self, options: SimulatorOptions, account: Account, root: Node) -> None:
        self._options = options
        self._account = account
        self._root = root
        self._first = account.midnight(options.world_start().date())
        self._now = epoch(options.world_now())
        self._span = max((self._now - self._first) // DAY, 1)

    def build(self) -> None:
        """Create every entity of the account."""
        options = self._options
        funding = [
            self._node("FUNDING_INSTRUMENT", 5, self._root, number)
            for number in range(max(options.funding_instruments_per_account, 1))
        ]
        for number in range(options.campaigns_per_account):
            self._campaign(funding[number % len(funding)], number)
        for number in range(options.organic_tweets_per_account):
            tweet = self._node("ORGANIC_TWEET", 0, self._root, number)
            tweet.name = tweet_text(tweet.id)
            self._root.leaves.remove(tweet)

    def _campaign(self, funding: Node, number: int) -> None:
        campaign = self._node("CAMPAIGN", 5, funding, number)
        campaign.name = f"{campaign_name(campaign.id)} {number + 1:02d}"
        # The first campaigns run all the time; later ones begin and stop somewhere inside the world's span.
        if number % 3 == 1:
            campaign.start += int(self._span * 0.3 * share(campaign.salt, "start")) * DAY
        if number % 4 == 3:  # noqa: PLR2004 - every fourth campaign has ended
            campaign.end = campaign.start + int(self._span * (0.4 + 0.4 * share(campaign.salt, "end"))) * DAY
            campaign.status = "PAUSED"
        elif _is_last_of(6, number):
            campaign.end = campaign.start + int(self._span * 0.7) * DAY
            campaign.deleted = True
        objective = OBJECTIVES[number % len(OBJECTIVES)]
        for index in range(self._options.line_items_per_campaign):
            self._line_item(campaign, objective, index)
        campaign.deleted |= _is_last_of(7, number)

    def _line_item(self, campaign: Node, objective: str, index: int) -> None:
        item = self._node("LINE_ITEM", 5, campaign, index)
        item.objective = objective
        item.name = line_item_name(item.id)
        item.start = campaign.start + (index % 3) * DAY
        item.end = campaign.end
        # Counted in the campaign and in the account, so that small worlds have some and tiny ones none.
        item.deleted = _is_last_of(5, index) or _is_last_of(9, len(self._account.of("LINE_ITEM")) - 1)
        kind = LEAF_KIND.get(objective, "PROMOTED_TWEET")
        count = max(self._options.promoted_tweets_per_line_item, 1) if kind != "PROMOTED_ACCOUNT" else 1
        for number in range(count):
            leaf = self._node(kind, 6, item, number)
            leaf.objective = objective
            leaf.start, leaf.end = item.start, item.end
            leaf.placements = (*_placements(leaf, number), *self._options.new_placements)
            leaf.deleted = _is_last_of(4, number) or _is_last_of(11, len(self._account.of(kind)) - 1)
            leaf.target_id = self._account.user_id if kind == "PROMOTED_ACCOUNT" else snowflake(leaf.id, "target")

    def _node(self, entity: str, length: int, parent: Node, number: int) -> Node:
        seed = self._options.seed
        parts: tuple[object, ...] = (seed, entity, parent.id, number)
        node_id = base36_id(length, *parts) if length else snowflake(*parts)
        while node_id in self._account.of(entity):
            parts = (*parts, "again")
            node_id = base36_id(length, *parts) if length else snowflake(*parts)
        created = self._first - (2 + salt(node_id, "created") % 200) * DAY + salt(node_id, "second") % DAY
        updated = created + salt(node_id, "updated") % max(self._now - created, 1)
        node = Node(
            entity,
            node_id,
            self._account,
            salt(seed, node_id),
            self._first,
            2**40,
            created,
            updated,
            parent=parent,
        )
        above: Node | None = parent
        if entity not in {"FUNDING_INSTRUMENT", "CAMPAIGN", "LINE_ITEM"}:
            while above is not None:
                above.leaves.append(node)
                above = above.parent
        return self._account.add(node)


def _is_last_of(step: int, number: int) -> bool:
    """Tell whether a number, from 0 on, is the last of each `step`: how deleted entities are spread."""
    return number % step == step - 1


def _placements(leaf: Node, number: int) -> tuple[str, ...]:
    """Most ads run on the platform only; some also on the audience network, few buy a takeover."""
    extra = pick(((), (), ("PUBLISHER_NETWORK",), ("SPOTLIGHT",), ("TREND",), ("PUBLISHER_NETWORK", "TREND")), leaf.id)
    return ("ALL_ON_TWITTER", *extra) if number % 2 == 0 else ("ALL_ON_TWITTER",)
