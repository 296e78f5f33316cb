"""The queries that compare two connectors: silent about equal tables, loud about planted differences."""

from __future__ import annotations

import typing as t

import duckdb
import pytest

from tests.support.markdown import blocks

if t.TYPE_CHECKING:
    from collections.abc import Iterator

SINGER_IO, LOOK_BACK = "docs/moving-from-singer-io.md", "docs/moving-from-look-back.md"
DAYS = 50
TODAY = "DATE '2026-06-30'"
"""The day on which the queries are run, whatever day it is."""

Rows = list[dict[str, t.Any]]


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Fifty days up to today of one account in Los Angeles, two placements a day."""
    with duckdb.connect() as connection:
        connection.execute(
            """
            CREATE TABLE campaign_stats AS
            SELECT 'acc' AS account_id, 'c1' AS entity_id, 'CAMPAIGN' AS entity, 'DAY' AS granularity, placement,
                   CURRENT_DATE - CAST(n AS INTEGER) AS date,
                   CURRENT_DATE - CAST(n AS INTEGER) + INTERVAL 8 HOUR AS start_time,
                   CURRENT_DATE - CAST(n AS INTEGER) + INTERVAL 32 HOUR AS end_time,
                   1000 + n AS impressions, 10 AS clicks, 5000000 + n AS billed_charge_local_micro
            FROM range(?) AS days(n), (VALUES ('ALL_ON_TWITTER'), ('PUBLISHER_NETWORK')) AS p(placement)
            """.replace("CURRENT_DATE", TODAY),
            [DAYS],
        )
        connection.execute("CREATE TABLE old_stats AS FROM campaign_stats")
        yield connection


def compare(database: duckdb.DuckDBPyConnection, page: str, marker: str) -> Rows:
    """Run the page's query with the old table in the place that the page marks."""
    (query,) = (b.text for b in blocks(page, "sql") if "FROM campaign_stats" in b.text and "more_spend" in b.text)
    lines = query.splitlines()
    (place,) = (i for i, line in enumerate(lines) if "FROM campaign_stats " in line and marker in line)
    lines[place] = lines[place].replace("campaign_stats", "old_stats", 1)
    result = database.execute("\n".join(lines).replace("CURRENT_DATE", TODAY))
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.mark.parametrize(
    ("page", "marker"),
    [(SINGER_IO, "-- old_schema."), (LOOK_BACK, "-- your old table")],
    ids=["singer-io", "look-back"],
)
def test_equal_tables_show_no_difference(database: duckdb.DuckDBPyConnection, page: str, marker: str) -> None:
    """A query that finds differences where there are none sends people hunting."""
    rows = compare(database, page, marker)
    assert len(rows) == DAYS
    assert {(row["more_impressions"], row["more_spend"]) for row in rows} == {(0, 0)}


def test_what_the_old_tap_lost_comes_first(database: duckdb.DuckDBPyConnection) -> None:
    """A day whose job failed in the old tap is what the reader has to see."""
    database.execute("DELETE FROM old_stats WHERE date = DATE '2026-06-10'")
    first, *others = compare(database, SINGER_IO, "-- old_schema.")
    assert first["more_impressions"] == 2 * 1020
    assert first["more_spend"] == pytest.approx(2 * 5.00002)
    assert {row["more_impressions"] for row in others} == {0}


def test_each_difference_gets_its_verdict(database: duckdb.DuckDBPyConnection) -> None:
    """The reader looks only at what the query points at."""
    database.execute("DELETE FROM old_stats WHERE date = DATE '2026-05-21'")
    database.execute("DELETE FROM campaign_stats WHERE date = DATE '2026-05-20'")
    database.execute("UPDATE old_stats SET billed_charge_local_micro = 4000000 WHERE date = DATE '2026-06-10'")
    rows = compare(database, LOOK_BACK, "-- your old table")
    odd = {(row["age"], row["verdict"]) for row in rows if not row["verdict"].startswith("equal")}
    assert odd == {("settled", "missing there"), ("settled", "missing here"), ("may be adjusted", "look")}
    assert [row["age"] for row in rows[:4]] == ["still moving"] * 4


def test_the_seam_counts_each_day_once(database: duckdb.DuckDBPyConnection) -> None:
    """Twice a day or none is the accident that the page is about."""
    (query,) = (b.text for b in blocks(LOOK_BACK, "sql") if "both_sides" in b.text)
    rows = database.execute(query.replace("FROM campaign_stats)   ", "FROM old_stats)   ")).fetchall()
    assert len(rows) == DAYS
    assert [impressions for _, impressions, _ in rows] == [2 * (1000 + n) for n in reversed(range(DAYS))]
    assert [origin for _, _, origin in rows] == ["old"] * (DAYS - 11) + ["new"] * 11
