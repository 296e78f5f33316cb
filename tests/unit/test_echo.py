"""Whether what the API shows of a job or a file is what was asked for."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from tap_twitter_ads_async.stats.plan.echo import answers, contradiction
from tap_twitter_ads_async.stats.plan.spec import TargetingValue
from tests.support.plans import spec

ASKED = spec("a,b", "2026-03-01T08", "2026-03-03T08", "America/Los_Angeles")
ECHO: dict[str, t.Any] = {
    "entity": "CAMPAIGN",
    "entity_ids": ["b", "a"],
    "start_time": "2026-03-01T08:00:00Z",
    "end_time": "2026-03-03T08:00:00Z",
    "granularity": "DAY",
    "placement": "ALL_ON_TWITTER",
    "metric_groups": ["BILLING", "ENGAGEMENT"],
    "segmentation_type": None,
    "country": None,
    "platform": None,
}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"start_time": "2026-03-01T00:00:00-08:00", "end_time": "2026-03-03T00:00:00-0800"},
        {"start_time": "2026-03-01", "end_time": "2026-03-03"},
        {"entity_ids": "a,b", "metric_groups": "ENGAGEMENT,BILLING"},
        {"segmentation_type": "", "country": ""},
        {"start_time": 1772352000, "end_time": "1772524800000"},
        {"placement": ["ALL_ON_TWITTER"], "entity": ["CAMPAIGN"]},
        {"brand_new": 1},
    ],
)
def test_other_forms_of_the_same_are_the_same(form: dict[str, t.Any]) -> None:
    """Times in UTC, with an offset or as dates; lists or texts; nulls or nothing."""
    assert contradiction(ECHO | form, ASKED) is None
    assert answers(ECHO | form, ASKED)


@pytest.mark.parametrize("key", sorted(ECHO))
def test_what_is_not_echoed_contradicts_nothing(key: str) -> None:
    """But a job that does not say what it is about is nobody's."""
    echo = {k: v for k, v in ECHO.items() if k != key}
    assert contradiction(echo, ASKED) is None
    assert answers(echo, ASKED) == (key in {"segmentation_type", "country", "platform"})


@pytest.mark.parametrize("key", ["segmentation_type", "country", "platform"])
def test_a_job_is_found_only_if_it_says_what_makes_it_segmented(key: str) -> None:
    """Where nulls are left out, a job without a segmentation looks so; its figures are those of no segment."""
    target = TargetingValue("96683cc9126741d1", "US")
    asked = spec("a,b", "2026-03-01T08", "2026-03-03T08", "America/Los_Angeles", segmentation_type="METROS")
    asked = replace(asked, country=target, platform=target)
    said = {"segmentation_type": "METROS", "country": target.value, "platform": target.value}
    silent = {k: v for k, v in (ECHO | said).items() if k != key}
    assert answers(ECHO | said, asked)
    assert not answers(silent, asked)
    assert contradiction(silent, asked) is None, "of a job that is ours, silence says nothing"
    assert not answers(ECHO | said, ASKED)


@pytest.mark.parametrize(
    "other",
    [
        {"entity": "LINE_ITEM"},
        {"entity_ids": ["a"]},
        {"entity_ids": "a,b,c"},
        {"start_time": "2026-03-01T07:00:00Z"},
        {"end_time": "2026-03-04"},
        {"end_time": "later"},
        {"granularity": "HOUR"},
        {"placement": "SPOTLIGHT"},
        {"metric_groups": ["BILLING"]},
        {"segmentation_type": "AGE"},
        {"country": "96683cc9126741d1"},
        {"account_id": "somebody"},
    ],
)
def test_other_parameters_are_another_question(other: dict[str, t.Any]) -> None:
    """Its figures would go out under dates or ids that are not theirs."""
    wrong = contradiction(ECHO | other, ASKED)
    assert wrong is not None
    assert next(iter(other)) in wrong
