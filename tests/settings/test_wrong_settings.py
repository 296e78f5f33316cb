"""Wrong configs: each gives one message that names the setting, what was wrong and what is allowed."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

import pytest

from tap_twitter_ads_async.errors import SettingsError
from tap_twitter_ads_async.settings.declaration import SECRETS
from tap_twitter_ads_async.settings.parse import parse_settings
from tap_twitter_ads_async.settings.problems import InvalidSettingsError

NOW = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
GOOD: dict[str, t.Any] = {
    "consumer_key": "TopSecretConsumerKey",
    "consumer_secret": "TopSecretConsumerSecret",
    "access_token": "TopSecretAccessToken",
    "access_token_secret": "TopSecretAccessTokenSecret",
    "start_date": "2026-01-01",
}
DROP = object()

Case = tuple[dict[str, t.Any], str, tuple[str, ...]]
"""What to change in the good config, the setting to be named, and words that must appear."""

TYPES: list[Case] = [
    ({"consumer_key": 5}, "consumer_key", ("must be a quoted string",)),
    ({"access_token": ["TopSecretAccessToken"]}, "access_token", ("must be a quoted string",)),
    ({"access_token_secret": "  "}, "access_token_secret", ("must not be empty",)),
    ({"consumer_secret": "TopSecret ConsumerSecret"}, "consumer_secret", ("without spaces",)),
    ({"account_ids": {"id": "abc"}}, "account_ids", ("list or one comma-separated string", "an object")),
    ({"account_ids": [1.5]}, "account_ids", ("list of strings", "1.5")),
    ({"window_days": "a month"}, "window_days", ("whole number from 1 to 90", '"a month"')),
    ({"window_days": True}, "window_days", ("whole number from 1 to 90", "true")),
    ({"window_days": 7.5}, "window_days", ("whole number from 1 to 90", "7.5")),
    ({"with_deleted": "maybe"}, "with_deleted", ("true or false", '"maybe"')),
    ({"with_deleted": 1}, "with_deleted", ("true or false", "1")),
    ({"request_timeout": "soon"}, "request_timeout", ("seconds above 0", '"soon"')),
    ({"granularity": 7}, "granularity", ("HOUR, DAY, TOTAL", "7")),
    ({"user_agent": 12}, "user_agent", ("must be a string", "12")),
    ({"user_agent": "tap\r\nX-Evil: 1"}, "user_agent", ("printable ASCII",)),
    ({"segmentation_types": 3.5}, "segmentation_types", ("list or one comma-separated string", "3.5")),
    ({"placements": '["SPOTLIGHT"'}, "placements", ("JSON list", "is not valid JSON")),
    ({"reports": {"name": "one"}}, "reports", ("list of objects", "an object")),
    ({"reports": "campaign report"}, "reports", ("list of objects", "JSON")),
    ({"reports": ["campaigns"]}, "reports[0]", ("must be an object", '"campaigns"')),
    ({"flattening_enabled": "perhaps"}, "flattening_enabled", ("boolean",)),
    (
        {"batch_config": {"encoding": {"format": "csv"}, "storage": {"root": "batches"}}},
        "batch_config.encoding.format",
        ("jsonl",),
    ),
]

RANGES: list[Case] = [
    ({"window_days": 0}, "window_days", ("from 1 to 90", "0")),
    ({"window_days": 91}, "window_days", ("from 1 to 90", "91")),
    ({"lookback_days": -1}, "lookback_days", ("from 0 to 365", "-1")),
    ({"attribution_window": "soon"}, "attribution_window", ("from 0 to 365", "soon")),
    ({"max_concurrent_jobs": 101}, "max_concurrent_jobs", ("from 1 to 100", "101")),
    ({"max_concurrent_jobs": "0"}, "max_concurrent_jobs", ("from 1 to 100", "0")),
    ({"job_timeout_seconds": 0}, "job_timeout_seconds", ("at least 1", "0")),
    ({"page_size": "1001"}, "page_size", ("from 1 to 1000", "1001")),
    ({"request_timeout": 0}, "request_timeout", ("above 0", "0")),
    ({"request_timeout": "nan"}, "request_timeout", ("above 0", "nan")),
    ({"account_ids": []}, "account_ids", ("at least one account", "leave it out")),
    ({"account_ids": "abc,d-e"}, "account_ids", ("letters and digits", '"d-e"')),
    ({"placements": []}, "placements", ("empty list", "leave it out")),
    ({"metric_groups": ""}, "metric_groups", ("empty list", "leave it out")),
    ({"country_codes": "US,USA"}, "country_codes", ("two-letter", '"USA"')),
    ({"end_date": ""}, "end_date", ("ISO 8601",)),
]

ENUMS: list[Case] = [
    ({"granularity": "DAILY"}, "granularity", ("HOUR, DAY, TOTAL", '"DAILY"', "did you mean DAY?")),
    ({"segmentation_types": ["GENDRE"]}, "segmentation_types", ("GENDER", "did you mean GENDER?")),
    ({"segmentation_types": "AGE,METRO"}, "segmentation_types", ('"METRO"', "did you mean METROS?")),
    ({"metric_groups": "ENGAGEMENTS"}, "metric_groups", ("BILLING", "did you mean ENGAGEMENT?")),
    ({"placements": ["SPOT_LIGHT"]}, "placements", ("TREND", "did you mean SPOTLIGHT?")),
    ({"api_version": "v12"}, "api_version", ('such as "12"', '"v12"')),
    ({"api_url": "ads-api.x.com"}, "api_url", ("http or https", '"ads-api.x.com"')),
    ({"api_url": "ftp://ads-api.x.com"}, "api_url", ("http or https",)),
    ({"api_url": "https://ads-api.x.com/12"}, "api_url", ("'api_version'",)),
    ({"api_url": "https://ads-api.x.com?x=1"}, "api_url", ("without ? and #",)),
    ({"api_url": "https://ads-api.x.com:port"}, "api_url", ("http or https",)),
    ({"strat_date": "2026-01-01"}, "strat_date", ("unknown", "did you mean start_date?")),
    ({"segments": "AGE"}, "segments", ("unknown", "segmentation_types")),
]

DATES: list[Case] = [
    ({"start_date": DROP}, "start_date", ("missing", "required", "ISO 8601")),
    ({"start_date": None}, "start_date", ("missing", "required")),
    ({"consumer_key": DROP}, "consumer_key", ("missing", "required")),
    ({"start_date": "01/02/2026"}, "start_date", ("ISO 8601", '"01/02/2026"')),
    ({"start_date": 20260101}, "start_date", ("ISO 8601", "20260101")),
    ({"start_date": "2026-02-30"}, "start_date", ("does not exist", '"2026-02-30"')),
    ({"start_date": "2026-01-01T25:00:00Z"}, "start_date", ("does not exist",)),
    ({"start_date": "2026-01"}, "start_date", ("ISO 8601", '"2026-01"')),
    ({"start_date": "2026-01-01T05:00", "end_date": "2026-01-01T05:00"}, "end_date", ("must be after start_date",)),
    ({"start_date": "2026-01-01T05:00", "end_date": "2026-01-01T04:00Z"}, "end_date", ("must be after start_date",)),
    ({"start_date": "9999-12-31T23:00-05:00"}, "start_date", ("does not exist",)),
    ({"start_date": "2026-06-17"}, "start_date", ("future", "2026-06-17")),
    ({"start_date": "2026-06-15T13:00:00Z"}, "start_date", ("future",)),
    ({"start_date": "0026-01-01"}, "start_date", ("before 1970-01-01",)),
    ({"end_date": "2026-01-01"}, "end_date", ("after start_date (2026-01-01)", "exclusive")),
    ({"end_date": "2025-12-31T00:00:00Z"}, "end_date", ("after start_date",)),
    (
        {"start_date": "2026-01-05T05:00:00Z", "end_date": "2026-01-05T06:30:00+02:00"},
        "end_date",
        ("after start_date",),
    ),
]


def _report(**fields: t.Any) -> dict[str, t.Any]:
    return {"reports": [{"name": "mine", "entity": "CAMPAIGN", **fields}]}


COMBINATIONS: list[Case] = [
    (_report(entity="CAMPAIGNS"), "reports[0].entity", ("LINE_ITEM", "did you mean CAMPAIGN?")),
    ({"reports": [{"name": "mine"}]}, "reports[0].entity", ("missing", "ORGANIC_TWEET")),
    ({"reports": [{"entity": "ACCOUNT"}]}, "reports[0].name", ("missing", "name")),
    (_report(name="my report"), "reports[0].name", ("letters, digits", '"my report"')),
    (_report(segmentation="AGE"), "reports[0].segmentation", ("did you mean segmentation_type?",)),
    (_report(segment="AGES"), "reports[0].segment", ("did you mean AGE?",)),
    (_report(granularity="WEEK"), "reports[0].granularity", ("HOUR, DAY, TOTAL", '"WEEK"')),
    (_report(metric_groups=[]), "reports[0].metric_groups", ("empty list",)),
    (_report(placements="TRENDS"), "reports[0].placements", ("did you mean TREND?",)),
    (_report(country_codes=["U"], segment="METROS"), "reports[0].country_codes", ("two-letter", '"U"')),
    (_report(platforms=[None], segment="DEVICES"), "reports[0].platforms", ("list of strings", "null")),
    (_report(segment="AGE", segmentation_type="GENDER"), "reports[0].segment", ("alias", "keep one")),
    (
        _report(entity="MEDIA_CREATIVE", segmentation_type="GENDER"),
        "reports[0].segmentation_type",
        ("MEDIA_CREATIVE cannot be segmented by GENDER", "no segmentation", "CAMPAIGN"),
    ),
    (
        _report(entity="PROMOTED_ACCOUNT", segmentation_type="CONVERSION_TAGS"),
        "reports[0].segmentation_type",
        ("PROMOTED_ACCOUNT cannot", "PLATFORMS", "CAMPAIGN, LINE_ITEM, PROMOTED_TWEET"),
    ),
    (
        _report(segmentation_type="AGE", metric_groups="ENGAGEMENT,WEB_CONVERSION"),
        "reports[0].metric_groups",
        ("CAMPAIGN by AGE allows ENGAGEMENT, BILLING", "not WEB_CONVERSION"),
    ),
    (
        _report(entity="ACCOUNT", metric_groups="BILLING"),
        "reports[0].metric_groups",
        ("ACCOUNT allows ENGAGEMENT, not BILLING",),
    ),
    (
        {"metric_groups": "BILLING", **_report(entity="ORGANIC_TWEET")},
        "reports[0].metric_groups",
        ("ORGANIC_TWEET allows ENGAGEMENT, VIDEO", "'metric_groups' (BILLING)"),
    ),
    (_report(name="campaign_stats"), "reports[0].name", ("campaign_stats", "built-in stream")),
    (_report(name="Campaigns"), "reports[0].name", ("Campaigns", "built-in stream")),
    (
        {"segmentation_types": "AGE", **_report(name="campaign_stats_by_age")},
        "reports[0].name",
        ("campaign_stats_by_age", "built-in stream"),
    ),
    (
        {"reports": [{"name": "one", "entity": "ACCOUNT"}, {"name": " one", "entity": "CAMPAIGN"}]},
        "reports[1].name",
        ("one is the name of reports[0]", "unique"),
    ),
    (
        {"segmentation_types": "CONVERSION_TAGS", "metric_groups": "ENGAGEMENT"},
        "segmentation_types",
        ("CONVERSION_TAGS allows the metric groups WEB_CONVERSION", "'metric_groups' (ENGAGEMENT)"),
    ),
    (
        {"segmentation_types": "AGE", "window_days": 46},
        "window_days",
        ("from 1 to 45", "segmented", "46"),
    ),
    (
        {"window_days": 90, **_report(segmentation_type="GENDER")},
        "window_days",
        ("from 1 to 45", "(mine)", "90"),
    ),
    ({"attribution_window": 14, "lookback_days": 7}, "attribution_window", ("alias", "'lookback_days'")),
]

ALL_CASES = [*TYPES, *RANGES, *ENUMS, *DATES, *COMBINATIONS]


def _config(changes: dict[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in {**GOOD, **changes}.items() if value is not DROP}


def _problems(raw: dict[str, t.Any]) -> InvalidSettingsError:
    with pytest.raises(InvalidSettingsError) as caught:
        parse_settings(raw, object_names=frozenset({"campaigns"}), now=NOW)
    return caught.value


def test_good_config_is_accepted() -> None:
    """Otherwise every case below would pass for the wrong reason."""
    assert parse_settings(GOOD, object_names=frozenset({"campaigns"}), now=NOW).start.day.year == 2026


@pytest.mark.parametrize(("changes", "setting", "words"), ALL_CASES)
def test_wrong_config_is_named_with_what_is_allowed(
    changes: dict[str, t.Any], setting: str, words: tuple[str, ...]
) -> None:
    """A wrong setting that is not named costs a day of waiting for data that never come."""
    error = _problems(_config(changes))
    assert isinstance(error, SettingsError)
    assert {problem.split(":")[0] for problem in error.problems} == {setting}
    assert len(error.problems) == 1
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize(("changes", "setting", "words"), ALL_CASES)
def test_no_message_repeats_a_secret(changes: dict[str, t.Any], setting: str, words: tuple[str, ...]) -> None:
    """Messages end in logs that many people read."""
    del setting, words
    assert "TopSecret" not in str(_problems(_config(changes)))


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("granularity", "{}"),
        ("account_ids", ["abc", "{}-x"]),
        ("window_days", "{}"),
        ("api_url", "https://user:{}@ads-api.x.com"),
        ("api_url", "https://ads-api.x.com?token={}"),
        ("user_agent", "{} é"),
        ("start_date", "{}"),
        ("reports", '[{{"name": "{}'),
        ("reports", [{"name": "{} {}", "entity": "{}", "segment": "{}"}]),
        ("segmentation_types", "{}"),
        ("stream_maps", "{}"),
        ("batch_config", {"storage": "{}"}),
        ("a_setting_nobody_knows", "{}"),
        ("consumer_secrets", "{}"),
    ],
)
def test_secret_in_the_wrong_place_is_not_repeated(secret: str, setting: str, value: t.Any) -> None:
    """People paste credentials into the line below."""
    long_secret = GOOD[secret] * 5  # longer than what a message shows of a value

    def filled(template: t.Any) -> t.Any:
        if isinstance(template, str):
            return template.replace("{}", long_secret)
        if isinstance(template, list):
            return [filled(item) for item in template]
        return {name: filled(item) for name, item in template.items()}

    raw = {**GOOD, secret: long_secret}
    raw[setting] = filled(value)
    assert GOOD[secret] not in str(_problems(raw))


def test_ill_typed_secret_is_not_repeated() -> None:
    """A secret in a list or an object is still a secret."""
    raw = {name: [value] if name in SECRETS else value for name, value in GOOD.items()}
    error = _problems(raw)
    assert len(error.problems) == 4
    assert "TopSecret" not in str(error)


def test_all_problems_come_in_one_message() -> None:
    """Mending settings one by one takes one run each."""
    error = _problems({"window_days": 0, "granularity": "X", "reports": [{}, 5], "nobody": 1, "end_date": "?"})
    named = [problem.split(":")[0] for problem in error.problems]
    assert sorted(named) == sorted(
        [
            *("consumer_key", "consumer_secret", "access_token", "access_token_secret", "start_date"),
            *("window_days", "granularity", "nobody", "end_date"),
            *("reports[0].name", "reports[0].entity", "reports[1]"),
        ],
    )
    assert str(error).count("\n") == len(named)
    assert "12 problems" in str(error)


def test_discovery_needs_no_setting_but_refuses_wrong_ones() -> None:
    """A catalog can be made before there are credentials; a typing error helps nobody at any time."""
    settings = parse_settings({}, require=False, now=NOW)
    assert [stream.name for stream in settings.stats][:2] == ["account_stats", "funding_instrument_stats"]
    with pytest.raises(InvalidSettingsError, match="granularity"):
        parse_settings({"granularity": "DAILY"}, require=False, now=NOW)
