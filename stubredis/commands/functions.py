"""Functions: the libraries that the server keeps, and FCALL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stubredis.client import Client
from stubredis.command import (
    ALLOW_BUSY,
    DENYOOM,
    NOSCRIPT,
    READONLY,
    WRITE,
    container,
    group,
)
from stubredis.datatypes.glob import matcher
from stubredis.errors import CommandError, printed, wrong_subcommand
from stubredis.protocol.replies import OK, Distinct, Map, Reply
from stubredis.scripting.flags import FLAGS
from stubredis.scripting.keys import KEYS, RUN, key_count

if TYPE_CHECKING:
    from stubredis.scripting.functions import Library

command = group("scripting")
container(
    "FUNCTION", "scripting", since="7.0.0", help_since="7.0.0", summary="Look after the libraries of functions",
)  # fmt: skip

DEPENDS = "Depends on the function that is executed."


@command(f"FCALL function {KEYS}", RUN, since="7.0.0", complexity=DEPENDS, key_access="RW access update")
def fcall(client: Client, function: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Call a function."""
    return _call(client, function, numkeys, words, read_only=False)


@command(f"FCALL_RO function {KEYS}", RUN | READONLY, since="7.0.0", complexity=DEPENDS, categories="-read")
def fcall_ro(client: Client, function: bytes, numkeys: bytes, *words: bytes) -> Reply:
    """Call a function that does not write."""
    return _call(client, function, numkeys, words, read_only=True)


def _call(client: Client, function: bytes, numkeys: bytes, words: tuple[bytes, ...], *, read_only: bool) -> Reply:
    scripting = client.server.scripting
    program = scripting.libraries.functions.get(function)
    if program is None:
        raise CommandError(b"ERR Function not found")
    try:
        count = key_count(numkeys, words)
    except CommandError as error:
        if b"integer" in error.text:
            raise CommandError(b"ERR Bad number of keys provided") from None
        raise
    return scripting.start(client, program, count, words, read_only)


@command(
    "FUNCTION LOAD [REPLACE] function-code", WRITE | DENYOOM | NOSCRIPT,
    since="7.0.0", complexity="O(N) for a library of N bytes.",
)  # fmt: skip
def function_load(client: Client, *words: bytes) -> Reply:
    """Load a library and return its name."""
    *options, code = words
    for option in options:
        if option.upper() != b"REPLACE":
            raise CommandError(b"ERR Unknown option given: " + printed(option))
    library = client.server.scripting.libraries.load(code, replace=bool(options))
    _changed(client)
    return library.name


@command("FUNCTION DELETE library-name", WRITE | NOSCRIPT, since="7.0.0")
def function_delete(client: Client, library_name: bytes) -> Reply:
    """Delete a library."""
    client.server.scripting.libraries.delete(library_name)
    _changed(client)
    return OK


@command("FUNCTION FLUSH [ASYNC | SYNC]", WRITE | NOSCRIPT, since="7.0.0", complexity="O(N) for N functions.")
def function_flush(client: Client, *words: bytes) -> Reply:
    """Delete all libraries."""
    if len(words) > 1:
        raise wrong_subcommand("FUNCTION", "FLUSH")
    if words and words[0].upper() not in (b"ASYNC", b"SYNC"):
        raise CommandError(b"ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
    client.server.scripting.libraries.flush()
    _changed(client)
    return OK


@command(
    "FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE]", NOSCRIPT,
    since="7.0.0", complexity="O(N) for N functions.",
)  # fmt: skip
def function_list(client: Client, *words: bytes) -> Reply:
    """Tell about the libraries and their functions."""
    pattern = None
    with_code = False
    rest = iter(words)
    for word in rest:
        option = word.upper()
        if option == b"WITHCODE" and not with_code:
            with_code = True
        elif option == b"LIBRARYNAME" and pattern is None:
            pattern = next(rest, None)
            if pattern is None:
                raise CommandError(b"ERR library name argument was not given")
        else:
            raise CommandError(b"ERR Unknown argument " + printed(word))
    matches = matcher(pattern.lower()) if pattern is not None else None
    libraries = client.server.scripting.libraries.by_name.values()
    return [_library(library, with_code) for library in libraries if matches is None or matches(library.name.lower())]


def _library(library: Library, with_code: bool) -> Reply:
    functions = [
        Map(
            [
                (b"name", function.name),
                (b"description", function.description),
                (b"flags", Distinct([name for name, flag in FLAGS.items() if function.flags & flag])),
            ]
        )
        for function in library.functions.values()
    ]
    about = Map([(b"library_name", library.name), (b"engine", b"LUA"), (b"functions", functions)])
    if with_code:
        about.append((b"library_code", library.code))
    return about


@command("FUNCTION STATS", NOSCRIPT | ALLOW_BUSY, since="7.0.0")
def function_stats(client: Client) -> Reply:
    """Tell which function is running, and how many there are."""
    scripting = client.server.scripting
    run = scripting.run
    running: Reply = None
    if run is not None:
        if not run.program.is_function:
            raise CommandError(scripting.busy_text)
        duration = client.server.clock.now() - run.started_at
        command = [b"FCALL_RO" if run.read_only else b"FCALL", run.program.name, b"%d" % run.count, *run.words]
        running = Map([(b"name", run.program.name), (b"command", command), (b"duration_ms", duration)])
    libraries = scripting.libraries
    counts = Map([(b"libraries_count", len(libraries.by_name)), (b"functions_count", len(libraries.functions))])
    return Map([(b"running_script", running), (b"engines", Map([(b"LUA", counts)]))])


@command("FUNCTION KILL", NOSCRIPT | ALLOW_BUSY, since="7.0.0")
def function_kill(client: Client) -> Reply:
    """End the function that is running, if it has not written."""
    client.server.scripting.kill(function=True)
    return OK


@command("FUNCTION DUMP", NOSCRIPT, since="7.0.0", complexity="O(N) for N functions.")
def function_dump(client: Client) -> Reply:
    """Return all libraries as a payload that FUNCTION RESTORE understands."""
    return client.server.scripting.libraries.dump()


@command(
    "FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE]", WRITE | DENYOOM | NOSCRIPT,
    since="7.0.0", complexity="O(N) for N functions in the payload.",
)  # fmt: skip
def function_restore(client: Client, serialized_value: bytes, *words: bytes) -> Reply:
    """Load the libraries of a payload."""
    policy = words[0].upper() if words else b"APPEND"
    if len(words) > 1:
        raise wrong_subcommand("FUNCTION", "RESTORE")
    if policy not in (b"FLUSH", b"APPEND", b"REPLACE"):
        raise CommandError(b"ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
    client.server.scripting.libraries.restore(serialized_value, policy)
    _changed(client)
    return OK


def _changed(client: Client) -> None:
    """Let persistence and replicas hear of a change of the libraries."""
    client.db.dirty += 1
    effects = client.server.effects
    if effects.subscribers:
        effects.changed = effects.pending = True
