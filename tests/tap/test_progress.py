"""What a run tells while it runs and when it ends: to people in lines, to machines in METRIC points."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from collections import Counter

import pytest

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Json, Outcome, World

PROGRESS = re.compile(
    r"Progress: (?P<accounts>\d+) accounts?, (?P<streams_done>\d+) of (?P<streams>\d+) streams done"
    r"(?:; jobs (?P<waiting>\d+) waiting, (?P<running>\d+) running, (?P<done>\d+) done)?"
    r"; (?P<records>[\d,]+) records(?:, [\d,]+/s)?"
    r"(?:; now (?P<current>\w+), (?P<current_records>[\d,]+) records)?"
    r"(?:; (?:about|at least) [\dhmins ]+ left)?$"
)
SUMMARY = re.compile(r"Stream (\w+): +accounts (\d+), +jobs (\d+), +records (\d+), +[\d.]+ seconds(?:, failed (\d+))?$")


def hasten(world: World, factor: float) -> None:
    """Let the seconds on which the tap measures pass faster, so that it need not run for long to have much to tell."""
    usual = world.tap_class.clock_class

    class Hasty(usual):  # type: ignore[misc, valid-type]  # the world's own clock class
        """A clock in a hurry."""

        @override
        def monotonic(self) -> float:
            return float(super().monotonic() * factor)

    world.tap_class = type("HastyTap", (world.tap_class,), {"clock_class": Hasty})


def progress_lines(outcome: Outcome) -> list[dict[str, str]]:
    """Return the figures of each progress line."""
    lines = [line.partition("Progress: ") for line in outcome.log.splitlines() if "Progress: " in line]
    found = [PROGRESS.match("".join(line[1:])) for line in lines]
    assert all(found), lines
    return [{k: v.replace(",", "") if v else v for k, v in m.groupdict().items()} for m in found if m]


def rows(outcome: Outcome) -> dict[str, tuple[int, ...]]:
    """Return the summary: accounts, jobs, records and failures by stream."""
    found = [m for line in outcome.lines_of("INFO") if (m := SUMMARY.search(line))]
    return {m[1]: tuple(int(n or 0) for n in m.groups()[1:]) for m in found}


def points(lines: list[str]) -> list[Json]:
    """Return the METRIC points of log lines."""
    return [json.loads(line.partition("METRIC: ")[2]) for line in lines if "METRIC: " in line]


def test_progress_tells_of_jobs_while_they_run(start_world: Callable[..., World]) -> None:
    """Jobs take minutes; whoever waits wants to see them get done."""
    world = start_world(accounts=2, job_latency=0.4)
    hasten(world, 50)
    outcome = world.run(["campaign_stats", "line_item_stats"])
    assert outcome.exit_code == 0, outcome.log
    told = progress_lines(outcome)
    assert told
    assert {(line["accounts"], line["streams"]) for line in told} == {("2", "2")}
    assert any(int(line["running"]) for line in told)
    for name, most in (("done", len(world.jobs)), ("records", len(outcome.records())), ("streams_done", 2)):
        figures = [int(line[name]) for line in told]
        assert figures == sorted(figures)
        assert figures[-1] <= most
    assert int(told[-1]["done"]) > 0


def test_while_objects_are_read_progress_goes_on_and_jobs_get_into_the_state(start_world: Callable[..., World]) -> None:
    """Reading objects can take long: a silent run looks hung, and jobs whose ids are lost are paid for twice."""
    world = start_world(faults=("GET ab_tests: action=slow seconds=0.8",), records_per_collection=6)
    hasten(world, 100)
    outcome = world.run(["ab_tests", "campaign_stats"], page_size=1)
    assert outcome.exit_code == 0, outcome.log
    assert "ab_tests" in {line["current"] for line in progress_lines(outcome)}
    types = [(m["type"], m.get("stream")) for m in outcome.messages]
    first_record = types.index(("RECORD", "ab_tests"))
    early = [m["value"] for m in outcome.messages[:first_record] if m["type"] == "STATE"]
    (partition,) = early[-1]["bookmarks"]["campaign_stats"]["partitions"]
    assert partition["jobs"]


def test_a_normal_run_reads_well(start_world: Callable[..., World]) -> None:
    """What is extracted, from where on, what came of it; nothing about what was not selected; METRIC for machines."""
    world = start_world()
    outcome = world.invoke("--config", world.write("config.json", world.config()))
    assert outcome.exit_code == 0, outcome.log
    names = list(outcome.schemas)
    told = [line for line in outcome.lines_of("INFO") if "METRIC" not in line]
    assert f"Extracting 1 account ({world.account_ids[0]}) and {len(names)} streams" in told[1]
    assert "No bookmark yet" in told[2]
    assert "All " in told[-1]
    assert len(told) <= len(names) + len(progress_lines(outcome)) + 4
    by_stream = Counter(m["stream"] for m in outcome.messages if m["type"] == "RECORD")
    jobs = Counter(f"{job['params']['entity'].lower()}_stats" for job in world.jobs)
    assert {name: row[1:3] for name, row in rows(outcome).items()} == {n: (jobs[n], by_stream[n]) for n in names}
    counts = [p for p in points(outcome.lines_of("INFO")) if p["metric"] == "record_count"]
    assert {p["tags"]["stream"]: p["value"] for p in counts} == {n: by_stream[n] for n in names}
    assert len(counts) == len(names)
    assert {p["metric"] for p in points(outcome.lines_of("INFO"))} == {"record_count", "sync_duration"}


def test_a_run_that_goes_on_says_so_and_one_that_fails_says_where(world: World) -> None:
    """The table comes at the end of a bad run too, followed by what stays open."""
    first = world.run(["campaign_stats", "campaigns"])
    world.fault("GET campaigns: status=500 times=99")
    second = world.run(["campaign_stats", "campaigns"], state=first.state)
    assert second.exit_code == 1
    assert "Going on from the state: 2 of 2 streams have a bookmark" in second.log
    assert {name: row[3] for name, row in rows(second).items()} == {"campaign_stats": 0, "campaigns": 1}
    assert second.log.index("All 2 streams:") < second.log.index("1 failure; everything else")


@pytest.mark.slow
def test_a_json_log_config_makes_every_line_readable_for_machines(start_world: Callable[..., World]) -> None:
    """Meltano reads logs in this form, and shows none of the fields of a line that is not in it."""
    world = start_world(now=None, start_date=None, days=4, job_latency=0.2, faults=("GET file: status=404 times=1",))
    config = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "singer_sdk.logging.StructuredFormatter"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["console"], "level": "DEBUG"},
    }
    args = world.arguments(["campaign_stats", "campaigns"])
    done = subprocess.run(
        [sys.executable, "-m", "tap_twitter_ads_async", *args],
        env={**os.environ, "SINGER_SDK_LOG_CONFIG": world.write("log.json", config)},
        capture_output=True,
        timeout=60,
        check=False,
        cwd=world.directory,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all({"level", "logger_name", "message", "ts"} <= set(line) for line in lines)
    assert {"tap-twitter-ads-async", "tap-twitter-ads-async.jobs", "singer_sdk.metrics"} <= {
        line["logger_name"] for line in lines
    }
    metrics = [{**line["metric_info"], "level": line["level"]} for line in lines if line["message"] == "METRIC"]
    jobs = [m for m in metrics if m["metric"] == "job_duration"]
    assert len(jobs) == len(world.jobs)
    assert {(m["tags"]["stream"], m["tags"]["entity"], m["level"]) for m in jobs} == {
        ("campaign_stats", "CAMPAIGN", "debug")
    }
    assert all(m["value"] >= 0.2 for m in jobs)
    requests = [m["tags"] for m in metrics if m["metric"] == "http_request_duration"]
    assert len(requests) == len(list(world.sim.journal.requests))
    assert {r["endpoint"] for r in requests} == {
        "accounts",
        "accounts/:account_id/campaigns",
        "stats/accounts/:account_id/active_entities",
        "stats/jobs/accounts/:account_id",
        "result_file",
    }
    files = [(r["http_status_code"], r["status"]) for r in requests if r["endpoint"] == "result_file"]
    assert (404, "failed") in files
    assert (200, "succeeded") in files
    assert sum(m["value"] for m in metrics if m["metric"] == "record_count") == done.stdout.count(b'"type":"RECORD"')
