"""The declaration: complete, valid, and the same as what the parser does."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from jsonschema import Draft7Validator
from singer_sdk.about import AboutFormatter, AboutInfo

from tap_twitter_ads_async.settings.declaration import CONFIG_JSONSCHEMA, REQUIRED, SECRETS, SETTINGS
from tap_twitter_ads_async.settings.parse import parse_settings
from tap_twitter_ads_async.settings.problems import InvalidSettingsError

NOW = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
_BOUNDED = [name for name, schema in SETTINGS.items() if "maximum" in schema or "minimum" in schema]


def test_settings_are_those_of_the_documentation() -> None:
    """A setting that is not declared cannot be set."""
    assert set(SETTINGS) == {
        *("consumer_key", "consumer_secret", "access_token", "access_token_secret", "account_ids"),
        *("start_date", "end_date", "granularity", "segmentation_types", "metric_groups", "placements"),
        *("country_codes", "platforms", "reports", "window_days", "lookback_days", "attribution_window"),
        *(
            "max_concurrent_jobs",
            "job_timeout_seconds",
            "with_deleted",
            "personal_data",
            "page_size",
            "request_timeout",
        ),
        *("reach_periods", "stats_endpoint", "user_agent", "api_url", "api_version", "report_path", "newest_first"),
    }
    assert SECRETS == ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    assert set(REQUIRED) == {*SECRETS, "start_date"}


def test_schema_is_valid_and_every_setting_is_explained() -> None:
    """`--about` is the reference."""
    Draft7Validator.check_schema(CONFIG_JSONSCHEMA)
    for name, schema in SETTINGS.items():
        assert schema["title"], name
        assert schema["description"].endswith("."), name


def test_declared_defaults_and_examples_are_accepted() -> None:
    """An example that does not work is worse than none."""
    for name, schema in SETTINGS.items():
        candidates = [*schema.get("examples", []), *([schema["default"]] if "default" in schema else [])]
        for value in candidates:
            parse_settings({name: value}, require=False, now=NOW)  # raises if it is refused
            Draft7Validator(CONFIG_JSONSCHEMA["properties"][name]).validate(value)


def test_declared_defaults_are_the_real_ones() -> None:
    """What `--about` calls the default must be what happens."""
    defaults = {name: schema["default"] for name, schema in SETTINGS.items() if "default" in schema}
    assert parse_settings(defaults, require=False, now=NOW) == parse_settings({}, require=False, now=NOW)


@pytest.mark.parametrize("name", _BOUNDED)
def test_declared_bounds_are_the_real_ones(name: str) -> None:
    """The parser and the declaration must not drift apart."""
    schema = SETTINGS[name]
    for bound, step in (("minimum", -1), ("maximum", 1)):
        if bound in schema:
            parse_settings({name: schema[bound]}, require=False, now=NOW)  # raises if it is refused
            with pytest.raises(InvalidSettingsError, match=name):
                parse_settings({name: schema[bound] + step}, require=False, now=NOW)


@pytest.mark.parametrize("style", ["text", "json", "markdown"])
def test_about_shows_every_setting_in_every_format(style: str) -> None:
    """Users read one of the three."""
    info = AboutInfo(
        name="tap-twitter-ads-async",
        description="A tap.",
        version="1",
        sdk_version="1",
        supported_python_versions=None,
        capabilities=[],
        settings=CONFIG_JSONSCHEMA,
        env_var_prefix="TAP_TWITTER_ADS_ASYNC_",
    )
    about = AboutFormatter.get_formatter(style).format_about(info)
    assert all(name in about for name in SETTINGS)
