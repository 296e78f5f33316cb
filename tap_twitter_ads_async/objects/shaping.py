"""Records as their schema promises them: known columns, honest types, nothing guessed."""

from __future__ import annotations

import json
import logging
import re
import typing as t

from tap_twitter_ads_async.domain.calendar import read_moment, stamp

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint

    Convert = Callable[[t.Any], t.Any]
    Record = dict[str, t.Any]

logger = logging.getLogger("tap-twitter-ads-async.objects")


_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
"""What JSON Schema calls a `date-time`."""


class Unfit(Exception):
    """The value cannot be of the column's type without guessing."""


class Shaper:
    """Turns an API record into a record of one stream.

    Values of another type are converted where nothing is lost by it: exact integers to strings for ids,
    numeric strings to integers, a lone object to a list of one. Anything else becomes null. Fields that the
    schema does not know are dropped. Both are reported once per column, not per record.

    Args:
        endpoint: The stream's declaration.
        schema: Its schema.
        only_known: Drop unknown parts of objects even where the schema leaves room for them: flattened, they
            would become columns that the SCHEMA message does not have.
    """

    def __init__(self, endpoint: ObjectEndpoint, schema: Mapping[str, t.Any], *, only_known: bool = False) -> None:
        self._only_known = only_known
        self._stream = endpoint.name
        self._fallbacks = endpoint.fallbacks
        # Fields that fill other columns are no news even where they are no columns themselves.
        self._told = {field for fields in endpoint.fallbacks.values() for field in fields}
        self._shape = self._object(schema, "")

    def __call__(self, record: Record) -> Record:
        """Return the record's known columns in their types."""
        for column, fields in self._fallbacks.items():
            if record.get(column) is None:
                record[column] = next((record[f] for f in fields if record.get(f) is not None), None)
        return t.cast("Record", self._shape(record))

    def _object(self, schema: Mapping[str, t.Any], path: str) -> Convert:
        properties = schema.get("properties", {})
        columns = {name: self._column(column, f"{path}{name}") for name, column in properties.items()}
        keeps_unknown = bool(schema.get("additionalProperties")) and not (self._only_known and properties)

        def convert(value: t.Any) -> t.Any:
            if not isinstance(value, dict):
                raise Unfit
            shaped: Record = {}
            for name, field in value.items():
                column = columns.get(name)
                if column is not None:
                    shaped[name] = column(field)
                elif keeps_unknown:
                    shaped[name] = field
                else:
                    self._tell_unknown(f"{path}{name}")
            return shaped

        return convert

    def _column(self, schema: Mapping[str, t.Any], path: str) -> Convert:
        convert = self._converter(schema, path)

        def column(value: t.Any) -> t.Any:
            if value is None:
                return None
            try:
                return convert(value)
            except (Unfit, ValueError):
                self._tell_unfit(path, value)
                return None

        return column

    def _converter(self, schema: Mapping[str, t.Any], path: str) -> Convert:
        kinds = schema.get("type", "object")
        kind = next(k for k in ([kinds] if isinstance(kinds, str) else kinds) if k != "null")
        if kind == "object":
            return self._object(schema, f"{path}.")
        if kind == "array":
            item = self._column(schema["items"], f"{path}[]")
            return lambda value: [item(v) for v in (value if isinstance(value, list) else [value])]
        if schema.get("format") == "date-time":
            return _moment
        return _SCALARS[kind]

    def _tell_unknown(self, path: str) -> None:
        if path not in self._told:
            self._told.add(path)
            logger.warning("Stream %s: the API sends field %s, unknown to the schema; dropped", self._stream, path)

    def _tell_unfit(self, path: str, value: object) -> None:
        if path not in self._told:
            self._told.add(path)
            logger.warning(
                "Stream %s: column %s has the value %s, which does not match its type; set to null.",
                self._stream,
                path,
                type(value).__name__,
            )


def _moment(value: t.Any) -> str | None:
    """Return the text of a moment: a proper one as it came, other notations and numbers as ISO 8601 in UTC.

    Empty texts and zeros mean that there is no time.
    """
    if not value or value == "0":
        return None
    moment = read_moment(value)
    if moment is None:
        raise Unfit
    return value if isinstance(value, str) and _DATE_TIME.fullmatch(value) else stamp(moment)


def _string(value: t.Any) -> str:
    if isinstance(value, str):
        return value
    # Integers are exact at any size here; everything else keeps its JSON notation, so that nothing is lost.
    return str(value) if type(value) is int else json.dumps(value, separators=(",", ":"))


def _integer(value: t.Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise Unfit


def _number(value: t.Any) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        return float(value)
    raise Unfit


def _boolean(value: t.Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in (0, 1, "true", "false"):
        return value in (1, "true")
    raise Unfit


_SCALARS: dict[str, Convert] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
