"""SIGTERM and SIGINT: the run ends within seconds, with a last STATE line and a non-zero exit code.

The handler only raises a flag; the main thread notices it at a record boundary, writes the state and leaves. Should
it be stuck, in a read that lasts or in a write that nobody reads, a watchdog ends the process: with the state if
stdout is at the end of a line, without it if a line is half written, because then nothing valid could follow.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import typing as t

from tap_twitter_ads_async.singer.exit_code import SIGNAL_BASE

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from tap_twitter_ads_async.clock import Clock
    from tap_twitter_ads_async.singer.output import LineWriter

logger = logging.getLogger("tap-twitter-ads-async")

GRACE_SECONDS = 4.0
LOCK_SECONDS = 3.0


class Termination:
    """Turns a signal into an orderly end.

    Args:
        clock: Stopped by the signal.
        writer: Its lock tells whether stdout is at the end of a line.
        write_last_state: Called by the watchdog, where the main thread is stuck.
        clean_up: Called by the watchdog in the end; removes files.

    Attributes:
        signal_number: The signal that arrived, 0 for none.
    """

    def __init__(
        self,
        clock: Clock,
        writer: LineWriter,
        write_last_state: Callable[[], None],
        clean_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._writer = writer
        self._write_last_state = write_last_state
        self._clean_up = clean_up
        self.signal_number = 0

    @property
    def exit_code(self) -> int:
        """The exit code for the signal."""
        return SIGNAL_BASE + self.signal_number

    def handle(self, signum: int, _frame: FrameType | None = None) -> None:
        """Raise the flag, and start the watchdog."""
        if self.signal_number:
            return
        self.signal_number = signum
        self._clock.stop()
        logger.warning("Stopping: received %s; the next run resumes from the last STATE", signal.Signals(signum).name)
        threading.Thread(target=self._watch, name="termination-watchdog", daemon=True).start()

    def _watch(self) -> None:
        threading.Event().wait(GRACE_SECONDS)
        try:
            if self._writer.lock.acquire(timeout=LOCK_SECONDS):
                self._write_last_state()
            self._clean_up()
        finally:  # also where nobody reads the last STATE
            os._exit(self.exit_code)
