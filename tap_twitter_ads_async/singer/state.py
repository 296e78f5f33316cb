"""The tap's Singer state as the streams' bookkeeping sees it."""

from __future__ import annotations

import typing as t

from singer_sdk.helpers._state import get_writeable_state_dict
from singer_sdk.singerlib.encoding.simple import StateMessage

from tap_twitter_ads_async.errors import StateError

if t.TYPE_CHECKING:
    from singer_sdk.helpers.types import TapState as SdkState

    from tap_twitter_ads_async.singer.output import LineWriter

Json = dict[str, t.Any]
FIELDS = ("version", "replication_key", "replication_key_value", "covers", "progress", "jobs")
"""What of a partition is ours; `context` is the SDK's."""


class TapState:
    """Partitions of the live state, and STATE lines.

    Args:
        state: The tap's state, shared with the SDK.
        writer: The tap's message writer; its lock guards every change, so that a STATE line written at a bad moment
            is whole.
        batched: Whether records go to batch files, whose STATE lines the SDK times.
    """

    def __init__(self, state: SdkState, writer: LineWriter, *, batched: bool) -> None:
        self._state = state
        self._writer = writer
        self._batched = batched
        self._partitions: dict[tuple[str, str], Json] = {}

    def partition(self, stream: str, account_id: str) -> Json:
        """Return the live partition of a stream and account, made if need be."""
        key = (stream, account_id)
        if key not in self._partitions:  # the SDK looks a partition up by walking the list
            context = {"account_id": account_id}
            with self._writer.lock:
                self._partitions[key] = get_writeable_state_dict(self._state, stream, context)
        return self._partitions[key]

    def change(self, partition: Json, fields: Json) -> None:
        """Replace the session's fields of a partition."""
        with self._writer.lock:
            for name in FIELDS:
                partition.pop(name, None)
            partition.update(fields)

    def write(self) -> None:
        """Write a STATE line, unless records go to batch files."""
        if not self._batched:
            self.write_now()

    def write_now(self) -> None:
        """Write a STATE line."""
        with self._writer.lock:
            self._writer.write_message(StateMessage(value=self._state))


def check_shape(state: object) -> None:
    """Look at the outer shape of a state handed to the tap.

    Raises:
        StateError: It is not `{"bookmarks": {stream: {...}}}`; the message says where it deviates.
    """
    if not isinstance(state, dict):
        raise StateError(f"The state is {type(state).__name__}, not a JSON object. Pass what a target wrote")
    bookmarks = state.get("bookmarks", {})
    if not isinstance(bookmarks, dict):
        raise StateError("The state's 'bookmarks' is not an object. Correct it, or start without a state")
    for stream, fields in bookmarks.items():
        if not isinstance(fields, dict):
            raise StateError(
                f"The state's bookmark of stream {stream!r} is {fields!r}, not an object. Remove it to extract the "
                "stream from the start date on"
            )
        partitions = fields.get("partitions", [])
        if not isinstance(partitions, list) or not all(
            isinstance(p, dict) and isinstance(p.get("context"), dict) for p in partitions
        ):
            raise StateError(
                f"The state's 'partitions' of stream {stream!r} is not a list of objects with a 'context' each. "
                "Correct or remove it"
            )
