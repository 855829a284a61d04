"""`emulate`, beside the server that it names: what is newer is refused in its words, and documented as there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from stubredis.command import REGISTRY, Command, table
from stubredis.docs import command_docs
from stubredis.protocol.encoder import RESP2
from stubredis.versions import COMPATIBLE_WITH, EMULATED, version
from tests.differential.comparison import Comparison
from tests.differential.resp import Tree, encode, parse
from tests.differential.sides import Oracle, Ours
from tests.differential.steps import Word, step
from tests.differential.test_introspection import as_map, plain

#: Requests with each option that is newer than its command, and where the word is a value.
OPTIONS: dict[str, list[tuple[Word, ...]]] = {
    "bitcount": [("BITCOUNT", "BIT", 0, 1, "BIT"), ("BITCOUNT", "k", 0, 1, "byte")],
    "bitpos": [("BITPOS", "k", 1, 0, 1, "BIT"), ("BITPOS", "k", 1, 0, 1, "BYTE")],
    "bitop": [("BITOP", name, "d", "a", "b") for name in ("DIFF", "DIFF1", "andor", "ONE", "AND")]
    + [("BITOP", "AND", "DIFF", "ONE", "ONE")],
    "client|list": [
        *[("CLIENT", "LIST", name, "x") for name in ("USER", "ADDR", "LADDR", "SKIPME", "MAXAGE")],
        ("CLIENT", "LIST", "TYPE", "master", "NAME", "x"),
        ("CLIENT", "LIST", "NOT-NAME", "x", "NAME", "x"),
        ("CLIENT", "LIST", "TYPE", "USER"),
    ],
    "client|kill": [
        ("CLIENT", "KILL", "MAXAGE", 1000000),
        ("CLIENT", "KILL", "NAME", "x"),
        ("CLIENT", "KILL", "ID", 99999, "NOT-ID", 1),
        ("CLIENT", "KILL", "ADDR", "NAME"),
    ],
    "geosearch": [
        ("GEOSEARCH", "k", "FROMMEMBER", "m", "BYPOLYGON", 3, 1, 1, 2, 2, 3, 1),
        ("GEOSEARCH", "k", "FROMMEMBER", "BYPOLYGON", "BYRADIUS", 1, "m"),
    ],
    "geosearchstore": [("GEOSEARCHSTORE", "d", "k", "FROMLONLAT", 1, 1, "BYPOLYGON", 3, 1, 1, 2, 2, 3, 1)],
    "hscan": [("HSCAN", "k", 0, "NOVALUES"), ("HSCAN", "k", 0, "MATCH", "novalues")],
    "zscan": [("ZSCAN", "k", 0, "NOSCORES"), ("ZSCAN", "k", 0, "MATCH", "noscores")],
    "zrank": [("ZRANK", "k", "m", "WITHSCORE"), ("ZRANK", "k", "WITHSCORE"), ("ZRANK", "k", "m", "x")],
    "zrevrank": [("ZREVRANK", "k", "m", "WITHSCORE")],
    "xreadgroup": [
        ("XREADGROUP", "GROUP", "g", "CLAIM", "CLAIM", 5, "STREAMS", "k", ">"),
        ("XREADGROUP", "GROUP", "g", "c", "COUNT", 1, "CLAIM", 5, "STREAMS", "k", ">"),
        ("XREADGROUP", "GROUP", "g", "c", "STREAMS", "CLAIM", ">"),
    ],
    "xadd": [
        ("XADD", "k", "KEEPREF", "1-1", "f", "v"),
        ("XADD", "k", "IDMP", "p", "i", "1-2", "f", "v"),
        ("XADD", "k", "NOMKSTREAM", "ACKED", "1-3", "f", "v"),
        ("XADD", "k", "MAXLEN", "~", 100, "DELREF", "1-4", "f", "v"),
        ("XADD", "k", "MAXLEN", 100, "1-5", "KEEPREF", "IDMPAUTO"),
        ("XADD", "k", "1-6", "ACKED", "IDMP"),
    ],
    "xtrim": [("XTRIM", "k", "MAXLEN", 5, name) for name in ("KEEPREF", "DELREF", "acked")],
    "set": [("SET", "k", "v", "XX", "IFEQ", "x"), ("SET", "IFEQ", "IFEQ"), ("SET", "k", "IFDEQ", "GET", "IFNE", "v")]
    + [("SET", "k", "v", name, "0123456789abcdef") for name in ("IFNE", "IFDEQ", "IFDNE")],
    "hsetex": [("HSETEX", "k", "FIELDS", 1, "NX", "XX")],
}


@pytest.fixture
def compare(server: Oracle, protocol: int) -> Comparison:
    return Comparison(lambda: Ours(server.name), {server.name: server}, protocol)


def every(commands: dict[bytes, Command]) -> dict[str, Command]:
    bare = {command.name: command for command in commands.values()}
    return bare | {each.name: each for command in bare.values() for each in command.subcommands.values()}


def test_only_commands_of_the_server(server: Oracle) -> None:
    described = plain(parse(server.ask([(b"COMMAND",)])[0])[0])
    if server.name == "redis-6.2":  # there subcommands are no commands, and QUIT is none either
        ours = {name.decode().lower() for name in table(EMULATED[server.name])}
        assert ours - {description[0] for description in described} == {"quit"}
        return
    listed = plain(parse(server.ask([(b"COMMAND", b"LIST", b"FILTERBY", b"PATTERN", b"*")])[0])[0])
    assert not every(table(EMULATED[server.name])).keys() - set(map(str.lower, listed))


def test_newer_commands(compare: Comparison, server: Oracle) -> None:
    missing = REGISTRY.keys() - every(table(EMULATED[server.name])).keys()
    assert missing
    if server.name == "redis-6.2":  # where CLUSTER is refused before anybody looks at its subcommand
        missing = {name for name in missing if not name.startswith("cluster|")}
    requests = [(*name.split("|"), "a", "b") for name in sorted(missing)]
    compare([step(*words) for words in requests], oracles=(server.name,))


@pytest.mark.parametrize(
    "words", [words for case in OPTIONS.values() for words in case], ids=lambda words: " ".join(map(str, words))
)
def test_newer_options(compare: Comparison, server: Oracle, words: tuple[Word, ...]) -> None:
    # Redis 6 looks for the bitmap before it looks at options.
    before: list[tuple[Word, ...]] = [("SET", words[1], "v")] if words[0] in ("BITCOUNT", "BITPOS") else []
    compare([*before, words, ("EXISTS", "k")], oracles=(server.name,))


def test_every_newer_option_is_tried() -> None:
    """Those that came with 7.0 are older than all servers of the tests."""
    newer = {
        name: [token for token, origin in command.newer.items() if not EMULATED["redis-7.0"].has(origin)]
        for name, command in REGISTRY.items()
    }
    # SHUTDOWN SAFE would end the real server that knows it, and BGSAVE would write a file.
    assert {name for name, tokens in newer.items() if tokens} - {"shutdown", "bgsave"} <= OPTIONS.keys()


def encoded(value: object) -> Any:
    out: list[bytes] = []
    RESP2[type(value)](out, value)  # type: ignore[arg-type]
    tree: Tree = parse(b"".join(out))[0]
    return plain(tree)


def since_by_token(arguments: list[Any], inherited: str) -> Iterator[tuple[str, str]]:
    for argument in map(as_map, arguments):
        since = argument.get("since", inherited)
        if "token" in argument:
            yield argument["token"], since
        yield from since_by_token(argument.get("arguments", []), since)


#: All servers to stand for have what came with it, so we do not care since when.
OLDEST = version("6.2.0")


def test_since_of_options(server: Oracle) -> None:
    """What the server says about the age of a command and its options, we say. Where it is silent, we may know."""
    if server.name == "redis-6.2":
        assert b"docs" not in table(EMULATED[server.name])[b"command"].subcommands
        return
    unlike = []
    for name, command in every(table(EMULATED[server.name])).items():
        reply = plain(parse(server.ask([(b"COMMAND", b"DOCS", name.encode())])[0])[0])
        if not reply:
            continue
        theirs, ours = as_map(reply[1]), as_map(encoded(command_docs(command)))
        theirs.setdefault("since", ours["since"])  # modules do not say
        told = {pair for pair in since_by_token(theirs.get("arguments", []), "0.0.0") if version(pair[1]) > OLDEST}
        told -= {pair for pair in told if pair[1] == theirs["since"]}  # as old as the command itself
        own = {*since_by_token(ours.get("arguments", []), "")}
        known = {token for token, _ in own}
        unlike += [(name, *pair) for pair in told - own if pair[0] in known]
        if theirs["since"] != ours["since"]:
            unlike.append((name, theirs["since"], ours["since"]))
    assert unlike == UNLIKE.get(server.name, [])


#: Redis 7.0 names the preview in which CLIENT PAUSE came. A declaration gives a token one version, wherever it stands.
UNLIKE: dict[str, list[tuple[str, ...]]] = {
    "redis-7.0": [("client|pause", "2.9.50", "3.0.0")],
    "valkey-9.1": [("client|kill", "PRIMARY", "9.0.0")],
}


#: What replicas send to their master, and no client does.
OF_REPLICAS = {"psync", "replconf", "sync"}


@pytest.mark.needs("redis-server 8.2")
def test_latest_claims_no_more_than_is_there(oracles: dict[str, Oracle]) -> None:
    """A version is reported only once all its core commands are there."""
    reply = plain(parse(oracles["redis-8.2"].ask([(b"COMMAND", b"DOCS")])[0])[0])
    missing = [
        name
        for name, docs in as_map(reply).items()
        if name not in REGISTRY
        and name not in OF_REPLICAS
        and as_map(docs).get("group") != "module"
        and version(as_map(docs)["since"]) <= version(COMPATIBLE_WITH)
    ]
    assert not missing


def test_greeting(compare: Comparison, server: Oracle) -> None:
    def same(ours: bytes, theirs: bytes) -> bool:
        return ours.split(b"\r\n")[1:9] == theirs.split(b"\r\n")[1:9]

    compare([replace(step("HELLO"), agree=same)], oracles=(server.name,))


def test_info(server: Oracle) -> None:
    names = ("redis_version", "server_name", "valkey_version", "redis_mode", "server_mode")

    def fields(reply: bytes) -> list[str]:
        return [line for line in reply.decode().split("\r\n") if line.partition(":")[0] in names]

    (theirs,) = server.ask([(b"INFO", b"server")])
    ours = Ours(server.name)
    ours.reset()
    session = ours.connect()
    session.send(encode((b"INFO", b"server")))
    assert fields(session.read(1)) == fields(theirs)
