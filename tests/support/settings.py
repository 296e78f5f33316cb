"""The settings of a run, without a config file."""

from __future__ import annotations

import typing as t
from datetime import date

from tap_twitter_ads_async.api.connection import Credentials
from tap_twitter_ads_async.settings.model import Bound, ReachPeriod, Settings, StatsEndpoint


def settings(start: str = "2026-01-01", end: str | None = None, **changed: t.Any) -> Settings:
    """Return the settings of a run between two dates, with the declared defaults but for what is changed."""
    return Settings(
        **{
            "credentials": Credentials("key", "key-secret", "token", "token-secret"),
            "start": Bound(date.fromisoformat(start)),
            "end": Bound(date.fromisoformat(end)) if end else None,
            "account_ids": None,
            "country_codes": ("US",),
            "stats": (),
            "max_concurrent_jobs": 100,
            "job_timeout_seconds": 3900,
            "with_deleted": True,
            "personal_data": False,
            "page_size": 1000,
            "reach_periods": (ReachPeriod.MONTH,),
            "stats_endpoint": StatsEndpoint.ASYNC,
            "request_timeout": 10.0,
            "user_agent": "tests",
            "api_url": "https://ads-api.x.com",
            "api_version": "12",
            **changed,
        }
    )
