"""What log levels mean, and which of the SDK's own lines a run shows.

* ERROR: something stays open, and the exit code says so. CRITICAL: the run ends here.
* WARNING: not what one would expect; the tap deals with it, the user may want to act.
* INFO: what a person wants to read of a normal run: what is extracted, how far it is, what came of it.
* DEBUG: every request, every job, every try.
"""

from __future__ import annotations

import logging
import os
import sys
import typing as t

from singer_sdk.metrics import get_metrics_logger
from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOG_CONFIG = "SINGER_SDK_LOG_CONFIG"
CHATTER = (
    "Skipping deselected stream",
    "Skipping parse of env var settings",
    "Parsing env var for settings",
    "Beginning sync of",
)
"""How the SDK's lines begin that come once per stream or say nothing about the data."""
ECHO = "An unhandled error occurred while syncing"
"""How the SDK's line begins that comes before the message, or the stack trace, which ends the run."""


class Demotion(logging.Filter):
    """Lowers the SDK's lines of `CHATTER` from INFO, and its `ECHO` from ERROR, to DEBUG."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Pass everything; chatter only where DEBUG is wanted, and as such."""
        demoted = {logging.INFO: CHATTER, logging.ERROR: (ECHO,)}.get(record.levelno, ())
        if not str(record.msg).startswith(demoted):
            return True
        record.levelno, record.levelname = logging.DEBUG, logging.getLevelName(logging.DEBUG)
        return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


_DEMOTION = Demotion()


def demote_chatter(loggers: Iterable[logging.Logger]) -> None:
    """Lower the SDK's chatter on some loggers; doing so twice changes nothing."""
    for logger in loggers:
        logger.addFilter(_DEMOTION)


def metrics_level(plugin: str, environment: Mapping[str, str], *, configured: int, terminal: bool) -> int | None:
    """Return the level of the logger of METRIC lines, None for the SDK's choice: that of `LOGLEVEL`, else INFO.

    The SDK forgets what a log config says about it, which is how Meltano passes levels. On a terminal, where a person
    reads the lines of progress, METRIC lines come only if they are asked for.

    Args:
        plugin: Name of the tap.
        environment: Environment variables.
        configured: The level that a log config has set, NOTSET for that of the root logger.
        terminal: Whether log lines go to a terminal.
    """
    prefix = plugin.upper().replace("-", "_")
    if environment.get(f"{prefix}_LOGLEVEL") or environment.get("LOGLEVEL"):
        return None
    if environment.get(LOG_CONFIG):
        return configured
    return logging.WARNING if terminal else None


def _where_nothing_is_said(root: int) -> int:
    """Return the level of METRIC lines for a log config that does not name their logger, as Meltano's does not.

    Two METRIC lines per stream bury what a person wants to read; who runs at DEBUG wants everything.
    """
    return logging.NOTSET if root <= logging.DEBUG else logging.WARNING


class MetricsLevel:
    """Remembers what a log config says about METRIC lines, before the SDK forgets it."""

    def __init__(self, plugin: str) -> None:
        self._plugin = plugin
        self._configured = get_metrics_logger().level or _where_nothing_is_said(logging.getLogger().level)

    def settle(self) -> None:
        """Set the level."""
        level = metrics_level(self._plugin, os.environ, configured=self._configured, terminal=sys.stderr.isatty())
        if level is not None:
            get_metrics_logger().setLevel(level)
