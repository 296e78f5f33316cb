"""What a person reads at the beginning and at the end of a run. Pure."""

from __future__ import annotations

import typing as t
from collections import Counter

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tap_twitter_ads_async.run.context import Failure
    from tap_twitter_ads_async.run.stats import StreamStats

NAMES_SHOWN = 12

Json = dict[str, t.Any]


def opening(account_ids: Sequence[str], streams: Sequence[str], start: str, end: str | None) -> str:
    """Say what a run is going to extract.

    Args:
        account_ids: Accounts to extract.
        streams: Names of the selected streams.
        start: First day, inclusive, as the settings give it.
        end: End, exclusive, likewise; None for up to now.
    """
    until = f" up to {end} (exclusive)" if end else ""
    return (
        f"Extracting {counted(len(account_ids), 'account')} ({listed(account_ids)}) and "
        f"{counted(len(streams), 'stream')} ({listed(streams)}) from {start} on{until}"
    )


def resumption(state: Json, streams: Collection[str], account_ids: Sequence[str] | None = None) -> str:
    """Say what a run finds in the state that it was given, and what it costs to have none.

    Args:
        state: The state.
        streams: Names of the streams to extract.
        account_ids: The accounts to which the settings narrow the run, None for all.
    """
    bookmarks: Json = state.get("bookmarks") or {}
    found = [(name, entry) for name, entries in _entries(bookmarks).items() if name in streams for entry in entries]
    resumed = {name for name, entry in found if entry.get("replication_key_value")}
    jobs = sum(len(entry.get("jobs") or ()) for _, entry in found)
    if not resumed and not jobs:
        return "No bookmark yet: everything is extracted" + (_price_of_narrowing(account_ids) if account_ids else "")
    oldest = min((str(v), name) for name, e in found if (v := e.get("replication_key_value"))) if resumed else None
    parts = [f"{len(resumed)} of {counted(len(streams), 'stream')} have a bookmark"]
    parts += [f"the oldest is {oldest[0]} of {oldest[1]}"] if oldest else []
    parts += [f"{counted(jobs, 'job')} of the last run may still be collected"] if jobs else []
    return "Going on from the state: " + "; ".join(parts)


def _price_of_narrowing(account_ids: Sequence[str]) -> str:
    return (
        f". The state of this run will hold {counted(len(account_ids), 'account')} only ({listed(account_ids)}): where "
        "it takes the place of a state of more accounts, as after a full refresh, the others start over as well"
    )


def _entries(bookmarks: Json) -> dict[str, list[Json]]:
    """Return the places of each stream that may hold a bookmark: its own and its partitions."""
    return {name: [fields, *(fields.get("partitions") or [])] for name, fields in bookmarks.items()}


def accounts_of(state: Json, streams: Collection[str]) -> list[str]:
    """Return the ids of the accounts of which a state holds progress.

    Args:
        state: The state.
        streams: Names of the streams whose progress counts.
    """
    bookmarks: Json = state.get("bookmarks") or {}
    parts = [part for name, fields in bookmarks.items() if name in streams for part in fields.get("partitions") or ()]
    contexts = [part.get("context") or {} for part in parts]
    return sorted({str(context["account_id"]) for context in contexts if context.get("account_id")})


def table(streams: Mapping[str, StreamStats], failures: Iterable[Failure], accounts: int) -> list[str]:
    """Return a row per stream and one for all: aligned for reading, labelled for searching.

    Args:
        streams: Counters by stream, in order.
        failures: What stays open.
        accounts: Number of accounts of the run.
    """
    failed = Counter(failure.stream for failure in failures)
    names = [f"Stream {name}:" for name in streams]
    rows = [(s.accounts, s.jobs, s.records, s.seconds, failed[name]) for name, s in streams.items()]
    if rows:
        names.append(f"All {counted(len(rows), 'stream')}:")
        jobs, records, seconds = (sum(row[i] for row in rows) for i in (1, 2, 3))
        rows.append((accounts, int(jobs), int(records), seconds, sum(failed.values())))
    cells = [
        (name, f"accounts {a},", f"jobs {j},", f"records {r},", f"{s:.1f} seconds" + (f", failed {f}" if f else ""))
        for name, (a, j, r, s, f) in zip(names, rows, strict=True)
    ]
    widths = [max((len(row[i]) for row in cells), default=0) for i in range(4)]
    return [" ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[4]]) for row in cells]


def listed(names: Sequence[str]) -> str:
    """Return names in a row, with a number in place of too many."""
    shown = ", ".join(names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} and {len(names) - NAMES_SHOWN} more"


def counted(number: int, thing: str) -> str:
    """Return a number of things."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
