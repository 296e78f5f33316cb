"""The one table of metrics, and the columns that they become."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from functools import lru_cache

from tap_twitter_ads_async.domain import rules

if t.TYPE_CHECKING:
    from collections.abc import Iterator

MAX_COLUMN_NAME = 63
"""PostgreSQL truncates longer names, and its targets fail from then on."""

LIFETIME_PREFIX = "mobile_conversion_"
"""What the columns of the lifetime family leave out, to stay within `MAX_COLUMN_NAME`."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of the API.

    Attributes:
        name: The API's name.
        group: Metric group that brings it.
        text: What it counts, with its unit.
        keys: Sub-keys of a nested metric; empty for a scalar.
        documented: Whether the vendor's table lists it; others have been seen in answers or warehouses.
        basic: Whether it is one of the six that every entity type has.
    """

    name: str
    group: str
    text: str
    keys: tuple[str, ...] = ()
    documented: bool = True
    basic: bool = False

    @property
    def column_stem(self) -> str:
        """The metric's name as columns begin with it."""
        if self.group == rules.LIFE_TIME_VALUE_MOBILE_CONVERSION:
            return self.name.removeprefix(LIFETIME_PREFIX)
        return self.name


@dataclass(frozen=True, slots=True)
class Column:
    """One metric column of a stats stream.

    Attributes:
        name: Column name, at most `MAX_COLUMN_NAME` characters.
        metric: The API's metric name.
        key: Sub-key of a nested metric, None for a scalar.
        description: Meaning and unit.
    """

    name: str
    metric: str
    key: str | None
    description: str


# --- sub-keys (warehouse column names, and the vendor's own example of a purchase) -----------------
WEB_KEYS = (
    "metric",
    "post_view",
    "post_engagement",
    "assisted",
    "order_quantity",
    "order_quantity_view",
    "order_quantity_engagement",
    "sale_amount",
    "sale_amount_view",
    "sale_amount_engagement",
)
MOBILE_KEYS = ("post_view", "post_engagement", "assisted", "order_quantity", "sale_amount")
SHORT_MOBILE_KEYS = ("post_view", "post_engagement")
LIFETIME_KEYS = ("metric", "order_quantity", "sale_amount")

_KEY_TEXTS = {
    "metric": "{}: all that are credited to the ads, after a view or an engagement (count).",
    "post_view": "{} after a view of an ad without an engagement (count).",
    "post_engagement": "{} after an engagement with an ad (count).",
    "assisted": "{} that ads assisted (count).",
    "order_quantity": "{}: quantity ordered (micros: 1,000,000 is one piece).",
    "order_quantity_view": "{}: quantity ordered after a view of an ad (micros: 1,000,000 is one piece).",
    "order_quantity_engagement": "{}: quantity ordered after an engagement (micros: 1,000,000 is one piece).",
    "sale_amount": "{}: sales (micros of the sale's currency: 1,000,000 is one unit).",
    "sale_amount_view": "{}: sales after a view of an ad (micros of the sale's currency).",
    "sale_amount_engagement": "{}: sales after an engagement with an ad (micros of the sale's currency).",
}

# --- scalars: (name, meaning with unit) ------------------------------------------------------------
_BASIC = (
    ("engagements", "Engagements of every kind (count)."),
    ("impressions", "Times an ad was shown (count)."),
    ("retweets", "Reposts (count)."),
    ("replies", "Replies (count)."),
    ("likes", "Likes (count)."),
    ("follows", "Follows of the advertiser (count)."),
)
_ENGAGEMENT = (
    ("card_engagements", "Engagements with a card (count)."),
    ("clicks", "Clicks of every kind, likes and other engagements included (count)."),
    ("app_clicks", "Clicks that try to install or open an app (count)."),
    ("url_clicks", "Clicks on a link or a website card, earned ones included (count)."),
    ("qualified_impressions", "Impressions that qualified as seen (count)."),
    ("carousel_swipes", "Swipes through a carousel (count)."),
)
_ENGAGEMENT_UNDOCUMENTED = (  # present in answers, absent from the vendor's table
    ("tweets_send", "Posts sent from an ad (count). Returned by the API, not documented."),
    ("unfollows", "Unfollows of the advertiser (count). Returned by the API, not documented."),
    ("poll_card_vote", "Votes on a poll card (count). Returned by the API, not documented."),
)
_BILLING = (
    ("billed_engagements", "Engagements that were charged (count)."),
    (
        "billed_charge_local_micro",
        (
            "Spend (micros of the account's currency: 1,000,000 is one unit). An estimate for up to 3 days; "
            "adjusted, downwards too, for up to 14."
        ),
    ),
)
_VIDEO = (
    (
        "video_total_views",
        (
            "Video views (count). Since August 2026: wholly in view for 3 seconds, or clicked to play; "
            "before: half in view for 2 seconds."
        ),
    ),
    ("video_3s100pct_views", "Views of at least 3 seconds with the video wholly in view (count)."),
    ("video_6s_views", "Views of at least 6 seconds (count)."),
    ("video_15s_views", "Views of at least 15 seconds, or of 95 % of the video (count)."),
    ("video_views_25", "Views that reached 25 % of the video (count)."),
    ("video_views_50", "Views that reached 50 % of the video (count)."),
    ("video_views_75", "Views that reached 75 % of the video (count)."),
    ("video_views_100", "Views that reached the end of the video (count)."),
    ("video_cta_clicks", "Clicks on a video's call to action (count)."),
    ("video_content_starts", "Starts of a video (count)."),
)
_VIDEO_UNDOCUMENTED = (  # other clients' schemas only
    ("video_mrc_views", "Video views by the Media Rating Council's standard (count). Not documented."),
)
_MEDIA = (  # historic group
    ("media_views", "Views of a medium, video, GIF or picture (count). Historic."),
    ("media_engagements", "Engagements with a medium (count). Historic."),
)

# --- nested metrics: (name without the family's prefix, what is counted) ---------------------------
_WEB = (
    ("purchases", "Purchases on the website"),
    ("sign_ups", "Sign-ups on the website"),
    ("site_visits", "Visits to the website"),
    ("downloads", "Downloads from the website"),
    ("custom", "Custom events on the website"),
    # the eight newer ones: their sub-keys are not documented, those of the older five are assumed
    ("add_to_carts", "Additions to the website's cart"),
    ("checkouts_initiated", "Checkouts begun on the website"),
    ("content_views", "Views of the website's content"),
    ("payment_info_additions", "Additions of payment data on the website"),
    ("add_to_wishlists", "Additions to the website's wish list"),
    ("searches", "Searches on the website"),
    ("landing_page_views", "Views of the landing page"),
    ("subscriptions", "Subscriptions on the website"),
)
_WEB_AUTO = (  # warehouse columns only; their shape is unknown, so they are taken for plain counts
    (
        "auto_created_conversion_landing_page_view",
        "Views of the landing page, by the event X creates itself (count). Not documented.",
    ),
    (
        "auto_created_conversion_session",
        "Sessions on the website, by the event X creates itself (count). Not documented.",
    ),
)
_MOBILE = (
    ("spent_credits", "Credits spent in the app"),
    ("installs", "Installations of the app"),
    ("content_views", "Views of the app's content"),
    ("add_to_wishlists", "Additions to the app's wish list"),
    ("checkouts_initiated", "Checkouts begun in the app"),
    ("reservations", "Reservations in the app"),
    ("tutorials_completed", "Tutorials finished in the app"),
    ("achievements_unlocked", "Achievements unlocked in the app"),
    ("searches", "Searches in the app"),
    ("add_to_carts", "Additions to the app's cart"),
    ("payment_info_additions", "Additions of payment data in the app"),
    ("re_engages", "Returns to the app"),
    ("shares", "Shares from the app"),
    ("rates", "Ratings in the app"),
    ("logins", "Log-ins to the app"),
    ("updates", "Updates of the app"),
    ("levels_achieved", "Levels reached in the app"),
    ("invites", "Invitations from the app"),
    ("key_page_views", "Views of the app's key pages"),
    ("downloads", "Downloads in the app"),
    ("purchases", "Purchases in the app"),
    ("sign_ups", "Sign-ups in the app"),
    ("site_visits", "Visits to the site from the app"),
)
_MOBILE_UNDOCUMENTED = (  # warehouse columns only
    ("installs_skan", "Installations of the app by Apple's SKAdNetwork"),
    ("purchases_skan", "Purchases in the app by Apple's SKAdNetwork"),
)
_SHORT_MOBILE = frozenset({"key_page_views", "installs_skan", "purchases_skan"})
_LIFETIME = (
    ("purchases", "Purchases over the app user's lifetime"),
    ("sign_ups", "Sign-ups over the app user's lifetime"),
    ("updates", "Updates over the app user's lifetime"),
    ("tutorials_completed", "Tutorials finished over the app user's lifetime"),
    ("reservations", "Reservations over the app user's lifetime"),
    ("add_to_carts", "Additions to the cart over the app user's lifetime"),
    ("add_to_wishlists", "Additions to the wish list over the app user's lifetime"),
    ("checkouts_initiated", "Checkouts begun over the app user's lifetime"),
    ("levels_achieved", "Levels reached over the app user's lifetime"),
    ("achievements_unlocked", "Achievements unlocked over the app user's lifetime"),
    ("shares", "Shares over the app user's lifetime"),
    ("invites", "Invitations over the app user's lifetime"),
    ("payment_info_additions", "Additions of payment data over the app user's lifetime"),
    ("spent_credits", "Credits spent over the app user's lifetime"),
    ("rates", "Ratings over the app user's lifetime"),
)
_LIFETIME_UNDOCUMENTED = (  # warehouse columns only
    ("content_views", "Views of content over the app user's lifetime"),
    ("logins", "Log-ins over the app user's lifetime"),
    ("searches", "Searches over the app user's lifetime"),
)

_Rows = tuple[tuple[str, str], ...]


def _scalars(group: str, rows: _Rows, *, documented: bool = True, basic: bool = False) -> tuple[Metric, ...]:
    return tuple(Metric(name, group, text, documented=documented, basic=basic) for name, text in rows)


def _mobile(rows: _Rows, *, documented: bool = True) -> tuple[Metric, ...]:
    return tuple(
        Metric(
            f"mobile_conversion_{name}",
            rules.MOBILE_CONVERSION,
            text,
            SHORT_MOBILE_KEYS if name in _SHORT_MOBILE else MOBILE_KEYS,
            documented=documented,
        )
        for name, text in rows
    )


def _lifetime(rows: _Rows, *, documented: bool = True) -> tuple[Metric, ...]:
    group = rules.LIFE_TIME_VALUE_MOBILE_CONVERSION
    stem = "mobile_conversion_lifetime_value_"
    return tuple(Metric(stem + name, group, text, LIFETIME_KEYS, documented) for name, text in rows)


METRICS: tuple[Metric, ...] = (
    *_scalars(rules.ENGAGEMENT, _BASIC, basic=True),
    *_scalars(rules.ENGAGEMENT, _ENGAGEMENT),
    *_scalars(rules.ENGAGEMENT, _ENGAGEMENT_UNDOCUMENTED, documented=False),
    *_scalars(rules.BILLING, _BILLING),
    *_scalars(rules.VIDEO, _VIDEO),
    *_scalars(rules.VIDEO, _VIDEO_UNDOCUMENTED, documented=False),
    *_scalars(rules.MEDIA, _MEDIA),
    *(Metric(f"conversion_{name}", rules.WEB_CONVERSION, text, WEB_KEYS) for name, text in _WEB),
    *_scalars(rules.WEB_CONVERSION, _WEB_AUTO, documented=False),
    *_mobile(_MOBILE),
    *_mobile(_MOBILE_UNDOCUMENTED, documented=False),
    *_lifetime(_LIFETIME),
    *_lifetime(_LIFETIME_UNDOCUMENTED, documented=False),
)
"""Every metric, in the order of columns."""


def metrics(entity: str, groups: tuple[str, ...]) -> tuple[Metric, ...]:
    """Return the metrics that an entity type has in some metric groups, in the order of columns."""
    basic_only = rules.ENTITIES[entity].basic_only
    return tuple(
        metric
        for metric in METRICS
        if metric.group in groups and (metric.basic or metric.group != rules.ENGAGEMENT or not basic_only)
    )


def _columns_of(metric: Metric) -> Iterator[Column]:
    if not metric.keys:
        yield Column(metric.column_stem, metric.name, None, metric.text)
    for key in metric.keys:
        text = _KEY_TEXTS[key].format(metric.text)
        if not metric.documented:
            text += " Not documented."
        yield Column(f"{metric.column_stem}_{key}", metric.name, key, text)


@lru_cache(maxsize=256)
def columns(entity: str, segmentation: str | None, groups: tuple[str, ...]) -> tuple[Column, ...]:
    """Return the metric columns of a stats stream.

    Args:
        entity: Entity type.
        segmentation: Segmentation type, None for unsegmented.
        groups: Metric groups asked for; those that entity type and segmentation exclude bring nothing.

    Returns:
        Columns with unique names, in the order of the metrics table.

    Raises:
        KeyError: The entity type or the segmentation is unknown.
    """
    allowed = tuple(group for group in rules.allowed_groups(entity, segmentation) if group in groups)
    return tuple(column for metric in metrics(entity, allowed) for column in _columns_of(metric))


@lru_cache(maxsize=256)
def column_paths(entity: str, segmentation: str | None, groups: tuple[str, ...]) -> dict[tuple[str, str | None], str]:
    """Return the column name by (metric, sub-key), sub-key None for a scalar; arguments as for `columns`.

    The answer is cached and shared: do not change it.

    Args:
        entity: Entity type.
        segmentation: Segmentation, None for an unsegmented stream.
        groups: Metric groups.
    """
    return {(column.metric, column.key): column.name for column in columns(entity, segmentation, groups)}
