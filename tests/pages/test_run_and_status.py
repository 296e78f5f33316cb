"""`run.html` and the page of `--status`: readable by everybody, on a phone too, and nothing of others' is run."""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timezone

import pytest

from tap_twitter_ads_async.commands.coverage import coverages
from tap_twitter_ads_async.commands.report.page import run_page
from tap_twitter_ads_async.commands.status import status_page
from tests.pages.browser import measured

if t.TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 20, 10, tzinfo=timezone.utc)
NAME = '<script>alert("Zoë & Söhne")</script>'


def state() -> dict[str, t.Any]:
    """Return a state with every look of a day in it."""
    done = {
        "context": {"account_id": "18ce54d4x5t"},
        "version": 1,
        "replication_key": "end_time",
        "replication_key_value": "2026-03-20T09:00:00Z",
        "covers": {"start": "2026-01-01T08:00:00Z", "definition": "d1", "timezone": "America/Los_Angeles"},
    }
    bounds = {"changes_since": "2026-01-01T08:00:00Z", "changes_until": "2026-03-20T10:00:00Z"}
    broken = {
        "cursor": "2026-01-01T08:00:00Z",
        "until": "2026-03-20T09:00:00Z",
        "open": [
            {"start": "2026-02-03T08:00:00Z", "end": "2026-02-04T08:00:00Z", "entity_ids": ["c1"], **bounds},
            {"start": "2026-03-01T08:00:00Z", **bounds},
        ],
    }
    partly = {**done, "replication_key_value": "2026-01-01T08:00:00Z", "progress": broken}
    names = ("campaign_stats", "line_item_stats", "a_report_of_somebody_who_likes_long_names_by_gender")
    streams = {name: {"partitions": [done]} for name in names}
    return {"bookmarks": {**streams, "promoted_tweet_stats": {"partitions": [partly]}}}


def facts() -> dict[str, t.Any]:
    """Return what a run with every outcome leaves."""
    outcomes = ("delivered", "failed", "running", "waiting for its file", "timed out")
    jobs = [
        {
            "id": str(1500943806787069515 + i),
            "stream": f"stream_{i % 10}",
            "account": "18ce54d4x5t",
            "created": f"2026-03-20T10:00:{i % 50:02}.000Z",
            "adopted": i == 0,
            "ended": None if outcomes[i % 5] == "running" else f"2026-03-20T10:00:{i % 50 + 5:02}.000Z",
            "downloaded": f"2026-03-20T10:00:{i % 50 + 6:02}.000Z" if i % 5 == 0 else None,
            "outcome": outcomes[i % 5],
            "bytes": 1000 if i % 5 == 0 else 0,
            "attempt": 1 + i % 2,
        }
        for i in range(200)
    ]
    failure = {"stream": "campaign_stats", "account": "18ce54d4x5t", "what": "window " * 20, "error": NAME + "x" * 200}
    return {
        "version": "1.2.3",
        "started_at": "2026-03-20T10:00:00.000Z",
        "ended_at": "2026-03-20T10:01:00.000Z",
        "exit_code": 1,
        "streams": [
            {"name": f"stream_{n}", "accounts": 1, "jobs": 20, "records": 99_000_000, "seconds": 1.5, "failures": 0}
            for n in range(10)
        ],
        "accounts": [{"id": "18ce54d4x5t", "name": NAME, "timezone": "America/Los_Angeles"}],
        "requests": {"POST stats/jobs/accounts/:account_id": 200},
        "waits": {},
        "jobs": jobs,
        "failures": [failure] * 12,
    }


PAGES = {
    "run": lambda: run_page(facts(), coverages(state(), NOW)),
    "status": lambda: status_page(coverages(state(), NOW), NOW),
    "empty": lambda: status_page([], NOW),
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dark"), [("run", False), ("run", True), ("status", True)])
def test_a_browser_has_nothing_to_complain_of_and_a_phone_has_room(name: str, dark: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of pytest
    """Wide drawings and tables scroll by themselves; the page never does sideways."""
    page = tmp_path / "page.html"
    page.write_text(PAGES[name](), "utf-8")
    found = measured(page, tmp_path, dark=dark)
    assert found["console"] == []
    assert found["needed"] <= found["width"]
    assert found["small"] == []
    assert found["stops"][0] == "Skip to content"
    assert all(found["stops"])
    assert (found["ground"] == "rgb(255, 255, 255)") != dark


@pytest.mark.parametrize("name", PAGES)
def test_what_comes_from_outside_is_text(name: str) -> None:
    """Names and error messages are others'."""
    html = PAGES[name]()
    assert "<script" not in html
    assert not re.search(r"""(src|href)=["'](?!data:|#)|@import|url\((?!#)""", html)


@pytest.mark.parametrize("name", ["run", "status"])
def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name(name: str) -> None:
    """A region that only a mouse can scroll hides its end from others; a drawing without a name from screen readers."""
    html = PAGES[name]()
    for tag in re.findall(r'<div class="scroll"[^>]*>', html):
        assert 'tabindex="0"' in tag
        assert re.search(r'role="region" aria-label="[^"]+"', tag)
    drawings = re.findall(r'<svg class="(?:strip|timeline)"[^>]*>', html)
    assert drawings
    for tag in drawings:
        assert 'aria-hidden="true"' in tag or re.search(r'role="img" aria-label="[^"]+"', tag)


def test_every_look_is_in_the_legend_and_drawn() -> None:
    """Who cannot tell colours apart goes by patterns, which have to be explained."""
    html = PAGES["run"]()
    for look in ("final", "changing", "open", "failed"):
        assert html.count(f'class="day {look}"') > 1
    for look in ("fetching", "failed", "running"):
        assert html.count(f'class="bar {look}"') > 1
    assert {f'id="{name}"' in html for name in ("changing", "failed", "hatch")} == {True}
