"""The scripts of views, as text."""

from __future__ import annotations

import re

from tests.support.markdown import ROOT

DIALECTS = {"duckdb", "postgres", "snowflake"}


def test_links_have_the_same_columns_in_every_dialect() -> None:
    """Snowflake's script cannot be run here; it must not fall behind the two that are."""
    found = {}
    for dialect in DIALECTS:
        script = (ROOT / "demo" / "views" / f"twitter_ads_urls.{dialect}.sql").read_text("utf-8")
        columns, _, _ = script.partition("\nFROM ")
        found[dialect] = re.findall(r"(\w+),?$", columns.partition("SELECT")[2], re.MULTILINE)
    assert len(found["postgres"]) == 7
    assert found["duckdb"] == found["snowflake"] == found["postgres"]
