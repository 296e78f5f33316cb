"""Extracts everything from the simulator and compares it, record by record, with the truth that it serves.

`python scripts/exactness.py` takes 60 days of three accounts and all entity types, by day and by hour;
`python scripts/exactness.py --objects` a large account's objects, twice.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import typing as t
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.server import Simulator

Json = dict[str, t.Any]
TAP = (sys.executable, "-m", "tap_twitter_ads_async")
STATS = {f"{entity.prefix}_stats": entity for entity in rules.ENTITIES.values()}


class Output:
    """What a run wrote.

    Attributes:
        records: Records by stream.
        repeated: Streams that wrote a key twice.
        state: The last STATE.
    """

    def __init__(self, path: Path) -> None:
        self.records: dict[str, list[Json]] = defaultdict(list)
        self.state: Json = {}
        keys: dict[str, list[str]] = {}
        for message in map(json.loads, path.open(encoding="utf-8")):
            if message["type"] == "SCHEMA":
                keys[message["stream"]] = message["key_properties"]
            elif message["type"] == "RECORD":
                self.records[message["stream"]].append(message["record"])
            elif message["type"] == "STATE":
                self.state = message["value"]
        self.repeated = [
            stream
            for stream, rows in self.records.items()
            if len({tuple(row[k] for k in keys[stream]) for row in rows}) < len(rows)
        ]


def extract(simulator: Simulator, directory: Path, *, stats: bool, state: Json, **settings: t.Any) -> Output:
    """Run the tap over all stats streams, or over all object streams."""
    config, catalog, out = (directory / name for name in ("config.json", "catalog.json", "out.jsonl"))
    config.write_text(json.dumps(simulator.config() | settings))
    found = json.loads(subprocess.check_output([*TAP, f"--config={config}", "--discover"], stderr=subprocess.DEVNULL))
    for stream in found["streams"]:
        root = next(m["metadata"] for m in stream["metadata"] if not m["breadcrumb"])
        root["selected"] = (stream["stream"] in STATS) == stats
    catalog.write_text(json.dumps(found))
    (directory / "state.json").write_text(json.dumps(state))
    began = time.monotonic()
    with out.open("wb") as stdout:
        command = [*TAP, f"--config={config}", f"--catalog={catalog}", f"--state={directory / 'state.json'}"]
        subprocess.run(command, stdout=stdout, stderr=subprocess.DEVNULL, check=True)
    output = Output(out)
    count = sum(map(len, output.records.values()))
    print(f"{count} records in {time.monotonic() - began:.1f} s; keys repeated: {output.repeated or 'none'}")
    return output


def wrong_rows(simulator: Simulator, output: Output, granularity: str, start: str) -> int:
    """Count rows that the truth has and the output lacks or contradicts, and rows that only the output has."""
    wrong = 0
    end = f"{datetime.now(timezone.utc) + timedelta(days=2):%Y-%m-%d}"
    for stream, entity in STATS.items():
        rows = {(r["account_id"], r["entity_id"], r["placement"], r["start_time"]): r for r in output.records[stream]}
        for account_id in simulator.api.world.accounts:
            truth = simulator.truth(account_id, entity.name, granularity, start, end)
            for true in truth:
                row = rows.pop((account_id, true["entity_id"], true["placement"], true["start_time"]), {})
                # The MEDIA group is off by default.
                asked = {name: value for name, value in true["metrics"].items() if not name.startswith("media_")}
                wrong += any(row.get(name) != value for name, value in asked.items())
        # The truth leaves out buckets in which nothing happened: zeros and nulls.
        wrong += sum(any(v for v in row.values() if isinstance(v, int)) for row in rows.values())
    return wrong


def check_stats(options: argparse.Namespace, directory: Path) -> int:
    """Compare stats by day and by hour."""
    wrong = 0
    now = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:00Z}"
    for granularity in ("DAY", "HOUR"):
        world = SimulatorOptions(seed=options.seed, days=options.days, now=now, job_latency=0.2, rate_limit_scale=0)
        with Simulator(world) as simulator:
            output = extract(simulator, directory, stats=True, state={}, granularity=granularity)
            found = wrong_rows(simulator, output, granularity, simulator.config()["start_date"])
            print(f"{granularity}: {found} rows wrong, {len(simulator.journal.violations)} rules of the API broken")
            wrong += found + len(simulator.journal.violations) + len(output.repeated)
    return wrong


def check_objects(options: argparse.Namespace, directory: Path) -> int:
    """Count the objects of an account of 5,000 line items, and what a second run reads."""
    world = SimulatorOptions(
        seed=options.seed, accounts=1, campaigns_per_account=500, line_items_per_campaign=10, rate_limit_scale=0
    )
    repeated: list[str] = []
    state: Json = {}
    with Simulator(world) as simulator:
        for _ in range(2):
            output = extract(simulator, directory, stats=False, state=state)
            for name in ("campaigns", "line_items", "targeting_criteria"):
                print(f"  {name}: {len(output.records[name])}")
            state, repeated = output.state, repeated + output.repeated
    return len(repeated)


def main() -> int:
    """Run the check; the exit code tells whether all was right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", action="store_true", help="objects instead of stats")
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        check = check_objects if options.objects else check_stats
        return 1 if check(options, Path(directory)) else 0


if __name__ == "__main__":
    sys.exit(main())
