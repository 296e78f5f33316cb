"""The simulator refuses what the API refuses, in the API's words, and takes what the API takes."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, t.Any]
US = "96683cc9126741d1"
MIDNIGHT = "Expect time to be midnight in the account's local timezone for day granularity"
REFUSED: list[tuple[str, Json, str]] = [
    ("twenty-one ids", {"entity_ids": ",".join(f"c{n}" for n in range(21))}, "INVALID_PARAMETER"),
    ("no ids", {"entity_ids": ""}, "MISSING_PARAMETER"),
    ("empty id", {"entity_ids": "a,,b"}, "INVALID_PARAMETER"),
    ("no entity", {"entity": ""}, "MISSING_PARAMETER"),
    ("unknown entity", {"entity": "TWEET"}, "INVALID_PARAMETER"),
    ("two placements", {"placement": "ALL_ON_TWITTER,TREND"}, "INVALID_PARAMETER"),
    ("unknown placement", {"placement": "EVERYWHERE"}, "INVALID_PARAMETER"),
    ("unknown granularity", {"granularity": "WEEK"}, "INVALID_PARAMETER"),
    ("unknown group", {"metric_groups": "ENGAGEMENT,FUN"}, "INVALID_PARAMETER"),
    ("no group", {"metric_groups": ""}, "MISSING_PARAMETER"),
    ("mobile with others", {"metric_groups": "ENGAGEMENT,MOBILE_CONVERSION"}, "INVALID_PARAMETER"),
    ("account has no billing", {"entity": "ACCOUNT", "metric_groups": "BILLING"}, "INVALID_PARAMETER"),
    ("funding has no video", {"entity": "FUNDING_INSTRUMENT", "metric_groups": "VIDEO"}, "INVALID_PARAMETER"),
    ("organic has no billing", {"entity": "ORGANIC_TWEET", "metric_groups": "BILLING"}, "INVALID_PARAMETER"),
    ("no time", {"start_time": "yesterday"}, "INVALID_PARAMETER"),
    ("impossible date", {"start_time": "2026-02-30"}, "INVALID_PARAMETER"),
    ("time without offset", {"start_time": "2026-03-05T08:00:00"}, "INVALID_PARAMETER"),
    ("minutes", {"granularity": "HOUR", "start_time": "2026-03-05T08:30:00Z"}, "INVALID_TIME_WINDOW"),
    ("seconds", {"granularity": "TOTAL", "end_time": "2026-03-12T08:00:01Z"}, "INVALID_TIME_WINDOW"),
    ("UTC midnight for days", {"start_time": "2026-03-05T00:00:00Z"}, "INVALID_TIME_WINDOW"),
    ("reversed", {"start_time": "2026-03-12", "end_time": "2026-03-05"}, "INVALID_TIME_WINDOW"),
    ("empty window", {"start_time": "2026-03-05", "end_time": "2026-03-05"}, "INVALID_TIME_WINDOW"),
    ("91 days", {"start_time": "2026-01-01", "end_time": "2026-04-02"}, "INVALID_TIME_WINDOW"),
    (
        "46 days segmented",
        {"start_time": "2026-01-01", "end_time": "2026-02-16", "segmentation_type": "GENDER"},
        "INVALID_TIME_WINDOW",
    ),
    ("unknown segmentation", {"segmentation_type": "SHOE_SIZE"}, "INVALID_PARAMETER"),
    ("metros without country", {"segmentation_type": "METROS"}, "MISSING_PARAMETER"),
    ("country by code", {"segmentation_type": "METROS", "country": "US"}, "INVALID_PARAMETER"),
    ("devices without platform", {"segmentation_type": "DEVICES"}, "MISSING_PARAMETER"),
    ("platform by name", {"segmentation_type": "DEVICES", "platform": "iOS"}, "INVALID_PARAMETER"),
    ("tags without web", {"segmentation_type": "CONVERSION_TAGS"}, "INVALID_PARAMETER"),
    (
        "tags with more",
        {"segmentation_type": "CONVERSION_TAGS", "metric_groups": "WEB_CONVERSION,BILLING"},
        "INVALID_PARAMETER",
    ),
    ("web by age", {"segmentation_type": "AGE", "metric_groups": "WEB_CONVERSION"}, "INVALID_PARAMETER"),
    (
        "lifetime by age",
        {"segmentation_type": "AGE", "metric_groups": "LIFE_TIME_VALUE_MOBILE_CONVERSION"},
        "INVALID_PARAMETER",
    ),
    (
        "media creatives by age",
        {"entity": "MEDIA_CREATIVE", "segmentation_type": "AGE", "metric_groups": "ENGAGEMENT"},
        "INVALID_PARAMETER",
    ),
    (
        "accounts by language",
        {"entity": "ACCOUNT", "segmentation_type": "LANGUAGES", "metric_groups": "ENGAGEMENT"},
        "INVALID_PARAMETER",
    ),
]
TAKEN: list[tuple[str, Json]] = [
    ("90 days", {"start_time": "2026-01-01", "end_time": "2026-04-01"}),
    ("90 days with a 25-hour day", {"start_time": "2025-10-01", "end_time": "2025-12-30"}),
    ("45 days segmented", {"start_time": "2026-01-01", "end_time": "2026-02-15", "segmentation_type": "AGE"}),
    ("offset of the day", {"start_time": "2026-03-05T00:00:00-0800", "end_time": "2026-03-12T00:00:00-07:00"}),
    ("offset of today", {"start_time": "2026-03-05T07:00:00Z", "end_time": "2026-03-12T07:00:00Z"}),
    ("short offset", {"start_time": "2026-03-05T00:00:00-08", "end_time": "2026-03-12T00:00:00-07"}),
    ("future end", {"end_time": "2026-04-03"}),
    ("any hours for TOTAL", {"granularity": "TOTAL", "start_time": "2026-03-05T03:00:00Z"}),
    ("misspelt parameter", {"segmentation": "AGE"}),
    ("metros", {"segmentation_type": "METROS", "country": US}),
    ("historic segmentation", {"segmentation_type": "INTERESTS"}),
    ("mobile alone", {"metric_groups": "MOBILE_CONVERSION"}),
]


@pytest.mark.parametrize(("changes", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_jobs_that_break_a_rule_are_refused(client: t.Any, changes: Json, code: str) -> None:
    """A simulator that takes everything would let a wrong tap pass; each refusal is kept as a violation."""
    before = len(client.sim.journal.violations)
    response = client.create(**changes)
    assert response.status_code == 400, response.text
    error = response.json()["errors"][0]
    assert error["code"] == code
    assert error["message"]
    assert len(client.sim.journal.violations) == before + 1


@pytest.mark.parametrize("changes", [case[1] for case in TAKEN], ids=[case[0] for case in TAKEN])
def test_jobs_within_the_rules_are_taken(client: t.Any, changes: Json) -> None:
    """A simulator that is stricter than the API would force the tap into needless requests."""
    response = client.create(**changes)
    assert response.status_code == 201, response.text


def test_each_bound_off_midnight_is_one_error(client: t.Any) -> None:
    """The API answers with one entry per offending bound, `parameter` empty."""
    response = client.create(start_time="2026-03-05T01:00:00Z", end_time="2026-03-12T01:00:00Z")
    errors = response.json()["errors"]
    assert [(e["code"], e["message"], e["parameter"]) for e in errors] == [("INVALID_TIME_WINDOW", MIDNIGHT, "")] * 2


def test_bad_times_are_described_as_the_api_does(client: t.Any) -> None:
    """Clients print these words to their users."""
    error = client.create(start_time="soon").json()["errors"][0]
    assert error == {
        "code": "INVALID_PARAMETER",
        "message": 'Expected time, got "soon" for start_time',
        "parameter": "start_time",
        "details": "invalid date",
        "value": "soon",
    }


def test_bare_dates_are_the_accounts_midnights(client: t.Any) -> None:
    """The echo shows what the server understood: eight hours off UTC in winter, seven in summer."""
    params = client.create(start_time="2026-02-28", end_time="2026-03-19").json()["request"]["params"]
    assert (params["start_time"], params["end_time"]) == ("2026-02-28T08:00:00Z", "2026-03-19T07:00:00Z")
    assert params["metric_groups"] == ["ENGAGEMENT", "BILLING", "VIDEO"]


def test_files_have_the_documented_shape(client: t.Any) -> None:
    """Series of exactly the announced length or null, one part per entity, nested metrics as objects of series."""
    file = client.result(entity="LINE_ITEM", metric_groups="ENGAGEMENT,WEB_CONVERSION")
    assert set(file) == {"data_type", "time_series_length", "data", "request"}
    assert (file["data_type"], file["time_series_length"]) == ("stats", 7)
    assert set(file["request"]["params"]) == {
        "start_time",
        "end_time",
        "entity",
        "entity_ids",
        "placement",
        "granularity",
        "metric_groups",
        "segmentation_type",
        "country",
        "platform",
    }
    kinds = set()
    for entity in file["data"]:
        (part,) = entity["id_data"]
        assert part["segment"] is None
        for name, value in part["metrics"].items():
            for series in value.values() if isinstance(value, dict) else [value]:
                assert series is None or (len(series) == 7 and all(type(number) is int for number in series))
                kinds.add((name.startswith("conversion_"), type(value).__name__, series is None))
    assert {(True, "dict", False), (True, "dict", True), (True, "NoneType", True), (False, "list", False)} <= kinds


def test_todays_offset_means_the_same_days(client: t.Any) -> None:
    """Both ways of writing a winter midnight in summer name the same day."""
    file = client.result(start_time="2026-03-05T07:00:00Z", end_time="2026-03-07T07:00:00Z")
    exact = client.result(start_time="2026-03-05", end_time="2026-03-07")
    assert file["data"] == exact["data"]


def test_ids_of_another_type_give_an_empty_file(client: t.Any) -> None:
    """No error tells a client that it mixed up its ids."""
    file = client.result(entity="LINE_ITEM", entity_ids=",".join(client.ids("CAMPAIGN")))
    assert file["data"] == []
    assert file["request"]["params"]["entity"] == "LINE_ITEM"


def test_accounts_give_the_six_basic_metrics(client: t.Any) -> None:
    """What an entity type cannot have is not in its answer, or null."""
    file = client.result(entity="ACCOUNT", metric_groups="ENGAGEMENT")
    metrics = file["data"][0]["id_data"][0]["metrics"]
    assert set(metrics) == {"engagements", "impressions", "retweets", "replies", "likes", "follows"}


def test_refused_things_are_no_fault_of_the_client(start: Callable[..., t.Any]) -> None:
    """What the server has stopped to offer cannot be known beforehand."""
    client = start(
        refuse=("entity:MEDIA_CREATIVE", "placement:PUBLISHER_NETWORK", "segmentation:KEYWORDS", "path:ab_tests")
    )
    for changes in (
        {"entity": "MEDIA_CREATIVE"},
        {"placement": "PUBLISHER_NETWORK"},
        {"segmentation_type": "KEYWORDS"},
    ):
        assert client.create(**changes).status_code == 400
    assert client.refusal("GET", "A/ab_tests")[1]["code"] == "ROUTE_NOT_FOUND"
    window = {"start_time": "2026-03-05", "end_time": "2026-03-06"}
    feed = client.refusal("GET", "stats/accounts/A/active_entities", entity="MEDIA_CREATIVE", **window)
    assert feed[1]["code"] == "INVALID_PARAMETER"
    assert client.sim.journal.violations == []


def test_lax_servers_take_mobile_conversions_with_others(start: Callable[..., t.Any]) -> None:
    """Older clients are known to ask for everything at once."""
    assert start(lax_mobile=True).create(metric_groups="ENGAGEMENT,MOBILE_CONVERSION").status_code == 201


def test_the_change_of_zone_splits_days(start: Callable[..., t.Any]) -> None:
    """Before `timezone_switch_at` days are Los Angeles days, and the day between the two belongs to neither."""
    client = start(timezone_switch="1=2026-03-15")
    account = list(client.sim.api.world.accounts)[1]
    client.account = account
    record = next(r for r in client.get("accounts")["data"] if r["id"] == account)
    assert record["timezone_switch_at"] == "2026-03-15T00:00:00Z"
    across = client.create(start_time="2026-03-10", end_time="2026-03-20")
    assert across.json()["errors"][0]["code"] == "INVALID_TIME_WINDOW"
    before = client.result(start_time="2026-03-10T07:00:00Z", end_time="2026-03-14T07:00:00Z")
    after = client.result(start_time="2026-03-15", end_time="2026-03-20")
    assert (before["time_series_length"], after["time_series_length"]) == (4, 5)
    short = client.result(start_time="2026-03-13", end_time="2026-03-15")
    assert all(s is None or s[1] == 0 for e in short["data"] for s in e["id_data"][0]["metrics"].values())
    gap = client.sim.truth(account, "ACCOUNT", "HOUR", "2026-03-14T07:00:00Z", "2026-03-15T00:00:00Z")
    assert gap == []
    days = {row["date"] for row in client.sim.truth(account, "ACCOUNT", "DAY", "2026-03-10", "2026-03-20")}
    assert "2026-03-14" not in days
    assert {"2026-03-13", "2026-03-15"} <= days


def test_synchronous_statistics_are_plain_and_short(client: t.Any) -> None:
    """Seven days, no file, no segments; figures as in a job."""
    ids = ",".join(client.ids())
    params = {
        "entity": "CAMPAIGN",
        "entity_ids": ids,
        "granularity": "DAY",
        "placement": "ALL_ON_TWITTER",
        "metric_groups": "ENGAGEMENT,BILLING,VIDEO",
        "start_time": "2026-03-05",
    }
    week = client.get("stats/accounts/A", end_time="2026-03-12", segmentation_type="AGE", **params)
    assert week["request"]["params"]["segmentation_type"] is None
    assert week["data"] == client.result()["data"]
    status, error = client.refusal("GET", "stats/accounts/A", end_time="2026-03-13", **params)
    assert (status, error["code"]) == (400, "INVALID_TIME_WINDOW")
    assert error["message"] == "The end_time can be a maximum of 7.days+1.hours after the start_time"


def test_reach_counts_people(start: Callable[..., t.Any]) -> None:
    """One figure per entity, and a refusal for accounts that lack the feature."""
    client = start()
    window = {"start_time": "2026-03-05T00:00:00Z", "end_time": "2026-03-12T00:00:00Z"}
    body = client.get("stats/accounts/A/reach/campaigns", campaign_ids=",".join(client.ids()), **window)
    assert body["data_type"] == "reach"
    assert {"id", "total_audience_reach", "average_frequency"} == set(body["data"][0])
    assert client.refusal("GET", "stats/accounts/A/reach/campaigns", **window)[1]["code"] == "MISSING_PARAMETER"
    without = start(reach=False)
    error = without.refusal("GET", "stats/accounts/A/reach/campaigns", campaign_ids="a", **window)[1]
    assert error["code"] == "FEATURE_NOT_AVAILABLE"
