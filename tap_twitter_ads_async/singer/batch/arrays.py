"""From the values of single records to Arrow arrays of the type that the schema declares."""

from __future__ import annotations

import typing as t
from decimal import Decimal
from fractions import Fraction
from functools import partial

from singer_sdk.contrib.msgspec import encoder

from tap_twitter_ads_async.singer.batch.arrow_types import arrow_type
from tap_twitter_ads_async.singer.batch.failures import UnfitValue

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa


def array_of(values: Sequence[t.Any], kind: str, column: str) -> pa.Array:
    """Return values as an array.

    Args:
        values: As a RECORD line would have them, before encoding; None for null or missing.
        kind: What the schema declares, see `arrow_types`.
        column: Name of the column, for messages.

    Raises:
        UnfitValue: A value is not of that kind.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra

    convert: Callable[[t.Any], t.Any] = _CONVERSIONS.get(kind, _json)
    try:
        plain = [None if value is None else convert(value) for value in values]
        if kind in {"date-time", "date"}:
            return pa.array(plain, pa.string()).cast(arrow_type(kind))
        return pa.array(plain, arrow_type(kind))
    except (ValueError, TypeError, ArithmeticError) as error:
        raise UnfitValue(
            f"Column {column} of a batch file is {kind} by its schema, and a value is not: {error}."
            " Deselect the column, or set batch_config.encoding.format to jsonl"
        ) from None


def _integer(value: t.Any) -> int:
    """Return a whole number; Arrow would cut a fraction off without a word."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, (float, Decimal)) and Fraction(value).denominator == 1:
        return int(value)
    raise ValueError(repr(value))


def _number(value: t.Any) -> float:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return float(value)
    raise ValueError(repr(value))


def _boolean(value: t.Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(repr(value))


def _text(value: t.Any) -> str:
    """Return text; what a stream map made of another type as a RECORD line would show it."""
    return value if isinstance(value, str) else encoder.encode(value).decode().strip('"')


def _moment(value: t.Any, *, of_day: bool) -> str:
    """Return a date or a moment as text that Arrow reads; a moment without a zone is UTC, as everywhere in this tap."""
    text = _text(value)
    if of_day or text.endswith(("Z", "z")) or "+" in text[10:] or "-" in text[10:]:
        return text
    return f"{text}Z" if len(text) > len("2026-03-08") else f"{text}T00:00:00Z"


def _json(value: t.Any) -> str:
    return encoder.encode(value).decode()


_CONVERSIONS: dict[str, Callable[[t.Any], t.Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "string": _text,
    "date-time": partial(_moment, of_day=False),
    "date": partial(_moment, of_day=True),
}
