"""The truth and the result files are computed on different ways; they must agree."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, t.Any]
GROUPS = {
    "ACCOUNT": ["ENGAGEMENT"],
    "FUNDING_INSTRUMENT": ["ENGAGEMENT,BILLING"],
    "ORGANIC_TWEET": ["ENGAGEMENT,VIDEO"],
}
ALL_GROUPS = [
    "ENGAGEMENT,BILLING,VIDEO,MEDIA",
    "WEB_CONVERSION",
    "MOBILE_CONVERSION",
    "LIFE_TIME_VALUE_MOBILE_CONVERSION",
]
ENTITIES = (
    "ACCOUNT",
    "FUNDING_INSTRUMENT",
    "CAMPAIGN",
    "LINE_ITEM",
    "PROMOTED_TWEET",
    "PROMOTED_ACCOUNT",
    "MEDIA_CREATIVE",
    "ORGANIC_TWEET",
)


def _cells(file: Json, starts: list[str]) -> dict[tuple[str, str, str | None, str], int]:
    """Return every non-zero figure of a file by entity, bucket, segment and column."""
    cells: dict[tuple[str, str, str | None, str], int] = {}
    for entity in file["data"]:
        for part in entity["id_data"]:
            segment = (part["segment"] or {}).get("segment_value")
            for name, values in part["metrics"].items():
                series = values if isinstance(values, dict) else {"": values}
                for key, figures in series.items():
                    column = f"{name}_{key}" if key else name
                    if column.startswith("mobile_conversion_lifetime_value_"):
                        column = column.removeprefix("mobile_conversion_")
                    for start, value in zip(starts, figures or [0] * len(starts), strict=True):
                        if value:
                            cells[entity["id"], start, segment, column] = value
    return cells


def _true_cells(rows: list[Json]) -> dict[tuple[str, str, str | None, str], int]:
    return {
        (row["entity_id"], row["start_time"], row.get("segment_value"), column): value
        for row in rows
        for column, value in row["metrics"].items()
    }


def _days(first: datetime, hours: list[int]) -> list[str]:
    starts, moment = [], first
    for length in hours:
        starts.append(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
        moment += timedelta(hours=length)
    return starts


# Los Angeles moves its clocks on 2026-03-08: that day has 23 hours.
WEEK = _days(datetime(2026, 3, 5, 8, tzinfo=timezone.utc), [24, 24, 24, 23, 24, 24, 24])
HOURS = _days(datetime(2026, 3, 5, 8, tzinfo=timezone.utc), [1] * (7 * 24 - 1))


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("granularity", ["DAY", "HOUR", "TOTAL"])
def test_files_equal_the_truth(client: t.Any, entity: str, granularity: str) -> None:
    """Everything else rests on this: a tap is compared with the truth."""
    starts = {"DAY": WEEK, "HOUR": HOURS, "TOTAL": WEEK[:1]}[granularity]
    for placement in ("ALL_ON_TWITTER", "PUBLISHER_NETWORK"):
        cells: dict[tuple[str, str, str | None, str], int] = {}
        for groups in GROUPS.get(entity, ALL_GROUPS):
            file = client.result(entity=entity, granularity=granularity, placement=placement, metric_groups=groups)
            assert file["time_series_length"] == len(starts)
            cells |= _cells(file, starts)
        rows = client.sim.truth(client.account, entity, granularity, "2026-03-05", "2026-03-12", placement)
        assert cells == _true_cells(rows)


def test_every_metric_group_has_figures(client: t.Any) -> None:
    """A group without figures would let a tap that drops it pass."""
    rows = client.sim.truth(client.account, "LINE_ITEM", "DAY", "2026-03-01", "2026-04-01")
    columns = {column for row in rows for column in row["metrics"]}
    for part in ("impressions", "billed_charge_local_micro", "video_views_50", "media_views", "poll_card_vote"):
        assert part in columns
    for prefix, suffix in (
        ("conversion_", "_assisted"),
        ("mobile_conversion_", "_sale_amount"),
        ("lifetime_value_", "_metric"),
    ):
        assert any(column.startswith(prefix) and column.endswith(suffix) for column in columns), (prefix, suffix)


@pytest.mark.parametrize(
    ("segmentation", "scope", "groups"),
    [
        ("AGE", {}, "ENGAGEMENT,BILLING"),
        ("GENDER", {}, "MOBILE_CONVERSION"),
        ("METROS", {"country": "96683cc9126741d1"}, "ENGAGEMENT,BILLING,VIDEO"),
        ("PLATFORMS", {}, "WEB_CONVERSION"),
        ("CONVERSION_TAGS", {}, "WEB_CONVERSION"),
        ("KEYWORDS", {}, "ENGAGEMENT"),
        ("DEVICES", {"platform": "1"}, "BILLING"),
    ],
)
def test_segmented_files_equal_the_truth(client: t.Any, segmentation: str, scope: Json, groups: str) -> None:
    """Segmented figures exist only in asynchronous jobs: they are the product's reason."""
    file = client.result(segmentation_type=segmentation, metric_groups=groups, **scope)
    cells = _cells(file, WEEK)
    rows = client.sim.truth(
        client.account,
        "CAMPAIGN",
        "DAY",
        "2026-03-05",
        "2026-03-12",
        "ALL_ON_TWITTER",
        segmentation,
        scope.get("country"),
        scope.get("platform"),
    )
    columns = {column for *_, column in cells}
    assert cells == {key: value for key, value in _true_cells(rows).items() if key[3] in columns}
    assert all({"segment_name", "segment_value"} <= set(row) for row in rows)
    named = {"country": "US"} if "country" in scope else {"platform": "Android"} if scope else {}
    assert {key: row[key] for row in rows for key in ("country", "platform") if key in row} == named


def test_the_truth_can_be_asked_by_metric_group(client: t.Any) -> None:
    """A tap that asks for fewer groups is compared with fewer columns."""
    rows = client.sim.truth(client.account, "CAMPAIGN", "DAY", "2026-03-05", "2026-03-12", metric_groups="BILLING")
    assert {column for row in rows for column in row["metrics"]} == {"billed_engagements", "billed_charge_local_micro"}


def test_daily_figures_are_the_sum_of_hourly_ones(client: t.Any) -> None:
    """Granularity changes the buckets, not the figures."""
    sums = {}
    for granularity in ("HOUR", "DAY", "TOTAL"):
        rows = client.sim.truth(client.account, "LINE_ITEM", granularity, "2026-03-05", "2026-03-12")
        sums[granularity] = sum(row["metrics"].get("billed_charge_local_micro", 0) for row in rows)
    assert sums["HOUR"] == sums["DAY"] == sums["TOTAL"] > 0


def test_days_follow_the_clocks_of_every_zone(start: Callable[..., t.Any]) -> None:
    """Half-hour zones and half-hour summer time are where bucket arithmetic breaks."""
    zones = ("Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo")
    client = start(accounts=4, timezones=zones, now="2026-04-20T00:00:00Z")
    first_bounds = []
    for account in client.sim.api.world.accounts:
        client.account = account
        file = client.result(start_time="2026-04-03", end_time="2026-04-08")
        rows = client.sim.truth(account, "CAMPAIGN", "DAY", "2026-04-03", "2026-04-08", "ALL_ON_TWITTER")
        starts = sorted({row["start_time"] for row in rows})
        assert _cells(file, starts) == {
            key: value
            for key, value in _true_cells(rows).items()
            if not key[3].startswith(("conv", "mob", "life", "media"))
        }
        assert rows[0]["date"] == "2026-04-03"
        first_bounds.append(starts[:3])
    assert first_bounds[0][0] == "2026-04-02T18:30:00Z"
    # Lord Howe sets its clocks back by half an hour on 5 April 2026.
    assert first_bounds[1] == ["2026-04-02T13:00:00Z", "2026-04-03T13:00:00Z", "2026-04-04T13:00:00Z"]
    assert first_bounds[2][0] == "2026-04-02T18:15:00Z"


def test_the_same_seed_gives_the_same_world(start: Callable[..., t.Any]) -> None:
    """Failures must be repeatable; another seed is another world."""
    worlds = [start(seed=seed) for seed in (3, 3, 4)]
    truths = [w.sim.truth(w.account, "LINE_ITEM", "DAY", "2026-03-05", "2026-03-12") for w in worlds]
    assert truths[0] == truths[1]
    assert truths[0] != truths[2]
    assert worlds[0].sim.config()["consumer_secret"] == worlds[1].sim.config()["consumer_secret"]


def test_nothing_has_happened_after_now(start: Callable[..., t.Any]) -> None:
    """The open hour fills as the clock moves; closed hours stay."""
    client = start(timezones=("Europe/London",))

    def hours() -> list[Json]:
        window = ("2026-04-01T08:00:00Z", "2026-04-01T14:00:00Z")
        rows: list[Json] = client.sim.truth(client.account, "ACCOUNT", "HOUR", *window, "ALL_ON_TWITTER")
        return rows

    early = hours()
    client.admin("POST", "clock", {"advance_seconds": 1200})
    late = hours()
    assert (
        [row["start_time"][11:13] for row in early] == [row["start_time"][11:13] for row in late] == ["08", "09", "10"]
    )
    assert early[:2] == late[:2]
    assert 0 < early[2]["metrics"]["impressions"] < late[2]["metrics"]["impressions"]
