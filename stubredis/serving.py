"""A server that has a process for itself: its signals, its log and its memory."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable

from stubredis import __version__, log
from stubredis.config import Config
from stubredis.openfiles import allow_clients
from stubredis.server import Server


def keep_collections_short() -> None:
    """Let the garbage collector look at young objects only.

    Values make no reference cycles, so collecting the old generation finds nothing, and with a million keys it
    would stop the server for a good part of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 1_000_000)


async def serve(config: Config, on_ready: Callable[[Server], None] = lambda server: None) -> None:
    """Serve until SIGINT, SIGTERM or SHUTDOWN. Raises ListenError and TLSError if it cannot begin."""
    logger = logging.getLogger("stubredis")
    loop = asyncio.get_running_loop()
    server = Server(config)

    def stop(number: int, _frame: object) -> None:
        reason = "User requested shutdown..." if number == signal.SIGINT else "Received SIGTERM scheduling shutdown..."
        loop.call_soon_threadsafe(logger.warning, reason)
        loop.call_soon_threadsafe(server.request_stop)

    # Not loop.add_signal_handler, which Windows does not have.
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGTERM)):
        signal.signal(number, stop)

    logger.log(log.NOTICE, "stubredis %s, pid=%d, just started", __version__, os.getpid())
    config.maxclients = allow_clients(config.maxclients)
    await server.start()
    try:
        logger.log(log.NOTICE, "Running in standalone mode, port=%d", server.port)
        for listener in server.listeners.described():
            logger.log(log.NOTICE, "Ready to accept connections %s", listener[5 : listener.index(",")])
        on_ready(server)
        await server.serve()
    finally:
        await server.stop()
    logger.warning("stubredis is now ready to exit, bye bye...")
