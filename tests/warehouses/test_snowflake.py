"""The real target-snowflake on a stand-in for Snowflake; the README beside this file says what that proves."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

import pytest

from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tests.warehouses.pipes import Tap, only
from tests.warehouses.samples import sample_messages
from tests.warehouses.snowflake_loader import NoEnvironment, SnowflakeLoader, SnowflakeTables, python_of_environment
from tests.warehouses.worlds import SPEND, Correction, correct_spend, stop_ads, yesterday

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.warehouses.messages import Json, Messages

pytestmark = pytest.mark.slow

WORLD = SimulatorOptions(
    accounts=2, campaigns_per_account=2, days=4, job_latency=0, rate_limit_scale=0, revisions=False
)
STREAMS = ("campaigns", "campaign_stats")
TYPES = {
    ("string", None): "TEXT",
    ("string", "date"): "DATE",
    ("string", "date-time"): "TIMESTAMP_NTZ",
    ("integer", None): "NUMBER",
    ("boolean", None): "BOOLEAN",
    ("object", None): "VARIANT",
    ("array", None): "VARIANT",
}


@dataclass(frozen=True)
class Story:
    """Records, then batches with what was corrected in between."""

    samples: Messages
    records: Messages
    batches: Messages
    states: tuple[Json, Json]
    correction: Correction
    truth: list[t.Any]
    tables: SnowflakeTables


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Two loads into one schema."""
    try:
        python = python_of_environment()
    except NoEnvironment as reason:
        pytest.skip(str(reason))
    folder = tmp_path_factory.mktemp("snowflake")
    loader = SnowflakeLoader(python, folder)
    storage, encoding = {"root": folder.as_uri()}, {"format": "jsonl", "compression": "gzip"}
    with Simulator(WORLD) as simulator:
        stop_ads(simulator, days_ago=2)
        accounts = list(simulator.api.world.accounts)
        tap = Tap(folder, simulator, {"end_date": yesterday()})
        samples = sample_messages(with_json_columns(tap.catalog()))
        records = tap.run(only(*STREAMS))
        first = loader.load(samples + records)
        correction = correct_spend(simulator, accounts[0])
        batches = tap.run(only(*STREAMS), state=first, batch_config={"encoding": encoding, "storage": storage})
        second = loader.load(batches)
        start = simulator.api.world.start_day.isoformat()
        truth = [row for a in accounts for row in simulator.truth(a, "CAMPAIGN", "DAY", start, yesterday())]
    return Story(samples, records, batches, (first, second), correction, truth, loader.tables())


def with_json_columns(catalog: Json) -> Json:
    """Leave out streams of plain columns only: the stand-in takes its time, and those of the others are alike."""
    return {
        "streams": [
            entry
            for entry in catalog["streams"]
            if any({"array", "object"} & set(column["type"]) for column in entry["schema"]["properties"].values())
        ]
    }


def kind_of(column: Json) -> tuple[str, str | None]:
    """Return the type and the format of a column."""
    kinds = column["type"]
    (kind,) = {kinds} if isinstance(kinds, str) else set(kinds) - {"null"}
    return kind, column.get("format")


def schemas(messages: Iterable[Messages]) -> dict[str, Json]:
    """Return the columns of all streams."""
    return {stream: m["schema"]["properties"] for some in messages for stream, m in some.schemas.items()}


def test_columns_have_names_and_types_of_the_schema(story: Story) -> None:
    """Reserved words such as `user`, and nested values, are where warehouses stumble."""
    expected = {
        stream: {name: TYPES[kind_of(column)] for name, column in columns.items()}
        for stream, columns in schemas([story.samples, story.records]).items()
    }
    assert len(expected) > 20
    assert story.tables.columns() == expected


def test_every_sample_arrives_as_it_was_sent(story: Story) -> None:
    """The target reads nested values through their schemas, and has been seen to crash on some."""
    for stream in story.samples.schemas.keys() - set(STREAMS):
        key = story.samples.schemas[stream]["key_properties"]
        assert story.tables.rows(stream, key) == story.samples.rows(stream), stream


def test_a_correction_in_a_batch_replaces_the_record_before(story: Story) -> None:
    """A MERGE on the wrong columns doubles spend."""
    assert {m["type"] for m in story.batches.parsed} == {"SCHEMA", "BATCH", "STATE"}
    key = story.records.schemas["campaign_stats"]["key_properties"]
    before, after = story.records.rows("campaign_stats"), story.tables.rows("campaign_stats", key)
    assert after.keys() == before.keys()
    changed = [place for place in after if after[place][SPEND] != before[place][SPEND]]
    assert [(place[0], place[1], place[2]) for place in changed] == [story.correction[:3]]


def test_sums_equal_the_truth(story: Story) -> None:
    """What a report shows in the end."""
    rows = story.tables.rows("campaign_stats", story.records.schemas["campaign_stats"]["key_properties"]).values()
    for metric in ("impressions", SPEND, "engagements", "clicks"):
        expected = sum(row["metrics"].get(metric, 0) for row in story.truth)
        assert expected > 0
        assert sum(row[metric] or 0 for row in rows) == expected, metric


def test_the_target_lets_go_of_the_last_state_it_was_sent(story: Story) -> None:
    """What the target prints is what the next run starts from."""
    assert story.states == (story.records.states[-1], story.batches.states[-1])
