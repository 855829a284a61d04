"""Fields with a time to live: every command and option, what is wrong with them, and what ends a time to live.

Valkey has the same commands with other errors, so most cases are compared with Redis 8.2 alone.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word, begin, elapse, expect, fields, near, on, step, unordered

BOTH = ("valkey-9.1", "redis-8.2")
REDIS = ("redis-8.2",)
VALKEY = ("valkey-9.1",)

FAR = 4102444800
#: The latest deadline that Redis can keep.
LATEST = 2**46 - 1
HUGE = 2**63 - 1

START: list[tuple[Word, ...]] = [
    ("HSET", "h", "a", "1", "b", "2", "c", "3.5", "d", "word"),
    ("HPEXPIREAT", "h", FAR * 1000 + 123, "FIELDS", 1, "b"),
    ("HEXPIREAT", "h", FAR + 10, "FIELDS", 1, "c"),
    ("SET", "s", "string"),
]
AFTERWARDS: list[tuple[Word, ...]] = [
    ("HPEXPIRETIME", "h", "FIELDS", 7, "a", "b", "c", "d", "n", "m", ""),
    ("EXISTS", "h"),
]


def compare_request(compare: Comparison, words: tuple[Word, ...] | Step, oracles: tuple[str, ...]) -> None:
    """Compare the reply and all that is left behind; Redis keeps the fields of small hashes in an order of its own."""
    order = ("HGETALL", "h") if oracles == REDIS else fields("HGETALL", "h")
    compare([*START, words, *AFTERWARDS, order], oracles=oracles)


# Setting deadlines

SET_DEADLINES = [("HEXPIRE", 100), ("HPEXPIRE", 100_000), ("HEXPIREAT", FAR), ("HPEXPIREAT", FAR * 1000)]


@pytest.mark.parametrize(
    "words",
    [
        ("HEXPIREAT", "h", FAR, "FIELDS", 1, "a"), ("HEXPIREAT", "h", FAR, "FIELDS", 4, "a", "b", "x", "a"),
        ("HEXPIREAT", "h", FAR, "fields", 2, "d", "a"), ("HEXPIREAT", "h", FAR, "FIELDS", 1, ""),
        ("HEXPIREAT", "h", FAR, "NX", "FIELDS", 3, "a", "b", "x"), ("HEXPIREAT", "h", FAR, "nx", "FIELDS", 2, "a", "a"),
        ("HEXPIREAT", "h", FAR, "XX", "FIELDS", 3, "a", "b", "x"), ("HEXPIREAT", "h", FAR, "xx", "FIELDS", 2, "b", "b"),
        ("HEXPIREAT", "h", FAR, "GT", "FIELDS", 4, "a", "b", "c", "x"), ("HEXPIREAT", "h", FAR, "LT", "FIELDS", 3, "a", "b", "c"),
        ("HEXPIREAT", "h", FAR + 1, "GT", "FIELDS", 4, "a", "b", "c", "b"), ("HEXPIREAT", "h", FAR + 1, "lt", "FIELDS", 3, "a", "b", "c"),
        ("HPEXPIREAT", "h", FAR * 1000 + 123, "GT", "FIELDS", 1, "b"), ("HPEXPIREAT", "h", FAR * 1000 + 123, "LT", "FIELDS", 1, "b"),
        ("HPEXPIREAT", "h", FAR * 1000, "FIELDS", 3, "d", "c", "a"), ("HPEXPIREAT", "h", LATEST, "FIELDS", 1, "b"),
        ("HEXPIREAT", "h", 1, "FIELDS", 3, "a", "b", "x"), ("HEXPIREAT", "h", 1, "FIELDS", 2, "a", "a"), ("HEXPIREAT", "h", 0, "FIELDS", 1, "a"),
        ("HEXPIREAT", "h", 1, "FIELDS", 4, "a", "b", "c", "d"), ("HEXPIREAT", "h", 1, "NX", "FIELDS", 2, "a", "b"),
        ("HEXPIREAT", "h", 1, "XX", "FIELDS", 2, "a", "b"), ("HEXPIREAT", "h", 1, "GT", "FIELDS", 2, "a", "b"),
        ("HEXPIREAT", "h", 1, "LT", "FIELDS", 2, "a", "b"), ("HEXPIRE", "h", 0, "FIELDS", 1, "a"), ("HPEXPIRE", "h", 0, "FIELDS", 1, "a"),
        ("HEXPIREAT", "missing", FAR, "FIELDS", 2, "a", "b"), ("HEXPIREAT", "missing", 0, "FIELDS", 1, "a"),
        ("HEXPIREAT", "s", FAR, "FIELDS", 1, "a"), ("HEXPIREAT", b"\x00\xff", FAR, "FIELDS", 1, b"\r\n"),
        ("HEXPIRE", "h", "x", "FIELDS", 1, "a"), ("HEXPIRE", "h", "", "FIELDS", 1, "a"), ("HEXPIRE", "h", "1.5", "FIELDS", 1, "a"),
        ("HEXPIRE", "h", "+1", "FIELDS", 1, "a"), ("HEXPIRE", "h", HUGE, "FIELDS", 1, "a"), ("HEXPIRE", "h", HUGE + 1, "FIELDS", 1, "a"),
        ("HPEXPIRE", "h", HUGE, "FIELDS", 1, "a"), ("HEXPIRE", "h", HUGE // 1000, "FIELDS", 1, "a"),
        ("HEXPIRE",), ("HEXPIRE", "h"), ("HEXPIRE", "h", 100), ("HEXPIRE", "h", 100, "FIELDS"), ("HEXPIRE", "h", 100, "FIELDS", 1),
        ("HPEXPIRE", "h", 100, "FIELDS", 1), ("HEXPIREAT", "h", 100, "FIELDS", 1), ("HPEXPIREAT", "h", 100, "FIELDS", 1),
    ],
)  # fmt: skip
def test_setting_deadlines(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare_request(compare, words, BOTH)
    compare_request(compare, words, REDIS)


@pytest.mark.parametrize(("name", "time"), SET_DEADLINES)
@pytest.mark.parametrize("key", ["h", "s", "missing"])
@pytest.mark.parametrize(
    "words",
    [
        ("FIELDS", 0, "a"), ("FIELDS", -1, "a"), ("FIELDS", "x", "a"), ("FIELDS", "01", "a"), ("FIELDS", 1, "a", "b"), ("FIELDS", 2, "a"),
        ("FIELDS", HUGE, "a"), ("FIELDS", HUGE + 1, "a"), ("FOO", 1, "a"), ("FOO", "FIELDS", 1, "a"), ("NX", "FIELDS", 1), ("NX", "FIELDS", 0, "a"),
        ("NX", "GT", "FIELDS", 1, "a"), ("GT", "LT", "FIELDS", 1, "a"), ("NX", "NX", "FIELDS", 1, "a"), ("FIELDS", 1, "a", "NX"),
        ("FIELDS", "FIELDS", 1, "a"), ("1", "FIELDS", "a"), ("GT", "1", "a", "b"), ("NX", "FOO", 1, "a"),
    ],
)  # fmt: skip
def test_wrong_fields_to_expire(compare: Comparison, name: str, time: int, key: str, words: tuple[Word, ...]) -> None:
    compare_request(compare, (name, key, time, *words), REDIS)


@pytest.mark.parametrize("key", ["h", "s", "missing"])
@pytest.mark.parametrize("option", ["FIELDS", "FOO"])
@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("HEXPIRE", "x"), ("HEXPIRE", -1), ("HPEXPIRE", -1), ("HEXPIREAT", -1), ("HPEXPIREAT", -1), ("HEXPIRE", LATEST // 1000),
        ("HEXPIRE", LATEST // 1000 + 1), ("HPEXPIRE", LATEST), ("HPEXPIRE", LATEST + 1), ("HEXPIREAT", LATEST // 1000),
        ("HEXPIREAT", LATEST // 1000 + 1), ("HPEXPIREAT", LATEST), ("HPEXPIREAT", LATEST + 1), ("HPEXPIREAT", HUGE), ("HEXPIREAT", HUGE),
        ("HEXPIREAT", HUGE // 1000), ("HPEXPIREAT", -HUGE - 1), ("HPEXPIREAT", -HUGE - 2),
    ],
)  # fmt: skip
def test_times(compare: Comparison, name: str, time: Word, option: str, key: str) -> None:
    compare_request(compare, (name, key, time, option, 1, "a"), REDIS)


@pytest.mark.parametrize("key", ["h", "s", "missing"])
@pytest.mark.parametrize("name", ["HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME", "HPERSIST", "HGETDEL", "HGETEX"])
@pytest.mark.parametrize(
    "words",
    [
        ("FIELDS", 0, "a"), ("FIELDS", -1, "a"), ("FIELDS", "x", "a"), ("FIELDS", "01", "a"), ("FIELDS", 1, "a", "b"), ("FIELDS", 2, "a"),
        ("FIELDS", HUGE, "a"), ("FIELDS", HUGE + 1, "a"), ("FOO", 1, "a"), ("FOO", "FIELDS", 1, "a"), ("1", "FIELDS", "a"),
        ("FIELDS", "FIELDS", 1), ("FIELDS", 1), ("FIELDS",), (), ("FIELDS", 3, "a", "b"), ("fields", 1, "a", "FIELDS", 1, "b"),
    ],
)  # fmt: skip
def test_wrong_fields(compare: Comparison, name: str, key: str, words: tuple[Word, ...]) -> None:
    compare_request(compare, (name, key, *words), REDIS)


# Asking for deadlines


@pytest.mark.parametrize("words", [("FIELDS", 1, "a"), ("fields", 5, "a", "b", "c", "x", "b"), ("FIELDS", 1, "")])
@pytest.mark.parametrize("key", ["h", "s", "missing"])
def test_asking_for_deadlines(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    case = [*START, near(60, "HTTL", key, *words), near(60_000, "HPTTL", key, *words), ("HPEXPIRETIME", key, *words)]
    compare(case, oracles=BOTH)


def test_seconds_are_rounded_up(compare: Comparison) -> None:
    """Valkey cuts the milliseconds of a deadline off."""
    compare([*START, ("HEXPIRETIME", "h", "FIELDS", 3, "a", "b", "c")], oracles=REDIS)
    compare(
        [*START, ("HEXPIRETIME", "h", "FIELDS", 3, "a", "b", "c")], oracles=VALKEY, differs={"valkey-9.1": "it cuts"}
    )


@pytest.mark.parametrize(
    "words",
    [("a",), ("b",), ("b", "c", "b", "x", "a"), ("x",), ("",), ("a", "d")],
)
@pytest.mark.parametrize("key", ["h", "s", "missing"])
def test_persist(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    compare_request(compare, ("HPERSIST", key, "FIELDS", len(words), *words), BOTH)
    compare_request(compare, ("HPERSIST", key, "FIELDS", len(words), *words), REDIS)


# Together with values


@pytest.mark.parametrize(
    "words",
    [
        ("h", "FIELDS", 1, "a"), ("h", "FIELDS", 5, "a", "b", "x", "d", "a"), ("missing", "FIELDS", 2, "a", "b"), ("s", "FIELDS", 1, "a"),
        ("h", "EXAT", FAR, "FIELDS", 3, "a", "b", "x"), ("h", "PXAT", FAR * 1000 + 5, "FIELDS", 3, "d", "a", "d"),
        ("h", "pxat", FAR * 1000 + 123, "fields", 2, "a", "b"), ("h", "EXAT", 1, "FIELDS", 2, "a", "b"), ("h", "EXAT", 1, "FIELDS", 2, "a", "a"),
        ("h", "EXAT", 1, "FIELDS", 5, "a", "b", "c", "d", "a"), ("h", "EX", 0, "FIELDS", 1, "a"), ("h", "PX", 0, "FIELDS", 1, "a"),
        ("h", "PERSIST", "FIELDS", 4, "a", "b", "x", "b"), ("h", "persist", "FIELDS", 1, "a"), ("missing", "EXAT", FAR, "FIELDS", 1, "a"),
        ("missing", "PERSIST", "FIELDS", 1, "a"), ("s", "PERSIST", "FIELDS", 1, "a"), ("h", "EX", "x", "FIELDS", 1, "a"),
        ("s", "EX", "x", "FIELDS", 1, "a"), ("missing", "EX", "x", "FIELDS", 1, "a"), ("h", "EX", HUGE, "FIELDS", 1, "a"),
        ("h", "PX", HUGE, "FIELDS", 1, "a"), ("h", "PXAT", LATEST, "FIELDS", 1, "a"), (), ("h",), ("h", "FIELDS"), ("h", "FIELDS", 1),
        ("h", "PERSIST"), ("h", "EX", 10), ("h", "PERSIST", "FIELDS"), (b"\x00\xff", "FIELDS", 1, b"\r\n"),
    ],
)  # fmt: skip
def test_hgetex(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare_request(compare, ("HGETEX", *words), REDIS)


@pytest.mark.parametrize("key", ["h", "s", "missing"])
@pytest.mark.parametrize(
    "words",
    [
        ("EX", "FIELDS", 1, "a"), ("EX", -1, "FIELDS", 1, "a"), ("EX", -1, "FOO", 1, "a"), ("EX", "x", "FOO", 1, "a"), ("EX", 10, "FOO", 1, "a"),
        ("EX", 10, "PX", 10, "FIELDS", 1, "a"), ("EX", 10, "EX", 10, "FIELDS", 1, "a"), ("EX", 10, "PERSIST", "FIELDS", 1, "a"),
        ("PERSIST", "PERSIST", "FIELDS", 1, "a"), ("PERSIST", "EX", 10, "FIELDS", 1, "a"), ("KEEPTTL", "FIELDS", 1, "a"),
        ("FIELDS", 1, "a", "EX", 10), ("FIELDS", 1, "a", "PERSIST"), ("PERSIST", "FIELDS", 0, "a"), ("PERSIST", "FIELDS", 2, "a"),
        ("EX", 10, "FIELDS", 0, "a"), ("EX", 10, "FIELDS", 2, "a"), ("EX", 10, "FIELDS", 1), ("EX", 10, "FIELDS"), ("EX", 10, 10), ("EX", "x", "FIELDS"),
        ("PERSIST", "FOO", 1), ("PERSIST", 1, 1), ("PXAT", LATEST + 1, "FIELDS", 1, "a"), ("EXAT", LATEST // 1000 + 1, "FIELDS", 1, "a"),
        ("EXAT", HUGE + 1, "FIELDS", 1, "a"), ("PX", LATEST, "FIELDS", 1, "a"), ("EX", "01", "FIELDS", 1, "a"), ("EX", 10, "FIELDS", 1, "a", "b"),
    ],
)  # fmt: skip
def test_wrong_options_of_hgetex(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    compare_request(compare, ("HGETEX", key, *words), REDIS)


@pytest.mark.parametrize(
    "words",
    [
        ("h", 1, "a"), ("h", 2, "a", "a"), ("h", 3, "x", "b", "a"), ("h", 4, "a", "b", "c", "d"), ("h", 5, "a", "b", "c", "d", "a"),
        ("h", 1, "x"), ("missing", 2, "a", "b"), ("s", 1, "a"), ("h", 1, ""),
    ],
)  # fmt: skip
def test_hgetdel(compare: Comparison, words: tuple[Word, ...]) -> None:
    key, *rest = words
    compare_request(compare, ("HGETDEL", key, "FIELDS", *rest), BOTH)
    compare_request(compare, ("HGETDEL", key, "fields", *rest), REDIS)


@pytest.mark.parametrize("key", ["h", "s", "missing"])
@pytest.mark.parametrize(
    "words",
    [
        ("FIELDS", 1, "a", "x"), ("FIELDS", 3, "a", "x", "b", "y", "n", "z"), ("FIELDS", 2, "n", "1", "m", "2"), ("FIELDS", 1, "b", "x"),
        ("fields", 1, "", ""), ("FIELDS", 2, "b", "1", "b", "2"), ("FIELDS", 1, "FIELDS", 1), ("FIELDS", 2, "FIELDS", 1, "a", "1"),
        ("FNX", "FIELDS", 2, "n", "1", "m", "2"), ("FNX", "FIELDS", 2, "n", "1", "a", "2"), ("fnx", "FIELDS", 2, "n", "1", "n", "2"),
        ("FXX", "FIELDS", 2, "a", "x", "b", "y"), ("FXX", "FIELDS", 2, "a", "x", "n", "y"), ("fxx", "FIELDS", 1, "n", "x"),
        ("KEEPTTL", "FIELDS", 3, "a", "x", "b", "y", "n", "z"), ("keepttl", "FXX", "FIELDS", 1, "b", "x"), ("FNX", "KEEPTTL", "FIELDS", 1, "n", "x"),
        ("EXAT", FAR, "FIELDS", 3, "a", "x", "b", "y", "n", "z"), ("EXAT", FAR, "FXX", "FIELDS", 1, "d", "x"), ("FNX", "EXAT", FAR, "FIELDS", 1, "d", "x"),
        ("PXAT", FAR * 1000 + 123, "FIELDS", 2, "n", "x", "m", "y"), ("exat", FAR, "FIELDS", 2, "n", "1", "n", "2"),
        ("EXAT", 1, "FIELDS", 2, "a", "x", "n", "y"), ("EXAT", 1, "FIELDS", 4, "a", "1", "b", "2", "c", "3", "d", "4"),
        ("EXAT", 1, "FIELDS", 1, "n", "1"), ("EXAT", 1, "FNX", "FIELDS", 1, "a", "1"), ("EX", 0, "FIELDS", 1, "a", "1"),
        ("EXAT", 1, "FIELDS", 2, "a", "1", "a", "2"), ("PXAT", LATEST, "FIELDS", 1, "a", "1"),
    ],
)  # fmt: skip
def test_hsetex(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    after = [
        ("HPEXPIRETIME", "missing", "FIELDS", 4, "a", "b", "n", "m"),
        ("HGETALL", "missing"),
        ("EXISTS", "missing"),
    ]
    compare([*START, ("HSETEX", key, *words), *AFTERWARDS, ("HGETALL", "h"), *after], oracles=REDIS)


@pytest.mark.parametrize("key", ["h", "s", "missing"])
@pytest.mark.parametrize(
    "words",
    [
        ("FIELDS", 0, "a", 1), ("FIELDS", -1, "a", 1), ("FIELDS", "x", "a", 1), ("FIELDS", HUGE, "a", 1), ("FIELDS", 2**31, "a", 1),
        ("FIELDS", 2**31 - 1, "a", 1), ("FIELDS", 1, "a", 1, "b"), ("FIELDS", 1, "a", 1, "b", 2), ("FIELDS", 2, "a", 1), ("FIELDS", 1, "a"),
        ("FIELDS", 2, "a", 1, "b"), ("FIELDS", 1), ("FIELDS",), (), ("FOO", 1, "a", 1), ("FOO", "FIELDS", 1, "a", 1), ("EX", "FIELDS", 1, "a", 1),
        ("EX", -1, "FIELDS", 1, "a", 1), ("EX", "x", "FIELDS", 1, "a", 1), ("EX", 10, "PX", 10, "FIELDS", 1, "a", 1), ("EX", 10, "PX", "x", "FIELDS", 1, "a", 1),
        ("EX", 10, "EX", 10, "FIELDS", 1, "a", 1), ("EX", 10, "KEEPTTL", "FIELDS", 1, "a", 1), ("KEEPTTL", "KEEPTTL", "FIELDS", 1, "a", 1),
        ("KEEPTTL", "EX", 10, "FIELDS", 1, "a", 1), ("PERSIST", "FIELDS", 1, "a", 1), ("FNX", "FXX", "FIELDS", 1, "a", 1), ("FXX", "FNX", "FIELDS", 1, "a", 1),
        ("FNX", "FNX", "FIELDS", 1, "a", 1), ("FXX", "FXX", "FIELDS", 1, "a", 1), ("FIELDS", 1, "a", 1, "EX", 10), ("FIELDS", 1, "a", 1, "FXX"),
        ("FIELDS", 1, "a", 1, "FIELDS", 1, "b", 1), ("FNX", "FNX", "EX", "x"), ("FNX", "EX", 10, "EX"), ("FNX", "KEEPTTL", "EX", -1), ("a", "b", "c", "EX"),
        ("FNX", "EX", 10, "KEEPTTL"), ("FNX", "EX", 10, "FIELDS"), ("EX", 10, "FNX", "FIELDS", 1), ("EX", 10, "FNX", "FIELDS", 1, "a"), ("EX", 10, "FNX", "X"),
        ("EX", -1, "FOO"), ("EX", -1, "FOO", "BAR"), ("EX", 10, "FNX", 1), ("FIELDS", 0, "a", 1, "b", 1, "FXX"), ("FIELDS", "x", "a", 1, "FIELDS", "x", "a", 1),
        ("EX", HUGE, "FIELDS", 1, "a", 1), ("PX", HUGE, "FIELDS", 1, "a", 1), ("PXAT", LATEST + 1, "FIELDS", 1, "a", 1), ("EX", HUGE + 1, "FIELDS", 1, "a", 1),
    ],
)  # fmt: skip
def test_wrong_options_of_hsetex(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    compare_request(compare, ("HSETEX", key, *words), REDIS)


@pytest.mark.parametrize("key", ["h", "s", "missing"])
@pytest.mark.parametrize(
    "options", [("NX",), ("XX",), ("nx", "FNX"), ("XX", "FNX"), ("XX", "FXX"), ("EXAT", FAR, "NX"), ("XX", "KEEPTTL")]
)
def test_conditions_of_the_key_that_only_valkey_has(compare: Comparison, key: str, options: tuple[Word, ...]) -> None:
    compare_request(compare, ("HSETEX", key, *options, "FIELDS", 2, "a", "x", "b", "y"), VALKEY)


# What happens to deadlines

WITHOUT_DEADLINE: list[tuple[Word, ...]] = [("HSET", "h", "new", "1"), ("HPERSIST", "h", "FIELDS", 1, "c")]


@pytest.mark.parametrize(
    "steps",
    [
        [("HSET", "h", "b", "x")], [("HSET", "h", "a", "x")], [("HSET", "h", "n", "x", "b", "y", "a", "z", "b", "!")], [("HMSET", "h", "b", "x")],
        [("HSETNX", "h", "b", "x")], [("HSETNX", "h", "n", "x")], [("HINCRBY", "h", "b", 5)], [("HINCRBYFLOAT", "h", "b", "0.5")],
        [("HINCRBY", "h", "n", 5)], [("HINCRBYFLOAT", "h", "n", "5")], [("HDEL", "h", "b")], [("HDEL", "h", "b"), ("HSET", "h", "b", "x")],
        [("HDEL", "h", "a", "b", "c", "d")], [("HGETDEL", "h", "FIELDS", 1, "b"), ("HSET", "h", "b", "x")],
        [("RENAME", "h", "k"), ("RENAME", "k", "h")], [("RENAME", "h", "s"), ("COPY", "s", "h")], [("COPY", "h", "k"), ("DEL", "h"), ("RENAME", "k", "h")],
        [("COPY", "h", "k"), ("HPERSIST", "k", "FIELDS", 1, "b")], [("COPY", "h", "k"), ("HSET", "h", "b", "x"), ("HPEXPIRETIME", "k", "FIELDS", 1, "b")],
        [("MOVE", "h", 1), ("SELECT", 1)], [("COPY", "h", "h", "DB", 1), ("SELECT", 1)], [("SWAPDB", 0, 1), ("SELECT", 1)], [("SET", "h", "x"), ("DEL", "h")],
        [("DEL", "h"), ("HSET", "h", "b", "x")], [("FLUSHALL",), ("HSET", "h", "b", "x")], [("SET", "h", "x"), ("DEL", "h"), ("HSET", "h", "b", "x")],
        [("EXPIREAT", "h", 1), ("HSET", "h", "b", "x")], [("HSCAN", "h", 0)], [("HRANDFIELD", "h", 10)], [("HRANDFIELD", "h", 10, "WITHVALUES")],
        [("HKEYS", "h")], [("HVALS", "h")], [("MULTI",), ("HEXPIREAT", "h", FAR, "FIELDS", 1, "a"), ("HGETALL", "h"), ("EXEC",)],
    ],
)  # fmt: skip
def test_what_ends_a_time_to_live(compare: Comparison, steps: list[tuple[Word, ...]]) -> None:
    for before in ([], WITHOUT_DEADLINE):
        compare([*START, *before, *steps, *AFTERWARDS, ("TYPE", "h"), ("HSCAN", "h", 0), ("HKEYS", "h")], oracles=REDIS)


@pytest.mark.parametrize("size", [1, 600])
def test_large_hashes(compare: Comparison, size: int) -> None:
    words = [word for number in range(size) for word in (f"f{number}", "x" * 65)]
    names = [f"f{number}" for number in range(0, size, 2)]
    compare(
        [
            ("HSET", "h", *words),
            ("HPEXPIREAT", "h", FAR * 1000, "FIELDS", len(names), *names),
            ("HPEXPIREAT", "h", FAR * 1000 + 1, "GT", "FIELDS", 1, "f0"),
            ("COPY", "h", "k"),
            ("HSET", "h", "f0", "v"),
            ("HPEXPIRETIME", "h", "FIELDS", len(names), *names),
            ("HPEXPIRETIME", "k", "FIELDS", len(names), *names),
            ("HPEXPIREAT", "k", 1, "FIELDS", len(names), *names),
            unordered("HKEYS", "k"),
            ("HPERSIST", "h", "FIELDS", len(names), *names),
            fields("HGETALL", "h"),
        ],
        oracles=BOTH,
    )


# Time passes


def wait(milliseconds: int) -> list[Step]:
    """Let our clock move, and the real server's as well: a client is blocked meanwhile."""
    return [
        begin(on("waiting", "BLPOP", "nothing", milliseconds / 1000)),
        elapse(milliseconds + 100),
        expect("waiting"),
    ]


AFTER_EXPIRY: list[tuple[Word, ...]] = [
    ("HLEN",), ("HGETALL",), ("HGET", "a"), ("HMGET", "a", "d"), ("HEXISTS", "a"), ("EXISTS",), ("HSETNX", "a", "x"), ("HINCRBY", "a", 1),
    ("HINCRBYFLOAT", "a", 1), ("HSET", "a", "x"), ("HDEL", "a"), ("HTTL", "FIELDS", 2, "a", "d"), ("HSETEX", "FXX", "FIELDS", 1, "a", "x"),
    ("HGETEX", "PERSIST", "FIELDS", 2, "a", "d"), ("HGETDEL", "FIELDS", 2, "a", "d"), ("HRANDFIELD", 5), ("HSCAN", 0), ("TYPE",), ("COPY", "copy"),
    ("DEL",), ("HEXPIREAT", FAR, "FIELDS", 2, "a", "d"), ("HPERSIST", "FIELDS", 2, "a", "d"), ("HSTRLEN", "a"), ("HKEYS",), ("HVALS",),
]  # fmt: skip


@pytest.mark.parametrize("more", [(), ("d", "word", "e", "word")])
def test_fields_expire(compare: Comparison, more: tuple[Word, ...]) -> None:
    """The replies are compared once both servers have removed what has expired."""
    names = [f"h{number}" for number in range(len(AFTER_EXPIRY))]
    before: list[Step] = []
    for name in names:
        before.append(step("HSET", name, "a", "1", "b", "2", "c", "3", *more))
        before.append(step("HPEXPIRE", name, 20, "FIELDS", 3, "a", "b", "c"))
    after = []
    for name, (request, *words) in zip(names, AFTER_EXPIRY, strict=True):
        after.append(step(request, name, *words))
        after.append(step("HPEXPIRETIME", name, "FIELDS", 3, "a", "b", "d"))
    compare([*before, *wait(500), step("DBSIZE"), *after, unordered("KEYS", "*")], oracles=REDIS)


def test_what_watches_an_expiring_field(compare: Comparison) -> None:
    case = [
        ("HSET", "h", "a", "1", "b", "2"),
        ("HPEXPIRE", "h", 20, "FIELDS", 1, "a"),
        ("WATCH", "h"),
        *wait(500),
        ("MULTI",),
        ("PING",),
        ("EXEC",),
    ]
    compare(case, oracles=BOTH)


# Any sequences

NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from(["1", "2.5", "word", ""])
TIMES = st.sampled_from([0, 1, FAR * 1000, FAR * 1000 + 1, FAR * 1000 + 2, LATEST])
CONDITIONS = st.sampled_from(["NX", "XX", "GT", "LT"])


@generated
@given(
    steps=cases(
        command("HSET", KEYS, NAMES, VALUES),
        command("HSET", KEYS, NAMES, VALUES, NAMES, VALUES),
        command("HSETNX", KEYS, NAMES, VALUES),
        command("HDEL", KEYS, NAMES, NAMES),
        command("HINCRBY", KEYS, NAMES, 5),
        command("HINCRBYFLOAT", KEYS, NAMES, "0.5"),
        command("HPEXPIREAT", KEYS, TIMES, "FIELDS", 2, NAMES, NAMES),
        command("HPEXPIREAT", KEYS, TIMES, "FIELDS", 3, "a", "b", "c"),
        command("HPEXPIREAT", KEYS, TIMES, CONDITIONS, "FIELDS", 2, NAMES, NAMES),
        command("HPERSIST", KEYS, "FIELDS", 2, NAMES, NAMES),
        command("HPEXPIRETIME", KEYS, "FIELDS", 3, "a", "b", "c"),
        command("HEXPIRETIME", KEYS, "FIELDS", 3, "a", "b", "c"),
        command("HGETEX", KEYS, "PXAT", TIMES, "FIELDS", 2, NAMES, NAMES),
        command("HGETEX", KEYS, "PERSIST", "FIELDS", 1, NAMES),
        command("HGETDEL", KEYS, "FIELDS", 1, NAMES),
        command("HSETEX", KEYS, "PXAT", TIMES, "FIELDS", 2, NAMES, VALUES, NAMES, VALUES),
        command("HSETEX", KEYS, "KEEPTTL", "FIELDS", 1, NAMES, VALUES),
        command("HSETEX", KEYS, st.sampled_from(["FNX", "FXX"]), "FIELDS", 2, NAMES, VALUES, NAMES, VALUES),
        command("HGETALL", KEYS),
        command("HSCAN", KEYS, 0),
        command("HLEN", KEYS),
        command("RENAME", KEYS, KEYS),
        command("COPY", KEYS, KEYS, "REPLACE"),
        command("PEXPIREAT", KEYS, st.sampled_from([1, FAR * 1000])),
        command("SET", KEYS, "x"),
        command("DEL", KEYS),
    )
)
def test_any_deadlines(compare: Comparison, steps: list[Step]) -> None:
    compare(steps, oracles=REDIS)


@generated
@given(
    steps=cases(
        command("HSET", KEYS, NAMES, VALUES, NAMES, VALUES),
        command("HSETNX", KEYS, NAMES, VALUES),
        command("HDEL", KEYS, NAMES),
        command("HINCRBY", KEYS, NAMES, 5),
        command("HPEXPIREAT", KEYS, TIMES, "FIELDS", 2, NAMES, NAMES),
        command("HPEXPIREAT", KEYS, TIMES, CONDITIONS, "FIELDS", 2, NAMES, NAMES),
        command("HPERSIST", KEYS, "FIELDS", 2, NAMES, NAMES),
        command("HPEXPIRETIME", KEYS, "FIELDS", 3, "a", "b", "c"),
        command("HGETEX", KEYS, "PXAT", TIMES, "FIELDS", 2, NAMES, NAMES),
        command("HGETEX", KEYS, "PERSIST", "FIELDS", 1, NAMES),
        command("HGETDEL", KEYS, "FIELDS", 2, NAMES, NAMES),
        command("HSETEX", KEYS, "PXAT", TIMES, "FIELDS", 1, NAMES, VALUES),
        command("HSETEX", KEYS, "KEEPTTL", "FIELDS", 1, NAMES, VALUES),
        command("HGETALL", KEYS).map(fields),
        command("RENAME", KEYS, KEYS),
        command("COPY", KEYS, KEYS, "REPLACE"),
        command("DEL", KEYS),
    )
)
def test_any_deadlines_as_in_valkey(compare: Comparison, steps: list[Step]) -> None:
    compare(steps, oracles=VALKEY)


# COMMAND


@pytest.mark.parametrize(
    "words",
    [
        ("HEXPIRE", "h", 1, "FIELDS", 1, "a"), ("HTTL", "h", "FIELDS", 1, "a"), ("HPERSIST", "h", "FIELDS", 1, "a"), ("HGETEX", "h", "FIELDS", 1, "a"),
        ("HGETDEL", "h", "FIELDS", 1, "a"), ("HPEXPIRETIME", "h", "FIELDS", 1, "a"),
    ],
)  # fmt: skip
def test_keys_of_a_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([unordered("COMMAND", "GETKEYSANDFLAGS", *words)], oracles=BOTH)
