"""The settings as the user sees them: names, types, defaults, bounds and meanings, declared once.

The parser takes defaults, bounds and allowed values from here, and `--about` prints what stands here.
"""

from __future__ import annotations

import typing as t

from singer_sdk import typing as th

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.settings.model import Granularity, ReachPeriod, StatsEndpoint

NO_SEGMENT = "NO_SEGMENT"
"""How a report may say that it is not segmented."""

GRANULARITIES: tuple[str, ...] = tuple(granularity.value for granularity in Granularity)
STATS_ENDPOINTS: tuple[str, ...] = tuple(endpoint.value for endpoint in StatsEndpoint)
REACH_PERIODS: tuple[str, ...] = tuple(period.value for period in ReachPeriod)


def _list(items: dict[str, t.Any]) -> th.CustomType:
    """Return the type of a list setting, which may also be written as one comma-separated string."""
    return th.CustomType({"type": ["array", "string", "null"], "items": items})


def _one_of(values: tuple[str, ...]) -> dict[str, t.Any]:
    return {"type": "string", "enum": list(values)}


_TEXT: dict[str, t.Any] = {"type": "string"}
_REPORT: dict[str, t.Any] = {
    "type": "object",
    "required": ["name", "entity"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "description": "Stream name: letters, digits, _ and -."},
        "entity": {**_one_of(tuple(rules.ENTITIES)), "description": "Entity type."},
        "segmentation_type": {
            **_one_of((*rules.SEGMENTATIONS, NO_SEGMENT)),
            "description": "Segmentation; left out or NO_SEGMENT for none.",
        },
        "segment": {**_TEXT, "description": "Alias of segmentation_type.", "deprecated": True},
        "granularity": {**_one_of(GRANULARITIES), "description": "Time bucket."},
        "metric_groups": {"type": ["array", "string"], "items": _one_of(rules.METRIC_GROUPS)},
        "placements": {"type": ["array", "string"], "items": _one_of(rules.PLACEMENTS)},
        "country_codes": {"type": ["array", "string"], "items": _TEXT},
        "platforms": {"type": ["array", "string"], "items": _TEXT},
    },
}


def _secret(name: str, title: str) -> th.Property[str]:
    return th.Property(
        name,
        th.StringType,
        required=True,
        secret=True,
        title=title,
        description=f"OAuth 1.0a {title.lower()} for the X Ads API.",
    )


_WHAT: tuple[th.Property[t.Any], ...] = (
    th.Property(
        "account_ids",
        _list(_TEXT),
        title="Accounts",
        description=(
            "Ads accounts to extract, as a list or one comma-separated string. Default: every account that "
            "the token can read."
        ),
        examples=[["18ce54d4x5t", "gq180y"], "18ce54d4x5t,gq180y"],
    ),
    th.Property(
        "start_date",
        th.StringType,
        required=True,
        title="Start date",
        description="First day to extract, in each account's own time zone (ISO 8601 date or date-time).",
        examples=["2026-01-01", "2026-01-01T00:00:00Z"],
    ),
    th.Property(
        "end_date",
        th.StringType,
        title="End date",
        description=(
            "Day before which extraction ends, in each account's own time zone (ISO 8601 date or date-time, "
            "exclusive). Default: up to now."
        ),
        examples=["2026-07-01"],
    ),
    th.Property(
        "granularity",
        th.StringType,
        default="DAY",
        allowed_values=list(GRANULARITIES),
        title="Granularity",
        description="Time bucket of the stats streams: DAY, HOUR or TOTAL.",
    ),
    th.Property(
        "segmentation_types",
        _list(_one_of(tuple(rules.SEGMENTATIONS))),
        default=[],
        title="Segmentations",
        description=(
            "Each adds one stream per entity type that allows it, such as campaign_stats_by_gender. "
            "List or comma-separated string."
        ),
        examples=[["GENDER", "METROS"]],
    ),
    th.Property(
        "metric_groups",
        _list(_one_of(rules.METRIC_GROUPS)),
        title="Metric groups",
        description=(
            "Metric groups to extract; list or comma-separated string. Default: all that the entity type and "
            "the segmentation allow."
        ),
        examples=[["ENGAGEMENT", "BILLING"]],
    ),
    th.Property(
        "placements",
        _list(_one_of(rules.PLACEMENTS)),
        default=list(rules.PLACEMENTS),
        title="Placements",
        description=(
            "Placements to extract. For entity types with a change feed, only those in which the entity was "
            "active. List or comma-separated string."
        ),
    ),
    th.Property(
        "country_codes",
        _list(_TEXT),
        default=["US"],
        title="Countries",
        description=(
            "Two-letter ISO 3166 codes, for segmentations and option endpoints that need a country. List or "
            "comma-separated string."
        ),
        examples=[["US", "CA"]],
    ),
    th.Property(
        "platforms",
        _list(_TEXT),
        title="Platforms",
        description=(
            "Names or targeting values, for segmentations that need a platform. List or comma-separated "
            "string. Default: all that the API lists."
        ),
        examples=[["iOS", "Android"], "0,1"],
    ),
    th.Property(
        "reports",
        _list(_REPORT),
        default=[],
        title="Reports",
        description=(
            "Stats streams that you define: objects with name, entity and optionally segmentation_type, "
            "granularity, metric_groups, placements, country_codes, platforms. Values that an object leaves "
            "out come from the settings."
        ),
        examples=[[{"name": "campaigns_by_age", "entity": "CAMPAIGN", "segmentation_type": "AGE"}]],
    ),
)

_REACH = th.Property(
    "reach_periods",
    _list(_one_of(REACH_PERIODS)),
    default=["MONTH"],
    title="Reach periods",
    description=(
        "Periods of the streams campaign_reach and funding_instrument_reach: DAY, WEEK (from Monday), MONTH, LIFETIME "
        "(from start_date on). Reach is not additive, so each period is requested separately."
    ),
)

_STATS_ENDPOINT = th.Property(
    "stats_endpoint",
    th.StringType,
    default="ASYNC",
    allowed_values=list(STATS_ENDPOINTS),
    title="Stats endpoint",
    description=(
        "ASYNC: metrics come from asynchronous jobs. AUTO: the synchronous endpoint is used where possible "
        "(unsegmented, at most 7 days, not older than 90 days), within its 250 requests per 15 minutes; jobs for "
        "everything else. The records are the same; a small run ends within seconds. Account and organic post "
        "streams need window_days of at most 7 for that."
    ),
)

_HOW: tuple[th.Property[t.Any], ...] = (
    _REACH,
    _STATS_ENDPOINT,
    th.Property(
        "window_days",
        th.IntegerType(minimum=1, maximum=rules.MAX_DAYS),
        default=30,
        title="Window",
        description=(
            f"Longest day window of one job: 1 to {rules.MAX_DAYS} days, to {rules.MAX_DAYS_SEGMENTED} with "
            "a segmentation."
        ),
    ),
    th.Property(
        "lookback_days",
        th.IntegerType(minimum=0, maximum=365),
        title="Look-back",
        description=(
            "Days before the bookmark that are always extracted again. Default: 14 for entity types without "
            "a change feed (ACCOUNT, ORGANIC_TWEET), else 0."
        ),
    ),
    th.Property(
        "newest_first",
        th.BooleanType,
        default=False,
        title="Newest first",
        description=(
            "Whether a first extraction processes its windows from the newest to the oldest, so that the last weeks "
            "are in the warehouse before years of history."
        ),
    ),
    th.Property(
        "attribution_window",
        th.IntegerType(minimum=0, maximum=365),
        title="Attribution window",
        description="Alias of lookback_days.",
        deprecated=True,
    ),
    th.Property(
        "max_concurrent_jobs",
        th.IntegerType(minimum=1, maximum=rules.MAX_CONCURRENT_JOBS),
        default=rules.MAX_CONCURRENT_JOBS,
        title="Concurrent jobs",
        description=f"Jobs in flight per ads account, 1 to {rules.MAX_CONCURRENT_JOBS}.",
    ),
    th.Property(
        "job_timeout_seconds",
        th.IntegerType(minimum=1),
        default=3900,
        title="Job time-out",
        description="A job that takes longer is abandoned and created again, split in two (seconds).",
    ),
    th.Property(
        "with_deleted",
        th.BooleanType,
        default=True,
        title="Deleted objects",
        description="Whether to include logically deleted objects.",
    ),
    th.Property(
        "personal_data",
        th.BooleanType,
        default=False,
        title="Personal data",
        description=(
            "Whether to offer the streams with personal data: tax_settings and user_settings. If false, they are "
            "neither in the catalog nor requested, whatever is selected."
        ),
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=1, maximum=1000),
        default=1000,
        title="Page size",
        description="Records per page, 1 to 1000; lower where an endpoint's own limit is lower.",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0),
        default=300,
        title="Request time-out",
        description="Connect and read time-out of one request (seconds).",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="User-Agent header. Default: `tap-twitter-ads-async/<version>`.",
        examples=["acme-marketing-data <data@example.com>"],
    ),
    th.Property(
        "api_url",
        th.StringType,
        default="https://ads-api.x.com",
        title="API URL",
        description="Base URL of the API: the real one, its sandbox, a proxy or a simulator.",
        examples=["https://ads-api-sandbox.x.com", "http://127.0.0.1:8080"],
    ),
    th.Property(
        "api_version",
        th.StringType,
        default="12",
        title="API version",
        description="Version segment of the API's paths.",
    ),
    th.Property(
        "report_path",
        th.StringType,
        title="Report",
        description=(
            "Folder to which every run writes run.json and run.html: what it did, job by job, and what is extracted. "
            "Created if necessary; files of an earlier run are replaced."
        ),
        examples=["output/report"],
    ),
)

CONFIG_JSONSCHEMA: dict[str, t.Any] = th.PropertiesList(
    _secret("consumer_key", "Consumer key"),
    _secret("consumer_secret", "Consumer secret"),
    _secret("access_token", "Access token"),
    _secret("access_token_secret", "Access token secret"),
    *_WHAT,
    *_HOW,
).to_dict()
"""JSON schema of the tap's own settings, for `--about` and for the parser."""

SETTINGS: dict[str, dict[str, t.Any]] = dict(CONFIG_JSONSCHEMA["properties"])
"""Declaration of each setting by name; stays ours even when the SDK adds its own to the schema."""

REQUIRED: tuple[str, ...] = tuple(CONFIG_JSONSCHEMA["required"])
"""Settings that a sync cannot do without."""

SECRETS: tuple[str, ...] = tuple(name for name, schema in SETTINGS.items() if schema.get("secret"))
"""Settings whose values appear in no message."""

REPORT_KEYS: tuple[str, ...] = tuple(_REPORT["properties"])
"""What an entry of `reports` may hold."""
