"""A number that the API takes back does not stay behind in the warehouse."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime

import pytest

from tests.support.batch_files import unpacked
from tests.support.world import DIMENSIONS, ended_world

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Json, World

HOUR = 3600


def _hours(record: Json) -> range:
    """Return the hours of a record's bucket."""
    first, last = (
        datetime.fromisoformat(record[c].replace("Z", "+00:00")).timestamp() for c in ("start_time", "end_time")
    )
    return range(int(first), int(last), HOUR)


def _is_null(record: Json) -> bool:
    return not any(value is not None for column, value in record.items() if column not in DIMENSIONS)


def _is_empty(record: Json) -> bool:
    """Whether a record holds nothing but nulls and zeros, which the API uses alike."""
    return not any(value for column, value in record.items() if column not in DIMENSIONS)


def _key(record: Json) -> tuple[str, ...]:
    return record["entity_id"], record["placement"], record["start_time"]


@pytest.mark.parametrize("path", ["lines", "single records", "jsonl", "parquet"])
@pytest.mark.parametrize("granularity", ["DAY", "HOUR"])
def test_a_bucket_taken_back_goes_out_with_nulls(
    start_world: Callable[..., World], granularity: str, path: str
) -> None:
    """Else the row of then stands for ever, whichever way records go out."""
    world = ended_world(start_world, start_date="2026-02-25")
    settings: Json = {"granularity": granularity}
    if path == "single records":
        settings["stream_maps"] = {"campaign_stats": {"entity": "record['entity'].lower()"}}
    elif path != "lines":
        encoding = {"format": path} | ({"compression": "gzip"} if path == "jsonl" else {})
        place = {"root": (world.directory / "files").as_uri(), "prefix": "x"}
        settings["batch_config"] = {"encoding": encoding, "storage": place}
    world.settings |= settings
    first = world.run(["campaign_stats"])
    assert first.exit_code == 0, first.log
    rows = [r for r in _records(first) if r["placement"] == "ALL_ON_TWITTER"]
    assert not any(map(_is_null, _records(first))), "a first extraction has nothing to take back"
    gone = rows[len(rows) // 2]
    world.sim.api.clock.advance(3 * HOUR)
    world.sim.take_back(world.account_ids[0], "CAMPAIGN", gone["entity_id"], _hours(gone))
    second = world.run(["campaign_stats"], state=first.state)
    assert second.exit_code == 0, second.log
    nulled = [r for r in _records(second) if _is_null(r)]
    assert [_key(r) for r in nulled] == [_key(gone)]
    if path == "lines":
        world.assert_exact([first, second], "campaign_stats", granularity)
        world.assert_clean()
    third = world.run(["campaign_stats"], state=second.state)
    assert not [r for r in _records(third) if _key(r) != _key(gone)], "only the open hour is looked at again"


@pytest.mark.parametrize("written", ["2026-02-26", "2026-02-25", "2026-01-01"])
@pytest.mark.parametrize("whole", [True, False])
def test_a_bucket_taken_back_goes_out_with_nulls_where_the_bookmark_was_set_back(
    start_world: Callable[..., World], written: str, *, whole: bool
) -> None:
    """People set it back to repair a warehouse; a run that is cut off amid that is gone on with."""
    world = ended_world(start_world, start_date="2026-02-25")
    first = world.run(["campaign_stats"], window_days=1)
    rows = [r for r in _records(first) if r["placement"] == "ALL_ON_TWITTER" and r["date"] > "2026-02-26"]
    gone = rows[len(rows) // 2]
    world.sim.api.clock.advance(3 * HOUR)
    for row in _records(first):
        if row["entity_id"] == gone["entity_id"]:
            world.sim.take_back(world.account_ids[0], "CAMPAIGN", row["entity_id"], _hours(row), row["placement"])
    world.sim.api.clock.advance(2 * HOUR)
    state = json.loads(json.dumps(first.state))
    state["bookmarks"]["campaign_stats"]["partitions"][0]["replication_key_value"] = written
    runs = [world.run(["campaign_stats"], state=state, window_days=1)]
    if not whole:
        places = [i for i, message in enumerate(runs[0].messages) if message["type"] == "STATE"]
        runs = [runs[0].cut(places[1] + 1)]
        world.sim.api.clock.advance(HOUR)
        runs.append(world.run(["campaign_stats"], state=runs[0].state, window_days=1))
    assert _key(gone) in {_key(r) for run in runs for r in _records(run) if _is_null(r)}
    world.assert_exact([first, *runs], "campaign_stats")
    world.assert_clean()


def _records(outcome: t.Any) -> list[Json]:
    """Return the records of RECORD lines or of batch files."""
    found: list[Json] = unpacked(outcome).records("campaign_stats")
    return found


def test_days_of_the_account_within_the_look_back_go_out_whatever_is_left(start_world: Callable[..., World]) -> None:
    """No feed tells of them; days before the look-back, and a first run, have no row without a figure."""
    world = start_world(revisions=False, start_date="2026-02-25", now="2026-03-05T10:20:00Z")
    settings: Json = {"lookback_days": 5, "placements": ["ALL_ON_TWITTER"]}
    first = world.run(["account_stats"], **settings)
    rows = {r["date"]: r for r in first.records("account_stats")}
    assert not any(map(_is_null, rows.values()))
    world.sim.api.clock.advance(24 * HOUR)
    (account_id,) = world.account_ids
    world.sim.take_back(account_id, "ACCOUNT", account_id, _hours(rows["2026-03-02"]))
    second = world.run(["account_stats"], state=first.state, **settings)
    again = {r["date"]: r for r in second.records("account_stats")}
    assert _is_empty(again["2026-03-02"])
    assert min(again) == "2026-02-28", "five days before the bookmark"
    world.assert_exact([first, second], "account_stats", placement="ALL_ON_TWITTER")


def test_segments_are_not_made_up(start_world: Callable[..., World]) -> None:
    """Which segments an entity had is not known to the tap; readers keep the newest set."""
    world = ended_world(start_world, start_date="2026-02-25")
    world.settings["segmentation_types"] = ["GENDER"]
    first = world.run(["campaign_stats_by_gender"])
    gone = first.records("campaign_stats_by_gender")[0]
    world.sim.api.clock.advance(3 * HOUR)
    world.sim.take_back(world.account_ids[0], "CAMPAIGN", gone["entity_id"], _hours(gone), gone["placement"])
    second = world.run(["campaign_stats_by_gender"], state=first.state)
    assert second.exit_code == 0, second.log
    assert not any(map(_is_null, second.records("campaign_stats_by_gender")))
    assert world.jobs, json.dumps(second.state)


@pytest.mark.parametrize("single", [False, True])
def test_all_segments_of_a_bucket_carry_one_moment(start_world: Callable[..., World], *, single: bool) -> None:
    """By it a reader keeps the newest set, and lets go of segments that the API has taken back."""
    world = start_world({"segmentation_types": ["GENDER"]})
    if single:
        world.settings["stream_maps"] = {"campaign_stats_by_gender": {"entity": "record['entity'].lower()"}}
    messages = [m for m in world.run(["campaign_stats_by_gender"]).messages if m["type"] == "RECORD"]
    moments: dict[tuple[str, ...], set[str]] = {}
    for message in messages:
        moments.setdefault(_key(message["record"]), set()).add(message["time_extracted"])
    assert len(messages) > len(moments)
    assert all(len(found) == 1 for found in moments.values())
