"""Batch files as a target reads them."""

from __future__ import annotations

import gzip
import json
import typing as t
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.support.world import Outcome

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    Json = dict[str, t.Any]

ENCODINGS: tuple[tuple[str, str | None], ...] = (("jsonl", "gzip"), ("jsonl", "none"), ("parquet", None))


def batch_config(folder: Path, form: str = "jsonl", compression: str | None = "gzip", **more: t.Any) -> Json:
    """Return the tap's setting."""
    encoding = {"format": form} | ({} if compression is None else {"compression": compression})
    return {"encoding": encoding, "storage": {"root": folder.as_uri()}, **more}


def path_of(url: str) -> Path:
    """Return the path of a `file://` URL."""
    return Path(url2pathname(urlsplit(url).path))


def table_of(url: str) -> pa.Table:
    """Read a Parquet file."""
    return pq.read_table(path_of(url))


def rows_of(message: Json) -> list[Json]:
    """Return the records that a BATCH message brings, as a RECORD line would show them."""
    rows: list[Json] = []
    for url in message["manifest"]:
        if message["encoding"]["format"] == "parquet":
            rows += _as_text(table_of(url)).to_pylist()
        else:
            content = path_of(url).read_bytes()
            packed = message["encoding"]["compression"] == "gzip"
            rows += [json.loads(line) for line in (gzip.decompress(content) if packed else content).splitlines()]
    return rows


def _as_text(table: pa.Table) -> pa.Table:
    """Write dates and moments as records carry them."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            seconds = table.column(place).cast(pa.timestamp("s", "UTC"))
            table = table.set_column(place, field.name, pc.strftime(seconds, "%Y-%m-%dT%H:%M:%SZ"))
        elif pa.types.is_date32(field.type):
            table = table.set_column(place, field.name, pc.strftime(table.column(place), "%Y-%m-%d"))
    return table


def _expanded(outcome: Outcome) -> Iterator[Json]:
    for message in outcome.messages:
        if message["type"] == "BATCH":
            for row in rows_of(message):
                yield {"type": "RECORD", "stream": message["stream"], "record": row}
        else:
            yield message


def unpacked(outcome: Outcome) -> Outcome:
    """Return the run as if it had written RECORD lines."""
    lines = b"\n".join(json.dumps(message).encode() for message in _expanded(outcome))
    return Outcome(outcome.exit_code, lines, outcome.log)


def batches(outcome: Outcome, stream: str | None = None) -> list[Json]:
    """Return the BATCH messages of one stream, or of all."""
    return [m for m in outcome.messages if m["type"] == "BATCH" and stream in {None, m["stream"]}]
