"""What COMMAND INFO and COMMAND DOCS say of a command, rendered from its declaration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from stubredis.command import FLAG_NAMES, WRITE, Command
from stubredis.protocol.replies import Distinct, status
from stubredis.usage import Argument, KeyNum, KeySpec, Keyword, Range


def flag_names(command: Command) -> list[bytes]:
    """The flags as COMMAND INFO shows them."""
    names = [name for flag, name in FLAG_NAMES.items() if command.flags & flag]
    return [*names, b"movablekeys"] if command.usage.movable_keys else names


def key_access(command: Command, index: int) -> list[str]:
    """The flags of a key spec: what happens to the keys, as declared or as the command's flags suggest.

    A command that writes and has several key specs reads from all but the first.
    """
    if command.usage.keys[index].not_key:
        return ["not_key"]
    declared = command.key_access.split(";")
    if declared != [""]:
        return declared[min(index, len(declared) - 1)].split()
    if not command.flags & WRITE:
        return ["RO", "access"]
    if len(command.usage.keys) == 1:
        return ["RW", "update"]
    return ["OW", "update"] if index == 0 else ["RO", "access"]


def key_access_in(command: Command, index: int, request: Sequence[bytes]) -> list[str]:
    """Like `key_access`, where it depends on the options of a request."""
    access = key_access(command, index)
    if "variable_flags" not in access:
        return access
    full = ["RW", "access", "update"]
    if command.name == "bitfield":
        return ["RO", "access"] if _only_gets(request[2:]) else full
    if command.name == "set":
        return full if b"GET" in (word.upper() for word in request[3:]) else ["OW", "update"]
    return [flag for flag in access if flag != "variable_flags"]


def _only_gets(operations: Sequence[bytes]) -> bool:
    """Tell whether operations of BITFIELD are all GET; what is none of its operations may be a write."""
    at = 0
    while at < len(operations):
        name, left = operations[at].upper(), len(operations) - at - 1
        if name == b"GET" and left >= 2:
            at += 3
        elif name == b"OVERFLOW" and left >= 1:
            at += 2
        else:
            return False
    return True


def statuses(names: Iterable[str | bytes]) -> Distinct:
    return Distinct(status(name if isinstance(name, bytes) else name.encode()) for name in names)


def key_spec(command: Command, index: int) -> dict[bytes, Any]:
    """One key spec: where to begin the search, and how to find the keys from there."""
    spec = command.usage.keys[index]
    return {
        b"flags": statuses(key_access(command, index)),
        b"begin_search": begin_search(spec),
        b"find_keys": find_keys(spec),
    }


def begin_search(spec: KeySpec) -> dict[bytes, Any]:
    match spec.begin_search:
        case int(index):
            return {b"type": b"index", b"spec": {b"index": index}}
        case Keyword(keyword, startfrom):
            return {b"type": b"keyword", b"spec": {b"keyword": keyword.encode(), b"startfrom": startfrom}}
        case _:
            return {b"type": b"unknown", b"spec": {}}


def find_keys(spec: KeySpec) -> dict[bytes, Any]:
    match spec.find_keys:
        case Range(lastkey, keystep, limit):
            return {b"type": b"range", b"spec": {b"lastkey": lastkey, b"keystep": keystep, b"limit": limit}}
        case KeyNum(keynumidx, firstkey, keystep):
            return {
                b"type": b"keynum",
                b"spec": {b"keynumidx": keynumidx, b"firstkey": firstkey, b"keystep": keystep},
            }
        case _:
            return {b"type": b"unknown", b"spec": {}}


def command_info(command: Command) -> list[Any]:
    """The ten elements of COMMAND INFO: the legacy key triple, ACL categories, key specs, subcommands."""
    usage = command.usage
    return [
        command.name.encode(),
        command.arity,
        statuses(flag_names(command)),
        usage.first_key,
        usage.last_key,
        usage.step,
        statuses(f"@{category}" for category in sorted(command.categories)),
        Distinct(),  # tips are for the clients of a cluster
        Distinct(key_spec(command, index) for index in range(len(usage.keys))),
        [command_info(subcommand) for subcommand in command.subcommands.values()],
    ]


def command_docs(command: Command) -> dict[bytes, Any]:
    """What COMMAND DOCS says of one command."""
    docs: dict[bytes, Any] = {
        b"summary": command.summary.encode(),
        b"since": command.since.encode(),
        b"group": command.group.encode(),
        b"complexity": command.complexity.encode(),
    }
    if command.replaced_by:
        docs[b"doc_flags"] = statuses(["deprecated"])
        docs[b"replaced_by"] = command.replaced_by.encode()
    if command.usage.arguments:
        docs[b"arguments"] = [argument_docs(argument) for argument in command.usage.arguments]
    if command.subcommands:
        docs[b"subcommands"] = {
            subcommand.name.encode(): command_docs(subcommand) for subcommand in command.subcommands.values()
        }
    return docs


def argument_docs(argument: Argument) -> dict[bytes, Any]:
    """One argument of the tree: what it is called, what type it has, how often it may come."""
    docs: dict[bytes, Any] = {b"name": argument.name.encode(), b"type": argument.type.encode()}
    if argument.display is not None:
        docs[b"display_text"] = argument.display.encode()
    if argument.key_spec_index is not None:
        docs[b"key_spec_index"] = argument.key_spec_index
    if argument.since is not None:
        docs[b"since"] = argument.since.encode()
    if argument.token is not None:
        docs[b"token"] = argument.token.encode()
    flags = [name for name in ("optional", "multiple", "multiple_token") if getattr(argument, name)]
    if flags:
        docs[b"flags"] = statuses(flags)
    if argument.arguments:
        docs[b"arguments"] = [argument_docs(child) for child in argument.arguments]
    return docs
