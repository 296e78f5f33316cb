"""A few daemon threads for calls that block, so that the engine's own thread never does.

Daemon threads, because a worker that sits in a read must not hold up the end of the process.
"""

from __future__ import annotations

import threading
import typing as t
from queue import SimpleQueue

from tap_twitter_ads_async.errors import Terminated

if t.TYPE_CHECKING:
    from collections.abc import Callable

    Result = t.TypeVar("Result")


class Workers:
    """Runs blocking work elsewhere and hands its outcome back to one thread.

    Attributes:
        inbox: What the owning thread has to do next: calls without arguments.
    """

    def __init__(self, limit: int) -> None:
        self.inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._limit = limit
        self._started = 0
        self._busy = 0
        self._ended = False

    def submit(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Run `work` on a worker; `done` or `failed` then runs on the thread that serves the inbox.

        Args:
            work: Runs on the worker; may block.
            done: Receives its result.
            failed: Receives the exception that it raised.
        """

        def run() -> None:
            try:
                result = work()
            except Terminated:
                return  # the run ends; nobody waits for the outcome
            except Exception as error:  # noqa: BLE001 - handed over, not swallowed
                problem = error
                self.inbox.put(lambda: self._finish(lambda: failed(problem)))
            else:
                self.inbox.put(lambda: self._finish(lambda: done(result)))

        self._busy += 1
        if self._busy > self._started and self._started < self._limit:
            self._started += 1
            threading.Thread(target=self._serve, name=f"ads-worker-{self._started}", daemon=True).start()
        self._work.put(run)

    def _finish(self, then: Callable[[], None]) -> None:
        self._busy -= 1
        then()

    def end(self) -> None:
        """Let the threads go, because a process may run many taps.

        Work that runs is not awaited; work that has not begun never begins.
        """
        self._ended = True
        self._work.put(None)

    def _serve(self) -> None:
        while (run := self._work.get()) is not None:
            if not self._ended:
                run()
        self._work.put(None)  # for the next worker, who may have been started a moment ago
