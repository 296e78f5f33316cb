"""The state handed to the tap: taken out of what it may be wrapped in, and looked at before anything is done."""

from __future__ import annotations

import typing as t
from collections import Counter

from tap_twitter_ads_async.errors import StateError

Json = dict[str, t.Any]

BOOKMARKS = "bookmarks"
WRAPPINGS = ("singer_state", "value")
"""Where a state lies in what `meltano state get` prints, and in a STATE message."""
_HARMLESS = frozenset({"currently_syncing"})
"""What other taps write beside, or before there are, bookmarks."""
_FIELDS = frozenset(
    {
        "partitions",
        "replication_key",
        "replication_key_signpost",
        "replication_key_value",
        "starting_replication_value",
        "progress_markers",
    }
)
"""What the SDK and this tap write for a stream."""


def unwrapped(document: object) -> Json:
    """Return the state that a document holds: a state, a STATE message, or Meltano's form.

    Raises:
        StateError: It holds none.
    """
    found = _mapping(document)
    while BOOKMARKS not in found:
        kind = found.get("type", "STATE")
        if kind != "STATE":
            raise StateError(f"The state is a {kind} message. Pass a STATE message, or the value of one")
        wrapping = next((name for name in WRAPPINGS if name in found), None)
        if wrapping is None:
            break
        found = _mapping(found[wrapping])
    strangers = sorted(set(found) - _HARMLESS)
    if BOOKMARKS not in found and strangers:
        raise StateError(
            f"The state has no 'bookmarks', but {', '.join(strangers[:5])}: it is not the state of a Singer tap. Pass "
            "what a target wrote, or no state to extract everything"
        )
    return found


def _mapping(document: object) -> Json:
    if not isinstance(document, dict):
        raise StateError(f"The state is {type(document).__name__}, not a JSON object. Pass what a target wrote")
    return document


def check_shape(state: Json) -> None:
    """Look at the outer shape of a state.

    Raises:
        StateError: It is not `{"bookmarks": {stream: {...}}}`; the message says where it deviates.
    """
    bookmarks = state.get(BOOKMARKS, {})
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
        _check_contexts(stream, [p["context"] for p in partitions])


def _check_contexts(stream: str, contexts: list[Json]) -> None:
    for context in contexts:
        if set(context) != {"account_id"} or not isinstance(context["account_id"], str):
            raise StateError(
                f"The state has a partition of stream {stream!r} whose 'context' is {context!r}, not one account: "
                '{"account_id": "…"}. Correct or remove it'
            )
    twice = [name for name, times in Counter(c["account_id"] for c in contexts).items() if times > 1]
    if twice:
        raise StateError(
            f"The state has several partitions of stream {stream!r}, account {', '.join(twice)}. Keep the one to go "
            "on from, and remove the others"
        )


def check_bookmark_is_of_an_account(stream: str, state: t.Mapping[str, t.Any]) -> None:
    """Look for a bookmark outside the partitions of a stream that is extracted account by account.

    It would not be read; going on as if there were none would be a full extraction that nobody asked for.

    Raises:
        StateError: There is one.
    """
    fields = state.get(BOOKMARKS, {}).get(stream, {})
    strangers = sorted(set(fields) - _FIELDS)
    if strangers and len(strangers) == len(fields):
        raise StateError(
            f"The state's bookmark of stream {stream!r} has no 'partitions', but {', '.join(strangers[:5])}: it "
            "belongs to another tap. Start without this state to extract everything"
        )
    value = fields.get("replication_key_value")
    if value is not None:
        raise StateError(
            f"The state's bookmark {value!r} of stream {stream!r} belongs to no account. Move it into 'partitions', "
            "with a 'context' with the account_id, or remove it to extract the stream from the start date on"
        )
