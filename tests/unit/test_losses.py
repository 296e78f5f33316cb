"""What was lost of a window: in words, and as days that stay open."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from tap_twitter_ads_async.domain.intervals import IntervalSet
from tap_twitter_ads_async.stats.failures import MAX_PIECES, failures_of, layers_of
from tap_twitter_ads_async.stats.jobs.next_step import By
from tap_twitter_ads_async.stats.jobs.tasks import Task, WindowJobs
from tap_twitter_ads_async.stats.plan.layer import Layer
from tap_twitter_ads_async.stats.plan.spec import Group, JobSpec, TargetingValue, Window
from tap_twitter_ads_async.stats.records.window_result import LostPiece
from tests.support.fakes import Results, extraction
from tests.support.moments import at, between
from tests.support.plans import spec

if t.TYPE_CHECKING:
    from pathlib import Path

    from tap_twitter_ads_async.stats.records.window_result import WindowResult

WHOLE = spec("a,b,c,d", "2026-03-01", "2026-03-08")
CHANGES = between("2026-03-01", "2026-03-09T11")
BUSY = "HTTP 503, SERVICE_UNAVAILABLE: busy"


def _run(directory: Path, *lost: JobSpec, words: str = BUSY) -> WindowResult:
    window = Window(WHOLE.start, WHOLE.end, (Group((WHOLE,)),))
    return Results(directory, window, lost=[LostPiece(piece, words) for piece in lost]).run


def test_a_window_without_losses_leaves_nothing(tmp_path: Path) -> None:
    """The usual case."""
    assert list(failures_of(_run(tmp_path))) == []
    assert layers_of(_run(tmp_path), CHANGES) == []


def test_a_failure_names_stream_account_window_entities_and_the_api_s_words(tmp_path: Path) -> None:
    """The user must see what is open without reading the state."""
    pieces = replace(WHOLE, entity_ids=("b",)), replace(WHOLE, entity_ids=("a",), start=at("2026-03-03"))
    (failure,) = failures_of(_run(tmp_path, *pieces))
    assert str(failure) == (
        "stream campaign_stats, account acc1, window 2026-03-01T00:00:00Z..2026-03-08T00:00:00Z of a, b "
        f"in ALL_ON_TWITTER: {BUSY}"
    )


def test_many_entities_are_counted_and_placements_named(tmp_path: Path) -> None:
    """A line with twenty ids says less than their number."""
    (failure,) = failures_of(_run(tmp_path, WHOLE, replace(WHOLE, placement="SPOTLIGHT")))
    assert "of 4 entities in ALL_ON_TWITTER, SPOTLIGHT" in str(failure)


def test_equal_words_make_one_failure_and_others_their_own(tmp_path: Path) -> None:
    """One ERROR per thing the API said."""
    run = _run(tmp_path, replace(WHOLE, entity_ids=("a",)), replace(WHOLE, entity_ids=("b",)))
    run = replace(run, lost=(*run.lost, LostPiece(replace(WHOLE, entity_ids=("c",)), "HTTP 400, INVALID: no")))
    assert [f.error for f in failures_of(run)] == [BUSY, "HTTP 400, INVALID: no"]


def test_only_the_lost_pieces_stay_open(tmp_path: Path) -> None:
    """The next run asks for these entities and days alone, told by the same stretch of the change feed."""
    piece = replace(WHOLE, entity_ids=("a",), end=at("2026-03-02"))
    assert layers_of(_run(tmp_path, piece), CHANGES) == [
        Layer(IntervalSet([between("2026-03-01", "2026-03-02")]), CHANGES, ("a",), ("ALL_ON_TWITTER",))
    ]


def test_lost_buckets_that_touch_are_one_piece(tmp_path: Path) -> None:
    """Fifty hours of one entity that failed one by one are one line of the state, and leave the others' hours done."""
    days = [replace(WHOLE, entity_ids=("a",), start=at(f"2026-03-0{d}"), end=at(f"2026-03-0{d + 1}")) for d in (1, 2)]
    assert layers_of(_run(tmp_path, *days), CHANGES) == [
        Layer(IntervalSet([between("2026-03-01", "2026-03-03")]), CHANGES, ("a",), ("ALL_ON_TWITTER",))
    ]


def test_one_piece_of_several_jobs_stays_open_once(tmp_path: Path) -> None:
    """Metric groups and countries of one piece are asked for together."""
    other = replace(WHOLE, metric_groups=("MOBILE_CONVERSION",)), replace(WHOLE, country=TargetingValue("1", "US"))
    assert len(layers_of(_run(tmp_path, WHOLE, *other), None) or ()) == 1


def test_where_much_is_lost_the_whole_window_stays_open(tmp_path: Path) -> None:
    """The state must stay small whatever the API does."""
    pieces = [replace(WHOLE, entity_ids=(f"e{i}",)) for i in range(MAX_PIECES + 1)]
    assert layers_of(_run(tmp_path, *pieces), CHANGES) is None
    assert len(layers_of(_run(tmp_path, *pieces[1:]), CHANGES) or ()) == MAX_PIECES


def test_a_task_splits_like_its_spec(tmp_path: Path) -> None:
    """Both halves go on in the same window, in the same place."""
    window = _run(tmp_path).window
    run = WindowJobs(extraction(), 0, window)
    task = Task(WHOLE, run, 1, (2, 3, 4), job_id="77", failures=2)
    halves = task.split(By.ANYTHING)
    assert [(h.spec.entity_ids, h.group, h.order, h.job_id, h.failures) for h in halves] == [
        (("a", "b"), 1, (2, 3, 4), "", 0),
        (("c", "d"), 1, (2, 3, 4), "", 0),
    ]
    assert [p.spec.metric_groups for p in task.split(By.METRIC_GROUPS)] == [("ENGAGEMENT",), ("BILLING",)]
    assert Task(spec("a", "2026-03-01", "2026-03-02"), run, 0, (0, 0, 0)).split(By.ANYTHING) == []
    task.forget_job()
    assert (task.job_id, task.failures) == ("", 2)


def test_a_window_lists_its_files_by_group(tmp_path: Path) -> None:
    """Files of a split job lie side by side; those of other groups apart."""
    mobile, other = replace(WHOLE, metric_groups=("MOBILE_CONVERSION",)), replace(WHOLE, placement="SPOTLIGHT")
    groups = (Group((WHOLE, mobile)), Group((other,)))
    results = Results(tmp_path, Window(WHOLE.start, WHOLE.end, groups))
    results.add(WHOLE, []).add(mobile, []).add(mobile, []).add(other, [], group=1)
    run = results.run
    assert [len(answers) for answers in run.answers] == [3, 1]
    assert len(list(run.files())) == 4
