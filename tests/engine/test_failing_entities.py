"""An entity whose jobs fail costs its own figures and nothing else, however many of its jobs there are."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from tests.engine.bench import Bench, window, windows
from tests.engine.server import Fate, cells, unavailable
from tests.support.plans import spec

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.api.client import JobStatus
    from tap_twitter_ads_async.stats.plan.spec import JobSpec
    from tests.engine.server import Cell

MANY = 60
"""Windows: more of their smallest jobs fail than the failures after which an account is given up."""


def assert_only_lost(bench: Bench, *entity_ids: str) -> None:
    """Every cell of the others came once; of these, all were reported."""
    delivered, lost = bench.outcome()
    asked = bench.asked()
    theirs: dict[Cell, int] = {cell: count for cell, count in asked.items() if cell[0] in entity_ids}
    assert lost == theirs
    assert delivered == {cell: count for cell, count in asked.items() if cell not in theirs}


@pytest.mark.parametrize("bad", ["b", "b,c", "a,b,c,d"])
def test_entities_whose_jobs_always_fail_spoil_no_others(bench: Bench, bad: str) -> None:
    """They are in every job at first, and in every window; the account is well."""
    wrong = set(bad.split(","))
    bench.server.fate_of = lambda s: Fate(fails=not wrong.isdisjoint(s.entity_ids))
    bench.add(windows(MANY, "a,b,c,d,e"))
    bench.add(windows(MANY, "v,w"))
    bench.finish()
    assert_only_lost(bench, *wrong)


def test_in_a_run_about_a_failing_entity_other_streams_are_extracted(bench: Bench) -> None:
    """The change feed may name nothing else: there is no success before the next stream's."""
    bench.server.fate_of = lambda s: Fate(fails="b" in s.entity_ids)
    bench.add(windows(MANY, "b"))
    bench.add(windows(3, "v,w"))
    bench.finish()
    assert_only_lost(bench, "b")


def test_an_entity_that_fails_on_some_days_delivers_the_others(bench: Bench) -> None:
    """It fails on more days than would give an account up, and its later windows wait behind them."""
    late = windows(MANY)[MANY // 2].start
    bench.server.fate_of = lambda s: Fate(fails="b" in s.entity_ids and s.start < late)
    bench.add(windows(MANY, "a,b"))
    bench.finish()
    delivered, lost = bench.outcome()
    early = {cell for w in windows(MANY, "b")[: MANY // 2] for g in w.groups for s in g.specs for cell in cells(s)}
    assert set(lost) == early
    assert delivered + lost == bench.asked()


def test_an_entity_whose_creations_fail_spoils_no_others(bench: Bench) -> None:
    """The API may choke on an entity before there is a job."""
    create = bench.server.start

    def choosy(asked: JobSpec) -> JobStatus:
        if "b" in asked.entity_ids:
            raise unavailable()
        return create(asked)

    bench.server.start = choosy  # type: ignore[method-assign]
    bench.add(windows(MANY, "a,b,c,d,e"))
    bench.add(windows(MANY, "v,w"))
    bench.finish()
    assert_only_lost(bench, "b")


@pytest.mark.parametrize("ids", ["a,b,c,d,e", ",".join(f"e{n}" for n in range(MANY))])
@pytest.mark.parametrize("created", [True, False])
def test_a_stream_of_which_all_fails_spoils_no_other(bench: Bench, ids: str, created: bool) -> None:  # noqa: FBT001 - a case
    """The API may choke on an entity type: on creations, or on every one of its entities."""
    theirs, create = set(ids.split(",")), bench.server.start

    def choosy(asked: JobSpec) -> JobStatus:
        if theirs.issuperset(asked.entity_ids) and not created:
            raise unavailable()
        return create(asked)

    bench.server.start = choosy  # type: ignore[method-assign]
    bench.server.fate_of = lambda s: Fate(fails=theirs.issuperset(s.entity_ids))
    batches = [",".join(ids.split(",")[i : i + 20]) for i in range(0, len(theirs), 20)]
    bench.add(
        [
            window(*(replace(s, entity_ids=tuple(b.split(","))) for b in batches for s in w.groups[0].specs))
            for w in windows(12)
        ]
    )
    bench.add(windows(MANY, "v,w"))
    bench.add(windows(MANY, "x,y"))
    bench.finish()
    assert_only_lost(bench, *theirs)


def test_an_entity_that_keeps_failing_costs_one_job_for_each_window(make_bench: Callable[..., Bench]) -> None:
    """To cut each of its windows into days would cost an hour of every run, and to spoil the others' jobs as well."""
    bench = make_bench(max_jobs=10)
    bench.server.fate_of = lambda s: Fate(fails="b" in s.entity_ids)
    spans = [(f"20{year}-{month:02}-01", f"20{year}-{month:02}-28") for year in range(20, 25) for month in range(1, 13)]
    bench.add([window(spec("a,b,c", start, end)) for start, end in spans])
    bench.finish()
    assert_only_lost(bench, "b")
    last = [job.spec.entity_ids for job in bench.server.jobs.values() if job.spec.start.year == 2024]
    assert sorted(last) == [("a", "c")] * 12 + [("b",)] * 12


def test_hanging_jobs_of_an_entity_end(bench: Bench) -> None:
    """Each costs its whole time-out; cut to days, they would cost a week."""
    bench.server.fate_of = lambda s: Fate(seconds=float("inf") if "b" in s.entity_ids else 1.0)
    bench.add(windows(MANY, "a,b"))
    bench.add(windows(3, "v,w"))
    bench.finish(hours=12)
    assert_only_lost(bench, "b")
