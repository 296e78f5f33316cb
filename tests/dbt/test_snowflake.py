"""The package's SQL for Snowflake: compiled by dbt-snowflake, and run on a stand-in as far as that goes.

Most streams are not loaded there, so this is also the test that marts do without them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import marts
import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
OLDEST_PYTHON = (3, 11)
BUILT_WITHIN_SECONDS = 300

Rows = list[dict[str, t.Any]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """The marts over a few rows."""
    if sys.version_info < OLDEST_PYTHON:
        pytest.skip("the stand-in for Snowflake needs Python 3.11 or newer")
    folder = tmp_path_factory.mktemp("snowflake")
    output = folder / "marts.json"
    account = dict.fromkeys(("ACCOUNT", "USER", "PASSWORD", "WAREHOUSE"), "x")
    variables = {f"SNOWFLAKE_{name}": value for name, value in {**account, "DATABASE": "WAREHOUSE"}.items()}
    places = {"PROFILES_DIR": marts.PACKAGE, "PROJECT_DIR": marts.PACKAGE, "TARGET_PATH": folder, "LOG_PATH": folder}
    variables |= {f"DBT_{name}": str(place) for name, place in places.items()}
    # The package's own tests are the same on every warehouse, and slow here.
    arguments = ["build", "--exclude-resource-type", "unit_test", "test"]
    python = marts.environment("snowflake") / "python"
    done = subprocess.run(
        [python, "-W", "ignore", HERE / "snowflake_stand_in.py", HERE / "snowflake_tables.sql", output, *arguments],
        env={
            **os.environ,
            **variables,
            "DBT_LOG_LEVEL_FILE": "none",
            "X_ADS_TARGET": "snowflake",
            "X_ADS_SCHEMA": "X_ADS_RAW",
        },
        cwd=marts.PACKAGE,
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILT_WITHIN_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    found: dict[str, Rows] = json.loads(output.read_text("utf-8"))
    return found


@pytest.mark.timeout(BUILT_WITHIN_SECONDS + 20)
def test_days_have_exact_money_in_the_currency_that_pays(built: dict[str, Rows]) -> None:
    """A day of 23 hours, a credit in one placement, and hours that lie beside the days."""
    (day,) = built["campaign_days"]
    assert (day["date_day"], day["starts_at"], day["ends_at"]) == (
        "2026-03-08",
        "2026-03-08 08:00:00",
        "2026-03-09 07:00:00",
    )
    assert (day["spend"], day["currency"], day["impressions"]) == ("1.234565", "EUR", 1000)
    assert (day["conversions"], day["conversion_value"]) == (1, "277.990000")
    assert (day["result_type"], day["results"]) == ("LINK_CLICKS", 4)
    assert (day["account_id_base_10"], day["campaign_id_base_10"]) == (str(int("18ce54d4x5t", 36)), str(int("c1", 36)))
    assert (day["final_on"], day["is_final"], day["finality"]) == ("2026-04-08", False, "SPEND_MAY_BE_ADJUSTED")


def test_links_come_out_of_cards_and_texts(built: dict[str, Rows]) -> None:
    """Snowflake flattens JSON where the others follow paths."""
    links = {(row["ad_id"], row["place"]): (row["link_source"], row["url"]) for row in built["ad_links"]}
    assert links == {
        ("p1", 1): ("CARD", "https://shop.example/a?utm_source=x&utm_campaign=spring"),
        ("p1", 2): ("POST", "https://text.example/?utm_source=text"),
        ("p2", 1): ("CARD", "https://shop.example/1"),
        ("p2", 2): ("CARD", "https://shop.example/2"),
    }
    ad = next(row for row in built["ads"] if row["ad_id"] == "p1")
    assert (ad["url_host"], ad["url_path"], ad["utm_source"], ad["utm_campaign"]) == (
        "shop.example",
        "/a",
        "x",
        "spring",
    )


def test_conversions_stand_in_rows(built: dict[str, Rows]) -> None:
    """Another statement than elsewhere makes them."""
    names = ("counted_by", "event", "attribution", "conversions", "conversion_value", "window_days", "tag_names")
    assert sorted(tuple(row[name] for name in names) for row in built["conversions"]) == [
        ("APP", "INSTALLS", "NOT_SPLIT", 0, "5.000000", None, None),
        ("APP", "INSTALLS", "POST_ENGAGEMENT", 3, "0.000000", None, None),
        ("WEB", "PURCHASES", "POST_ENGAGEMENT", 1, "277.990000", 30, "Bought"),
    ]


def test_the_rest_does_without_what_is_not_loaded(built: dict[str, Rows]) -> None:
    """Segments that are gone, a flight that is nearly over, and no reach at all."""
    assert [(row["segment_name"], row["impressions"]) for row in built["segments"]] == [("Female", 600)]
    assert built["reconciliation"] == built["reach"] == []
    (pace,) = (row for row in built["pacing"] if row["level"] == "LINE_ITEM")
    assert (pace["last_whole_day"], pace["spent_share"]) == ("2026-03-18", "0.123457")
    assert float(pace["elapsed_share"]) == pytest.approx((18 * 24 - 1) / (20 * 24 - 1), abs=1e-6)
