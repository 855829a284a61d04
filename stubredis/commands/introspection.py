"""COMMAND: the command table, described to clients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stubredis.client import Client
from stubredis.command import LOADING, STALE, Command, group, requested, with_help
from stubredis.datatypes.glob import matcher
from stubredis.docs import command_docs, command_info, key_access_in, statuses
from stubredis.errors import SYNTAX, CommandError
from stubredis.protocol.replies import Reply

command = group("server")

ANYTIME = LOADING | STALE


def all_commands(client: Client) -> list[Command]:
    """The commands of a server, each once, without subcommands."""
    return [command for name, command in client.server.commands.items() if name.islower()]


def with_subcommands(commands: Iterable[Command]) -> list[Command]:
    return [each for command in commands for each in (command, *command.subcommands.values())]


def named(client: Client, name: bytes) -> Command | None:
    """Find a command by its name, a subcommand as `container|subcommand`."""
    container, bar, subcommand = name.lower().partition(b"|")
    if bar and client.server.emulated.before_7:
        return None
    command = client.server.commands.get(container)
    return command.subcommands.get(subcommand) if command is not None and bar else command


def described(client: Client, command: Command) -> list[Any]:
    """What COMMAND INFO says; before Redis 7 it had seven elements."""
    described = command_info(command)
    return described[:7] if client.server.emulated.before_7 else described


@command("COMMAND", ANYTIME, since="2.8.13", complexity="O(N) for N commands.", categories="connection")
def command_(client: Client) -> Reply:
    """Describe all commands."""
    return [described(client, command) for command in all_commands(client)]


with_help("COMMAND", since="5.0.0")


@command("COMMAND COUNT", ANYTIME, since="2.8.13", categories="connection")
def count(client: Client) -> Reply:
    """Count the commands."""
    return len(all_commands(client))


@command(
    "COMMAND INFO [command-name [command-name ...]]", ANYTIME,
    since="2.8.13", complexity="O(N) for N commands.", categories="connection",
)  # fmt: skip
def info(client: Client, *names: bytes) -> Reply:
    """Describe commands: arity, flags, keys and ACL categories."""
    if not names:
        return command_(client)
    found = [named(client, name) for name in names]
    return [None if command is None else described(client, command) for command in found]


@command(
    "COMMAND DOCS [command-name [command-name ...]]", ANYTIME,
    since="7.0.0", complexity="O(N) for N commands.", categories="connection",
)  # fmt: skip
def docs(client: Client, *names: bytes) -> Reply:
    """Describe commands for people: summary, arguments and where they came from."""
    found = [named(client, name) for name in names] if names else all_commands(client)
    return {command.name.encode(): command_docs(command) for command in found if command is not None}


@command(
    "COMMAND LIST [FILTERBY MODULE module-name | ACLCAT category | PATTERN pattern]", ANYTIME,
    since="7.0.0", complexity="O(N) for N commands.", categories="connection",
)  # fmt: skip
def list_(client: Client, *words: bytes) -> Reply:
    """List the names of the commands, or of some."""
    if not words:
        return [command.name.encode() for command in all_commands(client)]
    if len(words) != 3 or words[0].upper() != b"FILTERBY":
        raise CommandError(SYNTAX)
    value = words[2]
    commands = with_subcommands(all_commands(client))
    match words[1].upper():
        case b"MODULE":
            return []
        case b"ACLCAT":
            category = value.lower().decode("latin-1")
            return [command.name.encode() for command in commands if category in command.categories]
        case b"PATTERN":
            matches = matcher(value.lower())
            return [command.name.encode() for command in commands if matches(command.name.encode())]
    raise CommandError(SYNTAX)


def keys_of(client: Client, request: tuple[bytes, ...]) -> tuple[Command, list[tuple[int, int]]]:
    """Find the keys of a request: the command, and which words are keys by which key spec."""
    command = requested(client.server.commands, request)
    if command is None:
        raise CommandError(b"ERR Invalid command specified")
    if all(spec.not_key for spec in command.usage.keys):
        raise CommandError(b"ERR The command has no key arguments")
    if len(request) < command.minimum or len(request) > command.arity > 0:
        raise CommandError(b"ERR Invalid number of arguments specified for command")
    try:
        return command, command.usage.keys_in(request)
    except ValueError:
        raise CommandError(b"ERR Invalid arguments specified for command") from None


@command(
    "COMMAND GETKEYS command [arg [arg ...]]", ANYTIME,
    since="2.8.13", complexity="O(N) for N arguments.", categories="connection",
)  # fmt: skip
def getkeys(client: Client, *request: bytes) -> Reply:
    """Tell which words of a request are keys."""
    _, keys = keys_of(client, request)
    return [request[position] for position, _ in keys]


@command(
    "COMMAND GETKEYSANDFLAGS command [arg [arg ...]]", ANYTIME,
    since="7.0.0", complexity="O(N) for N arguments.", categories="connection",
)  # fmt: skip
def getkeysandflags(client: Client, *request: bytes) -> Reply:
    """Tell which words of a request are keys, and what happens to them."""
    command, keys = keys_of(client, request)
    return [[request[position], statuses(key_access_in(command, index, request))] for position, index in keys]
