"""One engine for every endpoint that lists records: filters, sorting, paging, deleted and draft records."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b

from tap_twitter_ads_async.simulator.calls import Answer, Call
from tap_twitter_ads_async.simulator.errors import invalid, record_not_found

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_twitter_ads_async.simulator.clock import SimClock
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.params import Params
    from tap_twitter_ads_async.simulator.world import World

Record = dict[str, t.Any]
STANDARD_SORT = ("created_at", "updated_at", "deleted")


class Filter(t.NamedTuple):
    """How a parameter narrows a list: `ids` (comma list), `one` (equal), `prefix`, `term` (contained)."""

    field: str
    kind: str = "ids"
    required: bool = False
    maximum: int = 200


class Scope(t.NamedTuple):
    """Where a list is asked for."""

    account: Account | None
    store: ObjectStore
    now: int


@dataclass(frozen=True)
class Collection:
    """One endpoint: where it is, what it lists, and what may be asked of it."""

    path: str
    """Below `accounts/:account_id/` or, when global, below the version; `:id` stands for a parent's id."""
    build: Callable[[World, Account | None], list[Record]]
    """Makes the records; fields that begin with an underscore are for filters and are never sent."""
    is_global: bool = False
    key: str = "id"
    counts: tuple[int, int] | None = (1000, 200)
    """Greatest and usual `count`; None for lists that do not page."""
    cursor: bool = True
    sort: tuple[str, ...] = STANDARD_SORT
    deleted: bool = True
    """Whether `with_deleted` exists; without it, deleted records are listed as they are."""
    draft: bool = False
    total: bool = True
    always_total: bool = False
    filters: Mapping[str, Filter] = field(default_factory=dict)
    parent: tuple[str, str] | None = None
    """Collection and field of the parent: a deleted parent hides its children unless `with_deleted`."""
    within: str | None = None
    """Field that must equal the parent's id in the path."""
    single: str | None = None
    """Word of the 404 of `<path>/:id`; None when there is no such route."""
    listed: bool = True
    """Whether the list itself can be asked for."""
    lone: bool = False
    """Whether `data` is one object instead of a list."""
    values: str | None = None
    """The one field that stands for the whole record in the list."""
    data_type: str | None = None
    shape: Callable[[Record, Params], Record] | None = None
    """Last change to a listed record before it is sent, as by `trim_user`."""
    keep: Callable[[Scope, Params], Callable[[Record], bool]] | None = None
    """The endpoint's own way to choose records."""
    check: Callable[[Scope, Params], None] | None = None
    """Further rules of the endpoint."""


class ObjectStore:
    """Records by account and collection; built when first asked for, then changeable."""

    def __init__(self, world: World, collections: Mapping[str, Collection]) -> None:
        self._world = world
        self._collections = collections
        self._records: dict[tuple[str, str], dict[str, Record]] = {}

    def records(self, account: Account | None, path: str) -> dict[str, Record]:
        """Return the records of a collection, by key."""
        scope = (account.id if account else "", path)
        if scope not in self._records:
            collection = self._collections[path]
            rows = collection.build(self._world, account)
            self._records[scope] = {str(row[collection.key]): row for row in rows}
        return self._records[scope]

    def change(self, account: Account | None, path: str, key: str, changes: Record) -> Record:
        """Change a record's fields, or add a record under a new key.

        Args:
            account: Ads account, None for records of no account.
            path: Collection.
            key: Key of the record.
            changes: Fields to set.
        """
        record = self.records(account, path).setdefault(key, {self._collections[path].key: key})
        record.update(changes)
        return record

    def hidden(self, account: Account | None, collection: Collection, record: Record) -> bool:
        """Tell whether a record, or one above it, is deleted.

        Args:
            account: Ads account, None for records of no account.
            collection: Collection of the record.
            record: The record.
        """
        if record.get("deleted"):
            return True
        if collection.parent is None:
            return False
        path, name = collection.parent
        parent = self.records(account, path).get(str(record.get(name)))
        return parent is not None and self.hidden(account, self._collections[path], parent)


class Lister:
    """Answers list and single-record requests for any collection."""

    def __init__(self, store: ObjectStore, clock: SimClock) -> None:
        self._store = store
        self._clock = clock

    def list(self, collection: Collection, call: Call, params: Params) -> Answer:
        """Answer `GET <path>`.

        Args:
            collection: Collection to list.
            call: Request.
            params: Its parameters, checked as they are read.
        """
        if collection.cursor:
            params.exclusive("cursor", "with_total_count")
        if collection.check is not None:
            collection.check(self._scope(call), params)
        records = _sorted(collection, params, list(self._visible(collection, call, params)))
        body: dict[str, t.Any] = {"request": {"params": {}}}
        if collection.data_type:
            body["data_type"] = collection.data_type
        if collection.always_total or (collection.total and params.flag("with_total_count")):
            body["total_count"] = len(records)
        if collection.counts is not None:
            records, following = paged(call, params, records, collection.counts, cursor=collection.cursor)
            if collection.cursor:
                body["next_cursor"] = following
        shaped = [_sent(collection.shape(row, params) if collection.shape else row) for row in records]
        body["data"] = [row[collection.values] for row in shaped] if collection.values else shaped
        if collection.lone:
            body["data"] = shaped[0]
        body["request"]["params"] = _echo(collection, call, params)
        return Answer(200, body)

    def one(self, collection: Collection, call: Call, params: Params) -> Answer:
        """Answer `GET <path>/:id`.

        Args:
            collection: Collection to read from.
            call: Request.
            params: Its parameters, checked as they are read.
        """
        key = call.segments[-1]
        record = self._store.records(call.account, collection.path).get(key)
        with_deleted = collection.deleted and params.flag("with_deleted")
        if record is None or (collection.deleted and record.get("deleted") and not with_deleted):
            raise record_not_found(collection.single or "RECORD", key)
        echo = _echo(collection, call, params) | {"id": key}
        return Answer(200, {"data": _sent(record), "request": {"params": echo}})

    def _scope(self, call: Call) -> Scope:
        return Scope(call.account, self._store, self._clock.seconds())

    def _visible(self, collection: Collection, call: Call, params: Params) -> Iterator[Record]:
        tests = [test for name, rule in collection.filters.items() if (test := _test(params, name, rule))]
        if collection.keep is not None:
            tests.append(collection.keep(self._scope(call), params))
        if collection.within:
            tests.append(partial(_belongs, collection.within, call.segments[-2]))
        if not (params.flag("with_draft") or not collection.draft):
            tests.append(lambda record: record.get("entity_status") != "DRAFT")
        with_deleted = params.flag("with_deleted") or not collection.deleted
        for record in self._store.records(call.account, collection.path).values():
            if all(test(record) for test in tests) and (
                with_deleted or not self._store.hidden(call.account, collection, record)
            ):
                yield record


def _belongs(name: str, parent_id: str, record: Record) -> bool:
    return bool(record[name] == parent_id)


def _sent(record: Record) -> Record:
    return {name: value for name, value in record.items() if not name.startswith("_")}


def _test(params: Params, name: str, rule: Filter) -> Callable[[Record], bool] | None:
    text = params.required(name) if rule.required else params.text(name)
    if text is None:
        return None
    if rule.kind == "ids":
        wanted = set(params.words(name, rule.maximum))
        return lambda record: not wanted.isdisjoint(_values(record, rule.field))
    if rule.kind == "one":
        return lambda record: str(record.get(rule.field)) == text
    if len(text) > rule.maximum:
        raise invalid(name, f"{name} may have {rule.maximum} characters at most", text)
    lower = text.lower()
    if rule.kind == "prefix":
        return lambda record: str(record.get(rule.field) or "").lower().startswith(lower)
    return lambda record: lower in str(record.get(rule.field) or "").lower()


def _values(record: Record, name: str) -> list[str]:
    value = record.get(name)
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _sorted(collection: Collection, params: Params, records: list[Record]) -> list[Record]:
    # Python's sort is stable: the last criterion is applied first.
    for word in reversed(params.words("sort_by") if collection.sort else []):
        name, _, direction = word.rpartition("-")
        if name not in collection.sort or direction not in {"asc", "desc"}:
            raise invalid("sort_by", f'Expected a sortable field with -asc or -desc, got "{word}" for sort_by', word)
        records = sorted(records, key=lambda record: _rank(record.get(name)), reverse=direction == "desc")
    return records


def _rank(value: object) -> tuple[int, float, str]:
    if isinstance(value, (bool, int, float)):
        return (1, float(value), "")
    return (0, 0.0, "") if value is None else (1, 0.0, str(value))


def paged(
    call: Call, params: Params, records: list[Record], counts: tuple[int, int] = (1000, 200), *, cursor: bool = True
) -> tuple[list[Record], str | None]:
    """Return one page of a list, and the cursor of the next.

    Args:
        call: The request, of whose list the cursor is.
        params: `count` and `cursor`.
        records: The whole list.
        counts: Greatest and usual `count`.
        cursor: Whether the endpoint takes one.
    """
    most, usual = counts
    count = params.number("count", usual, 1, most)
    digest = _digest(call, params)
    offset = _offset(params.text("cursor") if cursor else None, digest)
    following = offset + count
    page = records[offset:following]
    return page, f"{digest}{following:x}" if following < len(records) else None


def _digest(call: Call, params: Params) -> str:
    """Return a mark of the question: a cursor continues the very list that it came from."""
    parts = sorted((k, v) for k, v in call.query.items() if k not in {"cursor", "count"} and params.text(k))
    return blake2b(repr((call.segments, parts)).encode(), digest_size=5).hexdigest()


def _offset(cursor: str | None, digest: str) -> int:
    if cursor is None:
        return 0
    try:
        if cursor.startswith(digest):
            return int(cursor.removeprefix(digest), 16)
    except ValueError:
        pass
    raise invalid("cursor", f'Expected a cursor of this list, got "{cursor}" for cursor', cursor)


def _echo(collection: Collection, call: Call, params: Params) -> dict[str, t.Any]:
    echo: dict[str, t.Any] = {"account_id": call.account.id} if call.account else {}
    for name, rule in collection.filters.items():
        if params.text(name):
            echo[name] = params.words(name, rule.maximum) if rule.kind == "ids" else params.text(name)
    for name in ("count", "cursor", "sort_by", "with_deleted", "with_draft", "with_total_count"):
        text = params.text(name)
        if text is not None:
            echo[name] = {"true": True, "false": False}.get(text, int(text) if name == "count" else text)
    return echo
