"""Which stats streams the settings bring, and what each of them asks for."""

from __future__ import annotations

import logging
import typing as t
from datetime import datetime, timezone

import pytest

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.settings.parse import parse_settings

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.settings.model import StatsDefinition

NOW = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
EIGHT = [
    *("account_stats", "funding_instrument_stats", "campaign_stats", "line_item_stats"),
    *("promoted_tweet_stats", "promoted_account_stats", "media_creative_stats", "organic_tweet_stats"),
]


def _streams(**raw: t.Any) -> dict[str, StatsDefinition]:
    streams = parse_settings(raw, require=False, now=NOW).stats
    by_name = {stream.name: stream for stream in streams}
    assert len(by_name) == len(streams)
    return by_name


def _report(**fields: t.Any) -> StatsDefinition:
    general = fields.pop("general", {})
    return _streams(reports=[{"name": "mine", "entity": "CAMPAIGN", **fields}], **general)["mine"]


def test_the_eight_built_in_streams_are_always_there() -> None:
    """Whatever the settings, a catalog made once keeps fitting."""
    assert list(_streams()) == EIGHT
    assert list(_streams(metric_groups="MOBILE_CONVERSION")) == EIGHT


def test_segmentation_adds_a_stream_per_entity_type_that_allows_it() -> None:
    """One stream too many is a refused job, one too few is missing data."""
    assert list(_streams(segmentation_types="GENDER,CONVERSION_TAGS,GENDER"))[8:] == [
        *("account_stats_by_gender", "funding_instrument_stats_by_gender", "campaign_stats_by_gender"),
        *("line_item_stats_by_gender", "promoted_tweet_stats_by_gender", "promoted_account_stats_by_gender"),
        *("campaign_stats_by_conversion_tags", "line_item_stats_by_conversion_tags"),
        "promoted_tweet_stats_by_conversion_tags",
    ]


@pytest.mark.parametrize("segmentation", rules.SEGMENTATIONS)
def test_every_segmentation_works_old_and_new(segmentation: str) -> None:
    """Historic ones stay configurable, as a setting and in a report."""
    added = list(_streams(segmentation_types=segmentation).values())[8:]
    assert {stream.segmentation_type for stream in added} == {segmentation}
    assert _report(segmentation_type=segmentation).segmentation_type == segmentation
    for stream in added:
        assert bool(stream.country_codes) == stream.needs_country
        assert stream.metric_groups == rules.default_groups(stream.entity, segmentation)


def test_metric_groups_restrict_each_stream_to_what_it_allows() -> None:
    """One list serves entity types that differ."""
    streams = _streams(metric_groups="BILLING,MEDIA,WEB_CONVERSION", segmentation_types="AGE,PLATFORMS")
    assert streams["campaign_stats"].metric_groups == ("BILLING", "MEDIA", "WEB_CONVERSION")
    assert streams["account_stats"].metric_groups == ()
    assert streams["funding_instrument_stats"].metric_groups == ("BILLING",)
    assert streams["campaign_stats_by_age"].metric_groups == ("BILLING", "MEDIA")
    assert streams["campaign_stats_by_platforms"].metric_groups == ("BILLING", "MEDIA", "WEB_CONVERSION")
    assert "account_stats_by_age" not in streams


def test_promoted_accounts_get_conversions_only_when_asked() -> None:
    """The documentation's matrix has no row for them, so the sure groups are the default."""
    assert _streams()["promoted_account_stats"].metric_groups == ("ENGAGEMENT", "BILLING")
    asked = _report(entity="PROMOTED_ACCOUNT", metric_groups=["MOBILE_CONVERSION", "ENGAGEMENT"])
    assert asked.metric_groups == ("ENGAGEMENT", "MOBILE_CONVERSION")


def test_lookback_depends_on_the_change_feed() -> None:
    """Without a feed nothing else would bring late adjustments in."""
    lookbacks = {name: stream.lookback_days for name, stream in _streams().items()}
    assert {name for name, days in lookbacks.items() if days == 14} == {
        "account_stats",
        "organic_tweet_stats",
    }
    assert set(lookbacks.values()) == {0, 14}
    assert {stream.lookback_days for stream in _streams(lookback_days=0).values()} == {0}


def test_report_takes_what_it_leaves_out_from_the_settings() -> None:
    """The settings are the report's defaults."""
    report = _report(
        segmentation_type="METROS",
        general={
            "granularity": "HOUR",
            "metric_groups": "BILLING",
            "placements": "TREND",
            "country_codes": "DE",
            "window_days": 7,
            "lookback_days": 2,
        },
    )
    assert report.granularity.value == "HOUR"
    assert report.metric_groups == ("BILLING",)
    assert report.placements == ("TREND",)
    assert report.country_codes == ("DE",)
    assert (report.window_days, report.lookback_days) == (7, 2)


def test_report_overrides_the_settings() -> None:
    """Its own words count, also against a narrower setting."""
    report = _report(
        segmentation_type="REGIONS",
        granularity="TOTAL",
        metric_groups="VIDEO",
        placements=["SPOTLIGHT"],
        country_codes=["fr", "es"],
        general={"metric_groups": "BILLING", "country_codes": "DE"},
    )
    assert report.granularity.value == "TOTAL"
    assert report.metric_groups == ("VIDEO",)
    assert report.placements == ("SPOTLIGHT",)
    assert report.country_codes == ("FR", "ES")


def test_report_may_ask_for_platforms() -> None:
    """One job per platform named, all of them where none is named."""
    assert _report(segmentation_type="DEVICES", platforms="iOS,Android").platforms == ("iOS", "Android")
    everywhere = _report(segmentation_type="DEVICES")
    assert (everywhere.platforms, everywhere.needs_platform) == ((), True)


def test_needless_country_and_platform_are_warned_about_and_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """They change nothing, and the user believes they do."""
    with caplog.at_level(logging.WARNING):
        report = _report(segmentation_type="GENDER", country_codes="DE", platforms="iOS")
    assert (report.country_codes, report.platforms) == ((), ())
    assert [record.getMessage() for record in caplog.records] == [
        "Setting reports[0].country_codes has no effect: segmentation GENDER needs no country.",
        "Setting reports[0].platforms has no effect: segmentation GENDER needs no platform.",
    ]


def test_default_country_is_not_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody wrote it; a warning at every run is noise."""
    with caplog.at_level(logging.WARNING):
        _report(segmentation_type="GENDER", general={"country_codes": "US,CA"})
    assert not caplog.records


@pytest.mark.parametrize("written", ["NO_SEGMENT", "no_segment", None])
def test_report_may_say_that_it_has_no_segment(written: str | None) -> None:
    """The older variant demanded a word for it."""
    assert not _report(segment=written).segmented
    assert not _report(segmentation_type=written).segmented


def test_long_windows_are_fine_without_segments() -> None:
    """Only segmented jobs are limited to 45 days."""
    assert {stream.window_days for stream in _streams(window_days=90).values()} == {90}
    assert {s.window_days for s in _streams(window_days=45, segmentation_types="AGE").values()} == {45}


def test_what_the_api_may_refuse_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """The user can then tell a retired segmentation from a fault of the tap."""
    with caplog.at_level(logging.WARNING):
        _streams(
            segmentation_types="TV_ADS,AGE",
            reports=[
                {"name": "ads", "entity": "CAMPAIGN", "segment": "TV_ADS", "metric_groups": "MEDIA,BILLING"},
                {"name": "tweets", "entity": "ORGANIC_TWEET"},
            ],
        )
    assert [record.args for record in caplog.records] == [
        ("segmentation TV_ADS",),
        ("metric group MEDIA",),
        ("entity type ORGANIC_TWEET",),
    ]


def test_present_settings_log_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A warning at every run is one that nobody reads."""
    with caplog.at_level(logging.WARNING):
        _streams(segmentation_types="AGE,GENDER,METROS,PLATFORMS,CONVERSION_TAGS")
    assert not caplog.records
