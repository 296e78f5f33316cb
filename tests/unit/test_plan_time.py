"""How long a plan takes at least."""

from __future__ import annotations

import json
import typing as t

import pytest

from tap_twitter_ads_async.commands.plan import PlannedExtraction
from tap_twitter_ads_async.commands.plan_time import ASSUMED_SECONDS, Latency, latency_seen, shortest_time

if t.TYPE_CHECKING:
    from pathlib import Path


def parts(*jobs: int) -> list[PlannedExtraction]:
    """Return one extraction per account."""
    return [PlannedExtraction("campaign_stats", f"acc{i}", jobs=n) for i, n in enumerate(jobs)]


@pytest.mark.parametrize(
    ("jobs", "slots", "seconds", "reason"),
    [
        ((0, 0), 100, 0.0, "no job"),
        ((1,), 100, 10.0, "the time that a job takes"),
        ((100,), 100, 10.0, "the time that a job takes"),
        ((101,), 100, 20.0, "acc0 has 100 job slots"),
        ((7, 3), 2, 40.0, "acc0 has 2 job slots"),
        ((100, 100, 100, 100, 50), 100, 10.0, "the time that a job takes"),
        ((100, 100, 100, 100, 51), 100, 70.0, "450 jobs a minute"),
        ((90,) * 100, 100, 19 * 60.0 + 10.0, "450 jobs a minute"),
    ],
)
def test_the_tightest_limit_decides(jobs: tuple[int, ...], slots: int, seconds: float, reason: str) -> None:
    """Slots are an account's, writes are the token's."""
    found = shortest_time(parts(*jobs), slots, Latency(10.0))
    assert found.seconds == seconds
    assert reason in found.reason


def test_streams_of_one_account_share_its_slots() -> None:
    """Two streams do not run in twice as many."""
    plan = [PlannedExtraction(name, "acc0", jobs=60) for name in ("campaign_stats", "line_item_stats")]
    assert shortest_time(plan, 100, Latency(10.0)).seconds == 20.0


@pytest.mark.parametrize(
    "text", [None, "", "[]", "{}", '{"jobs": 3}', '{"jobs": [{"outcome": "delivered"}]}', '{"jobs": []}']
)
def test_without_a_report_to_go_by_it_is_assumed(tmp_path: Path, text: str | None) -> None:
    """A broken file of an earlier run must not break the plan."""
    if text is not None:
        (tmp_path / "run.json").write_text(text, "utf-8")
    assert latency_seen(tmp_path) == Latency(ASSUMED_SECONDS, seen=False)
    assert latency_seen(None) == Latency()


def test_the_median_of_delivered_jobs_counts(tmp_path: Path) -> None:
    """Jobs taken up from an earlier run were half done, failed ones say nothing."""
    job = {"created": "2026-03-01T10:00:00.000Z", "outcome": "delivered", "adopted": False}
    jobs = [job | {"ended": f"2026-03-01T10:00:{s}.500Z"} for s in ("04", "08", "50")]
    jobs += [job | {"ended": "2026-03-01T10:59:00.000Z", "outcome": "failed"}]
    jobs += [job | {"ended": "2026-03-01T10:00:00.100Z", "adopted": True}]
    (tmp_path / "run.json").write_text(json.dumps({"jobs": jobs}), "utf-8")
    assert latency_seen(tmp_path) == Latency(8.5, seen=True)
