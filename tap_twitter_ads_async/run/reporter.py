"""Gathers a run's figures and logs the progress line; on the main thread."""

from __future__ import annotations

import contextlib
import logging
import typing as t

from tap_twitter_ads_async.run.progress_line import ProgressLine, Snapshot

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tap_twitter_ads_async.run.context import RunContext
    from tap_twitter_ads_async.run.progress_line import AccountWork

logger = logging.getLogger("tap-twitter-ads-async")


class Reporter:
    """Tells a person how far a run is.

    Args:
        run: What the run shares.
        work: Returns the jobs left and done, by account.
        stats: Names of the streams whose work is jobs.
    """

    def __init__(self, run: RunContext, work: Callable[[], tuple[AccountWork, ...]], stats: Collection[str]) -> None:
        self._run = run
        self._work = work
        self._stats = frozenset(stats)
        self._progress = ProgressLine(run.clock.monotonic())
        self._jobs_written, self._writing_seconds = 0, 0.0

    @contextlib.contextmanager
    def writing(self, jobs: int) -> Iterator[None]:
        """Measure how long the records of so many jobs take on their way out."""
        began = self._run.clock.monotonic()
        yield
        self._jobs_written += jobs
        self._writing_seconds += self._run.clock.monotonic() - began

    def tell(self) -> None:
        """Log a line if it is time for one and anything has changed."""
        now = self._run.clock.monotonic()
        if self._progress.due(now):
            line = self._progress.line(self._snapshot(), now)
            if line is not None:
                logger.info("%s", line)

    def _snapshot(self) -> Snapshot:
        stats = self._run.stats
        return Snapshot(
            accounts=self._run.accounts_read,
            streams=len(stats.streams),
            streams_done=stats.done,
            current=stats.current,
            current_records=stats.of(stats.current).records if stats.current else 0,
            records=stats.records,
            work=self._work(),
            jobs_written=self._jobs_written,
            writing_seconds=self._writing_seconds,
            uncertain=any(not stream.done for name, stream in stats.streams.items() if name not in self._stats),
        )
