"""What a run has done so far, stream by stream; written by the main thread only, but for what its record counts."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass

from tap_twitter_ads_async.run.record import RunRecord

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_twitter_ads_async.clock import Clock


@dataclass(slots=True)
class StreamStats:
    """What one stream did in this run.

    Attributes:
        accounts: Ads accounts extracted.
        jobs: Jobs created.
        records: Records handed to the output.
        seconds: How long it was the stream being written.
        done: Whether its records are all out.
    """

    accounts: int = 0
    jobs: int = 0
    records: int = 0
    seconds: float = 0.0
    done: bool = False


class RunStats:
    """The streams of one run, in the order in which they are extracted.

    Attributes:
        streams: By name.
        current: The stream being written, empty between two of them.
        record: Requests, waits and jobs.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.streams: dict[str, StreamStats] = {}
        self.current = ""
        self.record = RunRecord()

    def expect(self, names: Iterable[str]) -> None:
        """Name the streams that are going to be extracted, so that the summary includes those without records."""
        for name in names:
            self.of(name)

    def of(self, name: str) -> StreamStats:
        """Return a stream's part."""
        return self.streams.setdefault(name, StreamStats())

    @property
    def records(self) -> int:
        """Records of all streams."""
        return sum(stream.records for stream in self.streams.values())

    @property
    def done(self) -> int:
        """How many streams are finished."""
        return sum(stream.done for stream in self.streams.values())

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[None]:
        """Note that a stream is being written, and for how long."""
        stream, began = self.of(name), self._clock.monotonic()
        self.current, stream.done = name, False
        try:
            yield
            stream.done = True
        finally:
            self.current = ""
            stream.seconds += self._clock.monotonic() - began
