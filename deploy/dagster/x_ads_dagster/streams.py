"""Streams of the tap's catalog as assets: one group per kind of stream."""

from __future__ import annotations

import os
import typing as t
from datetime import timedelta

import dagster as dg
from x_ads_shards.questions import Stream, streams

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from x_ads_shards.shard import Project

PREFIX = "x_ads"
REFERENCE = "reference"
FRESH = {"reference": timedelta(days=8)}
FRESH_BY_DEFAULT = timedelta(hours=26)
"""A day and what a run may take."""


def chosen_streams(project: Project) -> list[Stream]:
    """Return the streams to extract: those of the variable `X_ADS_STREAMS`, else what the tap selects by itself.

    Raises:
        ValueError: The variable names a stream that the tap's settings do not give.
    """
    known = streams(project)
    named = [name.strip() for name in os.environ.get("X_ADS_STREAMS", "").split(",") if name.strip()]
    missing = sorted(set(named) - {stream.name for stream in known})
    if missing:
        raise ValueError(f"X_ADS_STREAMS: the tap has no stream {', '.join(missing)}")
    return [stream for stream in known if (stream.name in named if named else stream.selected)]


def spec(stream: Stream) -> dg.AssetSpec:
    """Declare a stream's table as an asset."""
    return dg.AssetSpec(
        key(stream.name),
        group_name=stream.kind,
        kinds={"singer", "table"},
        skippable=True,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH.get(stream.kind, FRESH_BY_DEFAULT)),
    )


def specs(chosen: Iterable[Stream], *, reference: bool) -> list[dg.AssetSpec]:
    """Declare the streams that belong to accounts, or those that are the same for all of them."""
    return [spec(stream) for stream in chosen if (stream.kind == REFERENCE) is reference]


def key(stream: str) -> dg.AssetKey:
    """Return a stream's asset key."""
    return dg.AssetKey([PREFIX, stream])
