"""OBJECT: how values are kept, for how long they have not been used, how often they are."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import Step, Word, near, on
from tests.payloads import STRING

Words = tuple[Word, ...]
NEWER = ("valkey-9.1", "redis-8.2")
FAR = 4102444800000

LFU: list[Words] = [("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"), ("CONFIG", "SET", "lfu-log-factor", "0")]
"""With this factor every use counts, and nothing is left to chance."""


@pytest.mark.parametrize(
    "words",
    [
        ("OBJECT",), ("OBJECT", "ENCODING"), ("OBJECT", "ENCODING", "k", "x"), ("OBJECT", "ENCODING", "missing"), ("object", "encoding", "k"),
        ("OBJECT", "REFCOUNT"), ("OBJECT", "REFCOUNT", "k"), ("OBJECT", "REFCOUNT", "missing"), ("OBJECT", "REFCOUNT", "gone"),
        ("OBJECT", "IDLETIME"), ("OBJECT", "IDLETIME", "k"), ("OBJECT", "IDLETIME", "missing"), ("OBJECT", "IDLETIME", "gone"),
        ("OBJECT", "FREQ"), ("OBJECT", "FREQ", "k"), ("OBJECT", "FREQ", "missing"), ("OBJECT", "FREQ", "k", "x"),
        ("OBJECT", "FOO"), ("OBJECT", "FOO", "k"), ("OBJECT", "HELP", "x"),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, words: Words) -> None:
    compare([("SET", "k", "v"), ("SET", "gone", "x", "PXAT", 1), words])


# Encodings

STRINGS: list[list[Words]] = [
    *[
        [("SET", "k", text)]
        for text in ("", "v", "0", "-1", "01", "1.5", "x" * 44, 2**63 - 1, -(2**63), 2**63, "1" * 20)
    ],
    [("APPEND", "k", "12")],
    [("SET", "k", "12"), ("APPEND", "k", "3")],
    [("SET", "k", "12"), ("APPEND", "k", "")],
    [("SET", "k", "12"), ("APPEND", "k", "3"), ("INCR", "k")],
    [("SET", "k", "12"), ("APPEND", "k", "3"), ("GETRANGE", "k", 0, 1)],
    [("SETRANGE", "k", 0, "1")],
    [("SETRANGE", "k", 5, "1")],
    [("SET", "k", "12"), ("SETRANGE", "k", 0, "")],
    [("SET", "k", "12"), ("SETRANGE", "k", 0, "3")],
    [("SET", "k", "12"), ("SETRANGE", "k", 0, "3"), ("SET", "k", "12")],
    [("SET", "k", "12"), ("SETRANGE", "k", 0, "3"), ("COPY", "k", "copy"), ("RENAME", "copy", "k")],
    [("INCR", "k")],
    [("INCRBY", "k", 2**60)],
    [("INCRBYFLOAT", "k", "1.5")],
    [("SET", "k", "12"), ("GETSET", "k", "v")],
    [("SET", "source", "12"), ("BITOP", "OR", "k", "source")],
    [("SETEX", "k", 100, "12")],
    [("SETNX", "k", "12")],
    [("MSET", "k", "12")],
]


@pytest.mark.parametrize("steps", STRINGS)
def test_strings(compare: Comparison, steps: list[Words]) -> None:
    compare(
        [*steps, ("OBJECT", "ENCODING", "k"), ("COPY", "k", "c"), ("OBJECT", "ENCODING", "c")], oracles=("redis-7.0",)
    )


@pytest.mark.parametrize("length", [43, 44, 45, 1000])
def test_long_strings(compare: Comparison, length: int) -> None:
    """Since 8.0 the length of the key counts as well; in Valkey much longer strings are embedded."""
    compare([("SET", "k", "x" * length), ("OBJECT", "ENCODING", "k")], oracles=("redis-7.0",))


def test_numbers_with_a_fraction_that_is_none(compare: Comparison) -> None:
    """Redis keeps the sum as a text, until somebody sets it; here it is a string like any other."""
    compare(
        [("INCRBYFLOAT", "k", "1e2"), ("OBJECT", "ENCODING", "k")],
        oracles=("redis-7.0",),
        differs={"redis-7.0": "embstr"},
    )


def members(count: int) -> list[str]:
    return [f"m{number}" for number in range(count)]


def pairs(count: int) -> list[str]:
    return [word for number in range(count) for word in (f"f{number}", f"{number}")]


COLLECTIONS: list[list[Words]] = [
    [("RPUSH", "k", "a")],
    [("RPUSH", "k", *members(1000))],
    [("RPUSH", "k", *members(2000))],
    [("RPUSH", "k", "x" * 8185)],
    [("RPUSH", "k", "x" * 8186)],
    [("RPUSH", "k", "x" * 8177), ("RPUSH", "k", "y")],
    [("RPUSH", "k", "x" * 8178), ("RPUSH", "k", "y")],
    [("LPUSH", "k", *range(2000))],
    [("RPUSH", "k", *members(2000)), ("LTRIM", "k", 0, 5)],
    [("SADD", "k", 1, 2)],
    [("SADD", "k", *range(513))],
    [("SADD", "k", "a")],
    [("SADD", "k", *members(129))],
    [("SADD", "k", "x" * 65)],
    [("SADD", "k", 1, "x"), ("SREM", "k", "x")],
    [("ZADD", "k", 1, "a")],
    [("ZADD", "k", 1, "x" * 65)],
    [("ZADD", "k", 1, "x" * 65, 2, "a"), ("ZREM", "k", "x" * 65)],
    [("HSET", "k", "f", "v")],
    [("HSET", "k", "f", "x" * 65)],
    [("HSET", "k", "f", "x" * 65, "g", "v"), ("HDEL", "k", "f")],
    [("HSET", "k", *pairs(513))],
    [("XADD", "k", "1-1", "f", "v")],
]


@pytest.mark.parametrize("steps", COLLECTIONS)
def test_collections(compare: Comparison, steps: list[Words]) -> None:
    copy: list[Words] = [("COPY", "k", "copy"), ("OBJECT", "ENCODING", "copy"), ("MOVE", "k", 1), ("SELECT", 1)]
    compare([*steps, ("OBJECT", "ENCODING", "k"), *copy, ("OBJECT", "ENCODING", "k")], oracles=NEWER)


def test_a_hash_with_deadlines(compare: Comparison) -> None:
    steps: list[Words] = [
        ("HSET", "k", "f", "v"),
        ("HPEXPIREAT", "k", FAR, "FIELDS", 1, "f"),
        ("OBJECT", "ENCODING", "k"),
    ]
    compare([*steps, ("HPERSIST", "k", "FIELDS", 1, "f"), ("OBJECT", "ENCODING", "k")], oracles=("redis-8.2",))


# Use


def idle(key: str = "k") -> Step:
    return near(5, "OBJECT", "IDLETIME", key)


def restored(*options: Word) -> Words:
    return ("RESTORE", "k", 0, STRING, *options)


@pytest.mark.parametrize(
    "use",
    [
        ("GET", "k"), ("TOUCH", "k"), ("APPEND", "k", "x"), ("SET", "k", "v"), ("EXPIRE", "k", 100), ("RENAME", "k", "k"), ("DUMP", "missing"),
        ("STRLEN", "k"), ("MGET", "k"), ("SET", "k", "v", "XX"), ("SETNX", "k", "v"), ("COPY", "k", "c"), ("COPY", "s", "k"), ("COPY", "s", "k", "REPLACE"),
        ("EXISTS", "k"), ("TYPE", "k"), ("TTL", "k"), ("PTTL", "k"), ("EXPIRETIME", "k"), ("OBJECT", "ENCODING", "k"), ("OBJECT", "FREQ", "k"),
        ("SCAN", 0), ("KEYS", "*"), ("RANDOMKEY",), ("DBSIZE",), ("WATCH", "k"), ("RPUSH", "k", "x"),
    ],
)  # fmt: skip
def test_what_counts_as_use(compare: Comparison, use: Words) -> None:
    """An idle time of an hour is over after some requests, and goes on after others."""
    start: list[Words | Step] = [("SET", "s", "x"), restored("IDLETIME", 3600), idle()]
    compare([*start, on("b", *use) if use[0] not in ("SCAN", "KEYS", "RANDOMKEY") else near(0, "DBSIZE"), idle()])


@pytest.mark.parametrize("use", [("GET", "k"), ("TOUCH", "k"), ("SET", "k", "v"), ("APPEND", "k", "x")])
def test_no_touch(compare: Comparison, use: Words) -> None:
    compare(
        [restored("IDLETIME", 3600), on("b", "CLIENT", "NO-TOUCH", "ON"), on("b", *use), idle()],
        oracles=NEWER,
    )


def test_idle_times_elsewhere(compare: Comparison) -> None:
    start = [restored("IDLETIME", 3600), idle()]
    compare([*start, ("RENAME", "k", "other"), idle("other")])
    compare([*start, ("SWAPDB", 0, 1), ("OBJECT", "IDLETIME", "k"), ("SELECT", 1), idle()])
    compare([*start, ("DEL", "k"), ("SET", "k", "v"), idle()])
    compare([*start, ("FLUSHALL",), ("SET", "k", "v"), idle()])
    compare([*start, restored("IDLETIME", 60, "REPLACE"), idle(), restored("REPLACE"), idle()])
    compare([*start, restored("FREQ", 60, "REPLACE"), idle()])


@pytest.mark.parametrize(
    "uses",
    [
        [], [("GET", "k")], [("GET", "k")] * 3, [("GET", "k"), ("SET", "k", "v")], [("SET", "k", "v")], [("TOUCH", "k"), ("EXISTS", "k"), ("TTL", "k")],
        [("DEL", "k"), ("SET", "k", "v")], [("APPEND", "k", "x")], [("RENAME", "k", "l"), ("RENAME", "l", "k")],
    ],
)  # fmt: skip
def test_frequency(compare: Comparison, uses: list[Words]) -> None:
    compare([*LFU, ("SET", "k", "v"), ("OBJECT", "FREQ", "k"), *uses, ("OBJECT", "FREQ", "k")], oracles=NEWER)


def test_restored_frequencies(compare: Comparison) -> None:
    frequency: list[Words] = [("OBJECT", "FREQ", "k"), ("OBJECT", "IDLETIME", "k")]
    compare([*LFU, restored("FREQ", 100), *frequency, restored("REPLACE"), *frequency])
    compare([*LFU, restored("FREQ", 255), ("GET", "k"), *frequency])
    compare([*LFU, restored("FREQ", 0), *frequency, ("GET", "k"), *frequency])
    compare([*LFU, restored("IDLETIME", 100), *frequency])


def test_policies(compare: Comparison) -> None:
    for policy in ("volatile-lfu", "allkeys-lru", "volatile-ttl", "noeviction"):
        choose: Words = ("CONFIG", "SET", "maxmemory-policy", policy)
        compare([choose, ("SET", "k", "v"), ("OBJECT", "FREQ", "k"), ("OBJECT", "IDLETIME", "k")])
