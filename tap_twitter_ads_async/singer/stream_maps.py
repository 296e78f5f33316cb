"""Setting `stream_maps`: the SDK's mapper, for the streams that are extracted, and its mistakes before any request."""

from __future__ import annotations

import ast
import contextlib
import copy
import fnmatch
import importlib.util
import logging
import typing as t

from singer_sdk.helpers._catalog import get_selected_schema
from singer_sdk.mapper import CustomStreamMap, PluginMapper, RemoveRecordTransform, SameRecordTransform

from tap_twitter_ads_async.errors import SettingsError

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from singer_sdk.mapper import StreamMap
    from singer_sdk.streams import Stream

logger = logging.getLogger("tap-twitter-ads-async")

SETTING = "stream_maps"
_SOURCE, _ELSE, _FILTER, _NULL = "__source__", "__else__", "__filter__", "__NULL__"
_RECORD_NAMES = frozenset({"_", "record"})
_NAMES = _RECORD_NAMES | {"config", "self", "__stream_name__", "__original_stream_name__", "True", "False", "None"}


def stream_mapper(config: Mapping[str, t.Any], streams: Iterable[Stream], known: Collection[str]) -> PluginMapper:
    """Return the mapper of a run.

    Streams that are not selected get no maps: they may lack the columns that a map needs.

    Args:
        config: The tap's config; left as it is.
        streams: All streams.
        known: Names of all streams that there can be.

    Raises:
        SettingsError: A map cannot work.
    """
    with _told("as a whole"):
        mapper = PluginMapper(plugin_config=copy.deepcopy(dict(config)), logger=logger)
    maps: Mapping[str, t.Any] = config.get(SETTING) or {}
    for name in _sources_without_stream(maps, known):
        logger.warning("Setting '%s': there is no stream %s; its map has no effect", SETTING, name)
    for stream in streams:
        if not stream.selected:
            mapper.stream_maps[stream.name] = [_unmapped(stream, mapper)]
            continue
        schema = get_selected_schema(stream.name, stream.effective_schema, stream.mask)
        with _told(f"for stream {stream.name}"):
            mapper.register_raw_stream_schema(stream.name, schema, stream.primary_keys)
            functions = [m.functions for m in mapper.stream_maps[stream.name] if isinstance(m, CustomStreamMap)]
            if functions:
                _check_names(stream.name, maps, config, {*functions[0]}, schema["properties"])
    return mapper


def _unmapped(stream: Stream, mapper: PluginMapper) -> StreamMap:
    """Return what the SDK expects of a stream that writes nothing; without its schema, which would be copied."""
    return SameRecordTransform(stream.name, {"properties": {}}, stream.primary_keys, mapper.flattening_options)


def writes_nothing(stream: Stream) -> bool:
    """Whether maps leave no record of a stream, under any name."""
    return all(isinstance(stream_map, RemoveRecordTransform) for stream_map in stream.stream_maps)


@contextlib.contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what the SDK finds wrong with a map, in whatever way, into a message that names setting and stream."""
    try:
        yield
    except SettingsError:
        raise
    except Exception as error:
        raise SettingsError(f"Setting '{SETTING}' cannot work {where}: {error}") from error


def _sources_without_stream(maps: Mapping[str, t.Any], known: Collection[str]) -> Iterator[str]:
    for key, definition in maps.items():
        source = _source(key, definition)
        if not key.startswith("__") and not any(fnmatch.fnmatch(name, source) for name in known):
            yield source


def _source(key: str, definition: t.Any) -> str:
    return str(definition[_SOURCE]) if isinstance(definition, dict) and _SOURCE in definition else key


# --- names in expressions --------------------------------------------------------------------------------------------


def _check_names(
    stream: str,
    maps: Mapping[str, t.Any],
    config: Mapping[str, t.Any],
    functions: Collection[str],
    columns: Collection[str],
) -> None:
    """Find names that no record will ever have; the SDK would stumble over them in the first record.

    Raises:
        SettingsError: An expression uses one.
    """
    faker = {"fake"} if importlib.util.find_spec("faker") else set()
    names = _NAMES | set(functions) | set(columns) | faker
    settings = config.get("stream_map_config") or {}
    for key, definition in maps.items():
        if not isinstance(definition, dict) or not fnmatch.fnmatch(stream, _source(key, definition)):
            continue
        for column, expression in definition.items():
            is_expression = isinstance(expression, str) and expression != _NULL
            if not is_expression or (column.startswith("__") and column != _FILTER):
                continue
            for name in _unknown(expression, names, columns, settings):
                raise SettingsError(
                    f"Setting '{SETTING}' cannot work for stream {stream}: {column} uses {name}, which is no selected "
                    "column and no function"
                )


def _unknown(
    expression: str, names: Collection[str], columns: Collection[str], settings: Collection[str]
) -> Iterator[str]:
    nodes = list(ast.walk(ast.parse(expression)))
    own = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id not in own and node.id not in names:
            yield node.id
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            where, key = node.value.id, getattr(node.slice, "value", None)
            if not isinstance(key, str):  # a name or a calculation: nothing is known before there is a record
                continue
            if (where in _RECORD_NAMES and key not in columns) or (where == "config" and key not in settings):
                yield f"{where}[{key!r}]"
