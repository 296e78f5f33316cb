"""From result file to RECORD lines: the tap's own path beside a bare baseline and the SDK's ordinary path.

    python benchmarks/records.py

The baseline unpacks one result file, decodes it with msgspec, builds one dict per record, encodes each and writes them
to a pipe that is drained. The tap's path and the SDK's path are the stats stream itself, from a file in the spool to
stdout; the SDK's path is the one that runs with stream maps or batches. All run in one process, in turn.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import random
import sys
import tempfile
import typing as t
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
from bench import best_of, captured_stdout, drained_stdout, machine, verdict

from tap_twitter_ads_async.domain.calendar import AccountZone
from tap_twitter_ads_async.domain.metrics import columns
from tap_twitter_ads_async.stats.plan.spec import Group, JobSpec, TargetingValue, Window
from tap_twitter_ads_async.stats.records.window_result import Answer, SpooledFile, WindowResult
from tap_twitter_ads_async.stats.stream import StatsStream
from tap_twitter_ads_async.tap import TapTwitterAdsAsync

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_twitter_ads_async.errors import TapError
    from tap_twitter_ads_async.settings.model import StatsDefinition
    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.session import StatsSession

    Json = dict[str, t.Any]

ACCOUNT = "18ce54d4x5t"
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
EXTRACTED = "2026-04-01T00:00:00+00:00"
MAX_RATIO, LEAST_PER_SECOND = 1.5, 100_000
BLOCK_BYTES = 1 << 18
CONFIG: Json = {
    "consumer_key": "key",
    "consumer_secret": "secret",
    "access_token": "token",
    "access_token_secret": "secret",
    "start_date": "2026-01-01",
    "reports": [
        {
            "name": "by_metro",
            "entity": "LINE_ITEM",
            "segmentation_type": "METROS",
            "country_codes": ["US"],
            "metric_groups": ["ENGAGEMENT", "BILLING", "VIDEO"],
            "placements": ["ALL_ON_TWITTER"],
        }
    ],
}


class Size(t.NamedTuple):
    """How much one result file holds."""

    entities: int
    segments: int
    days: int
    metrics: int

    @property
    def records(self) -> int:
        """Records that come of it; 0 segments stand for an unsegmented file."""
        return self.entities * max(self.segments, 1) * self.days


class Material(t.NamedTuple):
    """A result file, and the stream and job it answers."""

    tap: TapTwitterAdsAsync
    definition: StatsDefinition
    spec: JobSpec
    file: SpooledFile
    days: int
    empty: tuple[str, ...]
    """Metric columns of the schema that the file does not mention, for a baseline with all columns."""


class FileSession:
    """Hands the stream windows whose file is in the spool already, the same for each."""

    account_ids: t.ClassVar[list[str]] = [ACCOUNT]

    def __init__(self, material: Material, windows: int = 1) -> None:
        self._windows = windows
        spec = material.spec
        window = Window(spec.start, spec.end, (Group((spec,)),))
        extraction = t.cast("Extraction", None)  # what becomes of the state is not measured
        self._run = WindowResult(extraction, 0, window, ((Answer(spec, material.file),),))
        self.records = 0

    def windows(self, _stream: str, _account_id: str) -> Iterator[WindowResult]:
        """Yield the windows."""
        yield from [self._run] * self._windows

    @property
    def window_began(self) -> datetime:
        """Return a moment."""
        return datetime.fromisoformat(EXTRACTED)

    def writing(self, _stream: str) -> AbstractContextManager[None]:
        """There is no other stream to tell it from."""
        self.records = 0
        return nullcontext()

    def wrote(self, _run: WindowResult, records: int) -> None:
        """Count the records; there is no engine to look after."""
        self.records += records

    def commit(self, _run: WindowResult) -> None:
        """There is no state to keep."""

    def lose(self, _run: WindowResult, error: TapError) -> None:
        """Stop; the file is ours."""
        raise error


class SdkPathStream(StatsStream):
    """A stats stream whose records pass the SDK one by one, because a limit on records asks for that."""

    ABORT_AT_RECORD_COUNT = sys.maxsize


# --- material ---------------------------------------------------------------------------------------------------


def result_file(spec: JobSpec, size: Size, names: list[str], fill: float) -> bytes:
    """Return a packed result file in the API's form; a share of `fill` of the metrics has values, the rest is null."""
    chance = random.Random(1)  # noqa: S311 - the same figures in every run

    def metrics() -> Json:
        # Few things are counted in most metros on most days.
        return {
            name: [int(chance.paretovariate(0.6)) - 1 for _ in range(size.days)] if i < fill * len(names) else None
            for i, name in enumerate(names)
        }

    def segments() -> list[Json]:
        if not size.segments:
            return [{"segment": None, "metrics": metrics()}]
        labels = ({"segment_name": f"Metro {n}", "segment_value": f"{n:04x}"} for n in range(size.segments))
        return [{"segment": label, "metrics": metrics()} for label in labels]

    data = [{"id": entity_id, "id_data": segments()} for entity_id in spec.entity_ids]
    body = {"data_type": "stats", "time_series_length": size.days, "data": data, "request": {"params": {}}}
    return gzip.compress(msgspec.json.encode(body), 6)


def material_for(
    size: Size, directory: Path, *, wide: bool = False, packed: bytes = b"", settings: Json | None = None
) -> Material:
    """Make a tap, one job and its file.

    Args:
        size: Size of the file.
        directory: Where the file goes.
        wide: An unsegmented campaign stream with all its metrics, most of them null, instead of metros.
        packed: The file, if it has been made before.
        settings: Settings of the tap beside those of all benchmarks.
    """
    tap = TapTwitterAdsAsync(config=CONFIG | (settings or {}))
    definition = next(d for d in tap.settings.stats if d.name == ("campaign_stats" if wide else "by_metro"))
    spec = JobSpec(
        account_id=ACCOUNT,
        entity=definition.entity,
        entity_ids=tuple(f"{n:06x}" for n in range(size.entities)),
        start=START,
        end=START + timedelta(days=size.days),
        granularity=definition.granularity,
        placement=definition.placements[0],
        metric_groups=definition.metric_groups,
        segmentation_type=definition.segmentation_type,
        country=None if wide else TargetingValue("00123456789abcde", "US"),
        zone=AccountZone("UTC"),
    )
    found = columns(definition.entity, definition.segmentation_type, definition.metric_groups)
    scalars = [column.metric for column in found if column.key is None]
    names = [n for n in scalars if n not in {"tweets_send", "unfollows", "poll_card_vote", "video_mrc_views"}]
    path = directory / "1.result"
    path.write_bytes(packed or result_file(spec, size, names[: size.metrics], 0.5 if wide else 1.0))
    empty = tuple(column.name for column in found) if wide else ()
    return Material(tap, definition, spec, SpooledFile(path, path.stat().st_size), size.days, empty)


# --- contestants ------------------------------------------------------------------------------------------------


def baseline(material: Material) -> None:
    """Unpack, decode, one dict per record, encode, write: nothing else."""
    encode = msgspec.json.Encoder().encode
    spec = material.spec
    bounds = [START + timedelta(days=day) for day in range(material.days + 1)]
    stamps = [bound.strftime("%Y-%m-%dT%H:%M:%SZ") for bound in bounds]
    dates = [bound.date().isoformat() for bound in bounds]
    out = sys.stdout.buffer
    block: list[bytes] = []
    held = 0
    for entity in msgspec.json.decode(gzip.decompress(material.file.path.read_bytes()))["data"]:
        for part in entity["id_data"]:
            segment, metrics = part["segment"] or {}, part["metrics"]
            arrays = {name: array for name, array in metrics.items() if array is not None}
            nulls = dict.fromkeys(name for name in (*material.empty, *metrics) if name not in arrays)
            for i in range(material.days):
                record = {
                    "account_id": spec.account_id,
                    "entity_id": entity["id"],
                    "entity": spec.entity,
                    "placement": spec.placement,
                    "granularity": "DAY",
                    "start_time": stamps[i],
                    "end_time": stamps[i + 1],
                    "date": dates[i],
                    **segment,
                    **nulls,
                }
                for name, array in arrays.items():
                    record[name] = array[i]
                message = {"type": "RECORD", "stream": "by_metro", "record": record, "time_extracted": EXTRACTED}
                line = encode(message) + b"\n"
                block.append(line)
                held += len(line)
                if held >= BLOCK_BYTES:
                    out.write(b"".join(block))
                    block, held = [], 0
    out.write(b"".join(block))
    out.flush()


def stream_run(material: Material, kind: type[StatsStream], windows: int = 1) -> int:
    """Run a stream over the file, as often as there are windows; return how many records came."""
    session = FileSession(material, windows)
    stream = kind(material.tap, material.definition, lambda: t.cast("StatsSession", session))
    stream.sync()
    material.tap.message_writer.flush()
    return session.records


def record_lines(material: Material, kind: type[StatsStream]) -> list[Json]:
    """Return the RECORD messages of a run, without the moment of extraction."""
    with captured_stdout() as kept:
        stream_run(material, kind)
    messages = [msgspec.json.decode(line) for line in kept.getvalue().splitlines()]
    return [{k: v for k, v in m.items() if k != "time_extracted"} for m in messages if m["type"] == "RECORD"]


def assert_equal_output(directory: Path, *, wide: bool) -> None:
    """Make sure, on a small file, that the paths compared write the same records."""
    small = material_for(Size(2, 0 if wide else 3, 4, 24), directory, wide=wide)
    assert record_lines(small, StatsStream) == record_lines(small, SdkPathStream), "the two paths differ"


# --- report -----------------------------------------------------------------------------------------------------


def compare(title: str, size: Size, runs: int, least: int = 0, *, wide: bool = False) -> None:
    """Print one comparison."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        assert_equal_output(directory, wide=wide)
        material = material_for(size, directory, wide=wide)
        unpacked = len(gzip.decompress(material.file.path.read_bytes()))
        width = len(material.tap.streams[material.definition.name].schema["properties"])
        print(
            f"{title}: {size.records:,} records, {width} columns; "
            f"file {material.file.size / 1e6:.2f} MB, unpacked {unpacked / 1e6:.2f} MB; best of {runs}"
        )
        stack.enter_context(drained_stdout())
        best = best_of(
            runs,
            {
                "baseline": lambda: baseline(material),
                "tap": lambda: stream_run(material, StatsStream),
                "SDK's path": lambda: stream_run(material, SdkPathStream),
            },
        )
    yard = best["baseline"]
    for name, took in best.items():
        print(
            f"  {name:<11}{took.wall:8.3f} s {size.records / took.wall:10,.0f} records/s"
            f" {took.wall / yard.wall:6.2f} x baseline;"
            f" processor {took.processor:7.3f} s {took.processor / yard.processor:6.2f} x"
        )
    rate = size.records / best["tap"].wall
    print(f"  {verdict(best['tap'].wall / yard.wall, MAX_RATIO)}", end="")
    if least:
        print(f"; at least {least:,} records/s: {'kept' if rate >= least else 'MISSED'}", end="")
    print()


def main() -> None:
    """Run the comparisons."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--entities", type=int, default=20)
    parser.add_argument("--segments", type=int, default=210)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--metrics", type=int, default=24, help="at most 24, the documented scalars of three groups")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    print(machine())
    size = Size(options.entities, options.segments, options.days, options.metrics)
    compare("Metros", size, options.runs, LEAST_PER_SECOND)
    plain = Size(options.entities, 0, 3 * options.days, options.metrics)
    compare("Wide, unsegmented, mostly null", plain, options.runs, wide=True)


if __name__ == "__main__":
    main()
