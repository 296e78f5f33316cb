"""The page on incremental extraction: its states are real, and its numbers are the tap's."""

from __future__ import annotations

import io
import json
import re
import typing as t
from contextlib import redirect_stderr

import pytest
from click.testing import CliRunner

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.settings.declaration import CONFIG_JSONSCHEMA
from tap_twitter_ads_async.settings.streams import LOOKBACK_WITHOUT_FEED
from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator
from tap_twitter_ads_async.singer.state import FIELDS
from tap_twitter_ads_async.stats.plan.bookmark import Bookmark
from tap_twitter_ads_async.stats.plan.change_feed import ADJUSTED_FOR
from tests.docs_pages.tables import code, codes, table
from tests.support.markdown import ROOT, blocks
from tests.support.world import tap_in_the_time_of

if t.TYPE_CHECKING:
    from pathlib import Path

    from tap_twitter_ads_async.tap import TapTwitterAdsAsync

PAGE = "docs/incremental.md"
STREAMS = frozenset({"account_stats", "campaign_stats", "campaigns"})
WORLD = SimulatorOptions(
    seed=3,
    accounts=1,
    now="2026-03-09T17:20:00Z",
    start_date="2026-01-01",
    timezones=("America/Los_Angeles",),
    job_latency=0.0,
    rate_limit_scale=0.0,
    funding_instruments_per_account=1,
    campaigns_per_account=4,
    line_items_per_campaign=1,
    promoted_tweets_per_line_item=1,
    records_per_collection=1,
)
"""The account of the page's example, at the moment of its example."""

Json = dict[str, t.Any]


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """Every STATE of a first run in the world of the page, in order."""
    folder = tmp_path_factory.mktemp("state")
    with Simulator(WORLD) as simulator:
        tap = tap_in_the_time_of(simulator)
        config = write(folder / "config.json", simulator.config())
        catalog = invoke(tap, "--config", config, "--discover")[0]
        for entry in catalog["streams"]:
            root = next(item["metadata"] for item in entry["metadata"] if not item["breadcrumb"])
            root["selected"] = entry["stream"] in STREAMS
        messages = invoke(tap, "--config", config, "--catalog", write(folder / "catalog.json", catalog))
    return [message["value"] for message in messages if message["type"] == "STATE"]


def write(path: Path, content: object) -> str:
    """Write a JSON file; return its path."""
    path.write_text(json.dumps(content), "utf-8")
    return str(path)


def invoke(tap: type[TapTwitterAdsAsync], *args: str) -> list[Json]:
    """Run the tap's command in this process; return the JSON that it printed."""
    with redirect_stderr(io.StringIO()):
        result = CliRunner().invoke(tap.cli, args, catch_exceptions=False)
    assert result.exit_code == 0
    try:
        return [json.loads(result.stdout)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in result.stdout.splitlines()]


def example(name: str) -> Json:
    """Return the page's state of this name."""
    text = (ROOT / PAGE).read_text("utf-8")
    found = re.search(rf"<!-- state: {name} -->\n```json\n(.*?)```", text, re.DOTALL)
    assert found, name
    return t.cast("Json", json.loads(found[1]))


def test_the_finished_state_is_what_a_run_leaves(states: list[Json]) -> None:
    """An invented example teaches what is not so."""
    assert example("finished") == states[-1]


def test_the_interrupted_state_is_one_that_a_run_wrote(states: list[Json]) -> None:
    """Progress and jobs are the part that nobody would guess; all but the first job are left out on the page."""
    (shown,) = example("interrupted")["bookmarks"]["campaign_stats"]["partitions"]
    ((name, _),) = shown.pop("jobs").items()
    seen = [
        {k: v for k, v in partition.items() if k != "jobs"}
        for state in states
        for partition in state["bookmarks"]["campaign_stats"]["partitions"]
        if set(partition.get("jobs", {}).get(name, ())) == {"id", "created_at"}
    ]
    assert shown in seen


@pytest.mark.parametrize("name", ["finished", "interrupted"])
def test_the_tap_reads_the_examples_back(name: str) -> None:
    """People copy examples into their own state."""
    for stream, bookmark in example(name)["bookmarks"].items():
        for partition in bookmark["partitions"]:
            if stream in {"account_stats", "campaign_stats"}:
                fields = {k: v for k, v in partition.items() if k in FIELDS}
                assert Bookmark.from_json(partition, stream).to_json() == fields


def test_the_edit_sets_the_bookmark_back(states: list[Json]) -> None:
    """The page's command must find the field in what `meltano state get` prints, and the tap must take it."""
    (edit,) = (line for block in blocks(PAGE, "shell") for line in block.text.splitlines() if line.startswith("sed "))
    found = re.match(r"sed 's/(.+?)/(.+?)/'", edit)
    assert found
    line = json.dumps({"singer_state": states[-1]}, separators=(",", ":"))
    edited = json.loads(re.sub(found[1], found[2], line))["singer_state"]
    (partition,) = edited["bookmarks"]["campaign_stats"]["partitions"]
    cursor = Bookmark.from_json(partition, "campaign_stats").cursor
    assert cursor is not None
    assert cursor.isoformat() == "2026-03-01T00:00:00+00:00"


def test_every_field_of_the_examples_is_explained() -> None:
    """A field without a word is the one that somebody has to edit."""
    explained = {name.split(".")[-1] for row in table(PAGE, "field") for name in codes(" ".join(row))}
    shown = {key for name in ("finished", "interrupted") for p in partitions(example(name)) for key in keys(p)}
    assert sorted(shown - explained - {"context", "account_id", "replication_key", "start", "covers", "progress"}) == []


def partitions(state: Json) -> list[Json]:
    """Return all partitions of a state."""
    return [p for bookmark in state["bookmarks"].values() for p in bookmark["partitions"]]


def keys(value: object) -> set[str]:
    """Return the names of fields at any depth, those of jobs left out."""
    if isinstance(value, list):
        return {key for item in value for key in keys(item)}
    if not isinstance(value, dict):
        return set()
    inner = {key for name, item in value.items() if name != "jobs" for key in keys(item)}
    return set(value) | inner


def test_delays_are_those_of_the_rules() -> None:
    """The table says how late a dashboard is."""
    told = {row[0]: row[1] for row in table(PAGE, "stream", "bookmark stops before now by")}
    assert told["not segmented"].startswith(f"{rules.delay_hours(None)} h")
    special = {name: s.delay_hours for name, s in rules.SEGMENTATIONS.items() if s.delay_hours != 1}
    assert {name: told[f"by `{name}`"] for name in special} == {name: f"{hours} h" for name, hours in special.items()}
    assert told["by any other segmentation"] == "1 h"
    settled = {row[0]: row[1] for row in table(PAGE, "number")}["segmented metrics"]
    assert "**1 hour**" in settled
    assert "`INTERESTS` up to **12 hours**" in settled


def test_numbers_are_those_of_the_tap() -> None:
    """Whoever plans capacity takes them from here."""
    text = (ROOT / PAGE).read_text("utf-8")
    window = CONFIG_JSONSCHEMA["properties"]["window_days"]["default"]
    assert f"`window_days` days ({window})" in text
    assert f"up to {rules.MAX_ENTITY_IDS} entities" in text
    assert f"from {LOOKBACK_WITHOUT_FEED} days before the bookmark" in text
    assert f"adjusted for up to **{ADJUSTED_FOR.days} days**" in text


def test_streams_without_a_feed_are_named_right() -> None:
    """A stream in the wrong row makes readers trust numbers too early."""
    rows = table(PAGE, "streams", "what the bookmark means")
    without = {e.name for e in rules.ENTITIES.values() if not e.has_change_feed}
    assert {f"{rules.ENTITIES[name].prefix}_stats" for name in without} <= set(codes(rows[1][0]))
    with_feed = {e.prefix.replace("_", " ").replace("tweet", "post") for e in rules.ENTITIES.values()} - {
        rules.ENTITIES[name].prefix.replace("_", " ").replace("tweet", "post") for name in without
    }
    assert sorted(name for name in with_feed if name not in rows[0][0]) == []
    assert code(rows[2][0]) == "updated_at"
