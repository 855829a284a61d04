"""Ranges of sorted sets: by rank, by score and by member, returned, stored, counted and removed."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word

Words = tuple[Word, ...]

START: list[Words] = [
    ("ZADD", "z", "1", "a", "2", "b", "2", "c", "3.5", "d", "-inf", "low", "inf", "high"),
    ("ZADD", "lex", *(word for member in ("", "a", "ab", "b", b"b\x00", "c", b"\xff") for word in ("0", member))),
    ("ZADD", "mixed", "1", "b", "2", "d", "3", "a", "4", "c", "5", "e"),
    ("ZADD", "old", "1", "x"),
    ("SET", "s", "string"),
]
EVERY = ("valkey-9.1", "redis-7.0", "redis-8.2")

GREATEST, LEAST = 2**63 - 1, -(2**63)
NO_INTEGERS = ("x", "", "1.5", "+1", "01", " 1", "1 ", 2**63, LEAST - 1)
RANKS = (LEAST, -100, -6, -5, -2, -1, 0, 2, 5, 6, 100, GREATEST)
SCORE_BOUNDS = (
    "-inf",
    "+inf",
    "inf",
    "(-inf",
    "(inf",
    "1",
    "(1",
    "2",
    "(2",
    "3.5",
    "(3.5",
    "2.5",
    "-1e400",
    "1e400",
    "",
    "(",
)
NO_SCORE_BOUNDS = ("x", "((1", "1 ", "[1", "nan", "(nan", "1e", "+", "-", ".", "infx", "1_0", "(1x", " ")
LEX_BOUNDS = ("-", "+", "[", "(", "[a", "(a", "[ab", "(b", b"[b\x00", b"(\xff", b"+\x00x", b"-\x00x", "[z", "[0")
NO_LEX_BOUNDS = ("", "a", "+x", "-x", " [a", "1", b"\x00")
LIMITS: list[Words] = [
    ("LIMIT", *numbers)
    for numbers in [
        (0, 0),
        (0, 1),
        (1, 2),
        (2, -1),
        (0, -1),
        (-1, 2),
        (100, 1),
        (GREATEST, GREATEST),
        (0, LEAST),
        (5, 1),
    ]
]
BAD_OPTIONS: list[Words] = [
    ("LIMIT",), ("LIMIT", 1), ("LIMIT", "x", 1), ("LIMIT", 1, "x"), ("FOO",), ("LIMIT", 0, 1, "FOO"), ("",),
    ("REV",), ("BYSCORE",), ("BYLEX",), ("WITHSCORES", "x"), ("LIMIT", "x", 1, "FOO"), ("FOO", "LIMIT", "x", 1),
]  # fmt: skip


@pytest.mark.parametrize("name", ["ZRANGE", "ZREVRANGE", "ZREMRANGEBYRANK"])
@pytest.mark.parametrize("start", RANKS)
def test_ranks(compare: Comparison, name: str, start: int) -> None:
    for stop in RANKS:
        compare([*START, (name, "z", start, stop)])


@pytest.mark.parametrize("name", ["ZRANGEBYSCORE", "ZREVRANGEBYSCORE", "ZCOUNT", "ZREMRANGEBYSCORE"])
@pytest.mark.parametrize("low", SCORE_BOUNDS)
def test_scores(compare: Comparison, name: str, low: str) -> None:
    case = [*START]
    for high in SCORE_BOUNDS:
        case += [(name, "z", low, high), START[0]]
    compare(case, oracles=EVERY)


@pytest.mark.parametrize("name", ["ZRANGEBYLEX", "ZREVRANGEBYLEX", "ZLEXCOUNT", "ZREMRANGEBYLEX"])
@pytest.mark.parametrize("low", LEX_BOUNDS)
def test_members(compare: Comparison, name: str, low: Word) -> None:
    case = [*START]
    for high in LEX_BOUNDS:
        case += [(name, "lex", low, high), START[1]]
    compare(case, oracles=EVERY)


@pytest.mark.parametrize("name", ["ZRANGEBYLEX", "ZREVRANGEBYLEX", "ZLEXCOUNT", "ZREMRANGEBYLEX"])
@pytest.mark.parametrize("low", ["-", "+", "[a", "(a", "[b", "(b", "[c", "(c", "[d", "[e", "(e", "[f", "[0"])
def test_members_of_different_scores(compare: Comparison, name: str, low: Word) -> None:
    case = [*START]
    for high in ["-", "+", "[a", "(a", "[b", "(b", "[c", "(c", "[d", "[e", "(e", "[f", "[0"]:
        case += [(name, "mixed", low, high), START[2]]
    compare(case)


@pytest.mark.parametrize("name", ["ZRANGEBYSCORE", "ZREVRANGEBYSCORE", "ZCOUNT", "ZREMRANGEBYSCORE"])
def test_bad_scores(compare: Comparison, name: str) -> None:
    bounds = [*product(NO_SCORE_BOUNDS, ["1"]), *product(["1"], NO_SCORE_BOUNDS), ("x", "y")]
    compare([*START, *[(name, key, *pair) for key in ("z", "missing", "s") for pair in bounds]], oracles=EVERY)


@pytest.mark.parametrize("bound", [" 1", "( 1", "\t1", "0x1", "(0x1p1"])
def test_scores_that_only_an_old_redis_takes(compare: Comparison, bound: str) -> None:
    case = [*START, ("ZRANGEBYSCORE", "z", bound, "inf"), ("ZCOUNT", "z", "-inf", bound)]
    compare(case, oracles=EVERY, differs={"redis-7.0": "reads bounds with strtod"})


@pytest.mark.parametrize("bound", [b"1\x00x", b"(1\x00", b"\x00x", b"(\x00"])
def test_scores_end_at_a_zero_byte(compare: Comparison, bound: bytes) -> None:
    compare([*START, ("ZRANGEBYSCORE", "z", bound, "inf"), ("ZCOUNT", "z", "-inf", bound)], oracles=EVERY)


@pytest.mark.parametrize("name", ["ZRANGEBYLEX", "ZREVRANGEBYLEX", "ZLEXCOUNT", "ZREMRANGEBYLEX"])
def test_bad_members(compare: Comparison, name: str) -> None:
    bounds = [*product(NO_LEX_BOUNDS, ["+"]), *product(["-"], NO_LEX_BOUNDS)]
    compare([*START, *[(name, key, *pair) for key in ("lex", "missing", "s") for pair in bounds]], oracles=EVERY)


@pytest.mark.parametrize("name", ["ZRANGE", "ZREVRANGE", "ZREMRANGEBYRANK"])
def test_bad_ranks(compare: Comparison, name: str) -> None:
    bounds = [*product(NO_INTEGERS, [1]), *product([1], NO_INTEGERS)]
    compare([*START, *[(name, key, *pair) for key in ("z", "missing", "s") for pair in bounds]], oracles=EVERY)


READS = {
    "ZRANGE": (0, -1),
    "ZREVRANGE": (0, -1),
    "ZRANGEBYSCORE": ("-inf", "inf"),
    "ZREVRANGEBYSCORE": ("inf", "-inf"),
    "ZRANGEBYLEX": ("-", "+"),
    "ZREVRANGEBYLEX": ("+", "-"),
    "ZCOUNT": ("-inf", "inf"),
    "ZLEXCOUNT": ("-", "+"),
    "ZREMRANGEBYRANK": (0, -1),
    "ZREMRANGEBYSCORE": ("-inf", "inf"),
    "ZREMRANGEBYLEX": ("-", "+"),
}


@pytest.mark.parametrize("name", READS)
def test_kinds_of_keys_and_numbers_of_words(compare: Comparison, name: str) -> None:
    for key in ("z", "lex", "missing", "s", ""):
        compare([*START, (name, key, *READS[name])], oracles=EVERY)
    compare([*START, (name,), (name, "z"), (name, "z", "x"), (name, "s", "x", "x")], oracles=EVERY)


@pytest.mark.parametrize("name", [name for name in READS if "REM" not in name and "COUNT" not in name])
@pytest.mark.parametrize("more", [(), ("WITHSCORES",)])
def test_limits(compare: Comparison, name: str, more: Words) -> None:
    case = [(name, key, *READS[name], *limit, *more) for key in ("z", "lex", "missing") for limit in [(), *LIMITS]]
    case += [(name, "z", *READS[name], *more, *limit) for limit in LIMITS]
    compare([*START, *case], oracles=EVERY)


@pytest.mark.parametrize("name", READS)
def test_bad_options(compare: Comparison, name: str) -> None:
    case = [
        (name, key, *bounds, *options)
        for key in ("lex", "s")
        for bounds in (READS[name], ("x", "x"))
        for options in BAD_OPTIONS
    ]
    compare([*START, *case], oracles=EVERY)


@pytest.mark.parametrize("direction", [(), ("REV",)])
@pytest.mark.parametrize("kind", [(), ("BYSCORE",), ("bylex",)])
@pytest.mark.parametrize("limit", [(), *LIMITS])
@pytest.mark.parametrize("more", [(), ("withscores",)])
def test_options_of_range(compare: Comparison, direction: Words, kind: Words, limit: Words, more: Words) -> None:
    bounds = [
        ("-inf", "+inf"),
        ("+inf", "-inf"),
        ("-", "+"),
        ("+", "-"),
        (0, 1),
        (1, 0),
        ("(1", 3),
        (3, "(1"),
        ("[a", "(c"),
        ("(c", "[a"),
    ]
    reads = [("ZRANGE", key, *pair, *kind, *direction, *limit, *more) for key in ("z", "lex") for pair in bounds]
    stores = [
        ("ZRANGESTORE", "new", key, *pair, *limit, *more, *direction, *kind) for key in ("z", "lex") for pair in bounds
    ]
    shown = ("ZRANGE", "new", 0, -1, "WITHSCORES")
    compare([*START, *reads, *[step for words in stores for step in (words, shown)]])


@pytest.mark.parametrize(
    "options",
    [
        ("BYSCORE", "BYSCORE"), ("BYSCORE", "BYLEX"), ("BYLEX", "BYSCORE"), ("REV", "REV"), ("LIMIT", 0, 1, "LIMIT", 1, 1, "BYSCORE"),
        ("WITHSCORES", "WITHSCORES"), ("BYLEX", "WITHSCORES"), ("LIMIT", 0, 1), ("LIMIT", 5, -1), ("LIMIT", 0, 1, "BYLEX", "WITHSCORES"),
        ("LIMIT", "BYSCORE", 1), ("BYSCORE", "LIMIT", 0), ("BYSCORE", "LIMIT"), ("BYSCORE", "LIMIT", "x", "y", "FOO"), ("FOO", "BYSCORE"), ("LIMIT", 0, -2),
    ],
)  # fmt: skip
def test_odd_options(compare: Comparison, options: Words) -> None:
    case = [
        (*words, *options)
        for words in [
            ("ZRANGE", "z", 0, 1),
            ("ZRANGE", "z", "x", "y"),
            ("ZRANGE", "s", 0, 1),
            ("ZRANGE", "missing", 0, 1),
            ("ZRANGESTORE", "new", "z", 0, 1),
        ]
    ]
    compare([*START, *case], oracles=EVERY)


@pytest.mark.parametrize("destination", ["new", "old", "s", "z", ""])
@pytest.mark.parametrize("source", ["z", "missing", "s"])
def test_store(compare: Comparison, destination: str, source: str) -> None:
    for bounds in [(0, 1), (5, 2), (0, -1), ("x", 1)]:
        compare([*START, ("ZRANGESTORE", destination, source, *bounds)], oracles=EVERY)
    compare([*START, ("EXPIRE", destination, 100), ("ZRANGESTORE", destination, source, 0, 1)])
    compare([("ZRANGESTORE",), ("ZRANGESTORE", "new"), ("ZRANGESTORE", "new", "z", 0)])


MEMBERS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
SCORES = st.sampled_from(["-inf", "-1", "0", "1", "1.5", "2", "inf"])
BOUNDS = st.tuples(st.sampled_from(["", "("]), SCORES).map("".join)
LEX = st.one_of(st.sampled_from(["-", "+"]), st.tuples(st.sampled_from("[("), MEMBERS).map("".join))
SMALL = st.integers(-3, 5)
NAMES = st.sampled_from(["ZRANGEBYSCORE", "ZREVRANGEBYSCORE"])
LEX_NAMES = st.sampled_from(["ZRANGEBYLEX", "ZREVRANGEBYLEX"])


@generated
@given(
    steps=cases(
        command("ZADD", KEYS, SCORES, MEMBERS, SCORES, MEMBERS, SCORES, MEMBERS),
        command("ZADD", KEYS, 0, MEMBERS, 0, MEMBERS, 0, MEMBERS),
        command("ZINCRBY", KEYS, 1, MEMBERS),
        command("ZREM", KEYS, MEMBERS),
        command(NAMES, KEYS, BOUNDS, BOUNDS, "LIMIT", SMALL, SMALL),
        command(NAMES, KEYS, BOUNDS, BOUNDS, "WITHSCORES"),
        command(LEX_NAMES, KEYS, LEX, LEX, "LIMIT", SMALL, SMALL),
        command("ZRANGE", KEYS, SMALL, SMALL, st.sampled_from(["REV", "WITHSCORES"])),
        command("ZCOUNT", KEYS, BOUNDS, BOUNDS),
        command("ZLEXCOUNT", KEYS, LEX, LEX),
        command("ZRANGESTORE", KEYS, KEYS, SMALL, SMALL, "REV"),
        command("ZRANGESTORE", KEYS, KEYS, BOUNDS, BOUNDS, "BYSCORE", "LIMIT", SMALL, SMALL),
        command("ZREMRANGEBYRANK", KEYS, SMALL, SMALL),
        command("ZREMRANGEBYSCORE", KEYS, BOUNDS, BOUNDS),
        command("ZREMRANGEBYLEX", KEYS, LEX, LEX),
        command("SET", KEYS, "string"),
        command("RENAME", KEYS, KEYS),
        command("EXPIREAT", KEYS, st.sampled_from([1, 4102444800])),
    )
)
def test_any_ranges(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
