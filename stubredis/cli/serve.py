"""`stubredis serve`: run the server."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from difflib import get_close_matches
from pathlib import Path

from stubredis import __version__, log
from stubredis.cli.mistakes import UsageError
from stubredis.conf_file import included
from stubredis.config import Config, ConfigError
from stubredis.errors import CommandError
from stubredis.listening import ListenError, pass_over_lost_clients
from stubredis.openfiles import allow_clients
from stubredis.parameters import NAMES, TABLE
from stubredis.rdb.snapshot import SnapshotError
from stubredis.reasons import reason
from stubredis.server import Server
from stubredis.tls import TLSError

USAGE = """\
stubredis serve [FILE] [--OPTION VALUE ...]

Runs a server until it is told to stop (Ctrl-C, SIGTERM, or the command SHUTDOWN). FILE is a configuration file as
redis-server takes it, - for the standard input. The options are those of the file and beat it:

"""

DIRECTIVES = {"include", "loadmodule", "rename-command", "user"}
"""Options that are no parameters."""


def run(words: list[str]) -> int:
    """Run the server until it is stopped."""
    if "--help" in words or words == ["-h"]:
        print(USAGE + options_help(), end="")
        return 0
    try:
        config = configure(words)
        if config.dir != ".":
            os.chdir(config.dir)
        config.on_change["dir"] = lambda: os.chdir(config.dir)
        log.set_up(config.loglevel, config.logfile)
        for warning in config.warnings:
            logging.getLogger("stubredis").warning(warning)
        config.on_change["loglevel"] = lambda: log.set_level(config.loglevel)
        keep_collections_short()
        asyncio.run(serve(config))
    except (ConfigError, TLSError) as error:
        raise UsageError(str(error)) from None
    return 0


def configure(words: list[str]) -> Config:
    """Read the words behind `serve`: a file, then options with one or more values each, in any order.

    Raises ConfigError and UsageError.
    """
    config = Config()
    if words and not words[0].startswith("--"):
        path = words.pop(0)
        try:
            config.load(sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes(), path)
        except OSError as error:
            raise UsageError(f"cannot read the configuration file {path}: {reason(error)}") from None
    options: list[tuple[str, list[str]]] = []
    for word in words:
        if word.startswith("--"):
            options.append((word[2:], []))
        elif options:
            options[-1][1].append(word)
        else:
            raise UsageError(f"unexpected word '{word}'; see: stubredis serve --help")
    for name, values in options:
        if name.lower() not in NAMES and name.lower() not in DIRECTIVES:
            raise UsageError(f"unknown option '--{name}'{nearest(name)}; see: stubredis serve --help")
        try:
            if name.lower() == "include" and len(values) == 1:
                for directive in included(values[0], "--include", 0):
                    config.apply(directive.name, directive.words, directive.where)
                continue
            config.apply(name, values or ([""] if name.lower() == "save" else []), f"--{name}")
        except ConfigError as error:
            raise UsageError(f"bad value for --{name}: {error.reason}") from None
    return config


def nearest(name: str) -> str:
    """Name the option that was probably meant."""
    matches = get_close_matches(name.lower(), NAMES, n=1)
    return f" (did you mean --{matches[0]}?)" if matches else ""


def options_help() -> str:
    """One line for each option: its name, its default and what it is for."""
    with_effect = [name for name, parameter in TABLE.items() if parameter.effect]
    without = [name for name, parameter in TABLE.items() if not parameter.effect and not parameter.hidden]
    heading = "\nThese are accepted, kept and reported, without effect:\n\n"
    return "".join(map(option_help, with_effect)) + heading + "".join(map(option_help, without))


def option_help(name: str) -> str:
    """Return what the help says about one option."""
    parameter = TABLE[name]
    default = parameter.kind.format(parameter.default) or "''"
    if not parameter.effect:
        return f"  --{name} {default}\n"
    return f"  --{name} {default}\n      {parameter.summary}\n"


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


async def serve(config: Config) -> None:
    """Serve until SIGINT, SIGTERM or SHUTDOWN."""
    logger = logging.getLogger("stubredis")
    server = Server(config)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(pass_over_lost_clients)
    stop_on_signals(loop, server)
    logger.log(log.NOTICE, "stubredis %s, pid=%d, just started", __version__, os.getpid())
    config.maxclients = allow_clients(config.maxclients)
    try:
        server.saving.load()
    except (SnapshotError, CommandError, OSError) as error:
        raise UsageError(f"cannot load {server.saving.path}: {error}") from None
    try:
        await server.start()
    except ListenError as error:
        place = "path" if error.option == "unixsocket" else "port"
        raise UsageError(
            f"cannot listen on {error.strerror}; stop what is there, or choose another {place} with --{error.option}"
        ) from None
    except TLSError as error:
        raise UsageError(f"cannot serve TLS: {error}") from None
    try:
        logger.log(log.NOTICE, "Running in standalone mode, port=%d", server.port)
        for listener in server.listeners.described():
            logger.log(log.NOTICE, "Ready to accept connections %s", listener[5 : listener.index(",")])
        await server.serve()
    finally:
        await server.stop()
    logger.warning("stubredis is now ready to exit, bye bye...")
