"""Answers that are complete, and odd: text that is no UTF-8 or JSON, figures of other types, cursors without an end.

Each kind leaves the figures what they are, so that a client that understands it still has the right ones.
"""

from __future__ import annotations

import itertools
import json
import re
import typing as t

Json = dict[str, t.Any]

_TEXTS = re.compile(rb'("(?:name|segment_name|message|text|full_text|title)":")')
_BROKEN_TEXTS = {"surrogate": rb"\ud83d", "bytes": b"\xff\xfe", "control": b"\x01\t"}
KINDS = (*_BROKEN_TEXTS, "bom", "texts", "floats", "objects", "no_nulls", "circle", "endless")
_serial = itertools.count()


def garbled(body: bytes, kind: str) -> bytes:
    """Return an answer's JSON as some server, proxy or newer version of the API might send it.

    Args:
        body: The answer's JSON.
        kind: `surrogate`, `bytes`, `control`: broken text in names, texts and messages; `bom`: a byte order mark
            before everything; `texts`, `floats`: figures as `"7"`, as `7.0`; `objects`: scalar metrics as objects of
            one array; `no_nulls`: keys left out instead of nulls, but for metrics; `circle`, `endless`: cursors that
            come again, or lead to empty pages without an end.

    Raises:
        KeyError: The kind is unknown.
    """
    if kind == "bom":
        return b"\xef\xbb\xbf" + body
    if kind in _BROKEN_TEXTS:
        return _TEXTS.sub(rb"\g<1>" + _BROKEN_TEXTS[kind].replace(b"\\", b"\\\\"), body)
    value = _CHANGES[kind](json.loads(body))
    return json.dumps(value, separators=(",", ":")).encode()


def _each_figure(change: t.Callable[[int], t.Any]) -> t.Callable[[Json], Json]:
    def changed(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {key: changed(inner) for key, inner in value.items()}
        return [v if v is None else change(v) for v in value] if isinstance(value, list) else value

    return lambda body: _each_metrics(body, changed)


def _each_metrics(body: Json, change: t.Callable[[Json], Json]) -> Json:
    for entity in body["data"]:
        for part in entity["id_data"]:
            part["metrics"] = change(part["metrics"])
    return body


def _as_objects(metrics: Json) -> Json:
    return {name: {"metric": value} if isinstance(value, list) else value for name, value in metrics.items()}


def _without_nulls(value: t.Any) -> t.Any:
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {k: v if k == "metrics" else _without_nulls(v) for k, v in value.items() if v is not None}


def _circle(body: Json) -> Json:
    return {"data": body.get("data") or [], "next_cursor": "round-and-round"}


def _endless(_body: Json) -> Json:
    return {"data": [], "next_cursor": f"further-{next(_serial)}"}


_CHANGES: dict[str, t.Callable[[Json], Json]] = {
    "texts": _each_figure(str),
    "floats": _each_figure(float),
    "objects": lambda body: _each_metrics(body, _as_objects),
    "no_nulls": _without_nulls,
    "circle": _circle,
    "endless": _endless,
}
