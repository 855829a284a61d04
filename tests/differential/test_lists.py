"""Lists: every command and option, and what is wrong with them. Blocking has a file of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import INDEXES, KEYS, cases, command, generated
from tests.differential.steps import Step, Word

START: list[tuple[Word, ...]] = [
    ("RPUSH", "l", "a", "b", "c", "b", "d"),
    ("RPUSH", "m", "x"),
    ("SET", "s", "string"),
]

ENDS = ("LEFT", "RIGHT")
HUGE = 9223372036854775807


@pytest.mark.parametrize(
    "request_words",
    [
        *((name, key, *elements) for name in ("LPUSH", "RPUSH", "LPUSHX", "RPUSHX") for key in ("l", "new", "s") for elements in [("1",), ("1", "2", "")]),
        *((name, "l") for name in ("LPUSH", "RPUSH", "LPUSHX", "RPUSHX")),
        *((name, key, *count) for name in ("LPOP", "RPOP") for key in ("l", "m", "missing", "s") for count in [(), (0,), (1,), (2,), (100,), (-1,), ("x",), (HUGE,)]),
        ("LPOP", "l", 1, 2), ("LPOP",),
        *(("LRANGE", "l", start, stop) for start in (-100, -2, 0, 2, 100) for stop in (-100, -2, 0, 2, 100)),
        ("LRANGE", "missing", 0, -1), ("LRANGE", "s", 0, -1), ("LRANGE", "l", "x", 1), ("LRANGE", "s", 0, "x"), ("LRANGE", "l", 0),
        *(("LTRIM", "l", start, stop) for start in (-100, -2, 0, 2, 100) for stop in (-100, -2, 0, 2, 100)),
        ("LTRIM", "missing", 0, 1), ("LTRIM", "s", 0, 1), ("LTRIM", "l", "x", 1), ("LTRIM", "s", 0, "x"), ("LTRIM", "l", -HUGE - 1, HUGE),
        *(("LINDEX", "l", index) for index in (-100, -5, -1, 0, 4, 5, HUGE, -HUGE - 1, "x")), ("LINDEX", "missing", "x"), ("LINDEX", "s", 0),
        *(("LSET", "l", index, "z") for index in (-100, -5, -1, 0, 4, 5, "x")), ("LSET", "missing", "x", "z"), ("LSET", "s", 0, "z"), ("LSET", "l", 0),
        *(("LINSERT", key, where, "b", "z") for key in ("l", "missing", "s") for where in ("BEFORE", "after", "FOO")), ("LINSERT", "l", "BEFORE", "nosuch", "z"),
        ("LINSERT", "l", "BEFORE", "a", "z"), ("LINSERT", "l", "AFTER", "d", "z"), ("LINSERT", "l", "BEFORE", "b"),
        *(("LREM", "l", count, "b") for count in (0, 1, 2, 5, -1, -5, "x", HUGE)), ("LREM", "missing", "x", "b"), ("LREM", "missing", 1, "b"), ("LREM", "s", 1, "b"),
        ("LREM", "l", 0, "nosuch"), ("LREM", "m", 0, "x"), ("LLEN", "l"), ("LLEN", "missing"), ("LLEN", "s"),
        ("LPOS", "l", "b"), ("LPOS", "l", "nosuch"), ("LPOS", "missing", "b"), ("LPOS", "s", "b"),
        *(("LPOS", "l", "b", "RANK", rank) for rank in (1, 2, 3, -1, -2, -3, 0, "x", HUGE)),
        *(("LPOS", "l", "b", "COUNT", count) for count in (0, 1, 2, 3, -1, "x", HUGE)), ("LPOS", "missing", "b", "COUNT", 0), ("LPOS", "l", "nosuch", "COUNT", 0),
        *(("LPOS", "l", "b", "MAXLEN", longest) for longest in (0, 1, 2, 100, -1, "x")),
        ("LPOS", "l", "b", "RANK", -1, "COUNT", 0, "MAXLEN", 3), ("LPOS", "l", "b", "RANK", 2, "COUNT", 1), ("LPOS", "l", "b", "RANK", -2, "MAXLEN", 2),
        ("LPOS", "l", "b", "FOO"), ("LPOS", "l", "b", "RANK"), ("LPOS", "l", "b", "FOO", 1), ("LPOS", "l", "b", "COUNT", 1, "RANK"),
        *(("LMOVE", source, target, origin, where) for source, target in (("l", "m"), ("l", "l"), ("l", "new"), ("m", "l"), ("m", "m")) for origin in ENDS for where in ENDS),
        ("LMOVE", "missing", "s", "LEFT", "LEFT"), ("LMOVE", "s", "l", "LEFT", "LEFT"), ("LMOVE", "l", "s", "LEFT", "LEFT"), ("LMOVE", "l", "m", "FOO", "LEFT"),
        ("LMOVE", "l", "m", "LEFT", "FOO"), ("LMOVE", "l", "m", "LEFT"), ("RPOPLPUSH", "l", "m"), ("RPOPLPUSH", "l", "l"), ("RPOPLPUSH", "missing", "m"),
        ("RPOPLPUSH", "l", "s"), ("RPOPLPUSH", "s", "l"), ("RPOPLPUSH", "m", "new"),
        ("LMPOP", 1, "l", "LEFT"), ("LMPOP", 2, "missing", "l", "right"), ("LMPOP", 1, "l", "LEFT", "COUNT", 3), ("LMPOP", 1, "l", "RIGHT", "COUNT", 100),
        ("LMPOP", 1, "missing", "LEFT"), ("LMPOP", 2, "missing", "s", "LEFT"), ("LMPOP", 2, "l", "s", "LEFT"), ("LMPOP", 0, "l", "LEFT"), ("LMPOP", "x", "l", "LEFT"),
        ("LMPOP", 2, "l", "LEFT"), ("LMPOP", 1, "l", "FOO"), ("LMPOP", 1, "l", "LEFT", "COUNT", 0), ("LMPOP", 1, "l", "LEFT", "COUNT", "x"), ("LMPOP", 1, "l", "LEFT", "COUNT"),
        ("LMPOP", 1, "l", "LEFT", "COUNT", 1, "COUNT", 1), ("LMPOP", 1, "l", "LEFT", "FOO", 1), ("LMPOP", 1, "l"), ("LMPOP", -1, "l", "LEFT"), ("LMPOP", 100, "l", "LEFT"),
        ("LMPOP", 1, "l", "LEFT", "COUNT", HUGE),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, request_words: tuple[Word, ...]) -> None:
    compare([*START, request_words])


@pytest.mark.parametrize("words", [("LREM", "l", -HUGE - 1, "b"), ("LPOS", "l", "b", "RANK", -HUGE - 1)])
def test_the_least_integer(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*START, words], differs={"redis-7.0": "takes the least integer, which it cannot negate"})


ELEMENTS = st.sampled_from(["a", "b", "c"])
END = st.sampled_from(ENDS)


@generated
@given(
    steps=cases(
        command("RPUSH", KEYS, ELEMENTS, ELEMENTS, ELEMENTS),
        command("LPUSH", KEYS, ELEMENTS, ELEMENTS),
        command("LPUSHX", KEYS, ELEMENTS),
        command("LPOP", KEYS),
        command("RPOP", KEYS, st.integers(0, 3)),
        command("LMPOP", 2, KEYS, KEYS, END, "COUNT", st.integers(1, 3)),
        command("LMOVE", KEYS, KEYS, END, END),
        command("LINSERT", KEYS, st.sampled_from(["BEFORE", "AFTER"]), ELEMENTS, ELEMENTS),
        command("LREM", KEYS, st.integers(-2, 2), ELEMENTS),
        command("LTRIM", KEYS, INDEXES, INDEXES),
        command("LRANGE", KEYS, INDEXES, INDEXES),
        command("LSET", KEYS, INDEXES, ELEMENTS),
        command("LINDEX", KEYS, INDEXES),
        command("LPOS", KEYS, ELEMENTS, "RANK", st.sampled_from([-2, -1, 1, 2]), "COUNT", st.integers(0, 2), "MAXLEN", st.integers(0, 4)),
        command("COPY", KEYS, KEYS, "REPLACE"),
        command("DEL", KEYS),
    )
)  # fmt: skip
def test_any_lists(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
