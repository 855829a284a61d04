"""SORT and SORT_RO: every option, what they sort, and what is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word, begin, elapse, expect, on

START: list[tuple[Word, ...]] = [
    ("RPUSH", "l", 3, 1, 2, 10, 1),
    ("RPUSH", "words", "b", "a", "c", "B", "aa"),
    ("SADD", "set", 3, 1, 2, 10),
    ("SADD", "names", "x", "y", "z"),
    ("ZADD", "zset", 3, 1, 1, 2, 2, 10, 2.5, 3),
    ("ZADD", "scored", 1, "b", 1, "a", -1, "c"),
    ("SET", "s", "string"),
    ("HSET", "hash", "f", "v"),
    ("MSET", "w_1", 30, "w_2", 20, "w_3", 10, "w_x", 1, "w_y", 3, "w_z", 2, "w_a", "one", "w_b", "two", "t_1", "b", "t_2", "a"),
    ("MSET", "1_end", "e1", "2_end", "e2", "pre1post", "p1", "pre2post", "p2"),
    ("HSET", "h_1", "name", "first", "n", 5, "", "empty"),
    ("HSET", "h_2", "name", "second", "n", 4),
    ("HSET", "h_3", "other", "third", "n", 6),
    ("RPUSH", "lh_1", "x"),
]  # fmt: skip

BOTH: list[tuple[Word, ...]] = [
    ("l",), ("set",), ("missing",), ("s",), ("hash",), ("words",), ("words", "ALPHA"), ("names",), ("names", "ALPHA"), (),
    ("l", "ASC"), ("l", "DESC"), ("l", "asc", "desc"), ("l", "DESC", "ASC"), ("words", "alpha", "desc"), ("l", "ALPHA"),
    ("l", "LIMIT", 0, 2), ("l", "LIMIT", 1, 2), ("l", "LIMIT", 4, 10), ("l", "LIMIT", 5, 1), ("l", "LIMIT", 9, 1), ("l", "LIMIT", 0, 0),
    ("l", "LIMIT", 2, -1), ("l", "LIMIT", -5, 2), ("l", "LIMIT", -1, -1), ("l", "LIMIT", 0, -5), ("l", "LIMIT", 1, 2, "LIMIT", 0, 1),
    ("l", "LIMIT", 0), ("l", "LIMIT"), ("l", "LIMIT", "x", 1), ("l", "LIMIT", 0, "x"), ("l", "LIMIT", "x", "y"), ("l", "LIMIT", "x"),
    ("l", "LIMIT", 9223372036854775807, 1), ("l", "LIMIT", 9223372036854775808, 1), ("l", "LIMIT", 0, 9223372036854775807),
    ("l", "LIMIT", 1, 9223372036854775807), ("l", "LIMIT", -9223372036854775808, -9223372036854775808), ("l", "LIMIT", 1.5, 2),
    ("missing", "LIMIT", 0, 1), ("missing", "LIMIT", "x", 1), ("s", "LIMIT", "x", 1), ("s", "FOO"), ("missing", "FOO"), ("l", ""),
    ("l", "BY"), ("l", "GET"), ("l", "FOO"), ("l", "DESC", "FOO"), ("l", "STORE"), ("l", "BY", "w_*", "GET"),
    ("l", "BY", "w_*"), ("l", "BY", "w_*", "DESC"), ("set", "BY", "w_*"), ("set", "by", "w_*", "desc", "LIMIT", 1, 2),
    ("l", "BY", "nosort"), ("l", "BY", "nosort", "DESC"), ("l", "BY", "nosort", "LIMIT", 1, 3), ("l", "BY", "nosort", "DESC", "LIMIT", 1, 3),
    ("l", "BY", "nosort", "LIMIT", 9, 3), ("words", "BY", "nosort"), ("set", "BY", "nosort"), ("set", "BY", "nosort", "DESC"),
    ("zset",), ("zset", "DESC"), ("zset", "ALPHA"), ("zset", "LIMIT", 1, 2), ("zset", "BY", "w_*"), ("zset", "BY", "w_*", "GET", "#", "DESC"),
    ("zset", "BY", "nosort"), ("zset", "BY", "nosort", "DESC"), ("zset", "BY", "nosort", "LIMIT", 1, 2), ("scored",), ("scored", "ALPHA"),
    ("zset", "BY", "nosort", "LIMIT", 1, 2, "DESC"), ("zset", "BY", "nosort", "LIMIT", 9, 2), ("zset", "BY", "nosort", "LIMIT", 0, 0),
    ("zset", "BY", "nosort", "LIMIT", 3, 9), ("zset", "BY", "nosort", "GET", "w_*", "DESC"), ("scored", "BY", "nosort"), ("scored", "BY", "w_*"),
    ("scored", "BY", "nosort", "DESC"),
    ("set", "BY", "nosort", "LIMIT", 1, 2), ("missing", "BY", "nosort"), ("s", "BY", "nosort"), ("l", "BY", ""), ("l", "BY", "#"),
    ("l", "BY", "nosort", "BY", "w_*"), ("l", "BY", "w_*", "BY", "nosort"), ("l", "BY", "w_*", "BY", "h_*->n"),
    ("l", "BY", "h_*->n"), ("l", "BY", "h_*->n", "DESC"), ("l", "BY", "h_*->missing"), ("l", "BY", "missing_*"), ("l", "BY", "lh_*"),
    ("l", "BY", "h_*"), ("l", "BY", "h_*->name"), ("l", "BY", "h_*->name", "ALPHA"), ("l", "BY", "t_*"), ("l", "BY", "t_*", "ALPHA"),
    ("l", "BY", "t_*", "ALPHA", "DESC"), ("l", "BY", "h_*->name", "ALPHA", "GET", "h_*->name", "GET", "#"),
    ("names", "BY", "w_*"), ("names", "BY", "w_*", "DESC"), ("names", "BY", "w_*", "GET", "w_*"), ("words", "BY", "w_*"),
    ("words", "BY", "w_*", "ALPHA"), ("l", "BY", "*_end", "ALPHA"), ("l", "BY", "pre*post", "ALPHA"), ("l", "BY", "*"), ("l", "BY", "**"),
    ("l", "GET", "w_*"), ("l", "GET", "#"), ("l", "GET", "w_*", "GET", "#", "GET", "h_*->name"), ("l", "GET", "fixed"), ("l", "GET", ""),
    ("l", "GET", "w_*", "DESC"), ("l", "GET", "w_*", "LIMIT", 1, 2), ("l", "GET", "h_*"), ("l", "GET", "h_*->"), ("l", "GET", "h_*->name"),
    ("l", "GET", "lh_*"), ("l", "GET", "lh_*->x"), ("l", "GET", "*_end"), ("l", "GET", "pre*post"), ("l", "GET", "w_->*"), ("l", "GET", "->*"),
    ("l", "GET", "h_*->n->x"), ("l", "GET", "##"), ("l", "GET", "#*"), ("l", "GET", "#", "GET", "#"), ("missing", "GET", "w_*"),
    ("words", "GET", "#"), ("words", "GET", "w_*", "BY", "nosort"), ("l", "GET", "w_**"), ("l", "GET", "->"), ("l", "GET", "*->"),
    ("l", "BY", "w_*", "LIMIT", 1, 3, "GET", "#", "GET", "w_*", "DESC"), ("l", "BY", "w_*", "LIMIT", 0, 1), ("l", "get", "w_*", "by", "nosort"),
    ("l", "GET", b"w_\x00*"), ("l", "GET", b"#\x00"), ("l", "BY", b"w_\x00*"), ("l", "GET", b"w_*\x00"), ("l", "GET", b"h_*->\x00"),
]  # fmt: skip


@pytest.mark.parametrize("name", ["SORT", "SORT_RO"])
@pytest.mark.parametrize("words", BOTH)
def test_one_request(compare: Comparison, name: str, words: tuple[Word, ...]) -> None:
    compare([*START, (name, *words)])


@pytest.mark.parametrize(
    "words",
    [
        ("l", "STORE", "d"), ("l", "STORE", "l"), ("l", "STORE", "s"), ("l", "store", "d", "DESC"), ("l", "STORE", "d", "STORE", "e"),
        ("missing", "STORE", "d"), ("missing", "STORE", "s"), ("missing", "STORE", "missing"), ("s", "STORE", "d"),
        ("words", "STORE", "d"), ("words", "ALPHA", "STORE", "d"), ("l", "LIMIT", 9, 1, "STORE", "s"), ("l", "LIMIT", 1, 2, "STORE", "d"),
        ("l", "GET", "w_*", "STORE", "d"), ("l", "GET", "missing_*", "STORE", "d"), ("l", "GET", "#", "GET", "h_*->name", "STORE", "d"),
        ("names", "BY", "nosort", "STORE", "d"), ("set", "BY", "nosort", "STORE", "d"), ("set", "BY", "nosort", "DESC", "STORE", "d"),
        ("set", "BY", "nosort", "LIMIT", 1, 2, "STORE", "d"), ("set", "BY", "w_*", "STORE", "d"), ("l", "BY", "nosort", "STORE", "d"),
        ("l", "BY", "t_*", "ALPHA", "STORE", "d"), ("l", "BY", "t_*", "STORE", "s"), ("l", "STORE", ""), ("l", "STORE", "d", "GET"),
        ("zset", "STORE", "d"), ("zset", "STORE", "zset"), ("scored", "BY", "nosort", "STORE", "d"), ("zset", "BY", "nosort", "DESC", "STORE", "d"),
    ],
)  # fmt: skip
def test_store(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*START, ("EXPIRE", "s", 100), ("SORT", *words), ("TTL", "s"), ("SORT_RO", *words)])


@pytest.mark.parametrize(
    "element", ["5", "+5", "-0", "-7", "2.5", ".5", "5.", "1e3", "1E-2", "inf", "-inf", "+Infinity", "05", "0e9", "9223372036854775808"]
)  # fmt: skip
def test_numbers(compare: Comparison, element: str) -> None:
    compare(
        [
            ("RPUSH", "l", 4, element, -1, 1000, 0),
            ("SORT", "l"),
            ("SORT", "l", "DESC"),
            ("SET", "w_4", element),
            ("SORT", "l", "BY", "w_*"),
        ]
    )


@pytest.mark.parametrize(
    "element",
    [
        "x",
        "1x",
        "1_0",
        "5 ",
        " ",
        "nan",
        "NaN",
        "-nan",
        ".",
        "-",
        "e5",
        "1e",
        "0x",
        "--1",
        "1,5",
        "infi",
        "0b1",
        "\u0661",
        "nan(1)",
    ],
)
def test_what_is_no_number(compare: Comparison, element: str) -> None:
    compare(
        [
            ("RPUSH", "l", 4, element),
            ("SORT", "l"),
            ("SORT", "l", "STORE", "d"),
            ("SET", "w_4", element),
            ("SORT", "l", "BY", "w_*", "LIMIT", 0, 1),
            ("SORT", "l", "BY", "nosort", "GET", "#"),
        ]
    )


@pytest.mark.parametrize("element", [" 5", "0x10", "0x1p3", "\t5", "\n5", "1e-310", b"5\x00x", b"5\x00"])
def test_odd_numbers(compare: Comparison, element: Word) -> None:
    """Redis 7.0 reads them with strtod, and after one that is too small it takes none at all."""
    compare(
        [("RPUSH", "l", 4, element, -1, 1000), ("SORT", "l"), ("SORT", "l", "DESC")],
        oracles=("valkey-9.1", "redis-8.2"),
    )


@pytest.mark.parametrize("element", ["", "1e999", "-1e999", "1e-999", b"\x00", "1" * 400])
def test_numbers_out_of_range(compare: Comparison, element: Word) -> None:
    compare(
        [("RPUSH", "l", 4, element, -1, 1000), ("SORT", "l")],
        oracles=("redis-8.2", "valkey-9.1"),
        differs={"valkey-9.1": "it refuses them, as it does the empty string"},
    )


@pytest.mark.parametrize("element", ["a", "", "A", "\u00e4", "z", "a b", "10", "9", b"\xff", b"\x7f\x01"])
def test_texts(compare: Comparison, element: Word) -> None:
    compare(
        [
            ("RPUSH", "l", "m", element, "b", "aa", "Z"),
            ("SORT", "l", "ALPHA"),
            ("SORT", "l", "ALPHA", "DESC", "STORE", "d"),
        ]
    )


def test_equal_numbers_are_ordered_by_their_elements(compare: Comparison) -> None:
    case: list[tuple[Word, ...]] = [
        ("RPUSH", "l", "1", "b", "a", "01", "1.0"),
        ("MSET", "w_1", 1, "w_b", 1, "w_a", 1, "w_01", 1, "w_1.0", 1),
    ]
    for order in ("ASC", "DESC"):
        compare(
            [
                *case,
                ("SORT", "l", "BY", "w_*", order),
                ("SORT", "l", "BY", "w_*", order, "LIMIT", 1, 2),
                ("SORT", "l", "BY", "x_*", order),
            ]
        )


def test_elements_without_a_text_come_first(compare: Comparison) -> None:
    case: list[tuple[Word, ...]] = [("RPUSH", "l", 1, 2, 3), ("MSET", "w_1", "a", "w_3", "")]
    compare([*case, ("SORT", "l", "BY", "w_*", "ALPHA"), ("SORT", "l", "BY", "w_*", "ALPHA", "DESC")])


def test_many_elements(compare: Comparison) -> None:
    numbers = [(number * 7919) % 1000 for number in range(1000)]
    compare(
        [
            ("RPUSH", "l", *numbers),
            ("SADD", "s", *numbers),
            *[
                ("SORT", key, *limit, *order)
                for key in ("l", "s")
                for limit in ((), ("LIMIT", 0, 10), ("LIMIT", 50, 40), ("LIMIT", 990, 20))
                for order in ((), ("DESC",), ("ALPHA",), ("ALPHA", "DESC"))
            ],
        ]
    )


def test_strings_that_were_changed_in_place(compare: Comparison) -> None:
    case: list[tuple[Word, ...]] = [("RPUSH", "l", 1, 2), ("APPEND", "w_1", 2), ("APPEND", "w_1", 0), ("INCR", "w_2")]
    compare(
        [
            *case,
            ("SORT", "l", "BY", "w_*", "GET", "w_*"),
            ("SORT", "l", "GET", "w_*", "STORE", "d"),
            ("APPEND", "w_1", "x"),
        ]
    )


def test_a_weight_that_has_expired(compare: Comparison) -> None:
    case: list[tuple[Word, ...]] = [
        ("RPUSH", "l", 1, 2),
        ("SET", "w_1", 1),
        ("PEXPIRE", "w_1", -1),
        ("SORT", "l", "BY", "w_*", "GET", "w_*"),
    ]
    compare(case)


def test_fields_that_have_expired(compare: Comparison) -> None:
    case = [
        ("RPUSH", "l", 1, 2, 3),
        ("HSET", "h_1", "w", 5, "v", "x"),
        ("HSET", "h_2", "w", 4),
        ("HSET", "h_3", "w", 6),
        ("HPEXPIRE", "h_1", 10, "FIELDS", 1, "w"),
        ("HPEXPIRE", "h_2", 1_000_000, "FIELDS", 1, "w"),
        ("HPEXPIRE", "h_3", 10, "FIELDS", 1, "w"),
        begin(on("waiting", "BLPOP", "nothing", 0.1)),  # time passes
        elapse(200),
        expect("waiting"),
        ("SORT", "l", "BY", "h_*->w", "GET", "#", "GET", "h_*->w", "GET", "h_*->v"),
    ]
    compare(case, oracles=("valkey-9.1", "redis-8.2"))


def test_in_a_transaction(compare: Comparison) -> None:
    compare(
        [
            *START,
            ("MULTI",),
            ("SORT", "l", "STORE", "d"),
            ("SORT", "words"),
            ("SORT", "l", "FOO"),
            ("SORT_RO", "l"),
            ("EXEC",),
        ]
    )


def test_a_watched_destination(compare: Comparison) -> None:
    for words in (("l",), ("missing",), ("l", "LIMIT", 9, 1)):
        compare([*START, ("WATCH", "d"), ("SORT", *words, "STORE", "d"), ("MULTI",), ("EXISTS", "d"), ("EXEC",)])


NUMBERS = st.sampled_from(["0", "1", "2", "3", "-1", "1.5"])
BY: st.SearchStrategy[Word] = st.sampled_from(["w_*", "nosort", "h->*", "k*"])
ORDER: st.SearchStrategy[Word] = st.sampled_from(["ASC", "DESC"])


@generated
@given(
    steps=cases(
        command("RPUSH", KEYS, NUMBERS, NUMBERS, NUMBERS),
        command("LPUSH", KEYS, NUMBERS),
        command("SADD", KEYS, st.sampled_from(["1", "2", "3"]), st.sampled_from(["-1", "10"])),
        command("ZADD", KEYS, NUMBERS, st.sampled_from(["1", "2", "3"])),
        command("SET", st.sampled_from(["w_1", "w_2", "w_3", "k1"]), NUMBERS),
        command("SORT", KEYS, ORDER),
        command("SORT", KEYS, "ALPHA", ORDER),
        command("SORT", KEYS, "BY", BY, ORDER),
        command("SORT", KEYS, "BY", BY, "LIMIT", st.sampled_from(["0", "1"]), st.sampled_from(["2", "-1"]), ORDER),
        command("SORT", KEYS, "BY", BY, "GET", "#", "GET", "w_*"),
        command("SORT", KEYS, "STORE", KEYS, ORDER),
        command("SORT", KEYS, "BY", "nosort", "DESC", "GET", "#", "STORE", KEYS),
        command("SORT_RO", KEYS, "LIMIT", "1", "1"),
        command("DEL", KEYS),
        command("RENAME", KEYS, KEYS),
        command("EXPIREAT", KEYS, st.sampled_from([1, 4102444800])),
    )
)
def test_any_sorting(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
