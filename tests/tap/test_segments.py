"""Segmented streams and reports: every figure, valid keys, and jobs as the API wants them."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.schema_check import SchemaCheck
    from tests.support.world import World

CURRENT = ("AGE", "GENDER", "METROS", "PLATFORMS", "CONVERSION_TAGS")
HISTORIC = (
    "APP_STORE_CATEGORY",
    "AUDIENCES",
    "CITIES",
    "CONVERSATIONS",
    "DEVICES",
    "EVENTS",
    "INTERESTS",
    "KEYWORDS",
    "LANGUAGES",
    "LOCATIONS",
    "PLATFORM_VERSIONS",
    "POSTAL_CODES",
    "REGIONS",
    "SIMILAR_TO_FOLLOWERS_OF_USER",
    "TV_SHOWS",
)
ENTITIES = {
    "account": "ACCOUNT",
    "funding_instrument": "FUNDING_INSTRUMENT",
    "campaign": "CAMPAIGN",
    "line_item": "LINE_ITEM",
    "promoted_tweet": "PROMOTED_TWEET",
    "promoted_account": "PROMOTED_ACCOUNT",
}
NEED_COUNTRY = {"METROS", "CITIES", "POSTAL_CODES", "REGIONS"}
NEED_PLATFORM = {"DEVICES", "PLATFORM_VERSIONS"}
NO_TAGS = {"account", "funding_instrument", "promoted_account"}
SHORT: dict[str, t.Any] = {"start_date": "2026-03-30", "now": "2026-04-01T20:20:00Z"}


@pytest.mark.slow
def test_every_entity_by_every_current_segmentation_equals_the_truth(
    start_world: Callable[..., World], assert_fits_schema: SchemaCheck
) -> None:
    """Segmented metrics exist nowhere but in jobs: nobody could check them later."""
    world = start_world({"segmentation_types": list(CURRENT), "country_codes": ["US", "GB"]}, **SHORT)
    streams = [
        f"{entity}_stats_by_{segmentation.lower()}"
        for segmentation in CURRENT
        for entity in ENTITIES
        if segmentation != "CONVERSION_TAGS" or entity not in NO_TAGS
    ]
    outcome = world.run(streams)
    assert outcome.exit_code == 0, outcome.log
    for stream in streams:
        entity, _, segmentation = stream.partition("_stats_by_")
        countries = ["US", "GB"] if segmentation == "metros" else []
        expected = world.segmented_truth(ENTITIES[entity], segmentation.upper(), countries)
        world.assert_segments_exact(outcome, stream, expected)
    assert_fits_schema(outcome)
    world.assert_clean()


@pytest.mark.slow
def test_every_historic_segmentation_in_a_report_equals_the_truth(
    start_world: Callable[..., World], assert_fits_schema: SchemaCheck
) -> None:
    """The API dropped them from its pages, not from its answers; who used them still wants them."""
    reports: list[dict[str, t.Any]] = [
        {
            "name": f"by_{segmentation.lower()}",
            "entity": "LINE_ITEM",
            "segmentation_type": segmentation,
            **({"country_codes": ["GB"]} if segmentation in NEED_COUNTRY else {}),
            **({"platforms": ["ios", "1"]} if segmentation in NEED_PLATFORM else {}),
        }
        for segmentation in HISTORIC
    ]
    world = start_world({"reports": reports}, **SHORT)
    outcome = world.run([r["name"] for r in reports])
    assert outcome.exit_code == 0, outcome.log
    for segmentation in HISTORIC:
        countries = ["GB"] if segmentation in NEED_COUNTRY else []
        platforms = ["iOS", "Android"] if segmentation in NEED_PLATFORM else []
        expected = world.segmented_truth("LINE_ITEM", segmentation, countries, platforms)
        world.assert_segments_exact(outcome, f"by_{segmentation.lower()}", expected)
        told = [line for line in outcome.warnings() if f"segmentation {segmentation}" in line]
        assert len(told) == 1, told
    assert_fits_schema(outcome)
    world.assert_clean()


def test_one_job_per_country_and_one_lookup_per_run(start_world: Callable[..., World]) -> None:
    """Global reads are the scarcest of all: a few per quarter of an hour."""
    settings = {"segmentation_types": ["METROS"], "country_codes": ["us", "GB"]}
    world = start_world(settings, accounts=2, campaigns_per_account=2, **SHORT)
    outcome = world.run(["campaign_stats_by_metros", "line_item_stats_by_metros"])
    assert outcome.exit_code == 0, outcome.log
    assert len(world.requests("GET", "targeting_criteria/locations")) == 1
    values = world.targets("locations", "country_code")
    assert {job["params"]["country"] for job in world.jobs} == {values["US"], values["GB"]}
    assert {r["country"] for r in outcome.records()} == {"US"}
    world.assert_clean()


LISTS = [
    ("platforms", "DEVICES", {}),
    ("platforms", "PLATFORM_VERSIONS", {"platforms": ["iOS"]}),
    ("locations", "METROS", {"country_codes": ["US", "GB"]}),
]


def without_a_list(
    start_world: Callable[..., World], of: str, segmentation: str, answer: str, **named: t.Any
) -> tuple[World, str]:
    """Return a world with two accounts where a list that a segmentation needs cannot be had, and a stream of it."""
    world = start_world({"segmentation_types": [segmentation], **named}, accounts=2, **SHORT)
    world.fault(f"GET targeting_criteria/{of}: {answer} times=99")
    return world, f"campaign_stats_by_{segmentation.lower()}"


def assert_told_of_each_account(world: World, lines: list[str], of: str) -> None:
    """Assert that some of these lines say for each account that this list cannot be had."""
    for account_id in world.account_ids:
        assert [line for line in lines if account_id in line and f"GET targeting_criteria/{of}" in line], lines


@pytest.mark.parametrize(("of", "segmentation", "named"), LISTS)
@pytest.mark.parametrize("answer", ["status=404 code=ROUTE_NOT_FOUND", "status=403 code=ACTION_NOT_ALLOWED"])
def test_a_list_that_is_not_offered_costs_its_streams_a_warning(
    start_world: Callable[..., World], of: str, segmentation: str, named: dict[str, t.Any], answer: str
) -> None:
    """An endpoint that X takes away must not end the runs of everybody who also loads what it needs for one stream."""
    world, stream = without_a_list(start_world, of, segmentation, answer, **named)
    outcome = world.run([stream, "line_item_stats"])
    assert outcome.exit_code == 0, outcome.log
    warnings = [w for w in outcome.warnings() if f"stream {stream}" in w and f"segmentation {segmentation}" in w]
    assert len(warnings) == 2, outcome.warnings()
    assert_told_of_each_account(world, warnings, of)
    assert len(world.requests("GET", f"targeting_criteria/{of}")) == 1
    assert outcome.records(stream) == []
    world.assert_exact(outcome, "line_item_stats")


@pytest.mark.parametrize(("of", "segmentation", "named"), LISTS)
@pytest.mark.parametrize("answer", ["status=400 code=INVALID_PARAMETER", "status=500"])
def test_a_list_that_cannot_be_read_costs_its_streams_alone_and_is_made_up_for(
    start_world: Callable[..., World], of: str, segmentation: str, named: dict[str, t.Any], answer: str
) -> None:
    """It is asked for as often as one request is tried; the next run has what this one lacks."""
    world, stream = without_a_list(start_world, of, segmentation, answer, **named)
    outcome = world.run([stream, "line_item_stats"])
    assert outcome.exit_code == 1, outcome.log
    assert_told_of_each_account(world, [line for line in outcome.lines_of("ERROR") if stream in line], of)
    assert len(world.requests("GET", f"targeting_criteria/{of}")) <= 6
    world.assert_exact(outcome, "line_item_stats")
    world.sim.clear_faults()
    again = world.run([stream, "line_item_stats"], outcome.state)
    assert again.exit_code == 0, again.log
    assert again.records(stream)


def test_a_list_that_an_earlier_run_had_is_a_failure_when_it_is_gone(start_world: Callable[..., World]) -> None:
    """What X has served before is not left out with a warning."""
    world = start_world({"segmentation_types": ["METROS"]}, **SHORT)
    stream = "campaign_stats_by_metros"
    first = world.run([stream])
    assert first.exit_code == 0, first.log
    world.fault("GET targeting_criteria/locations: status=404 code=ROUTE_NOT_FOUND times=99")
    outcome = world.run([stream], first.state, country_codes=["US", "GB"])
    assert outcome.exit_code == 1, outcome.log
    assert any(stream in line for line in outcome.lines_of("ERROR"))


def test_wrong_credentials_at_a_list_still_end_the_run(start_world: Callable[..., World]) -> None:
    """No other request would fare better."""
    world, stream = without_a_list(start_world, "platforms", "DEVICES", "status=401 code=UNAUTHORIZED_ACCESS")
    outcome = world.run([stream, "line_item_stats"])
    assert outcome.exit_code == 3
    assert outcome.records() == []


def test_the_trial_of_a_stream_without_its_list_says_so(start_world: Callable[..., World]) -> None:
    """And goes on with the others."""
    world, stream = without_a_list(start_world, "platforms", "DEVICES", "status=404 code=ROUTE_NOT_FOUND")
    outcome = world.invoke("--test", "--config", world.write("config.json", world.config()))
    assert outcome.exit_code == 0, outcome.log
    assert f"Verdict on stream {stream}: not offered" in outcome.log
    assert "Verdict on stream campaign_stats: works" in outcome.log


@pytest.mark.parametrize("segmentation", ["GENDER", "PLATFORMS", "AGE"])
def test_segments_without_value_or_name_still_have_stable_keys(
    start_world: Callable[..., World], assert_fits_schema: SchemaCheck, segmentation: str
) -> None:
    """A null in a key is an error in one warehouse and a duplicate in another."""
    world = start_world({"segmentation_types": [segmentation]}, segment_quirks=True, **SHORT)
    stream = f"campaign_stats_by_{segmentation.lower()}"
    outcome = world.run([stream])
    assert outcome.exit_code == 0, outcome.log
    expected = world.segmented_truth("CAMPAIGN", segmentation)
    assert any(row["segment_name"] is None for row in expected)
    world.assert_segments_exact(outcome, stream, expected)
    assert_fits_schema(outcome)


@pytest.mark.parametrize(
    ("settings", "stream", "wrong", "known"),
    [
        ({"segmentation_types": ["METROS"], "country_codes": ["US", "XX"]}, "campaign_stats_by_metros", "XX", "GB"),
        (
            {"reports": [{"name": "d", "entity": "CAMPAIGN", "segmentation_type": "DEVICES", "platforms": ["Psion"]}]},
            "d",
            "Psion",
            "Android",
        ),
    ],
)
def test_a_country_or_platform_that_the_api_does_not_know_ends_the_run_before_any_job(
    start_world: Callable[..., World], settings: dict[str, t.Any], stream: str, wrong: str, known: str
) -> None:
    """An unknown code gives empty data for ever; the message must tell which codes there are."""
    world = start_world(settings)
    outcome = world.run([stream])
    assert outcome.exit_code == 2
    assert world.jobs == []
    assert outcome.records() == []
    (line,) = outcome.lines_of("CRITICAL")
    assert wrong in line
    assert known in line
    assert "Traceback" not in outcome.log
