"""How much memory the tap takes: with larger files, with more jobs, with a target that does not read.

    python benchmarks/memory.py

The bound is 200 MB plus twice the largest result file, unpacked. Files larger than the simulated API makes are
flattened by a child process that does nothing else (the stats stream from the spool to RECORD lines or batch files);
jobs and the pausing target are measured on the tap itself. Peaks are `VmHWM` of the process.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from bench import machine, verdict
from records import Size, material_for, stream_run
from simulated import watch_peak, world
from slots import GROUPS, SMALL_TREE

from tap_twitter_ads_async.stats.stream import StatsStream

MEGABYTE = 1_000_000
ALLOWED_BYTES = 200 * MEGABYTE
RECORDS = "RECORD lines"


def judge(title: str, peak: int, largest: int) -> None:
    """Print a peak beside its bound."""
    bound = ALLOWED_BYTES + 2 * largest
    print(f"{title}: peak {peak / MEGABYTE:.0f} MB of {bound / MEGABYTE:.0f} MB; {verdict(peak / bound, 1.0)}")


# --- files ------------------------------------------------------------------------------------------------------


def flatten(size: Size, form: str) -> None:
    """Make a file of a size, then write its records to stdout or into batch files; what a child process does."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as directory:
        batches = {"encoding": {"format": form}, "storage": {"root": str(Path(directory) / "batches")}}
        settings = {} if form == RECORDS else {"batch_config": batches}
        packed = sys.stdin.buffer.read()
        stream_run(material_for(size, Path(directory), packed=packed, settings=settings), StatsStream)


def file_of(size: Size) -> bytes:
    """Return a packed result file of a size."""
    with tempfile.TemporaryDirectory() as directory:
        return material_for(size, Path(directory)).file.path.read_bytes()


def files(sizes: list[Size]) -> None:
    """Measure the flattening of larger and larger files, in every form of output."""
    for size in sizes:
        packed = file_of(size)
        unpacked = len(gzip.decompress(packed))
        shape = f"{size.entities} entities x {size.segments} segments x {size.days} days"
        for form in (RECORDS, "jsonl", "parquet"):
            arguments = [sys.executable, __file__, "--form", form, "--flatten", *map(str, size)]
            with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
                assert child.stdin is not None
                child.stdin.write(packed)
                child.stdin.close()
                peak = watch_peak(child)
            judge(f"File of {unpacked / MEGABYTE:.0f} MB ({shape}) as {form}", peak, unpacked)


# --- jobs and targets -------------------------------------------------------------------------------------------


def jobs(days: int) -> None:
    """Measure the tap with a number of jobs, and with a target that reads nothing until all of them could be done."""
    options: dict[str, t.Any] = {**SMALL_TREE, "accounts": 1, "days": days, "max_jobs": 100, "job_latency": 0.2}
    settings: dict[str, t.Any] = {"metric_groups": GROUPS, "placements": ["ALL_ON_TWITTER"], "window_days": 1}
    with world(**options) as place:
        free = place.run(["campaign_stats"], **settings)
        count = len(place.creations())
        judge(f"{count} jobs, {free.records} records", free.peak_bytes, 0)
        place.sim.journal.clear()
        blocked = place.run(["campaign_stats"], pause=free.seconds, **settings)
        judge(f"{count} jobs, target reads nothing for {free.seconds:.0f} s", blocked.peak_bytes, 0)
        assert blocked.records == free.records, "a blocked target changed the output"


def main() -> None:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--segments", type=int, default=210)
    parser.add_argument("--files", type=int, default=3, help="how many of the three shapes of files")
    parser.add_argument("--jobs", type=int, nargs="+", default=[50, 500])
    parser.add_argument("--flatten", type=int, nargs=4, metavar="N", help=argparse.SUPPRESS)
    parser.add_argument("--form", default=RECORDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.flatten:
        flatten(Size(*options.flatten), options.form)
        return
    print(machine())
    segments = options.segments
    sizes = [Size(20, segments, 30, 24), Size(20, 4 * segments, 30, 24), Size(1, 60 * segments, 30, 24)]
    files(sizes[: options.files])
    for days in options.jobs:
        jobs(days)


if __name__ == "__main__":
    main()
