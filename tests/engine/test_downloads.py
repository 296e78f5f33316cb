"""Result files: late, broken or gone ones are tried again without cost; a full spool holds back what is not due."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from tap_twitter_ads_async.stats.jobs.downloads import DOWNLOAD_TRIES, PARALLEL_DOWNLOADS
from tap_twitter_ads_async.stats.jobs.spool import Spool
from tests.engine.bench import Bench, window, windows
from tests.engine.server import Fate, unavailable
from tests.support.plans import spec

WHOLE = spec("a,b", "2026-01-01", "2026-01-05")


@pytest.mark.parametrize("how", ["missing", "cut", "garbled"])
def test_files_that_are_late_or_broken_are_fetched_again(bench: Bench, how: str) -> None:
    """Files come late; the job is done, so it is not created again while its file may still come."""
    bench.server.fate_of = lambda _: Fate(broken=DOWNLOAD_TRIES - 1, how=how)
    bench.add(windows(3))
    began = bench.clock.monotonic()
    bench.finish()
    bench.assert_all_delivered()
    assert len(bench.server.jobs) == 3
    assert bench.server.calls["file"] == 3 * DOWNLOAD_TRIES
    assert bench.clock.monotonic() - began >= 90, "spread over more than a minute"


def test_a_file_that_never_comes_costs_its_job(bench: Bench) -> None:
    """Another job writes another file."""
    fates = iter([Fate(broken=10_000)])
    bench.server.fate_of = lambda _: next(fates, Fate())
    bench.add([window(WHOLE)])
    bench.finish()
    bench.assert_all_delivered()
    assert [j.spec for j in bench.server.jobs.values()] == [WHOLE, WHOLE]
    assert bench.tickets == {}


def test_a_file_host_that_asks_for_patience_gets_it(bench: Bench) -> None:
    """`retry-after` counts for files as well."""
    once = iter([True])

    def busy(verb: str) -> None:
        if verb == "file" and next(once, False):
            raise unavailable(retry_after=90.0)

    bench.server.mishap = busy
    bench.add(windows(1))
    began = bench.clock.monotonic()
    bench.finish()
    bench.assert_all_delivered()
    assert bench.clock.monotonic() - began >= 90


def test_no_more_than_a_few_files_are_fetched_side_by_side_and_the_earliest_first(bench: Bench) -> None:
    """The window that is due next must not queue behind those that are not."""
    plans = windows(12)
    bench.add(plans)
    bench.settle()
    bench.advance(5)
    bench.step()
    bench.workers.run()
    bench.deliver()
    bench.step()
    assert len(bench.workers.waiting) == PARALLEL_DOWNLOADS
    bench.workers.run(PARALLEL_DOWNLOADS - 1)
    bench.deliver()
    bench.step()
    assert len(bench.workers.waiting) == PARALLEL_DOWNLOADS
    while bench.workers.waiting:
        bench.workers.run()
    while bench.workers.answered:
        bench.deliver()
    assert sorted(run.index for run in bench.ready) == list(range(PARALLEL_DOWNLOADS + 1))
    bench.finish()
    bench.assert_all_delivered()


def test_a_full_spool_holds_back_everything_but_the_window_that_is_due(bench: Bench) -> None:
    """The disk must not fill while the target is slow, and what it waits for must still come."""
    bench.resources.spool = Spool(0)
    bench.add(windows(4))
    bench.add(windows(4, "x,y"))
    ahead: list[int] = []

    def note(_: object) -> Fate:
        ahead.append(len(bench.server.live()))
        return Fate(seconds=2)

    bench.server.fate_of = note
    bench.finish()
    bench.assert_all_delivered()
    assert ahead == [0] * 8, "one after the other"
    order = [(bench.extractions.index(t.cast("t.Any", run.extraction)), run.index) for run in bench.ready]
    assert order == sorted(order)


def test_a_file_in_a_strange_place_is_never_fetched(bench: Bench) -> None:
    """An answer that names another host would send us anywhere."""
    listed = bench.server.statuses

    def elsewhere(account_id: str, job_ids: list[str]) -> t.Any:
        page = listed(account_id, job_ids)
        url = "https://files.example.com/result"
        jobs = [type(j)(j.job_id, j.status, url if j.url else None, j.expires_at, j.raw) for j in page.jobs]
        return replace(page, jobs=tuple(jobs))

    bench.server.statuses = elsewhere  # type: ignore[method-assign, assignment]
    bench.add([window(spec("a", "2026-01-01", "2026-01-02"))])
    bench.finish()
    assert bench.server.calls["file"] == 0
    _, lost = bench.outcome()
    assert lost == bench.asked()
    assert "files.example.com" in bench.ready[0].lost[0].error
