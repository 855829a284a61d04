"""Sets: every command and option, and what is wrong with them.

Redis has had listpacks of members since 7.2: where their order matters, it is compared with a later version.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word, shape, unordered

LISTPACKS = ("valkey-9.1", "redis-8.2")

START: list[tuple[Word, ...]] = [
    ("SADD", "a", "one", "two", "three", ""),
    ("SADD", "b", "two", "three", "four"),
    ("SADD", "i", 3, 1, 2, -10, 20),
    ("SET", "s", "string"),
]


@pytest.mark.parametrize(
    "request_words",
    [
        ("SADD", "a", "one"), ("SADD", "a", "x"), ("SADD", "a", "x", "one", "x"), ("SADD", "new", "x"), ("SADD", "s", "x"),
        ("SADD", "a"), ("SADD",), ("SADD", b"\x00\xff", b"\x00", b"\r\n", ""), ("SADD", "i", "x"), ("SADD", "i", "007", "-0", "+1"),
        ("SREM", "a", "one"), ("SREM", "a", "x"), ("SREM", "a", "one", "one", "two"), ("SREM", "a", "one", "two", "three", "", "x"),
        ("SREM", "missing", "x"), ("SREM", "s", "x"), ("SREM", "a"), ("SREM", "i", "01"), ("SREM", "i", "1", "-10"),
        ("SISMEMBER", "a", "one"), ("SISMEMBER", "a", ""), ("SISMEMBER", "a", "x"), ("SISMEMBER", "missing", "x"), ("SISMEMBER", "s", "x"),
        ("SISMEMBER", "a"), ("SISMEMBER", "a", "x", "y"), ("SISMEMBER", "i", "1"), ("SISMEMBER", "i", "+1"), ("SISMEMBER", "i", "x"),
        ("SMISMEMBER", "a", "one", "x", "one"), ("SMISMEMBER", "missing", "x", "y"), ("SMISMEMBER", "s", "x"), ("SMISMEMBER", "a"),
        ("SCARD", "a"), ("SCARD", "missing"), ("SCARD", "s"), ("SCARD",), ("SCARD", "a", "b"),
        ("SMEMBERS", "i"), ("SMEMBERS", "missing"), ("SMEMBERS", "s"), ("SMEMBERS",), ("SMEMBERS", "a", "b"),
        ("SMOVE", "a", "b", "one"), ("SMOVE", "a", "b", "two"), ("SMOVE", "a", "b", "x"), ("SMOVE", "a", "new", "one"),
        ("SMOVE", "a", "new", "x"), ("SMOVE", "a", "a", "one"), ("SMOVE", "a", "a", "x"), ("SMOVE", "missing", "a", "one"),
        ("SMOVE", "missing", "s", "one"), ("SMOVE", "s", "a", "one"), ("SMOVE", "a", "s", "one"), ("SMOVE", "a", "s", "x"),
        ("SMOVE", "s", "s", "one"), ("SMOVE", "a", "b"), ("SMOVE", "a", "b", "one", "x"), ("SMOVE", "missing", "missing", "x"),
        ("SPOP", "missing"), ("SPOP", "missing", 1), ("SPOP", "missing", 0), ("SPOP", "missing", -1), ("SPOP", "missing", "x"),
        ("SPOP", "s"), ("SPOP", "s", 1), ("SPOP", "s", 0), ("SPOP", "s", -1), ("SPOP", "a", 0), ("SPOP", "a", -1), ("SPOP", "a", "x"),
        ("SPOP", "a", 1, 2), ("SPOP",), ("SPOP", "s", 1, 2), ("SPOP", "i", 5), ("SPOP", "i", 9223372036854775807),
        ("SPOP", "a", 9223372036854775808), ("SPOP", "a", -9223372036854775808), ("SPOP", "a", ""), ("SPOP", "a", "1.5"),
        ("SRANDMEMBER", "missing"), ("SRANDMEMBER", "missing", 2), ("SRANDMEMBER", "missing", "x"), ("SRANDMEMBER", "s"),
        ("SRANDMEMBER", "s", 1), ("SRANDMEMBER", "s", 0), ("SRANDMEMBER", "a", 0), ("SRANDMEMBER", "a", "x"), ("SRANDMEMBER", "a", 1, 2),
        ("SRANDMEMBER", "a", -9223372036854775808), ("SRANDMEMBER", "missing", -9223372036854775808), ("SRANDMEMBER",),
        ("SRANDMEMBER", "i", 5), ("SRANDMEMBER", "i", 9223372036854775807), ("SRANDMEMBER", "a", 9223372036854775808),
        ("SINTER", "i"), ("SINTER", "missing"), ("SINTER", "a", "missing"), ("SINTER", "missing", "s"), ("SINTER", "s", "missing"),
        ("SINTER", "a", "s"), ("SINTER", "s"), ("SINTER",), ("SINTER", "i", "i"), ("SINTER", "a", "i"),
        ("SINTERCARD", 2, "a", "b"), ("SINTERCARD", 1, "a"), ("SINTERCARD", 2, "a", "missing"), ("SINTERCARD", 2, "missing", "s"),
        ("SINTERCARD", 1, "s"), ("SINTERCARD", 2, "a", "b", "LIMIT", 1), ("SINTERCARD", 2, "a", "b", "limit", 0),
        ("SINTERCARD", 2, "a", "b", "LIMIT", 2), ("SINTERCARD", 2, "a", "b", "LIMIT", 10), ("SINTERCARD", 2, "a", "b", "LIMIT", -1),
        ("SINTERCARD", 2, "a", "b", "LIMIT", "x"), ("SINTERCARD", 2, "a", "b", "LIMIT"), ("SINTERCARD", 2, "a", "b", "FOO", 1),
        ("SINTERCARD", 2, "a", "b", "LIMIT", 1, "LIMIT", 2), ("SINTERCARD", 2, "a", "b", "LIMIT", 1, "LIMIT"), ("SINTERCARD", 0, "a"),
        ("SINTERCARD", -1, "a"), ("SINTERCARD", "x", "a"), ("SINTERCARD", 2, "a"), ("SINTERCARD", 3, "a", "b"), ("SINTERCARD", 1, "a", "b"),
        ("SINTERCARD", 1), ("SINTERCARD", 9223372036854775807, "a"), ("SINTERCARD", 9223372036854775808, "a"),
        ("SINTERCARD", 2, "a", "LIMIT", 1), ("SINTERCARD", 1, "a", "LIMIT", 9223372036854775808), ("SINTERCARD", 1, "s", "LIMIT", "x"),
        ("SUNION", "i"), ("SUNION", "missing"), ("SUNION", "missing", "i", "i"), ("SUNION", "missing", "s"), ("SUNION", "s", "a"), ("SUNION",),
        ("SDIFF", "i"), ("SDIFF", "missing"), ("SDIFF", "missing", "i"), ("SDIFF", "i", "missing"), ("SDIFF", "i", "i"), ("SDIFF", "missing", "s"),
        ("SDIFF", "a", "s"), ("SDIFF", "s"), ("SDIFF",), ("SDIFF", "i", "a", "i"), ("SDIFF", "a", "a", "a"),
        ("SINTERSTORE", "d", "a", "b"), ("SINTERSTORE", "a", "a", "b"), ("SINTERSTORE", "d", "a", "missing"), ("SINTERSTORE", "s", "a", "missing"),
        ("SINTERSTORE", "s", "a", "b"), ("SINTERSTORE", "d", "a", "s"), ("SINTERSTORE", "d", "missing", "s"), ("SINTERSTORE", "d"),
        ("SINTERSTORE", "a", "a", "i"), ("SINTERSTORE", "d", "missing"),
        ("SUNIONSTORE", "d", "a", "b"), ("SUNIONSTORE", "a", "a", "b"), ("SUNIONSTORE", "s", "missing"), ("SUNIONSTORE", "s", "a"),
        ("SUNIONSTORE", "d", "a", "s"), ("SUNIONSTORE", "d"), ("SUNIONSTORE", "d", "missing"), ("SUNIONSTORE", "d", "i", "a"),
        ("SDIFFSTORE", "d", "a", "b"), ("SDIFFSTORE", "a", "a", "b"), ("SDIFFSTORE", "s", "a", "a"), ("SDIFFSTORE", "s", "a", "b"),
        ("SDIFFSTORE", "d", "a", "s"), ("SDIFFSTORE", "d", "missing", "s"), ("SDIFFSTORE", "d"), ("SDIFFSTORE", "d", "missing", "a"),
        ("SDIFFSTORE", "a", "missing", "b"),
        ("SSCAN", "missing", 0), ("SSCAN", "s", 0), ("SSCAN", "a", "x"), ("SSCAN", "missing", "x"), ("SSCAN", "a", 0, "COUNT", 0),
        ("SSCAN", "a", 0, "COUNT", "x"), ("SSCAN", "a", 0, "COUNT"), ("SSCAN", "a", 0, "MATCH"), ("SSCAN", "a", 0, "FOO"),
        ("SSCAN", "missing", 0, "FOO"), ("SSCAN", "a", 18446744073709551616), ("SSCAN", "a", 0, "TYPE", "set"), ("SSCAN", "a"),
        ("SSCAN", "i", 0), ("SSCAN", "i", 0, "COUNT", 1), ("SSCAN", "i", 5, "MATCH", "?"), ("SSCAN", "i", 0, "MATCH", "2*", "COUNT", 1),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, request_words: tuple[Word, ...]) -> None:
    compare([*START, request_words])


@pytest.mark.parametrize(
    "words",
    [
        unordered("SMEMBERS", "a"), unordered("SINTER", "a", "b"), unordered("SINTER", "b", "a", "a"), unordered("SUNION", "a", "b", "i"),
        unordered("SUNION", "a"), unordered("SDIFF", "a", "b"), unordered("SDIFF", "a"), unordered("SDIFF", "a", "b", "i"),
        unordered("SDIFF", "i", "a"),  # Redis 8.2 makes the result another kind of set than the first
        unordered("SSCAN", "a", 0), unordered("SSCAN", "a", 0, "COUNT", 10), unordered("SSCAN", "a", 0, "MATCH", "t*"),
        unordered("SPOP", "a", 4), unordered("SPOP", "a", 10), unordered("SRANDMEMBER", "a", 4), unordered("SRANDMEMBER", "a", 10),
        shape("SRANDMEMBER", "b"), shape("SRANDMEMBER", "b", 1), shape("SRANDMEMBER", "b", -10), shape("SRANDMEMBER", "b", 2),
        shape("SRANDMEMBER", "i"), shape("SRANDMEMBER", "i", -1),
    ],
)  # fmt: skip
def test_in_any_order(compare: Comparison, words: Step) -> None:
    compare([*START, words])


@pytest.mark.parametrize(
    "case",
    [
        [("SMEMBERS", "a")],
        [("SADD", "a", 7, "one", 5), ("SMEMBERS", "a")],
        [("SADD", "i", 7), ("SADD", "i", "x", 5), ("SMEMBERS", "i")],
        [("SADD", "i", "x"), ("SREM", "i", "x"), ("SADD", "i", 0), ("SMEMBERS", "i")],
        [("SREM", "a", "two"), ("SADD", "a", "two"), ("SMEMBERS", "a")],
        [("SINTER", "a", "b"), ("SINTER", "b", "a"), ("SINTER", "a"), ("SINTER", "a", "a", "b")],
        [("SINTERSTORE", "d", "a", "b"), ("SMEMBERS", "d"), ("SADD", "d", 1), ("SMEMBERS", "d")],
        [("SUNIONSTORE", "d", "i", "a", "b"), ("SMEMBERS", "d")],
        [("SUNIONSTORE", "d", "b", "i", "a"), ("SMEMBERS", "d")],
        [("SDIFFSTORE", "d", "a", "b"), ("SMEMBERS", "d"), ("SDIFFSTORE", "d", "a", "missing"), ("SMEMBERS", "d")],
        [("SADD", "x", "a", 2, 1), ("SADD", "y", "b", 1, 2), ("SINTERSTORE", "d", "x", "y"), ("SMEMBERS", "d")],
        [("SRANDMEMBER", "a", 4), ("SRANDMEMBER", "a", 5)],
        [("SSCAN", "a", 0), ("SSCAN", "a", 77, "COUNT", 1), ("SSCAN", "a", 0, "MATCH", "*e*")],
        [("COPY", "a", "c"), ("SADD", "c", "x"), ("SMEMBERS", "c"), ("SMEMBERS", "a")],
        [("SMOVE", "a", "i", "two"), ("SMEMBERS", "a"), ("SMEMBERS", "i")],
        [("SMOVE", "i", "a", 20), ("SMEMBERS", "a"), ("SMEMBERS", "i")],
        [("SADD", "x", *range(512, 0, -1)), ("SMEMBERS", "x")],
        [("SADD", "x", *(f"m{number}" for number in range(128))), ("SMEMBERS", "x"), ("SSCAN", "x", 0, "COUNT", 3)],
        [("SADD", "x", 2**63 - 1, -(2**63), 0, 1, -1), ("SMEMBERS", "x"), ("SADD", "x", 2**63), ("SMEMBERS", "x")],
        [("SADD", "x", "m" * 64, 5), ("SMEMBERS", "x")],
    ],
)  # fmt: skip
def test_order_of_members(compare: Comparison, case: list[tuple[Word, ...]]) -> None:
    """What Redis keeps as a listpack comes as it was added, what it keeps as an intset in numeric order."""
    compare([*START, *case], oracles=LISTPACKS)


@pytest.mark.parametrize(
    "members", [range(600), [f"m{number}" for number in range(200)], ["m" * 65, "n" * 65, "o"]], ids=len
)
def test_large_sets(compare: Comparison, members: list[Word]) -> None:
    half = len(members) // 2
    compare(
        [
            ("SADD", "x", *members),
            ("SADD", "x", *members),
            unordered("SMEMBERS", "x"),
            ("SADD", "y", *members[:half], "z"),
            unordered("SINTER", "x", "y"),
            unordered("SUNION", "x", "y"),
            unordered("SDIFF", "x", "y"),
            unordered("SDIFF", "y", "x", "y"),
            ("SINTERCARD", 2, "x", "y", "LIMIT", 100),
            ("SDIFFSTORE", "d", "x", "y", "a", "b"),
            ("SUNIONSTORE", "u", "y", "x"),
            unordered("SSCAN", "x", 0, "COUNT", 10_000),
            unordered("SRANDMEMBER", "x", len(members)),
            shape("SPOP", "u", len(members) // 4),
            ("SCARD", "u"),
            ("SREM", "x", *members[half:]),
            unordered("SPOP", "x", half + 1),
            ("EXISTS", "x"),
            ("DEL", "u"),
        ]
    )


def test_a_stored_result_has_no_deadline(compare: Comparison) -> None:
    stores: list[tuple[Word, ...]] = [
        ("SINTERSTORE", "d", "a", "b"),
        ("SUNIONSTORE", "d", "a"),
        ("SDIFFSTORE", "d", "a", "b"),
    ]
    for store in stores:
        compare([*START, ("SETEX", "d", 100, "x"), store, ("TTL", "d")])
    compare([*START, ("EXPIRE", "a", 100), ("SADD", "a", "x"), ("SREM", "a", "one"), ("TTL", "a")])


def test_a_watched_set(compare: Comparison) -> None:
    for change in (
        ("SADD", "a", "one"),
        ("SREM", "a", "x"),
        ("SPOP", "a", 0),
        ("SMOVE", "a", "b", "x"),
        ("SADD", "a", "x"),
    ):
        compare([*START, ("WATCH", "a"), change, ("MULTI",), ("SCARD", "a"), ("EXEC",)])


MEMBERS = st.sampled_from(["1", "2", "-3", "10", "a", "b", "", "07"])


@generated
@given(
    steps=cases(
        command("SADD", KEYS, MEMBERS),
        command("SADD", KEYS, MEMBERS, MEMBERS, MEMBERS),
        command("SREM", KEYS, MEMBERS, MEMBERS),
        command("SMOVE", KEYS, KEYS, MEMBERS),
        command("SMISMEMBER", KEYS, MEMBERS, MEMBERS),
        command("SCARD", KEYS),
        command("SMEMBERS", KEYS).map(unordered),
        command("SINTER", KEYS, KEYS).map(unordered),
        command("SUNION", KEYS, KEYS).map(unordered),
        command("SDIFF", KEYS, KEYS, KEYS).map(unordered),
        command("SINTERCARD", "2", KEYS, KEYS, "LIMIT", st.sampled_from(["0", "1", "2"])),
        command("SINTERSTORE", KEYS, KEYS, KEYS),
        command("SUNIONSTORE", KEYS, KEYS, KEYS),
        command("SDIFFSTORE", KEYS, KEYS, KEYS),
        command("SPOP", KEYS, "100").map(unordered),
        command("SRANDMEMBER", KEYS, "100").map(unordered),
        command("SSCAN", KEYS, "0").map(unordered),
        command("SET", KEYS, "x"),
        command("DEL", KEYS),
        command("RENAME", KEYS, KEYS),
        command("COPY", KEYS, KEYS),
        command("EXPIREAT", KEYS, st.sampled_from([1, 4102444800])),
    )
)
def test_any_sets(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)


@generated
@given(
    steps=cases(
        command("SADD", KEYS, MEMBERS),
        command("SADD", KEYS, MEMBERS, MEMBERS, MEMBERS),
        command("SREM", KEYS, MEMBERS),
        command("SMOVE", KEYS, KEYS, MEMBERS),
        command("SINTERSTORE", KEYS, KEYS, KEYS),
        command("SUNIONSTORE", KEYS, KEYS, KEYS),
        command("SDIFFSTORE", KEYS, KEYS, KEYS),
        command("SINTER", KEYS, KEYS),
        command("SMEMBERS", KEYS),
        command("COPY", KEYS, KEYS),
        command("PEXPIRE", KEYS, -1),
    )
)
def test_the_order_of_any_sets(compare: Comparison, steps: list[Step]) -> None:
    compare(steps, oracles=LISTPACKS)
