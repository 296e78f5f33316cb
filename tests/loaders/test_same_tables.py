"""RECORD lines, JSON lines and Parquet leave the same tables, cell by cell, in DuckDB and in PostgreSQL."""

from __future__ import annotations

import io
import typing as t
from datetime import datetime, timedelta, timezone

import duckdb
import pytest
from target_duckdb_local.target import TargetDuckDBLocal
from target_postgres_adbc.target import TargetPostgresAdbc

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tests.support.batch_files import ENCODINGS, batch_config
from tests.support.world import BASE, World

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.loaders.database import Database
    from tests.support.world import Outcome

Json = dict[str, t.Any]
Table = list[tuple[t.Any, ...]]
STREAMS = ("campaign_stats", "line_item_stats_by_gender", "campaigns", "line_items", "tweets", "targeting_locations")
MAPS: Json = {
    "campaign_stats": {
        "__alias__": "renamed",
        "spend": "float(record['billed_charge_local_micro'] or 0) / 1000000",
        "retweets": "__NULL__",
        "__filter__": "record['placement'] == 'ALL_ON_TWITTER'",
    },
    "campaigns": {"name": "md5(record['name'])"},
    "line_items": "__NULL__",
}
CASES: dict[str, Json] = {
    "plain": {},
    "mapped": {"stream_maps": MAPS},
    "flattened": {"flattening_enabled": True, "flattening_max_depth": 2},
    "selected": {"drop": ["url_clicks", "entity", "entities", "conversion_purchases_sale_amount", "name"]},
}
DAYS = 6


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world up to yesterday, which stands still."""
    end = datetime.now(timezone.utc).date() - timedelta(days=2)
    start = (end - timedelta(days=DAYS)).isoformat()
    options = SimulatorOptions(**(BASE | {"now": None, "start_date": start, "days": DAYS + 3, "revisions": False}))
    groups = ["ENGAGEMENT", "BILLING", "WEB_CONVERSION"]  # half of the columns, of every kind
    settings: Json = {"end_date": end.isoformat(), "start_date": start, "segmentation_types": ["GENDER"]}
    settings["metric_groups"] = groups
    with Simulator(options) as simulator:
        yield World(simulator, tmp_path_factory.mktemp("world"), settings)


@pytest.fixture(scope="module", params=CASES)
def outcomes(request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """The tap's messages: RECORD lines, then each kind of file."""
    case, folder = CASES[request.param], tmp_path_factory.mktemp(request.param)
    ways: list[Json] = [{}, *({"batch_config": batch_config(folder, f, c, batch_size=50)} for f, c in ENCODINGS)]
    found = [world.run(STREAMS, **case, **way) for way in ways]
    for outcome, way in zip(found, ways, strict=True):
        assert outcome.exit_code == 0, outcome.log
        assert bool(outcome.records()) == (not way)
    return found


def keys(outcome: Outcome) -> dict[str, str]:
    """Return the key columns of each stream, as SQL has them."""
    return {name: ", ".join(f'"{column}"' for column in m["key_properties"]) for name, m in outcome.schemas.items()}


def in_duckdb(outcome: Outcome, path: Path) -> dict[str, tuple[Table, Table]]:
    """Load into a file; return columns and rows of each table."""
    # Without records there is nothing to validate, but the SDK checks each schema for it all the same.
    target = TargetDuckDBLocal(config={"path": str(path), "validate_records": bool(outcome.records())})
    with target.resources:
        target.listen(io.StringIO(outcome.stdout.decode()))
    with duckdb.connect(path, read_only=True) as connected:
        connected.execute("SET TimeZone = 'UTC'")
        return {
            name: (
                connected.execute(f"DESCRIBE {name}").fetchall(),
                connected.execute(f"SELECT COLUMNS(*)::VARCHAR FROM {name} ORDER BY {key}").fetchall(),  # noqa: S608
            )
            for name, key in keys(outcome).items()
        }


def in_postgres(outcome: Outcome, database: Database, schema: str) -> dict[str, tuple[Table, Table]]:
    """Load into a schema; return columns and rows of each table."""
    target = TargetPostgresAdbc(config=database.config | {"default_target_schema": schema})
    with target.resources:
        target.listen(io.StringIO(outcome.stdout.decode()))
    types = (
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '{}' AND table_name = '{}'"
    )
    return {
        name: (
            database.connected.execute(types.format(schema, name).encode()).fetchall(),
            database.connected.execute(f"SELECT * FROM {schema}.{name} ORDER BY {key}".encode()).fetchall(),  # noqa: S608
        )
        for name, key in keys(outcome).items()
    }


def assert_same(tables: list[dict[str, tuple[Table, Table]]], outcome: Outcome) -> None:
    """Compare each load with that of RECORD lines, whose number of rows is known."""
    recorded, *others = tables
    for name, (_, rows) in recorded.items():
        assert len(rows) == len(outcome.records(name)) > 0, name
    for other in others:
        for name, found in other.items():
            assert found[0] == recorded[name][0], name
            differing = [pair for pair in zip(recorded[name][1], found[1], strict=True) if pair[0] != pair[1]]
            assert not differing, (name, len(differing), differing[0])
        assert other.keys() == recorded.keys()


@pytest.mark.slow
def test_duckdb_holds_the_same(outcomes: list[Outcome], tmp_path: Path) -> None:
    """Whoever changes the encoding must not find other figures the day after."""
    assert_same([in_duckdb(outcome, tmp_path / f"{n}.duckdb") for n, outcome in enumerate(outcomes)], outcomes[0])


@pytest.mark.slow
def test_postgres_holds_the_same(outcomes: list[Outcome], database: Database) -> None:
    """Likewise where columns are copied."""
    loads = [in_postgres(outcome, database, f"{database.schema}_{n}") for n, outcome in enumerate(outcomes)]
    assert_same(loads, outcomes[0])
