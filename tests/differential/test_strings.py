"""Strings: every command and option, and what is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, VALUES, cases, command, generated
from tests.differential.steps import Step, Word, near, raw

VALKEY = ("valkey-9.1",)
FAR = 4102444800  # a Unix time in seconds that no test reaches

START: list[tuple[Word, ...]] = [
    ("SET", "k", "value"),
    ("SET", "n", "10"),
    ("SET", "f", "3.5"),
    ("SET", "e", ""),
    ("SET", "t", "volatile", "EX", 1000),
    ("RPUSH", "l", "a"),
]
"""One key of each kind, for requests that find something."""


@pytest.mark.parametrize(
    "request_words",
    [
        ("GET", "k"), ("GET", "missing"), ("GET", "l"), ("GET",), ("GET", "a", "b"),
        ("SET", "k", "v"), ("SET", "l", "v"), ("SET", "k"), ("SET", "k", "v", "NX"), ("SET", "new", "v", "NX"),
        ("SET", "k", "v", "XX"), ("SET", "new", "v", "XX"), ("SET", "k", "v", "NX", "XX"), ("SET", "k", "v", "XX", "NX"),
        ("SET", "k", "v", "nx", "nx"), ("SET", "k", "v", "GET"), ("SET", "new", "v", "GET"), ("SET", "l", "v", "GET"),
        ("SET", "k", "v", "NX", "GET"), ("SET", "new", "v", "NX", "GET"), ("SET", "l", "v", "NX", "GET"),
        ("SET", "k", "v", "XX", "GET"), ("SET", "new", "v", "XX", "GET"), ("SET", "k", "v", "GET", "GET"),
        ("SET", "t", "v", "KEEPTTL"), ("SET", "t", "v"), ("SET", "t", "v", "KEEPTTL", "GET"),
        ("SET", "k", "v", "EX", 100), ("SET", "k", "v", "PX", 100_000), ("SET", "k", "v", "EXAT", FAR),
        ("SET", "k", "v", "PXAT", FAR * 1000), ("SET", "k", "v", "EXAT", 1), ("SET", "k", "v", "PXAT", 1),
        ("SET", "new", "v", "EXAT", 1), ("SET", "k", "v", "GET", "PXAT", 1), ("SET", "k", "v", "EX", 0),
        ("SET", "k", "v", "EX", -1), ("SET", "k", "v", "EX", "x"), ("SET", "k", "v", "EX"), ("SET", "k", "v", "PX", 0),
        ("SET", "k", "v", "EX", 9223372036854775807), ("SET", "k", "v", "PX", 9223372036854775807),
        ("SET", "k", "v", "EX", 9223372036854776), ("SET", "k", "v", "EXAT", 9223372036854775807),
        ("SET", "k", "v", "PXAT", 9223372036854775807), ("SET", "k", "v", "EX", 1, "PX", 1),
        ("SET", "k", "v", "EX", 10, "EX", 20), ("SET", "k", "v", "EX", 10, "KEEPTTL"), ("SET", "k", "v", "KEEPTTL", "EX", 1),
        ("SET", "k", "v", "PERSIST"), ("SET", "k", "v", "FOO"), ("SET", "k", "v", "EX", 10, "NX", "GET"),
        ("SET", b"\x00\xff\r\n", b"\x00\xff\r\n"), ("SET", "", ""), ("set", "k", "v", "ex", "100", "get", "xx"),
        ("SETNX", "k", "v"), ("SETNX", "new", "v"), ("SETNX", "l", "v"), ("SETNX", "k"),
        ("SETEX", "k", 100, "v"), ("SETEX", "k", 0, "v"), ("SETEX", "k", "x", "v"), ("SETEX", "k", -1, "v"),
        ("SETEX", "l", 100, "v"), ("SETEX", "k", 9223372036854775807, "v"), ("SETEX", "k", 1),
        ("PSETEX", "k", 100_000, "v"), ("PSETEX", "k", 0, "v"), ("PSETEX", "k", "1.5", "v"),
        ("GETSET", "k", "v"), ("GETSET", "new", "v"), ("GETSET", "l", "v"), ("GETSET", "t", "v"),
        ("GETDEL", "k"), ("GETDEL", "missing"), ("GETDEL", "l"),
        ("GETEX", "k"), ("GETEX", "missing"), ("GETEX", "l"), ("GETEX", "k", "EX", 100), ("GETEX", "t", "PERSIST"),
        ("GETEX", "k", "PERSIST"), ("GETEX", "k", "EXAT", FAR), ("GETEX", "k", "PX", 100_000), ("GETEX", "k", "PXAT", 1),
        ("GETEX", "k", "EXAT", 1), ("GETEX", "k", "EX", 0), ("GETEX", "k", "EX"), ("GETEX", "k", "FOO"), ("GETEX", "k", "PERSIST", "EX", 1), ("GETEX", "k", "EX", 1, "PERSIST"),
        ("GETEX", "k", "EX", "x"), ("GETEX", "k", "KEEPTTL"), ("GETEX", "k", "NX"), ("GETEX", "k", "EX", 9223372036854775807),
        ("MGET", "k", "missing", "l", "n", "k"), ("MGET",),
        ("MSET", "k", "1", "new", "2", "k", "3"), ("MSET", "k"), ("MSET", "k", "1", "x"), ("MSET", "l", "v", "t", "v"),
        ("MSETNX", "a", "1", "b", "2"), ("MSETNX", "a", "1", "k", "2"), ("MSETNX", "a", "1", "a", "2"), ("MSETNX", "a"),
        ("STRLEN", "k"), ("STRLEN", "missing"), ("STRLEN", "l"),
        ("APPEND", "k", "more"), ("APPEND", "new", "more"), ("APPEND", "l", "x"), ("APPEND", "k", ""), ("APPEND", "new", ""),
        ("APPEND", "t", "x"),
        ("SETRANGE", "k", 1, "XY"), ("SETRANGE", "k", 10, "XY"), ("SETRANGE", "new", 3, "XY"), ("SETRANGE", "k", 0, ""),
        ("SETRANGE", "new", 3, ""), ("SETRANGE", "k", -1, "x"), ("SETRANGE", "k", "x", "x"), ("SETRANGE", "l", 0, "x"),
        ("SETRANGE", "k", 536870911, "xx"), ("SETRANGE", "new", 536870912, "x"), ("SETRANGE", "l", 0, ""),
        ("SETRANGE", "k", 9223372036854775807, "x"),
        *((name, "k", start, end) for name in ("GETRANGE", "SUBSTR") for start in (-100, -3, 0, 2, 100) for end in (-100, -3, 0, 2, 100)),
        ("GETRANGE", "missing", 0, -1), ("GETRANGE", "l", 0, -1), ("GETRANGE", "k", "x", 1), ("GETRANGE", "missing", 0, "x"),
        ("GETRANGE", "e", 0, -1), ("GETRANGE", "k", 0),
        ("INCR", "n"), ("INCR", "new"), ("INCR", "k"), ("INCR", "f"), ("INCR", "l"), ("INCR", "e"), ("INCR", "n", "x"),
        ("DECR", "n"), ("DECR", "new"), ("INCRBY", "n", 5), ("INCRBY", "n", -5), ("INCRBY", "n", "x"), ("INCRBY", "n", "1.5"),
        ("INCRBY", "n", "+1"), ("INCRBY", "n", " 1"), ("INCRBY", "n", "01"), ("INCRBY", "n", "-0"), ("INCRBY", "n", ""),
        ("INCRBY", "n", 9223372036854775807), ("INCRBY", "new", 9223372036854775808), ("INCRBY", "l", "x"),
        ("DECRBY", "n", 5), ("DECRBY", "n", -9223372036854775808), ("DECRBY", "new", 9223372036854775807), ("DECRBY", "n", "x"),
        ("INCRBYFLOAT", "n", "0.1"), ("INCRBYFLOAT", "f", "-1.25"), ("INCRBYFLOAT", "new", "1e3"), ("INCRBYFLOAT", "n", "x"),
        ("INCRBYFLOAT", "k", "1"), ("INCRBYFLOAT", "l", "1"), ("INCRBYFLOAT", "n", "nan"), ("INCRBYFLOAT", "n", "inf"),
        ("INCRBYFLOAT", "n", "-inf"), ("INCRBYFLOAT", "n", " 1"), ("INCRBYFLOAT", "n", "0x10"), ("INCRBYFLOAT", "n", "1e5000"),
        ("INCRBYFLOAT", "n", "1e-5000"), ("INCRBYFLOAT", "e", "1"), ("INCRBYFLOAT", "n", "3.0e-20"), ("INCRBYFLOAT", "n", "-10"),
        ("INCRBYFLOAT", "n", "1e300"), ("INCRBYFLOAT", "l", "x"), ("INCRBYFLOAT", "n", "1_0"), ("INCRBYFLOAT", "n", ".5"),
        ("LCS", "k", "n"), ("LCS", "k", "missing"), ("LCS", "k", "l"), ("LCS", "k"), ("LCS", "k", "k", "LEN"),
        ("LCS", "k", "k", "LEN", "IDX"), ("LCS", "k", "k", "IDX"), ("LCS", "k", "k", "FOO"), ("LCS", "k", "k", "MINMATCHLEN"),
        ("LCS", "k", "k", "IDX", "MINMATCHLEN", "x"), ("LCS", "k", "k", "IDX", "MINMATCHLEN", "-1", "WITHMATCHLEN"),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, request_words: tuple[Word, ...]) -> None:
    compare([*START, request_words])


@pytest.mark.parametrize(
    "request_words",
    [
        ("SET", "k", "v", "IFEQ", "value"), ("SET", "k", "v", "IFEQ", "other"), ("SET", "new", "v", "IFEQ", "value"),
        ("SET", "l", "v", "IFEQ", "value"), ("SET", "k", "v", "IFEQ", "value", "GET"), ("SET", "k", "v", "IFEQ", "x", "GET"),
        ("SET", "k", "v", "IFEQ"), ("SET", "k", "v", "NX", "IFEQ", "value"), ("SET", "k", "v", "IFEQ", "value", "XX"),
        ("SET", "k", "v", "IFEQ", "value", "EX", 100), ("SET", "t", "v", "IFEQ", "volatile", "KEEPTTL"),
        ("SET", "k", "v", "IFEQ", "value", "IFEQ", "value"),
        ("DELIFEQ", "k", "value"), ("DELIFEQ", "k", "x"), ("DELIFEQ", "missing", "x"), ("DELIFEQ", "l", "x"), ("DELIFEQ", "k"),
        ("MSETEX", 1, "a", "1"), ("MSETEX", 2, "a", "1", "b", "2", "EX", 100), ("MSETEX", 2, "a", "1", "k", "2", "NX"),
        ("MSETEX", 2, "n", "1", "k", "2", "XX"), ("MSETEX", 2, "a", "1", "k", "2", "XX"), ("MSETEX", 1, "t", "1", "KEEPTTL"),
        ("MSETEX", 1, "k", "1", "PXAT", 1), ("MSETEX", 0, "a", "1"), ("MSETEX", "x", "a", "1"), ("MSETEX", 2, "a", "1"),
        ("MSETEX", 1, "a", "1", "FOO"), ("MSETEX", 1, "a", "1", "NX", "XX"), ("MSETEX", 1, "a", "1", "EX", 0),
        ("MSETEX", 1, "a", "1", "EX", 1, "PX", 1), ("MSETEX", 1, "a"), ("MSETEX", -1, "a", "1"), ("MSETEX", 1, "a", "1", "EX"),
        ("MSETEX", 1, "a", "1", "GET"), ("MSETEX", 2147483648, "a", "1"), ("MSETEX", 2, "a", "1", "a", "2"),
    ],
)  # fmt: skip
def test_what_only_valkey_knows(compare: Comparison, request_words: tuple[Word, ...]) -> None:
    compare([*START, request_words], oracles=VALKEY)


@pytest.mark.parametrize("key", ["missing", "l"])
def test_getex_looks_at_the_key_first(compare: Comparison, key: str) -> None:
    differs = {"valkey-9.1": "reads the time to live before it looks at the key"}
    compare([*START, ("GETEX", key, "EX", 0)], differs=differs)


def test_in_place_changes_are_not_seen_in_copies(compare: Comparison) -> None:
    compare(
        [
            ("SET", "a", "12"), ("APPEND", "a", "3"), ("COPY", "a", "b"), ("APPEND", "a", "4"), ("INCR", "a"), ("GET", "b"),
            ("GETRANGE", "a", 0, -1), ("STRLEN", "a"), ("MGET", "a", "b"), ("GETSET", "b", "5"), ("INCRBYFLOAT", "a", "0.5"),
            ("SETRANGE", "b", 3, "x"), ("GETEX", "b"), ("LCS", "a", "b"), ("GETDEL", "b"), ("TYPE", "a"),
            near(5, "PTTL", "a"),
        ]
    )  # fmt: skip


def test_a_string_that_changes_after_it_was_read(compare: Comparison) -> None:
    compare([("SET", "k", "a"), ("APPEND", "k", "b"), raw(b"GET k\nMGET k k\nAPPEND k c\nGET k\n", replies=4)])


@pytest.mark.parametrize(
    "value", ["inf", "-inf", "1e4932", "-1e4932", "0x10", " 1", "1 ", "nan", "0e99999999999999999999"]
)
@pytest.mark.parametrize("increment", ["x", "inf", "1.1e4932", "0x0p99999999999999999999", "0x.8p-3", "1e-4951", "1."])
def test_unusual_long_doubles(compare: Comparison, value: str, increment: str) -> None:
    compare([("SET", "k", value), ("INCRBYFLOAT", "k", increment)])


@pytest.mark.parametrize("number", ["7" * 5119, "7" * 5120, "7" * 5000 + "e-5000", "0." + "7" * 5000])
def test_very_long_numbers(compare: Comparison, number: str) -> None:
    compare([("INCRBYFLOAT", "k", number), ("HINCRBYFLOAT", "h", "f", number), ("INCRBY", "n", number)])


SET_WORDS = st.sampled_from(
    ["NX", "xx", "GET", "keepttl", "EX", "PX", "EXAT", "PXAT", "100000", "0", "x", "PERSIST", "value"]
)


@generated
@given(key=st.sampled_from(["k", "t", "l", "new"]), words=st.lists(SET_WORDS, max_size=5))
def test_any_options_of_set(compare: Comparison, key: str, words: list[str]) -> None:
    compare([*START, ("SET", key, "new", *words)])


@generated
@given(key=st.sampled_from(["k", "t", "l", "new"]), words=st.lists(st.one_of(SET_WORDS, st.just("IFEQ")), max_size=5))
def test_any_options_that_only_valkey_knows(compare: Comparison, key: str, words: list[str]) -> None:
    steps: list[tuple[Word, ...]] = [("SET", key, "new", *words), ("MSETEX", 2, key, "a", "n", "b", *words)]
    compare([*START, *steps], oracles=VALKEY)


def test_long_lcs(compare: Comparison) -> None:
    strings = [("SET", "a", "abcdefghij" * 50), ("SET", "b", "acegibdfhj" * 60)]
    compare([*strings, ("LCS", "a", "b"), ("LCS", "b", "a"), ("LCS", "a", "b", "IDX", "WITHMATCHLEN")])


def test_lcs_of_strings_that_are_too_long(compare: Comparison) -> None:
    strings: list[tuple[Word, ...]] = [("SETRANGE", "a", 11999, "x"), ("SETRANGE", "b", 11999, "x")]
    compare([*strings, ("LCS", "a", "b"), ("LCS", "a", "b", "LEN"), ("LCS", "a", "b", "LEN", "IDX"), ("LCS", "a", "l")])


LCS_WORDS = st.sampled_from(["LEN", "idx", "WITHMATCHLEN", "MINMATCHLEN", "2", "x", "-1", "FOO"])


@generated
@given(second=st.sampled_from(["k", "n", "l", "missing"]), words=st.lists(LCS_WORDS, max_size=4))
def test_any_options_of_lcs(compare: Comparison, second: str, words: list[str]) -> None:
    compare([*START, ("LCS", "k", second, *words)], oracles=("valkey-9.1", "redis-7.0", "redis-8.2"))


TEXTS = st.one_of(st.text(alphabet="abc", max_size=8), st.text(alphabet="ab", min_size=60, max_size=90))


@generated
@given(first=TEXTS, second=TEXTS, shortest=st.integers(0, 3))
def test_any_lcs(compare: Comparison, first: str, second: str, shortest: int) -> None:
    compare(
        [
            ("MSET", "a", first, "b", second),
            ("LCS", "a", "b"),
            ("LCS", "a", "b", "LEN"),
            ("LCS", "a", "b", "IDX", "MINMATCHLEN", shortest),
            ("LCS", "a", "b", "IDX", "MINMATCHLEN", shortest, "WITHMATCHLEN"),
        ]
    )


NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30).map(repr),
    st.from_regex(
        r"[+-]?[0-9]{1,25}(\.[0-9]{0,25})?(e[+-]?[0-9]{1,4})?", fullmatch=True, alphabet=st.characters(codec="ascii")
    ),
    st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-1000, max_value=1000).map(str),
)


@generated
@given(first=NUMBERS, second=NUMBERS)
def test_any_long_doubles(compare: Comparison, first: str, second: str) -> None:
    compare(
        [
            ("SET", "a", first),
            ("INCRBYFLOAT", "a", second),
            ("HSET", "h", "f", first),
            ("HINCRBYFLOAT", "h", "f", second),
        ]
    )


COUNTS = st.sampled_from([0, 1, -1, 5, 9223372036854775807, -9223372036854775808])


@generated
@given(
    steps=cases(
        command("SET", KEYS, VALUES),
        command("SET", KEYS, VALUES, "GET"),
        command("SET", KEYS, VALUES, st.sampled_from(["NX", "XX"]), "EX", 1000),
        command("APPEND", KEYS, VALUES),
        command("SETRANGE", KEYS, st.integers(0, 6), VALUES),
        command("GETRANGE", KEYS, st.integers(-8, 8), st.integers(-8, 8)),
        command("INCRBY", KEYS, COUNTS),
        command("DECRBY", KEYS, COUNTS),
        command("INCRBYFLOAT", KEYS, VALUES),
        command("GETDEL", KEYS),
        command("GETSET", KEYS, VALUES),
        command("GETEX", KEYS, "PERSIST"),
        command("MSETNX", KEYS, VALUES, KEYS, VALUES),
        command("STRLEN", KEYS),
        command("MGET", KEYS, KEYS),
        command("RPUSH", KEYS, VALUES),
        command("EXPIREAT", KEYS, st.sampled_from([1, FAR])),
        command("DEL", KEYS),
    )
)
def test_any_strings(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
