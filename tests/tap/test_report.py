"""`report_path`: what every run leaves, compared with what the API saw."""

from __future__ import annotations

import json
import re
import signal
import time
import typing as t
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tap_twitter_ads_async.domain.calendar import parse_stamp

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Outcome, World

    Json = dict[str, t.Any]

KEYS = {
    *("version", "started_at", "ended_at", "exit_code", "streams", "accounts"),
    *("requests", "waits", "jobs", "failures"),
}
STREAMS = ["campaign_stats", "line_item_stats", "campaigns"]


def report(world: World) -> Json:
    """Read the report."""
    found: Json = json.loads((world.directory / "report" / "run.json").read_text("utf-8"))
    assert set(found) == KEYS
    assert (world.directory / "report" / "run.html").is_file()
    assert not [p.name for p in (world.directory / "report").iterdir() if p.name.startswith(".")], "left-overs"
    return found


def page(world: World) -> str:
    """Read the page."""
    return (world.directory / "report" / "run.html").read_text("utf-8")


def run(world: World, streams: t.Sequence[str] = STREAMS, state: Json | None = None, **settings: t.Any) -> Outcome:
    """Run the tap with a report."""
    return world.run(streams, state, report_path=str(world.directory / "report"), **settings)


def bars(html: str) -> list[dict[str, str]]:
    """Return the data of the timeline's bars."""
    return [dict(re.findall(r'data-(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<g data-[^>]*>", html)]


def test_the_report_says_what_the_api_saw(start_world: Callable[..., World]) -> None:
    """Orchestrators decide by it: jobs, requests and records must be those that there were."""
    world = start_world(accounts=2)
    outcome = run(world)
    found = report(world)
    assert (found["exit_code"], found["failures"]) == (outcome.exit_code, []) == (0, [])
    assert [a["id"] for a in found["accounts"]] == sorted(world.account_ids)
    assert {s["name"]: s["records"] for s in found["streams"]} == {s: len(outcome.records(s)) for s in STREAMS}
    assert sum(s["jobs"] for s in found["streams"]) == len(world.jobs) == len(found["jobs"])
    assert sum(found["requests"].values()) == len(world.sim.journal.requests)
    assert found["requests"]["POST stats/jobs/accounts/:account_id"] == len(world.jobs)
    assert parse_stamp(found["started_at"]) <= parse_stamp(found["ended_at"])


def test_every_job_of_the_timeline_is_one_of_the_api(start_world: Callable[..., World]) -> None:
    """Id, account, order of its moments, size: the picture is drawn from nothing else."""
    world = start_world(accounts=2, job_latency=0.3)
    run(world)
    found = report(world)
    made = {job.id: account for account in world.account_ids for job in world.sim.api.jobs.listing(account, [])}
    assert {job["id"]: job["account"] for job in found["jobs"]} == made
    sizes = sorted(r["bytes"] for r in world.requests("GET", "file"))
    assert sorted(job["bytes"] for job in found["jobs"]) == sizes
    drawn = {bar["job"]: bar for bar in bars(page(world))}
    assert drawn.keys() == made.keys()
    for job in found["jobs"]:
        assert (job["outcome"], job["attempt"], job["adopted"]) == ("delivered", 1, False)
        moments = [parse_stamp(job[step]) for step in ("created", "ended", "downloaded")]
        assert moments == sorted(moments)
        began = parse_stamp(found["started_at"])
        seconds = [float(drawn[job["id"]][step]) for step in ("created", "ended", "downloaded")]
        assert seconds == pytest.approx([(moment - began).total_seconds() for moment in moments], abs=0.002)


def test_failures_are_in_the_report_and_in_the_map(start_world: Callable[..., World]) -> None:
    """Whoever is woken by the exit code looks here first."""
    world = start_world(start_date="2026-03-30")
    victim = world.sim.objects(world.account_ids[0], "line_items")[0]["id"]
    world.fault(f"POST stats/jobs: action=job_fail times=null containing={victim}")
    outcome = run(world)
    found = report(world)
    assert found["exit_code"] == outcome.exit_code == 1
    assert {(f["stream"], f["account"]) for f in found["failures"]} == {("line_item_stats", world.account_ids[0])}
    assert all("ended as FAILED" in f["error"] for f in found["failures"])
    failures = {s["name"]: s["failures"] for s in found["streams"]}
    assert failures == {"campaign_stats": 0, "line_item_stats": len(found["failures"]), "campaigns": 0}
    (row,) = re.findall(r'<tr data-stream="line_item_stats".*?</tr>', page(world))
    assert 'class="day failed"' in row
    (row,) = re.findall(r'<tr data-stream="campaign_stats".*?</tr>', page(world))
    assert 'class="day failed"' not in row


def test_a_failed_job_and_the_one_in_its_place_are_both_told(world: World) -> None:
    """Retries cost time; the timeline shows where it went."""
    world.fault("POST stats/jobs: action=job_fail times=1")
    assert run(world, ["campaign_stats"]).exit_code == 0
    found = report(world)
    outcomes = [job["outcome"] for job in found["jobs"]]
    assert outcomes.count("failed") == 1
    assert len(outcomes) == len(world.jobs)
    assert max(job["attempt"] for job in found["jobs"]) == 2


def test_jobs_of_an_earlier_run_are_told_as_such(start_world: Callable[..., World]) -> None:
    """They were paid for before; the run only collects them."""
    world = start_world({"window_days": 4}, job_latency=0.3, max_running=2)
    first = run(world, ["campaign_stats"])
    cut = next(i for i, m in enumerate(first.messages) if m["type"] == "STATE" and '"jobs"' in json.dumps(m))
    state = first.messages[cut]["value"]
    run(world, ["campaign_stats"], state)
    found = report(world)
    tickets = state["bookmarks"]["campaign_stats"]["partitions"][0]["jobs"]
    assert {job["id"] for job in found["jobs"] if job["adopted"]} == {ticket["id"] for ticket in tickets.values()}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"access_token_secret": "not-the-right-value"}, "credentials|UNAUTHORIZED"),
        ({"account_ids": ["nobody1"]}, "nobody1"),
        ({"window_days": 400}, "window_days"),
        ({"consumer_key": None}, "consumer_key"),
        ({"window_dayz": 1}, "window_dayz"),
    ],
)
def test_a_run_that_ends_before_its_first_record_leaves_a_report(world: World, settings: Json, words: str) -> None:
    """A folder with yesterday's report would say that all is well."""
    leave_report_of_yesterday(world)
    arguments = world.arguments(STREAMS)
    world.write("config.json", world.config(report_path=str(world.directory / "report"), **settings))
    outcome = world.invoke(*arguments)
    found = report(world)
    assert found["exit_code"] == outcome.exit_code != 0
    (failure,) = found["failures"]
    assert re.search(words, failure["error"])
    assert "not-the-right-value" not in json.dumps(found) + page(world)


def leave_report_of_yesterday(world: World) -> None:
    """Put down a report as another run would have left it."""
    folder = world.directory / "report"
    folder.mkdir()
    for name in ("run.json", "run.html", "run.prom"):
        (folder / name).write_text("yesterday's", "utf-8")


def test_wrong_settings_and_no_place_for_a_report_are_told_together(world: World) -> None:
    """A report that cannot be written must not hide what else is wrong."""
    place = world.directory / "occupied"
    place.write_text("", "utf-8")
    for path in (str(place), ["not", "a", "path"]):
        outcome = world.run(["campaigns"], report_path=path, window_days=400)
        assert outcome.exit_code == 2
        assert "window_days" in outcome.log
        assert "Traceback" not in outcome.log


def test_a_wrong_state_leaves_a_report(world: World) -> None:
    """The settings are known by then, so is the folder."""
    outcome = run(world, state={"bookmarks": []})
    assert report(world)["exit_code"] == outcome.exit_code != 0


@pytest.mark.parametrize("option", ["--state", "--catalog"])
def test_a_file_that_is_no_json_leaves_a_report(world: World, option: str) -> None:
    """A disk that was full left half a state: the orchestrator's page must not show the run before it."""
    half = world.directory / "half.json"
    half.write_text('{"bookmarks": {', encoding="utf-8")
    config = world.write("config.json", world.config(report_path=str(world.directory / "report")))
    outcome = world.invoke("--config", config, option, str(half))
    assert outcome.exit_code == 2
    facts = json.loads((world.directory / "report" / "run.json").read_text("utf-8"))
    assert facts["exit_code"] == 2
    (failure,) = facts["failures"]
    assert "half.json is not readable JSON" in failure["error"]


def test_no_report_holds_a_secret(world: World) -> None:
    """Reports are put on web servers; result files are opened by the token in their URL."""
    world.fault("GET file: status=404 times=2")
    run(world)
    config = world.config()
    secrets = [config[k] for k in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")]
    tokens = [job.token for job in world.sim.api.jobs.listing(world.account_ids[0], [])]
    assert tokens
    for path in (world.directory / "report").iterdir():
        for secret in (*secrets, *tokens, "oauth_"):
            assert secret not in path.read_text("utf-8"), path.name


@pytest.mark.parametrize("kind", ["file", "below a file"])
def test_a_folder_that_cannot_be_written_ends_the_run_before_any_request(world: World, kind: str) -> None:
    """Hours later it would be too late."""
    place = world.directory / "occupied"
    place.write_text("", "utf-8")
    path = place if kind == "file" else place / "report"
    outcome = world.run(["campaigns"], report_path=str(path))
    assert outcome.exit_code == 2
    assert outcome.messages == []
    assert any("report_path" in line and str(place) in line for line in outcome.log.splitlines())
    assert list(world.sim.journal.requests) == []
    assert "Traceback" not in outcome.log


def test_machines_read_the_same_figures(world: World) -> None:
    """Collectors take the text as it is."""
    run(world)
    found = report(world)
    text = (world.directory / "report" / "run.prom").read_text("utf-8")
    families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    samples = {(s.name, *sorted(s.labels.values())): s.value for f in families for s in f.samples}
    name = "tap_twitter_ads_async"
    assert samples[f"{name}_run_exit_code",] == 0
    for stream in found["streams"]:
        assert samples[f"{name}_stream_records", stream["name"]] == stream["records"]
    for endpoint, count in found["requests"].items():
        assert samples[f"{name}_requests", endpoint] == count


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_leaves_a_report(start_world: Callable[..., World], number: int) -> None:
    """What was under way is what one wants to know then."""
    world = start_world(now=None, start_date=None, days=6, job_latency=30.0)
    folder = world.directory / "report"
    process = world.start_process(world.arguments(["campaign_stats"], report_path=str(folder)))
    deadline = time.monotonic() + 20
    while not world.jobs and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.5)  # the jobs' creation has to reach the main thread
    process.send_signal(number)
    process.communicate(timeout=20)
    found = report(world)
    assert found["exit_code"] == process.returncode == 128 + number
    assert {job["outcome"] for job in found["jobs"]} == {"running"}
    assert 'class="bar running"' in page(world)
    assert 'class="day open"' in page(world)


@pytest.mark.slow
def test_a_run_whose_target_is_gone_leaves_a_report(start_world: Callable[..., World]) -> None:
    """The loader's log says why; the report says what the run had done by then."""
    world = start_world(now=None, start_date=None, days=6)
    process = world.start_process(world.arguments(STREAMS, report_path=str(world.directory / "report")))
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=30) == 1
    assert report(world)["exit_code"] == 1


@pytest.mark.slow
def test_a_killed_run_leaves_no_report_of_another(start_world: Callable[..., World]) -> None:
    """Yesterday's would pass for its own; figures for alerts stay, with their time."""
    world = start_world(now=None, start_date=None, days=6, job_latency=30.0)
    leave_report_of_yesterday(world)
    folder = world.directory / "report"
    process = world.start_process(world.arguments(["campaign_stats"], report_path=str(folder)))
    deadline = time.monotonic() + 20
    while not world.jobs and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert [path.name for path in folder.iterdir()] == ["run.prom"]


@pytest.mark.slow
def test_a_stopped_run_that_nobody_reads_leaves_a_report(start_world: Callable[..., World]) -> None:
    """Its main thread is stuck in a write; the watchdog that ends it knows what has been done."""
    world = start_world(now=None, start_date=None, days=60, campaigns_per_account=30)
    folder = world.directory / "report"
    process = world.start_process(world.arguments(["campaign_stats"], report_path=str(folder)))
    deadline = time.monotonic() + 30
    while not world.requests("GET", "file") and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(2.0)  # the pipe is full by now
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)
    assert process.stdout is not None
    process.stdout.close()
    assert report(world)["exit_code"] == process.returncode == 128 + signal.SIGTERM


def test_the_page_needs_no_network(world: World) -> None:
    """It is mailed around."""
    run(world)
    assert not re.search(r"""(src|href)=["'](?!data:|#)|@import|url\((?!#)|<script""", page(world))


def test_without_the_setting_nothing_is_written(world: World) -> None:
    """No run leaves files that nobody asked for."""
    before = set(Path(world.directory).iterdir())
    world.run(["campaigns"])
    assert {p.name for p in set(Path(world.directory).iterdir()) - before} <= {"config.json", "catalog.json"}
