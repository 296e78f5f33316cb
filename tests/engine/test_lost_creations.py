"""A creation whose answer is lost, over real HTTP: its job is found, and an older one that asks the same is not."""

from __future__ import annotations

import sys
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest

from tap_twitter_ads_async.api.client import AdsApi
from tap_twitter_ads_async.api.connection import Connection, Credentials
from tap_twitter_ads_async.api.http import AdsHttp
from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.simulator.faults import parse_fault
from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tap_twitter_ads_async.stats.jobs.creation import Search, SlotsTakenUnsure, create_job
from tap_twitter_ads_async.stats.jobs.executor import AsyncJobs
from tests.support.clocks import ImpatientClock
from tests.support.fakes import FakeApi
from tests.support.plans import spec
from tests.support.world import BASE

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_twitter_ads_async.stats.plan.spec import JobSpec


class WorldClock(ImpatientClock):
    """A world's time, some minutes off, whose waits are over at once."""

    def __init__(self, sim: Simulator, off: timedelta) -> None:
        super().__init__()
        self._sim = sim
        self._off = off

    @override
    def now(self) -> datetime:
        return self._sim.api.clock.now() + self._off


@dataclass
class Place:
    """A simulated account of one job slot, and who creates jobs in it."""

    sim: Simulator
    asked: JobSpec
    executor: AsyncJobs
    clock: WorldClock

    def fault(self, text: str) -> None:
        """Plan a mishap."""
        self.sim.api.faults.add(parse_fault(text))

    def create(self, search: Search) -> str:
        """Create a job, or find one; return its id."""
        return create_job(self.executor, self.clock, self.asked, search).job_id

    def since(self) -> datetime:
        """Return the world's now, which a layer of this moment wants its jobs to know."""
        return self.sim.api.clock.now()

    @property
    def jobs(self) -> list[str]:
        """Return the ids of all jobs."""
        return [job.job_id for job in self.executor.recent(self.asked.account_id)]


@pytest.fixture
def start_place() -> Iterator[Callable[..., Place]]:
    """Return a function that starts an account; a clock that is off may be chosen."""
    running: list[Simulator] = []

    def start(off: timedelta = timedelta(), **options: t.Any) -> Place:
        sim = Simulator(SimulatorOptions(**{**BASE, "max_jobs": 1, "job_latency": 3600.0, **options}))
        sim.start()
        running.append(sim)
        config = sim.config()
        names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        connection = Connection(Credentials(*(config[n] for n in names)), sim.api_url, "12", 10.0, "tests")
        clock = WorldClock(sim, off)
        api = AdsApi(AdsHttp(connection, clock))
        account = next(iter(sim.api.world.accounts.values()))
        api.account(account.id, with_deleted=True)  # any answer tells the API's present
        ids = ",".join(list(account.of("CAMPAIGN"))[:2])
        zone = AccountZone("America/Los_Angeles")
        asked = spec(ids, "2026-03-25T07:00", "2026-03-26T07:00", zone, account_id=account.id)
        return Place(sim, asked, AsyncJobs(api, sim.api_url), clock)

    yield start
    for sim in running:
        sim.stop()


@pytest.mark.parametrize("off", [timedelta(), timedelta(minutes=11), timedelta(minutes=-11)])
def test_the_lost_job_is_found_whatever_this_machine_s_clock_says(
    start_place: Callable[..., Place], off: timedelta
) -> None:
    """Jobs are dated by the API's clock; by ours, eleven minutes off, the job would look like an old one."""
    place = start_place(off)
    place.fault("POST stats/jobs: action=drop_after times=1")
    found = place.create(Search(as_of=place.since()))
    assert place.jobs == [found]


def test_a_lost_job_that_the_list_lacks_at_first_refuses_its_own_successor_and_is_found_then(
    start_place: Callable[..., Place],
) -> None:
    """The only slot is taken by the very job that is looked for: waiting for a slot would be waiting for itself."""
    place = start_place()
    place.fault("POST stats/jobs: action=drop_after times=1")
    place.fault("*: action=job_hide polls=1 times=1")
    search = Search(as_of=place.since())
    with pytest.raises(SlotsTakenUnsure) as refused:
        place.create(search)
    found = place.create(Search(as_of=search.as_of, unsure_since=refused.value.since))
    assert place.jobs == [found]


@pytest.mark.parametrize("arrived", ["drop_before", "drop_after"])
@pytest.mark.parametrize("corrected", [False, True])
def test_a_job_of_before_the_layer_is_not_the_lost_one(
    start_place: Callable[..., Place], arrived: str, *, corrected: bool
) -> None:
    """It asks the same, and its figures are those of before the change that the layer is about."""
    place = start_place(max_jobs=2)
    old = place.executor.start(place.asked).job_id
    place.sim.api.clock.advance(60)
    as_of = None if corrected else place.since()  # what was corrected lately wants a job of this run alone
    place.fault(f"POST stats/jobs: action={arrived} times=1")
    found = place.create(Search(as_of=as_of, corrected=corrected))
    assert found != old
    assert len(place.jobs) == 2


def test_an_old_job_in_the_only_slot_is_waited_for_and_not_taken(start_place: Callable[..., Place]) -> None:
    """The creation never arrived, and the slot is taken by a job that must not serve."""
    place = start_place()
    old = place.executor.start(place.asked).job_id
    place.sim.api.clock.advance(60)
    search = Search(as_of=place.since())
    place.fault("POST stats/jobs: action=drop_before times=1")
    with pytest.raises(SlotsTakenUnsure) as refused:
        place.create(search)
    place.executor.cancel(place.asked.account_id, old)
    found = place.create(Search(as_of=search.as_of, unsure_since=refused.value.since))
    assert found != old


def test_a_job_of_which_nobody_knows_when_it_was_created_is_not_the_lost_one() -> None:
    """It may be older than the changes that it would answer for."""
    asked = spec("c1,c2", "2026-03-25", "2026-03-26")
    now = datetime(2026, 4, 1, tzinfo=timezone.utc)
    jobs = [{**asked.params(), "id_str": "1"}, {**asked.params(), "id_str": "2", "created_at": "2026-04-01T00:00:00Z"}]
    found = AsyncJobs(FakeApi(job_rows=jobs), "https://ads-api.x.com").find(asked, now, frozenset())
    assert found is not None
    assert found.job_id == "2"
