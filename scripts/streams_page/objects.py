"""The overview of streams, `docs/streams.md`: key, replication, endpoint and columns of each object stream.

`scripts/generate_streams.py` writes it, with the stats streams behind (`stats.py`).
"""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.domain.schemas import load_schema
from tap_twitter_ads_async.objects.catalogue import GROUPS
from tap_twitter_ads_async.objects.declaration import REPLICATION_KEY

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint

_INTRODUCTION = """\
# Streams

Generated from the declarations and the schema files; a test checks that it is up to date.

## Object streams

Objects to join with the metrics, one stream per kind.

* **Incremental** streams are read newest change first, down to the account's bookmark, which is the
  newest `updated_at` of the last complete run. A first run reads everything:
  `start_date` does not limit objects, because metrics need the names of objects that have not changed for
  years. Records from the bookmark's own second come again, so that no change is lost; upsert them by key.
* **Full table** streams are read in full each time, because the API can neither sort nor filter them by change.
* Deleted objects are kept, with `deleted: true`, unless the setting `with_deleted` is false.
  If you turn it on later, past deletions appear only after a full refresh of the incremental streams.
* New fields of the API that are not in the schema are dropped, and named once in the log.
* Some streams are not *selected* by default: personal data, endpoints that only older
  versions of the API offer, and those that need many requests. Select them by name.
"""


def render(more: Iterable[str] = ()) -> str:
    """Return the page.

    Args:
        more: Further sections in Markdown, each beginning with a heading of the second level.
    """
    sections = [_INTRODUCTION]
    for title, endpoints in GROUPS.items():
        sections.append(f"### {title}\n\n{_summary(endpoints)}")
        sections += [_details(e) for e in endpoints]
    return "\n".join([*sections, *more])


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def columns_table(schema: Mapping[str, t.Any]) -> str:
    """Return a Markdown table of a schema's columns, with the parts of objects below them."""
    return table(("column", "type", "meaning"), _rows(schema, ""))


def _rows(schema: Mapping[str, t.Any], path: str) -> Iterable[tuple[str, str, str]]:
    for name, column in schema.get("properties", {}).items():
        yield f"`{path}{name}`", type_of(column), str(column.get("description", ""))


def type_of(column: Mapping[str, t.Any]) -> str:
    """Return a column's type in words, such as `list of string`."""
    kinds = column.get("type", "any")
    kind = kinds if isinstance(kinds, str) else next(k for k in kinds if k != "null")
    if kind == "array":
        return f"list of {type_of(column.get('items', {}))}"
    return str(column.get("format", kind))


def _summary(endpoints: Iterable[ObjectEndpoint]) -> str:
    rows = [(f"[`{e.name}`](#{e.name})", _about(e), replication(e), "yes" if e.selected else "no") for e in endpoints]
    return table(("stream", "records", "replication", "selected"), rows)


def _about(endpoint: ObjectEndpoint) -> str:
    return str(load_schema(endpoint.name).get("description", ""))


def replication(endpoint: ObjectEndpoint) -> str:
    """Return how a stream is replicated, in words."""
    return f"incremental on `{REPLICATION_KEY}`" if endpoint.sortable else "full table"


def _details(endpoint: ObjectEndpoint) -> str:
    facts = [
        f"Key: {', '.join(f'`{column}`' for column in endpoint.key)}",
        f"Replication: {replication(endpoint)}",
        f"Endpoint: `GET {endpoint.path}`",
    ]
    note = f"{endpoint.note}\n\n" if endpoint.note else ""
    columns = columns_table(load_schema(endpoint.name))
    return f"#### {endpoint.name}\n\n{_about(endpoint)}\n\n{' · '.join(facts)}\n\n{note}{columns}"
