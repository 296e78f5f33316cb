"""Records of what people see: media, cards and tweets."""

from __future__ import annotations

import typing as t
from datetime import datetime

from tap_twitter_ads_async.simulator.clock import UTC, iso
from tap_twitter_ads_async.simulator.hashing import base36_id, salt, snowflake
from tap_twitter_ads_async.simulator.names import tweet_text
from tap_twitter_ads_async.simulator.records import common, every, numbered, owner, times

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.objects import Record
    from tap_twitter_ads_async.simulator.params import Params
    from tap_twitter_ads_async.simulator.world import World

_CREATIVE_TYPES = ("PREROLL", "BANNER", "INTERSTITIAL", "MEDIUM_RECTANGLE")
_MEDIA = (
    ("IMAGE", "TWEET_IMAGE", 3),
    ("VIDEO", "TWEET_VIDEO", 7),
    ("GIF", "TWEET_GIF", 16),
    ("VIDEO", "AMPLIFY_VIDEO", 13),
)
_CARD_TYPES = ("IMAGE_WEBSITE", "VIDEO_WEBSITE", "IMAGE_APP", "IMAGE_CAROUSEL_WEBSITE")
_TWEET_NULLS = (
    "coordinates",
    "geo",
    "place",
    "contributors",
    "in_reply_to_status_id",
    "in_reply_to_status_id_str",
    "in_reply_to_user_id",
    "in_reply_to_user_id_str",
    "in_reply_to_screen_name",
)
"""Fields of a tweet that are null unless it is a reply or has a place."""
OLD_CARD_TYPES = {
    "cards/website": "WEBSITE",
    "cards/image_app_download": "IMAGE_APP_DOWNLOAD",
    "cards/video_website": "VIDEO_WEBSITE",
    "cards/video_app_download": "VIDEO_APP_DOWNLOAD",
    "cards/image_direct_message": "IMAGE_DIRECT_MESSAGE",
    "cards/video_direct_message": "VIDEO_DIRECT_MESSAGE",
}


def account_media(world: World, account: Account | None) -> list[Record]:
    """Return the media of pre-roll and off-platform ads."""
    account = owner(account)
    return [
        {
            **common(world, "account_media", account.id, n),
            "creative_type": _CREATIVE_TYPES[n % len(_CREATIVE_TYPES)],
            "media_url": f"https://pbs.example/media/{account.id}-{n}.jpg" if n % 4 else None,
            "video_id": None if n % 4 else f"13_{snowflake(account.id, 'media', n)}",
        }
        for n in numbered(world)
    ]


def media_library(world: World, account: Account | None) -> list[Record]:
    """Return the media an account has uploaded; the key is `media_key`."""
    account = owner(account)
    rows = []
    for n in numbered(world):
        kind, category, number = _MEDIA[n % len(_MEDIA)]
        key = f"{number}_{snowflake(account.id, 'media', n)}"
        row: Record = {
            "media_key": key,
            "media_type": kind,
            "media_category": category,
            "media_status": "TRANSCODE_COMPLETED",
            "media_url": f"https://media.example/{key}",
            "tweeted": n % 2 == 0,
            "name": f"Asset {n}" if n % 3 else None,
            "file_name": f"asset-{n}.bin" if n % 2 else None,
            **times(world, "media", account.id, n),
            "deleted": False,
        }
        if kind != "IMAGE":
            row |= {
                "title": f"Cut {n}" if n % 2 else None,
                "description": None,
                "duration": None if kind == "GIF" else 15_000 + n,
                "aspect_ratio": "16:9",
                "poster_media_key": f"3_{snowflake(account.id, 'poster', n)}",
                "poster_media_url": f"https://media.example/poster/{n}.jpg",
            }
        rows.append(row)
    return rows


def cards(world: World, account: Account | None) -> list[Record]:
    """Return cards, old-style ones included (they are listed on request only)."""
    account = owner(account)
    rows = [_card(world, account, n) for n in numbered(world)]
    return rows + [row | {"_legacy": True} for row in legacy_cards(world, account)[:2]]


def _card(world: World, account: Account, n: int) -> Record:
    kind = _CARD_TYPES[n % len(_CARD_TYPES)]
    record = common(world, "card", account.id, n, decimal=True)
    media_key = f"3_{snowflake(account.id, 'media', n)}"
    destination: Record = {"type": "WEBSITE", "url": f"https://{account.domain}/{n}"}
    if kind == "IMAGE_APP":
        destination = {"type": "APP", "country_code": "US", "googleplay_app_id": f"com.{account.domain}"}
    details = {"type": "DETAILS", "title": f"Card {n}", "destination": destination}
    media: Record = {"type": "MEDIA", "media_key": media_key}
    if kind == "IMAGE_CAROUSEL_WEBSITE":
        media = {"type": "SWIPEABLE_MEDIA", "media_keys": [media_key, f"3_{snowflake(account.id, 'media', n + 1)}"]}
    row = {**record, "name": f"Card {n}", "card_uri": f"card://{record['id']}", "card_type": kind}
    if every(5, n):
        # A carousel with several destinations has slides instead of components.
        return row | {"card_type": "IMAGE_MULTI_DEST_CAROUSEL_WEBSITE", "slides": [[media, details], [media, details]]}
    button = {"type": "BUTTON", "label": {"type": "ENUM", "value": "INSTALL"}, "destination": destination}
    return row | {"components": [media, button if kind == "IMAGE_APP" else details], "_legacy": False}


def legacy_cards(world: World, account: Account | None) -> list[Record]:
    """Return flat old-style cards: the numbers in them are strings."""
    account = owner(account)
    rows = []
    for path, kind in OLD_CARD_TYPES.items():
        for n in range(2):
            record = common(world, path, account.id, n, decimal=True)
            row = {**record, "name": f"{kind.title()} {n}", "card_uri": f"card://{record['id']}", "card_type": kind}
            if "APP" in kind:
                row |= {"googleplay_app_id": f"com.{account.domain}", "country_code": "US", "app_cta": "INSTALL"}
            if kind.startswith("IMAGE"):
                row |= {
                    "wide_app_image": "https://media.example/wide.jpg",
                    "image_display_height": "418",
                    "image_display_width": "800",
                }
            if kind.startswith("VIDEO"):
                row |= _video(n)
            if "APP" not in kind:
                row["title"] = f"Title {n}"
            if kind.endswith("WEBSITE"):
                row |= _link(account, n)
            rows.append(row)
    return rows


def old_cards(path: str) -> t.Callable[[World, Account | None], list[Record]]:
    """Return the builder of one old-style card endpoint."""
    kind = OLD_CARD_TYPES[path]
    return lambda world, account: [row for row in legacy_cards(world, account) if row["card_type"] == kind]


def _link(account: Account, n: int) -> Record:
    return {
        "website_url": f"https://{account.domain}/{n}",
        "website_display_url": account.domain,
        "website_dest_url": f"https://{account.domain}/{n}",
        "website_shortened_url": f"https://t.co/{base36_id(8, account.id, n)}",
    }


def _video(n: int) -> Record:
    return {
        "video_url": f"https://video.example/{n}.mp4",
        "video_hls_url": f"https://video.example/{n}.m3u8",
        "video_height": "720",
        "video_width": "1280",
        "video_poster_url": f"https://video.example/{n}.jpg",
        "video_poster_height": "720",
        "video_poster_width": "1280",
        "content_duration_seconds": "15",
    }


def conversation_cards(kind: str) -> t.Callable[[World, Account | None], list[Record]]:
    """Return the builder of `cards/image_conversation` or `cards/video_conversation`."""

    def build(world: World, account: Account | None) -> list[Record]:
        account = owner(account)
        rows = []
        for n in numbered(world):
            record = common(world, kind, account.id, n, decimal=True)
            row = {
                **record,
                "name": f"Conversation {n}",
                "title": f"Tell us {n}",
                "card_uri": f"card://{record['id']}",
                "card_type": kind,
                "media_key": f"3_{snowflake(account.id, 'media', n)}",
                "media_url": f"https://media.example/{n}.jpg",
                "first_cta": "#Yes",
                "first_cta_tweet": "Yes, please",
                "thank_you_text": "Thank you",
            }
            if kind == "IMAGE_CONVERSATION":
                row |= {"image_display_height": "670", "image_display_width": "1200"}
            else:
                row |= {"video_height": "720", "video_width": "1280", "video_owner_id": account.user_id}
                row["poster_media_url"] = f"https://media.example/poster-{n}.jpg"
            if n % 2:
                row |= {"second_cta": "#No", "second_cta_tweet": "No, thanks", "thank_you_url": "https://x.example"}
            rows.append(row)
        return rows

    return build


def poll_cards(world: World, account: Account | None) -> list[Record]:
    """Return polls, some with a video."""
    account = owner(account)
    rows = []
    for n in numbered(world):
        record = common(world, "poll", account.id, n, decimal=True)
        row = {
            **record,
            "name": f"Poll {n}",
            "card_uri": f"card://{record['id']}",
            "card_type": "VIDEO_POLLS" if n % 2 else "TEXT_POLLS",
            "start_time": record["created_at"],
            "end_time": record["updated_at"],
            "duration_in_minutes": "1440",
            "first_choice": "Tea",
            "second_choice": "Coffee",
        }
        rows.append(row | ({"third_choice": "Water", **_video(n)} if n % 2 else {}))
    return rows


def draft_tweets(world: World, account: Account | None) -> list[Record]:
    """Return drafts of an account's own user; they have no `deleted`."""
    account = owner(account)
    return [_note(world, account, "draft_tweet", n) for n in numbered(world)]


def scheduled_tweets(world: World, account: Account | None) -> list[Record]:
    """Return tweets with a date."""
    account = owner(account)
    rows = []
    for n in numbered(world):
        row = _note(world, account, "scheduled_tweet", n)
        done = n % 2 == 1
        row |= {
            "scheduled_at": row["updated_at"],
            "completed_at": row["updated_at"] if done else None,
            "scheduled_status": ("SCHEDULED", "SUCCESS", "SCHEDULED", "FAILED")[n % 4],
            "tweet_id": snowflake(account.id, "tweet", n) if n % 4 == 1 else None,
        }
        rows.append(row)
    return rows


def _note(world: World, account: Account, kind: str, n: int) -> Record:
    return {
        "id": snowflake(account.id, kind, n),
        **times(world, kind, account.id, n),
        "user_id": account.user_id,
        "text": tweet_text(account.id, kind, n),
        "name": f"{kind} {n}" if n % 2 else None,
        "nullcast": n % 3 != 0,
        "card_uri": f"card://{snowflake(account.id, 'card', n)}" if n % 2 else None,
        "media_keys": [f"3_{snowflake(account.id, 'media', n)}"] if n % 2 else [],
    }


def tweets(world: World, account: Account | None) -> list[Record]:
    """Return published, scheduled and draft tweets, promoted-only and organic; newest first."""
    account = owner(account)
    rows = [_tweet(world, account, node.id, "PUBLISHED", n, nullcast=False)
            for n, node in enumerate(account.of("ORGANIC_TWEET").values())]  # fmt: skip
    promoted = dict.fromkeys(node.target_id for node in account.of("PROMOTED_TWEET").values())
    rows += [_tweet(world, account, tweet, "PUBLISHED", n, nullcast=True) for n, tweet in enumerate(promoted)]
    for kind in ("SCHEDULED", "DRAFT"):
        name = f"{kind.lower()}_tweet"
        ids = (snowflake(account.id, name, n) for n in numbered(world))
        rows += [_tweet(world, account, tweet, kind, n, nullcast=True) for n, tweet in enumerate(ids)]
    return sorted(rows, key=lambda row: row["_created"], reverse=True)


def _tweet(world: World, account: Account, tweet_id: str, kind: str, n: int, *, nullcast: bool) -> Record:
    stamp = times(world, "tweet", tweet_id)["created_at"]
    created = datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(UTC)
    text = tweet_text(tweet_id)
    url = {"url": "https://t.co/x", "expanded_url": f"https://{account.domain}", "display_url": account.domain}
    return {
        "_created": stamp,
        "_user_id": account.user_id,
        "id": int(tweet_id),
        "id_str": tweet_id,
        "tweet_id": tweet_id,
        "tweet_type": kind,
        "created_at": created.strftime("%a %b %d %H:%M:%S +0000 %Y"),
        "scheduled_at": iso(int(created.timestamp())) if kind == "SCHEDULED" else None,
        "name": f"Tweet {n}" if n % 2 else None,
        "full_text": text,
        "display_text_range": [0, len(text)],
        "nullcast": nullcast,
        "truncated": False,
        "favorited": False,
        "retweeted": False,
        "source": '<a href="https://ads-api.x.com" rel="nofollow">Ads API</a>',
        "lang": "en",
        "card_uri": f"card://{snowflake(account.id, 'card', n)}" if n % 2 else None,
        "favorite_count": salt(tweet_id, "likes") % 900,
        "retweet_count": salt(tweet_id, "retweets") % 90,
        "conversation_settings": "EVERYONE",
        "scopes": {"followers": False},
        "user": {
            "id": int(account.user_id),
            "id_str": account.user_id,
            "name": account.name,
            "screen_name": account.domain.partition(".")[0],
            "followers_count": salt(account.id) % 10**6,
            "verified": True,
        },
        "entities": {
            "hashtags": [],
            "symbols": [],
            "user_mentions": [],
            "urls": [url | {"indices": [0, 5]}],
        },
        **dict.fromkeys(_TWEET_NULLS),
    }


def trimmed(record: Record, params: Params) -> Record:
    """Reduce a tweet's user to ids where `trim_user` says so."""
    if not params.flag("trim_user"):
        return record
    return record | {"user": {key: record["user"][key] for key in ("id", "id_str")}}
