"""`account_history`: who changed an object when, and what it was then. A beta that only admitted apps can use."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.simulator.calls import Answer, Call
from tap_twitter_ads_async.simulator.clock import epoch, iso, parse_utc
from tap_twitter_ads_async.simulator.errors import bad_window, missing, record_not_found, refuse
from tap_twitter_ads_async.simulator.hashing import pick, salt
from tap_twitter_ads_async.simulator.objects import paged
from tap_twitter_ads_async.simulator.stats_request import whole_hours

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.objects import ObjectStore, Record
    from tap_twitter_ads_async.simulator.options import SimulatorOptions
    from tap_twitter_ads_async.simulator.params import Params

COLLECTIONS = {
    "CAMPAIGN": "campaigns",
    "LINE_ITEM": "line_items",
    "PROMOTED_TWEET": "promoted_tweets",
    "PROMOTED_ACCOUNT": "promoted_accounts",
    "TARGETING_CRITERIA": "targeting_criteria",
}
"""Collection of each entity type that has a history."""
_PLATFORMS = ("API_OTHER", "ADS_MANAGER")
_MAX_CHANGES = 4


class HistoryLog:
    """Every object's changes: those that the world began with, and those made since."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._logs: dict[tuple[str, str, str], list[Record]] = {}

    def of(self, account: Account, kind: str, key: str) -> list[Record] | None:
        """Return an object's changes, oldest first, None where there is no such object.

        Args:
            account: Its account.
            kind: Entity type, such as `CAMPAIGN`.
            key: Its id.
        """
        name = (account.id, kind, key)
        if name not in self._logs:
            record = self._store.records(account, COLLECTIONS[kind]).get(key)
            if record is None:
                return None
            self._logs[name] = _past(account, kind, key, record)
        return self._logs[name]

    def note(self, account: Account, collection: str, key: str, changes: Record, at: int) -> None:
        """Note a change that is about to be made to an object.

        Args:
            account: Its account.
            collection: Where it is listed; collections without a history are passed over.
            key: Its id.
            changes: Its fields with their new values.
            at: When (epoch seconds).
        """
        kind = next((kind for kind, path in COLLECTIONS.items() if path == collection), None)
        if kind is None:
            return
        log = self.of(account, kind, key)
        known = self._store.records(account, collection).get(key, {})
        data = {**known, **changes}
        if log is None:
            self._logs[account.id, kind, key] = [_change(account, kind, key, "CREATE", at, {}, data)]
            return
        told = {name: [known.get(name), value] for name, value in changes.items() if name != "updated_at"}
        word = "DELETE" if changes.get("deleted") else "UPDATE"
        log.append(_change(account, kind, key, word, at, told, data))


class HistoryApi:
    """Handler of the endpoint."""

    def __init__(self, options: SimulatorOptions, log: HistoryLog) -> None:
        self._options = options
        self._log = log

    def list(self, call: Call, params: Params) -> Answer:
        """`GET accounts/:account_id/account_history`."""
        account = call.account
        if account is None:
            raise missing("account_id")
        if not self._options.account_history:
            message = "The client application making this request does not have access to this endpoint"
            raise refuse(403, "UNAUTHORIZED_CLIENT_APPLICATION", message, violation=False)
        kind, key = params.required("entity_type"), params.required("entity_id")
        params.choice("entity_type", COLLECTIONS)
        start, end = params.time("start_time", account), params.time("end_time", account)
        for moment in (start, end):
            whole_hours(moment, account)
        if end <= start:
            raise bad_window("The end_time must be after the start_time")
        log = self._log.of(account, kind, key)
        if log is None:
            raise record_not_found(kind, key)
        user = params.text("user_id")
        found = [row for row in log if start <= row["_at"] < end and user in {None, row["change_by"]["user_id"]}]
        page, following = paged(call, params, found)
        # The echo says `entity` where the parameter is `entity_type`.
        echo = {
            "account_id": account.id,
            "entity": kind,
            "entity_id": key,
            "start_time": iso(start),
            "end_time": iso(end),
        }
        data = [{name: value for name, value in row.items() if name != "_at"} for row in page]
        return Answer(200, {"request": {"params": echo}, "next_cursor": following, "data": data})


def _past(account: Account, kind: str, key: str, record: Record) -> list[Record]:
    """Make up how an object became what it is: created, renamed some times, at last deleted if it is."""
    created = epoch(parse_utc(record["created_at"]))
    updated = epoch(parse_utc(record["updated_at"]))
    first = {**record, "updated_at": record["created_at"], "deleted": False}
    log = [_change(account, kind, key, "CREATE", created, {}, first)]
    if updated > created:
        count = 1 + salt("changes", kind, key) % _MAX_CHANGES
        for number in range(1, count + 1):
            # Every other pair of changes falls into one second, as where one click changes two things.
            at = updated if number >= count - 1 else created + (updated - created) * number // count
            last = number == count
            word = "DELETE" if last and record.get("deleted") else "UPDATE"
            data = {**record, "updated_at": iso(at), "deleted": bool(last and record.get("deleted"))}
            log.append(_change(account, kind, key, word, at, {"revision": [number - 1, number]}, data))
    return log


def _change(  # noqa: PLR0913, PLR0917 - one parameter per part of a change
    account: Account, kind: str, key: str, word: str, at: int, changes: Record, data: Record
) -> Record:
    return {
        "_at": at,
        "change_by": {"user_id": account.user_id, "platform": pick(_PLATFORMS, key, at)},
        "changes": changes,
        "change_time": iso(at),
        "entity_id": key,
        "entity": kind,
        "entity_data": {name: value for name, value in data.items() if name != "id" and not name.startswith("_")},
        "change_type": word,
    }
