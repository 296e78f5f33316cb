"""Declarations: media, cards and tweets."""

from __future__ import annotations

from tap_twitter_ads_async.objects.declaration import (
    FanOut,
    ObjectEndpoint,
    Pass,
    account_objects,
    legacy_objects,
)

_ACCOUNT = "accounts/{account_id}"
_USERS = FanOut(("promotable_users",), "user_id", "user_id", column="user_id")
_LEGACY_CARDS = (
    "website",
    "image_app_download",
    "video_website",
    "video_app_download",
    "image_direct_message",
    "video_direct_message",
)

CREATIVES = (
    account_objects("account_media"),
    ObjectEndpoint("media_library", f"{_ACCOUNT}/media_library", key=("account_id", "media_key"), count=50),
    account_objects("cards", count=200, params={"include_legacy_cards": "true"}),
    ObjectEndpoint(
        "cards_fetch",
        f"{_ACCOUNT}/cards/all",
        key=("account_id", "card_uri"),
        deletable=True,
        fan_out=FanOut(("cards", "tweets", "scheduled_tweets", "draft_tweets"), "card_uri", "card_uris", chunk=200),
        selected=False,
        note="Asked for by the addresses found in `cards` and in all tweets of the account; `cards` alone is cheaper.",
    ),
    account_objects("cards_poll", path=f"{_ACCOUNT}/cards/poll"),
    account_objects("cards_image_conversation", path=f"{_ACCOUNT}/cards/image_conversation"),
    account_objects("cards_video_conversation", path=f"{_ACCOUNT}/cards/video_conversation"),
    *(legacy_objects(f"cards_{kind}", path=f"{_ACCOUNT}/cards/{kind}") for kind in _LEGACY_CARDS),
    # Without a user the API returns only the account's full promotable user.
    ObjectEndpoint("draft_tweets", f"{_ACCOUNT}/draft_tweets", count=200, fan_out=_USERS, overlapping=True),
    ObjectEndpoint("scheduled_tweets", f"{_ACCOUNT}/scheduled_tweets", count=200, fan_out=_USERS, overlapping=True),
    ObjectEndpoint(
        "tweets",
        f"{_ACCOUNT}/tweets",
        key=("account_id", "tweet_id"),
        count=1000,
        # The API cannot sort these by change, and one call returns one type only.
        passes=tuple(
            Pass({"tweet_type": kind, "timeline_type": "ALL"}) for kind in ("PUBLISHED", "SCHEDULED", "DRAFT")
        ),
        fan_out=FanOut(("promotable_users",), "user_id", "user_id"),
        fallbacks={"tweet_id": ("id_str", "id")},
        overlapping=True,
    ),
)
