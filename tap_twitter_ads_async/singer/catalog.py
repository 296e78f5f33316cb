"""The catalog handed to the tap, made to agree with what the tap can extract.

A catalog may be older than the tap, edited by hand, or made by a tool that leaves parts out. What is missing means what
the tap would have discovered; what is there is obeyed; SCHEMA and RECORD lines agree in any case. That takes these
decisions:

* **Columns** are those of the catalog: a column that the tap has since learnt stays out of SCHEMA and RECORD until the
  catalog is discovered again, and one that the tap has no values for leaves the SCHEMA. A schema without any column
  stands for the tap's.
* **Types** are those of the catalog where the tap's values fit them, else the tap's.
* **Keys** are those of the catalog, whether they stand in `key_properties` or in the metadata. They and the replication
  key are never deselected.
* **FULL_TABLE** counts wherever it is said: as `replication_method` of the stream, or in its metadata as
  `replication-method` or `forced-replication-method`.
"""

from __future__ import annotations

import typing as t

from singer_sdk.singerlib import Catalog, Schema
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL, Metadata, MetadataMapping

from tap_twitter_ads_async.errors import CatalogError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from singer_sdk.singerlib import CatalogEntry

Json = dict[str, t.Any]

METHODS = (REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL)
_METHOD_KEYS = ("replication-method", "forced-replication-method")


class Own(t.NamedTuple):
    """What the tap discovers of a stream.

    Attributes:
        name: Its name.
        schema: Its JSON schema.
        key: Names of its key columns.
        replication_key: The column that an incremental extraction goes by; None where the stream is always read whole.
    """

    name: str
    schema: Mapping[str, t.Any]
    key: Sequence[str]
    replication_key: str | None


# --- reading the file ------------------------------------------------------------------------------------------------


def catalog_of(document: object) -> Catalog:
    """Return the catalog that a JSON document holds.

    Raises:
        CatalogError: It holds none; the message says where it deviates.
    """
    streams = document.get("streams") if isinstance(document, dict) else None
    if not isinstance(streams, list):
        raise CatalogError('The catalog is not a JSON object with a list of "streams". Pass what --discover prints')
    catalog = Catalog()
    for number, stream in enumerate(streams):
        entry = _entry(number, stream)
        catalog[entry.tap_stream_id] = entry
    return catalog


def _entry(number: int, stream: object) -> CatalogEntry:
    if not isinstance(stream, dict):
        raise CatalogError(f"The catalog's stream number {number + 1} is not an object. Pass what --discover prints")
    name = stream.get("tap_stream_id") or stream.get("stream")
    if not isinstance(name, str):
        raise CatalogError(
            f"The catalog's stream number {number + 1} has no 'tap_stream_id'. Pass what --discover prints"
        )
    metadata = stream.get("metadata") or []
    items = [item for item in metadata if isinstance(item, dict)] if isinstance(metadata, list) else []
    whole = all(isinstance(i.get("breadcrumb"), list) and isinstance(i.get("metadata"), dict) for i in items)
    if not isinstance(metadata, list) or len(items) != len(metadata) or not whole:
        raise CatalogError(
            f"The catalog's 'metadata' of stream {name!r} is not a list of objects with 'breadcrumb' and 'metadata'. "
            "Pass what --discover prints"
        )
    root: Json = next((i["metadata"] for i in items if i["breadcrumb"] == []), {})
    cleaned = {**stream, "tap_stream_id": name, "metadata": items, "replication_method": _method(name, stream, root)}
    try:
        return Catalog.from_dict({"streams": [cleaned]})[name]
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise CatalogError(
            f"The catalog's entry of stream {name!r} cannot be read ({error}). Pass what --discover prints"
        ) from None


def _method(name: str, stream: Json, root: Json) -> str | None:
    """Return the replication method that an entry asks for, None where it says nothing."""
    said = [value for value in (stream.get("replication_method"), *(root.get(key) for key in _METHOD_KEYS)) if value]
    for value in said:
        if value not in METHODS:
            raise CatalogError(
                f"The catalog asks for replication method {value!r} of stream {name!r}. This tap has "
                f"{' and '.join(METHODS)}"
            )
    return REPLICATION_FULL_TABLE if REPLICATION_FULL_TABLE in said else next(iter(said), None)


def is_selected(entry: CatalogEntry) -> bool:
    """Whether an entry selects its stream."""
    root = entry.metadata.get(())
    # By itself: the selection of some hundred columns is of no matter here.
    return root is None or bool(MetadataMapping({(): root}).resolve_selection()[()])


def selected_by(catalog: Catalog | None) -> Callable[[str], bool]:
    """Return what says whether a stream is selected, by its name; without a catalog nothing is left out yet."""
    if catalog is None:
        return lambda _: True
    return frozenset(entry.tap_stream_id for entry in catalog.streams if is_selected(entry)).__contains__


# --- agreeing with the tap -------------------------------------------------------------------------------------------


def reconcile(entry: CatalogEntry, own: Own) -> Iterator[str]:
    """Change the entry of a selected stream so that the SDK can obey it; see the module.

    Args:
        entry: Changed in place.
        own: What the tap discovers.

    Yields:
        What the user should know about.

    Raises:
        CatalogError: It names a key that the stream does not have.
    """
    entry.stream = own.name
    if () not in entry.metadata:
        entry.metadata.root.selected = True  # the SDK takes such a stream for selected, and none of its columns
    yield from _settle_replication(entry, own)
    _settle_key(entry, own)
    yield from _settle_columns(entry, own)
    automatic = {*(entry.key_properties or ()), *([entry.replication_key] if entry.replication_key else ())}
    for name in automatic:
        entry.metadata["properties", name] = Metadata(inclusion=Metadata.InclusionType.AUTOMATIC)


def _settle_replication(entry: CatalogEntry, own: Own) -> Iterator[str]:
    root = entry.metadata.root
    asked = entry.replication_key or root.replication_key
    if own.replication_key is None:
        if asked or entry.replication_method == REPLICATION_INCREMENTAL:
            yield f"Stream {own.name}: the catalog asks for an incremental extraction, but it is always read in full"
        entry.replication_method = REPLICATION_FULL_TABLE
    elif asked and asked != own.replication_key:
        yield f"Stream {own.name}: the catalog asks for replication key {asked}; it uses {own.replication_key}"
    entry.replication_key = root.replication_key = own.replication_key
    root.forced_replication_method = None  # what it said is in `replication_method`


def _settle_key(entry: CatalogEntry, own: Own) -> None:
    said = entry.key_properties, entry.metadata.root.table_key_properties
    key = next((k for k in said if k), None)
    if key is None:
        key = own.key if said == (None, None) else ()  # an empty list is a wish: a table without a key
    strangers = [name for name in key if name not in own.schema["properties"]]
    if strangers:
        raise CatalogError(
            f"The catalog's key of stream {own.name} names {', '.join(strangers)}, which the stream does not have. "
            f"Its key is {', '.join(own.key)}"
        )
    entry.key_properties = list(key)


def _settle_columns(entry: CatalogEntry, own: Own) -> Iterator[str]:
    own_columns: Mapping[str, t.Any] = own.schema["properties"]
    if not entry.schema.properties:
        entry.schema = Schema.from_dict(dict(own.schema))
        return
    columns = dict(entry.schema.properties)
    strangers = [name for name in columns if name not in own_columns]
    if strangers:
        yield (
            f"Stream {own.name}: the catalog has columns that the stream does not have (any more): "
            f"{', '.join(strangers)}; left out. Discover the catalog again"
        )
    misfits = [n for n, c in columns.items() if n in own_columns and not _fits(own_columns[n].get("type"), c.type)]
    if misfits:
        yield (
            f"Stream {own.name}: the catalog gives other types to {', '.join(misfits)} than X's values have; keeping "
            "the tap's. Discover the catalog again"
        )
    needed = {*(entry.key_properties or ()), *([own.replication_key] if own.replication_key else ())}
    replaced = {*misfits, *(needed - set(columns))}
    kept = {name: column for name, column in columns.items() if name in own_columns}
    entry.schema.properties = kept | {name: Schema.from_dict(own_columns[name]) for name in replaced}
    if entry.schema.required:
        entry.schema.required = [name for name in entry.schema.required if name in entry.schema.properties]
    for name in set(own_columns) - set(entry.schema.properties):
        entry.metadata["properties", name] = Metadata(inclusion=Metadata.InclusionType.AVAILABLE, selected=False)


def _fits(own: object, declared: object) -> bool:
    """Whether all values of a column fit what a catalog declares for it; both are the `type` of a schema."""
    allowed = _types(declared)
    return not allowed or _types(own) <= allowed | ({"integer"} if "number" in allowed else set())


def _types(said: t.Any) -> set[str]:
    """Return the names of the types that `type` of a schema allows, none where it allows all, or is too intricate."""
    return {said} if isinstance(said, str) else set(said or ())
