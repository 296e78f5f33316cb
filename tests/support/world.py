"""The tap as a user runs it, over real HTTP, in a simulated world whose truth is known."""

from __future__ import annotations

import io
import json
import logging
import signal
import subprocess
import sys
import typing as t
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

import msgspec
from click.testing import CliRunner

from tap_twitter_ads_async.clock import Clock
from tap_twitter_ads_async.domain import rules
from tap_twitter_ads_async.pauses import Pauses
from tap_twitter_ads_async.simulator.faults import parse_fault
from tap_twitter_ads_async.tap import TapTwitterAdsAsync
from tests.support import log_handlers

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from tap_twitter_ads_async.simulator.server import Simulator

    Json = dict[str, t.Any]
    Key = tuple[t.Any, ...]

ENTITY_OF = {f"{entity.prefix}_stats": entity.name for entity in rules.ENTITIES.values()}
STATS_STREAMS = tuple(ENTITY_OF)
DIMENSIONS = frozenset(
    {
        "account_id",
        "entity_id",
        "entity",
        "placement",
        "granularity",
        "start_time",
        "end_time",
        "date",
        "segmentation_type",
        "segment_name",
        "segment_value",
        "country",
        "platform",
    }
)
BASE: Json = {
    "seed": 7,
    "accounts": 1,
    "now": "2026-04-01T10:20:00Z",
    "start_date": "2026-03-20",
    "job_latency": 0.0,
    "rate_limit_scale": 0.0,
    "timezones": ("America/Los_Angeles",),
    "funding_instruments_per_account": 1,
    "campaigns_per_account": 4,
    "line_items_per_campaign": 1,
    "promoted_tweets_per_line_item": 1,
    "organic_tweets_per_account": 2,
    "records_per_collection": 2,
}


NOT_IN_CATALOGS = frozenset(
    {
        *("start_date", "end_date", "account_ids", "country_codes", "placements", "granularity", "reach_periods"),
        *("window_days", "lookback_days", "newest_first", "stats_endpoint", "max_concurrent_jobs"),
        *("job_timeout_seconds", "request_timeout", "page_size", "report_path", "batch_config"),
        *("stream_maps", "stream_map_config", "flattening_enabled", "flattening_max_depth"),
    }
)
"""Settings that a catalog does not depend on."""
_CATALOGS: dict[str, Mapping[str, msgspec.Raw]] = {}
"""What discovery printed, by settings and stream; an entry is read when a test wants it."""
_CATALOG_TEXTS: dict[tuple[int, tuple[str, ...], tuple[str, ...], bool], str] = {}
"""Catalogs that tests have chosen from these."""


SHORT_PAUSES = Pauses(request=0.05, creation=0.05, job=0.05, file=0.1, poll=0.05)
"""Pauses that are the tap's own choice, short, so that faults cost no time."""


class _RawCatalog(msgspec.Struct):
    streams: list[msgspec.Raw]


class _Named(msgspec.Struct):
    stream: str


@dataclass
class Outcome:
    """What one run of the tap said and left."""

    exit_code: int
    stdout: bytes
    log: str

    @property
    def lines(self) -> list[bytes]:
        """Return stdout line by line."""
        return self.stdout.splitlines()

    @cached_property
    def messages(self) -> list[Json]:
        """Return every Singer message."""
        return [msgspec.json.decode(line) for line in self.lines]

    @property
    def states(self) -> list[Json]:
        """Return the values of the STATE messages, in order."""
        return [m["value"] for m in self.messages if m["type"] == "STATE"]

    @property
    def state(self) -> Json:
        """Return the last state."""
        return self.states[-1]

    @cached_property
    def schemas(self) -> dict[str, Json]:
        """Return the SCHEMA message of each stream."""
        return {m["stream"]: m for m in self.messages if m["type"] == "SCHEMA"}

    def records(self, stream: str | None = None) -> list[Json]:
        """Return the records of one stream, or of all."""
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and stream in {None, m["stream"]}]

    def by_key(self, stream: str) -> dict[Key, Json]:
        """Return the records of a stream by primary key, having made sure that no key comes twice."""
        keyed = keyed_records([self], stream)
        assert len(keyed) == len(self.records(stream)), f"{stream} repeats keys"
        return keyed

    def cut(self, messages: int) -> Outcome:
        """Return what a target has seen when the pipeline ends after so many messages."""
        return Outcome(-signal.SIGKILL, b"\n".join(self.lines[:messages]), "")

    def lines_of(self, level: str) -> list[str]:
        """Return the log lines of a level."""
        return [line for line in self.log.splitlines() if f"| {level}" in line]

    def warnings(self) -> list[str]:
        """Return the WARNING lines of the log."""
        return self.lines_of("WARNING")

    def partition(self, stream: str, account_id: str) -> Json:
        """Return the last state's partition of a stream and account."""
        found = [p for p in self.state["bookmarks"][stream]["partitions"] if p["context"]["account_id"] == account_id]
        assert len(found) == 1
        return t.cast("Json", found[0])


def keyed_records(outcomes: Iterable[Outcome], stream: str) -> dict[Key, Json]:
    """Return what a target that upserts holds of a stream after some runs."""
    held: dict[Key, Json] = {}
    for outcome in outcomes:
        if stream in outcome.schemas:
            key = outcome.schemas[stream]["key_properties"]
            held.update({tuple(r[k] for k in key): r for r in outcome.records(stream)})
    return held


@dataclass
class World:
    """A running simulator, and the tap with the simulator's clock for its own."""

    sim: Simulator
    directory: Path
    settings: Json = field(default_factory=dict)
    tap_class: type[TapTwitterAdsAsync] = TapTwitterAdsAsync

    @property
    def account_ids(self) -> list[str]:
        """Return the ids of all accounts."""
        return list(self.sim.api.world.accounts)

    # --- running --------------------------------------------------------------------------------------------

    def config(self, **settings: t.Any) -> Json:
        """Return a complete configuration of the tap."""
        return self.sim.config(**{**self.settings, **settings})

    def invoke(self, *args: str) -> Outcome:
        """Run the tap's command in this process."""
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        log = io.StringIO()
        handler = logging.StreamHandler(log)
        handler.setFormatter(logging.Formatter("| %(levelname)s | %(name)s | %(message)s"))
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            with log_handlers.taken_off():
                result = CliRunner().invoke(self.tap_class.cli, args, catch_exceptions=False)
        finally:
            root.removeHandler(handler)
            for number, previous in handlers.items():
                signal.signal(number, previous)
        return Outcome(result.exit_code, result.stdout_bytes, log.getvalue() + result.stderr)

    def write(self, name: str, content: object) -> str:
        """Write a JSON file; return its path."""
        path = self.directory / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def discover(self, settings: Json) -> Json:
        """Return what discovery prints."""
        return {"streams": [msgspec.json.decode(entry) for entry in self._discovered(settings).values()]}

    def _discovered(self, settings: Json) -> Mapping[str, msgspec.Raw]:
        """Return the entries of a catalog; the same settings give the same catalog, so it is asked once for each."""
        shaping = {n: v for n, v in (self.settings | settings).items() if n not in NOT_IN_CATALOGS}
        key = json.dumps(shaping, sort_keys=True)
        if key not in _CATALOGS:
            found = self.invoke("--config", self.write("config.json", self.config(**settings)), "--discover")
            assert found.exit_code == 0, found.log
            entries = msgspec.json.decode(found.stdout, type=_RawCatalog).streams
            _CATALOGS[key] = {msgspec.json.decode(entry, type=_Named).stream: entry for entry in entries}
        return _CATALOGS[key]

    def catalog(
        self, streams: Sequence[str], settings: Json | None = None, drop: Sequence[str] = (), *, whole: bool = False
    ) -> Json:
        """Discover, select some streams and deselect some columns.

        Streams that are not selected are left out, as a tool that edits catalogs may do, unless the whole catalog is
        wanted: the SDK takes as long to read it as the tap takes for a small world.
        """
        return t.cast("Json", json.loads(self._catalog_text(streams, settings or {}, drop, whole=whole)))

    def _catalog_text(self, streams: Sequence[str], settings: Json, drop: Sequence[str], *, whole: bool) -> str:
        """Return a catalog as a file holds it; tests run the same streams again and again."""
        found = self._discovered(settings)
        choice = (id(found), tuple(streams), tuple(drop), whole)
        if choice not in _CATALOG_TEXTS:
            assert set(streams) <= found.keys(), set(streams) - found.keys()
            wanted = (entry for stream, entry in found.items() if whole or stream in streams)
            catalog: Json = {"streams": [msgspec.json.decode(entry) for entry in wanted]}
            for entry in catalog["streams"]:
                for item in entry["metadata"]:
                    if item["breadcrumb"] == []:
                        item["metadata"]["selected"] = entry["stream"] in streams
                    elif item["breadcrumb"][-1] in drop:
                        item["metadata"]["selected"] = False
            _CATALOG_TEXTS[choice] = json.dumps(catalog)
        return _CATALOG_TEXTS[choice]

    def arguments(
        self,
        streams: Sequence[str],
        state: Json | None = None,
        drop: Sequence[str] = (),
        *,
        whole: bool = False,
        **settings: t.Any,
    ) -> list[str]:
        """Return the command line of a run."""
        catalog = self.directory / "catalog.json"
        catalog.write_text(self._catalog_text(streams, settings, drop, whole=whole), encoding="utf-8")
        args = ["--config", self.write("config.json", self.config(**settings)), "--catalog", str(catalog)]
        return args if state is None else [*args, "--state", self.write("state.json", state)]

    def run(
        self,
        streams: Sequence[str],
        state: Json | None = None,
        drop: Sequence[str] = (),
        *,
        whole: bool = False,
        **settings: t.Any,
    ) -> Outcome:
        """Run the tap over some streams."""
        return self.invoke(*self.arguments(streams, state, drop, whole=whole, **settings))

    # --- truth ----------------------------------------------------------------------------------------------

    def truth(
        self, account_id: str, entity: str, granularity: str = "DAY", *, end: str | None = None, **question: str | None
    ) -> list[Json]:
        """Return the truth from the world's first day to `end`, or to its now."""
        start = self.sim.api.world.start_day.isoformat()
        end = end or (self.sim.api.clock.now().date() + timedelta(days=2)).isoformat()
        return self.sim.truth(account_id, entity, granularity, start, end, **question)

    def differences(self, held: dict[Key, Json], expected: Iterable[Json], key: Sequence[str]) -> list[str]:
        """Compare records, by primary key, with rows of the truth; return what differs, in words."""
        rest = dict(held)
        wrong: list[str] = []
        for row in expected:
            record = rest.pop(tuple(row[k] for k in key), None)
            if record is None:
                wrong.append(f"missing: {row}")
            else:
                wrong += _deviations(record, row)
        # What the truth leaves out is nothing but zeros and nulls.
        wrong += [f"too much: {r}" for r in rest.values() if any(v for c, v in r.items() if c not in DIMENSIONS)]
        return wrong

    def targets(self, kind: str, label: str) -> dict[str, str]:
        """Return targeting values of `locations` (countries only) or `platforms` by their label."""
        rows = self.sim.objects(None, f"targeting_criteria/{kind}")
        chosen = [r for r in rows if r.get("location_type", "COUNTRIES") == "COUNTRIES"]
        return {r[label]: r["targeting_value"] for r in chosen}

    def segmented_truth(
        self, entity: str, segmentation: str, countries: Sequence[str] = (), platforms: Sequence[str] = ()
    ) -> list[Json]:
        """Return the truth of a segmentation in the tap's words: labels for targets, no segment without a value."""
        codes, names = self.targets("locations", "country_code"), self.targets("platforms", "name")
        rows: list[Json] = []
        for account_id in self.account_ids:
            for country in countries or (None,):
                for platform in platforms or (None,):
                    scope: dict[str, t.Any] = {
                        "country": codes.get(country or ""),
                        "platform": names.get(platform or ""),
                    }
                    for row in self.truth(account_id, entity, segmentation_type=segmentation, **scope):
                        value = row["segment_value"] or row["segment_name"] or "UNKNOWN"
                        labels = {"country": country, "platform": platform}
                        rows.append(row | {"segment_value": value} | {k: v for k, v in labels.items() if v})
        return rows

    def assert_segments_exact(self, outcome: Outcome, stream: str, expected: Sequence[Json]) -> None:
        """Hold a segmented stream against rows of `segmented_truth`."""
        assert expected, "a comparison with nothing proves nothing"
        wrong = self.differences(outcome.by_key(stream), expected, outcome.schemas[stream]["key_properties"])
        assert not wrong, (len(wrong), wrong[:3])

    def assert_exact(
        self, outcomes: Outcome | Sequence[Outcome], stream: str, granularity: str = "DAY", **question: t.Any
    ) -> int:
        """Hold what came out of a stream against the truth; return the number of rows compared."""
        runs = [outcomes] if isinstance(outcomes, Outcome) else list(outcomes)
        held = runs[0].by_key(stream) if len(runs) == 1 else keyed_records(runs, stream)
        schema = next(run.schemas[stream] for run in runs if stream in run.schemas)
        entity = ENTITY_OF[stream.partition("_by_")[0]]
        expected = [
            row for account_id in self.account_ids for row in self.truth(account_id, entity, granularity, **question)
        ]
        wrong = self.differences(held, expected, schema["key_properties"])
        assert not wrong, (len(wrong), wrong[:3])
        return len(expected)

    # --- what happened on the wire --------------------------------------------------------------------------

    def requests(self, method: str, route: str) -> list[Json]:
        """Return the requests that the simulator noted."""
        return [r for r in list(self.sim.journal.requests) if (r["method"], r["route"]) == (method, route)]

    @property
    def jobs(self) -> list[Json]:
        """Return the accepted creations of jobs."""
        return [r for r in self.requests("POST", "stats/jobs") if r["status"] in {200, 201, 202}]

    def fault(self, text: str) -> None:
        """Plan a mishap."""
        self.sim.api.faults.add(parse_fault(text))

    def stop_ads(self, days_ago: int) -> None:
        """End all activity some days before now, so that nothing happens any more but what a test makes happen."""
        end = int(self.sim.api.clock.now().timestamp()) - days_ago * 86400
        for account in self.sim.api.world.accounts.values():
            for nodes in account.nodes.values():
                for node in nodes.values():
                    node.end = end

    def start_process(self, args: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start the tap as a process of its own, whose time is real time."""
        command = [sys.executable, "-m", "tap_twitter_ads_async", *args]
        with (self.directory / "stderr.log").open("ab") as log:
            return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=self.directory)

    def outcome_of(self, process: subprocess.Popen[bytes], stdout: bytes) -> Outcome:
        """Return what a process left: only whole lines count, as for a target."""
        whole = stdout[: stdout.rfind(b"\n") + 1]
        code = process.wait(timeout=30)
        return Outcome(code, whole, (self.directory / "stderr.log").read_text(encoding="utf-8"))

    def assert_clean(self) -> None:
        """Make sure that no rule of the API was broken."""
        assert self.sim.journal.violations == []

    def assert_stayed_away(self, method: str, route: str, seconds: float) -> None:
        """Make sure that the API was left alone from its first refusal on, and that nothing else was wrong.

        Requests that were on their way when the first was refused cannot be called back.
        """
        early = "came back before the time it was told"
        assert [v for v in self.sim.journal.violations if v["rule"] != early] == []
        requests = self.requests(method, route)
        refused = next(r for r in requests if r["status"] in {429, 503})
        told = refused["time"] + refused["seconds"]
        late = [r["time"] - told for r in requests if 0.5 < r["time"] - told < seconds - 1.0]
        assert late == []


def _deviations(record: Json, row: Json) -> list[str]:
    """Compare one record with its row of the truth, column by column."""
    known = {c: v for c, v in row["metrics"].items() if c in record}
    # The MEDIA group is historic and off by default; nothing else may be missing.
    missing = [c for c in row["metrics"] if c not in record and not c.startswith("media_")]
    wrong = [f"no column {c}" for c in missing]
    fixed = {c: v for c, v in row.items() if c in DIMENSIONS}
    for column, value in {**fixed, **known}.items():
        if record[column] != value:
            wrong.append(f"{column} is {record[column]!r}, not {value!r}: {row}")
    extra = [c for c, v in record.items() if v and c not in DIMENSIONS and c not in known]
    return wrong + [f"{c} is {record[c]!r}, not 0 or null: {row}" for c in extra]


def tap_in_the_time_of(sim: Simulator, pauses: Pauses = SHORT_PAUSES) -> type[TapTwitterAdsAsync]:
    """Return the tap with a simulated world's clock for its own, and with pauses of its own choice."""
    chosen = pauses

    class WorldClock(Clock):
        """The simulated world's now."""

        @override
        def now(self) -> datetime:
            return sim.api.clock.now()

    class Tap(TapTwitterAdsAsync):
        """The tap in the simulated world's time."""

        clock_class = WorldClock
        pauses = chosen

    return Tap


def ahead_of(world: World, seconds: int) -> type[TapTwitterAdsAsync]:
    """Return the tap with a clock that is ahead of the API's, and that nobody sets right."""
    sim = world.sim

    class Ahead(Clock):
        """A clock that is off."""

        @override
        def now(self) -> datetime:
            return sim.api.clock.now() + timedelta(seconds=seconds)

    return type("Tap", (tap_in_the_time_of(sim),), {"clock_class": Ahead})


def ended_world(start_world: Callable[..., World], **options: t.Any) -> World:
    """Return a world whose ads all stopped weeks before now, in which only revisions still happen."""
    dates = {"start_date": "2026-02-20", "now": "2026-03-20T10:20:00Z"}
    world = start_world(revisions=False, **(dates | options))
    world.stop_ads(20)
    return world
