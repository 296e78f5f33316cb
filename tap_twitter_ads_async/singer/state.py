"""The tap's Singer state as the streams' bookkeeping sees it."""

from __future__ import annotations

import copy
import typing as t

from singer_sdk.helpers._state import get_writeable_state_dict
from singer_sdk.singerlib.encoding.simple import StateMessage

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.helpers.types import TapState as SdkState

    from tap_twitter_ads_async.singer.output import LineWriter

Json = dict[str, t.Any]
FIELDS = ("version", "replication_key", "replication_key_value", "covers", "progress", "served", "jobs")
"""What of a partition is ours; `context` is the SDK's."""
PROGRESS, TICKETS = "progress", "jobs"


class TapState:
    """Partitions of the live state, and STATE lines.

    While rows of a partition wait in an open batch file, its live state runs ahead of what a target has got. STATE
    lines then hold the partition as it was before those rows, with the tickets of the jobs created since.

    Args:
        state: The tap's state, shared with the SDK.
        writer: The tap's message writer; its lock guards every change, so that a STATE line written at a bad moment
            is whole.

    Attributes:
        on_wait: Called while a stream waits for the API.
    """

    def __init__(self, state: SdkState, writer: LineWriter) -> None:
        self._state = t.cast("Json", state)
        self._writer = writer
        self._partitions: dict[tuple[str, str], Json] = {}
        self._held: dict[tuple[str, str | None], Json] = {}
        self.on_wait: Callable[[], None] | None = None

    def partition(self, stream: str, account_id: str) -> Json:
        """Return the live partition of a stream and account, made if need be."""
        key = (stream, account_id)
        if key not in self._partitions:  # the SDK looks a partition up by walking the list
            context = {"account_id": account_id}
            with self._writer.lock:
                self._partitions[key] = get_writeable_state_dict(t.cast("SdkState", self._state), stream, context)
        return self._partitions[key]

    def change(self, partition: Json, fields: Json) -> None:
        """Replace the session's fields of a partition."""
        with self._writer.lock:
            for name in FIELDS:
                partition.pop(name, None)
            partition.update(fields)

    def hold(self, stream: str, account_id: str | None) -> None:
        """Keep a partition as it is now for STATE lines: its rows that come next wait in a batch file.

        Args:
            stream: Name of the stream.
            account_id: Account of the partition; None for a stream that has none.
        """
        key = (stream, account_id)
        if key not in self._held:
            with self._writer.lock:
                self._held[key] = copy.deepcopy(_find(self._state, stream, account_id) or {})

    def release(self) -> None:
        """Let the live state go out again: all rows are in files that BATCH messages have named."""
        with self._writer.lock:
            self._held.clear()

    def write(self) -> None:
        """Write a STATE line, unless rows wait; it then follows their BATCH message."""
        if not self._held:
            self.write_now()

    def write_now(self) -> None:
        """Write a STATE line, of what a target has got."""
        with self._writer.lock:
            self._writer.write_message(StateMessage(value=self._covered() if self._held else self._state))

    def waiting(self) -> None:
        """Note that the run waits for the API."""
        if self.on_wait is not None:
            self.on_wait()

    def _covered(self) -> Json:
        """Return the state without what waiting rows brought about."""
        covered = copy.deepcopy(self._state)
        for (stream, account_id), held in self._held.items():
            partition = _find(covered, stream, account_id)
            if partition is None:
                continue
            context, jobs = partition.get("context"), partition.get(TICKETS)
            partition.clear()
            partition.update(({"context": context} if context else {}) | held)
            if jobs and PROGRESS in held:  # a job that is forgotten would be paid for twice
                partition[TICKETS] = held.get(TICKETS, {}) | jobs
        return covered


def _find(state: Json, stream: str, account_id: str | None) -> Json | None:
    """Return a partition, or the entry of a stream without partitions, if it is there."""
    entry: Json | None = state.get("bookmarks", {}).get(stream)
    if entry is None or account_id is None:
        return entry
    partitions = entry.get("partitions", [])
    return next((p for p in partitions if p.get("context") == {"account_id": account_id}), None)
