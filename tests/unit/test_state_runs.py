"""Many runs, killed anywhere, over a world that changes between them: nothing may be missing in the end.

The world is a list of recorded changes. Asking for an entity's day gives the number of changes to it so far; a
warehouse keeps the last answer. Runs plan with the real planner and keep their progress in JSON.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.calendar import stamp
from tap_twitter_ads_async.domain.intervals import FAR, Interval, IntervalSet
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark, Horizon
from tap_twitter_ads_async.stats.plan.layer import Layer
from tap_twitter_ads_async.stats.plan.windows import JobShape, Need, plan_windows
from tests.support.moments import DAY, HOUR, at
from tests.support.plans import TWITTER, grid_of

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.stats.plan.buckets import Buckets
    from tap_twitter_ads_async.stats.plan.spec import Window

ZONE = "America/Los_Angeles"
FIRST = at("2026-02-20T08")  # a day start of the account, two weeks before its clocks change
BEGINNING = at("2026-03-06T12:20")
ENTITIES = ("a", "b", "c")
SHAPE = JobShape("acc1", (("ENGAGEMENT",),))
Cell = tuple[str, datetime]


class Change(t.NamedTuple):
    """Activity of an entity, and when it was recorded."""

    entity_id: str
    happened: datetime
    recorded: datetime


@dataclass
class World:
    """What the API knows, and what a team's warehouse has got of it."""

    changes: list[Change]
    has_feed: bool = True
    delay_hours: int = 0
    warehouse: dict[Cell, int] = field(default_factory=dict)

    def value(self, cell: Cell, buckets: Buckets, now: datetime) -> int:
        """Count the changes to an entity's day that its metrics show at a moment."""
        shown = now - timedelta(hours=self.delay_hours)
        return sum(
            c.entity_id == cell[0] and buckets.floor(c.happened) == cell[1] and c.recorded <= shown
            for c in self.changes
        )

    def needs(self, layer: Layer, buckets: Buckets, now: datetime) -> list[Need]:
        """Return whom to ask for, as the change feed (or the lack of one) tells."""
        everywhere = frozenset({TWITTER})
        if layer.changes is None:
            needs = [Need(e, Interval(buckets.start, buckets.end - HOUR), everywhere) for e in ENTITIES]
        else:
            stretch = layer.changes
            told = [c for c in self.changes if stretch.start <= c.recorded < stretch.end and c.recorded <= now]
            needs = [Need(c.entity_id, Interval(c.happened, c.happened), everywhere) for c in told]
        return [n for n in needs if layer.entity_ids is None or n.entity_id in layer.entity_ids]


@dataclass
class Plan:
    """One run: when, between which dates, and how it goes.

    Attributes:
        hours: Hours since the run before.
        start: Days by which the start date lies behind `FIRST`.
        commits: Windows that are committed before the run is killed; None for a run that ends well.
        faulty: Entity whose pieces fail in every window.
        lost: Number of a window that stays open whole.
        edited: Days behind `FIRST` to which a person sets the bookmark back before the run, if it is later.
    """

    hours: int
    start: int = 0
    commits: int | None = None
    faulty: str | None = None
    lost: int | None = None
    edited: int | None = None


@dataclass
class Team:
    """Runs the tap again and again, with the state that its target kept."""

    world: World
    window_days: int = 7
    lookback_days: int = 0
    state: dict[str, t.Any] = field(default_factory=dict)
    now: datetime = BEGINNING
    committed: list[tuple[Interval, Layer]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def run(self, plan: Plan) -> None:
        """Run once, maybe not to the end."""
        self.now += plan.hours * HOUR
        buckets = self._grid(plan)
        if plan.edited is not None and "replication_key_value" in self.state:
            wanted = stamp(FIRST + plan.edited * DAY)
            self.state["replication_key_value"] = min(wanted, self.state["replication_key_value"])
        bookmark = Bookmark.from_json(self.state, "stream s, account acc1")
        horizon = Horizon.of(
            buckets, self.now, has_feed=self.world.has_feed, delay=timedelta(hours=self.world.delay_hours)
        )
        bookmark.begin(
            buckets,
            horizon,
            has_feed=self.world.has_feed,
            lookback_days=self.lookback_days,
            definition="d",
            unending=True,
        )
        layers = [Layer(la.days, la.changes, la.entity_ids, la.placements) for la in bookmark.layers]
        windows = [
            w
            for number, layer in enumerate(layers)
            for w in plan_windows(self.world.needs(layer, buckets, self.now), layer.days, buckets, SHAPE, number)
        ]
        self._keep(bookmark)
        for number, window in enumerate(windows[: plan.commits]):
            if number != plan.lost:
                self._commit(bookmark, window, layers[window.layer], buckets, plan.faulty)
            self._keep(bookmark)
        if plan.commits is None:
            bookmark.finish()
            self._keep(bookmark)

    def _grid(self, plan: Plan) -> Buckets:
        day = (FIRST + plan.start * DAY).date().isoformat()
        return grid_of(day, None, self.now.isoformat()[:16], ZONE, window_days=self.window_days, placements=(TWITTER,))

    def _commit(self, bookmark: Bookmark, window: Window, layer: Layer, buckets: Buckets, faulty: str | None) -> None:
        failed = []
        for job in (s for g in window.groups for s in g.specs):
            for entity_id in job.entity_ids:
                if entity_id == faulty:
                    piece = IntervalSet([Interval(job.start, job.end)])
                    failed.append(Layer(piece, layer.changes, (entity_id,), (TWITTER,)))
                    continue
                for day in job.buckets():
                    self.world.warehouse[entity_id, day] = self.world.value((entity_id, day), buckets, self.now)
        days = Interval(window.start, window.end)
        bookmark.commit(window.layer, days, failed)
        self.committed.append((days, layer))

    def _keep(self, bookmark: Bookmark) -> None:
        text = json.dumps(bookmark.to_json())
        self.sizes.append(len(text))
        self.state = json.loads(text)

    def missing(self) -> dict[Cell, tuple[int, int]]:
        """Compare the warehouse with the world: what it has and should have, by cell."""
        buckets = self._grid(Plan(0))
        cells = {(c.entity_id, buckets.floor(c.happened)) for c in self.world.changes if c.happened >= buckets.start}
        pairs = {cell: (self.world.warehouse.get(cell, 0), self.world.value(cell, buckets, self.now)) for cell in cells}
        return {cell: pair for cell, pair in pairs.items() if pair[0] != pair[1]}


# --- drawing ------------------------------------------------------------------------------------------------------


@st.composite
def changes(draw: st.DrawFn, late: int) -> list[Change]:
    """Changes over four weeks, recorded up to so many hours after they happened."""
    drawn = draw(
        st.lists(st.tuples(st.sampled_from(ENTITIES), st.integers(-48, 700), st.integers(0, late)), max_size=25)
    )
    return [Change(e, FIRST + h * HOUR, FIRST + (h + after) * HOUR + timedelta(minutes=7)) for e, h, after in drawn]


_gaps = st.sampled_from([0, 1, 2, 26, 60])
_kills = st.one_of(st.none(), st.integers(0, 6))
_plans = st.builds(
    Plan,
    hours=_gaps,
    start=st.sampled_from([0, 0, 5, 12]),
    commits=_kills,
    faulty=st.one_of(st.none(), st.none(), st.sampled_from(ENTITIES)),
    lost=st.one_of(st.none(), st.none(), st.integers(0, 4)),
    edited=st.one_of(st.none(), st.none(), st.integers(0, 20)),
)
_simple_plans = st.builds(Plan, hours=_gaps, commits=_kills)


# --- nothing missing ----------------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(changes(late=400), st.lists(_plans, max_size=5), st.sampled_from([0, 1, 12]), st.integers(0, 2))
def test_whatever_happened_to_the_runs_before_a_run_that_ends_well_leaves_nothing_missing(
    recorded: list[Change], plans: list[Plan], delay: int, lookback: int
) -> None:
    """Kills, failures, moved start dates, bookmarks set back: each may delay data, none may lose them."""
    team = Team(World(recorded, delay_hours=delay), lookback_days=lookback)
    for plan in plans:
        team.run(plan)
    team.run(Plan(hours=900))
    assert team.missing() == {}
    team.run(Plan(hours=24))
    assert "progress" not in team.state


@settings(max_examples=80)
@given(changes(late=0), st.lists(_plans, max_size=5), st.integers(0, 2))
def test_types_without_a_feed_lose_nothing_either(recorded: list[Change], plans: list[Plan], lookback: int) -> None:
    """They have days instead of changes, and a look-back instead of late news."""
    team = Team(World(recorded, has_feed=False), lookback_days=lookback)
    for plan in plans:
        team.run(plan)
    team.run(Plan(hours=900))
    assert team.missing() == {}


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(ENTITIES), st.integers(0, 500), st.integers(0, 48)), max_size=15))
def test_a_look_back_finds_what_is_adjusted_within_it(drawn: list[tuple[str, int, int]]) -> None:
    """Without a change feed nobody tells of adjustments; the days before the bookmark are asked for again."""
    recorded = [Change(e, FIRST + h * HOUR, FIRST + (h + after) * HOUR) for e, h, after in drawn]
    team = Team(World(recorded, has_feed=False), lookback_days=2)
    for _ in range(3):
        team.run(Plan(hours=200))
    team.run(Plan(hours=24))
    assert team.missing() == {}


# --- nothing twice ------------------------------------------------------------------------------------------------


def _completed_twice(team: Team) -> list[tuple[Interval, Interval]]:
    """List what was completed more than once: days, and closed hours of the feed."""
    closed = [
        (days, Interval(layer.changes.start, layer.changes.end - HOUR))  # the last hour was still open
        for days, layer in team.committed
        if layer.changes
    ]
    pairs = ((a[0].intersect(b[0]), a[1].intersect(b[1])) for a, b in combinations(closed, 2))
    return [(days, hours) for days, hours in pairs if days and hours]


@settings(max_examples=40)
@given(changes(late=400), st.lists(_simple_plans, min_size=1, max_size=4))
def test_no_finished_window_is_asked_for_again(recorded: list[Change], plans: list[Plan]) -> None:
    """Only the hour that was open is looked at again; kills between two windows cost nothing."""
    team = Team(World(recorded))
    for plan in plans:
        team.run(plan)
    team.run(Plan(hours=1))
    assert _completed_twice(team) == []


def test_the_state_behind_the_last_window_repeats_nothing() -> None:
    """A run may be killed after its last window and before it could say that it ended."""
    change = Change("a", FIRST + 30 * HOUR, FIRST + 31 * HOUR)
    team = Team(World([change]))
    team.run(Plan(hours=0, commits=10))
    done = len(team.committed)
    team.run(Plan(hours=2))
    assert [layer.changes for _, layer in team.committed[done:]] == [Interval(at("2026-03-06T12"), at("2026-03-06T15"))]


@pytest.mark.parametrize("has_feed", [True, False])
def test_a_second_run_with_nothing_new_asks_for_the_open_bucket_only(has_feed: bool) -> None:  # noqa: FBT001 - a case
    """Nothing changed means no job where there is a feed, and one day where there is none."""
    team = Team(World([Change("a", FIRST + 30 * HOUR, FIRST + 31 * HOUR)], has_feed=has_feed))
    team.run(Plan(hours=0))
    first_run = len(team.committed)
    team.run(Plan(hours=0))
    spans = [days for days, _ in team.committed[first_run:]]
    assert spans == [Interval(FIRST if has_feed else at("2026-03-06T08"), FAR)]


# --- the state's size ---------------------------------------------------------------------------------------------


def test_the_state_does_not_grow_with_days() -> None:
    """It is written behind every window, and kept by every target for ever."""
    busy = [Change(e, FIRST + h * HOUR, FIRST + (h + 1) * HOUR) for e in ENTITIES for h in range(0, 2400, 24)]
    team = Team(World(busy), window_days=1)
    team.run(Plan(hours=24))
    short = (len(team.sizes), max(team.sizes), team.sizes[-1])
    team.run(Plan(hours=24 * 80))
    assert len(team.sizes) > 3 * short[0]
    assert max(team.sizes) <= short[1]
    assert team.sizes[-1] == short[2]


@pytest.mark.parametrize("commits", [0, 1])
def test_many_interruptions_neither_grow_the_state_nor_repeat_the_backfill(commits: int) -> None:
    """A tap that an orchestrator kills every hour must still arrive some day."""
    busy = [Change(e, FIRST + h * HOUR, FIRST + (h + 1) * HOUR) for e in ENTITIES for h in range(0, 2400, 24)]
    team = Team(World(busy), window_days=1)
    team.run(Plan(hours=0, commits=5))
    sizes = []
    for _ in range(12):
        team.run(Plan(hours=2, commits=commits))
        sizes.append(len(json.dumps(team.state)))
    assert max(sizes) < 1500
    team.run(Plan(hours=2))
    backfilled = [days for days, layer in team.committed if layer.changes and layer.changes.start == FIRST]
    assert sum(days.start == FIRST for days in backfilled) == 1
