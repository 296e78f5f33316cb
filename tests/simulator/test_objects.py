"""Object endpoints: paging, sorting, deletion, and the quirks that single endpoints have."""

from __future__ import annotations

import typing as t

import pytest

from tap_twitter_ads_async.simulator.endpoints import COLLECTIONS
from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.world import World

if t.TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, t.Any]
MOST = {
    "cards": 200,
    "cards/poll": 1000,
    "draft_tweets": 200,
    "scheduled_tweets": 200,
    "media_library": 50,
    "lead_forms": 200,
    "campaigns": 1000,
    "line_items": 1000,
    "tweets": 1000,
}


def _all_pages(client: t.Any, path: str, **params: t.Any) -> list[Json]:
    records: list[Json] = []
    cursor: str | None = None
    while True:
        body = client.get(path, **params, **({"cursor": cursor} if cursor else {}))
        records += body["data"]
        cursor = body.get("next_cursor")
        if cursor is None:
            return records


def _required(client: t.Any, path: str) -> Json:
    items = ",".join(client.ids("LINE_ITEM")[:200])
    uris = ",".join(card["card_uri"] for card in client.sim.objects(client.account, "cards/all"))
    values = {
        "line_item_ids": items,
        "card_uris": uris,
        "tweet_type": "PUBLISHED",
        "country_codes": "US",
        "locale": "en-US",
    }
    return {name: values[name] for name, rule in COLLECTIONS[path].filters.items() if rule.required}


def _path(client: t.Any, name: str) -> str:
    collection = COLLECTIONS[name]
    path = name
    if ":id" in name:
        parent = name.split("/:id", maxsplit=1)[0]
        account = None if collection.is_global else client.account
        path = name.replace(":id", client.sim.objects(account, parent)[0]["id"])
    if not collection.listed:
        path += f"/{client.sim.api.world.accounts[client.account].user_id}"
    return path if collection.is_global else f"A/{path}"


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_every_endpoint_has_records(client: t.Any, name: str) -> None:
    """An endpoint without records would let a stream that reads nothing pass."""
    body = client.get(_path(client, name), **_required(client, name))
    assert body["data"]
    assert "params" in body["request"]
    records = body["data"] if isinstance(body["data"], list) else [body["data"]]
    for record in records:
        assert isinstance(record, str) or not any(key.startswith("_") for key in record)


@pytest.mark.parametrize("name", sorted(name for name, item in COLLECTIONS.items() if item.filters))
def test_required_parameters_are_required(client: t.Any, name: str) -> None:
    """`targeting_criteria` without line items and their like are refused."""
    required = _required(client, name)
    for missing in required:
        others = {key: value for key, value in required.items() if key != missing}
        status, error = client.refusal("GET", _path(client, name), **others)
        assert (status, error["code"], error["parameter"]) == (400, "MISSING_PARAMETER", missing)


@pytest.mark.parametrize("name", sorted(MOST))
def test_pages_have_their_own_limits(client: t.Any, name: str) -> None:
    """Some endpoints take fewer records a page than others, and say so with a 400."""
    path, required = _path(client, name), _required(client, name)
    client.get(path, count=MOST[name], **required)
    for count in (MOST[name] + 1, 0, "many"):
        status, error = client.refusal("GET", path, count=count, **required)
        assert (status, error["code"], error["parameter"]) == (400, "INVALID_PARAMETER", "count")


@pytest.mark.parametrize("name", ["line_items", "targeting_criteria", "cards", "tweets", "custom_audiences"])
def test_pages_add_up_to_the_whole(client: t.Any, name: str) -> None:
    """Every record comes once, whatever the size of the pages."""
    path, required = _path(client, name), _required(client, name)
    pages = _all_pages(client, path, count=3, **required)
    whole = client.get(path, count=MOST.get(name, 1000), **required)["data"]
    assert pages == whole
    assert len(whole) > 3


def test_cursors_belong_to_their_list(client: t.Any) -> None:
    """Another filter is another list, and totals do not go with cursors."""
    cursor = client.get("A/line_items", count=2)["next_cursor"]
    for extra in ({"with_deleted": "true"}, {"sort_by": "updated_at-desc"}):
        assert client.refusal("GET", "A/line_items", cursor=cursor, **extra)[0] == 400
    error = client.refusal("GET", "A/line_items", cursor=cursor, with_total_count="true")[1]
    assert error["code"] == "EXCLUSIVE_PARAMETERS"
    total = client.get("A/line_items", count=2, with_total_count="true")["total_count"]
    assert total == len(_all_pages(client, "A/line_items"))


def test_lists_are_sorted_newest_first(client: t.Any) -> None:
    """Incremental reading rests on this order."""
    times = [row["updated_at"] for row in _all_pages(client, "A/line_items", sort_by="updated_at-desc", count=3)]
    assert times == sorted(times, reverse=True)
    assert client.refusal("GET", "A/line_items", sort_by="colour-desc")[1]["parameter"] == "sort_by"
    assert client.refusal("GET", "A/line_items", sort_by="updated_at")[1]["parameter"] == "sort_by"


def test_booleans_are_lower_case(client: t.Any) -> None:
    """`True` is how a programming language writes it, not the API."""
    status, error = client.refusal("GET", "A/campaigns", with_deleted="True")
    assert (status, error["code"]) == (400, "INVALID_PARAMETER")


def test_deleted_records_come_on_request(start: Callable[..., t.Any]) -> None:
    """Children of a deleted parent are hidden with it, although they live."""
    client = start(line_items_per_campaign=5)
    living = {row["id"] for row in _all_pages(client, "A/line_items")}
    everything = _all_pages(client, "A/line_items", with_deleted="true")
    gone = {row["id"] for row in everything if row["deleted"]}
    assert gone
    assert living.isdisjoint(gone)
    children = _all_pages(client, "A/promoted_tweets", with_deleted="true", count=1000)
    orphans = {row["id"] for row in children if row["line_item_id"] in gone and not row["deleted"]}
    assert orphans
    assert orphans.isdisjoint(row["id"] for row in _all_pages(client, "A/promoted_tweets"))
    lost = next(iter(gone))
    assert client.refusal("GET", f"A/line_items/{lost}")[1]["code"] == "LINE_ITEM_NOT_FOUND"
    assert client.get(f"A/line_items/{lost}", with_deleted="true")["data"]["deleted"] is True


def test_records_can_be_changed_while_the_server_runs(start: Callable[..., t.Any]) -> None:
    """A second run reads what changed: tests make that change here."""
    client = start()
    campaign = client.ids()[0]
    client.admin(
        "POST",
        "objects",
        {"account_id": client.account, "kind": "campaigns", "id": campaign, "changes": {"name": "Renamed"}},
    )
    first = client.get("A/campaigns", sort_by="updated_at-desc", count=1)["data"][0]
    assert (first["id"], first["name"], first["updated_at"]) == (campaign, "Renamed", "2026-04-01T10:20:00Z")


def test_the_documented_quirks_of_single_endpoints(client: t.Any) -> None:
    """Each of these has cost some client its data."""
    account = client.sim.api.world.accounts[client.account]
    holder = next(n.parent.id for n in account.of("PROMOTED_ACCOUNT").values())
    other = next(i for i, n in account.of("LINE_ITEM").items() if n.objective != "FOLLOWERS")
    assert client.get("A/promoted_accounts", line_item_ids=holder)["data"]
    assert client.refusal("GET", "A/promoted_accounts", line_item_ids=other)[0] == 400
    # Tweets: a number for an id, a date of its own kind, and promoted-only ones by default.
    tweets = client.get("A/tweets", tweet_type="PUBLISHED")["data"]
    assert all(isinstance(row["id"], int) and row["nullcast"] and row["created_at"][3] == " " for row in tweets)
    organic = client.get("A/tweets", tweet_type="PUBLISHED", timeline_type="ORGANIC", trim_user="true")["data"]
    assert {row["id_str"] for row in organic} == set(account.of("ORGANIC_TWEET"))
    assert set(organic[0]["user"]) == {"id", "id_str"}
    assert client.get("A/tweets", tweet_type="PUBLISHED", user_id="1")["data"] == []
    # Old cards on request only; flat numbers in cards are text.
    legacy = {row["id"] for row in client.get("A/cards", include_legacy_cards="true")["data"]}
    assert legacy > {row["id"] for row in client.get("A/cards")["data"]}
    assert isinstance(client.get("A/cards/poll", sort_by="created_at-asc")["data"][0]["duration_in_minutes"], str)
    # Audiences of others, operators of the United States, events that are over.
    owned = {row["owner_account_id"] for row in client.get("A/custom_audiences")["data"]}
    shared = client.get("A/custom_audiences", permission_scope="SHARED")["data"]
    assert owned == {client.account}
    assert client.account not in {row["owner_account_id"] for row in shared}
    operators = client.get("targeting_criteria/network_operators")["data"]
    assert {row["country_code"] for row in operators} == {"US"}
    now_on = client.get("targeting_criteria/events")["data"]
    ever = client.get("targeting_criteria/events", start_time="2020-01-01T00:00:00Z")["data"]
    assert len(now_on) < len(ever)
    # Bare strings, single objects, required lists.
    assert "CITY_TARGETING" in client.get("A/features")["data"]
    assert isinstance(client.get("A/tax_settings")["data"], dict)
    assert client.get("A/features", feature_keys="CITY_TARGETING")["data"] == ["CITY_TARGETING"]
    assert set(client.get("A/app_lists")["data"][0]) == {"id", "name"}


def test_accounts_that_cannot_be_read(start: Callable[..., t.Any]) -> None:
    """They are absent from the list and answer 404 NOT_FOUND by name."""
    client = start(no_access=("1",))
    hidden = list(client.sim.api.world.accounts)[1]
    assert hidden not in {row["id"] for row in client.get("accounts")["data"]}
    client.account = hidden
    status, error = client.refusal("GET", "A/campaigns")
    assert (status, error["code"]) == (404, "NOT_FOUND")
    assert error["message"].endswith(f"does not have access to account {hidden}")
    assert client.sim.journal.violations == []


def test_unknown_routes(client: t.Any) -> None:
    """Both a misspelt path and another version of the API."""
    assert client.refusal("GET", "A/campains")[1]["code"] == "ROUTE_NOT_FOUND"
    assert client.refusal("PUT", "A/campaigns")[0] == 405
    response = client.session.get(f"{client.sim.api_url}/11/accounts", timeout=10)
    assert response.status_code == 404


def test_a_large_account_starts_and_lists_quickly(start: Callable[..., t.Any]) -> None:
    """Five thousand line items and twenty thousand targeting criteria are a real agency's account."""
    client = start(
        accounts=1,
        campaigns_per_account=500,
        line_items_per_campaign=10,
        promoted_tweets_per_line_item=1,
        targeting_criteria_per_line_item=4,
    )
    items = client.ids("LINE_ITEM")
    assert len(items) == 5000
    chunks = [items[n : n + 200] for n in range(0, 5000, 200)]
    found = 0
    for chunk in chunks:
        ids = ",".join(chunk)
        found += len(_all_pages(client, "A/targeting_criteria", line_item_ids=ids, count=1000, with_deleted="true"))
    assert found == 20_000
    assert client.refusal("GET", "A/targeting_criteria", line_item_ids=",".join(items[:201]))[0] == 400


def test_the_usual_world_has_deleted_campaigns_line_items_and_ads() -> None:
    """A demo without them hides what `with_deleted` is for, and queries that forget `deleted` look right."""
    for account in World(SimulatorOptions()).accounts.values():
        for entity in ("CAMPAIGN", "LINE_ITEM", "PROMOTED_TWEET"):
            gone = [node.deleted for node in account.of(entity).values()]
            assert 0 < sum(gone) < len(gone) / 2, (account.id, entity, gone)
