"""`--status`: the state alone, against what a run really wrote."""

from __future__ import annotations

import json
import re
import typing as t
from datetime import date

import pytest

from tap_twitter_ads_async.commands.coverage import CHANGING, DayStatus, coverages
from tap_twitter_ads_async.domain.calendar import parse_stamp

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Outcome, World

    Json = dict[str, t.Any]
    Cells = dict[tuple[str, str, date], tuple[str, str]]

STREAMS = ["campaign_stats", "line_item_stats"]
LOOKS = {DayStatus.FINAL: "final", DayStatus.OPEN: "open", DayStatus.FAILED: "failed"}


def status(world: World, state: object, form: str = "--status") -> Outcome:
    """Ask what a state says."""
    outcome = world.invoke("--state", world.write("state.json", state), form)
    assert outcome.exit_code == 0, outcome.log
    return outcome


def cells(html: str) -> Cells:
    """Return look and words of every cell of a map; cells of several days count for each."""
    found: Cells = {}
    for stream, account, row in re.findall(r'<tr data-stream="([^"]*)" data-account="([^"]*)">(.*?)</tr>', html):
        for look, start, end, words in re.findall(
            r'class="day (\w+)"[^>]*data-from="([^"]*)" data-to="([^"]*)"><title>[^:]*: ([^<]*)', row
        ):
            for number in range(date.fromisoformat(start).toordinal(), date.fromisoformat(end).toordinal() + 1):
                assert (stream, account, date.fromordinal(number)) not in found, "two cells for one day"
                found[stream, account, date.fromordinal(number)] = (look, words)
    return found


def days_of(outcome: Outcome, stream: str) -> set[tuple[str, str]]:
    """Return the accounts and days that have records."""
    return {(r["account_id"], r["date"]) for r in outcome.records(stream)}


def test_every_cell_of_the_map_is_what_was_extracted(start_world: Callable[..., World]) -> None:
    """A run that was cut off: days with rows are extracted, days whose rows are missing are open."""
    zones = ("America/Los_Angeles", "Asia/Kolkata")
    world = start_world({"window_days": 3}, accounts=2, timezones=zones)
    whole = world.run(STREAMS)
    places = [i for i, m in enumerate(whole.messages) if m["type"] == "STATE"]
    looks = set()
    for place in (places[len(places) // 3], places[-2], places[-1]):
        cut = whole.cut(place + 1)
        drawn = cells(status(world, cut.state, "--status=html").stdout.decode())
        for stream in STREAMS:
            written = days_of(cut, stream)
            for account, day in days_of(whole, stream):
                look, words = drawn[stream, account, date.fromisoformat(day)]
                assert (look == "open") == ((account, day) not in written), (stream, account, day, words)
                looks.add(look)
    assert looks == {"changing", "open"}
    last = cells(status(world, whole.state, "--status=html").stdout.decode())
    assert {(s, a) for s, a, _ in last} == {(s, a) for s in STREAMS for a in world.account_ids}


def test_map_and_table_say_what_the_state_says(start_world: Callable[..., World]) -> None:
    """One reading of the state, two forms: every cell, and every sum."""
    world = start_world(start_date="2026-03-01", accounts=2)
    state = world.run([*STREAMS, "campaigns"]).state
    (partition, _) = state["bookmarks"]["campaign_stats"]["partitions"]
    partition["progress"] = {
        "cursor": partition["replication_key_value"],
        "until": partition["replication_key_value"],
        "open": [{"start": "2026-03-05T08:00:00Z", "end": "2026-03-07T08:00:00Z", "entity_ids": ["c1"]}],
    }
    expected = coverages(state, parse_stamp("2026-04-01T10:20:00Z"))
    drawn = cells(status(world, state, "--status=html").stdout.decode())
    wanted = {
        (c.stream, c.account, day): (LOOKS.get(known, "changing"), known.value)
        for c in expected
        for day, known in c.days.items()
    }
    assert drawn == wanted
    assert {look for look, _ in drawn.values()} == {"final", "changing", "failed"}
    head, *lines = status(world, state).stdout.decode().split("\n\n")[0].splitlines()
    assert re.split(r" {2,}", head)[4:10] == ["final", "14 days", "3 days", "24 hours", "open", "failed"]
    rows = {tuple(line.split()[:2]): line.split()[4:10] for line in lines}
    order = (DayStatus.FINAL, *reversed(CHANGING), DayStatus.OPEN, DayStatus.FAILED)
    for c in expected:
        sums = [str(c.count(known)) for known in order] if c.days else ["-"] * 6
        assert rows[c.stream, c.account] == sums


@pytest.mark.parametrize("wrapped", ["plain", "message", "value", "singer_state"])
def test_a_state_may_come_in_every_form(world: World, wrapped: str) -> None:
    """As the tap wrote it, as a target echoed it, as Meltano keeps it."""
    state = world.run(["campaign_stats"]).state
    forms = {"plain": state, "message": {"type": "STATE", "value": state}}
    document = forms.get(wrapped, {wrapped: state})
    assert status(world, document).stdout == status(world, state).stdout
    assert world.account_ids[0] in status(world, document).stdout.decode()


def test_the_api_is_not_asked(world: World) -> None:
    """Nor are settings needed: the state may be somebody else's."""
    state = world.run(["campaign_stats"]).state
    world.sim.journal.clear()
    status(world, state, "--status=html")
    assert list(world.sim.journal.requests) == []


def test_without_a_state_it_says_what_is_missing(world: World) -> None:
    """As a mistake in the command line."""
    outcome = world.invoke("--status")
    assert outcome.exit_code == 2
    assert "--state" in outcome.log


@pytest.mark.parametrize("document", [[], {"type": "RECORD"}, {"bookmarks": []}, {"hello": 1}])
def test_what_is_no_state_is_an_error(world: World, document: t.Any) -> None:
    """An empty table would say that nothing has been extracted."""
    outcome = world.invoke("--state", world.write("state.json", document), "--status")
    assert outcome.exit_code == 2
    assert outcome.stdout == b""
    assert "Traceback" not in outcome.log


def test_reach_is_listed_with_its_bookmark(world: World) -> None:
    """Its periods are no days."""
    state = world.run(["campaign_reach"]).state
    (row,) = [line for line in status(world, state).stdout.decode().splitlines() if line.startswith("campaign_reach")]
    assert row.split()[4:10] == ["-"] * 6
    assert json.dumps(state["bookmarks"]["campaign_reach"]).count(row.split()[3]) == 1
