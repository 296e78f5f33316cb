"""Every figure of the marts is the simulator's, on both warehouses.

One file, because its tests share one load and one build.
"""

from __future__ import annotations

import html
import itertools
import shutil
import typing as t
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import marts
import pytest
from spend import read_accounts
from spend_page import write_spend_page
from warehouse import open_duckdb, open_postgres

from tests.cookbook.expected_pacing import LAST_WHOLE_DAY, flights
from tests.cookbook.known import Figure, Known, grouped, total
from tests.cookbook.loaded import SCHEMA, WAREHOUSES, Warehouse
from tests.dbt.built import Built, built_world
from tests.dbt.dependency import build_beside
from tests.dbt.world import LANDING, TAGGED, WINDOWS

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
on_both = pytest.mark.parametrize("warehouse", WAREHOUSES, indirect=True)

LEVELS: dict[str, tuple[str, dict[str, str | None]]] = {
    "campaign_days": ("campaign_id", {"CAMPAIGN": None}),
    "line_item_days": ("line_item_id", {"LINE_ITEM": None}),
    "ad_days": ("ad_id", {"PROMOTED_TWEET": "POST", "PROMOTED_ACCOUNT": "ACCOUNT", "MEDIA_CREATIVE": "MEDIA"}),
}
WEB = [
    "purchases",
    "sign_ups",
    "site_visits",
    "downloads",
    "custom",
    "add_to_carts",
    "checkouts_initiated",
    "content_views",
    "payment_info_additions",
    "add_to_wishlists",
    "searches",
    "landing_page_views",
    "subscriptions",
]
COUNTED = [
    "impressions",
    "engagements",
    "clicks",
    "url_clicks",
    "app_clicks",
    "card_engagements",
    "likes",
    "retweets",
    "replies",
    "follows",
    "qualified_impressions",
    "billed_engagements",
    "video_total_views",
    "video_3s100pct_views",
    "video_6s_views",
    "video_15s_views",
    "video_views_25",
    "video_views_50",
    "video_views_75",
    "video_views_100",
    "video_cta_clicks",
    "video_content_starts",
]
CHOSEN = ("purchases", "sign_ups", "custom")
AS_OF = datetime(2025, 11, 6, 10, 20)  # noqa: DTZ001 - the marts' moments are UTC without saying so

Key = tuple[t.Any, ...]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The world, loaded and built once."""
    with built_world(tmp_path_factory.mktemp("dbt")) as world:
        yield world


@pytest.fixture
def warehouse(built: Built, request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """One of the two databases, open for one test."""
    with built.open(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def known(built: Built) -> Known:
    """What is true."""
    return Known(built.simulator)


def figures_of(figures: list[Figure]) -> dict[str, Decimal]:
    """Return what a row of a mart has to say, without zeros."""
    total: dict[str, int] = defaultdict(int)
    for figure in figures:
        for name, value in figure.metrics.items():
            total[name] += value
    micro = Decimal("0.000001")
    expected = {name: Decimal(total[name]) for name in COUNTED}
    expected |= {event: Decimal(total[f"conversion_{event}_metric"]) for event in WEB}
    for event in ("installs", "purchases", "sign_ups"):
        stem = f"mobile_conversion_{event}_post"
        expected[f"app_{event}"] = Decimal(total[f"{stem}_view"] + total[f"{stem}_engagement"])
    expected["spend"] = total["billed_charge_local_micro"] * micro
    expected["conversions"] = Decimal(sum(total[f"conversion_{event}_metric"] for event in CHOSEN))
    expected["conversion_value"] = sum(total[f"conversion_{event}_sale_amount"] for event in CHOSEN) * micro
    return {name: value for name, value in expected.items() if value}


def found_in(rows: list[dict[str, t.Any]], *key: str) -> dict[Key, dict[str, Decimal]]:
    """Return the figures of a mart by key, without zeros and without rows of nothing else."""
    names = (
        *COUNTED,
        *WEB,
        "app_installs",
        "app_purchases",
        "app_sign_ups",
        "spend",
        "conversions",
        "conversion_value",
    )
    found = {tuple(row[name] for name in key): {n: Decimal(row[n]) for n in names if row[n]} for row in rows}
    assert len(found) == len(rows)
    return {place: figures for place, figures in found.items() if figures}


def test_everything_is_built_and_tested(built: Built) -> None:
    """Marts that were skipped, or tests that were, would look the same as good ones."""
    for name in WAREHOUSES:
        results = built.results(name)
        assert set(results.values()) == {"success", "pass"}
        assert sum(one.startswith("unit_test.") for one in results) >= 8
        assert sum(one.startswith("test.") for one in results) >= 35


def test_a_wrong_schema_is_no_empty_account(built: Built) -> None:
    """Marts without a row would look like a quiet month."""
    target = {**built.targets["duckdb"], "X_ADS_SCHEMA": "nowhere"}
    folder = built.folder / "nowhere"
    folder.mkdir()
    shutil.copy(built.folder / "duckdb" / "partial_parse.msgpack", folder)  # what is the same is not parsed again
    with pytest.raises(marts.DbtFailed, match=r"No table accounts in schema nowhere .*Set the variable x_ads_schema"):
        marts.dbt(
            ["run", "--select", "stg_x_ads__accounts"],
            target,
            folder=folder,
            programs=marts.environment(),
        )


@on_both
@pytest.mark.parametrize("mart", LEVELS)
def test_every_figure_is_the_simulators(warehouse: Warehouse, known: Known, mart: str) -> None:
    """Somebody decides about money by these numbers."""
    column, entities = LEVELS[mart]
    expected: dict[Key, dict[str, Decimal]] = {}
    for entity, kind in entities.items():
        for key, figures in grouped(known.figures(entity), lambda f: (f.account_id, f.entity_id, f.day)).items():
            expected[(*key, kind)] = figures_of(figures)
    kind = ", ad_kind" if mart == "ad_days" else ", NULL AS ad_kind"
    rows = warehouse.rows(f"SELECT *{'' if mart == 'ad_days' else kind} FROM x_ads.{mart}")  # noqa: S608 - our names
    found = found_in(rows, "account_id", column, "date_day", "ad_kind")
    assert len(found) > 50
    assert found == {key: figures for key, figures in expected.items() if figures}
    assert {row["currency"] for row in rows} == set(known.currencies.values())


@on_both
def test_accounts_are_the_sum_of_campaigns_in_one_currency(warehouse: Warehouse, known: Known) -> None:
    """X has neither spend nor conversions of accounts."""
    expected = {
        (account, known.currencies[account], day): figures_of(figures)
        for (account, day), figures in grouped(known.campaigns, lambda f: (f.account_id, f.day)).items()
    }
    found = found_in(warehouse.rows("SELECT * FROM x_ads.account_days"), "account_id", "currency", "date_day")
    assert found == expected


@on_both
def test_results_are_those_of_the_objective(warehouse: Warehouse, known: Known) -> None:
    """A follower campaign is judged by follows, not by clicks."""
    wanted = {"WEBSITE_CLICKS": "url_clicks", "FOLLOWERS": "follows", "PREROLL_VIEWS": "video_total_views"}
    items = {(a, item["id"]): wanted.get(item["objective"]) for a, item in known.objects("line_items")}
    checked = set()
    for row in warehouse.rows("SELECT * FROM x_ads.line_item_days"):
        name = items[row["account_id"], row["line_item_id"]]
        if name and row[name]:
            assert row["results"] == row[name]
            checked.add(row["objective"])
    assert checked == set(wanted)


@on_both
def test_finality_follows_the_tags_of_the_account(warehouse: Warehouse, known: Known) -> None:
    """A day is final after 14 days, or after the longest window of a tag: here 30 days of an app's."""
    windows = dict.fromkeys(known.accounts, max(WINDOWS.values()))
    for account, tag in known.objects("app_event_tags"):
        own = tag["post_view_attribution_window"], tag["post_engagement_attribution_window"]
        windows[account] = max(windows[account], *own)
    for row in warehouse.rows("SELECT * FROM x_ads.account_days"):
        days = max(14, windows[row["account_id"]])
        assert row["final_on"] == row["date_day"] + timedelta(days=days + 1)
        assert row["is_final"] == (row["ends_at"] + timedelta(days=days) <= AS_OF)
        assert (row["finality"] == "DAY_NOT_OVER") == (row["ends_at"] > AS_OF)
    longest = warehouse.rows("SELECT MAX(ends_at - starts_at) AS longest FROM x_ads.account_days")
    assert longest == [{"longest": timedelta(hours=25)}]


@on_both
def test_conversions_in_rows_add_up_to_the_truth(warehouse: Warehouse, known: Known) -> None:
    """Counts and values by event and by how they were won, tag names beside them."""
    truth = known.figures("LINE_ITEM")
    expected: dict[Key, int] = defaultdict(int)
    for figure in truth:
        for event, way in itertools.product(WEB, ("post_view", "post_engagement", "assisted")):
            place = (figure.account_id, figure.entity_id, figure.day, event.upper(), way.upper())
            expected[place] += figure.metrics.get(f"conversion_{event}_{way}", 0)
    rows = warehouse.rows("SELECT * FROM x_ads.conversions")
    web = [row for row in rows if row["counted_by"] == "WEB"]
    key = ("account_id", "line_item_id", "date_day", "event", "attribution")
    found = {tuple(row[name] for name in key): row["conversions"] for row in web if row["conversions"]}
    assert found == {place: value for place, value in expected.items() if value}
    # In the hour that is not over, the whole and its parts are each rounded by themselves.
    parts = [f"conversion_{event}_sale_amount_{way}" for event in WEB for way in ("view", "engagement")]
    assert sum(row["conversion_value"] for row in web) == sum(f.money(part) for f in truth for part in parts)


@on_both
def test_conversions_name_their_tags_and_windows(warehouse: Warehouse) -> None:
    """How long after a view or a click a purchase still counts is what people ask first."""
    rows = warehouse.rows("SELECT * FROM x_ads.conversions")
    for way, days in (("POST_VIEW", 7), ("POST_ENGAGEMENT", 14)):
        bought = [
            row for row in rows if (row["counted_by"], row["event"], row["attribution"]) == ("WEB", "PURCHASES", way)
        ]
        assert bought
        assert {row["window_days"] for row in bought} == {days}
        assert all("Tag 0" in row["tag_names"] for row in bought)
    installs = [row for row in rows if (row["counted_by"], row["event"]) == ("APP", "INSTALLS")]
    in_days = warehouse.rows("SELECT SUM(app_installs) AS installs FROM x_ads.line_item_days")[0]["installs"]
    assert sum(row["conversions"] for row in installs if row["attribution"] != "ASSISTED") == in_days > 0


@on_both
def test_conversions_by_tag_have_the_tags_names(warehouse: Warehouse, known: Known) -> None:
    """A report by tag is the only place where X says which tag brought a conversion."""
    rows = warehouse.rows("SELECT * FROM x_ads.tag_conversions")
    names = {tag["id"]: tag["name"] for _, tag in known.objects("web_event_tags")}
    assert {row["source_table"] for row in rows} == {TAGGED}
    assert {row["tag_id"] for row in rows} & names.keys()
    assert all(row["tag_name"] == names.get(row["tag_id"], row["tag_name"]) for row in rows)
    truth = [f for f in known.figures("LINE_ITEM", "CONVERSION_TAGS") if f.placement == "ALL_ON_TWITTER"]
    # Parts of a segment are each rounded by themselves, so their whole may be more.
    ways = [f"conversion_{event}_{way}" for event in WEB for way in ("post_view", "post_engagement")]
    expected = total(truth, *ways)
    assert sum(row["conversions"] for row in rows if row["attribution"] != "ASSISTED") == expected > 0


@on_both
def test_segments_are_the_newest_set_of_each_bucket(warehouse: Warehouse, known: Known) -> None:
    """The table holds a segment that X no longer reports; counted along, it would add a million impressions."""
    rows = warehouse.rows("SELECT * FROM x_ads.segments WHERE segmentation_type = 'GENDER' AND impressions > 0")
    found = {(r["account_id"], r["entity_id"], r["date_day"], r["segment_name"]): r["impressions"] for r in rows}
    expected: dict[Key, int] = defaultdict(int)
    for figure in known.figures("CAMPAIGN", "GENDER"):
        if figure.placement == "ALL_ON_TWITTER":
            place = (figure.account_id, figure.entity_id, figure.day, figure.segment)
            expected[place] += figure.metrics.get("impressions", 0)
    assert found == {place: seen for place, seen in expected.items() if seen}
    left = warehouse.rows("SELECT COUNT(*) AS n FROM campaign_stats_by_gender WHERE segment_value = 'GONE'")
    assert left == [{"n": 1}]


@on_both
def test_ids_are_the_ads_managers(warehouse: Warehouse) -> None:
    """People look campaigns up by the id that they see."""
    rows = warehouse.rows("SELECT * FROM x_ads.ads")
    assert len(rows) > 10
    for row in rows:
        for name in ("account_id", "campaign_id", "line_item_id", "ad_id"):
            assert row[f"{name}_base_10"] == str(int(row[name], 36))


@on_both
def test_ads_lead_to_the_cards_page(warehouse: Warehouse, built: Built) -> None:
    """The card's page wins over the link in the text, and its parameters name the campaign elsewhere."""
    linked = built.linked
    ads = {(row["account_id"], row["ad_id"]): row for row in warehouse.rows("SELECT * FROM x_ads.ads")}
    ad = ads[linked.account_id, linked.ad_id]
    assert (ad["card_uri"], ad["landing_url"]) == (linked.card_uri, LANDING)
    assert (ad["url_host"], ad["url_path"], ad["base_url"]) == (
        "shop.example",
        "/spring",
        "https://shop.example/spring",
    )
    assert (ad["utm_source"], ad["utm_medium"], ad["utm_campaign"], ad["utm_term"]) == ("x", "paid", "spring", None)
    assert ad["creative_type"] != "POST"
    sources = warehouse.rows("SELECT DISTINCT link_source FROM x_ads.ad_links ORDER BY link_source")
    assert [row["link_source"] for row in sources] == ["CARD", "CREATIVE", "POST"]


@on_both
def test_reach_is_that_of_the_stream_that_is_loaded(warehouse: Warehouse, known: Known) -> None:
    """One of the two streams is not loaded; what the other one says must not be added up on the way."""
    table = warehouse.rows("SELECT * FROM campaign_reach")
    names = {(account, campaign["id"]): campaign["name"] for account, campaign in known.objects("campaigns")}
    expected = {
        (row["account_id"], row["entity_id"], row["period"], row["date"]): (
            names[row["account_id"], row["entity_id"]],
            row["total_audience_reach"],
            pytest.approx(float(row["average_frequency"])),
            row["complete"],
        )
        for row in table
    }
    rows = warehouse.rows("SELECT * FROM x_ads.reach")
    assert {
        (row["account_id"], row["entity_id"], row["period"], row["starts_on"]): (
            row["entity_name"],
            row["total_audience_reach"],
            row["average_frequency"],
            row["is_complete"],
        )
        for row in rows
    } == expected
    assert len(rows) == len(table) > 4


@on_both
def test_pacing_compares_budget_and_flight(warehouse: Warehouse, known: Known) -> None:
    """Whole days only: the morning of the day in progress would look like a day of low spend."""
    rows = warehouse.rows("SELECT * FROM x_ads.pacing WHERE level = 'LINE_ITEM'")
    found = {(row["account_id"], row["entity_id"]): row for row in rows}
    for place, expected in flights(known).items():
        row = found[place]
        assert row["last_whole_day"] == LAST_WHOLE_DAY
        assert row["spend"] == expected["spent"]
        assert abs(float(row["elapsed_share"]) - expected["elapsed_percent"] / 100) < 1e-5
        assert abs(float(row["pace"]) - float(expected["pace"])) < 1e-4
    items = [item for _, item in known.objects("line_items") if item["total_budget_amount_local_micro"]]
    assert len(rows) >= len(items)


@on_both
def test_history_begins_with_what_was_met(warehouse: Warehouse, known: Known) -> None:
    """From the first build on, a changed name or budget leaves its old version behind."""
    rows = warehouse.rows("SELECT * FROM x_ads.object_history WHERE entity = 'CAMPAIGN'")
    names = {(row["account_id"], row["entity_id"]): (row["name"], row["valid_to"]) for row in rows}
    assert names == {(account, c["id"]): (c["name"], None) for account, c in known.objects("campaigns")}


@on_both
def test_reports_have_the_columns_of_other_channels(warehouse: Warehouse) -> None:
    """They are made to be united with those of other networks, sums and all."""
    columns = {
        "account": (),
        "campaign": ("campaign_id", "campaign_name"),
        "ad_group": ("campaign_id", "campaign_name", "ad_group_id", "ad_group_name"),
        "ad": ("campaign_id", "campaign_name", "ad_group_id", "ad_group_name", "ad_id", "ad_name"),
    }
    common = {"source_relation", "date_day", "platform", "account_id", "account_name"}
    common |= {"clicks", "impressions", "spend", "conversions", "conversions_value"}
    sums = []
    for report, own in columns.items():
        rows = warehouse.rows(f"SELECT * FROM x_ads.x_ads__{report}_report")  # noqa: S608 - our names
        assert rows[0].keys() - {"currency"} == common | set(own)
        sums.append((sum(row["spend"] for row in rows), sum(row["clicks"] for row in rows)))
    assert len(set(sums)) == 1
    urls = warehouse.rows("SELECT * FROM x_ads.x_ads__url_report")[0].keys()
    assert {"base_url", "url_host", "url_path", "utm_source", "utm_content", "utm_term", "ad_group_id"} <= urls


def test_the_demos_report_is_the_same_from_both(built: Built, tmp_path: Path) -> None:
    """It is written from the marts of whatever the demo has loaded into."""
    with open_duckdb(built.places["duckdb"]) as embedded, open_postgres(built.targets["postgres"]) as server:
        accounts = read_accounts(server)
        assert accounts == read_accounts(embedded)
    write_spend_page(accounts, tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text("utf-8")
    names = {name for a in accounts for name in (a.name, *(c.name for c in a.campaigns.values()))}
    assert len(names) > len(accounts) > 1
    assert all(html.escape(name) in report for name in names)


def test_metrics_are_ratios_of_sums(built: Built, known: Known) -> None:
    """MetricFlow answers what a dashboard asks."""
    answer = built.metrics("spend,impressions,clicks,cpm,ctr,cpc,cpa,roas", by="campaign_day__currency")
    by_currency = grouped(known.campaigns, lambda f: (known.currencies[f.account_id],))
    assert {row["campaign_day__currency"] for row in answer} == {currency for (currency,) in by_currency}
    for row in answer:
        figures = figures_of(by_currency[row["campaign_day__currency"],])
        spend, seen = float(figures["spend"]), float(figures["impressions"])
        expected = {
            "spend": spend,
            "cpm": 1000 * spend / seen,
            "ctr": float(figures["clicks"]) / seen,
            "cpc": spend / float(figures["clicks"]),
            "cpa": spend / float(figures["conversions"]),
            "roas": float(figures["conversion_value"]) / spend,
        }
        assert {name: float(row[name]) for name in expected} == pytest.approx(expected)


def test_reconciliation_names_what_does_not_add_up(built: Built) -> None:
    """The last test of the file: it spoils a table."""
    with built.open("duckdb") as warehouse:
        assert warehouse.rows("SELECT * FROM x_ads.reconciliation") == []
        (row,) = warehouse.rows(
            "SELECT account_id, campaign_id, line_item_id, date_day FROM x_ads.line_item_days "
            "WHERE spend > 0 ORDER BY date_day, line_item_id LIMIT 1"
        )
        where = (
            f"account_id = '{row['account_id']}' AND entity_id = '{row['line_item_id']}' AND date = '{row['date_day']}'"
        )
        warehouse.run(
            "UPDATE line_item_stats SET billed_charge_local_micro = billed_charge_local_micro + 5000000 "  # noqa: S608 - ours
            f"WHERE {where} AND placement = 'ALL_ON_TWITTER'"
        )
    # Seen from the year after, when all has settled: no difference is excused by days that still move.
    settled = ("--vars", "x_ads_as_of: '2026-01-01'")
    models = ("int_x_ads__accounts", "line_item_days", "reconciliation")
    with pytest.raises(marts.DbtFailed, match="levels_add_up"):
        built.dbt("duckdb", "build", "--select", *models, "levels_add_up", *settled)
    printed = built.dbt("duckdb", "run-operation", "reconcile", *settled)
    lines = sorted(line for line in printed.splitlines() if "DOES_NOT_ADD_UP" in line)
    assert len(lines) == 2
    levels = {"campaign_id": "CAMPAIGN_AND_LINE_ITEMS", "line_item_id": "LINE_ITEM_AND_ADS"}
    for line, (column, level) in zip(lines, levels.items(), strict=True):
        assert all(word in line for word in (level, row["account_id"], row[column], str(row["date_day"]), "SPEND"))


def test_package_is_a_dependency_of_another_project(built: Built, tmp_path: Path) -> None:
    """Its models, macros and tests work under another project's name, in that project's schemas, beside its models."""
    project = tmp_path / "shop"
    done = build_beside(built.places["duckdb"], project, {"x_ads_schema": SCHEMA})
    assert {"model.shop.spend", "model.x_ads.account_days", "model.x_ads.campaign_days"} <= done
    assert any(name.startswith("test.x_ads.") for name in done)
    with duckdb.connect(project / "shop.duckdb", read_only=True) as theirs:
        theirs_sum = theirs.sql("SELECT SUM(spend) FROM analytics.spend").fetchall()
    with built.open("duckdb") as ours:
        (row,) = ours.rows("SELECT SUM(spend) AS spend FROM x_ads.account_days")
    assert theirs_sum == [(row["spend"],)]
