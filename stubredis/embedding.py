"""A server for synchronous code: it runs in a thread of its own, with its own event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from stubredis import event_loop
from stubredis.clock import ManualClock
from stubredis.server import Server


class Running:
    """A server that runs in a thread: where it is reached, and how its time is moved."""

    def __init__(self, host: str, port: int, scheme: str, server: Server) -> None:
        self.host = host
        self.port = port
        self.scheme = scheme
        self._server = server
        self._loop = asyncio.get_running_loop()

    @property
    def url(self) -> str:
        """The address as clients take it, `redis://127.0.0.1:6379`, or `rediss://` if there is TLS only."""
        return f"{self.scheme}://{self.host}:{self.port}"

    def advance(self, milliseconds: int) -> None:
        """Move the time of a server that was given a ManualClock, and wait until what became due is done.

        Keys whose time is over are gone then, and blocked clients have heard of it. Raises TypeError if the server
        has the clock of the system.
        """
        clock = self._server.clock
        if not isinstance(clock, ManualClock):
            raise TypeError("the time of this server cannot be moved; start it with clock=stubredis.ManualClock()")

        async def move() -> None:
            clock.advance(milliseconds)
            self._server.tick()

        asyncio.run_coroutine_threadsafe(move(), self._loop).result()


@contextmanager
def running(**options: Any) -> Iterator[Running]:
    """Run a server while the block runs.

        with stubredis.running() as server:
            redis.Redis(port=server.port)

    The options are those of Server; without a port a free one is picked, unless it is to listen elsewhere: on a
    `tls_port` or a `unixsocket`. Raises what the start raises: ConfigError, OSError if the port is taken, or TLSError.
    """
    started: Future[Running] = Future()
    finish = threading.Event()
    stop: list[Any] = []

    async def serve() -> None:
        async with Server(**{"port": 0, **options}) as server:
            loop = asyncio.get_running_loop()
            stop.append(lambda: loop.call_soon_threadsafe(server.request_stop))
            scheme = "rediss" if server.listeners.encrypted else "redis"
            started.set_result(Running("127.0.0.1", server.port, scheme, server))
            await server.serve()

    def run() -> None:
        try:
            event_loop.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)
        finally:
            finish.set()

    thread = threading.Thread(target=run, name="stubredis", daemon=True)
    thread.start()
    server = started.result()
    try:
        yield server
    finally:
        if not finish.is_set():
            stop[0]()
        thread.join()
