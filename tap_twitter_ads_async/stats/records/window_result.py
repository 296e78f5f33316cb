"""What came of a window: the values that the engine hands to the thread that writes records."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.plan.spec import JobSpec, Window


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """One downloaded result.

    Attributes:
        path: Where it lies; the name comes from a counter, never from the network.
        size: Bytes on disk.
    """

    path: Path
    size: int


class Answer(t.NamedTuple):
    """A spec and the file that answers it."""

    spec: JobSpec
    file: SpooledFile


@dataclass(frozen=True, slots=True)
class LostPiece:
    """A spec that could not be had.

    Attributes:
        spec: The smallest piece that failed.
        error: The API's words.
    """

    spec: JobSpec
    error: str


@dataclass(frozen=True, eq=False, slots=True)
class WindowResult:
    """A window to which nothing more will come.

    Attributes:
        extraction: The stream and account it belongs to.
        index: Its number in the extraction's plan.
        window: What was asked for.
        answers: The answers to each group, in the order of the window's groups: usually one for each set of metric
            groups, more where a job was split, none where everything was lost.
        lost: Pieces that failed for good.
        tickets: Names of the tickets that the window's commit drops.
    """

    extraction: Extraction
    index: int
    window: Window
    answers: tuple[tuple[Answer, ...], ...]
    lost: tuple[LostPiece, ...] = ()
    tickets: tuple[str, ...] = ()

    def files(self) -> Iterator[SpooledFile]:
        """Yield every result file of the window."""
        return (answer.file for group in self.answers for answer in group)

    def served(self) -> frozenset[str]:
        """Return the placements and metric groups that the API answered for."""
        specs = [answer.spec for group in self.answers for answer in group]
        return frozenset(name for spec in specs for name in (spec.placement, *spec.metric_groups))
