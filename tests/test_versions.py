"""`emulate`: which commands and options the versions have that no server of the differential tests is."""

from __future__ import annotations

import re

import pytest

import stubredis
from stubredis.command import REGISTRY, Command, table
from stubredis.config import Config, ConfigError
from stubredis.usage import parse
from stubredis.versions import EMULATED, LATEST, Origin
from tests.differential.resp import encode


def ask(emulate: str, *words: str) -> bytes:
    session = stubredis.Server(emulate=emulate).connect()
    session.receive(encode(tuple(word.encode() for word in words)))
    return session.take_output()


def knows(emulate: str, name: str) -> bool:
    container, _, subcommand = name.encode().partition(b"|")
    found: Command | None = table(EMULATED[emulate]).get(container)
    return found is not None and (not subcommand or subcommand in found.subcommands)


@pytest.mark.parametrize(
    ("text", "redis", "valkey"),
    [
        ("7.0.0", "7.0.0", "7.0.0"),
        ("7.4.0", "7.4.0", None),
        ("valkey-9.0.0", None, "9.0.0"),
        ("7.4.0 valkey-9.0.0", "7.4.0", "9.0.0"),
    ],
)
def test_origin(text: str, redis: str | None, valkey: str | None) -> None:
    assert Origin.parse(text) == (redis, valkey)


@pytest.mark.parametrize(
    ("name", "known_to"),
    [
        ("get", "6.2 7.0 7.2 7.4 8.0 8.2 8.1v 9.1v m"),
        ("lmpop", "7.0 7.2 7.4 8.0 8.2 8.1v 9.1v m"),
        ("client|no-touch", "7.2 7.4 8.0 8.2 8.1v 9.1v m"),
        ("hexpire", "7.4 8.0 8.2 9.1v"),
        ("hgetex", "8.0 8.2 9.1v"),
        ("vadd", "8.0 8.2"),
        ("xdelex", "8.2"),
        ("client|capa", "8.1v 9.1v"),
        ("delifeq", "9.1v"),
        ("digest", ""),
    ],
)
def test_commands_of_versions(name: str, known_to: str) -> None:
    names = {"m": "memurai-4", "8.1v": "valkey-8.1", "9.1v": "valkey-9.1"}
    expected = {names.get(word, f"redis-{word}") for word in known_to.split()} | {"latest"}
    assert {emulate for emulate in EMULATED if knows(emulate, name)} == expected


@pytest.mark.parametrize(
    ("emulate", "request_line", "reply"),
    [
        ("redis-6.2", "nosuch a b", b"-ERR unknown command `nosuch`, with args beginning with: `a`, `b`, \r\n"),
        (
            "redis-6.2",
            "CLIENT nosuch",
            b"-ERR Unknown subcommand or wrong number of arguments for 'nosuch'. Try CLIENT HELP.\r\n",
        ),
        (
            "redis-6.2",
            "OBJECT encoding",
            b"-ERR Unknown subcommand or wrong number of arguments for 'encoding'. Try OBJECT HELP.\r\n",
        ),
        ("redis-6.2", "EXPIRE k 1 NX", b"-ERR wrong number of arguments for 'expire' command\r\n"),
        ("redis-6.2", "XSETID k 1-1 ENTRIESADDED 1", b"-ERR wrong number of arguments for 'xsetid' command\r\n"),
        ("redis-6.2", "BITCOUNT k 0 1 BIT", b"-ERR syntax error\r\n"),
        ("redis-6.2", "COMMAND INFO config|get", b"*1\r\n$-1\r\n"),
        ("redis-6.2", "SHUTDOWN ABORT", b"-ERR syntax error\r\n"),
        ("redis-7.2", "ZRANK k m WITHSCORE", b"*-1\r\n"),
        ("redis-7.2", "CLIENT KILL MAXAGE 9", b"-ERR syntax error\r\n"),
        ("redis-7.4", "CLIENT KILL MAXAGE 9", b":0\r\n"),
        ("valkey-8.1", "SET k v IFEQ v", b"$-1\r\n"),
        ("valkey-8.1", "CLIENT LIST NAME x", b"-ERR syntax error\r\n"),
        ("memurai-4", "ZRANK k m WITHSCORE", b"*-1\r\n"),
    ],
)
def test_one_request(emulate: str, request_line: str, reply: bytes) -> None:
    assert ask(emulate, *request_line.split()) == reply


def test_seven_elements_before_redis_7() -> None:
    assert ask("redis-6.2", "COMMAND", "INFO", "get").startswith(b"*1\r\n*7\r\n")
    assert ask("redis-7.0", "COMMAND", "INFO", "get").startswith(b"*1\r\n*10\r\n")


@pytest.mark.parametrize("emulate", EMULATED)
def test_what_a_server_says_of_itself(emulate: str) -> None:
    server = EMULATED[emulate]
    info = ask(emulate, "INFO", "server").decode().split("\r\n")
    assert f"redis_version:{server.redis}" in info
    assert (f"valkey_version:{server.valkey}" in info) == ("server_name:valkey" in info) == (server.valkey is not None)
    assert (f"memurai_version:{server.memurai}" in info) == (server.memurai is not None)
    hello = ask(emulate, "HELLO").split(b"\r\n")
    assert hello[2::2][:2] == [b"server", server.product.encode()]
    assert server.version.encode() in hello


def test_newer_names_tokens_of_the_usage_line() -> None:
    for command in REGISTRY.values():
        assert command.newer.keys() <= set(re.split(r"[][<>| ]+", command.usage.line)), command.name


def test_latest_is_not_filtered() -> None:
    """Its commands are as declared, their handlers not wrapped."""
    for name, command in table(LATEST).items():
        assert command.handler is REGISTRY[name.decode().lower()].handler


def test_an_unknown_version_names_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        Config(emulate="redis-7.1")
    assert str(caught.value).startswith("emulate: unknown version 'redis-7.1', the nearest are: redis-7.")
    assert len(str(caught.value).splitlines()) == 1


def test_not_changeable() -> None:
    assert b"immutable" in ask("latest", "CONFIG", "SET", "emulate", "redis-7.0")


@pytest.mark.parametrize(
    ("line", "request_line", "tokens"),
    [
        ("SET key value [NX | XX] [GET] [EX seconds]", "NX XX GET EX EX nx", ["GET", "EX", "nx"]),
        (
            "XADD key [KEEPREF] [<MAXLEN | MINID> [= | ~] threshold] <* | id> field value [field value ...]",
            "k 1-1 KEEPREF v",
            [],
        ),
        (
            "XADD key [KEEPREF] [<MAXLEN | MINID> [= | ~] threshold] <* | id> field value [field value ...]",
            "k MAXLEN ~ 5 KEEPREF * KEEPREF v",
            ["MAXLEN", "~", "KEEPREF", "*"],
        ),
        ("BITOP <AND | ONE> destkey key [key ...]", "AND ONE ONE", ["AND"]),
        ("ZSCAN key cursor [MATCH pattern] [NOSCORES]", "k 0 MATCH NOSCORES NOSCORES", ["MATCH", "NOSCORES"]),
    ],
)
def test_tokens_are_told_from_values(line: str, request_line: str, tokens: list[str]) -> None:
    words = request_line.encode().split()
    assert [words[at].decode() for at in parse(line).tokens_in(words)] == tokens
