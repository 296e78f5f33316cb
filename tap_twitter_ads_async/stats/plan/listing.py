"""Whom to ask for where the change feed does not tell: every entity of the account."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.errors import NotOffered, RequestRefused

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.api.client import AdsApi


def lists_instead(entity: str, error: Exception) -> bool:
    """Whether all entities are asked for because the change feed refused the type.

    The documentation of today knows no change feed for historic types any more.
    """
    return isinstance(error, (RequestRefused, NotOffered)) and rules.ENTITIES[entity].historic


def entity_ids(api: AdsApi, account_id: str, entity: str, page_size: int) -> list[str]:
    """List the account's entities of a type that the change feed does not cover.

    Args:
        api: Where to read.
        account_id: Ads account.
        entity: Entity type.
        page_size: `count` of each request, 1 to 1000.

    Raises:
        ApiError: The listing could not be read.
    """
    if entity == "ACCOUNT":
        return [account_id]
    if entity == "ORGANIC_TWEET":
        tweets = api.organic_tweets(account_id, page_size)
        ids = (tweet.get("tweet_id") or tweet.get("id_str") or tweet.get("id") for tweet in tweets)
    else:
        ids = (creative.get("id") for creative in api.media_creatives(account_id, page_size))
    return list(dict.fromkeys(str(i) for i in ids if i))
