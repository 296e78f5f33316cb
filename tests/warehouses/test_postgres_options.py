"""What users choose between the API and PostgreSQL: streams, columns, stream maps, flattening, COPY or INSERT."""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import dataclass, replace

import pytest

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tests.warehouses.pipes import PostgresLoader, Tap
from tests.warehouses.tables import Tables, connection, far_from_utc
from tests.warehouses.worlds import yesterday

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from throwaway_postgres import PostgresServer

    from tests.warehouses.messages import Json, Messages, Rows

pytestmark = pytest.mark.slow

WORLD = SimulatorOptions(
    accounts=2, campaigns_per_account=2, records_per_collection=2, days=4, job_latency=0, rate_limit_scale=0
)
STREAMS = ("accounts", "campaigns", "line_items", "tweets", "lead_forms", "campaign_stats")
DESELECTED = {("campaigns", "name"), ("line_items", "bid_amount_local_micro"), ("campaign_stats", "url_clicks")}
LONGEST_IDENTIFIER = 63


def choice(stream: str, column: str | None) -> bool:
    """Select some streams, without some columns."""
    return stream in STREAMS and (stream, column) not in DESELECTED


@dataclass(frozen=True)
class Plain:
    """The tap, and what comes out of it with no options but the choice above."""

    tap: Tap
    loader: PostgresLoader
    tables: Tables
    messages: Messages

    def with_options(self, schema: str, **settings: t.Any) -> tuple[Messages, Tables]:
        """Extract once more with other settings, and load that into a schema of its own."""
        messages = self.tap.run(choice, **settings)
        assert replace(self.loader, schema=schema).load(messages) == messages.states[-1]
        return messages, replace(self.tables, schema=schema)


@pytest.fixture(scope="module")
def plain(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plain]:
    """A load of some streams into a database that is at home far from UTC."""
    folder = tmp_path_factory.mktemp("options")
    with Simulator(WORLD) as simulator, connection(postgres) as connected, far_from_utc(connected):
        tap = Tap(folder, simulator, {"end_date": yesterday(), "metric_groups": ["ENGAGEMENT", "BILLING"]})
        messages = tap.run(choice)
        loader = PostgresLoader(folder, postgres, "plain")
        assert loader.load(messages) == messages.states[-1]
        yield Plain(tap, loader, Tables(connected, "plain"), messages)


def test_only_what_is_selected_becomes_tables_and_columns(plain: Plain) -> None:
    """People leave columns out for money or by law; the rest must be whole."""
    tables = plain.tables.own_columns()
    assert tables.keys() == set(STREAMS)
    assert [(table, column) for table, column in DESELECTED if column in tables[table]] == []
    assert {"id", "currency", "daily_budget_amount_local_micro"} <= tables["campaigns"].keys()
    for stream in STREAMS:
        expected = plain.messages.rows(stream)
        assert len(expected) > 1, stream
        assert plain.tables.rows(stream, plain.messages.schemas[stream]["key_properties"]) == expected


def test_insert_loads_the_same_as_copy(plain: Plain) -> None:
    """Whoever switches between the two must not see moments move by the database's time zone."""
    inserted = replace(plain.loader, schema="inserted")
    state = inserted.load(plain.messages, zone="UTC", use_copy=False, validate_records=True)
    assert state == plain.messages.states[-1]
    tables = replace(plain.tables, schema="inserted")
    assert tables.columns() == plain.tables.columns()
    for stream in STREAMS:
        key = plain.messages.schemas[stream]["key_properties"]
        assert tables.rows(stream, key) == plain.tables.rows(stream, key), stream


def test_stream_maps_rename_hash_and_drop(plain: Plain) -> None:
    """Maps are how personal data is kept out of a warehouse: what was dropped must be in no table."""
    messages, tables = plain.with_options(
        "mapped",
        stream_maps={
            "campaign_stats": {
                "__alias__": "daily_performance",
                # What an expression starts with is its type; a bare name would be text.
                "spend_micro": "int(billed_charge_local_micro) if billed_charge_local_micro is not None else None",
                "billed_charge_local_micro": "__NULL__",
            },
            "accounts": {"name": "md5(record['name'])", "business_name": "__NULL__"},
            "tweets": "__NULL__",
        },
    )
    assert tables.own_columns().keys() == {*STREAMS, "daily_performance"} - {"campaign_stats", "tweets"}
    accounts = plain.tables.rows("accounts", ["id"])
    assert tables.rows("accounts", ["id"]) == {
        key: {name: value for name, value in row.items() if name != "business_name"}
        | {"name": hashlib.md5(row["name"].encode(), usedforsecurity=False).hexdigest()}
        for key, row in accounts.items()
    }
    key = messages.schemas["daily_performance"]["key_properties"]
    assert tables.keys()["daily_performance"] == plain.tables.keys()["campaign_stats"] == set(key)
    renamed = {"billed_charge_local_micro": "spend_micro"}
    assert tables.rows("daily_performance", key) == {
        place: {renamed.get(name, name): value for name, value in row.items()}
        for place, row in plain.tables.rows("campaign_stats", key).items()
    }


def flat(row: Json, columns: Json) -> Json:
    """Return a row whose objects with known parts are columns of their own, and whose lists are text of JSON."""
    found: Json = {}
    for name, column in columns.items():
        value = row.get(name)
        if "properties" in column:
            parts = flat(value or {}, column["properties"])
            found |= {f"{name}__{part}": held for part, held in parts.items()}
        elif {"array", "object"} & set(column["type"]):
            found[name] = ("JSON", value) if value is not None else None
        else:
            found[name] = value
    return found


def test_flattening_makes_columns_of_objects(plain: Plain) -> None:
    """Half of all pipelines flatten, and names grow by it: PostgreSQL would cut the longest in silence."""
    _, tables = plain.with_options("flat", flattening_enabled=True, flattening_max_depth=5)
    columns = tables.own_columns()
    assert columns.keys() == set(STREAMS)
    assert {"user__screen_name", "scopes__followers"} <= columns["tweets"].keys()
    assert {"introduction__headline", "final_page__cta_button__url"} <= columns["lead_forms"].keys()
    assert max(len(name) for table in columns.values() for name in table) <= LONGEST_IDENTIFIER
    assert not {"jsonb", "jsonb[]", "text[]"} & {kind for table in columns.values() for kind in table.values()}
    for stream in STREAMS:
        message = plain.messages.schemas[stream]
        key, schema = message["key_properties"], message["schema"]["properties"]
        expected = {place: flat(row, schema) for place, row in plain.tables.rows(stream, key).items()}
        assert with_json(tables.rows(stream, key), expected) == expected, stream


def with_json(rows: Rows, expected: Rows) -> Rows:
    """Return rows in which text is read wherever text of JSON is expected."""
    return {
        place: {
            name: ("JSON", json.loads(value))
            if isinstance(expected.get(place, {}).get(name), tuple) and value
            else value
            for name, value in row.items()
        }
        for place, row in rows.items()
    }
