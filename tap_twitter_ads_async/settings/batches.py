"""The SDK's setting `batch_config`: what of it can be judged without touching the storage."""

from __future__ import annotations

import importlib.util
import typing as t
from dataclasses import dataclass, field

from tap_twitter_ads_async.settings import values

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_twitter_ads_async.settings.problems import Problems

SETTING = "batch_config"
FORMATS = ("jsonl", "parquet")
COMPRESSIONS = ("gzip", "none")
MAX_ROWS = 100_000
"""Rows of a file where the setting names no `batch_size`."""
_KEYS = {
    "": ("encoding", "storage", "batch_size"),
    "encoding": ("format", "compression"),
    "storage": ("root", "prefix", "params"),
}
COLUMNAR_MISSING = (
    "is parquet, which needs the extra columnar: pip install 'tap-twitter-ads-async[columnar]'"
    " (in meltano.yml: that name in pip_url), or choose jsonl"
)


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How batch files are written.

    Attributes:
        format: `jsonl` or `parquet`.
        compression: `gzip` or `none`; None leaves the choice to the tap.
        root: Folder or URL that gets the files.
        prefix: What the files' names begin with, folders included.
        params: What the file system of a URL wants to know; may hold secrets.
        most_rows: Rows of a file.
    """

    format: str
    root: str
    compression: str | None = None
    prefix: str = ""
    params: Mapping[str, t.Any] = field(default_factory=dict)
    most_rows: int = MAX_ROWS


def batch_settings(raw: object, problems: Problems) -> BatchSettings | None:
    """Return the settings of batch files, None where records go out as RECORD lines.

    What the SDK's own schema refuses has been recorded already; here is what the schema lets pass.
    """
    if not raw or not isinstance(raw, dict):
        return None
    encoding, storage = _part(raw, "encoding", problems), _part(raw, "storage", problems)
    for part, keys in (("", raw), ("encoding", encoding), ("storage", storage)):
        _check_names(part, keys, problems)
    form = _required(raw, "encoding", "format", f"one of {', '.join(FORMATS)}", problems)
    root = _required(raw, "storage", "root", "a folder", problems)
    if form == "parquet" and importlib.util.find_spec("pyarrow") is None:
        problems.add(f"{SETTING}.encoding.format", COLUMNAR_MISSING)
    most_rows = raw.get("batch_size")
    if most_rows is not None:
        most_rows = problems.check(
            f"{SETTING}.batch_size", most_rows, lambda v: values.integer(v, minimum=1, maximum=None), MAX_ROWS
        )
    return BatchSettings(
        format=form,
        root=root,
        compression=encoding.get("compression"),
        prefix=storage.get("prefix") or "",
        params=storage.get("params") or {},
        most_rows=most_rows or MAX_ROWS,
    )


def _part(raw: Mapping[str, t.Any], name: str, problems: Problems) -> Mapping[str, t.Any]:
    part = raw.get(name)
    if part is None:
        problems.add(f"{SETTING}.{name}", f"is missing; it is an object with {', '.join(_KEYS[name])}")
    return part if isinstance(part, dict) else {}


def _check_names(part: str, keys: Mapping[str, t.Any], problems: Problems) -> None:
    for key in keys:
        if key not in _KEYS[part]:
            name = ".".join(filter(None, (SETTING, part, str(key))))
            near = values.suggestion(str(key), _KEYS[part])
            problems.add(name, f"is unknown{near}; known are {', '.join(_KEYS[part])}")


def _required(raw: Mapping[str, t.Any], part: str, name: str, what: str, problems: Problems) -> str:
    if not isinstance(raw.get(part), dict):  # which has been recorded
        return ""
    value = raw[part].get(name)
    if value is None or value == "":
        problems.add(f"{SETTING}.{part}.{name}", f"is missing; it is {what}")
    return value if isinstance(value, str) else ""
