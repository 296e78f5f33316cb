"""The overview of streams in the docs."""

from __future__ import annotations

from pathlib import Path

from streams_page import history, reach, stats
from streams_page.objects import render

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.domain.metrics import columns

PAGE = Path(__file__).parents[2] / "docs" / "streams.md"


def test_the_page_equals_the_code() -> None:
    """`python scripts/generate_streams.py` brings it up to date; readers must be able to trust it."""
    assert PAGE.read_text(encoding="utf-8") == render([*stats.sections(), *reach.sections(), *history.sections()])


def test_every_metric_column_stands_on_the_page() -> None:
    """A column that is missing here would be missing for whoever plans a warehouse by the page."""
    page = PAGE.read_text(encoding="utf-8")
    names = {c.name for e in rules.ENTITIES for c in columns(e, None, rules.allowed_groups(e))}
    assert not [name for name in names if f"| `{name}` |" not in page]
