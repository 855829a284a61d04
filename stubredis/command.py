"""The declaration of commands, and the registry of all that were declared.

    command = group("list")

    @command("LPOP key [count]", WRITE | FAST, since="1.0.0", complexity="O(N)")
    def lpop(client: Client, key: bytes, count: bytes | None = None) -> Reply:
        '''Remove and return the first elements of a list.'''

The usage line of the manual and the flags are the declaration. Arity, key positions, ACL categories and what
COMMAND INFO and COMMAND DOCS say are derived from them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from types import FunctionType
from typing import Any, Protocol, TypeVar

from stubredis.histogram import Histogram
from stubredis.protocol.replies import Reply, Status
from stubredis.usage import Usage, parse
from stubredis.versions import LATEST, Emulated, Origin

Handler = Callable[..., Reply]
H = TypeVar("H", bound=Handler)

WRITE = 1 << 0
READONLY = 1 << 1
DENYOOM = 1 << 2
ADMIN = 1 << 3
PUBSUB = 1 << 4
NOSCRIPT = 1 << 5
BLOCKING = 1 << 6
LOADING = 1 << 7
STALE = 1 << 8
FAST = 1 << 9
NO_AUTH = 1 << 10
NO_MULTI = 1 << 11
ALLOW_BUSY = 1 << 12
ASKING = 1 << 16
MODULE = 1 << 17
NO_ASYNC_LOADING = 1 << 20
SKIP_MONITOR = 1 << 21
NO_MANDATORY_KEYS = 1 << 22

FLAG_NAMES = {
    WRITE: b"write",
    READONLY: b"readonly",
    DENYOOM: b"denyoom",
    MODULE: b"module",
    ADMIN: b"admin",
    PUBSUB: b"pubsub",
    NOSCRIPT: b"noscript",
    BLOCKING: b"blocking",
    LOADING: b"loading",
    STALE: b"stale",
    SKIP_MONITOR: b"skip_monitor",
    ASKING: b"asking",
    FAST: b"fast",
    NO_AUTH: b"no_auth",
    NO_ASYNC_LOADING: b"no_async_loading",
    NO_MANDATORY_KEYS: b"no_mandatory_keys",
    NO_MULTI: b"no_multi",
    ALLOW_BUSY: b"allow_busy",
}
"""The flags that COMMAND INFO shows, in the order of Redis."""

# Flags that COMMAND INFO does not show.
MAY_REPLICATE = 1 << 13
"""Has effects outside the keyspace that replicas must see, as PUBLISH has: CLIENT PAUSE WRITE holds it back."""
NOT_QUEUED = 1 << 14
"""Executed at once even between MULTI and EXEC."""
SUBSCRIBER = 1 << 15
"""Allowed to a RESP2 client that has subscribed."""

_FLAG_CATEGORIES = {
    WRITE: "write",
    READONLY: "read",
    ADMIN: "admin",
    PUBSUB: "pubsub",
    BLOCKING: "blocking",
    FAST: "fast",
}
_GROUP_CATEGORIES = {
    "bitmap": "bitmap",
    "connection": "connection",
    "generic": "keyspace",
    "geo": "geo",
    "hash": "hash",
    "hyperloglog": "hyperloglog",
    "list": "list",
    "scripting": "scripting",
    "set": "set",
    "sorted-set": "sortedset",
    "stream": "stream",
    "string": "string",
    "transactions": "transaction",
}


class Command:
    """One command or subcommand: its declaration, and what a server counts of it.

    `plain` is the function that was declared, `handler` what dispatch calls on its way: the same, or in a server with
    timing around it (timing.py). `timed_calls` of the calls took `nanoseconds`, not counting the `samples` that are
    still to be added. They stand for the `untimed` calls of scripts, too, which only a `steady` command has: one whose
    time does not depend on the data.

    `minimum` and `maximum` bound the number of words of a request, the name included. No request is within the
    bounds of a container: dispatch finds the subcommand on its slow path.
    """

    __slots__ = (
        "arity", "calls", "categories", "complexity", "failed_calls", "flags", "group", "handler", "key_access",
        "latencies", "maximum", "minimum", "name", "nanoseconds", "newer", "origin", "plain", "rejected_calls",
        "replaced_by", "samples", "since", "steady", "subcommands", "summary", "timed_calls", "untimed", "usage",
    )  # fmt: skip

    def __init__(
        self,
        handler: Handler,
        usage: Usage,
        flags: int,
        *,
        group: str,
        since: str,
        summary: str,
        complexity: str = "O(1)",
        categories: str = "",
        key_access: str = "",
        replaced_by: str = "",
        newer: Mapping[str, Origin] | None = None,
    ) -> None:
        self.usage = usage
        self.name = usage.name
        # Every handler is called with the words behind the first; a subcommand's own name is of no use to it.
        self.plain = self.handler = _without_subcommand(handler) if "|" in usage.name else handler
        self.minimum = usage.minimum
        assert isinstance(handler, FunctionType)
        # A handler that takes any number of words judges surplus ones itself.
        maximum = None if handler.__code__.co_flags & inspect.CO_VARARGS else usage.maximum
        self.maximum = sys.maxsize if maximum is None else maximum
        self.arity = usage.minimum if usage.minimum == self.maximum else -usage.minimum
        self.flags = flags
        self.group = group
        self.origin = Origin.parse(since)
        self.since = self.origin.text
        self.newer = newer or {}
        self.summary = summary
        self.complexity = complexity
        self.categories = _categories(group, flags, categories)
        self.key_access = key_access
        self.replaced_by = replaced_by
        self.subcommands: dict[bytes, Command] = {}
        self.steady = False
        self.reset_stats()

    def reset_stats(self) -> None:
        """Set what a server counts back to zero."""
        self.calls = self.failed_calls = self.rejected_calls = 0
        self.timed_calls = self.nanoseconds = self.untimed = 0
        self.latencies = Histogram()
        self.samples: list[int] = []

    def copy(self, emulated: Emulated = LATEST) -> Command:
        """Return a copy with counters of its own, for one server, without what is newer than that server."""
        command = copy(self)
        command.reset_stats()
        command.subcommands = {
            name: subcommand.copy(emulated)
            for name, subcommand in self.subcommands.items()
            if emulated.has(subcommand.origin)
        }
        if not emulated.knows_all:
            command.become(emulated)
        return command

    def become(self, emulated: Emulated) -> None:
        """Be what a server knows of this command: as documented there, and without options that it does not have."""
        self.since = emulated.since(self.origin)
        if not self.newer:
            return
        unknown = {token for token, origin in self.newer.items() if not emulated.has(origin)}
        sinces = {token: emulated.since(origin) for token, origin in self.newer.items()}
        known, self.usage = self.usage, parse(self.usage.line, sinces, unknown)
        if unknown:
            self.plain = self.handler = _unaware({token.encode() for token in unknown}, self.handler, known)
            if self.usage.maximum == self.minimum:  # where nothing is optional any more, real servers count the words
                self.arity = self.maximum = self.minimum


REGISTRY: dict[str, Command] = {}
"""All declared commands by name, subcommands as `container|subcommand` behind their container."""


def table(emulated: Emulated = LATEST) -> dict[bytes, Command]:
    """Return the commands of a new server, by their name in lower and in upper case."""
    declared = [command for name, command in REGISTRY.items() if "|" not in name]
    commands = [command.copy(emulated) for command in declared if emulated.has(command.origin)]
    lower = {command.name.encode(): command for command in commands}
    return lower | {name.upper(): command for name, command in lower.items()}


def requested(commands: Mapping[bytes, Command], argv: Sequence[bytes]) -> Command | None:
    """Return the command that a request names, or the subcommand, whatever the number of its words."""
    command = commands.get(argv[0].lower())
    if command is not None and command.subcommands and len(argv) > 1:
        return command.subcommands.get(argv[1].lower())
    return command


class Declare(Protocol):
    """What `group` returns: called with a usage line, it gives the decorator of the handler.

    `categories` names ACL categories beside the derived ones, a leading minus takes one away. `key_access` gives
    the flags of the key specs where they are not what WRITE and READONLY say. `replaced_by` tells what to use instead
    of a deprecated command. The first line of the handler's docstring is the summary.

    `since` and the keys of `newer` are versions as Origin reads them; `newer` names the tokens of the usage line that
    are newer than the command.
    """

    def __call__(
        self,
        usage: str,
        flags: int = 0,
        *,
        since: str,
        complexity: str = "O(1)",
        categories: str = "",
        key_access: str = "",
        replaced_by: str = "",
        newer: Mapping[str, str] | None = None,
    ) -> Callable[[H], H]: ...


def group(name: str) -> Declare:
    """Return the decorator that declares the commands of a group."""

    def command(
        usage: str, flags: int = 0, *, newer: Mapping[str, str] | None = None, **attributes: Any
    ) -> Callable[[H], H]:
        origins = {token: Origin.parse(since) for since, tokens in (newer or {}).items() for token in tokens.split()}
        sinces = {token: origin.text for token, origin in origins.items()}

        def declare(handler: H) -> H:
            summary = (handler.__doc__ or "").partition("\n")[0].rstrip(".")
            declared = Command(
                handler, parse(usage, sinces), flags, group=name, summary=summary, newer=origins, **attributes
            )
            _register(declared)
            return handler

        return declare

    return command


def container(
    name: str, group: str, *, since: str, summary: str, help_since: str | None = None, categories: str = "slow"
) -> None:
    """Declare a command that only carries subcommands, and its HELP if it has one."""

    def refuse(*_: object) -> Reply:
        raise AssertionError(f"{name} is executed by its subcommands")

    complexity = "Depends on the subcommand."
    bare = Command(refuse, parse(name), 0, group=group, since=since, summary=summary, complexity=complexity)
    bare.arity, bare.minimum, bare.maximum = -2, sys.maxsize, 0
    bare.categories = frozenset(categories.split())
    _register(bare)
    if help_since is not None:
        with_help(name, since=help_since)


def with_help(name: str, *, since: str) -> None:
    """Declare the HELP of a command that has subcommands."""
    bare = REGISTRY[name.lower()]

    def show(_client: object) -> Reply:
        return _help(bare)

    declared = Command(
        show,
        parse(f"{name} HELP"),
        LOADING | STALE,
        group=bare.group,
        since=since,
        summary="Show the subcommands",
        categories=" ".join(bare.categories),
    )
    _register(declared)


def _without_subcommand(handler: Handler) -> Handler:
    def call(client: object, _subcommand: bytes, *arguments: bytes) -> Reply:
        return handler(client, *arguments)

    return call


def _unaware(tokens: set[bytes], handler: Handler, known: Usage) -> Handler:
    """Hide from a handler that it knows these tokens: it finds an empty word in their place, and refuses that."""

    def call(client: object, *words: bytes) -> Reply:
        hidden = {at for at in known.tokens_in(words) if words[at].upper() in tokens}
        if hidden:
            words = tuple([b"" if at in hidden else word for at, word in enumerate(words)])
        return handler(client, *words)

    return call


def _register(command: Command) -> None:
    REGISTRY[command.name] = command
    container, _, subcommand = command.name.partition("|")
    if subcommand:
        bare = REGISTRY[container]
        bare.subcommands[subcommand.encode()] = command
        bare.arity = -abs(bare.arity)


def _categories(group: str, flags: int, more: str) -> frozenset[str]:
    """Derive the ACL categories as Redis does (setImplicitACLCategories in server.c)."""
    categories = {name for flag, name in _FLAG_CATEGORIES.items() if flags & flag}
    if not flags & FAST:
        categories.add("slow")
    if flags & ADMIN:
        categories.add("dangerous")
    if group in _GROUP_CATEGORIES:
        categories.add(_GROUP_CATEGORIES[group])
    for name in more.split():
        if name.startswith("-"):
            categories.discard(name[1:])
        else:
            categories.add(name)
    return frozenset(categories)


def _help(container: Command) -> list[Status]:
    """The reply of a container's HELP: each subcommand's usage and summary."""
    lines = [f"{container.name.upper()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    for _, command in sorted(container.subcommands.items()):
        lines += [command.usage.line.partition(" ")[2], f"    {command.summary}."]
    return [Status(b"+%b\r\n" % line.encode()) for line in lines]
