"""Reads several accounts ahead while one is being emitted, in a fixed order and in little memory."""

from __future__ import annotations

import queue
import threading
import typing as t

from tap_twitter_ads_async.errors import Terminated

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_twitter_ads_async.clock import Clock

    Page = list[dict[str, t.Any]]

ACCOUNTS_AHEAD = 6
"""Accounts read at a time; the API's quotas are per account, so more accounts mean more throughput."""
PAGES_HELD = 1
"""Pages an account may have waiting, in addition to the one being read."""
LOOK_UP_SECONDS = 0.1
"""How often a waiting thread looks whether the run was stopped."""


class _End(t.NamedTuple):
    """Last thing a reader puts down: how it ended."""

    error: BaseException | None


class _Reader:
    """One daemon thread that puts an account's pages into a bounded queue."""

    def __init__(self, pages: Iterator[Page], clock: Clock, name: str) -> None:
        self._pages = pages
        self._clock = clock
        self._cancelled = threading.Event()
        self._out: queue.Queue[Page | _End] = queue.Queue(PAGES_HELD)
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def cancel(self) -> None:
        """Let the thread end at its next page."""
        self._cancelled.set()

    def take(self, look: Callable[[], None]) -> Iterator[Page]:
        """Yield the pages; raise what the reader met.

        Args:
            look: Called every moment while there is none.

        Raises:
            Terminated: The run was stopped.
        """
        while True:
            look()
            try:
                item = self._out.get(timeout=LOOK_UP_SECONDS)
            except queue.Empty:
                if self._clock.stopped:
                    raise Terminated("stopped while reading objects") from None
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def _run(self) -> None:
        try:
            for page in self._pages:
                if not self._put(page):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that takes the pages
            self._put(_End(error))
        else:
            self._put(_End(None))

    def _put(self, item: Page | _End) -> bool:
        while not self._cancelled.is_set() and not self._clock.stopped:
            try:
                self._out.put(item, timeout=LOOK_UP_SECONDS)
            except queue.Full:
                continue
            return True
        return False


class Prefetch:
    """Pages of many accounts, read by a few threads and handed out account by account.

    Args:
        account_ids: The accounts in the order in which they will be taken.
        open_pages: Starts reading an account; called in the taking thread, its iterator runs in a reader.
        clock: Tells when the run is stopped.
        look: What the taking thread has to look at every moment, also while it waits for a page.
    """

    def __init__(
        self,
        account_ids: Sequence[str],
        open_pages: Callable[[str], Iterator[Page]],
        clock: Clock,
        look: Callable[[], None],
    ) -> None:
        self._waiting = list(account_ids)
        self._look = look
        self._open_pages = open_pages
        self._clock = clock
        self._readers: dict[str, _Reader] = {}

    def take(self, account_id: str) -> Iterator[Page]:
        """Yield an account's pages, while the accounts after it are being read."""
        self._pass_over_those_before(account_id)
        if account_id not in self._readers:
            self._start(account_id)
        while self._waiting and len(self._readers) < ACCOUNTS_AHEAD:
            self._start(self._waiting.pop(0))
        reader = self._readers[account_id]
        try:
            yield from reader.take(self._look)
        finally:
            reader.cancel()
            self._readers.pop(account_id, None)

    def close(self) -> None:
        """Let all readers end; what they hold is dropped."""
        self._waiting.clear()
        for reader in self._readers.values():
            reader.cancel()
        self._readers.clear()

    def _pass_over_those_before(self, account_id: str) -> None:
        """Let go of the accounts before this one that were not asked for; nobody will take their pages."""
        begun = list(self._readers)
        if account_id in begun:
            before = begun[: begun.index(account_id)]
        elif account_id in self._waiting:
            before = begun
            del self._waiting[: self._waiting.index(account_id) + 1]
        else:
            return
        for passed_over in before:
            self._readers.pop(passed_over).cancel()

    def _start(self, account_id: str) -> None:
        name = f"objects-{account_id}"
        self._readers[account_id] = _Reader(self._open_pages(account_id), self._clock, name)
