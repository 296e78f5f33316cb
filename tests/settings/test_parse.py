"""Right configs: defaults, liberal spellings, and files written for the older variant of the tap."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import date, datetime, timezone

import pytest

from tap_twitter_ads_async.settings.batches import BatchSettings
from tap_twitter_ads_async.settings.model import Granularity, Settings
from tap_twitter_ads_async.settings.parse import parse_settings

NOW = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
GOOD: dict[str, t.Any] = {
    "consumer_key": "HushHushKey",
    "consumer_secret": "HushHushSecret",
    "access_token": "HushHushToken",
    "access_token_secret": "HushHushTokenSecret",
    "start_date": "2026-01-01",
}


def _parsed(**changes: t.Any) -> Settings:
    return parse_settings({**GOOD, **changes}, now=NOW)


def test_defaults_are_those_of_the_documentation() -> None:
    """What a user leaves out must mean what the settings table says."""
    settings = _parsed()
    assert settings.account_ids is None
    assert settings.end is None
    assert settings.country_codes == ("US",)
    assert settings.max_concurrent_jobs == 100
    assert settings.job_timeout_seconds == 3900
    assert settings.with_deleted is True
    assert settings.page_size == 1000
    assert settings.request_timeout == 300
    assert settings.user_agent.startswith("tap-twitter-ads-async/")
    assert settings.api_url == "https://ads-api.x.com"
    assert settings.api_version == "12"
    campaign = next(stream for stream in settings.stats if stream.entity == "CAMPAIGN")
    assert campaign.granularity is Granularity.DAY
    assert campaign.placements == ("ALL_ON_TWITTER", "PUBLISHER_NETWORK", "SPOTLIGHT", "TREND")
    assert campaign.window_days == 30


def test_null_means_left_out() -> None:
    """Orchestrators write null for what is not set."""
    names = (
        "account_ids",
        "end_date",
        "granularity",
        "reports",
        "page_size",
        "user_agent",
        "flattening_enabled",
    )
    assert _parsed(**dict.fromkeys(names)) == _parsed()


def test_strings_do_for_numbers_booleans_and_lists() -> None:
    """Environment variables hold nothing else."""
    as_strings = _parsed(
        account_ids="ABC1, 99 ,abc1,",
        granularity="hour",
        segmentation_types="age",
        metric_groups="engagement,BILLING",
        placements='["spotlight"]',
        country_codes="us, ca",
        platforms="0,iOS",
        window_days=" 14 ",
        lookback_days="3",
        max_concurrent_jobs="10",
        job_timeout_seconds="60",
        with_deleted="False",
        page_size="200",
        request_timeout="12.5",
        api_version=12,
        reports='[{"name": "mine", "entity": "line_item", "segmentation_type": "devices"}]',
    )
    as_values = _parsed(
        account_ids=["abc1", 99],
        granularity="HOUR",
        segmentation_types=["AGE"],
        metric_groups=["BILLING", "ENGAGEMENT"],
        placements=["SPOTLIGHT"],
        country_codes=["US", "CA"],
        platforms=[0, "iOS"],
        window_days=14,
        lookback_days=3.0,
        max_concurrent_jobs=10,
        job_timeout_seconds=60,
        with_deleted=False,
        page_size=200,
        request_timeout=12.5,
        api_version="12",
        reports=[{"name": "mine", "entity": "LINE_ITEM", "segmentation_type": "DEVICES"}],
    )
    assert as_strings == as_values
    assert as_values.account_ids == ("abc1", "99")
    assert as_values.with_deleted is False
    assert as_values.stats[-1].platforms == ("0", "iOS")


def test_sdk_settings_are_let_through() -> None:
    """They belong to the SDK and keep working."""
    sdk = {
        "stream_maps": {"campaigns": {"name": "name.upper()", "__else__": None}, "accounts": None},
        "stream_map_config": {"hash_seed": "x"},
        "faker_config": {"seed": 1},
        "flattening_enabled": True,
        "flattening_max_depth": 2,
        "flattening_separator": "__",
        "batch_config": {
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": "file:///tmp/batches", "prefix": "x-"},
        },
        "emit_activate_version_messages": True,
    }
    batches = BatchSettings("jsonl", "file:///tmp/batches", compression="gzip", prefix="x-")
    assert _parsed(**sdk) == replace(_parsed(), batches=batches)


@pytest.mark.parametrize(
    ("written", "day", "instant", "midnight"),
    [
        ("2026-01-02", date(2026, 1, 2), None, True),
        (date(2026, 1, 2), date(2026, 1, 2), None, True),
        ("2026-01-02T00:00:00", date(2026, 1, 2), None, True),
        ("2026-01-02T00:00:00Z", date(2026, 1, 2), datetime(2026, 1, 2, 0, 0, tzinfo=timezone.utc), True),
        (
            "2026-01-02T00:00:00.000000Z",
            date(2026, 1, 2),
            datetime(2026, 1, 2, 0, 0, tzinfo=timezone.utc),
            True,
        ),
        (
            "2026-01-02 00:00:00+00:00",
            date(2026, 1, 2),
            datetime(2026, 1, 2, 0, 0, tzinfo=timezone.utc),
            True,
        ),
        ("20260102", date(2026, 1, 2), None, True),
        ("2026-W01-5", date(2026, 1, 2), None, True),
        ("2026-002", date(2026, 1, 2), None, True),
        ("2026-01-02T07:30:00", date(2026, 1, 2), None, False),
        ("20260102T0700Z", date(2026, 1, 2), datetime(2026, 1, 2, 7, 0, tzinfo=timezone.utc), False),
        ("2026-01-01T24:00:00Z", date(2026, 1, 2), datetime(2026, 1, 2, 0, 0, tzinfo=timezone.utc), True),
        ("2026-01-02T00:00:00.5Z", date(2026, 1, 2), datetime(2026, 1, 2, 0, 0, tzinfo=timezone.utc), True),
        ("2026-01-02T00:00-08", date(2026, 1, 2), datetime(2026, 1, 2, 8, 0, tzinfo=timezone.utc), True),
        (
            "2026-01-02T00:00:00+0530",
            date(2026, 1, 2),
            datetime(2026, 1, 1, 18, 30, tzinfo=timezone.utc),
            True,
        ),
        ("2026-01-02T07:00:00Z", date(2026, 1, 2), datetime(2026, 1, 2, 7, 0, tzinfo=timezone.utc), False),
        (
            "2026-01-02T23:00:00-08:00",
            date(2026, 1, 2),
            datetime(2026, 1, 3, 7, 0, tzinfo=timezone.utc),
            False,
        ),
        (
            datetime(2026, 1, 2, tzinfo=timezone.utc),
            date(2026, 1, 2),
            datetime(2026, 1, 2, 0, 0, tzinfo=timezone.utc),
            True,
        ),
    ],
)
def test_start_is_read_as_written(written: object, day: date, instant: datetime | None, *, midnight: bool) -> None:
    """A day shifted by a time zone is a day of missing or unwanted data."""
    start = _parsed(start_date=written).start
    assert start.day == day
    assert start.instant == instant
    assert start.is_midnight is midnight


def test_start_may_be_today_where_today_begins_first() -> None:
    """It is tomorrow in some zones while it is today in UTC."""
    assert _parsed(start_date="2026-06-16").start.day == date(2026, 6, 16)


def test_end_may_lie_in_the_future() -> None:
    """A fixed end in a config file is passed one day, not before."""
    end = _parsed(end_date="2030-01-01").end
    assert end is not None
    assert end.day == date(2030, 1, 1)


def test_end_may_be_later_on_the_first_day() -> None:
    """An hour range within one day is a fair request."""
    end = _parsed(start_date="2026-01-01", end_date="2026-01-01T06:00:00Z").end
    assert end is not None
    assert not end.is_midnight


def test_credentials_lose_the_line_end_that_shells_leave() -> None:
    """`$(cat key.txt)` and secret stores add one, and a signature made with it is wrong."""
    assert _parsed(consumer_key="HushHushKey\n").credentials.consumer_key == "HushHushKey"


def test_api_url_loses_its_last_slash_and_keeps_its_path() -> None:
    """Paths are appended to it; proxies live under paths."""
    assert _parsed(api_url="http://localhost:8080/x-ads/").api_url == "http://localhost:8080/x-ads"


def test_config_of_the_older_variant_works_unchanged() -> None:
    """Users move over without touching their files."""
    settings = parse_settings(
        {
            "start_date": "2019-01-01T00:00:00Z",
            "user_agent": "tap-twitter-ads <api_user_email@example.com>",
            "consumer_key": "key",
            "consumer_secret": "secret",
            "access_token": "token",
            "access_token_secret": "token-secret",
            "account_ids": "18ce54d4x5t, abc2",
            "attribution_window": "30",
            "with_deleted": "true",
            "country_codes": "US, CA",
            "page_size": "500",
            "request_timeout": "300",
            "reports": [
                {
                    "name": "accounts_no_segment_daily",
                    "entity": "ACCOUNT",
                    "segment": "NO_SEGMENT",
                    "granularity": "DAY",
                },
                {
                    "name": "campaigns-platforms_Hourly",
                    "entity": "CAMPAIGN",
                    "segment": "PLATFORMS",
                    "granularity": "HOUR",
                },
                {
                    "name": "tweets_regions_total",
                    "entity": "PROMOTED_TWEET",
                    "segment": "REGIONS",
                    "granularity": "TOTAL",
                },
            ],
        },
        now=NOW,
    )
    assert settings.account_ids == ("18ce54d4x5t", "abc2")
    assert settings.country_codes == ("US", "CA")
    assert (settings.page_size, settings.request_timeout, settings.with_deleted) == (500, 300.0, True)
    assert settings.start.day == date(2019, 1, 1)
    assert {stream.lookback_days for stream in settings.stats} == {30}
    accounts, campaigns, tweets = settings.stats[-3:]
    assert (accounts.name, accounts.segmentation_type) == ("accounts_no_segment_daily", None)
    assert (campaigns.segmentation_type, campaigns.granularity) == ("PLATFORMS", Granularity.HOUR)
    assert (tweets.segmentation_type, tweets.country_codes) == ("REGIONS", ("US", "CA"))


def test_alias_and_name_may_agree() -> None:
    """Only a contradiction needs the user's decision."""
    settings = _parsed(attribution_window="7", lookback_days=7)
    assert {stream.lookback_days for stream in settings.stats} == {7}


def test_credentials_do_not_show_in_a_traceback() -> None:
    """Settings are printed by debuggers and error reporters."""
    assert "HushHush" not in repr(_parsed())
