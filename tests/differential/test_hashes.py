"""Hashes: every command and option, and what is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, VALUES, cases, command, generated
from tests.differential.steps import Step, Word, fields, shape, unordered

START: list[tuple[Word, ...]] = [
    ("HSET", "h", "f", "value", "n", "10", "d", "3.5", "e", ""),
    ("SET", "s", "string"),
]


@pytest.mark.parametrize(
    "request_words",
    [
        ("HSET", "h", "f", "v"), ("HSET", "h", "x", "1", "y", "2", "f", "3"), ("HSET", "new", "f", "v"), ("HSET", "s", "f", "v"),
        ("HSET", "h", "f"), ("HSET", "h", "f", "v", "x"), ("HSET", "h", "x", "1", "x", "2"), ("HSET", "new", "", ""),
        ("HSET", b"\x00\xff", b"\x00", b"\r\n"), ("HSET", "s", "f", "v", "x"),
        ("HMSET", "h", "f", "v", "x", "y"), ("HMSET", "h", "f"), ("HMSET", "h", "f", "v", "x"), ("HMSET", "s", "f", "v"),
        ("HSETNX", "h", "f", "v"), ("HSETNX", "h", "x", "v"), ("HSETNX", "new", "f", "v"), ("HSETNX", "s", "f", "v"), ("HSETNX", "h", "f"),
        ("HGET", "h", "f"), ("HGET", "h", "x"), ("HGET", "missing", "f"), ("HGET", "s", "f"), ("HGET", "h"),
        ("HMGET", "h", "f", "x", "e", "f"), ("HMGET", "missing", "f", "x"), ("HMGET", "s", "f"), ("HMGET", "h"),
        ("HGETALL", "missing"), ("HGETALL", "s"), ("HKEYS", "missing"), ("HKEYS", "s"), ("HVALS", "missing"), ("HVALS", "s"),
        ("HLEN", "h"), ("HLEN", "missing"), ("HLEN", "s"), ("HEXISTS", "h", "f"), ("HEXISTS", "h", "x"), ("HEXISTS", "missing", "f"),
        ("HEXISTS", "s", "f"), ("HSTRLEN", "h", "f"), ("HSTRLEN", "h", "x"), ("HSTRLEN", "missing", "f"), ("HSTRLEN", "s", "f"),
        ("HDEL", "h", "f"), ("HDEL", "h", "f", "f", "x"), ("HDEL", "h", "f", "n", "d", "e"), ("HDEL", "missing", "f"), ("HDEL", "s", "f"),
        ("HDEL", "h"),
        ("HINCRBY", "h", "n", 5), ("HINCRBY", "h", "n", -15), ("HINCRBY", "h", "x", 5), ("HINCRBY", "new", "x", 5), ("HINCRBY", "h", "f", 5),
        ("HINCRBY", "h", "n", "x"), ("HINCRBY", "h", "f", "x"), ("HINCRBY", "s", "n", 1), ("HINCRBY", "s", "n", "x"),
        ("HINCRBY", "h", "n", 9223372036854775807), ("HINCRBY", "h", "n", 9223372036854775808), ("HINCRBY", "h", "e", 1),
        ("HINCRBY", "h", "d", 1), ("HINCRBY", "new", "n", "x"),
        ("HINCRBYFLOAT", "h", "n", "0.1"), ("HINCRBYFLOAT", "h", "d", "-3.5"), ("HINCRBYFLOAT", "new", "x", "1e2"),
        ("HINCRBYFLOAT", "h", "f", "1"), ("HINCRBYFLOAT", "h", "n", "x"), ("HINCRBYFLOAT", "h", "n", "nan"),
        ("HINCRBYFLOAT", "h", "n", "inf"), ("HINCRBYFLOAT", "s", "n", "1"), ("HINCRBYFLOAT", "s", "n", "inf"), ("HINCRBYFLOAT", "h", "e", "1"),
        ("HINCRBYFLOAT", "h", "f", "x"), ("HINCRBYFLOAT", "h", "x", "1e4000"), ("HINCRBYFLOAT", "h", "n"),
        ("HRANDFIELD", "missing"), ("HRANDFIELD", "missing", 2), ("HRANDFIELD", "missing", 2, "WITHVALUES"), ("HRANDFIELD", "s"),
        ("HRANDFIELD", "s", 1), ("HRANDFIELD", "h", 0), ("HRANDFIELD", "h", "x"), ("HRANDFIELD", "h", 2, "FOO"),
        ("HRANDFIELD", "h", 2, "WITHVALUES", "x"), ("HRANDFIELD", "h", -9223372036854775808), ("HRANDFIELD", "h", 0, "WITHVALUES"),
        ("HRANDFIELD", "h", -9223372036854775808, "WITHVALUES"), ("HRANDFIELD", "h", 4611686018427387904, "WITHVALUES"),
        ("HRANDFIELD", "h", -4611686018427387904, "WITHVALUES"), ("HRANDFIELD", "missing", "x"), ("HRANDFIELD", "missing", 1, "FOO"),
        ("HSCAN", "missing", 0), ("HSCAN", "s", 0), ("HSCAN", "h", "x"), ("HSCAN", "missing", "x"), ("HSCAN", "h", 0, "COUNT", 0),
        ("HSCAN", "h", 0, "COUNT", "x"), ("HSCAN", "h", 0, "COUNT"), ("HSCAN", "h", 0, "MATCH"), ("HSCAN", "h", 0, "FOO"),
        ("HSCAN", "missing", 0, "FOO"), ("HSCAN", "h", 18446744073709551616), ("HSCAN", "h", 0, "TYPE", "hash"), ("HSCAN", "h"),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, request_words: tuple[Word, ...]) -> None:
    compare([*START, request_words])


@pytest.mark.parametrize(
    "words",
    [
        fields("HGETALL", "h"), unordered("HKEYS", "h"), unordered("HVALS", "h"), shape("HRANDFIELD", "h", 1),
        unordered("HRANDFIELD", "h", 10), unordered("HRANDFIELD", "h", 4), unordered("HRANDFIELD", "h", 9223372036854775807),
        unordered("HRANDFIELD", "h", 4, "WITHVALUES"), unordered("HSCAN", "h", 0), unordered("HSCAN", "h", 0, "COUNT", 1),
        unordered("HSCAN", "h", 0, "MATCH", "[fn]"), unordered("HSCAN", "h", 0, "MATCH", "x*"), unordered("HSCAN", "h", 77),
    ],
)  # fmt: skip
def test_in_any_order(compare: Comparison, words: Step) -> None:
    compare([*START, words])


@pytest.mark.parametrize("count", [1, 2, 3, -1, -3])
@pytest.mark.parametrize("more", [(), ("WITHVALUES",)])
def test_random_fields_of_equal_length(compare: Comparison, count: int, more: tuple[str, ...]) -> None:
    compare([("HSET", "h", "a", "1", "b", "2", "c", "3"), ("EXISTS", "h"), shape("HRANDFIELD", "h", count, *more)])


def test_novalues(compare: Comparison) -> None:
    case = [*START, unordered("HSCAN", "h", 0, "NOVALUES"), unordered("HSCAN", "h", 0, "NOVALUES", "MATCH", "f")]
    compare(case, oracles=("valkey-9.1", "redis-8.2"))


@pytest.mark.parametrize("value", ["inf", "nan", "1e4932", "0x10", " 1", ""])
@pytest.mark.parametrize("increment", ["x", "-inf", "1.1e4932", "0x.8p-3"])
def test_unusual_long_doubles(compare: Comparison, value: str, increment: str) -> None:
    compare([("HSET", "h", "f", value), ("HINCRBYFLOAT", "h", "f", increment)])


def test_scan_of_a_large_hash(compare: Comparison) -> None:
    words = [word for number in range(600) for word in (f"f{number}", "v")]
    compare([("HSET", "h", *words), unordered("HSCAN", "h", 0, "COUNT", 10_000), unordered("HKEYS", "h")])


FIELDS = st.sampled_from(["a", "b", "c"])


@generated
@given(
    steps=cases(
        command("HSET", KEYS, FIELDS, VALUES),
        command("HSET", KEYS, FIELDS, VALUES, FIELDS, VALUES),
        command("HSETNX", KEYS, FIELDS, VALUES),
        command("HDEL", KEYS, FIELDS, FIELDS),
        command("HINCRBY", KEYS, FIELDS, VALUES),
        command("HINCRBYFLOAT", KEYS, FIELDS, VALUES),
        command("HMGET", KEYS, FIELDS, FIELDS),
        command("HLEN", KEYS),
        command("HEXISTS", KEYS, FIELDS),
        command("HGETALL", KEYS).map(fields),
        command("SET", KEYS, VALUES),
        command("DEL", KEYS),
        command("RENAME", KEYS, KEYS),
        command("COPY", KEYS, KEYS),
        command("EXPIREAT", KEYS, st.sampled_from([1, 4102444800])),
    )
)
def test_any_hashes(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
