"""`emulate`, beside the server that it names: replies have the fields that they have there, and errors the words."""

from __future__ import annotations

import re

import pytest

from stubredis.parameters import NAMES
from tests.differential.comparison import Comparison
from tests.differential.resp import Tree, encode, parse
from tests.differential.sides import Connection, Oracle, Ours
from tests.differential.steps import Step, Word, error_kind, fields, shape

#: What INFO says of this project alone.
OWN = {"stubredis_version", "python_version", "used_memory_interpreter"}
#: Parameters that tell nothing about the version: builds differ in their support of TLS.
OURS = re.compile(r"emulate|tls-.*")

STREAM: list[tuple[Word, ...]] = [
    ("XADD", "s", "1-1", "a", "b"),
    ("XADD", "s", "1-2", "a", "b"),
    ("XGROUP", "CREATE", "s", "g", "0"),
    ("XREADGROUP", "GROUP", "g", "c", "COUNT", 1, "STREAMS", "s", ">"),
]
USER: list[tuple[Word, ...]] = [
    ("ACL", "SETUSER", "u", "on", ">p", "resetchannels", "&c", "~a", "~b*", "+get"),
    ("ACL", "SETUSER", "v", "nopass", "~*", "&*", "+@all"),
    ("ACL", "SETUSER", "w", "skip-sanitize-payload", "+@all", "-config", "allkeys"),
]


@pytest.fixture
def compare(server: Oracle, protocol: int) -> Comparison:
    return Comparison(lambda: Ours(server.name), {server.name: server}, protocol)


CASES: dict[str, list[tuple[Word, ...] | Step]] = {
    "xinfo": [
        *STREAM,
        fields("XINFO", "STREAM", "s"),
        shape("XINFO", "STREAM", "s", "FULL"),
        fields("XINFO", "GROUPS", "s"),
        shape("XINFO", "CONSUMERS", "s", "g"),
        ("XINFO", "STREAM", "s", "x"),
    ],
    "deleted entries": [
        *STREAM,
        ("XDEL", "s", "1-1"),
        ("XAUTOCLAIM", "s", "g", "d", 0, 0),
        ("XPENDING", "s", "g"),
        ("XCLAIM", "s", "g", "d", 0, "1-1"),
        ("XCLAIM", "s", "g", "d", 0, "1-1", "JUSTID"),
        ("XAUTOCLAIM", "s", "g", "d", 0, 0, "JUSTID"),
        ("XPENDING", "s", "g"),
    ],
    "acl": [*USER, ("ACL", "LIST"), *[("ACL", "GETUSER", name) for name in ("u", "v", "w", "default")]],
    "acl log": [*USER, error_kind("AUTH", "u", "wrong"), shape("ACL", "LOG")],
    "acl rules": [
        ("ACL", "SETUSER", "u", "(~x)"),
        ("ACL", "SETUSER", "u", "(~x", "+get)"),
        ("ACL", "SETUSER", "u", "%R~x"),
        ("ACL", "SETUSER", "u", "+client|info"),
        ("ACL", "SETUSER", "u", "-client|info"),
        ("ACL", "SETUSER", "u", "db=1"),
        ("ACL", "SETUSER", "u", "alldbs"),
        ("ACL", "SETUSER", "u", "resetdbs"),
    ],
    "encodings": [
        *[("RPUSH", "l", "a"), ("SADD", "s", "a"), ("SADD", "i", 1), ("HSET", "h", "a", "b"), ("ZADD", "z", 1, "a")],
        *[("SET", "k", "v"), *[("OBJECT", "ENCODING", key) for key in "lsihzk"]],
    ],
    "config": [
        fields("CONFIG", "GET", "timeout", "maxclients"),
        ("CONFIG", "GET", "acl-pubsub-default"),
        ("CONFIG", "SET", "timeout", "x"),
        ("CONFIG", "SET", "timeout"),
        ("CONFIG", "SET", "nosuch", 1),
        ("CONFIG", "SET", "databases", 1),
        ("CONFIG", "SET", "timeout", 1, "maxclients", "x"),
        ("CONFIG", "SET", "hash-max-listpack-entries", "x"),
        ("CONFIG", "SET", "commandlog-request-larger-than", "x"),
        ("CONFIG", "GET", "set-max-listpack-entries"),
        ("CONFIG", "GET", "commandlog-execution-slower-than"),
    ],
    "words": [
        ("SET", "k", "v", "EX", 0),
        ("SETEX", "k", 0, "v"),
        ("SET", "k", "v"),
        ("GETEX", "k", "EX", 0),
        ("PEXPIRE", "k", 2**63 - 1),
        ("SET", "k", "v", "NX", "GET"),
        ("XADD", "s", "5-*", "a", "b"),
        ("XADD", "s", "5-1", "a", "b"),
        ("XGROUP", "CREATE", "s", "g", 0, "ENTRIESREAD", 1),
        ("GEORADIUS", "k2", 1, 2, 3, "x"),
        ("REPLICAOF", "x", "y"),
        ("nosuch", "a", "b"),
        ("CLIENT", "nosuch"),
    ],
    "sections": [error_kind("INFO", "nosuch", "nosuch")],
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_replies(compare: Comparison, server: Oracle, case: list[tuple[Word, ...] | Step]) -> None:
    compare(case, oracles=(server.name,))


def ask(server: Oracle, *words: str) -> tuple[Tree, Tree]:
    """Return our reply and that of the server, each asked alone."""
    request = tuple(word.encode() for word in words)
    ours = Ours(server.name)
    ours.reset()
    connection: Connection = ours.connect()
    connection.send(encode(request))
    return parse(connection.read(1))[0], parse(server.ask([request])[0])[0]


def text(tree: Tree) -> str:
    assert isinstance(tree[1], bytes)
    return tree[1].decode()


def names(tree: Tree) -> list[str]:
    """The names in a flat list of names and values."""
    assert isinstance(tree[1], list)
    return [text(name) for name in tree[1][::2]]


@pytest.mark.parametrize(
    "make",
    [
        ("SADD", "k", "a"),
        ("HSET", "k", "f", "v"),
        ("RPUSH", "k", "a"),
        ("ZADD", "k", "1.5", "a"),
        ("XADD", "k", "1-1", "f", "v"),
    ],
)
def test_payloads(server: Oracle, make: tuple[str, ...]) -> None:
    """What DUMP gives, that server restores."""
    ours = Ours(server.name)
    ours.reset()
    server.reset()
    connection: Connection = ours.connect()
    connection.send(encode(tuple(word.encode() for word in make)) + encode((b"DUMP", b"k")))
    connection.read(1)
    payload = parse(connection.read(1))[0][1]
    assert isinstance(payload, bytes)
    assert server.ask([(b"RESTORE", b"k", b"0", payload)]) == [b"+OK\r\n"]
    connection.send(encode((b"TYPE", b"k")))
    assert server.ask([(b"TYPE", b"k")]) == [connection.read(1)]


def test_fields_of_a_client(server: Oracle) -> None:
    ours, theirs = ([field.partition("=")[0] for field in text(tree).split()] for tree in ask(server, "CLIENT", "INFO"))
    assert ours == theirs


@pytest.mark.parametrize("section", ["everything", "memory", "latencystats"])
def test_fields_of_info(server: Oracle, section: str) -> None:
    """What we say is said there, too. Not all of it can be known here."""
    ours, theirs = (
        {line.partition(":")[0] for line in text(tree).split("\r\n")} for tree in ask(server, "INFO", section)
    )
    ours = {name for name in ours if not name.startswith(("cmdstat", "errorstat", "latency_", "memurai"))}
    assert ours - theirs - OWN <= {"# Errorstats"}


def test_fields_of_memory_stats(server: Oracle) -> None:
    ours, theirs = map(names, ask(server, "MEMORY", "STATS"))
    assert not set(ours) - set(theirs)


def test_parameters(server: Oracle) -> None:
    """Each parameter that we have is there, and none is missing that another version has."""
    ours, theirs = (
        {name for name in names(tree) if not OURS.fullmatch(name)} for tree in ask(server, "CONFIG", "GET", "*")
    )
    assert not ours - theirs - NO_LONGER.get(server.name, set())
    assert theirs - ours <= {name for name in theirs if name not in NAMES or NAMES[name].hidden} & MISSING


#: What a newer server has given up, which nobody asks for.
NO_LONGER = {
    "redis-8.2": {"io-threads-do-reads"},
    "valkey-9.1": {"io-threads-do-reads", "dynamic-hz", "sanitize-dump-payload"},
}

#: What only Redis 6.2 has, and what it shows although it is for its own tests.
MISSING = {
    "gopher-enabled", "lua-replicate-commands", "watchdog-period", "use-exit-on-panic", "rdb-key-save-delay",
    "key-load-delay", "aof-disable-auto-gc",
}  # fmt: skip
