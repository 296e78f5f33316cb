"""Both ports of the simulator, served from a background thread."""

from __future__ import annotations

import asyncio
import threading
import typing as t

from aiohttp import web
from typing_extensions import Self

from tap_twitter_ads_async.simulator.app import ApiApp
from tap_twitter_ads_async.simulator.control import Control
from tap_twitter_ads_async.simulator.files import FilesApp
from tap_twitter_ads_async.simulator.options import SimulatorOptions
from tap_twitter_ads_async.simulator.simulation import Simulation

if t.TYPE_CHECKING:
    from types import TracebackType

_START_SECONDS = 60.0
_BACKLOG = 512


class Simulator(Simulation):
    """A simulated API that listens; use it as a context manager, or call `start` and `stop`."""

    def __init__(self, options: SimulatorOptions | None = None) -> None:
        super().__init__(options or SimulatorOptions())
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="x-ads-simulator", daemon=True)

    def start(self) -> None:
        """Open both ports and return when they listen.

        Raises:
            RuntimeError: The ports could not be opened.
        """
        self._thread.start()
        self._ready.wait(_START_SECONDS)
        if self._error is not None or not self.api_url:
            raise RuntimeError("the simulator did not start") from self._error

    def stop(self) -> None:
        """Close both ports."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_START_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        files_app = FilesApp(self.api)
        files = await self._listen(files_app.build(), self.options.files_port)
        api = await self._listen(ApiApp(self.api, Control(self), files_app).build(), self.options.port)
        self.files_url, self.api_url = files[1], api[1]
        self.api.jobs.files_url, self.api.jobs.api_url = self.files_url, self.api_url
        self._ready.set()
        try:
            await self._stopping.wait()
        finally:
            await api[0].cleanup()
            await files[0].cleanup()

    async def _listen(self, app: web.Application, port: int) -> tuple[web.AppRunner, str]:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, self.options.host, port, backlog=_BACKLOG)
        await site.start()
        address = runner.addresses[0]
        return runner, f"http://{self.options.host}:{address[1]}"
