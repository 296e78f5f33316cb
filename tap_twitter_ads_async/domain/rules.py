"""What the API allows: entity types, metric groups, segmentations, placements and limits, as tables.

Everything here is data and look-ups on data. Rows marked *historic* stood in earlier revisions of the
vendor's documentation and are missing from the present one; the API may refuse them.
"""

from __future__ import annotations

from dataclasses import dataclass

# --- limits of one job, of one poll and of one account ---------------------------------------------
MAX_ENTITY_IDS = 20
"""Entity ids per job (analytics reference: `entity_ids`)."""
MAX_DAYS = 90
"""Longest span of an unsegmented job, in days (analytics reference: `end_time`)."""
MAX_DAYS_SEGMENTED = 45
"""Longest span of a segmented job, in days (analytics reference: `end_time`)."""
MAX_JOB_IDS = 200
"""Job ids per status request (analytics reference: `job_ids`)."""
MAX_CONCURRENT_JOBS = 100
"""Jobs of one account that may be queued or running at once (rate-limit page)."""
MAX_SYNC_HOURS = 7 * 24
"""Longest span of one synchronous question; the week of 169 hours is refused (seen in production)."""
MAX_SYNC_AGE_DAYS = 90
"""Oldest day of a synchronous question; an older one is refused (seen in production)."""
MAX_SYNC_REQUESTS = 250
"""Synchronous questions of a user in one rate window (rate-limits page)."""
RATE_WINDOW_SECONDS = 15 * 60.0
"""The longest rate window of the API."""
MAX_ACTIVE_ENTITIES_DAYS = 90
"""Longest span of one change-feed request, in days (active entities reference)."""
UNSEGMENTED_DELAY_HOURS = 0
"""Unsegmented metrics arrive within seconds (timeliness table)."""

# --- metric groups ---------------------------------------------------------------------------------
ENGAGEMENT = "ENGAGEMENT"
BILLING = "BILLING"
VIDEO = "VIDEO"
MEDIA = "MEDIA"
WEB_CONVERSION = "WEB_CONVERSION"
MOBILE_CONVERSION = "MOBILE_CONVERSION"
LIFE_TIME_VALUE_MOBILE_CONVERSION = "LIFE_TIME_VALUE_MOBILE_CONVERSION"

METRIC_GROUPS: tuple[str, ...] = (
    ENGAGEMENT,
    BILLING,
    VIDEO,
    MEDIA,  # historic: gone from the enumeration, known to the vendor's SDK
    WEB_CONVERSION,
    MOBILE_CONVERSION,
    LIFE_TIME_VALUE_MOBILE_CONVERSION,
)
"""Every metric group, in the order in which requests and schemas name them."""

HISTORIC_METRIC_GROUPS: frozenset[str] = frozenset({MEDIA})
"""Groups that the present documentation no longer lists."""

_JOB_PARTITION: tuple[frozenset[str], ...] = (
    frozenset({ENGAGEMENT, BILLING, VIDEO, MEDIA}),
    frozenset({WEB_CONVERSION}),  # vendor's advice: keep conversion groups apart from the rest
    frozenset({MOBILE_CONVERSION}),  # analytics reference: "should be requested separately"
    frozenset({LIFE_TIME_VALUE_MOBILE_CONVERSION}),  # vendor's advice, as for WEB_CONVERSION
)

# --- placements ------------------------------------------------------------------------------------
PLACEMENTS: tuple[str, ...] = (
    "ALL_ON_TWITTER",
    "PUBLISHER_NETWORK",  # left the enumeration in June 2026, still in the change feed's examples
    "SPOTLIGHT",
    "TREND",
)
"""Placements that a stats request may name, one per job."""


# --- entity types ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Entity:
    """One entity type of the stats endpoints.

    Attributes:
        name: The API's name.
        prefix: How names of streams and schema files begin.
        has_change_feed: Whether the active-entities endpoint takes it.
        allowed: Metric groups that may be asked for, unsegmented.
        default: Metric groups that are asked for unless the user says otherwise.
        basic_only: Whether `ENGAGEMENT` means the six basic metrics only.
        segmentable: Whether any segmentation is allowed.
        historic: Whether the present documentation no longer lists it.
    """

    name: str
    prefix: str
    has_change_feed: bool
    allowed: tuple[str, ...]
    default: tuple[str, ...]
    basic_only: bool = False
    segmentable: bool = True
    historic: bool = False


_ALL_BUT_MEDIA = tuple(group for group in METRIC_GROUPS if group != MEDIA)

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        # metric-group matrix: "six basic metrics"; active entities reference: never ACCOUNT
        Entity(
            "ACCOUNT",
            "account",
            has_change_feed=False,
            allowed=(ENGAGEMENT,),
            default=(ENGAGEMENT,),
            basic_only=True,
        ),
        # metric-group matrix: "six basic metrics" and BILLING
        Entity(
            "FUNDING_INSTRUMENT",
            "funding_instrument",
            has_change_feed=True,
            allowed=(ENGAGEMENT, BILLING),
            default=(ENGAGEMENT, BILLING),
            basic_only=True,
        ),
        # metric-group matrix: every group
        Entity("CAMPAIGN", "campaign", has_change_feed=True, allowed=METRIC_GROUPS, default=_ALL_BUT_MEDIA),
        # metric-group matrix: every group
        Entity("LINE_ITEM", "line_item", has_change_feed=True, allowed=METRIC_GROUPS, default=_ALL_BUT_MEDIA),
        # metric-group matrix: every group
        Entity(
            "PROMOTED_TWEET",
            "promoted_tweet",
            has_change_feed=True,
            allowed=METRIC_GROUPS,
            default=_ALL_BUT_MEDIA,
        ),
        # in the `entity` enumeration but not in the matrix: the sure groups by default, all if asked for
        Entity(
            "PROMOTED_ACCOUNT",
            "promoted_account",
            has_change_feed=True,
            allowed=METRIC_GROUPS,
            default=(ENGAGEMENT, BILLING),
        ),
        # historic: earlier matrix with every group, earlier active entities reference; never segmented
        Entity(
            "MEDIA_CREATIVE",
            "media_creative",
            has_change_feed=True,
            allowed=METRIC_GROUPS,
            default=_ALL_BUT_MEDIA,
            segmentable=False,
            historic=True,
        ),
        # historic: earlier matrix; never in the change feed, never segmented
        Entity(
            "ORGANIC_TWEET",
            "organic_tweet",
            has_change_feed=False,
            allowed=(ENGAGEMENT, VIDEO),
            default=(ENGAGEMENT, VIDEO),
            segmentable=False,
            historic=True,
        ),
    )
}
"""Entity types by name, in the order of the catalog."""


# --- segmentations ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Segmentation:
    """One segmentation type.

    Attributes:
        name: The API's name.
        current: Whether the present documentation lists it; historic ones may be refused by the API.
        needs_country: Whether a request must name one country.
        needs_platform: Whether a request must name one platform.
        excluded: Entity types that do not take it, besides those that take none at all.
        groups: The metric groups it can be combined with, None for no restriction of its own.
        delay_hours: How long its metrics may stay incomplete, in hours.
    """

    name: str
    current: bool = False
    needs_country: bool = False
    needs_platform: bool = False
    excluded: frozenset[str] = frozenset()
    groups: frozenset[str] | None = None
    delay_hours: int = 1  # timeliness table: segmented metrics up to one hour


_HISTORIC_PLAIN = (
    # segmentation table of earlier revisions, no parameter of their own
    "APP_STORE_CATEGORY",
    "AUDIENCES",
    "CONVERSATIONS",
    "EVENTS",
    "KEYWORDS",
    "SIMILAR_TO_FOLLOWERS_OF_USER",
    "SLIDES",
    "TV_SHOWS",
    "LOCATIONS",  # a country is not required by the documentation, so none is sent
    # older still: the enumerations page of the first API versions
    "AMPLIFY_MARKETPLACE_PREROLL_VIDEOS",
    "AMPLIFY_PUBLISHER_TWEETS",
    "SWIPEABLE_MEDIA",
    "TV_ADS",
)

SEGMENTATIONS: dict[str, Segmentation] = {
    segmentation.name: segmentation
    for segmentation in (
        # the present segmentation table
        Segmentation("AGE", current=True),
        Segmentation("GENDER", current=True),
        Segmentation("METROS", current=True, needs_country=True),
        Segmentation("PLATFORMS", current=True),
        # the present table: only with WEB_CONVERSION; other clients: not for these two entity types
        Segmentation(
            "CONVERSION_TAGS",
            current=True,
            excluded=frozenset({"FUNDING_INSTRUMENT", "PROMOTED_ACCOUNT"}),
            groups=frozenset({WEB_CONVERSION}),
        ),
        *(Segmentation(name) for name in _HISTORIC_PLAIN),
        # timeliness table of earlier revisions: up to twelve hours
        Segmentation("INTERESTS", delay_hours=12),
        # other clients: refused for these two (and for MEDIA_CREATIVE, which takes none)
        Segmentation("LANGUAGES", excluded=frozenset({"ACCOUNT", "FUNDING_INSTRUMENT"})),
        # segmentation table of earlier revisions: `country` required
        Segmentation("CITIES", needs_country=True),
        Segmentation("POSTAL_CODES", needs_country=True),
        Segmentation("REGIONS", needs_country=True),
        # segmentation table of earlier revisions: `platform` required
        Segmentation("DEVICES", needs_platform=True),
        Segmentation("PLATFORM_VERSIONS", needs_platform=True),
    )
}
"""Segmentation types by name; the current ones first."""

_WEB_CONVERSION_SEGMENTATIONS = frozenset({"PLATFORMS", "CONVERSION_TAGS"})  # metrics table, column "segmentable"


def _segmentation_takes(segmentation: Segmentation, group: str) -> bool:
    """Return whether a metric group can be segmented this way."""
    if group == LIFE_TIME_VALUE_MOBILE_CONVERSION:  # metrics table: never segmented
        return False
    if group == WEB_CONVERSION and segmentation.name not in _WEB_CONVERSION_SEGMENTATIONS:
        return False
    return segmentation.groups is None or group in segmentation.groups


def _filtered(entity: Entity, groups: tuple[str, ...], segmentation: str | None) -> tuple[str, ...]:
    """Return those of an entity's groups that a segmentation leaves, in the API's order."""
    if segmentation is None:
        return groups
    rule = SEGMENTATIONS[segmentation]
    if not entity.segmentable or entity.name in rule.excluded:
        return ()
    return tuple(group for group in groups if _segmentation_takes(rule, group))


def allowed_groups(entity: str, segmentation: str | None = None) -> tuple[str, ...]:
    """Return the metric groups that may be asked for.

    Args:
        entity: Entity type, a key of `ENTITIES`.
        segmentation: Segmentation type, a key of `SEGMENTATIONS`, or None for unsegmented.

    Returns:
        Groups in the API's order; empty where the entity type does not take the segmentation.

    Raises:
        KeyError: The entity type or the segmentation is unknown.
    """
    rule = ENTITIES[entity]
    return _filtered(rule, rule.allowed, segmentation)


def default_groups(entity: str, segmentation: str | None = None) -> tuple[str, ...]:
    """Return the metric groups asked for unless the user says otherwise; see `allowed_groups`."""
    rule = ENTITIES[entity]
    return _filtered(rule, rule.default, segmentation)


def allows(entity: str, segmentation: str | None) -> bool:
    """Return whether an entity type can be asked for with a segmentation at all."""
    return bool(allowed_groups(entity, segmentation))


def entities_allowing(segmentation: str) -> tuple[str, ...]:
    """Return the entity types that take a segmentation, in the order of the catalog."""
    return tuple(entity for entity in ENTITIES if allows(entity, segmentation))


def partition_groups(groups: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Split metric groups into the sets that go into one job each.

    Args:
        groups: Metric groups in any order.

    Returns:
        One tuple per job, each in the API's order; together they hold every group given exactly once.

    Raises:
        ValueError: A group is unknown.
    """
    unknown = set(groups) - set(METRIC_GROUPS)
    if unknown:
        raise ValueError(f"Unknown metric groups: {', '.join(sorted(unknown))}")
    wanted = [group for group in METRIC_GROUPS if group in groups]
    parts = (tuple(group for group in wanted if group in part) for part in _JOB_PARTITION)
    return [part for part in parts if part]


def needs_country(segmentation: str | None) -> bool:
    """Return whether a job with this segmentation must name a country."""
    return segmentation is not None and SEGMENTATIONS[segmentation].needs_country


def needs_platform(segmentation: str | None) -> bool:
    """Return whether a job with this segmentation must name a platform."""
    return segmentation is not None and SEGMENTATIONS[segmentation].needs_platform


def delay_hours(segmentation: str | None) -> int:
    """Return how long the newest metrics may stay incomplete, in hours."""
    return UNSEGMENTED_DELAY_HOURS if segmentation is None else SEGMENTATIONS[segmentation].delay_hours


def max_days(segmentation: str | None) -> int:
    """Return the longest span of one job, in days."""
    return MAX_DAYS if segmentation is None else MAX_DAYS_SEGMENTED


def is_historic(entity: str, segmentation: str | None) -> bool:
    """Return whether the present documentation lacks the entity type or the segmentation."""
    return ENTITIES[entity].historic or (segmentation is not None and not SEGMENTATIONS[segmentation].current)
