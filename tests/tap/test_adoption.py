"""Jobs that earlier runs left behind are taken up again, if they know what they are needed for."""

from __future__ import annotations

import collections
import re
import typing as t
from functools import partial

import requests

from tap_twitter_ads_async.stats.plan.spec import Window
from tap_twitter_ads_async.stats.plan.tickets import Ticket, from_json, inherited_job, ticket_name, to_json
from tests.support.moments import at
from tests.support.plans import spec
from tests.support.real_time import end_of, real_time_world, wait_for

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

STREAMS = ["campaign_stats", "line_item_stats"]
ASKED = spec("c1", "2026-01-01", "2026-01-02")


def _asked(world: World) -> collections.Counter[tuple[t.Any, ...]]:
    """Count the jobs that were created, by what they ask for."""
    return collections.Counter(tuple(sorted(job["params"].items())) for job in world.jobs)


def _has_jobs(world: World, least: int) -> bool:
    return len(world.jobs) >= least


def _revise(world: World, entity_id: str, hour: str) -> None:
    """Record a correction of a campaign's charge, now."""
    answer = requests.post(
        f"{world.sim.api_url}/__sim__/revise",
        json={
            "account_id": world.account_ids[0],
            "entity": "CAMPAIGN",
            "entity_id": entity_id,
            "hour": hour,
            "metric": "billed_charge_local_micro",
            "delta": 1_230_000,
        },
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


def test_runs_killed_before_any_state_pay_for_no_job_twice(start_world: Callable[..., World]) -> None:
    """Without a ticket, the account's list of recent jobs is all that tells of them."""
    world = real_time_world(start_world, job_latency=1.0, max_running=6)
    for kills in range(1, 5):
        process = world.start_process(world.arguments(STREAMS))
        try:
            wait_for(partial(_has_jobs, world, 3 * kills))
        finally:
            process.kill()
            process.communicate()
    outcome = world.run(STREAMS)
    assert outcome.exit_code == 0, outcome.log
    assert set(_asked(world).values()) == {1}
    adopted = re.findall(r"(\d+) jobs? of an earlier run taken up again: (.*)", outcome.log)
    assert sum(int(count) for count, _ in adopted) >= 12
    assert all(int(count) == len(ids.split(", ")) for count, ids in adopted)
    assert len(adopted) <= 4, "a line for each job would fill the screen"
    for stream in STREAMS:
        world.assert_exact(outcome, stream, **end_of(world))
    world.assert_clean()


def test_a_job_that_is_older_than_a_change_does_not_answer_for_it(start_world: Callable[..., World]) -> None:
    """Its figures are those of before, and nothing would ever ask for the new ones."""
    world = start_world(revisions=False, job_latency=0.0)
    first = world.run(["campaign_stats"])
    assert first.exit_code == 0, first.log
    entity_id = first.records("campaign_stats")[0]["entity_id"]
    world.sim.api.clock.advance(2 * 3600)
    _revise(world, entity_id, "2026-03-22T18:00:00Z")
    for state in (None, first.state):
        later = world.run(["campaign_stats"], state=state)
        assert later.exit_code == 0, later.log
        world.assert_exact(later if state is None else [first, later], "campaign_stats")


def test_a_job_within_the_hour_that_is_still_open_serves_a_run_without_a_state(world: World) -> None:
    """The bookmark claims nothing of that hour, so that the next run asks for it again."""
    first = world.run(["campaign_stats"])
    jobs = len(world.jobs)
    again = world.run(["campaign_stats"])
    assert again.exit_code == 0, again.log
    assert len(world.jobs) == jobs
    world.assert_exact(again, "campaign_stats")
    assert again.state == first.state


def test_a_correction_within_the_open_hour_is_in_the_figures_of_a_run_without_a_state(
    start_world: Callable[..., World],
) -> None:
    """Jobs of that hour that ask for its entity may be older than it."""
    world = start_world(revisions=False)
    first = world.run(["campaign_stats"])
    entity_id = first.records("campaign_stats")[0]["entity_id"]
    world.sim.api.clock.advance(60)
    _revise(world, entity_id, "2026-03-22T18:00:00Z")
    again = world.run(["campaign_stats"])
    assert again.exit_code == 0, again.log
    world.assert_exact(again, "campaign_stats")


def test_a_run_that_has_a_state_takes_no_job_of_before_it(start_world: Callable[..., World]) -> None:
    """A change recorded a minute ago must be in the figures."""
    world = start_world(revisions=False)
    first = world.run(["campaign_stats"])
    entity_id = first.records("campaign_stats")[0]["entity_id"]
    world.sim.api.clock.advance(60)
    _revise(world, entity_id, "2026-03-22T18:00:00Z")
    second = world.run(["campaign_stats"], state=first.state)
    assert second.exit_code == 0, second.log
    world.assert_exact([first, second], "campaign_stats")


def test_where_nulls_are_left_out_no_job_serves_another_segmentation(start_world: Callable[..., World]) -> None:
    """A job without a segmentation says so by saying nothing; its figures are those of no segment."""
    streams = ["campaign_stats", "campaign_stats_by_gender"]
    # The same metric groups for both.
    settings: dict[str, t.Any] = {"segmentation_types": ["GENDER"], "metric_groups": ["ENGAGEMENT"]}
    plain = start_world().run(streams, **settings)
    world = start_world()
    for route in ("POST stats/jobs", "GET stats/jobs", "GET file"):
        world.fault(f"{route}: action=garble kind=no_nulls times=null")
    for stream in streams:
        jobs = len(world.jobs)
        outcome = world.run([stream], **settings)
        assert outcome.exit_code == 0, outcome.log
        assert len(world.jobs) > jobs
        assert "taken up again" not in outcome.log
        assert not outcome.warnings()
        assert outcome.by_key(stream) == plain.by_key(stream)
    jobs = len(world.jobs)
    for stream in streams:
        again = world.run([stream], **settings)
        assert again.exit_code == 0, again.log
        assert again.by_key(stream) == plain.by_key(stream)
    assert len(world.jobs) == jobs, "each finds its own"


def test_tickets_belong_to_a_layer() -> None:
    """Two layers may ask the same, of different moments: a kill between them must not cost the later one's job."""
    early = Window(ASKED.start, ASKED.end, (), layer_key="early", as_of=at("2026-01-05"))
    late = Window(ASKED.start, ASKED.end, (), layer_key="late", as_of=at("2026-01-06"))
    names = {ticket_name(ASKED, early), ticket_name(ASKED, late)}
    assert len(names) == 2
    tickets = {
        ticket_name(ASKED, early): Ticket("1", at("2026-01-05T12:00")),
        ticket_name(ASKED, late): Ticket("2", at("2026-01-06")),
    }
    assert inherited_job(tickets, ASKED, early, ()) == tickets[ticket_name(ASKED, early)]
    assert inherited_job(tickets, ASKED, late, ()) == tickets[ticket_name(ASKED, late)]
    assert inherited_job(tickets, ASKED, late, {"2"}) is None, "it serves another task"


def test_a_ticket_older_than_its_layer_is_no_ticket() -> None:
    """The job does not know the changes that the layer is about."""
    window = Window(ASKED.start, ASKED.end, (), layer_key="k", as_of=at("2026-01-06"))
    old = {ticket_name(ASKED, window): Ticket("1", at("2026-01-05T23:59"))}
    assert inherited_job(old, ASKED, window, ()) is None


def test_tickets_are_read_as_they_are_written_and_as_they_once_were() -> None:
    """A state outlives the tap that wrote it."""
    tickets = {"d-k": Ticket("12", at("2026-01-05T12:00")), "d": Ticket("13")}
    assert from_json(to_json(tickets)) == tickets
    assert from_json({"d": "1120829647711653888", "e": {"id": 7, "created_at": "no time"}, "f": None, "g": []}) == {
        "d": Ticket("1120829647711653888"),
        "e": Ticket("7"),
    }
