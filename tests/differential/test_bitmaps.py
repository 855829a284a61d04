"""Bitmaps: every command and option, and what is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word, raw

EVERY = ("valkey-9.1", "redis-7.0", "redis-8.2")
NEWER = ("valkey-9.1", "redis-8.2")
REDIS_8 = ("redis-8.2",)

FAR = 4102444800  # a Unix time in seconds that no test reaches
END = 2**32  # the first bit behind the longest string

START: list[tuple[Word, ...]] = [
    ("SET", "b", b"\x00\x0f\xf0\xff\x01"),
    ("SET", "ones", b"\xff\xff\xff"),
    ("SET", "zeros", b"\x00\x00\x00"),
    ("SET", "n", "10"),
    ("SET", "e", ""),
    ("SET", "t", "volatile", "EX", 1000),
    ("RPUSH", "l", "a"),
]


@pytest.mark.parametrize(
    "request_words",
    [
        ("SETBIT", "b", 0, 1), ("SETBIT", "b", 7, 1), ("SETBIT", "b", 39, 0), ("SETBIT", "b", 100, 1), ("SETBIT", "b", 100, 0),
        ("SETBIT", "b", 16, 1), ("SETBIT", "new", 0, 0), ("SETBIT", "new", 7, 1), ("SETBIT", "new", 8, 1), ("SETBIT", "n", 0, 1),
        ("SETBIT", "e", 0, 0), ("SETBIT", "t", 1, 0), ("SETBIT", "l", 0, 1), ("SETBIT", "b", -1, 1), ("SETBIT", "b", "x", 1),
        ("SETBIT", "b", END, 1), ("SETBIT", "b", 2**63, 1), ("SETBIT", "b", 0, 2), ("SETBIT", "b", 0, -1), ("SETBIT", "b", 0, "x"),
        ("SETBIT", "l", 0, 2), ("SETBIT", "l", "x", 2), ("SETBIT", "b", "#1", 1), ("SETBIT", "b", "01", 1), ("SETBIT", "b", 0, ""),
        ("SETBIT", "b", "", "1"), ("SETBIT", "b", 0), ("SETBIT", "b", 0, 1, 2), ("SETBIT", b"\x00\xff", 3, 1), ("SETBIT", "", 3, 1),
        ("GETBIT", "b", 0), ("GETBIT", "b", 12), ("GETBIT", "b", 39), ("GETBIT", "b", 40), ("GETBIT", "b", END - 1), ("GETBIT", "b", END),
        ("GETBIT", "n", 2), ("GETBIT", "missing", 5), ("GETBIT", "l", 0), ("GETBIT", "b", -1), ("GETBIT", "missing", "x"), ("GETBIT", "l", "x"),
        ("GETBIT", "b", "#0"), ("GETBIT", "b"), ("GETBIT", "b", 0, 1),
        ("BITCOUNT", "b"), ("BITCOUNT", "n"), ("BITCOUNT", "e"), ("BITCOUNT", "missing"), ("BITCOUNT", "l"), ("BITCOUNT",),
        ("BITCOUNT", "b", 1, 2, "BYTE"), ("BITCOUNT", "b", 1, 2, "FOO"), ("BITCOUNT", "b", 1, 2, "bit"), ("BITCOUNT", "missing", 0, -1),
        ("BITCOUNT", "e", 0, -1), ("BITCOUNT", "b", 1, 2, "BIT", "x"), ("BITCOUNT", "b", "x", 2), ("BITCOUNT", "b", 1, "x"),
        ("BITCOUNT", "b", "x", 2, "FOO"), ("BITCOUNT", "b", 2**63, 2), ("BITCOUNT", "b", -(2**63), 2**63 - 1), ("BITCOUNT", "l", 0, 1),
        ("BITCOUNT", "b", -(2**63), 2**63 - 1, "BIT"), ("BITCOUNT", "n", 0, 0), ("BITCOUNT", "n", 8, 15, "BIT"),
        ("BITPOS", "b", 1), ("BITPOS", "b", 0), ("BITPOS", "ones", 0), ("BITPOS", "ones", 1), ("BITPOS", "zeros", 0), ("BITPOS", "zeros", 1),
        ("BITPOS", "ones", 0, 1), ("BITPOS", "ones", 0, 0, -1), ("BITPOS", "ones", 0, 0, 100), ("BITPOS", "ones", 0, 3), ("BITPOS", "ones", 0, 2),
        ("BITPOS", "missing", 0), ("BITPOS", "missing", 1), ("BITPOS", "e", 0), ("BITPOS", "e", 1), ("BITPOS", "e", 0, 0), ("BITPOS", "e", 0, 0, -1),
        ("BITPOS", "n", 1), ("BITPOS", "n", 0, 1), ("BITPOS", "l", 1), ("BITPOS", "b", 2), ("BITPOS", "b", -1), ("BITPOS", "b", "x"), ("BITPOS", "l", 2),
        ("BITPOS", "b"), ("BITPOS", "b", 1, "x"), ("BITPOS", "b", 1, 0, "x"), ("BITPOS", "b", 1, 0, 1, "FOO"), ("BITPOS", "b", 1, 0, "x", "FOO"),
        ("BITPOS", "b", 1, "x", 1, "FOO"), ("BITPOS", "b", 1, 0, 1, "BIT", "x"), ("BITPOS", "b", 2, 0, 1, "BIT", "x"), ("BITPOS", "missing", 1, 0, 1),
        ("BITPOS", "b", 1, -(2**63), 2**63 - 1, "BIT"), ("BITPOS", "b", 1, 2**63), ("BITPOS", "missing", 0, 5), ("BITPOS", "missing", 0, 5, 6),
        ("BITPOS", "ones", 0, 0, 10, "BIT"), ("BITPOS", "ones", 0, 0, 23, "BIT"), ("BITPOS", "ones", 0, 0, 24, "BIT"), ("BITPOS", "zeros", 1, 9, 12, "BIT"),
        ("BITOP", "AND", "d", "b", "ones"), ("BITOP", "or", "d", "b", "n"), ("BITOP", "Xor", "d", "b", "ones", "n"), ("BITOP", "NOT", "d", "b"),
        ("BITOP", "AND", "d", "b", "missing"), ("BITOP", "OR", "d", "b", "missing"), ("BITOP", "AND", "d", "b"), ("BITOP", "XOR", "d", "b", "b"),
        ("BITOP", "NOT", "d", "b", "n"), ("BITOP", "NOT", "d", "missing"), ("BITOP", "NOT", "t", "missing"), ("BITOP", "AND", "l", "missing"),
        ("BITOP", "AND", "d", "e", "missing"), ("BITOP", "OR", "e", "e"), ("BITOP", "OR", "l", "b"), ("BITOP", "OR", "t", "b"), ("BITOP", "OR", "b", "b", "n"),
        ("BITOP", "AND", "d", "b", "l"), ("BITOP", "AND", "d", "missing", "l"), ("BITOP", "NOT", "d", "l"), ("BITOP", "FOO", "d", "b"),
        ("BITOP", "AND", "d"), ("BITOP", "NOT", "d", "l", "l"), ("BITOP", "", "d", "b"), ("BITOP", "FOO", "d", "l"),
        ("BITFIELD", "b"), ("BITFIELD", "missing"), ("BITFIELD",), ("BITFIELD", "l"), ("BITFIELD", "b", "GET", "u8", 4), ("BITFIELD", "b", "get", "i8", 12),
        ("BITFIELD", "b", "GET", "u8", "#1", "GET", "i8", "#2", "GET", "i64", 0, "GET", "u63", 1, "GET", "u1", 39, "GET", "i1", 39, "GET", "u8", 36),
        ("BITFIELD", "missing", "GET", "u8", 0), ("BITFIELD", "l", "GET", "u8", 0), ("BITFIELD", "n", "GET", "u16", 0), ("BITFIELD", "e", "GET", "i5", 3),
        ("BITFIELD", "b", "SET", "u8", 4, 255), ("BITFIELD", "b", "SET", "i8", 4, -1), ("BITFIELD", "b", "SET", "u4", 2, 17), ("BITFIELD", "b", "SET", "u8", 0, -1),
        ("BITFIELD", "b", "OVERFLOW", "SAT", "SET", "u8", 0, -1), ("BITFIELD", "b", "OVERFLOW", "SAT", "SET", "u8", 0, 256),
        ("BITFIELD", "b", "OVERFLOW", "SAT", "SET", "i8", 0, -129), ("BITFIELD", "b", "OVERFLOW", "SAT", "SET", "i8", 0, 128),
        ("BITFIELD", "b", "OVERFLOW", "FAIL", "SET", "u8", 0, 256, "SET", "u8", 0, 255, "SET", "i8", 0, 128, "SET", "u8", 0, -1),
        ("BITFIELD", "b", "SET", "i8", 0, 128), ("BITFIELD", "b", "SET", "i8", 0, -129), ("BITFIELD", "b", "SET", "i64", 3, -(2**63), "GET", "i64", 3),
        ("BITFIELD", "b", "SET", "u63", 3, 2**63 - 1, "GET", "u63", 3), ("BITFIELD", "b", "SET", "u63", 0, -1, "GET", "u63", 0),
        ("BITFIELD", "b", "INCRBY", "u8", 0, 1), ("BITFIELD", "b", "INCRBY", "u8", 24, 1), ("BITFIELD", "b", "INCRBY", "u8", 0, -1),
        ("BITFIELD", "b", "INCRBY", "i8", 24, 1), ("BITFIELD", "b", "INCRBY", "i8", 0, -300), ("BITFIELD", "b", "INCRBY", "i64", 0, 2**63 - 1, "INCRBY", "i64", 0, 1),
        ("BITFIELD", "b", "OVERFLOW", "SAT", "INCRBY", "u8", 24, 1, "INCRBY", "u8", 0, -1, "INCRBY", "i8", 8, 200, "INCRBY", "i8", 8, -300),
        ("BITFIELD", "b", "OVERFLOW", "fail", "INCRBY", "u8", 24, 1, "INCRBY", "u8", 0, -1, "INCRBY", "i8", 8, 200, "INCRBY", "i8", 8, -300),
        ("BITFIELD", "b", "OVERFLOW", "SAT", "INCRBY", "i64", 0, 2**63 - 1, "INCRBY", "i64", 0, 1, "INCRBY", "i64", 0, -(2**63)),
        ("BITFIELD", "b", "OVERFLOW", "FAIL", "OVERFLOW", "WRAP", "INCRBY", "u2", 0, 9, "OVERFLOW", "SAT", "INCRBY", "u2", 0, 9),
        ("BITFIELD", "new", "SET", "u8", "#2", 5, "GET", "u8", "#2"), ("BITFIELD", "new", "OVERFLOW", "FAIL", "SET", "u8", 7, 256),
        ("BITFIELD", "new", "SET", "u1", 0, 0), ("BITFIELD", "new", "INCRBY", "i5", 100, 1, "GET", "u4", 0), ("BITFIELD", "e", "INCRBY", "u2", 100, 1),
        ("BITFIELD", "t", "SET", "u8", 0, 65), ("BITFIELD", "n", "INCRBY", "u8", 0, 1), ("BITFIELD", "l", "SET", "u8", 0, 1), ("BITFIELD", "l", "SET", "u8", 0, "x"),
        ("BITFIELD", "b", "GET", "u8"), ("BITFIELD", "b", "GET"), ("BITFIELD", "b", "SET", "u8", 0), ("BITFIELD", "b", "INCRBY", "u8", 0), ("BITFIELD", "b", "OVERFLOW"),
        ("BITFIELD", "b", "OVERFLOW", "FOO"), ("BITFIELD", "b", "OVERFLOW", "SAT"), ("BITFIELD", "b", "FOO", "u8", 0), ("BITFIELD", "b", "SET", "u8", 0, 1, "FOO"),
        ("BITFIELD", "b", "GET", "u64", 0), ("BITFIELD", "b", "GET", "i65", 0), ("BITFIELD", "b", "GET", "u0", 0), ("BITFIELD", "b", "GET", "i-1", 0),
        ("BITFIELD", "b", "GET", "U8", 0), ("BITFIELD", "b", "GET", "x8", 0), ("BITFIELD", "b", "GET", "", 0), ("BITFIELD", "b", "GET", "u", 0),
        ("BITFIELD", "b", "GET", "u08", 0), ("BITFIELD", "b", "GET", "u8", -1), ("BITFIELD", "b", "GET", "u8", "#-1"), ("BITFIELD", "b", "GET", "u8", "#"),
        ("BITFIELD", "b", "GET", "u8", ""), ("BITFIELD", "b", "GET", "u8", "x"), ("BITFIELD", "b", "GET", "u8", END), ("BITFIELD", "b", "GET", "u8", "#536870912"),
        ("BITFIELD", "b", "GET", "u63", END - 1), ("BITFIELD", "b", "GET", "i64", "#288230376151711744"), ("BITFIELD", "b", "GET", "i64", 2**63),
        ("BITFIELD", "b", "GET", "i64", "#288230376151711745"), ("BITFIELD", "b", "GET", "u3", "#9223372036854775807"),
        ("BITFIELD", "b", "SET", "u8", 0, "x"), ("BITFIELD", "b", "SET", "u8", 0, 2**63), ("BITFIELD", "b", "INCRBY", "u8", 0, "1.5"), ("BITFIELD", "b", "SET", "u65", "x", "x"),
        ("BITFIELD_RO", "b", "GET", "u8", 8, "GET", "i4", "#5"), ("BITFIELD_RO", "b"), ("BITFIELD_RO", "missing", "GET", "u8", 0), ("BITFIELD_RO", "l", "GET", "u8", 0),
        ("BITFIELD_RO", "b", "SET", "u8", 0, 1), ("BITFIELD_RO", "l", "INCRBY", "u8", 0, 1), ("BITFIELD_RO", "b", "INCRBY", "u8", 0, "x"),
        ("BITFIELD_RO", "b", "OVERFLOW", "SAT", "GET", "u8", 8), ("BITFIELD_RO", "b", "OVERFLOW", "FOO"), ("BITFIELD_RO", "b", "GET", "u8"), ("BITFIELD_RO",),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, request_words: tuple[Word, ...]) -> None:
    compare([*START, request_words], oracles=EVERY)


@pytest.mark.parametrize("unit", [(), ("BYTE",), ("BIT",)])
@pytest.mark.parametrize("key", ["b", "ones", "zeros", "e", "missing"])
def test_ranges(compare: Comparison, key: str, unit: tuple[str, ...]) -> None:
    bounds = (-100, -41, -40, -39, -17, -16, -9, -5, -4, -1, 0, 1, 2, 3, 7, 8, 9, 15, 16, 31, 38, 39, 40, 100)
    ranges = [(start, end, *unit) for start in bounds for end in bounds]
    counts: list[tuple[Word, ...]] = [("BITCOUNT", key, *words) for words in ranges]
    positions: list[tuple[Word, ...]] = [("BITPOS", key, bit, *words) for words in ranges for bit in (0, 1)]
    compare([*START, *counts, *positions], oracles=EVERY)


@pytest.mark.parametrize("key", ["b", "ones", "zeros", "e", "missing"])
def test_search_without_an_end(compare: Comparison, key: str) -> None:
    case: list[tuple[Word, ...]] = [("BITPOS", key, bit, start) for bit in (0, 1) for start in range(-7, 7)]
    compare([*START, *case], oracles=EVERY)


@pytest.mark.parametrize("key", ["missing", "l"])
@pytest.mark.parametrize(
    "words",
    [
        ("BITCOUNT", "x", 1), ("BITCOUNT", 1, "x"), ("BITCOUNT", 0, 1, "FOO"), ("BITCOUNT", 0, 1, "BIT", "x"),
        ("BITPOS", 1, "x"), ("BITPOS", 0, 0, "x"), ("BITPOS", 1, 0, 1, "FOO"), ("BITPOS", 0, 0, "x", "BIT"), ("BITPOS", 1, 0, 1, "BIT", "x"),
    ],
)  # fmt: skip
def test_words_are_read_before_the_key(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    name, *rest = words
    differs = {"redis-7.0": "looks at the key before it reads the range"}
    compare([*START, (name, key, *rest)], oracles=EVERY, differs=differs)


@pytest.mark.parametrize("words", [(0,), (2,), (-1,), (100,), ("x",)])
@pytest.mark.parametrize("key", ["b", "e", "missing", "l"])
def test_count_without_an_end(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    compare([*START, ("BITCOUNT", key, *words)], oracles=("valkey-9.1",))


@pytest.mark.parametrize("operation", ["DIFF", "diff1", "AndOr", "ONE", "AND", "OR", "XOR"])
@pytest.mark.parametrize(
    "keys",
    [
        ("b",), ("b", "ones"), ("ones", "b"), ("b", "ones", "n"), ("n", "b", "ones", "zeros"), ("missing", "b"), ("b", "missing"),
        ("missing", "e"), ("b", "b"), ("b", "b", "b"), ("l",), ("b", "l"), ("missing",), ("e", "missing", "t"),
    ],
)  # fmt: skip
def test_operations_that_redis_8_brought(compare: Comparison, operation: str, keys: tuple[str, ...]) -> None:
    compare([*START, ("BITOP", operation, "d", *keys), ("GET", "d")], oracles=REDIS_8)


LONG = [
    b"\x00" * 5000 + b"\x10" + b"\x00" * 9000,
    b"\xff" * 9000 + b"\xfe\xff" * 3000,
    b"\xa5\x3c" * 40_000,
    b"x" * 70_000,
]


@pytest.mark.parametrize("operation", ["AND", "OR", "XOR", "DIFF", "DIFF1", "ANDOR", "ONE"])
def test_operations_on_long_strings(compare: Comparison, operation: str) -> None:
    strings: list[tuple[Word, ...]] = [("SET", str(number), value) for number, value in enumerate(LONG)]
    case = [
        *strings,
        ("BITOP", operation, "d", 0, 1, 2, 3),
        ("BITOP", operation, "d", "d", 2),
        ("BITOP", "NOT", "d", "d"),
    ]
    compare(case, oracles=REDIS_8)


@pytest.mark.parametrize("value", LONG)
def test_long_strings(compare: Comparison, value: bytes) -> None:
    places = (0, 4999, 5000, 5001, 8999, 9000, 9001, -1, -5000, 100_000)
    counts: list[tuple[Word, ...]] = [("BITCOUNT", "k", start, end) for start in places for end in places]
    searches: list[tuple[Word, ...]] = [
        ("BITPOS", "k", bit, *place) for bit in (0, 1) for place in ((), *((place,) for place in places))
    ]
    ends: list[tuple[Word, ...]] = [
        ("BITPOS", "k", bit, 3, end, "BIT")
        for bit in (0, 1)
        for end in (39_999, 40_003, 40_004, 71_999, 72_007, 72_008)
    ]
    compare([("SET", "k", value), *counts, *searches, *ends])


def test_a_bitmap_that_changes_after_it_was_read(compare: Comparison) -> None:
    compare([("SETBIT", "k", 1, 1), raw(b"GET k\nSETBIT k 0 1\nBITFIELD k GET u8 0 SET u8 0 7\nGET k\n", replies=4)])


def test_a_copy_does_not_change_with_its_original(compare: Comparison) -> None:
    compare(
        [
            ("SETBIT", "a", 1, 1),
            ("COPY", "a", "b"),
            ("SETBIT", "a", 2, 1),
            ("BITOP", "OR", "c", "a"),
            ("SETBIT", "a", 3, 1),
            ("APPEND", "a", "x"),
            ("INCR", "a"),
        ]
    )


def test_the_lowest_integers_are_saturated_to_the_lowest(compare: Comparison) -> None:
    differs = dict.fromkeys(EVERY, "takes a difference that overflows for an overflow to the other side")
    case = [("BITFIELD", "k", "OVERFLOW", "SAT", "SET", "i8", 0, -(2**63)), ("BITFIELD", "k", "GET", "i8", 0)]
    compare(case, oracles=EVERY, differs=differs)
    compare([("BITFIELD", "k", "SET", "i8", 0, -(2**63)), ("BITFIELD", "k", "GET", "i8", 0)], oracles=EVERY)


BITS = st.sampled_from([0, 1, 5, 7, 8, 9, 15, 16, 20, 31, 63])
SIZES = st.sampled_from(["u1", "i1", "u2", "i2", "u7", "i8", "u9", "i16", "u31", "i33", "u63", "i64"])
OFFSETS = st.one_of(BITS, st.sampled_from(["#0", "#1", "#3"]))
OPERANDS = st.sampled_from([0, 1, -1, 2, 3, 127, 128, 255, -128, -129, 2**31, 2**63 - 1, -(2**62)])
OVERFLOW = st.sampled_from(["WRAP", "SAT", "FAIL"])
ENDS = st.integers(-10, 80)
VALUES = st.one_of(st.sampled_from([b"", b"\xff\xff", b"\x00\x00", b"10"]), st.binary(max_size=6))


@generated
@given(
    steps=cases(
        command("SET", KEYS, VALUES),
        command("SETBIT", KEYS, BITS, st.integers(0, 1)),
        command("GETBIT", KEYS, BITS),
        command("BITCOUNT", KEYS),
        command("BITCOUNT", KEYS, ENDS, ENDS, st.sampled_from(["BYTE", "BIT"])),
        command("BITPOS", KEYS, st.integers(0, 1)),
        command("BITPOS", KEYS, st.integers(0, 1), ENDS),
        command("BITPOS", KEYS, st.integers(0, 1), ENDS, ENDS, st.sampled_from(["BYTE", "BIT"])),
        command("BITOP", st.sampled_from(["AND", "OR", "XOR"]), KEYS, KEYS, KEYS),
        command("BITOP", "NOT", KEYS, KEYS),
        command("BITFIELD", KEYS, "GET", SIZES, OFFSETS, "SET", SIZES, OFFSETS, OPERANDS),
        command("BITFIELD", KEYS, "OVERFLOW", OVERFLOW, "SET", SIZES, OFFSETS, OPERANDS),
        command("BITFIELD", KEYS, "INCRBY", SIZES, OFFSETS, OPERANDS),
        command("BITFIELD", KEYS, "OVERFLOW", OVERFLOW, "INCRBY", SIZES, OFFSETS, OPERANDS, "INCRBY", SIZES, OFFSETS, OPERANDS),
        command("BITFIELD_RO", KEYS, "GET", SIZES, OFFSETS, "GET", SIZES, OFFSETS),
        command("APPEND", KEYS, VALUES),
        command("RENAME", KEYS, KEYS),
        command("COPY", KEYS, KEYS),
        command("RPUSH", KEYS, "x"),
        command("DEL", KEYS),
        command("EXPIREAT", KEYS, st.sampled_from([1, FAR])),
    )
)  # fmt: skip
def test_any_bitmaps(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)


@generated
@given(
    operation=st.sampled_from(["DIFF", "DIFF1", "ANDOR", "ONE"]),
    strings=st.lists(st.binary(max_size=6), min_size=1, max_size=5),
)
def test_any_operations_that_redis_8_brought(compare: Comparison, operation: str, strings: list[bytes]) -> None:
    sets: list[tuple[Word, ...]] = [("SET", str(number), value) for number, value in enumerate(strings)]
    compare([*sets, ("BITOP", operation, "d", *range(len(strings)))], oracles=REDIS_8)
