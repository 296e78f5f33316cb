"""`account_history`: every change of every object once, asked for only where something changed."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timezone

import pytest

from tap_twitter_ads_async.objects.history.reading import SOURCES, change_id
from tests.support.world import keyed_records

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Json, Key, Outcome, World

STREAM = "account_history"
START = "2025-06-01"
"""The objects of the simulated world were made and changed in the year before its now."""


@pytest.fixture
def admitted(start_world: Callable[..., World]) -> World:
    """Return a world whose app is admitted to the beta, with a year of changes."""
    return start_world({"start_date": START}, account_history=True, targeting_criteria_per_line_item=1)


def truth(world: World, start: str = f"{START}T00:00:00Z", end: str | None = None) -> dict[Key, Json]:
    """Return every change by key, as the API has it."""
    first = datetime.fromisoformat(start.replace("Z", "+00:00"))
    last = world.sim.api.clock.now().replace(minute=0) if end is None else datetime.fromisoformat(end)
    rows: dict[Key, Json] = {}
    for account in world.sim.api.world.accounts.values():
        for kind, collection in SOURCES.items():
            for key in world.sim.api.store.records(account, collection):
                for row in world.sim.api.history.of(account, kind, key) or ():
                    if first <= datetime.fromtimestamp(row["_at"], timezone.utc) < last:
                        rows[account.id, kind, key, row["change_time"], change_id(row)] = row
    return rows


def assert_exact(world: World, outcomes: Outcome | list[Outcome], **bounds: str) -> None:
    """Hold what a target has against the truth."""
    runs = outcomes if isinstance(outcomes, list) else [outcomes]
    held, expected = keyed_records(runs, STREAM), truth(world, **bounds)
    assert held.keys() == expected.keys()
    assert expected
    for key, row in expected.items():
        told = {name: held[key][name] for name in ("change_type", "change_by", "changes", "entity_data")}
        assert told == {name: row[name] for name in told}


def asked(world: World) -> list[Json]:
    """Return the requests for histories."""
    return world.requests("GET", STREAM)


def run(world: World, state: Json | None = None, **settings: t.Any) -> Outcome:
    """Run the stream alone, and expect that all goes well."""
    outcome = world.run([STREAM], state, **settings)
    assert outcome.exit_code == 0, outcome.log
    return outcome


# --- rows and requests --------------------------------------------------------------------------------------------


def test_a_first_run_brings_every_change_since_the_start_date(admitted: World) -> None:
    """Of all five kinds of objects, deleted ones and drafts too; two changes of one second are two rows."""
    (account_id,) = admitted.account_ids
    gone = admitted.sim.objects(account_id, "campaigns")[0]["id"]
    admitted.sim.api.clock.advance(-3600)
    admitted.sim.change_object(account_id, "campaigns", gone, {"deleted": True})
    admitted.sim.api.clock.advance(3600)
    outcome = run(admitted)
    assert_exact(admitted, outcome)
    records = outcome.records(STREAM)
    assert {r["entity"] for r in records} == set(SOURCES)
    seconds = {(r["entity_id"], r["change_time"]) for r in records}
    assert len(seconds) < len(records), "no two changes of one second: nothing was proved"
    assert {r["change_type"] for r in records} == {"CREATE", "UPDATE", "DELETE"}
    assert outcome.warnings() == []
    admitted.assert_clean()


def test_pages_are_followed(admitted: World) -> None:
    """A page holds no more than its count, and the last one has no cursor."""
    outcome = run(admitted, page_size=1)
    assert_exact(admitted, outcome)
    assert any("cursor" in request["params"] for request in asked(admitted))
    admitted.assert_clean()


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata"])
def test_bounds_are_whole_hours_of_the_past(start_world: Callable[..., World], zone: str) -> None:
    """The endpoint takes whole hours; whether it takes hours to come, nobody says."""
    world = start_world({"start_date": START}, account_history=True, timezones=(zone,))
    run(world)
    for request in asked(world):
        for bound in ("start_time", "end_time"):
            assert request["params"][bound].endswith(":00:00Z")
            assert request["params"][bound] <= "2026-04-01T10:00:00Z"
    world.assert_clean()


def test_an_end_date_ends_it(admitted: World) -> None:
    """As for all streams, the end is exclusive and the account's."""
    outcome = run(admitted, end_date="2026-01-01")
    assert_exact(admitted, outcome, end="2026-01-01T08:00:00+00:00")
    later = run(admitted, outcome.state)
    assert_exact(admitted, [outcome, later])


# --- later runs ---------------------------------------------------------------------------------------------------


def test_a_later_run_asks_for_changed_objects_only(admitted: World) -> None:
    """One request for each, from the bookmark on; nothing changed, nothing asked."""
    first = run(admitted)
    (account_id,) = admitted.account_ids
    campaign = admitted.sim.objects(account_id, "campaigns")[0]["id"]
    admitted.sim.api.clock.advance(3600)
    admitted.sim.change_object(account_id, "campaigns", campaign, {"name": "Renamed"})
    admitted.sim.change_object(account_id, "targeting_criteria", "new1", _criterion(admitted, account_id))
    admitted.sim.api.clock.advance(7200)
    admitted.sim.journal.clear()
    second = run(admitted, first.state)
    assert {r["params"]["entity_id"] for r in asked(admitted)} == {campaign, "new1"}
    assert {r["params"]["start_time"] for r in asked(admitted)} == {"2026-04-01T10:00:00Z"}
    assert [r["entity_data"]["name"] for r in second.records(STREAM) if r["entity"] == "CAMPAIGN"] == ["Renamed"]
    assert_exact(admitted, [first, second])
    admitted.sim.api.clock.advance(3600)
    admitted.sim.journal.clear()
    assert run(admitted, second.state).records(STREAM) == []
    assert asked(admitted) == []


def _criterion(world: World, account_id: str) -> Json:
    known = world.sim.objects(account_id, "targeting_criteria")[0]
    fields = {name: value for name, value in known.items() if name != "updated_at"}
    return fields | {"id": "new1", "created_at": "2026-04-01T11:20:00Z", "deleted": False}


def test_the_open_hour_comes_with_the_next_run(admitted: World) -> None:
    """What happened after the last full hour is not lost, and neither is what happened before a second change."""
    (account_id,) = admitted.account_ids
    campaign = admitted.sim.objects(account_id, "campaigns")[0]["id"]
    outcomes: list[Outcome] = []
    for minutes in (35, 10, 25, 50):  # some of them in the same hour
        admitted.sim.api.clock.advance(minutes * 60)
        admitted.sim.change_object(account_id, "campaigns", campaign, {"name": f"After {minutes}"})
        outcomes.append(run(admitted, outcomes[-1].state if outcomes else None))
    admitted.sim.api.clock.advance(2 * 3600)
    outcomes.append(run(admitted, outcomes[-1].state))
    assert_exact(admitted, outcomes)


def test_the_state_says_where_the_next_run_begins(admitted: World) -> None:
    """One moment a person can set back, and nothing that grows."""
    partition = run(admitted).partition(STREAM, admitted.account_ids[0])
    assert partition == {
        "context": {"account_id": admitted.account_ids[0]},
        "version": 1,
        "replication_key": "change_time",
        "replication_key_value": "2026-04-01T10:00:00Z",
        "covers": {"start": "2025-06-01T07:00:00Z"},
    }


def test_a_bookmark_set_back_extracts_again(admitted: World) -> None:
    """A date is enough."""
    state = run(admitted).state
    state["bookmarks"][STREAM]["partitions"][0]["replication_key_value"] = "2026-02-01"
    again = run(admitted, state)
    assert_exact(admitted, again, start="2026-02-01T00:00:00Z")


def test_an_earlier_start_date_extracts_everything_again(admitted: World) -> None:
    """The bookmark says nothing of what lies before the old start; a WARNING says what it costs."""
    first = run(admitted, start_date="2026-01-01")
    again = run(admitted, first.state)
    assert_exact(admitted, again)
    (warning,) = again.warnings()
    assert "start_date was 2026-01-01T08:00:00Z" in warning


def test_a_bookmark_of_the_future_is_taken_back(admitted: World) -> None:
    """It would lose changes until its day comes."""
    first = run(admitted)
    state = json.loads(json.dumps(first.state).replace("2026-04-01T10:00:00Z", "2026-04-01T20:00:00Z"))
    again = run(admitted, state)
    assert "lies in the future" in again.warnings()[0]
    assert again.partition(STREAM, admitted.account_ids[0])["replication_key_value"] == "2026-04-01T10:00:00Z"


@pytest.mark.parametrize("field", [{"under_way": [{"until": "x"}]}, {"open": [{}]}, {"replication_key_value": "soon"}])
def test_a_state_that_is_none_is_refused_before_any_request(admitted: World, field: Json) -> None:
    """With stream and account in the message."""
    state = run(admitted).state
    state["bookmarks"][STREAM]["partitions"][0].update(field)
    admitted.sim.journal.clear()
    outcome = admitted.run([STREAM], state)
    assert outcome.exit_code == 2
    assert f"stream {STREAM}, account {admitted.account_ids[0]}" in outcome.log
    assert list(admitted.sim.journal.requests) == []


# --- interrupted runs ---------------------------------------------------------------------------------------------


@pytest.fixture
def large(start_world: Callable[..., World]) -> World:
    """Return a world with more objects than go between two STATE lines."""
    sizes = {"line_items_per_campaign": 4, "promoted_tweets_per_line_item": 4, "targeting_criteria_per_line_item": 1}
    return start_world({"start_date": START}, account_history=True, **sizes)


def test_a_kill_at_any_state_line_loses_and_repeats_nothing(large: World) -> None:
    """Objects that are done stay done, also where an hour has passed and some have changed since."""
    whole = run(large)
    assert_exact(large, whole)
    states = [number for number, message in enumerate(whole.messages, start=1) if message["type"] == "STATE"]
    assert len(states) >= 6
    requests = len(asked(large))
    (account_id,) = large.account_ids
    for cut in (states[0], states[2], states[-2]):
        seen = whole.cut(cut)
        large.sim.api.clock.advance(3600)
        first = min(r["id"] for r in large.sim.objects(account_id, "promoted_tweets"))
        large.sim.change_object(account_id, "promoted_tweets", first, {"deleted": True})
        large.sim.api.clock.advance(3600)
        large.sim.journal.clear()
        rest = run(large, seen.state)
        assert len(asked(large)) < requests
        assert_exact(large, [seen, rest])


def cut_off(large: World, *, later: bool) -> Outcome:
    """Return what a run wrote that was cut off among its objects: the first run, or one `later`, with a bookmark."""
    before = None
    if later:
        before = run(large, end_date="2026-02-01").state
        large.sim.journal.clear()
    whole = run(large, before)
    states = [number for number, message in enumerate(whole.messages, start=1) if message["type"] == "STATE"]
    seen = whole.cut(states[len(states) // 2])
    assert seen.partition(STREAM, large.account_ids[0])["under_way"]
    return seen


@pytest.mark.parametrize("later", [False, True])
def test_a_bookmark_set_back_counts_for_what_a_run_that_was_cut_off_had_done(large: World, later: bool) -> None:  # noqa: FBT001
    """What is under way was counted from the old bookmark; a person who sets another one wants all of it again."""
    state = cut_off(large, later=later).state
    state["bookmarks"][STREAM]["partitions"][0]["replication_key_value"] = "2026-01-15"
    assert_exact(large, run(large, state), start="2026-01-15T00:00:00Z")


def test_a_bookmark_taken_out_counts_for_what_a_run_that_was_cut_off_had_done(large: World) -> None:
    """Without a bookmark everything is extracted, from the start date on."""
    state = cut_off(large, later=True).state
    del state["bookmarks"][STREAM]["partitions"][0]["replication_key_value"]
    assert_exact(large, run(large, state))


def test_a_cut_off_run_of_an_older_version_is_gone_on_with(large: World) -> None:
    """Its state does not say what it counts from, and is believed."""
    seen = cut_off(large, later=False)
    state = seen.state
    for entry in state["bookmarks"][STREAM]["partitions"][0]["under_way"]:
        assert entry.pop("since") == "2025-06-01T07:00:00Z"
    assert_exact(large, [seen, run(large, state)])


def test_batch_files_hold_what_the_state_claims(large: World) -> None:
    """A STATE line that runs ahead of its file would lose changes."""
    root = large.directory / "batches"
    root.mkdir()
    batches = {"encoding": {"format": "jsonl", "compression": "none"}, "storage": {"root": root.as_uri()}}
    outcome = large.run([STREAM], batch_config=batches)
    assert outcome.exit_code == 0, outcome.log
    lines = [line for file in sorted(root.iterdir()) for line in file.read_text("utf-8").splitlines()]
    assert len(lines) == len(truth(large))
    assert outcome.messages[-1]["type"] == "STATE"


def test_a_full_table_run_ignores_the_state_and_leaves_it(admitted: World) -> None:
    """As the catalog says."""
    first = run(admitted)
    catalog = admitted.catalog([STREAM])
    for item in catalog["streams"][0]["metadata"]:
        if item["breadcrumb"] == []:
            item["metadata"]["forced-replication-method"] = "FULL_TABLE"
    args = ["--config", admitted.write("config.json", admitted.config())]
    args += ["--catalog", admitted.write("catalog.json", catalog), "--state", admitted.write("s.json", first.state)]
    assert_exact(admitted, admitted.invoke(*args))


# --- refusals -----------------------------------------------------------------------------------------------------


def test_an_app_that_is_not_admitted_gets_one_warning(start_world: Callable[..., World]) -> None:
    """The code that elsewhere means bad credentials means here that the beta is closed: the rest goes on."""
    world = start_world({"start_date": START}, accounts=2)
    outcome = world.run([STREAM, "campaigns"])
    assert outcome.exit_code == 0, outcome.log
    assert len(asked(world)) == 2, "one question for each account is enough"
    warnings = outcome.warnings()
    assert len(warnings) == 2
    assert all(STREAM in w and "UNAUTHORIZED_CLIENT_APPLICATION" in w for w in warnings)
    assert outcome.records("campaigns")
    assert outcome.records(STREAM) == []
    for account_id in world.account_ids:
        assert "replication_key_value" not in outcome.partition(STREAM, account_id)


def test_who_is_admitted_later_gets_everything(start_world: Callable[..., World]) -> None:
    """The bookmark of a refused run claims nothing."""
    world = start_world({"start_date": START}, account_history=True)
    world.fault("GET account_history: status=403 code=UNAUTHORIZED_CLIENT_APPLICATION times=1")
    refused = world.run([STREAM])
    assert refused.exit_code == 0, refused.log
    assert_exact(world, run(world, refused.state))


def test_a_history_that_no_object_has_claims_nothing(admitted: World) -> None:
    """An endpoint that answers 404 to everything tells nothing of objects."""
    admitted.fault("GET account_history: status=404 code=NOT_HERE times=999")
    refused = admitted.run([STREAM])
    assert refused.exit_code == 0, refused.log
    assert len(refused.warnings()) == 1
    admitted.sim.clear_faults()
    assert_exact(admitted, run(admitted, refused.state))


def test_an_object_that_the_api_does_not_know_is_left_out_with_a_warning(admitted: World) -> None:
    """Absence is said, once."""
    admitted.fault("GET account_history: status=404 code=CAMPAIGN_NOT_FOUND times=1 skip=1")
    outcome = run(admitted)
    (warning,) = outcome.warnings()
    assert "no history of 1 of" in warning
    assert 0 < len(outcome.records(STREAM)) < len(truth(admitted))


@pytest.mark.parametrize("body", ["html", "empty"])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_page_in_the_place_of_a_history_leaves_its_object_open(admitted: World, body: str, skip: int) -> None:
    """A 404 without a code of the API does not say that there is no such object."""
    admitted.fault(f"GET account_history: status=404 body={body} times=2 skip={skip}")
    first = admitted.run([STREAM])
    assert first.exit_code == 1
    assert len(first.partition(STREAM, admitted.account_ids[0])["open"]) == 2
    assert_exact(admitted, [first, run(admitted, first.state)])


def test_pages_in_the_place_of_every_history_are_the_endpoints(admitted: World) -> None:
    """An API version that lacks it; where it told histories before, that is a failure. Neither claims anything."""
    admitted.fault("GET account_history: status=404 body=html times=999")
    never = admitted.run([STREAM])
    assert never.exit_code == 0, never.log
    assert len(never.warnings()) == 1
    admitted.sim.clear_faults()
    first = run(admitted, never.state, end_date="2026-01-01")
    admitted.fault("GET account_history: status=404 body=html times=999")
    again = admitted.run([STREAM], first.state)
    assert again.exit_code == 1
    admitted.sim.clear_faults()
    assert_exact(admitted, [first, again, run(admitted, again.state)])


@pytest.mark.parametrize(
    "refusal",
    [
        "status=404 code=CAMPAIGN_NOT_FOUND",
        "status=404 code=ROUTE_NOT_FOUND",
        "status=403 code=ACTION_NOT_ALLOWED",
        "status=403 code=UNAUTHORIZED_CLIENT_APPLICATION",
        "status=400 code=FEATURE_NOT_AVAILABLE",
    ],
)
def test_no_refusal_of_a_later_page_means_that_there_is_no_more(admitted: World, refusal: str) -> None:
    """The object has a history, of which a part has come."""
    admitted.fault(f"GET account_history: {refusal} times=1 skip=1")
    first = admitted.run([STREAM], page_size=1)
    requests = asked(admitted)
    assert "cursor" in requests[1]["params"], "not a second page: nothing was proved"
    assert first.exit_code == 1
    assert_exact(admitted, [first, run(admitted, first.state)])


@pytest.mark.parametrize(
    "refusal", ["status=404 code=ROUTE_NOT_FOUND", "status=403 code=ACTION_NOT_ALLOWED", "status=404 body=html"]
)
def test_an_endpoint_that_has_told_histories_is_offered(admitted: World, refusal: str) -> None:
    """Whatever it says afterwards leaves the rest open, and the exit code says so."""
    admitted.fault(f"GET account_history: {refusal} times=999 skip=2")
    first = admitted.run([STREAM])
    assert first.exit_code == 1
    admitted.sim.clear_faults()
    assert_exact(admitted, [first, run(admitted, first.state)])


def test_an_object_that_is_refused_stays_open_alone(admitted: World) -> None:
    """The others go on; the next run asks for it from where it was."""
    admitted.fault("GET account_history: status=400 code=INVALID_PARAMETER times=1 skip=2")
    first = admitted.run([STREAM])
    assert first.exit_code == 1
    (error,) = first.lines_of("ERROR")[:1]
    assert "changes of CAMPAIGN" in error
    (entry,) = first.partition(STREAM, admitted.account_ids[0])["open"]
    assert entry["since"] == "2025-06-01T07:00:00Z"
    admitted.sim.journal.clear()
    second = run(admitted, first.state)
    assert [r["params"]["entity_id"] for r in asked(admitted)] == [entry["entity_id"]]
    assert_exact(admitted, [first, second])
    assert "open" not in second.partition(STREAM, admitted.account_ids[0])


def test_an_endpoint_that_is_down_is_left_alone_after_some_objects(admitted: World) -> None:
    """Nobody waits for a thousand retries; and nothing is lost by it."""
    admitted.fault("GET account_history: status=400 code=INVALID_PARAMETER times=999")
    first = admitted.run([STREAM])
    assert first.exit_code == 1
    assert len(asked(admitted)) <= 5 * len(SOURCES)
    admitted.sim.clear_faults()
    assert_exact(admitted, [first, run(admitted, first.state)])


def test_a_list_that_fails_leaves_only_its_own_objects_open(admitted: World) -> None:
    """Their changes come with the next run, from where they were."""
    admitted.fault("GET line_items: status=400 code=INVALID_PARAMETER times=1")
    first = admitted.run([STREAM])
    assert first.exit_code == 1
    assert {r["entity"] for r in first.records(STREAM)} == {*SOURCES} - {"LINE_ITEM"}
    admitted.sim.api.clock.advance(2 * 3600)
    admitted.sim.journal.clear()
    second = run(admitted, first.state)
    assert {r["params"]["entity_type"] for r in asked(admitted)} == {"LINE_ITEM"}
    assert_exact(admitted, [first, second])


def test_a_window_that_is_refused_as_too_long_is_asked_for_in_halves(admitted: World) -> None:
    """Its longest is not documented."""
    admitted.fault("GET account_history: status=400 code=INVALID_TIME_WINDOW times=3")
    outcome = run(admitted)
    assert_exact(admitted, outcome)
    bounds = {(r["params"]["start_time"], r["params"]["end_time"]) for r in asked(admitted)}
    assert len(bounds) > 1
    assert len(outcome.records(STREAM)) == len(outcome.by_key(STREAM))


def test_passing_faults_cost_nothing_but_time(admitted: World) -> None:
    """The usual retries."""
    admitted.fault("GET account_history: status=503 times=2")
    admitted.fault("GET account_history: action=drop_after times=1")
    assert_exact(admitted, run(admitted))


# --- selection ----------------------------------------------------------------------------------------------------


def test_it_is_offered_and_not_selected(world: World) -> None:
    """A beta that most apps are not admitted to."""
    (entry,) = [e for e in world.discover({})["streams"] if e["stream"] == STREAM]
    (root,) = [m["metadata"] for m in entry["metadata"] if m["breadcrumb"] == []]
    assert root["selected-by-default"] is False
    fresh = world.write("catalog.json", world.discover({}))
    outcome = world.invoke("--config", world.write("config.json", world.config()), "--catalog", fresh, "--plan=json")
    streams = {part["stream"] for part in json.loads(outcome.stdout)["streams"]}
    assert "campaigns" in streams
    assert STREAM not in streams


def test_the_plan_counts_the_lists_at_least(admitted: World) -> None:
    """More is not known before they are read, and a plan reads none."""
    outcome = admitted.invoke(*admitted.arguments([STREAM]), "--plan=json")
    (part,) = json.loads(outcome.stdout)["streams"]
    assert part["requests"] == len(SOURCES)
    assert asked(admitted) == []


def test_deleted_objects_are_asked_for_only_where_they_are_wanted(admitted: World) -> None:
    """As in the streams of objects."""
    (account_id,) = admitted.account_ids
    gone = admitted.sim.objects(account_id, "campaigns")[0]["id"]
    admitted.sim.change_object(account_id, "campaigns", gone, {"deleted": True})
    run(admitted, with_deleted=False)
    assert gone not in {r["params"]["entity_id"] for r in asked(admitted)}
    assert asked(admitted)


def test_an_hour_counts_as_done_ten_minutes_after_its_end(admitted: World) -> None:
    """The API may list a change a little late; what was read of the hour is read again."""
    admitted.sim.api.clock.advance(-15 * 60)
    outcome = run(admitted)
    assert {r["params"]["end_time"] for r in asked(admitted)} == {"2026-04-01T10:00:00Z"}
    assert outcome.partition(STREAM, admitted.account_ids[0])["replication_key_value"] == "2026-04-01T09:00:00Z"
