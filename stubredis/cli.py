"""The command line: `stubredis serve`, `stubredis ping`."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from stubredis import __version__, log
from stubredis.conf_file import included
from stubredis.config import Config, ConfigError
from stubredis.parameters import NAMES, TABLE
from stubredis.server import Server

USAGE = """\
stubredis: a Redis-compatible server

  stubredis serve [FILE] [--OPTION VALUE ...]   run the server (see: stubredis serve --help)
  stubredis ping [-h HOST] [-p PORT] [-a PASSWORD]
                                                ask a server whether it is there
  stubredis --version
"""

SERVE_USAGE = """\
stubredis serve [FILE] [--OPTION VALUE ...]

Runs a server until it is told to stop (Ctrl-C, SIGTERM, or the command SHUTDOWN). FILE is a configuration file as
redis-server takes it, - for the standard input. The options are those of the file and beat it:

"""

PING_USAGE = """\
stubredis ping [-h HOST] [-p PORT] [-a PASSWORD]

Sends PING and prints the answer. The exit code is 0 if it is PONG, otherwise 1. HOST is 127.0.0.1 and PORT is 6379
if nothing else is said; the password may also be in the environment variable REDISCLI_AUTH.
"""

PING_TIMEOUT = 5.0
"""Seconds after which `ping` gives up."""


DIRECTIVES = {"include", "loadmodule", "rename-command"}
"""Options that are no parameters."""


class UsageError(Exception):
    """What is wrong with the command line, in one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0, or 1 with one line on the standard error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    verbs = {"serve": serve, "ping": ping}
    try:
        match words:
            case [] | ["-h" | "--help" | "help"]:
                print(USAGE, end="")
                return 0
            case ["-v" | "--version"]:
                print(f"stubredis {__version__}")
                return 0
            case [verb, *rest] if verb in verbs:
                return verbs[verb](rest)
            case [verb, *_]:
                raise UsageError(f"unknown command '{verb}'; see: stubredis --help")
    except (UsageError, ConfigError, OSError) as error:
        print(f"stubredis: {error}", file=sys.stderr)
    return 1


# serve


def serve(words: list[str]) -> int:
    """Run the server until it is stopped."""
    if "--help" in words or words == ["-h"]:
        print(SERVE_USAGE + options_help(), end="")
        return 0
    config = configure(words)
    if config.dir != ".":
        os.chdir(config.dir)
    config.on_change["dir"] = lambda: os.chdir(config.dir)
    log.set_up(config.loglevel, config.logfile)
    for warning in config.warnings:
        logging.getLogger("stubredis").warning(warning)
    config.on_change["loglevel"] = lambda: log.set_level(config.loglevel)
    keep_collections_short()
    asyncio.run(run(config))
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
            raise UsageError(f"cannot read the configuration file {path}: {error.strerror}") from None
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


async def run(config: Config) -> None:
    """Serve until SIGINT, SIGTERM or SHUTDOWN."""
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
    try:
        await server.start()
    except OSError as error:
        raise UsageError(
            f"cannot listen on {error.strerror}; stop what is there, or choose another port with --port"
        ) from None
    try:
        logger.log(log.NOTICE, "Running in standalone mode, port=%d", server.port)
        logger.log(log.NOTICE, "Ready to accept connections tcp")
        if config.unixsocket:
            logger.log(log.NOTICE, "Ready to accept connections unix")
        await server.serve()
    finally:
        await server.stop()
    logger.warning("stubredis is now ready to exit, bye bye...")


# ping


def ping(words: list[str]) -> int:
    """Send PING to a server and tell by the exit code whether it answered."""
    host, port, password = "127.0.0.1", "6379", os.environ.get("REDISCLI_AUTH", "")
    rest = iter(words)
    for word in rest:
        match word:
            case "--help":
                print(PING_USAGE, end="")
                return 0
            case "-h" | "-p" | "-a":
                value = next(rest, None)
                if value is None:
                    raise UsageError(f"{word} needs a value; see: stubredis ping --help")
                if word == "-h":
                    host = value
                elif word == "-p":
                    port = value
                else:
                    password = value
            case _:
                raise UsageError(f"unexpected word '{word}'; see: stubredis ping --help")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"'{port}' is no port; it must be between 1 and 65535")
    try:
        answer = ask(host, int(port), password)
    except OSError as error:
        raise UsageError(f"cannot connect to {host}:{port}: {error.strerror or error}") from None
    print(answer)
    return 0 if answer == "PONG" else 1


def ask(host: str, port: int, password: str) -> str:
    """Send AUTH, if there is a password, and PING; return the first error or the answer. Raises OSError."""
    requests = [["AUTH", password]] * bool(password) + [["PING"]]
    with (
        socket.create_connection((host, port), PING_TIMEOUT) as connection,
        connection.makefile("rwb") as stream,
    ):
        answer = ""
        for request in requests:
            stream.write(b"*%d\r\n" % len(request))
            for word in request:
                stream.write(b"$%d\r\n%b\r\n" % (len(word.encode()), word.encode()))
            stream.flush()
            line = stream.readline().decode(errors="replace").strip()
            if not line:
                return "the server closed the connection"
            answer = line[1:]
            if line.startswith("-"):
                break
    return answer
