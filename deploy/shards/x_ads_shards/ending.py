"""How a shard's run ended, in the tap's exit codes."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from x_ads_shards.report import Report

COMPLETE, INCOMPLETE, WRONG_SETTINGS, REFUSED = range(4)
SIGNAL_BASE = 128


class Advice(enum.Enum):
    """What an orchestrator should do next."""

    NOTHING = "all is extracted and loaded"
    RETRY = "something stays open: the same run again resumes from the state"
    REPAIR = "the same run would fail again: a person has to change something"


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one run of a shard.

    Attributes:
        exit_code: The tap's (0 complete, 1 incomplete, 2 settings, catalog or state wrong, 3 access refused,
            128 + n after signal n); 1 where the tap was content and something else failed, such as the loader.
        words: The last error that was said, empty where none was.
        report: What the tap wrote about the run, None where it could not.
        interrupted: Whether the run ended because this process was told to end.
    """

    exit_code: int
    words: str = ""
    report: Report | None = None
    interrupted: bool = False

    @property
    def advice(self) -> Advice:
        """What to do next."""
        if self.exit_code == COMPLETE:
            return Advice.NOTHING
        return Advice.REPAIR if self.exit_code in {WRONG_SETTINGS, REFUSED} else Advice.RETRY
