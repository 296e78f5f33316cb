"""The page on metric groups against the tap: columns and jobs of each choice."""

from __future__ import annotations

import pytest

from tap_twitter_ads_async.domain.rules import partition_groups
from tap_twitter_ads_async.settings.declaration import SECRETS
from tap_twitter_ads_async.stats.stream import StatsStream
from tap_twitter_ads_async.tap import TapTwitterAdsAsync
from tests.support.markdown import ROOT

WINDOWS_TIMES_PLACEMENTS = 2 * 4  # 60 days in windows of 30, all four placements


@pytest.mark.parametrize(
    ("choice", "groups"),
    [
        ("all, the default", None),
        ("without the app groups", "ENGAGEMENT,BILLING,VIDEO,WEB_CONVERSION"),
        ("`ENGAGEMENT, BILLING`", "ENGAGEMENT,BILLING"),
    ],
)
def test_columns_and_jobs_of_a_choice_are_those_of_the_page(choice: str, groups: str | None) -> None:
    """People choose by these figures, and pay for the difference on every run."""
    needed = {**dict.fromkeys(SECRETS, "x"), "start_date": "2026-01-01"}
    tap = TapTwitterAdsAsync(config=needed | ({"metric_groups": groups} if groups else {}))
    stream = tap.streams["campaign_stats"]
    assert isinstance(stream, StatsStream)
    columns = len(stream.schema["properties"])
    jobs = WINDOWS_TIMES_PLACEMENTS * len(partition_groups(stream.definition.metric_groups))
    page = (ROOT / "docs/choosing-metrics.md").read_text("utf-8")
    assert f"| {choice} | {columns} | {jobs} |" in page
