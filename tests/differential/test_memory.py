"""MEMORY, and what servers do when there is too much in memory. How much that is, is each server's own."""

from __future__ import annotations

import pytest

from stubredis.command import DENYOOM, REGISTRY, Command
from tests.differential.comparison import Comparison
from tests.differential.steps import Step, Word, arrived, begin, expect, on, shape

Words = tuple[Word, ...]
ALL = ("valkey-9.1", "redis-7.0", "redis-8.2")
OVER: Words = ("CONFIG", "SET", "maxmemory", "1")
POLICIES = (
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
    "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction",
)  # fmt: skip


# MEMORY


@pytest.mark.parametrize(
    "words",
    [
        ("MEMORY",), ("MEMORY", "FOO"), ("MEMORY", "USAGE"), ("MEMORY", "USAGE", "missing"), ("memory", "usage", "missing"),
        ("MEMORY", "USAGE", "k", "SAMPLES"), ("MEMORY", "USAGE", "k", "SAMPLES", "x"), ("MEMORY", "USAGE", "k", "SAMPLES", "-1"),
        ("MEMORY", "USAGE", "k", "SAMPLES", "1.5"), ("MEMORY", "USAGE", "k", "FOO", "1"), ("MEMORY", "USAGE", "k", "SAMPLES", "1", "x"),
        ("MEMORY", "USAGE", "missing", "FOO"), ("MEMORY", "USAGE", "missing", "samples", "0", "SAMPLES", "5"), ("MEMORY", "USAGE", "k", ""),
        ("MEMORY", "USAGE", "k", "SAMPLES", 2**63), ("MEMORY", "PURGE"), ("MEMORY", "PURGE", "x"), ("MEMORY", "DOCTOR", "x"),
        ("MEMORY", "STATS", "x"), ("MEMORY", "MALLOC-STATS", "x"), ("MEMORY", "HELP", "x"),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, words: Words) -> None:
    compare([("SET", "k", "v"), words])


@pytest.mark.parametrize(
    "words",
    [
        ("SET", "k", "v"), ("INCR", "k"), ("RPUSH", "k", "a", "b"), ("SADD", "k", "a", "b"), ("HSET", "k", "f", "v"), ("ZADD", "k", 1, "a"),
        ("XADD", "k", "1-1", "f", "v"), ("PFADD", "k", "a"),
    ],
)  # fmt: skip
def test_usage(compare: Comparison, words: Words) -> None:
    usage: list[Words | Step] = [
        shape("MEMORY", "USAGE", "k"),
        shape("MEMORY", "USAGE", "k", "SAMPLES", 0),
        shape("MEMORY", "USAGE", "k", "samples", 2**63 - 1, "SAMPLES", 3),
    ]
    compare([words, *usage])


def test_reports(compare: Comparison) -> None:
    """Valkey is built without an allocator that tells anything."""
    compare([("SET", "k", "v"), shape("MEMORY", "DOCTOR")])
    compare([shape("MEMORY", "MALLOC-STATS")], oracles=("redis-7.0", "redis-8.2"))


def test_stats(compare: Comparison) -> None:
    steps: list[Words | Step] = [
        ("SET", "k", "v", "EX", 1000),
        shape("MEMORY", "STATS"),
        ("SELECT", 3),
        ("SET", "k", "v"),
    ]
    compare([*steps, shape("MEMORY", "STATS")], oracles=("redis-8.2",))


# Refusing


def example(command: Command) -> Words:
    """Make up a request with as many words as the command needs; what it says does not matter if it is refused."""
    name = command.name.split("|")
    return (*name, *["1"] * (command.minimum - len(name)))


IN_ALL = [
    command
    for command in REGISTRY.values()
    if not command.subcommands and command.origin.text <= "7.0.0" and command.group != "scripting"
]
DENIED = [command for command in IN_ALL if command.flags & DENYOOM]


def test_there_are_many_that_need_memory() -> None:
    assert len(DENIED) > 50


@pytest.mark.parametrize("command", DENIED, ids=lambda command: command.name)
def test_commands_that_need_memory(compare: Comparison, command: Command) -> None:
    compare([OVER, example(command)])


@pytest.mark.parametrize(
    "words", [("HSETEX", "k", "FIELDS", 1, "f", "v"), ("HSETEX", "k", "FIELDS"), ("HGETEX", "k", "FIELDS", 1, "f")]
)
def test_newer_commands(compare: Comparison, words: Words) -> None:
    compare([OVER, words], oracles=("valkey-9.1", "redis-8.2"))


@pytest.mark.parametrize(
    "words",
    [
        ("GET", "k"), ("DEL", "k"), ("LPOP", "l"), ("EXPIRE", "k", 100), ("PERSIST", "k"), ("RENAME", "k", "k2"), ("MOVE", "k", 1), ("SREM", "s", "a"),
        ("PING",), ("PUBLISH", "c", "m"), ("EXISTS", "k"), ("UNLINK", "k", "l"), ("GETDEL", "k"), ("GETEX", "k", "EX", 100), ("LTRIM", "l", 0, 0),
        ("FLUSHALL",), ("SPOP", "s"), ("XADD", "x", "NOMKSTREAM", "*", "f", "v"), ("SET", "k", "v"), ("APPEND", "k", ""), ("SETRANGE", "k", 0, ""), ("SORT", "l"),
        ("SORT", "l", "ALPHA", "STORE", "d"), ("SORT_RO", "l", "ALPHA"), ("GETSET", "k", "x"), ("PFCOUNT", "h"), ("OBJECT", "ENCODING", "k"), ("SCRIPT", "EXISTS", "x"),
        ("GEORADIUS_RO", "g", 0, 0, 1, "m"), ("BITFIELD", "k", "GET", "u8", 0), ("BITFIELD_RO", "k", "GET", "u8", 0), ("SUBSCRIBE", "c"), ("WATCH", "k"), ("CONFIG", "GET", "maxmemory"),
        ("SWAPDB", 0, 1), ("NOSUCH",), ("SET", "k"), ("XTRIM", "x", "MAXLEN", 0), ("COPY", "k", "c"), ("RESTORE", "r", 0, "x"), ("LMOVE", "l", "l", "LEFT", "LEFT"),
        ("BLPOP", "l", 0), ("RPOPLPUSH", "l", "l"), ("SMOVE", "s", "t", "a"), ("HDEL", "h", "f"),
    ],
)  # fmt: skip
def test_what_is_refused(compare: Comparison, words: Words) -> None:
    start: list[Words] = [("SET", "k", "v"), ("RPUSH", "l", "a", "b"), ("SADD", "s", "a")]
    compare(
        [*start, OVER, words, ("CONFIG", "SET", "maxmemory", 0), words]
        if words[0] != "SUBSCRIBE"
        else [*start, OVER, words]
    )


@pytest.mark.parametrize(
    "words",
    [
        ("GET", "k"), ("SET", "k", "w"), ("PING",), ("DEL", "k"), ("UNWATCH",), ("SUBSCRIBE", "c"), ("CLIENT", "ID"), ("NOSUCH",),
        ("DISCARD",), ("QUIT",), ("RESET",), ("EXEC",), ("AUTH", "x"), ("HELLO",),
    ],
)  # fmt: skip
def test_while_a_transaction_is_queued(compare: Comparison, words: Words) -> None:
    """Redis 7.0 refuses all that would be queued."""
    limited = on("b", *OVER)
    after: list[Words | Step] = [("EXEC",), ("GET", "k")]
    if words[0] in ("QUIT", "HELLO"):
        after = []
    if words[0] == "CLIENT":
        after = [shape("EXEC")]
    compare(
        [("SET", "k", "v"), ("MULTI",), limited, shape(*words) if words[0] in ("CLIENT", "HELLO") else words, *after],
        oracles=("valkey-9.1", "redis-8.2"),
    )


@pytest.mark.parametrize("queued", [("SET", "k", "w"), ("GET", "k"), ("DEL", "k")])
def test_the_end_of_a_transaction(compare: Comparison, queued: Words) -> None:
    compare([("SET", "k", "v"), ("MULTI",), queued, on("b", *OVER), ("EXEC",), ("GET", "k"), ("MULTI",), ("DISCARD",)])


def test_a_transaction_that_reaches_the_limit(compare: Comparison) -> None:
    compare([("MULTI",), OVER, ("SET", "k", "v"), ("EXEC",), ("SET", "k", "w"), ("GET", "k")])


def test_a_pipeline(compare: Comparison) -> None:
    lines = b"CONFIG SET maxmemory 1\r\nSET k v\r\nGET k\r\nCONFIG SET maxmemory 0\r\nSET k v\r\nGET k\r\n"
    compare([Step("pipeline", lines, replies=6)])


def test_errors_are_counted(compare: Comparison) -> None:
    compare([OVER, ("SET", "k", "v"), ("SET", "k", "v"), ("INFO", "errorstats"), ("CONFIG", "SET", "maxmemory", 0)])


def test_a_waiting_client(compare: Comparison) -> None:
    waits = on("b", begin("BLMOVE", "from", "to", "LEFT", "RIGHT", 0))
    served: list[Words] = [("MULTI",), OVER, ("RPUSH", "from", "x"), ("EXEC",)]
    compare([waits, *served, expect("b"), ("LLEN", "from")], oracles=("valkey-9.1", "redis-8.2"))


# Policies


@pytest.mark.parametrize("policy", POLICIES)
def test_policies(compare: Comparison, policy: str) -> None:
    steps: list[Words | Step] = [("SET", "keep", "v"), ("SET", "go", "v", "EX", 1000)]
    choose: Words = ("CONFIG", "SET", "maxmemory-policy", policy)
    compare([*steps, choose, OVER, ("SET", "new", "v"), ("EXISTS", "keep"), ("EXISTS", "go"), ("DBSIZE",)])


@pytest.mark.parametrize("policy", POLICIES)
def test_events(compare: Comparison, policy: str) -> None:
    start: list[Words | Step] = [
        ("CONFIG", "SET", "notify-keyspace-events", "KEA"), ("SET", "go", "v", "EX", 1000), on("b", "PSUBSCRIBE", "__key*"),
        ("CONFIG", "SET", "maxmemory-policy", policy), OVER, ("GET", "go"), ("PING",), arrived("b"),
    ]  # fmt: skip
    compare(start)


def test_a_watched_key_is_evicted(compare: Comparison) -> None:
    over = [
        on("b", "CONFIG", "SET", "maxmemory-policy", "allkeys-lru"),
        on("b", *OVER),
        on("b", "PING"),
        on("b", "CONFIG", "SET", "maxmemory", 0),
    ]
    compare([("SET", "k", "v"), ("WATCH", "k"), *over, ("MULTI",), ("PING",), ("EXEC",)])


@pytest.mark.parametrize("policy", [*POLICIES, "nosuch", "", "ALLKEYS-LRU"])
def test_the_policy_as_a_parameter(compare: Comparison, policy: str) -> None:
    get = ("CONFIG", "GET", "maxmemory-policy")
    compare([get, ("CONFIG", "SET", "maxmemory-policy", policy), get])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("maxmemory", ["0", "1", "100mb", "1k", "1kb", "-1", "x", "1.5", ""]),
        ("maxmemory-samples", ["1", "64", "x"]),
        ("maxmemory-eviction-tenacity", ["0", "100", "101", "-1", "x"]),
        ("maxmemory-clients", ["0", "1mb", "5%", "0%", "100%", "101%", "-1", "-5%", "1.5%", "x", "%"]),
    ],
)
def test_parameters(compare: Comparison, name: str, values: list[str]) -> None:
    for value in values:
        compare([("CONFIG", "SET", name, value), ("CONFIG", "GET", name)])


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_known_of_the_use_of_keys(compare: Comparison, policy: str) -> None:
    choose: Words = ("CONFIG", "SET", "maxmemory-policy", policy)
    limit: Words = ("CONFIG", "SET", "maxmemory", "1gb")
    compare([choose, limit, ("SET", "k", "v"), ("OBJECT", "FREQ", "k"), ("OBJECT", "IDLETIME", "k")])


# Scripts

LIBRARY = """#!lua name=lib
redis.register_function('f', function() return redis.call('SET', 'x', 1) end)
redis.register_function{function_name='g', callback=function() return redis.call('SET', 'x', 1) end, flags={'allow-oom'}}
redis.register_function{function_name='h', callback=function() return redis.call('GET', 'k') end, flags={'no-writes'}}
"""


@pytest.mark.parametrize(
    "words",
    [
        ("EVAL", "return redis.call('SET', 'x', 1)", 0), ("EVAL", "return redis.pcall('SET', 'x', 1)", 0),
        ("EVAL", "return redis.call('GET', 'k')", 0), ("EVAL", "return 1", 0), ("EVAL", "return redis.call('LPOP', 'l')", 0),
        ("EVAL", "redis.call('DEL', 'k') return redis.call('SET', 'x', 1)", 0), ("EVAL_RO", "return redis.call('GET', 'k')", 0),
        ("EVAL", "#!lua\nreturn redis.call('GET', 'k')", 0), ("EVAL", "#!lua\nreturn 1", 0),
        ("EVAL", "#!lua flags=allow-oom\nreturn redis.call('SET', 'x', 1)", 0),
        ("EVAL", "#!lua flags=no-writes\nreturn redis.call('GET', 'k')", 0), ("EVAL_RO", "#!lua flags=no-writes\nreturn 1", 0),
        ("FCALL", "f", 0), ("FCALL", "g", 0), ("FCALL", "h", 0), ("FCALL_RO", "h", 0), ("FCALL_RO", "f", 0),
        ("FUNCTION", "LOAD", "REPLACE", LIBRARY), ("SCRIPT", "LOAD", "return 1"),
    ],
)  # fmt: skip
def test_scripts_while_memory_is_short(compare: Comparison, words: Words) -> None:
    start: list[Words] = [("SET", "k", "v"), ("RPUSH", "l", "e"), ("FUNCTION", "LOAD", LIBRARY), OVER]
    compare([*start, words, ("CONFIG", "SET", "maxmemory", "0"), ("GET", "x")], oracles=("redis-7.0", "redis-8.2"))
