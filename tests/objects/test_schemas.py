"""The schema files: valid, complete, honest, and digestible for targets."""

from __future__ import annotations

import re
import typing as t

import pytest
from jsonschema import Draft202012Validator
from streams_page import history
from streams_page import objects as overview

from tap_twitter_ads_async.domain.schemas import load_schema, schema_directory
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.history.reading import HISTORY

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint

    Schema = dict[str, t.Any]

LONGEST_NAME = 63
PAGE = overview.render()
SCALARS = {"string", "integer", "number", "boolean"}
DECLARED = (*ENDPOINTS, HISTORY)
every_endpoint = pytest.mark.parametrize("endpoint", DECLARED, ids=lambda e: e.name)


def nodes(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield every column and part of a schema, below the top."""
    for name, column in schema.get("properties", {}).items():
        yield f"{path}{name}", column
        yield from nodes(column, f"{path}{name}.")
    if "items" in schema:
        yield f"{path}[]", schema["items"]
        yield from nodes(schema["items"], f"{path}[].")


def types(column: Schema) -> set[str]:
    """Return the types that a column may have, null included."""
    kinds = column["type"]
    return {kinds} if isinstance(kinds, str) else set(kinds)


def test_declarations_and_files_match_one_to_one() -> None:
    """A file nobody uses, or a stream without one, is a mistake that nothing else notices."""
    files = {p.stem for p in schema_directory().glob("*.json") if not p.stem.endswith(("_stats", "_reach"))}
    assert files == {e.name for e in DECLARED}
    assert len(DECLARED) == len(files)


@every_endpoint
def test_a_schema_is_valid_and_self_contained(endpoint: ObjectEndpoint) -> None:
    """Targets do not resolve references, and some refuse keywords meant for editors."""
    schema = load_schema(endpoint.name)
    Draft202012Validator.check_schema(schema)
    assert "$ref" not in str(schema)
    assert "$schema" not in schema
    assert schema["type"] == "object"
    assert schema["description"].endswith(".")


@every_endpoint
def test_only_key_columns_are_never_null(endpoint: ObjectEndpoint) -> None:
    """The API documents no nullability; a null key ends a load, and anything else may be null."""
    columns = load_schema(endpoint.name)["properties"]
    assert set(endpoint.key) <= set(columns)
    for name, column in columns.items():
        if name in endpoint.key:
            assert column["type"] == "string", name
        else:
            assert "null" in types(column), name
    assert ("account_id" in columns) == (endpoint.per_account and endpoint.name != "accounts")
    assert not endpoint.sortable or columns["updated_at"]["format"] == "date-time"


@every_endpoint
def test_columns_are_described_and_named_for_every_warehouse(endpoint: ObjectEndpoint) -> None:
    """Descriptions are the documentation; PostgreSQL targets die on longer names."""
    for path, column in nodes(load_schema(endpoint.name)):
        name = path.rpartition(".")[2]
        assert len(name) <= LONGEST_NAME
        assert name == "[]" or re.fullmatch(r"[a-z][a-z0-9_]*", name), path
        assert path.endswith("[]") or column["description"].endswith("."), path


@every_endpoint
def test_types_are_honest(endpoint: ObjectEndpoint) -> None:
    """Money is exact integers with its unit told, identifiers are text, times are moments."""
    for path, column in nodes(load_schema(endpoint.name)):
        name = path.rpartition(".")[2]
        assert "number" not in types(column), f"{path}: no endpoint sends fractions outside of free objects"
        if name.endswith("_micro"):
            assert "integer" in types(column), path
            assert "micros" in column["description"], path
        if name == "id" or name.endswith(("_id", "_id_str")):
            assert "string" in types(column), path
        if name.endswith("_at"):
            assert column["format"] == "date-time", path
        if column.get("format") == "date-time":
            assert "UTC" in column["description"], path


@every_endpoint
def test_lists_of_objects_name_their_parts(endpoint: ObjectEndpoint) -> None:
    """A widely used target crashes on a list of objects without properties."""
    for path, column in nodes(load_schema(endpoint.name)):
        assert types(column) - {"null"} <= SCALARS | {"object", "array"}, path
        if "array" in types(column):
            assert "items" in column, path
        if path.endswith("[]") and "object" in types(column):
            assert column["properties"], path


def test_the_overview_in_the_docs_equals_the_code() -> None:
    """`python scripts/generate_streams.py` brings it up to date."""
    page = schema_directory().parent / "docs" / "streams.md"
    assert PAGE in page.read_text()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.name)
def test_the_overview_tells_of_every_stream(endpoint: ObjectEndpoint) -> None:
    """Users choose streams and columns from this page."""
    section = PAGE.partition(f"\n#### {endpoint.name}\n")[2].partition("\n#### ")[0]
    assert f"`GET {endpoint.path}`" in section
    for column in load_schema(endpoint.name)["properties"]:
        assert f"| `{column}` |" in section


def test_the_overview_tells_of_the_history() -> None:
    """It has a section of its own, because it is read otherwise than the objects."""
    (section, *_), text = history.sections(), "".join(history.sections())
    assert section.startswith("## History of objects")
    for column in [HISTORY.name, *HISTORY.key, *load_schema(HISTORY.name)["properties"]]:
        assert f"`{column}`" in text


def test_personal_legacy_and_costly_streams_wait_to_be_asked_for() -> None:
    """A fresh catalog must neither copy addresses nor fill the log with endpoints that are gone."""
    unselected = {e.name for e in ENDPOINTS if e.personal or not e.selected}
    assert {"user_settings", "tax_settings", "targeting_tv_shows", "cards_fetch"} <= unselected
    assert not HISTORY.selected
    assert {e.name for e in ENDPOINTS if e.legacy} <= unselected
    assert {"campaigns", "line_items", "promoted_tweets", "targeting_criteria", "targeting_locations"}.isdisjoint(
        unselected
    )


PERSONAL_COLUMN = re.compile(r"e-?mail|phone(?!_app|_deep)|tax|(first|last)_name|street|postal|birth|passport|iban")


@every_endpoint
def test_columns_about_a_person_are_in_streams_marked_as_personal_only(endpoint: ObjectEndpoint) -> None:
    """An address in any other stream would be loaded by `*.*`, with `personal_data` false."""
    schema = load_schema(endpoint.name)
    found = [c for c in _all_columns(schema) if PERSONAL_COLUMN.search(c) and not c.startswith("behavior_tax")]
    assert bool(found) == endpoint.personal, found


def _all_columns(schema: dict[str, t.Any]) -> Iterator[str]:
    for name, column in schema.get("properties", {}).items():
        yield name
        yield from _all_columns(column)
        yield from _all_columns(column.get("items", {}))
