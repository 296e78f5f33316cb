"""Object streams against the simulator: another reading of the API's documentation than the declarations'."""

from __future__ import annotations

import typing as t

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tap_twitter_ads_async.api.connection import Credentials
from tap_twitter_ads_async.domain.schemas import load_schema
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.declaration import account_objects
from tap_twitter_ads_async.objects.shaping import Shaper
from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint
    from tests.support.rig import Outcome, Rig

    Record = dict[str, t.Any]

ALL = tuple(e.name for e in ENDPOINTS)
ACCOUNT = "accounts/{account_id}/"
LISTED = [e for e in ENDPOINTS if e.path.startswith(ACCOUNT) and "{" not in e.path.removeprefix(ACCOUNT)]
NOT_SIMULATED = {"targeting_behaviors", "targeting_behavior_taxonomies"}
SHAPED_BY_THE_SERVER = {"account_features", "authenticated_user_access", "tax_settings", "cards_fetch"}
"""Answers that the simulator makes of something else than stored records of the same name."""

ON_DEMAND = {"localized_name"}
"""Fields that the API tells only to those who ask for another language."""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A small world, its limits as documented."""
    with Simulator(SimulatorOptions(seed=11, accounts=2)) as running:
        yield running


@pytest.fixture
def world(rig: Rig, simulator: Simulator) -> Rig:
    """The rig, pointed at the simulator."""
    config = simulator.config()
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    rig.api.url = simulator.api_url
    rig.settings["credentials"] = Credentials(*(config[name] for name in names))
    return rig


def by_key(endpoint: ObjectEndpoint, outcome: Outcome) -> dict[tuple[str, ...], Record]:
    """Return a stream's records by key, and see to it that none came twice."""
    records = outcome.records(endpoint.name)
    found = {tuple(str(r[column]) for column in endpoint.key): r for r in records}
    assert len(found) == len(records), endpoint.name
    return found


def test_every_object_arrives_once_with_its_fields_and_no_rule_is_broken(world: Rig, simulator: Simulator) -> None:
    """What the world holds and what the tap emits must be the same, field by field."""
    accounts = [a["id"] for a in simulator.objects(None, "accounts")]
    categories = [c for account in accounts for c in simulator.objects(account, "curated_categories")]
    world.settings["country_codes"] = tuple(sorted({code for c in categories for code in c["country_codes"]}))
    outcome = world.sync(*(name for name in ALL if name not in NOT_SIMULATED))
    assert outcome.failures == []
    assert simulator.journal.violations == []
    for endpoint in LISTED:
        if endpoint.name in SHAPED_BY_THE_SERVER:
            continue
        emitted = by_key(endpoint, outcome)
        shape = Shaper(endpoint, load_schema(endpoint.name))
        truth = [
            shape({**record, "account_id": account})
            for account in accounts
            for record in simulator.objects(account, endpoint.path.removeprefix(ACCOUNT))
        ]
        assert len(emitted) == len(truth) > 0, endpoint.name
        for record in truth:
            arrived = emitted[tuple(str(record[column]) for column in endpoint.key)]
            assert {k: v for k, v in record.items() if k not in ON_DEMAND} == arrived, endpoint.name


def test_every_stream_gives_records_that_fit_their_schema(world: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Streams made of other streams' ids, and global ones, included; the world has no field that a schema lacks."""
    outcome = world.sync(*ALL)
    assert [message for r in caplog.records if "unknown to the schema" in (message := r.getMessage())] == []
    for endpoint in ENDPOINTS:
        records = by_key(endpoint, outcome).values()
        assert records or endpoint.name in NOT_SIMULATED, endpoint.name
        validator = Draft202012Validator(outcome.messages.schema(endpoint.name), format_checker=FormatChecker())
        for record in records:
            validator.validate(record)


def test_a_later_run_reads_only_what_changed(world: Rig, simulator: Simulator) -> None:
    """A change, a deletion and a new object; nothing else but the bookmark's own second."""
    first = world.sync("campaigns", "targeting_criteria")
    account = simulator.objects(None, "accounts")[0]["id"]
    changed, deleted = (c["id"] for c in simulator.objects(account, "campaigns")[:2])
    simulator.change_object(account, "campaigns", changed, {"name": "New name"})
    simulator.change_object(account, "campaigns", deleted, {"deleted": True})
    second = world.sync("campaigns", "targeting_criteria", state=first.messages.state)
    arrived = {r["id"]: r for r in second.records("campaigns") if r["account_id"] == account}
    assert arrived[changed]["name"] == "New name"
    assert arrived[deleted]["deleted"] is True
    assert len(arrived) <= 3
    assert len(second.records("targeting_criteria")) < len(first.records("targeting_criteria")) / 2
    third = world.sync("campaigns", state=second.messages.state)
    assert {r["id"] for r in third.records("campaigns") if r["account_id"] == account} <= {changed, deleted}


def test_a_world_read_in_small_pages_is_the_same_world(world: Rig) -> None:
    """Cursors must neither lose nor double anything."""
    names = ("campaigns", "line_items", "promoted_tweets", "tracking_tags", "cards", "media_library", "tweets")
    large = world.sync(*names)
    world.settings["page_size"] = 3
    small = world.sync(*names)
    for endpoint in (e for e in ENDPOINTS if e.name in names):
        assert by_key(endpoint, small) == by_key(endpoint, large)


def test_a_renamed_endpoint_is_told_and_the_rest_goes_on(world: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """An API version without an endpoint is no reason to extract nothing."""
    moved = account_objects("campaigns", path="accounts/{account_id}/campaigns_of_tomorrow")
    world.endpoints = [moved, account_objects("line_items")]
    outcome = world.sync("campaigns", "line_items")
    assert outcome.failures == []
    assert outcome.records("line_items")
    assert sum("Not offered" in r.getMessage() for r in caplog.records) == 2
