"""Lists: every command and option, and what is wrong with them. Blocking has a file of its own."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import INDEXES, KEYS, VALUES, cases, command, generated
from tests.differential.steps import Step, Word

Words = tuple[Word, ...]

START: list[Words] = [
    ("RPUSH", "l", "a", "b", "c", "b", "d"),
    ("RPUSH", "one", "x"),
    ("SET", "s", "string"),
    ("RPUSH", b"\x00\r\n\xff", b"", b"\x00"),
]

PUSHES = ("LPUSH", "RPUSH", "LPUSHX", "RPUSHX")
POPS = ("LPOP", "RPOP")
MOVES = ("LMOVE", "RPOPLPUSH")
ENDS = ("LEFT", "RIGHT")
KEYS_OF_ANY_KIND = ("l", "one", "missing", "s", b"\x00\r\n\xff", "")
GREATEST, LEAST = 2**63 - 1, -(2**63)
NO_INTEGERS = ("x", "", "1.5", "+1", "01", " 1", "1 ", 2**63, LEAST - 1)
BOUNDS = (LEAST, -100, -5, -2, -1, 0, 2, 4, 5, 100, GREATEST)


def either(*parts: Words | Word) -> list[Words]:
    """Return the requests that come from choosing one word in each place where there are several."""
    return [tuple(words) for words in product(*(part if isinstance(part, tuple) else (part,) for part in parts))]


def behind(prefix: Words, *endings: Words) -> list[Words]:
    return [(*prefix, *ending) for ending in endings]


@pytest.mark.parametrize(
    "words",
    [
        *either(PUSHES, KEYS_OF_ANY_KIND, "1"),
        *either(PUSHES, ("l", "missing"), "1", "", b"\x00\r\n"),
        *either(PUSHES, "l"),
        *either(PUSHES),
    ],
)
def test_push(compare: Comparison, words: Words) -> None:
    compare([*START, words])


@pytest.mark.parametrize(
    "words",
    [
        *either(POPS, KEYS_OF_ANY_KIND),
        *either(POPS, KEYS_OF_ANY_KIND, (0, 1, 2, 5, 100, GREATEST)),
        *either(POPS, ("l", "missing", "s"), (-1, LEAST, *NO_INTEGERS)),
        *either(POPS, "l", 1, 2),
        *either(POPS),
    ],
)
def test_pop(compare: Comparison, words: Words) -> None:
    compare([*START, words])


@pytest.mark.parametrize("name", ["LRANGE", "LTRIM"])
@pytest.mark.parametrize("start", BOUNDS)
def test_range_and_trim(compare: Comparison, name: str, start: int) -> None:
    for stop in BOUNDS:
        compare([*START, (name, "l", start, stop)])


@pytest.mark.parametrize(
    "words",
    [
        *either(("LRANGE", "LTRIM"), ("one", "missing", "s"), 0, -1),
        *either(("LRANGE", "LTRIM"), ("l", "missing", "s"), NO_INTEGERS, 1),
        *either(("LRANGE", "LTRIM"), ("l", "missing", "s"), 1, NO_INTEGERS),
        *either(("LRANGE", "LTRIM"), "l", 0),
        *either(("LRANGE", "LTRIM"), "l", 0, 1, 2),
        *either("LINDEX", "l", (*BOUNDS, *NO_INTEGERS)),
        *either("LINDEX", ("missing", "s"), (0, "x")),
        ("LINDEX", "l"),
        *either("LSET", "l", (*BOUNDS[1:-1], *NO_INTEGERS), "z"),
        *either("LSET", ("missing", "s", "one"), (0, "x"), "z"),
        ("LSET", "l", 0),
        *either("LLEN", KEYS_OF_ANY_KIND),
        ("LLEN",),
    ],
)
def test_indexes(compare: Comparison, words: Words) -> None:
    compare([*START, words])


@pytest.mark.parametrize("index", [LEAST, GREATEST])
def test_set_far_outside(compare: Comparison, index: int) -> None:
    reason = "takes the lower 32 bits of an index of a short list"
    differs = {"valkey-9.1": reason, "redis-8.2": reason}
    compare([*START, ("LSET", "l", index, "z")], differs=differs)


@pytest.mark.parametrize(
    "words",
    [
        *either("LINSERT", ("l", "missing", "s"), ("BEFORE", "after", "FOO", ""), "b", "z"),
        *either("LINSERT", "l", ("BEFORE", "AFTER"), ("a", "d", "nosuch", ""), "z"),
        ("LINSERT", "l", "BEFORE", "b"),
        ("LINSERT", "l", "BEFORE", "b", "z", "z"),
        *either("LREM", "l", (0, 1, 2, 5, -1, -2, -5, GREATEST, -GREATEST, *NO_INTEGERS), "b"),
        *either("LREM", ("missing", "s", "one", ""), (0, "x"), "x"),
        ("LREM", "l", 0, "nosuch"),
        ("LREM", "l", 0),
    ],
)
def test_insert_and_remove(compare: Comparison, words: Words) -> None:
    compare([*START, words])


@pytest.mark.parametrize(
    "options",
    [
        (),
        *either("RANK", (1, 2, 3, -1, -2, -3, 0, GREATEST, -GREATEST, *NO_INTEGERS)),
        *either("COUNT", (0, 1, 2, 3, GREATEST, -1, *NO_INTEGERS)),
        *either("MAXLEN", (0, 1, 2, 3, 100, GREATEST, -1, *NO_INTEGERS)),
        *either("RANK", (1, 2, -1, -2), "COUNT", (0, 1, 2)),
        *either("rank", (2, -1), "count", (0, 1), "maxlen", (1, 2, 4)),
        *either("RANK", (GREATEST, -GREATEST), "COUNT", GREATEST, "MAXLEN", GREATEST),
        ("COUNT", 1, "COUNT", 0),
        ("RANK", 0, "COUNT", -1),
        ("COUNT", -1, "RANK", 0),
        ("RANK", 1) * 6,
        ("FOO",),
        ("FOO", 1),
        ("RANK",),
        ("COUNT", 1, "RANK"),
        ("COUNT", 1, "FOO", "x"),
    ],
)
def test_position(compare: Comparison, options: Words) -> None:
    for place in [("l", "b"), ("l", "nosuch"), ("missing", "b"), ("s", "b")]:
        compare([*START, ("LPOS", *place, *options)])


@pytest.mark.parametrize("words", [("LREM", "l", LEAST, "b"), ("LPOS", "l", "b", "RANK", LEAST)])
def test_the_least_integer(compare: Comparison, words: Words) -> None:
    compare([*START, words], differs={"redis-7.0": "takes the least integer, which it cannot negate"})


@pytest.mark.parametrize(
    "words",
    [
        *either("LMOVE", ("l", "one", "missing", "s"), ("l", "one", "new", "s"), ENDS, ENDS),
        *either("LMOVE", ("l", "missing", "s"), "one", ("left", "FOO"), ("right", "FOO")),
        ("LMOVE", "l", "one", "LEFT"),
        ("LMOVE", "l", "one", "LEFT", "LEFT", "LEFT"),
        *either("RPOPLPUSH", ("l", "one", "missing", "s"), ("l", "one", "new", "s")),
        ("RPOPLPUSH", "l"),
    ],
)
def test_move(compare: Comparison, words: Words) -> None:
    compare([*START, words])


@pytest.mark.parametrize(
    "words",
    [
        *behind(("LMPOP", 1, "l", "LEFT"), (), ("COUNT", 3), ("count", 100), ("COUNT", GREATEST)),
        *behind(("LMPOP", 1, "l", "right"), (), ("COUNT", 3), ("COUNT", 100), ("COUNT", GREATEST)),
        *behind(("LMPOP", 1, "l", "LEFT"), ("COUNT",), ("COUNT", 0), ("COUNT", -1), ("FOO", 1), ("FOO",)),
        *behind(("LMPOP", 1, "l", "LEFT", "COUNT"), *((word,) for word in NO_INTEGERS)),
        *behind(("LMPOP", 1, "l", "LEFT", "COUNT", 1), ("COUNT", 1), ("FOO",), ("LEFT",)),
        ("LMPOP", 1, "l", "LEFT", "COUNT", 0, "COUNT", 1),
        *either("LMPOP", 1, ("missing", "s", "one", ""), ENDS),
        *either("LMPOP", 2, ("missing", "s", "l"), ("missing", "s", "l"), "LEFT"),
        *either("LMPOP", (0, -1, 2, 3, 100, LEAST, *NO_INTEGERS), "l", "LEFT"),
        *either("LMPOP", 1, "l", ("FOO", "")),
        ("LMPOP", 1, "l"),
        ("LMPOP", 2, "l", "l", "LEFT", "COUNT", 4),
    ],
)
def test_multiple_pop(compare: Comparison, words: Words) -> None:
    compare([*START, words])


def test_long_lists(compare: Comparison) -> None:
    numbers = range(3000)
    compare(
        [
            ("RPUSH", "l", *numbers),
            ("LPUSH", "l", *numbers),
            ("LPOS", "l", 2999, "COUNT", 0),
            ("LPOS", "l", 0, "RANK", -1, "COUNT", 0, "MAXLEN", 3000),
            ("LRANGE", "l", 2990, 3010),
            ("LINSERT", "l", "BEFORE", 0, "new"),
            ("LREM", "l", -1, 1500),
            ("LPOP", "l", 100),
            ("RPOP", "l", 3500),
            ("LTRIM", "l", 50, -50),
            ("LRANGE", "l", 0, -1),
            ("RPUSH", "l", b"x" * 100_000, "y"),
            ("RPOP", "l", 3),
        ]
    )


ELEMENTS = st.one_of(st.sampled_from(["a", "b", "c"]), VALUES)
END = st.sampled_from(ENDS)
RANKS = st.sampled_from([-2, -1, 1, 2])
SMALL = st.integers(0, 4)


@generated
@given(
    steps=cases(
        command("RPUSH", KEYS, ELEMENTS, ELEMENTS, ELEMENTS),
        command("LPUSH", KEYS, ELEMENTS, ELEMENTS),
        command("LPUSHX", KEYS, ELEMENTS),
        command("RPUSHX", KEYS, ELEMENTS),
        command("LPOP", KEYS),
        command("RPOP", KEYS, SMALL),
        command("LMPOP", 2, KEYS, KEYS, END, "COUNT", SMALL),
        command("LMOVE", KEYS, KEYS, END, END),
        command("RPOPLPUSH", KEYS, KEYS),
        command("LINSERT", KEYS, st.sampled_from(["BEFORE", "AFTER"]), ELEMENTS, ELEMENTS),
        command("LREM", KEYS, st.integers(-2, 2), ELEMENTS),
        command("LTRIM", KEYS, INDEXES, INDEXES),
        command("LRANGE", KEYS, INDEXES, INDEXES),
        command("LSET", KEYS, INDEXES, ELEMENTS),
        command("LINDEX", KEYS, INDEXES),
        command("LPOS", KEYS, ELEMENTS, "RANK", RANKS, "COUNT", SMALL, "MAXLEN", SMALL),
        command("LPOS", KEYS, ELEMENTS, "RANK", RANKS),
        command("COPY", KEYS, KEYS, "REPLACE"),
        command("SET", KEYS, VALUES),
        command("DEL", KEYS),
    )
)
def test_any_lists(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
