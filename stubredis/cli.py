"""The command line: `stubredis serve`, `stubredis ping`."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from stubredis import __version__, log
from stubredis.conf_file import included
from stubredis.config import Config, ConfigError
from stubredis.listening import ListenError
from stubredis.openfiles import allow_clients
from stubredis.parameters import NAMES, TABLE
from stubredis.server import Server
from stubredis.tls import TLSError

USAGE = """\
stubredis: a Redis-compatible server

  stubredis serve [FILE] [--OPTION VALUE ...]   run the server (see: stubredis serve --help)
  stubredis ping [-h HOST] [-p PORT] ...        ask a server whether it is there (see: stubredis ping --help)
  stubredis --version
"""

SERVE_USAGE = """\
stubredis serve [FILE] [--OPTION VALUE ...]

Runs a server until it is told to stop (Ctrl-C, SIGTERM, or the command SHUTDOWN). FILE is a configuration file as
redis-server takes it, - for the standard input. The options are those of the file and beat it:

"""

PING_USAGE = """\
stubredis ping [-h HOST] [-p PORT] [-s PATH] [-a PASSWORD] [--tls] [--cacert FILE] [--cert FILE --key FILE] [--insecure]

Sends PING and prints the answer. The exit code is 0 if it is PONG, otherwise 1. HOST is 127.0.0.1 and PORT is 6379
if nothing else is said, and PATH is that of a unix socket; the password may also be in the environment variable
REDISCLI_AUTH. With --tls the server must have a certificate for HOST that the authorities in the file of --cacert, or
those that this machine trusts, have signed; --insecure takes any. --cert and --key are the client's own.
"""

PING_TIMEOUT = 5.0
"""Seconds after which `ping` gives up."""


DIRECTIVES = {"include", "loadmodule", "rename-command", "user"}
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
    except (UsageError, ConfigError, TLSError, OSError) as error:
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
    config.maxclients = allow_clients(config.maxclients)
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


# ping


def ping(words: list[str]) -> int:
    """Send PING to a server and tell by the exit code whether it answered."""
    values = {"-h": "127.0.0.1", "-p": "6379", "-s": "", "-a": os.environ.get("REDISCLI_AUTH", "")}
    values |= {"--cacert": "", "--cert": "", "--key": ""}
    flags = {"--tls": False, "--insecure": False}
    rest = iter(words)
    for word in rest:
        if word == "--help":
            print(PING_USAGE, end="")
            return 0
        elif word in values:
            value = next(rest, None)
            if value is None:
                raise UsageError(f"{word} needs a value; see: stubredis ping --help")
            values[word] = value
        elif word in flags:
            flags[word] = True
        else:
            raise UsageError(f"unexpected word '{word}'; see: stubredis ping --help")
    host, port, path = values["-h"], values["-p"], values["-s"]
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"'{port}' is no port; it must be between 1 and 65535")
    context = None
    if flags["--tls"]:
        context = trust(values["--cacert"], values["--cert"], values["--key"], insecure=flags["--insecure"])
    try:
        answer = ask((path or (host, int(port))), values["-a"], context)
    except OSError as error:
        raise UsageError(f"cannot connect to {path or f'{host}:{port}'}: {reason(error)}") from None
    print(answer)
    return 0 if answer == "PONG" else 1


def trust(authority: str, certificate: str, key: str, *, insecure: bool) -> ssl.SSLContext:
    """Make the context of a connection over TLS. Raises UsageError naming the file that is no good."""
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for option, file in (("--cacert", authority), ("--cert", certificate)):
        if not file:
            continue
        try:
            if option == "--cacert":
                context.load_verify_locations(file)
            else:
                context.load_cert_chain(file, key or None)
        except OSError as error:
            raise UsageError(f"cannot use {option} {file}: {reason(error)}") from None
    return context


def reason(error: OSError) -> str:
    """Say in a few words what went wrong."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return error.strerror or str(error)


def ask(address: str | tuple[str, int], password: str, context: ssl.SSLContext | None = None) -> str:
    """Send AUTH, if there is a password, and PING; return the first error or the answer.

    The address is host and port, or the path of a unix socket. Raises OSError.
    """
    requests = [["AUTH", password]] * bool(password) + [["PING"]]
    with connect(address, context) as connection, connection.makefile("rwb") as stream:
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


def connect(address: str | tuple[str, int], context: ssl.SSLContext | None) -> socket.socket:
    """Connect to a server. Raises OSError."""
    if isinstance(address, tuple):
        connection = socket.create_connection(address, PING_TIMEOUT)
    elif sys.platform == "win32":
        raise OSError(None, "unix sockets are not available on Windows")
    else:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PING_TIMEOUT)
    try:
        if isinstance(address, str):
            connection.connect(address)
        if context is None:
            return connection
        host = address[0] if isinstance(address, tuple) else None
        return context.wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise
