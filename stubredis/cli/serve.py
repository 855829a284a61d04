"""`stubredis serve`: run the server."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path

from stubredis import event_loop
from stubredis.cli.mistakes import UsageError
from stubredis.conf_file import included
from stubredis.config import Config, ConfigError
from stubredis.listening import ListenError
from stubredis.parameters import NAMES, TABLE
from stubredis.protocol.requests import split_words
from stubredis.reasons import reason
from stubredis.serving import LoadError, prepare, serve
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
        run_server(configure(words))
    except ConfigError as error:
        raise UsageError(str(error)) from None
    return 0


def run_server(config: Config) -> None:
    """Run a server with this configuration until it is stopped. Raises ConfigError, UsageError and OSError."""
    prepare(config)
    try:
        event_loop.run(serve(config))
    except LoadError as error:
        raise UsageError(str(error)) from None
    except TLSError as error:
        raise UsageError(f"cannot serve TLS: {error}") from None
    except ListenError as error:
        place = "path" if error.option == "unixsocket" else "port"
        raise UsageError(
            f"cannot listen on {error.strerror}; stop what is there, or choose another {place} with --{error.option}"
        ) from None


def configure(words: list[str], config: Config | None = None) -> Config:
    """Read the words behind `serve`: a file, then options with one or more values each, in any order.

    A configuration that is given has the defaults. Raises ConfigError and UsageError.
    """
    config = config or Config()
    if words and not words[0].startswith("--"):
        path = words.pop(0)
        try:
            config.load(sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes(), path)
        except OSError as error:
            raise UsageError(f"cannot read the configuration file {path}: {reason(error)}") from None
    options: list[tuple[str, list[str]]] = []
    for word in words:
        if word.startswith("--"):
            # As in Redis, the values may stand in the same word: some clients give "--requirepass secret" as one.
            name, *values = split_option(word)
            options.append((name, values))
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


def split_option(word: str) -> list[str]:
    """Return the name of an option, and the values that stand in the same word. Raises UsageError."""
    words = split_words(word[2:].encode("utf-8", "surrogateescape"))
    if words is None:
        raise UsageError(f"unbalanced quotes in '{word}'")
    return [part.decode("utf-8", "surrogateescape") for part in words] or [""]


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
