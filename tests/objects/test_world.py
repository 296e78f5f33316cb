"""Every stream at once, against an API that holds a record of everything."""

from __future__ import annotations

import typing as t
from collections import Counter

from jsonschema import Draft202012Validator, FormatChecker

from tap_twitter_ads_async.domain.schemas import load_schema
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.prefetch import ACCOUNTS_AHEAD

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint
    from tests.support.rig import Rig

    Record = dict[str, t.Any]

ACCOUNTS = ("a1", "a2")
MANY_ACCOUNTS = tuple(f"b{n}" for n in range(ACCOUNTS_AHEAD + 3))
"""More than are read ahead at a time."""
RECORDS = 3
SINGLE = {"authenticated_user_access", "tax_settings", "user_settings"}
"""Endpoints that answer with one object."""
LOW_LIMIT_PAGE = {"cards": 200, "draft_tweets": 200, "scheduled_tweets": 200, "media_library": 50}
LOW_LIMIT_PAGE |= {"targeting_tv_shows": 50, "products": 100, "lead_forms": 200}


def sample(schema: Record, seed: str) -> t.Any:
    """Make a value of a column's type."""
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        return {name: sample(column, seed) for name, column in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema["items"], seed)]
    if schema.get("format") == "date-time":
        return "2026-01-02T03:04:05Z"
    return {"string": seed, "integer": 7, "number": 0.5, "boolean": False}[kind]


def path_of(endpoint: ObjectEndpoint, account: str, parent: str) -> str:
    """Return the path under which the API serves an endpoint."""
    path = endpoint.path.replace("{account_id}", account)
    return path.replace(f"{{{endpoint.fan_out.parameter}}}", parent) if endpoint.fan_out else path


def parents_of(endpoint: ObjectEndpoint, account: str) -> list[str]:
    """Return the parents whose records have a path of their own; one nameless parent where none do."""
    fan_out = endpoint.fan_out
    if fan_out is None or f"{{{fan_out.parameter}}}" not in endpoint.path:
        return [""]
    source = next(e for e in ENDPOINTS if e.name == fan_out.sources[0])
    return [r[fan_out.field] for r in collection(source, account, "")]


def collection(endpoint: ObjectEndpoint, account: str, parent: str) -> list[Record]:
    """Make the records of an endpoint, without what the API leaves to the path."""
    schema = load_schema(endpoint.name)
    names = [f"{endpoint.name}-{account}{parent}-{n}" for n in range(1 if endpoint.name in SINGLE else RECORDS)]
    from_path = {"account_id", endpoint.fan_out.column if endpoint.fan_out else ""}
    return [{k: v for k, v in sample(schema, name).items() if k not in from_path} for name in names]


def fill(rig: Rig, owners: Sequence[str] = ACCOUNTS) -> dict[str, int]:
    """Fill the API and return how many records each stream should give."""
    rig.api.filters = ("tweet_type",)
    rig.settings["country_codes"] = ("US",)
    accounts = next(e for e in ENDPOINTS if e.name == "accounts")
    rig.api.collections["accounts"] = [sample(load_schema(accounts.name), account) for account in owners]
    expected: Counter[str] = Counter(accounts=len(owners))
    for endpoint in (e for e in ENDPOINTS if e is not accounts):
        for owner in owners if endpoint.per_account else ("",):
            for parent in parents_of(endpoint, owner):
                records: list[t.Any] = collection(endpoint, owner, parent)
                if endpoint.name == "account_features":
                    records = [r["feature_key"] for r in records]
                if endpoint.name == "tweets":
                    records = [{**r, "_tweet_type": "PUBLISHED"} for r in records]
                rig.api.collections[path_of(endpoint, owner, parent)] = records
                expected[endpoint.name] += len(records)
    return dict(expected)


def test_every_record_of_every_endpoint_arrives_once_and_fits_its_schema(rig: Rig) -> None:
    """The whole promise of the object streams in one run."""
    expected = fill(rig)
    rig.settings["page_size"] = 2
    outcome = rig.sync(*expected)
    assert outcome.failures == []
    for endpoint in ENDPOINTS:
        records = outcome.records(endpoint.name)
        keys = Counter(tuple(r[column] for column in endpoint.key) for r in records)
        assert len(keys) == expected[endpoint.name], endpoint.name
        assert max(keys.values()) == 1, endpoint.name
        validator = Draft202012Validator(outcome.messages.schema(endpoint.name), format_checker=FormatChecker())
        for record in records:
            validator.validate(record)
            assert set(record) == set(load_schema(endpoint.name)["properties"]), endpoint.name


def test_limits_of_endpoints_are_kept_and_global_ones_asked_once(rig: Rig) -> None:
    """Larger pages are refused; a sixth global read within 15 minutes is, too."""
    expected = fill(rig)
    rig.sync(*expected)
    limits = {path_of(e, "a1", ""): LOW_LIMIT_PAGE.get(e.name, 1000) for e in ENDPOINTS}
    for asked in rig.api.asked:
        assert "with_total_count" not in asked.params
        assert len(asked.params.get("line_item_ids", "").split(",")) <= 200
        limit = limits.get(asked.path)
        if limit is not None and "count" in asked.params:
            assert int(asked.params["count"]) == limit, asked
    globally = Counter(a.path for a in rig.api.asked if not a.path.startswith("accounts/"))
    assert {path for path, times in globally.items() if times > 1} <= {"targeting_criteria/tv_shows"}


def test_accounts_are_emitted_in_the_settings_order_however_fast_they_answer(rig: Rig) -> None:
    """Two runs over the same data must give the same lines; readers race, the emission does not."""
    rig.accounts(*MANY_ACCOUNTS)
    for account in MANY_ACCOUNTS:
        rig.api.collections[f"accounts/{account}/campaigns"] = [{"id": f"{account}-{n}"} for n in range(5)]
    wanted = tuple(reversed(MANY_ACCOUNTS))
    rig.settings |= {"account_ids": wanted, "page_size": 2}
    records = rig.sync("campaigns").records("campaigns")
    assert [r["id"] for r in records] == [f"{account}-{n}" for account in wanted for n in range(5)]


def test_flattened_records_have_only_the_columns_of_their_schema(rig: Rig) -> None:
    """A warehouse target that has not been told of a column refuses the record."""
    expected = fill(rig)
    rig.api.collections["accounts/a1/tweets"][0]["user"]["followers_count"] = 3
    rig.api.collections["accounts/a1/ab_tests"][0]["created_by"]["shoe_size"] = 46
    selected = [name for name in expected if name in {e.name for e in ENDPOINTS if e.selected}]
    outcome = rig.sync(*selected, flattening_enabled=True, flattening_max_depth=3)
    for name in selected:
        columns = set(outcome.messages.schema(name)["properties"])
        for record in outcome.records(name):
            assert set(record) <= columns, name
