"""Sorted sets: adding, removing, reading, popping and scanning. Ranges, algebra and blocking have files of their own."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word, shape, unordered

Words = tuple[Word, ...]

START: list[Words] = [
    ("ZADD", "z", "1", "a", "2", "b", "2", "c", "3.5", "d", "-inf", "low", "inf", "high"),
    ("ZADD", "one", "1", "x"),
    ("SET", "s", "string"),
    ("ZADD", b"\x00\r\n\xff", "0", "", "0", b"\x00"),
]

KEYS_OF_ANY_KIND = ("z", "one", "missing", "s", b"\x00\r\n\xff", "")
GREATEST, LEAST = 2**63 - 1, -(2**63)
NO_INTEGERS = ("x", "", "1.5", "+1", "01", " 1", "1 ", 2**63, LEAST - 1)
NO_SCORES = (
    "x",
    "",
    " 1",
    "1 ",
    "nan",
    "-nan",
    "1e",
    ".",
    "-",
    "--1",
    "1_0",
    "0x",
    "1,5",
    b"1\x00",
    "1e400",
    "-1e400",
    "1e-400",
    "infx",
)

#: Those whose replies show all the digits of a double as we do.
SHORTEST_DIGITS = ("valkey-9.1", "redis-8.2")


def either(*parts: Words | Word) -> list[Words]:
    """Return the requests that come from choosing one word in each place where there are several."""
    return [tuple(words) for words in product(*(part if isinstance(part, tuple) else (part,) for part in parts))]


def behind(prefix: Words, *endings: Words) -> list[Words]:
    return [(*prefix, *ending) for ending in endings]


@pytest.mark.parametrize(
    "words",
    [
        *either("ZADD", KEYS_OF_ANY_KIND, "1", "a"),
        *behind(("ZADD", "z"), ("5", "a"), ("1", "a"), ("1", "a", "1", "a"), ("7", "n", "8", "n"), ("1", "n", "2", "m", "3", "a")),
        *behind(("ZADD", "z"), ("1",), ("1", "a", "2"), ("1", "a", "x", "b"), ("x", "a", "2", "b"), ("5", "", "6", b"\x00\r\n")),
        *either("ZADD", ("z", "missing", "s"), NO_SCORES, "n"),
        *either("ZADD", "z", ("+inf", "-INF", "infinity", "+1", "1.", ".5", "1e5", "1e+2", "-0", "0e0", "1e-310", "-1.5E-3"), ("a", "n")),
        ("ZADD",), ("ZADD", "z"), ("ZADD", "s", "x", "a"), ("ZADD", "s", "1"),
        *either("ZADD", "z", ("NX", "xx", "GT", "lt", "CH", "INCR"), ("0", "1", "2"), ("a", "n")),
        *either("ZADD", "z", ("NX", "XX", "GT", "LT"), ("CH", "INCR"), ("0", "1", "2", "inf"), ("a", "n", "low")),
        *either("ZADD", "z", "XX", ("GT", "LT"), ("CH", "INCR"), ("0", "-1", "2"), ("a", "n")),
        *either("ZADD", ("missing", "s"), ("NX", "XX", "GT", "LT", "CH", "INCR"), "1", "a"),
        *either("ZADD", "missing", "XX", ("CH", "INCR"), "1", "a"),
        *either("ZADD", ("z", "s"), ("NX", "GT", "LT"), ("XX", "GT", "LT"), "1", "a"),
        *behind(("ZADD", "z", "INCR"), ("1", "a", "2", "b"), ("1", "a", "2"), (), ("1",), ("x", "a"), ("nan", "a")),
        *behind(("ZADD", "z"), ("NX", "a"), ("CH", "a"), ("NX",), ("NX", "XX"), ("NX", "NX", "1", "n"), ("1", "NX"), ("FOO", "1", "a")),
        *behind(("ZADD", "z", "NX", "XX"), (), ("1",), ("x", "a"), ("1", "a", "2", "b")),
        *behind(("ZADD", "z", "GT", "CH"), ("1", "a", "3", "b", "2", "n", "1", "c"), ("5", "a", "4", "a", "6", "a")),
        *behind(("ZADD", "z", "LT", "CH"), ("1", "a", "3", "b", "2", "n", "1", "c"), ("5", "a", "4", "a", "0", "a")),
        *behind(("ZADD", "z", "INCR"), ("-inf", "high"), ("inf", "low"), ("inf", "high"), ("0", "a"), ("-0", "n")),
        ("ZADD", "z", "CH", "INCR", "XX", "GT", "1", "a"), ("ZADD", "z", "CH", "INCR", "1", "a"),
    ],
)  # fmt: skip
def test_add(compare: Comparison, words: Words) -> None:
    compare([*START, words], oracles=SHORTEST_DIGITS)


@pytest.mark.parametrize(
    "words",
    [
        *either("ZINCRBY", KEYS_OF_ANY_KIND, ("1", "-2.5", "inf", "x"), "a"),
        *either("ZINCRBY", "z", ("-inf", "inf", "nan"), ("low", "high")),
        *either("ZINCRBY", "z", ("NX", "INCR", *NO_SCORES), "a"),
        *either("ZINCRBY", "z", ("0", "-0", "0.1", "1e308", "1e-7", "1e20", "0.25"), ("a", "n", "d")),
        ("ZINCRBY", "z", "1"), ("ZINCRBY", "z", "1", "a", "x"), ("ZINCRBY", "z", "1", ""),
    ],
)  # fmt: skip
def test_increment(compare: Comparison, words: Words) -> None:
    compare([*START, words], oracles=SHORTEST_DIGITS)


@pytest.mark.parametrize("score", ["0x10", "0X1.8p1", "-0x.8", "0x1p2000", "0x1p-2000", "0x0p-9999"])
def test_hexadecimal_scores(compare: Comparison, score: str) -> None:
    differs = {"valkey-9.1": "takes no hexadecimal scores since 9.0"} if "2000" not in score else {}
    compare(
        [("ZADD", "z", score, "m"), ("ZINCRBY", "z", score, "m")],
        oracles=("valkey-9.1", "redis-7.0", "redis-8.2"),
        differs=differs,
    )


NUMBERS = (
    "0", "-0", "1", "-1", "0.5", "0.1", "3.0", "1e15", "123456789012", "1e17", "4503599627370496", "4503599627370497",
    "9007199254740993", "1152921504606846976", "4611686018427387904", "4611686018427387905", "9223372036854775807", "-9223372036854775808",
    "1e19", "1e20", "1e21", "1e22", "123456789.123", "1.7976931348623157e308", "5e-324", "1e-5", "0.0001", "0.00001234", "1e-7",
    "-123.456e10", "3.141592653589793", "0.1e-6", "99999999999999990000", "12345678901234567890",
)  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("size", [1, 65])
def test_how_scores_are_printed(compare: Comparison, number: str, size: int) -> None:
    """In a listpack and in a skiplist, which a long member makes of it."""
    long = "m" * size
    compare(
        [
            ("ZADD", "z", number, long, number, "m"),
            ("ZSCORE", "z", "m"),
            ("ZMSCORE", "z", "m", "n"),
            ("ZRANGE", "z", 0, -1, "WITHSCORES"),
            ("ZINCRBY", "z", "0", "m"),
            ("ZADD", "z", "INCR", "0", long),
            ("ZRANK", "z", "m", "WITHSCORE"),
            unordered("ZSCAN", "z", 0),
            ("ZRANDMEMBER", "z", 1, "WITHSCORES") if size == 1 else ("ZCARD", "z"),
            ("ZPOPMAX", "z", 1),
            ("ZPOPMIN", "z"),
        ],
        oracles=SHORTEST_DIGITS,
    )


@pytest.mark.parametrize(
    "words",
    [
        *either("ZREM", KEYS_OF_ANY_KIND, "x"),
        *behind(("ZREM", "z"), ("a",), ("a", "a", "nosuch"), ("a", "b", "c", "d", "low", "high", "a"), ()),
        *either("ZCARD", KEYS_OF_ANY_KIND), ("ZCARD",), ("ZCARD", "z", "x"),
        *either("ZSCORE", KEYS_OF_ANY_KIND, ("a", "x", "low", "high", "")), ("ZSCORE", "z"), ("ZSCORE", "z", "a", "b"),
        *either("ZMSCORE", KEYS_OF_ANY_KIND, "a", "x", "a", ""), ("ZMSCORE", "z"),
        *either(("ZRANK", "ZREVRANK"), KEYS_OF_ANY_KIND, ("a", "x", "b", "c", "low", "high", "")),
        ("ZRANK", "z"), ("ZREVRANK", "z"),
        ("TYPE", "z"), ("EXISTS", "z"), ("COPY", "z", "new"), ("RENAME", "z", "one"), ("MOVE", "z", 1), ("APPEND", "z", "x"), ("LLEN", "z"),
    ],
)  # fmt: skip
def test_remove_and_read(compare: Comparison, words: Words) -> None:
    compare([*START, words], oracles=("valkey-9.1", "redis-7.0", "redis-8.2"))


@pytest.mark.parametrize("name", ["ZRANK", "ZREVRANK"])
@pytest.mark.parametrize("rest", [("WITHSCORE",), ("withscore",), ("WITHSCORES",), ("FOO",), ("WITHSCORE", "x"), ("",)])
def test_rank_with_score(compare: Comparison, name: str, rest: Words) -> None:
    places = either(("z", "missing", "s"), ("a", "d", "low", "x"))
    compare([*START, *[(name, *place, *rest) for place in places]], oracles=SHORTEST_DIGITS)


POPS = ("ZPOPMIN", "ZPOPMAX")
ENDS = ("MIN", "MAX")


@pytest.mark.parametrize(
    "words",
    [
        *either(POPS, KEYS_OF_ANY_KIND),
        *either(POPS, KEYS_OF_ANY_KIND, (0, 1, 2, 6, 100, GREATEST)),
        *either(POPS, ("z", "missing", "s"), (-1, LEAST, *NO_INTEGERS)),
        *either(POPS, ("z", "s"), (1, "x"), 2),
        *either(POPS),
        *behind(("ZMPOP", 1, "z", "MIN"), (), ("COUNT", 3), ("count", 100), ("COUNT", GREATEST)),
        *behind(("ZMPOP", 1, "z", "max"), (), ("COUNT", 3), ("COUNT", 100), ("COUNT", GREATEST)),
        *behind(("ZMPOP", 1, "z", "MIN"), ("COUNT",), ("COUNT", 0), ("COUNT", -1), ("FOO", 1), ("FOO",)),
        *behind(("ZMPOP", 1, "z", "MIN", "COUNT"), *((word,) for word in NO_INTEGERS)),
        *behind(("ZMPOP", 1, "z", "MIN", "COUNT", 1), ("COUNT", 1), ("FOO",), ("MIN",)),
        ("ZMPOP", 1, "z", "MIN", "COUNT", 0, "COUNT", 1),
        *either("ZMPOP", 1, ("missing", "s", "one", ""), ENDS),
        *either("ZMPOP", 2, ("missing", "s", "z"), ("missing", "s", "z"), "MIN"),
        *either("ZMPOP", (0, -1, 2, 3, 100, LEAST, *NO_INTEGERS), "z", "MIN"),
        *either("ZMPOP", 1, "z", ("FOO", "")),
        ("ZMPOP", 1, "z"), ("ZMPOP", 2, "z", "z", "MIN", "COUNT", 4), ("ZMPOP",), ("ZMPOP", 1),
    ],
)  # fmt: skip
def test_pop(compare: Comparison, words: Words) -> None:
    compare([*START, words], oracles=("valkey-9.1", "redis-7.0", "redis-8.2"))


@pytest.mark.parametrize(
    "words",
    [
        ("ZRANDMEMBER", "missing"), ("ZRANDMEMBER", "missing", 2), ("ZRANDMEMBER", "missing", 2, "WITHSCORES"), ("ZRANDMEMBER", "s"),
        ("ZRANDMEMBER", "s", 1), ("ZRANDMEMBER", "z", 0), ("ZRANDMEMBER", "z", 2, "FOO"), ("ZRANDMEMBER", "z", 2, "WITHSCORES", "x"),
        ("ZRANDMEMBER", "z", 0, "WITHSCORES"), ("ZRANDMEMBER", "z", LEAST), ("ZRANDMEMBER", "z", LEAST, "WITHSCORES"), ("ZRANDMEMBER",),
        ("ZRANDMEMBER", "z", 2**62, "WITHSCORES"), ("ZRANDMEMBER", "z", -(2**62), "WITHSCORES"), ("ZRANDMEMBER", "missing", 1, "FOO"),
        *either("ZRANDMEMBER", ("z", "missing"), NO_INTEGERS), ("ZRANDMEMBER", "s", "x"), ("ZRANDMEMBER", "s", 1, "FOO"),
        *either("ZRANDMEMBER", "z", (6, 7, 100, GREATEST)), *either("ZRANDMEMBER", "z", (6, 7, 2**62 - 1), "withscores"),
        ("ZRANDMEMBER", "one"), ("ZRANDMEMBER", "one", 1), ("ZRANDMEMBER", "one", -3), ("ZRANDMEMBER", "one", -3, "WITHSCORES"),
        ("ZSCAN", "z", 0), ("ZSCAN", "z", 0, "COUNT", 1), ("ZSCAN", "z", 0, "MATCH", "[ab]"), ("ZSCAN", "z", 0, "match", "x*"), ("ZSCAN", "z", 77),
        ("ZSCAN", "missing", 0), ("ZSCAN", "s", 0), ("ZSCAN", "z", "x"), ("ZSCAN", "missing", "x"), ("ZSCAN", "z", 0, "COUNT", 0),
        ("ZSCAN", "z", 0, "COUNT", "x"), ("ZSCAN", "z", 0, "COUNT"), ("ZSCAN", "z", 0, "MATCH"), ("ZSCAN", "z", 0, "FOO"),
        ("ZSCAN", "missing", 0, "FOO"), ("ZSCAN", "z", 2**64), ("ZSCAN", "z", 0, "TYPE", "zset"), ("ZSCAN", "z"), ("ZSCAN", "s", 0, "FOO"),
    ],
)  # fmt: skip
def test_random_members_and_scans(compare: Comparison, words: Words) -> None:
    compare([*START, words], oracles=("valkey-9.1", "redis-7.0", "redis-8.2"))


@pytest.mark.parametrize("count", [1, 2, 3, -1, -3])
@pytest.mark.parametrize("more", [(), ("WITHSCORES",)])
def test_random_members_of_equal_length(compare: Comparison, count: int, more: Words) -> None:
    compare(
        [
            ("ZADD", "z", "1", "a", "2", "b", "3", "c"),
            shape("ZRANDMEMBER", "z", count, *more),
            shape("ZRANDMEMBER", "z"),
        ]
    )


def test_scan_without_scores(compare: Comparison) -> None:
    case = [*START, ("ZSCAN", "z", 0, "NOSCORES"), ("ZSCAN", "z", 0, "NOSCORES", "MATCH", "[bc]")]
    compare(case, oracles=("valkey-9.1",))


def test_a_large_sorted_set(compare: Comparison) -> None:
    pairs = [word for number in range(2000) for word in (number * 7919 % 1000 / 8, f"m{number}")]
    compare(
        [
            ("ZADD", "z", *pairs),
            ("ZRANGE", "z", 0, -1, "WITHSCORES"),
            *[("ZRANK", "z", f"m{number}") for number in range(0, 2000, 171)],
            *[("ZADD", "z", number / 4, f"m{number}") for number in range(0, 2000, 31)],
            ("ZRANGE", "z", 500, 1500),
            ("ZREVRANGE", "z", 990, 1010, "WITHSCORES"),
            ("ZREM", "z", *[f"m{number}" for number in range(0, 2000, 3)]),
            ("ZCOUNT", "z", 20, "(80"),
            ("ZRANGEBYSCORE", "z", 20, 80, "LIMIT", 100, 20),
            unordered("ZSCAN", "z", 0, "COUNT", 10_000),
            unordered("ZRANDMEMBER", "z", 10_000, "WITHSCORES"),
            shape("ZRANDMEMBER", "z", -1),
            ("ZREMRANGEBYRANK", "z", 100, 900),
            ("ZPOPMIN", "z", 40),
            ("ZPOPMAX", "z", 300),
        ]
    )


def many(name: str, count: int, key: str = "z") -> Words:
    return (*name.split(), key, *(word for number in range(count) for word in (number, f"m{number}")))


@pytest.mark.parametrize(
    "steps",
    [
        [("ZADD", "z", *(0, "m") * 129), ("ZADD", "z", 1, "x" * 65)],
        [("ZADD", "z", 1, "x" * 64), ("ZADD", "z", 1, "m", 1, "x" * 65), ("ZREM", "z", "x" * 65)],
        [many("ZADD", 128), ("ZADD", "z", 1, "m"), ("ZPOPMIN", "z", 128)],
        [many("ZADD", 129, "y"), ("ZUNIONSTORE", "z", 1, "y"), ("ZPOPMIN", "y"), ("ZUNIONSTORE", "z", 1, "y")],
        [
            many("ZADD", 129, "y"),
            ("ZRANGESTORE", "z", "y", 0, 127),
            ("ZRANGESTORE", "z", "y", 0, 128),
            ("COPY", "z", "w"),
        ],
        [
            ("ZADD", "y", 1, "x" * 65),
            ("ZDIFFSTORE", "z", 1, "y"),
            ("ZINTERSTORE", "w", 1, "z"),
            ("ZINCRBY", "new", 1, "x" * 65),
        ],
    ],
)
def test_encoding(compare: Comparison, steps: list[Words]) -> None:
    shown = [("OBJECT", "ENCODING", key) for key in ("z", "y", "w", "new")]
    compare([step for words in steps for step in (words, *shown)], oracles=SHORTEST_DIGITS)


MEMBERS = st.sampled_from(["a", "b", "c", "d", "", "m" * 65])
# Without -0: what becomes of it shows when a listpack becomes a skiplist, which ZADD decides in different ways.
SCORES = st.one_of(
    st.integers(-3, 3),
    st.sampled_from(["0.5", "inf", "-inf", "1e17", "0.1", "x", "(1"]),
    st.floats(allow_nan=False).map(lambda number: number + 0.0),
)
CONDITIONS = st.sampled_from(["NX", "XX", "GT", "LT"])
COUNTS = st.integers(-1, 4)

CHANGES = [
    command("ZADD", KEYS, SCORES, MEMBERS),
    command("ZADD", KEYS, SCORES, MEMBERS, SCORES, MEMBERS, SCORES, MEMBERS),
    command("ZADD", KEYS, CONDITIONS, "CH", SCORES, MEMBERS, SCORES, MEMBERS),
    command("ZADD", KEYS, CONDITIONS, CONDITIONS, SCORES, MEMBERS),
    command("ZADD", KEYS, CONDITIONS, "INCR", SCORES, MEMBERS),
    command("ZINCRBY", KEYS, SCORES, MEMBERS),
    command("ZREM", KEYS, MEMBERS, MEMBERS),
    command("ZPOPMIN", KEYS),
    command("ZPOPMAX", KEYS, COUNTS),
    command("ZMPOP", 2, KEYS, KEYS, st.sampled_from(ENDS), "COUNT", COUNTS),
    command("SET", KEYS, "string"),
    command("DEL", KEYS),
    command("RENAME", KEYS, KEYS),
    command("COPY", KEYS, KEYS),
    command("EXPIREAT", KEYS, st.sampled_from([1, 4102444800])),
]


@generated
@given(
    steps=cases(
        *CHANGES,
        command("ZCARD", KEYS),
        command("ZSCORE", KEYS, MEMBERS),
        command("ZMSCORE", KEYS, MEMBERS, MEMBERS),
        command("ZRANK", KEYS, MEMBERS),
        command("ZREVRANK", KEYS, MEMBERS, "WITHSCORE"),
        command("ZRANDMEMBER", KEYS, 10, "WITHSCORES").map(unordered),
        command("ZSCAN", KEYS, 0).map(unordered),
        command("ZRANGE", KEYS, 0, -1, "WITHSCORES"),
    )
)
def test_any_sorted_sets(compare: Comparison, steps: list[Step]) -> None:
    compare(steps, oracles=SHORTEST_DIGITS)
