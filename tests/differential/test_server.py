"""CONFIG, COMMAND, INFO, TIME and SHUTDOWN, and the whole command table."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from stubredis.command import REGISTRY, Command
from stubredis.docs import command_info
from tests.differential.comparison import Comparison
from tests.differential.steps import Word, fields, shape, unordered
from tests.processes import ServerProcess

VALKEY = ("valkey-9.1",)


@pytest.mark.parametrize(
    "words",
    [
        ("CONFIG",), ("CONFIG", "NOSUCH"), ("CONFIG", "GET"), ("CONFIG", "GET", "nosuch"), ("CONFIG", "GET", "databases"), ("CONFIG", "GET", "DATABASES"),
        ("CONFIG", "SET"), ("CONFIG", "SET", "timeout"), ("CONFIG", "SET", "nosuch", "1"), ("CONFIG", "SET", "timeout", "1", "nosuch"),
        ("CONFIG", "SET", "timeout", "x"), ("CONFIG", "SET", "timeout", "-1"), ("CONFIG", "SET", "timeout", "99999999999"), ("CONFIG", "SET", "databases", "3"),
        ("CONFIG", "SET", "maxmemory", "x"), ("CONFIG", "SET", "maxmemory", "1mb"), ("CONFIG", "SET", "maxmemory", "-1"), ("CONFIG", "SET", "maxmemory", "1xb"),
        ("CONFIG", "SET", "appendonly", "maybe"), ("CONFIG", "SET", "maxmemory-policy", "nosuch"),
        ("CONFIG", "SET", "timeout", "1", "timeout", "2"), ("CONFIG", "SET", "timeout", "1", "nosuch", "2"), ("CONFIG", "SET", "timeout", "5", "maxmemory", "x"),
        ("CONFIG", "SET", "proto-max-bulk-len", "1"), ("CONFIG", "SET", "client-output-buffer-limit", "foo 1 1 1"), ("CONFIG", "SET", "client-output-buffer-limit", "normal 1 1"),
        ("CONFIG", "SET", "maxclients", "0"), ("CONFIG", "RESETSTAT"), ("CONFIG", "RESETSTAT", "x"), ("CONFIG", "SET", "save", "x y"), ("CONFIG", "SET", "tcp-keepalive", "10"),
        ("COMMAND", "NOSUCH"), ("COMMAND", "COUNT", "x"), ("COMMAND", "LIST", "x"), ("COMMAND", "LIST", "FILTERBY", "FOO", "x"), ("COMMAND", "LIST", "FILTERBY", "ACLCAT", "nosuch"),
        ("COMMAND", "LIST", "FILTERBY", "MODULE", "nosuch"), ("COMMAND", "LIST", "FILTERBY", "PATTERN", "nosuch*"), ("COMMAND", "INFO", "nosuch"), ("COMMAND", "DOCS", "nosuch"),
        ("COMMAND", "GETKEYS"), ("COMMAND", "GETKEYS", "nosuch", "a"), ("COMMAND", "GETKEYS", "GET", "a", "b"), ("COMMAND", "GETKEYS", "GET", "a"),
        ("COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"), ("COMMAND", "GETKEYS", "LMPOP", "2", "a", "b", "LEFT"), ("COMMAND", "GETKEYS", "BLPOP", "a", "b", "0"),
        ("COMMAND", "GETKEYS", "LMPOP", "x", "a", "LEFT"), ("COMMAND", "GETKEYS", "BLMOVE", "a", "b", "LEFT", "LEFT", "0"), ("COMMAND", "GETKEYS", "COPY", "a", "b"),
        ("TIME", "x"), ("SHUTDOWN", "FOO"), ("SHUTDOWN", "NOSAVE", "SAVE"), ("SHUTDOWN", "ABORT"), ("INFO", "nosuch"),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([words, ("CONFIG", "GET", "timeout"), ("CONFIG", "GET", "maxmemory")])


@pytest.mark.parametrize("words", [("COMMAND", "GETKEYS", "GET"), ("COMMAND", "GETKEYS", "PING")])
def test_getkeys_without_keys(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([words], oracles=VALKEY)


def test_log_levels(compare: Comparison) -> None:
    compare([("CONFIG", "SET", "loglevel", "loud")], differs={"redis-7.0": "does not know the level `nothing` yet"})


def test_several_parameters(compare: Comparison) -> None:
    compare(
        [
            ("CONFIG", "SET", "timeout", "10", "maxmemory", "2mb"),
            fields("CONFIG", "GET", "timeout", "maxmemory"),
            fields("CONFIG", "GET", "maxmemor[y]", "time?ut"),
        ]
    )
    compare([shape("TIME")])
    for request in (("GET", "a"), ("MSET", "a", "1"), ("LMOVE", "a", "b", "LEFT", "LEFT")):
        compare([unordered("COMMAND", "GETKEYSANDFLAGS", *request)])


def description(info: list[Any]) -> dict[str, Any]:
    """What COMMAND INFO says, in a form that compares independently of order."""
    name, arity, flags, first, last, step, categories, _, specs, _ = info
    return {
        "name": text(name),
        "arity": arity,
        "flags": {text(flag) for flag in flags} - {"skip_commandlog"},
        "keys": (first, last, step),
        "categories": {text(category) for category in categories},
        "key specs": [spec_description(spec) for spec in specs],
    }


def spec_description(spec: Any) -> Any:
    spec = pairs(spec)
    return {
        "flags": {text(flag) for flag in spec["flags"]} - {"variable_flags"},
        "begin": {key: plain(value) for key, value in pairs(spec["begin_search"]).items()},
        "find": {key: plain(value) for key, value in pairs(spec["find_keys"]).items()},
    }


def plain(value: Any) -> Any:
    return pairs(value) if isinstance(value, (list, dict)) else text(value)


def pairs(value: Any) -> dict[str, Any]:
    items = value.items() if isinstance(value, dict) else zip(value[::2], value[1::2], strict=True)
    return {text(key): text(item) if isinstance(item, (bytes, str)) else item for key, item in items}


def text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.removeprefix(b"+").removesuffix(b"\r\n").decode()
    return value


DECLARED = list(REGISTRY.values())


@pytest.fixture(scope="module")
def their_table(valkey: ServerProcess) -> dict[str, dict[str, Any]]:
    """COMMAND INFO of Valkey for every command and subcommand that is declared here."""
    with redis.Redis(port=valkey.port, protocol=2) as client:
        names = [command.name for command in DECLARED]
        connection = client.connection_pool.get_connection()
        connection.send_command("COMMAND", "INFO", *names)
        replies = connection.read_response()
        client.connection_pool.release(connection)
    return {name: description(reply) for name, reply in zip(names, replies, strict=True) if reply is not None}


@pytest.mark.parametrize("command", DECLARED, ids=lambda command: command.name)
def test_declarations(their_table: dict[str, dict[str, Any]], command: Command) -> None:
    """Arity, flags, keys and categories that follow from a declaration are those of the real server."""
    assert description(command_info(command)) == their_table[command.name]


def test_count_and_list_agree(compare: Comparison) -> None:
    compare(
        [
            unordered("COMMAND", "LIST", "FILTERBY", "PATTERN", "pubsub|c*"),
            unordered("COMMAND", "LIST", "FILTERBY", "ACLCAT", "transaction"),
        ]
    )
