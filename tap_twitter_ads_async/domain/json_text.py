r"""JSON as the API sends it: strict where it can be, lenient where a complete answer holds broken text.

Tweets, names and segments are written by people, and the API passes on what they wrote: half an emoji as a lone
surrogate (`\ud83d`), bytes that are no UTF-8, raw control characters; proxies add byte order marks. The strict
decoder refuses all of these. Reading such an answer again would bring the same text, so it is repaired instead.
"""

from __future__ import annotations

import codecs
import json
import logging
import math
import re
import typing as t

import msgspec

logger = logging.getLogger("tap-twitter-ads-async")

_T = t.TypeVar("_T")

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)
"""What the strict decoder raises."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SURROGATE = re.compile("[\ud800-\udfff]")


class Warned:
    """Whether invalid text has been reported: once per run and place is enough."""

    def __init__(self) -> None:
        self._places: set[str] = set()

    def tell(self, place: str) -> None:
        """Log one WARNING per place."""
        if place not in self._places:
            self._places.add(place)
            logger.warning(
                "%s: the response contains text that is not valid JSON or UTF-8; invalid parts are read as %s",
                place,
                REPLACEMENT,
            )


def lenient(decode: t.Callable[[bytes | bytearray | msgspec.Raw], _T], text: t.Any, tell: t.Callable[[], None]) -> _T:
    """Decode a text, repairing it if necessary.

    Args:
        decode: A strict decoder.
        text: Encoded JSON: bytes, or what msgspec left encoded.
        tell: Called where the text had to be repaired.

    Raises:
        msgspec.DecodeError: It is no JSON, broke off, or is not what the decoder expects.
    """
    try:
        return decode(text)
    except UNREADABLE as error:
        repaired = repair(bytes(text))
        if repaired is None:
            raise msgspec.DecodeError(str(error)) from None
    value = decode(repaired)
    tell()
    return value


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def repair(text: bytes) -> bytes | None:
    """Return the JSON that a text was meant to be, None where it is no whole JSON document.

    Integers keep their value at any size; `NaN`, `Infinity` and what is beyond any float become null.
    """
    try:
        value = json.loads(
            text.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace"),
            strict=False,
            parse_float=_finite,
            parse_constant=lambda _: None,
        )
    except (ValueError, RecursionError):
        return None
    return _SURROGATE.sub(REPLACEMENT, json.dumps(value, ensure_ascii=False, separators=(",", ":"))).encode()
