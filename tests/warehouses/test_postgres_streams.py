"""Every stream in PostgreSQL, through the real target-postgres: tables, names, keys, types and each single value."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

import pytest

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tests.warehouses.pipes import PostgresLoader, Tap
from tests.warehouses.samples import sample_messages
from tests.warehouses.tables import Tables, connection

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from throwaway_postgres import PostgresServer

    from tests.warehouses.messages import Json, Messages

pytestmark = pytest.mark.slow

LONGEST_IDENTIFIER = 63
SETTINGS: dict[str, t.Any] = {
    "segmentation_types": ["GENDER"],
    "reports": [
        {"name": "devices", "entity": "PROMOTED_TWEET", "segmentation_type": "DEVICES", "platforms": ["iOS"]},
        # Hundreds of segments and every hour are many rows; a few columns do.
        {"name": "metros", "entity": "CAMPAIGN", "segmentation_type": "METROS", "metric_groups": ["BILLING"]},
        {"name": "hours", "entity": "LINE_ITEM", "granularity": "HOUR", "metric_groups": ["BILLING"]},
    ],
}
WORLD = SimulatorOptions(
    accounts=1,
    campaigns_per_account=4,
    line_items_per_campaign=1,
    promoted_tweets_per_line_item=1,
    funding_instruments_per_account=1,
    organic_tweets_per_account=2,
    records_per_collection=2,
    days=2,
    job_latency=0,
    rate_limit_scale=0,
    segment_quirks=True,
)
TYPES = {
    ("string", None): "text",
    ("string", "date"): "date",
    ("string", "date-time"): "timestamp without time zone",
    ("integer", None): "bigint",
    ("number", None): "numeric",
    ("boolean", None): "boolean",
    ("object", None): "jsonb",
}


@dataclass(frozen=True)
class Load:
    """One load of everything: what went in, and where it went."""

    messages: Messages
    tables: Tables
    selected: set[str]
    extracted: dict[str, int]
    state: Json


@pytest.fixture(scope="module")
def load(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """Samples of all streams, then all that the tap selects by default, in one run of the target."""
    folder = tmp_path_factory.mktemp("streams")
    with Simulator(WORLD) as simulator:
        tap = Tap(folder, simulator, SETTINGS)
        catalog = tap.catalog()
        extraction = tap.run()
    messages = sample_messages(catalog) + extraction
    selected = {
        entry["stream"]
        for entry in catalog["streams"]
        if any(m["breadcrumb"] == [] and m["metadata"].get("selected", True) for m in entry["metadata"])
    }
    extracted = {stream: len(records) for stream, records in extraction.records.items()}
    state = PostgresLoader(folder, postgres, "raw").load(messages)
    with connection(postgres) as connected:
        yield Load(messages, Tables(connected, "raw"), selected, extracted, state)


def test_the_extraction_fills_the_tables(load: Load) -> None:
    """Loading nothing never fails."""
    assert load.selected <= load.extracted.keys()
    empty = {stream for stream in load.selected if not load.extracted[stream]}
    # Whether single ads were served in so few days depends on the date.
    assert {stream for stream in empty if not stream.startswith(("media_", "promoted_"))} == set()
    assert len(load.selected - empty) > 65


def test_each_stream_is_a_table_with_its_columns(load: Load) -> None:
    """PostgreSQL cuts long names in silence, and folds what is not quoted: queries would not find them."""
    expected = {s: set(m["schema"]["properties"]) for s, m in load.messages.schemas.items()}
    assert {table: set(columns) for table, columns in load.tables.own_columns().items()} == expected
    names = [*expected, *(name for columns in load.tables.columns().values() for name in columns)]
    assert max(len(name.encode()) for name in names) <= LONGEST_IDENTIFIER
    assert [name for name in names if name != name.lower()] == []


def test_keys_of_the_tables_are_the_streams(load: Load) -> None:
    """Upserts go by the primary key: one column too few overwrites rows, one too many doubles them."""
    assert load.tables.keys() == {s: set(m["key_properties"]) for s, m in load.messages.schemas.items()}


def type_of(column: Json) -> str:
    """Return the type that a column has to have."""
    kinds = column["type"]
    (kind,) = {kinds} if isinstance(kinds, str) else set(kinds) - {"null"}
    if kind == "array":
        return f"{type_of(column['items'])}[]" if "items" in column else "jsonb"
    return TYPES[kind, column.get("format")]


def test_columns_have_the_types_of_the_schema(load: Load) -> None:
    """Spend in a text column adds up to an error; a bigint never rounds."""
    expected = {
        stream: {name: type_of(column) for name, column in message["schema"]["properties"].items()}
        for stream, message in load.messages.schemas.items()
    }
    assert load.tables.own_columns() == expected
    assert set(TYPES.values()) - {kind for columns in expected.values() for kind in columns.values()} <= {"numeric"}


def test_every_value_arrives_as_it_was_sent(load: Load) -> None:
    """Counts can be right with wrong rows: null is not zero, text keeps its quotes, integers their last digit."""
    for stream, message in load.messages.schemas.items():
        held = load.tables.rows(stream, message["key_properties"])
        assert held == load.messages.rows(stream), stream


def test_the_target_lets_go_of_the_taps_own_state(load: Load) -> None:
    """What the target prints is what an orchestrator keeps."""
    assert load.state == load.messages.states[-1]
    assert {"campaign_stats", "campaign_stats_by_gender", "hours"} <= load.state["bookmarks"].keys()
