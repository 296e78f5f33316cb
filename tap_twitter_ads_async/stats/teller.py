"""Gathers a run's figures and logs the progress line; on the main thread."""

from __future__ import annotations

import contextlib
import logging
import typing as t

from tap_twitter_ads_async.progress import Progress, Standing

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_twitter_ads_async.run import Run
    from tap_twitter_ads_async.stats.engine import Engine
    from tap_twitter_ads_async.stats.tasks import WindowRun

logger = logging.getLogger("tap-twitter-ads-async")


class Teller:
    """Tells a person how far a run is.

    Args:
        run: What the run shares.
        engine: The jobs.
        stats: Names of the streams whose work is jobs.
    """

    def __init__(self, run: Run, engine: Engine, stats: Collection[str]) -> None:
        self._run = run
        self._engine = engine
        self._stats = frozenset(stats)
        self._progress = Progress(run.clock.monotonic())
        self._jobs_written, self._writing_seconds = 0, 0.0

    @contextlib.contextmanager
    def writing(self, run: WindowRun) -> Iterator[None]:
        """Measure how long the records of a window's jobs take on their way out."""
        jobs, began = len(run.all_files()), self._run.clock.monotonic()
        yield
        self._jobs_written += jobs
        self._writing_seconds += self._run.clock.monotonic() - began

    def tell(self) -> None:
        """Log a line if it is time for one and anything has changed."""
        now = self._run.clock.monotonic()
        if self._progress.due(now):
            line = self._progress.line(self._standing(), now)
            if line is not None:
                logger.info("%s", line)

    def _standing(self) -> Standing:
        tally = self._run.tally
        return Standing(
            accounts=len(self._run.accounts),
            streams=len(tally.streams),
            streams_done=tally.done,
            current=tally.current,
            current_records=tally.of(tally.current).records if tally.current else 0,
            records=tally.records,
            lanes=self._engine.work(),
            jobs_written=self._jobs_written,
            writing_seconds=self._writing_seconds,
            uncertain=any(not stream.done for name, stream in tally.streams.items() if name not in self._stats),
        )
