"""Stream maps that cannot work are one message before any request; what they leave nothing of costs nothing."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.catalogs import entry_of, root_of, run_with

if t.TYPE_CHECKING:
    from tests.support.world import Json, World

STATS, OBJECTS = "campaign_stats", "campaigns"


@pytest.mark.parametrize(
    "maps",
    [
        {STATS: {"name": "impressions", "__key_properties__": ["entity_id"]}},
        {"campaign*": {"hashed": "md5(record['account_id'])"}},
        {STATS: None},
        {"copy": {"__source__": STATS}},
    ],
    ids=["key", "pattern", "null", "copy"],
)
def test_a_map_of_a_stream_that_is_not_selected_does_nothing(world: World, maps: Json) -> None:
    """Projects have maps for all streams, and jobs that extract some."""
    catalog = world.catalog([OBJECTS])
    entry = next(entry for entry in world.discover({})["streams"] if entry["stream"] == STATS)
    root_of(entry)["selected"] = False
    for item in entry["metadata"]:
        item["metadata"]["selected"] = False
    catalog["streams"].append(entry)
    outcome = run_with(world, catalog, stream_maps=maps)
    assert outcome.exit_code == 0, outcome.log
    assert set(outcome.schemas) == {OBJECTS}
    assert len(outcome.records()) == len(world.run([OBJECTS]).records())


WRONG: dict[str, tuple[Json, str]] = {
    "no text": ({STATS: 5}, STATS),
    "text": ({STATS: "rename"}, STATS),
    "a list": ({STATS: ["clicks"]}, STATS),
    "syntax": ({STATS: {"spend": "1 +"}}, "1 +"),
    "syntax of a filter": ({STATS: {"__filter__": "a b"}}, "a b"),
    "a property as object": ({STATS: {"spend": {}}}, "spend"),
    "else": ({STATS: {"__else__": "x"}}, "__else__"),
    "else of all": ({"__else__": "x"}, "__else__"),
    "an option": ({"__alias__": "x"}, "__alias__"),
    "a key that is dropped": ({STATS: {"entity_id": "__NULL__"}}, "entity_id"),
    "a key that is none": ({STATS: {"__key_properties__": ["nobody"]}}, "nobody"),
    "an unknown column": ({STATS: {"spend": "spent_micro / 1000000"}}, "spent_micro"),
    "an unknown column of the record": ({STATS: {"spend": "record['spent']"}}, "record['spent']"),
    "an unknown column of a filter": ({STATS: {"__filter__": "placment == 'X'"}}, "placment"),
    "a column that is not selected": ({STATS: {"spend": "url_clicks + 1"}}, "url_clicks"),
    "an unknown function": ({STATS: {"hashed": "sha1(entity_id)"}}, "sha1"),
    "an unknown value of stream_map_config": ({STATS: {"hashed": "md5(entity_id + config['salt'])"}}, "config['salt']"),
    "by a pattern": ({"campaign_*": {"spend": "spent_micro"}}, "spent_micro"),
    "of a copy": ({"copy": {"__source__": STATS, "spend": "spent_micro"}}, "spent_micro"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_map_that_cannot_work_is_one_message_and_no_request(world: World, case: str) -> None:
    """The SDK would stumble at the first record, after jobs have been paid for."""
    maps, expected = WRONG[case]
    outcome = run_with(world, world.catalog([STATS, OBJECTS], drop=["url_clicks"]), stream_maps=maps)
    assert outcome.exit_code == 2, outcome.log
    assert outcome.messages == []
    assert len(outcome.lines_of("CRITICAL")) == 1
    message = outcome.log[outcome.log.index("| CRITICAL") :]
    assert "stream_maps" in message
    assert expected in message
    assert "Traceback" not in outcome.log
    assert not world.sim.journal.requests


@pytest.mark.parametrize(
    "expression",
    [
        "[i for i in [impressions or 0, record['clicks'] or 0]][0]",
        "record.get('anything')",
        "_['impressions']",
        "json.dumps(record)",
        "config['factor'] * (impressions or 0)",
        "self",
        "'%s' % __stream_name__",
        "datetime.date.today().isoformat() if bool(clicks) else None",
    ],
)
def test_names_that_do_exist_are_not_complained_about(world: World, expression: str) -> None:
    """The check knows what the SDK offers: columns, functions, and what it adds."""
    maps = {STATS: {"impressions": expression}}
    outcome = world.run([STATS], stream_maps=maps, stream_map_config={"factor": 2})
    assert outcome.exit_code == 0, outcome.log
    assert outcome.records()


def test_a_map_that_fails_on_a_record_ends_with_one_message(world: World) -> None:
    """What a value does to an expression only the value shows."""
    outcome = world.run([OBJECTS, STATS], stream_maps={OBJECTS: {"name": "int(name)"}})
    assert outcome.exit_code == 2
    (line,) = outcome.lines_of("CRITICAL")
    assert "stream campaigns" in line
    assert "Traceback" not in outcome.log
    assert not outcome.lines_of("ERROR")


@pytest.mark.parametrize("null", [None, "__NULL__"])
def test_a_stream_mapped_to_null_costs_no_job_and_keeps_its_bookmark(world: World, null: str | None) -> None:
    """Whoever maps it to something again later wants the days in between."""
    first = world.run([STATS, OBJECTS])
    world.sim.journal.requests.clear()
    outcome = world.run([STATS, OBJECTS], state=first.state, stream_maps={STATS: null})
    assert outcome.exit_code == 0, outcome.log
    assert set(outcome.schemas) == {OBJECTS}
    assert world.jobs == []
    assert outcome.state["bookmarks"][STATS] == first.state["bookmarks"][STATS]
    assert "Stream campaign_stats: stream_maps leave nothing of it" in outcome.log


def test_what_else_leaves_out_costs_nothing_and_copies_still_come(world: World) -> None:
    """`__else__: null` is how people list what they want."""
    outcome = world.run([STATS, OBJECTS], stream_maps={"copy": {"__source__": OBJECTS}, "__else__": None})
    assert outcome.exit_code == 0, outcome.log
    assert set(outcome.schemas) == {"copy"}
    assert outcome.records("copy")
    assert world.jobs == []


def test_a_map_of_no_stream_is_told(world: World) -> None:
    """A typing error in the name of a stream lets out what the map was to keep in."""
    outcome = world.run([OBJECTS], stream_maps={"campains": {"name": "md5(name)"}, "tax_settings": None})
    assert outcome.exit_code == 0, outcome.log
    (warning,) = outcome.warnings()
    assert "campains" in warning


def test_the_config_of_the_caller_stays_as_it_is(world: World) -> None:
    """Orchestrators create the tap twice from one config."""
    config = world.config(stream_maps={"__else__": None, OBJECTS: {}})
    world.tap_class(config=config, catalog=world.catalog([OBJECTS, STATS]))
    assert config["stream_maps"] == {"__else__": None, OBJECTS: {}}
    assert entry_of(world.catalog([STATS]), STATS)
