"""Every query of the documentation, run over real loads, and the important ones held against known figures.

One file, because its tests share one load.
"""

from __future__ import annotations

import re
import typing as t
from decimal import Decimal

import comments
import pytest

from tap_twitter_ads_async.domain.schemas import load_schema
from tests.cookbook.expected import EXPECTED
from tests.cookbook.known import Known
from tests.cookbook.loaded import SCHEMA, WAREHOUSES, Loaded, Warehouse
from tests.cookbook.package import SOURCES
from tests.cookbook.world import TODAY
from tests.support.markdown import ROOT, Block, blocks, pages

pytestmark = pytest.mark.slow
on_both = pytest.mark.parametrize("warehouse", WAREHOUSES, indirect=True)

COOKBOOK = "docs/cookbook.md"
VIEWS = ROOT / "demo" / "views"
ROUNDED = Decimal("0.00501")  # queries round to cents
ROUNDED_TO_TENTHS = Decimal("0.0501")
COUNTED = ("impressions", "clicks", "billed_charge_local_micro")
BASE_TABLES = {
    "campaign_report": "campaign_stats",
    "line_item_report": "line_item_stats",
    "promoted_tweet_report": "promoted_tweet_stats",
    "line_item_keywords_report": "line_item_stats_by_keywords",
    "campaign_locations_report": "campaign_stats_by_locations",
    "campaign_regions_report": "campaign_stats_by_regions",
}
TYPES = {
    "duckdb": {"text": "VARCHAR", "moment": "TIMESTAMP", "count": "BIGINT", "flag": "BOOLEAN"},
    "postgres": {"text": "text", "moment": "timestamp without time zone", "count": "bigint", "flag": "boolean"},
}
QUERIES = [
    (warehouse, block)
    for page in pages()
    for block in blocks(page, "sql")
    for warehouse in ([block.only] if block.only else WAREHOUSES)
]


@pytest.fixture
def warehouse(loaded: Loaded, request: pytest.FixtureRequest) -> Warehouse:
    """One of the two databases."""
    return loaded.warehouses[request.param]


@pytest.fixture(scope="session")
def known(loaded: Loaded) -> Known:
    """What is true in the world that was loaded."""
    return Known(loaded.simulator)


@pytest.fixture(scope="session")
def with_views(loaded: Loaded) -> Loaded:
    """Both databases with the views for the dbt package."""
    for name, warehouse in loaded.warehouses.items():
        for script in ("twitter_ads", "twitter_ads_keywords", "twitter_ads_places", f"twitter_ads_urls.{name}"):
            text = (VIEWS / f"{script}.sql").read_text("utf-8")
            if name == "duckdb":  # as the documentation says: another schema, and a loader that records no times
                lines = text.replace(f"{SCHEMA}.", "").splitlines(keepends=True)
                text = "".join(line for line in lines if "_sdc_" not in line)
            warehouse.run(text)
    return loaded


def recipe(heading: str) -> str:
    """Return the first query below a heading of the cookbook."""
    lines = (ROOT / COOKBOOK).read_text("utf-8").splitlines()
    start = lines.index(f"### {heading}") + 1
    return next(block.text for block in blocks(COOKBOOK, "sql") if block.line > start)


@pytest.mark.parametrize(
    ("warehouse", "query"),
    QUERIES,
    indirect=["warehouse"],
    ids=[f"{block.where}-{warehouse}" for warehouse, block in QUERIES],
)
def test_documented_query_answers_something(
    warehouse: Warehouse, query: Block, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query that fails or finds nothing teaches its reader to distrust the rest."""
    monkeypatch.chdir(loaded.folder)
    if query.text.startswith("CREATE "):
        with warehouse.undone():
            warehouse.run(query.text)
        return
    # The world stands still, the databases' clocks do not.
    assert warehouse.rows(re.sub(r"\bcurrent_date\b", f"DATE '{TODAY}'", query.text, flags=re.IGNORECASE))


@on_both
@pytest.mark.parametrize("heading", EXPECTED)
def test_recipe_gives_the_known_figures(warehouse: Warehouse, known: Known, heading: str) -> None:
    """Somebody decides about money by these numbers."""
    key, work_out = EXPECTED[heading]
    expected = work_out(known)
    found = {tuple(row[column] for column in key): row for row in warehouse.rows(recipe(heading))}
    assert found.keys() == expected.keys()
    wrong = [
        (place, column, found[place][column], value)
        for place, columns in expected.items()
        for column, value in columns.items()
        if not agree(found[place][column], value, column)
    ]
    assert not wrong


def agree(found: t.Any, expected: t.Any, column: str) -> bool:
    """Whether an answer is right, as far as its rounding lets one tell."""
    if expected is None or found is None or not isinstance(expected, (int, float, Decimal)):
        return bool(found == expected)
    if isinstance(expected, int):
        return bool(found == expected)
    coarse = column.endswith("_percent") or column == "days_left"
    return abs(Decimal(found) - Decimal(expected)) <= (ROUNDED_TO_TENTHS if coarse else ROUNDED)


@on_both
def test_checks_find_nothing_in_a_good_load(warehouse: Warehouse) -> None:
    """They have to be silent when all is well, or nobody looks when it is not."""
    assert warehouse.rows(recipe("Duplicates"))[0]["duplicates"] == 0
    apart = warehouse.rows(recipe("Do the levels agree?"))
    assert {(row["impressions_apart"], float(row["spend_apart"])) for row in apart} == {(0, 0.0)}
    assert {row["objects"] for row in warehouse.rows(recipe("Figures without an object"))} == {0}


@on_both
def test_checks_find_what_is_wrong(warehouse: Warehouse) -> None:
    """A check that never fails is none."""
    with warehouse.undone():
        warehouse.run("DELETE FROM line_items WHERE id = (SELECT MIN(id) FROM line_items)")
        warehouse.run("UPDATE campaign_stats SET impressions = impressions + 1 WHERE date = '2025-10-30'")
        missing = {row["missing_in"]: row["objects"] for row in warehouse.rows(recipe("Figures without an object"))}
        apart = warehouse.rows(recipe("Do the levels agree?"))
    assert missing == {"campaigns": 0, "line_items": 1, "promoted_tweets": 0}
    assert {row["date"].isoformat() for row in apart if row["impressions_apart"]} == {"2025-10-30"}


@on_both
def test_hours_are_on_the_accounts_clock(warehouse: Warehouse, known: Known) -> None:
    """Advertisers schedule by these hours; the two databases convert times in different ways."""
    (query,) = (
        block.text for block in blocks(COOKBOOK, "sql") if "hour_of_day" in block.text and block.only == warehouse.name
    )
    found = {(row["account_id"], int(row["hour_of_day"])): row["impressions"] for row in warehouse.rows(query)}
    assert {hour: seen for hour, seen in found.items() if seen} == known.impressions_by_hour(
        "CAMPAIGN", "ALL_ON_TWITTER"
    )


@pytest.mark.parametrize("warehouse", ["duckdb"], indirect=True)
def test_appended_lines_are_read_once(warehouse: Warehouse, loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loader that only appends is usable just as long as this query brings back one row per key."""
    monkeypatch.chdir(loaded.folder)
    (query,) = (block.text for block in blocks("docs/warehouses.md", "sql") if "read_json_auto" in block.text)
    rows = warehouse.rows(query)
    assert len(rows) == warehouse.rows("SELECT COUNT(*) AS records FROM campaign_stats")[0]["records"]


@on_both
def test_segments_explain_a_part_of_the_whole(warehouse: Warehouse) -> None:
    """The page says that they do not add up: the world it is tested in must be like that."""
    shares = [row["explained_percent"] for row in warehouse.rows(recipe("Why segments do not add up"))]
    assert all(50 < share < 100 for share in shares)


@on_both
@pytest.mark.usefixtures("with_views")
@pytest.mark.parametrize("view", SOURCES)
def test_view_has_every_column_that_the_package_reads(warehouse: Warehouse, view: str) -> None:
    """A missing column becomes null in the package without a word."""
    types = column_types(warehouse, view)
    assert not set(SOURCES[view]) - types.keys()
    names = TYPES[warehouse.name]
    for column, kind in types.items():
        if column in {"id", "account_id"} or column.endswith("_id"):
            assert kind == names["text"], column
        elif column in COUNTED or column.endswith(("_metric", "_sale_amount", "_post_view", "_micro")):
            assert kind == names["count"], column
        elif column in {"date", "_fivetran_synced"}:
            assert kind == names["moment"], column
        elif column == "deleted":
            assert kind == names["flag"], column
    assert ("_fivetran_synced" in types) == (warehouse.name == "postgres")


@on_both
@pytest.mark.usefixtures("with_views")
@pytest.mark.parametrize("view", BASE_TABLES)
def test_report_view_adds_up_to_its_table(warehouse: Warehouse, view: str) -> None:
    """The package sums these columns, so a lost or doubled row changes what it reports."""
    sums = ", ".join(f"SUM({column}) AS {column}" for column in COUNTED)
    by = "account_id, placement, date"
    seen = warehouse.rows(f"SELECT {by}, {sums} FROM twitter_ads.{view} GROUP BY {by} ORDER BY {by}")  # noqa: S608 - our names
    table = warehouse.rows(f"SELECT {by}, {sums} FROM {BASE_TABLES[view]} GROUP BY {by} ORDER BY {by}")  # noqa: S608 - our names
    assert [{**row, "date": row["date"].date()} for row in seen] == table


@on_both
@pytest.mark.usefixtures("with_views")
def test_report_views_leave_other_granularities_out(warehouse: Warehouse) -> None:
    """Hours beside days in one table would count twice."""
    question = "SELECT SUM(impressions) AS impressions, COUNT(DISTINCT date) AS days FROM twitter_ads.campaign_report"
    before = warehouse.rows(question)[0]
    with warehouse.undone():
        warehouse.run("UPDATE campaign_stats SET granularity = 'HOUR' WHERE date = '2025-10-30'")
        after = warehouse.rows(question)[0]
    assert after["days"] == before["days"] - 1
    assert after["impressions"] < before["impressions"]


@on_both
@pytest.mark.usefixtures("with_views")
def test_post_of_two_accounts_is_one_row(warehouse: Warehouse) -> None:
    """The package joins posts by their id alone: a second row would double the figures of every ad with that post."""
    twice = "SELECT tweet_id FROM tweets GROUP BY tweet_id HAVING COUNT(*) = 2"
    assert len(warehouse.rows(twice)) == 1
    for view, column in (("tweet", "id"), ("tweet_url", "tweet_id")):
        rows = warehouse.rows(f"SELECT * FROM twitter_ads.{view} WHERE {column} IN ({twice})")  # noqa: S608 - our names
        assert len(rows) == 1


@on_both
@pytest.mark.usefixtures("with_views")
def test_links_of_posts_are_unpacked(warehouse: Warehouse) -> None:
    """The package cuts campaign parameters out of these addresses."""
    links = warehouse.rows("SELECT * FROM twitter_ads.tweet_url")
    posts = warehouse.rows("SELECT COUNT(DISTINCT tweet_id) AS posts FROM tweets")[0]["posts"]
    assert len(links) == posts
    for link in links:
        assert (link["index"], link["url"]) == (0, "https://t.co/x")
        assert link["expanded_url"] == f"https://{link['display_url']}"
        assert link["indices"].replace(" ", "") == "[0,5]"


@on_both
@pytest.mark.usefixtures("with_views")
def test_regions_name_their_country(warehouse: Warehouse) -> None:
    """The package shows the country beside the region, by the same name as in the report by country."""
    names = warehouse.rows("SELECT DISTINCT location_type, location_name FROM twitter_ads.campaign_regions_report")
    assert names == [{"location_type": "COUNTRIES", "location_name": "United States"}]


def column_types(warehouse: Warehouse, view: str) -> dict[str, str]:
    """Return a view's columns with their types."""
    rows = warehouse.rows(
        "SELECT column_name, data_type FROM information_schema.columns"  # noqa: S608 - our names
        f" WHERE table_schema = 'twitter_ads' AND table_name = '{view}'"
    )
    return {row["column_name"]: row["data_type"] for row in rows}


@on_both
def test_comments_reach_tables_and_columns(warehouse: Warehouse) -> None:
    """Who opens a table in a client reads there what a column means; what was not loaded is left out."""
    found = list(comments.comments({}))
    with warehouse.undone():
        if warehouse.name == "postgres":
            warehouse.run(comments.postgres(found, SCHEMA))
            told = warehouse.rows(
                "SELECT obj_description('campaign_stats'::regclass) AS about, col_description('campaigns'::regclass, "
                "attnum) AS words FROM pg_attribute WHERE attrelid = 'campaigns'::regclass AND attname = 'deleted'"
            )
        else:
            columns = warehouse.rows("SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main'")
            tables = {row["table_name"] for row in warehouse.rows("SELECT table_name FROM duckdb_tables()")}
            held = {(r["table_name"], r["column_name"]) for r in columns if r["table_name"] in tables}
            warehouse.run(comments.duckdb(found, "main", held))
            told = warehouse.rows(
                "SELECT t.comment AS about, c.comment AS words FROM duckdb_tables() AS t, duckdb_columns() AS c "
                "WHERE t.table_name = 'campaign_stats' AND c.table_name = 'campaigns' AND c.column_name = 'deleted'"
            )
    assert len(told) == 1
    assert told[0]["about"].startswith("Metrics of X Ads")
    assert told[0]["words"] == load_schema("campaigns")["properties"]["deleted"]["description"]


def test_comments_are_written_for_other_warehouses_too() -> None:
    """Their statements skip what is not there, and quotes in a text end no string."""
    found = [comments.Comment("campaigns", "name", 'The user\'s "own" name')]
    assert comments.snowflake(found, "x_ads") == (
        'COMMENT IF EXISTS ON COLUMN "X_ADS"."CAMPAIGNS"."NAME" IS \'The user\'\'s "own" name\';\n'
    )
    assert comments.bigquery(found, "x_ads") == (
        "ALTER TABLE IF EXISTS `x_ads`.`campaigns`\n  ALTER COLUMN IF EXISTS `name` "
        'SET OPTIONS (description = "The user\'s \\"own\\" name");\n'
    )
