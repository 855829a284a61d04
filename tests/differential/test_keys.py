"""Keys and whole databases: every command and option, and what is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, VALUES, cases, command, generated
from tests.differential.steps import Step, Word, near, on, shape, unordered

FAR = 4102444800
HUGE = 9223372036854775807

START: list[tuple[Word, ...]] = [
    ("SET", "k", "v"),
    ("SET", "t", "volatile", "EX", 1000),
    ("RPUSH", "l", "a", "b"),
    ("HSET", "h", "f", "v"),
    ("SET", "gone", "x", "PXAT", 1),
]

FAMILY = ("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT")


@pytest.mark.parametrize(
    "request_words",
    [
        *((name, *names) for name in ("DEL", "UNLINK", "EXISTS", "TOUCH") for names in [("k",), ("k", "l", "h", "missing"), ("k", "k"), ("missing",), ()]),
        *(("TYPE", key) for key in ("k", "l", "h", "missing", "gone")),
        *((name, key, time) for name in FAMILY for key in ("k", "t", "missing") for time in (FAR * 1000 if name[0] == "P" else FAR, 0, -1, 1, "x", HUGE, -HUGE - 1, "1.5") if not (time == 1 and not name.endswith("AT"))),
        *((name, "t", FAR * 1000 if name[0] == "P" else FAR, *options) for name in ("EXPIREAT", "PEXPIREAT") for options in [("NX",), ("XX",), ("GT",), ("LT",), ("nx", "xx"), ("GT", "LT"), ("NX", "GT"), ("XX", "GT"), ("XX", "LT"), ("XX", "XX"), ("FOO",), ("GT", "FOO")]),
        *(("EXPIREAT", "k", FAR, option) for option in ("NX", "XX", "GT", "LT")), ("EXPIREAT", "t", 1, "GT"), ("EXPIREAT", "t", 1, "LT"), ("EXPIREAT", "k", 1, "LT"),
        ("EXPIRE", "k"), ("EXPIRE", "k", "x", "FOO"), ("EXPIRE", "missing", 10, "NX", "XX"), ("PEXPIRE", "k", HUGE), ("EXPIRE", "k", 9223372036854775),
        *((name, key) for name in ("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME") for key in ("k", "missing", "gone")),
        ("PERSIST", "k"), ("PERSIST", "t"), ("PERSIST", "missing"),
        ("RENAME", "k", "l"), ("RENAME", "t", "new"), ("RENAME", "k", "t"), ("RENAME", "k", "k"), ("RENAME", "missing", "k"), ("RENAME", "missing", "missing"), ("RENAME", "k"),
        ("RENAMENX", "k", "l"), ("RENAMENX", "t", "new"), ("RENAMENX", "k", "k"), ("RENAMENX", "missing", "k"),
        ("COPY", "k", "new"), ("COPY", "t", "new"), ("COPY", "l", "new"), ("COPY", "h", "new"), ("COPY", "k", "l"), ("COPY", "k", "l", "REPLACE"), ("COPY", "k", "t", "REPLACE"),
        ("COPY", "k", "k"), ("COPY", "k", "k", "DB", 0), ("COPY", "k", "k", "DB", 1), ("COPY", "t", "x", "DB", 1, "REPLACE"), ("COPY", "k", "new", "DB"), ("COPY", "k", "new", "DB", "x"),
        ("COPY", "k", "new", "DB", 16), ("COPY", "k", "new", "DB", -1), ("COPY", "k", "new", "FOO"), ("COPY", "missing", "new"), ("COPY", "k", "new", "REPLACE", "REPLACE"), ("COPY", "k"),
        ("COPY", "k", "new", "DB", 99999999999),
        ("MOVE", "k", 1), ("MOVE", "t", 1), ("MOVE", "missing", 1), ("MOVE", "k", 0), ("MOVE", "k", 16), ("MOVE", "k", -1), ("MOVE", "k", "x"), ("MOVE", "missing", "x"),
        ("KEYS",), ("KEYS", "nosuch*"), ("RANDOMKEY", "x"), ("DBSIZE", "x"),
        ("SCAN", "x"), ("SCAN", 0, "COUNT", 0), ("SCAN", 0, "COUNT", "x"), ("SCAN", 0, "COUNT"), ("SCAN", 0, "MATCH"), ("SCAN", 0, "TYPE"), ("SCAN", 0, "FOO"), ("SCAN", 0, "FOO", 1), ("SCAN",),
        ("FLUSHDB",), ("FLUSHDB", "ASYNC"), ("FLUSHDB", "sync"), ("FLUSHDB", "FOO"), ("FLUSHDB", "SYNC", "ASYNC"), ("FLUSHALL",), ("FLUSHALL", "ASYNC"), ("FLUSHALL", "FOO"),
        ("SWAPDB", 0, 1), ("SWAPDB", 0, 0), ("SWAPDB", "x", 0), ("SWAPDB", 0, "x"), ("SWAPDB", 0, 16), ("SWAPDB", -1, 0), ("SWAPDB", 0),
        ("SELECT", 1), ("SELECT", "x"), ("SELECT", 16), ("SELECT", -1), ("SELECT", 99999999999), ("SELECT",),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, request_words: tuple[Word, ...]) -> None:
    compare([*START, request_words])


@pytest.mark.parametrize(
    "words",
    [
        unordered("KEYS", "*"), unordered("KEYS", "?"), unordered("KEYS", "[kl]"), unordered("KEYS", "[^k]"), unordered("KEYS", ""),
        unordered("SCAN", 0), unordered("SCAN", 0, "COUNT", 100, "MATCH", "?"), unordered("SCAN", 0, "TYPE", "list"), unordered("SCAN", 0, "TYPE", "HASH", "COUNT", 100),
        unordered("SCAN", 0, "TYPE", "zset"), near(5, "TTL", "t"), near(5000, "PTTL", "t"), near(5, "EXPIRETIME", "t"), near(5000, "PEXPIRETIME", "t"),
    ],
)  # fmt: skip
def test_loosely(compare: Comparison, words: Step) -> None:
    compare([*START, words])


def test_unknown_types(compare: Comparison) -> None:
    compare([("SCAN", 0, "TYPE", "nosuch")], oracles=("valkey-9.1",))
    compare([("SCAN", 0, "NOVALUES")], oracles=("valkey-9.1",))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("DBSIZE",), "stores a key with a deadline in the past, which SET deletes at once since 7.2"),
        (("SCAN", -1), "takes a negative cursor"),
    ],
)
def test_what_redis_7_0_does_otherwise(compare: Comparison, words: tuple[Word, ...], reason: str) -> None:
    compare([*START, words], differs={"redis-7.0": reason})


def test_randomkey(compare: Comparison) -> None:
    compare([("RANDOMKEY",), ("SET", "k", "v"), ("RANDOMKEY",), ("SET", "l", "v"), shape("RANDOMKEY"), ("FLUSHALL",), ("RANDOMKEY",)])


def test_swapdb_and_clients(compare: Comparison) -> None:
    compare([("SET", "k", "0"), on("b", "SELECT", 1), on("b", "SET", "k", "1"), ("SWAPDB", 0, 1), ("GET", "k"), on("b", "GET", "k"), ("DBSIZE",)])


PATTERNS = st.text(alphabet="ab*?[]^-\\", max_size=6)
NAMES = st.text(alphabet="ab-^]\\[*", max_size=4)


@generated
@given(pattern=PATTERNS, names=st.lists(NAMES, min_size=1, max_size=4))
def test_any_patterns(compare: Comparison, pattern: str, names: list[str]) -> None:
    compare([*[("SET", name, "v") for name in names], unordered("KEYS", pattern)])


DATABASES = st.sampled_from([0, 1, 2])


@generated
@given(
    steps=cases(
        command("SET", KEYS, VALUES),
        command("SET", KEYS, VALUES, "EX", 1000),
        command("RPUSH", KEYS, VALUES),
        command("HSET", KEYS, "f", VALUES),
        command("DEL", KEYS, KEYS),
        command("EXISTS", KEYS, KEYS),
        command("TYPE", KEYS),
        command("RENAME", KEYS, KEYS),
        command("RENAMENX", KEYS, KEYS),
        command("COPY", KEYS, KEYS, "DB", DATABASES),
        command("COPY", KEYS, KEYS, "REPLACE"),
        command("MOVE", KEYS, DATABASES),
        command("SELECT", DATABASES),
        command("SWAPDB", DATABASES, DATABASES),
        command("FLUSHDB"),
        command("EXPIREAT", KEYS, st.sampled_from([1, FAR, FAR + 1000]), st.sampled_from(["NX", "XX", "GT", "LT"])),
        command("PERSIST", KEYS),
        command("DBSIZE"),
    )
)
def test_any_keys(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
