"""What an object stream is: everything about an endpoint that is data."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from collections.abc import Mapping

COUNTRY_CODES = "country_codes"
"""Name of the fan-out source that is no endpoint but the setting of the same name."""
ACCOUNTS = "accounts"
"""The stream that is served from the run's own list of accounts, which is read once for all uses."""
REPLICATION_KEY = "updated_at"


@dataclass(frozen=True, slots=True)
class Pass:
    """One of several ways of asking that together give all records.

    Attributes:
        params: Query parameters of this pass.
        whole: True where records can appear in this pass without a new `updated_at` (something was shared
            with the account), so that it is read to the end each time.
    """

    params: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class FanOut:
    """Requests per value of something else: parent ids, users, locales, countries.

    Attributes:
        sources: Endpoints whose records hold the values, or `COUNTRY_CODES`.
        field: Field of the sources' records.
        parameter: Query parameter, or variable of the path, that takes the values.
        chunk: Values per request; the API takes up to 200 in a list.
        column: Column with the value of a record, if the API leaves it out. Only for `chunk` 1.
        deleted_parents: Whether deleted parents are asked for too.
    """

    sources: tuple[str, ...]
    field: str
    parameter: str
    chunk: int = 1
    column: str = ""
    deleted_parents: bool = True


@dataclass(frozen=True, slots=True)
class ObjectEndpoint:
    """One endpoint and the stream made of it; its columns are in `schemas/<name>.json`.

    Attributes:
        name: Stream name.
        path: Path below the version segment; `{account_id}` makes it a stream per account.
        key: Columns that identify a record.
        sortable: The API can sort by `updated_at`: the stream is incremental, read newest first.
        unordered: Incremental like a sortable one, but its order is not relied on, and not asked for: read to the end.
        count: Highest `count` that the API takes, None where it does not page.
        deletable: The API takes `with_deleted`.
        params: Query parameters of every request; `{start_day}` is replaced by the setting's day.
        passes: Ways of asking, one after another.
        fan_out: Values to ask for, if any.
        fallbacks: Column to the fields it is taken from where it is missing, best first.
        details: Lists leave out fields that `GET <path>/<id>` returns; each record is read again, alone.
        overlapping: The same record may come from several requests; it is emitted once.
        empty_on_400_about: Parameter that the API complains of, with 400, where it means "nothing of the kind".
        early_access: The API offers it to chosen apps only; a 403 is no fault of the credentials.
        personal: Carries personal data; offered only with the setting `personal_data`.
        selected: Selected in a fresh catalog.
        legacy: Known from older documentation only; newer accounts may not have it.
        note: What a user should know beyond the schema's description.
    """

    name: str
    path: str
    key: tuple[str, ...] = ("account_id", "id")
    sortable: bool = False
    unordered: bool = False
    count: int | None = None
    deletable: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    passes: tuple[Pass, ...] = (Pass(),)
    fan_out: FanOut | None = None
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    details: bool = False
    overlapping: bool = False
    empty_on_400_about: str = ""
    early_access: bool = False
    personal: bool = False
    selected: bool = True
    legacy: bool = False
    note: str = ""

    @property
    def per_account(self) -> bool:
        """Whether each ads account has records of its own."""
        return "{account_id}" in self.path or self.name == ACCOUNTS


def account_objects(name: str, **more: t.Any) -> ObjectEndpoint:
    """Declare what most account-scoped collections are: paged, sortable, with deleted records.

    Args:
        name: Stream name; also the last segment of the path unless `path` says otherwise.
        more: Attributes of `ObjectEndpoint` that differ.
    """
    usual: dict[str, t.Any] = {
        "path": f"accounts/{{account_id}}/{name}",
        "sortable": True,
        "deletable": True,
        "count": 1000,
    }
    return ObjectEndpoint(name, **(usual | more))


def legacy_objects(name: str, **more: t.Any) -> ObjectEndpoint:
    """Declare an account-scoped collection that only older documentation knows."""
    return account_objects(name, legacy=True, selected=False, **more)


def options(name: str, path: str, **more: t.Any) -> ObjectEndpoint:
    """Declare a list of targeting options: global, read whole."""
    return ObjectEndpoint(name, f"targeting_criteria/{path}", **({"key": ("targeting_value",)} | more))
