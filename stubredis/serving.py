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
from stubredis.errors import CommandError
from stubredis.listening import pass_over_lost_clients
from stubredis.openfiles import allow_clients
from stubredis.rdb.snapshot import SnapshotError
from stubredis.server import Server


class LoadError(Exception):
    """The data that were saved cannot be loaded: one line with the file and the reason."""


def prepare(config: Config) -> None:
    """Let this process be as its server is configured: its folder, its log, its garbage collection. Raises OSError."""
    if config.dir != ".":
        os.chdir(config.dir)
    config.on_change["dir"] = lambda: os.chdir(config.dir)
    log.set_up(config.loglevel, config.logfile)
    for warning in config.warnings:
        logging.getLogger("stubredis").warning(warning)
    config.on_change["loglevel"] = lambda: log.set_level(config.loglevel)
    keep_collections_short()


def keep_collections_short() -> None:
    """Let the garbage collector look at young objects only.

    Values make no reference cycles, so collecting the old generation finds nothing, and with a million keys it
    would stop the server for a good part of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 1_000_000)


def save_and_stop(server: Server) -> None:
    """Stop, and before that save the data if there are save points; the server goes on if that fails."""
    try:
        if server.config.save:
            server.saving.save()
    except (SnapshotError, OSError) as error:
        logging.getLogger("stubredis").warning("Error trying to save the DB, can't exit: %s", error)
    else:
        server.request_stop()


def stop_on_signals(loop: asyncio.AbstractEventLoop, server: Server) -> None:
    """Let Ctrl-C and SIGTERM stop the server, and on Windows Ctrl-Break and the end of the console."""
    logger = logging.getLogger("stubredis")

    def stop(number: int, _frame: object) -> None:
        name = signal.Signals(number).name
        reason = "User requested shutdown..." if name == "SIGINT" else f"Received {name} scheduling shutdown..."
        loop.call_soon_threadsafe(logger.warning, reason)
        loop.call_soon_threadsafe(save_and_stop, server)

    # Not loop.add_signal_handler, which Windows does not have.
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGTERM)):
        signal.signal(number, stop)


async def serve(config: Config, on_ready: Callable[[Server], None] = lambda server: None) -> None:
    """Serve until SIGINT, SIGTERM or SHUTDOWN. Raises LoadError, ListenError and TLSError if it cannot."""
    logger = logging.getLogger("stubredis")
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(pass_over_lost_clients)
    server = Server(config)
    stop_on_signals(loop, server)
    logger.log(log.NOTICE, "stubredis %s, pid=%d, just started", __version__, os.getpid())
    config.maxclients = allow_clients(config.maxclients)
    try:
        server.saving.load()
    except (SnapshotError, CommandError, OSError) as error:
        raise LoadError(f"cannot load {server.saving.path}: {error}") from None
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
