"""Vector sets: every command and option, filters, and all that is wrong, compared with Redis 8.2, which alone has them.

Bytes and signs are computed exactly as there. Floats of long vectors are added in another order,
so the last digit may differ.
"""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word, close, error_kind, masked, numbers, shape, step, unordered

REDIS = ("redis-8.2",)
HUGE = 2**63 - 1


def blob(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def vadd(key: str, name: str, values: tuple[float, ...], *options: Word) -> tuple[Word, ...]:
    return ("VADD", key, "VALUES", len(values), *values, name, *options)


START: list[tuple[Word, ...]] = [
    vadd("v", "a", (1, 2, -3.5)),
    vadd("v", "b", (4, 5, 6), "SETATTR", '{"year": 1984, "name": "x", "tags": ["p", "q", 3], "ok": true, "no": null}'),
    vadd("v", "c", (-1, 0.5, 0.25), "SETATTR", '{"year": 1990, "name": "y", "tags": [], "ok": false}'),
    vadd("v", "zero", (0, 0, 0), "SETATTR", "no json"),
    vadd("f", "a", (1, 2, -3.5), "NOQUANT"),
    vadd("f", "b", (4, 5, 6), "NOQUANT", "M", 8),
    vadd("f", "c", (-1, 0.5, 0.25), "NOQUANT"),
    vadd("s", "a", (1, 2, -3.5), "BIN"),
    vadd("s", "b", (4, 5, 6), "BIN"),
    vadd("s", "c", (-1, 0.5, 0.25), "BIN"),
    ("VADD", "p", "REDUCE", 2, "VALUES", 3, 1, 2, -3.5, "a"),
    ("VADD", "p", "REDUCE", 2, "VALUES", 3, 4, 5, 6, "b"),
    ("SET", "t", "text"),
]
NAMES = ("a", "b", "c", "zero", "x", "")
AFTERWARDS: list[Step] = [
    step_
    for key in "vfspnt"
    for step_ in (
        step("VCARD", key), step("VDIM", key),
        *[close(1e-6, "VEMB", key, name) for name in NAMES], *[step("VGETATTR", key, name) for name in NAMES],
    )
]  # fmt: skip


def info(key: str) -> Step:
    """VINFO but for the levels of the graph, and the number of the set among all that its server has had."""
    return masked(rb"(?<=max-level\r\n):\d+|(?<=vset-uid\r\n):\d+", "VINFO", key)


def compare_request(compare: Comparison, *requests: tuple[Word, ...] | Step) -> None:
    """Compare the replies and all that is left behind."""
    compare([*START, *requests, *AFTERWARDS], oracles=REDIS)


# Adding, removing, changing


@pytest.mark.parametrize("key", ["v", "f", "s", "p", "t", "n"])
@pytest.mark.parametrize(
    "words",
    [
        ("VALUES", 3, 1, 1, 1, "a"), ("values", 3, 1, 1, 1, "d", "cas"), ("VALUES", 3, 0, -0.0, 0, "d"), ("VALUES", 3, "1e-3", "-2E2", ".5", "d"),
        ("FP32", blob(1, -2, 3), "d"), ("fp32", blob(3, 2, 1), "a", "SETATTR", "{}"), ("FP32", blob(1, 2), "d"), ("FP32", blob(1, 2, 3), ""),
        ("VALUES", 3, 1, 1, 1, "b", "SETATTR", ""), ("VALUES", 3, 1, 1, 1, "b", "SETATTR", "{}"), ("VALUES", 3, 1, 1, 1, "d", "SETATTR", ""),
        ("VALUES", 3, 1, 1, 1, "b"), ("VALUES", 3, 1, 1, 1, "b", "setattr", "1", "SETATTR", "2"), ("VALUES", 3, 1, 1, 1, "d", "EF", 500),
        ("VALUES", 3, 1, 1, 1, "d", "NOQUANT"), ("VALUES", 3, 1, 1, 1, "d", "BIN"), ("VALUES", 3, 1, 1, 1, "d", "q8"),
        ("VALUES", 3, 1, 1, 1, "d", "BIN", "Q8"), ("VALUES", 3, 1, 1, 1, "d", "NOQUANT", "BIN"), ("VALUES", 3, 1, 1, 1, "d", "M", 5),
        ("VALUES", 3, 1, 1, 1, "d", "M", 16), ("VALUES", 3, 1, 1, 1, "d", "BIN", "M", 5), ("VALUES", 2, 1, 1, "d"), ("VALUES", 2, 1, 1, "d", "BIN"),
        ("VALUES", 4, 1, 1, 1, 1, "d"), ("VALUES", 1, 7, "d"), ("REDUCE", 2, "VALUES", 3, 1, 1, 1, "d"), ("reduce", 1, "FP32", blob(1, 2, 3), "d"),
        ("REDUCE", 3, "VALUES", 3, 1, 1, 2, "d"), ("REDUCE", 2, "VALUES", 2, 1, 1, "d"), ("REDUCE", 2, "VALUES", 4, 1, 1, 1, 1, "d"),
        ("REDUCE", 1, "VALUES", 1, 3, "d"), ("REDUCE", 3, "VALUES", 6, 1, 2, -3, 4, 5, 6, "d"),
        ("VALUES", 3, "inf", 1, 1, "d"), ("VALUES", 3, "1e300", 1, 1, "d"), ("VALUES", 3, "1e-30", 0, 0, "d"), ("VALUES", 3, "0x10", 1, 1, "d"),
        ("VALUES", 3, "1e19", "-1e20", "2e20", "d"), ("VALUES", 3, "1e-21", "2e-21", "-1e-22", "d"),
    ],
)  # fmt: skip
def test_adding(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    compare_request(compare, ("VADD", key, *words), close(1e-6, "VEMB", key, "d"), info(key))


@pytest.mark.parametrize("key", ["v", "t", "n"])
@pytest.mark.parametrize(
    "words",
    [
        ("FP32", b"abc", "a"), ("FP32", "", "a"), ("FP64", blob(1, 2, 3), "a"), ("FP32", blob(1, 2, 3) + b"x", "a"), ("VALUES", "x", 1, "a"),
        ("VALUES", 0, "a", "b"), ("VALUES", -1, "a", "b"), ("VALUES", 3, 1, 2, "a"), ("VALUES", 65537, 1, "a"), ("VALUES", 1 << 40, 1, "a"),
        ("VALUES", 3, 1, 2, "x", "a"), ("VALUES", 3, 1, 2, "nan", "a"), ("VALUES", 3, 1, 2, " 1", "a"), ("VALUES", 3, 1, 2, "1_0", "a"),
        ("VALUES", 3, 1, 2, "", "a"), ("VALUES", 3, 1, 2, "1e400", "a"), ("VALUES", 3, 1, 2, "1e-400", "a"), ("VALUES", 3, 1, 2, "1e", "a"),
        ("REDUCE", 0, "VALUES", 3, 1, 2, 3, "a"), ("REDUCE", -1, "VALUES", 3, 1, 2, 3, "a"), ("REDUCE", "x", "VALUES", 3, 1, 2, 3, "a"),
        ("REDUCE", 2, "FP32"), ("REDUCE", 2, "VALUES"), ("REDUCE", 2, "FOO", "a"), ("REDUCE", 2, "REDUCE", 2, "FP32", blob(1, 2), "a"),
        ("VALUES", 3, 1, 2, 3, "a", "EF"), ("VALUES", 3, 1, 2, 3, "a", "EF", "x"), ("VALUES", 3, 1, 2, 3, "a", "EF", 0),
        ("VALUES", 3, 1, 2, 3, "a", "EF", 1000001), ("VALUES", 3, 1, 2, 3, "a", "M"), ("VALUES", 3, 1, 2, 3, "a", "M", "x"),
        ("VALUES", 3, 1, 2, 3, "a", "M", 3), ("VALUES", 3, 1, 2, 3, "a", "M", 4097), ("VALUES", 3, 1, 2, 3, "a", "SETATTR"),
        ("VALUES", 3, 1, 2, 3, "a", "FOO"), ("VALUES", 3, 1, 2, 3, "a", ""), ("VALUES", 3, 1, 2, 3, "a", "CAS", "FOO"),
    ],
)  # fmt: skip
def test_wrong_vectors_and_options(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    compare_request(compare, ("VADD", key, *words))


@pytest.mark.parametrize("links", [4, 4096])
def test_links(compare: Comparison, links: int) -> None:
    compare(
        [vadd("n", "a", (1, 2), "M", links), vadd("n", "b", (1, 2), "M", links), vadd("n", "b", (1, 2))], oracles=REDIS
    )


@pytest.mark.parametrize("key", ["v", "f", "s", "p", "t", "n"])
def test_removing_and_attributes(compare: Comparison, key: str) -> None:
    compare_request(
        compare,
        ("VSETATTR", key, "a", "{}"), ("VSETATTR", key, "a", "text"), ("VSETATTR", key, "b", ""), ("VSETATTR", key, "x", "1"),
        ("VGETATTR", key, "a"), ("VISMEMBER", key, "a"), ("VREM", key, "a"), ("VREM", key, "a"), ("VISMEMBER", key, "a"), ("VREM", key, "x"),
        ("VREM", key, "b"), ("VREM", key, "c"), ("VREM", key, "zero"), ("EXISTS", key), ("TYPE", key),
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ("VADD", "v", "VALUES", 3, 1, 2, 3), ("VADD", "v", "VALUES", 3), ("VADD", "v"), ("VADD",), ("VADD", "n", "REDUCE", 2),
        ("VADD", "n", "FP32", blob(1, 2)), ("VADD", "v", "REDUCE", 1, "FP32", blob(1, 2)), ("VCARD",), ("VCARD", "v", "x"), ("VDIM",), ("VDIM", "v", "x"),
        ("VEMB",), ("VEMB", "v"), ("VGETATTR", "v"), ("VGETATTR", "v", "a", "x"), ("VINFO",), ("VINFO", "v", "x"), ("VISMEMBER", "v"),
        ("VISMEMBER", "v", "a", "b"), ("VLINKS", "v"), ("VLINKS", "v", "a", "b"), ("VLINKS", "v", "a", "WITHSCORES", "x"), ("VLINKS", "n", "a", "b"),
        ("VRANDMEMBER",), ("VRANDMEMBER", "v", 1, 2), ("VREM", "v"), ("VREM", "v", "a", "b"), ("VSETATTR", "v", "a"),
        ("VSETATTR", "v", "a", "b", "c"), ("VSIM",), ("VSIM", "v"), ("VSIM", "v", "ELE"),
    ],
)  # fmt: skip
def test_wrong_numbers_of_words(compare: Comparison, words: tuple[Word, ...]) -> None:
    """Redis names the commands of modules in capitals there."""
    compare_request(compare, error_kind(*words))


# Looking at vectors


@pytest.mark.parametrize(
    "words",
    [
        ("a",), ("b",), ("zero",), ("x",), ("a", "RAW"), ("b", "raw"), ("zero", "RAW"), ("a", "RAW", "raw"), ("x", "RAW"), ("a", "FOO"), ("a", ""),
        ("a", "RAW", "x"), ("", "RAW"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["v", "f", "s", "p", "t", "n"])
def test_vectors(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    compare_request(compare, ("VEMB", key, *words))


@pytest.mark.parametrize("dimension", [1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 33, 63, 64, 65, 100, 128, 130])
@pytest.mark.parametrize("quantisation", ["Q8", "BIN", "NOQUANT"])
def test_dimensions(compare: Comparison, dimension: int, quantisation: str) -> None:
    """The sums of many components are rounded as in Redis; scores of long vectors that are not quantised nearly so."""
    chance = random.Random(dimension)
    vectors = [[chance.gauss(0, 1) for _ in range(dimension)] for _ in range(8)]
    case: list[tuple[Word, ...] | Step] = [
        ("VADD", "k", "FP32", blob(*values), f"e{place}", quantisation) for place, values in enumerate(vectors)
    ]
    case += [numbers("VEMB", "k", f"e{place}") for place in range(8)]
    case += [numbers("VEMB", "k", f"e{place}", "RAW") for place in range(8)]
    query = blob(*[chance.gauss(0, 1) for _ in range(dimension)])
    search = "VSIM", "k", "FP32", query, "TRUTH", "WITHSCORES"
    if quantisation == "BIN" or dimension == 1:  # several may be at the same distance
        case += [unordered(*search)]
    else:
        tolerance = 1e-6 if quantisation == "NOQUANT" and dimension >= 16 else 1e-17
        case += [close(tolerance, *search), close(tolerance, "VSIM", "k", "ELE", "e3", "WITHSCORES")]
    compare(case, oracles=REDIS)


@pytest.mark.parametrize(
    ("given_dimension", "dimension"), [(1, 1), (2, 1), (3, 2), (5, 5), (8, 3), (9, 8), (50, 17), (64, 64), (100, 33)]
)
def test_reducing(compare: Comparison, given_dimension: int, dimension: int) -> None:
    chance = random.Random(dimension)
    case: list[tuple[Word, ...] | Step] = [
        (
            "VADD",
            "k",
            "REDUCE",
            dimension,
            "FP32",
            blob(*[chance.gauss(0, 1) for _ in range(given_dimension)]),
            f"e{place}",
            "NOQUANT",
        )
        for place in range(4)
    ]
    case += [close(1e-5, "VEMB", "k", f"e{place}") for place in range(4)]
    case += [info("k"), ("VDIM", "k")]
    compare(case, oracles=REDIS)


@pytest.mark.parametrize("key", ["v", "f", "s", "p", "t", "n"])
def test_about_a_set(compare: Comparison, key: str) -> None:
    compare_request(compare, ("VCARD", key), ("VDIM", key), ("OBJECT", "ENCODING", key), ("TYPE", key))
    compare_request(compare, info(key))


@pytest.mark.parametrize("name", ["a", "b", "zero", "x"])
@pytest.mark.parametrize("key", ["v", "f", "s", "p", "t", "n"])
def test_links_of_a_small_set(compare: Comparison, key: str, name: str) -> None:
    """In a real server an element may be on several levels, so only what is none, or wrong, is the same."""
    if key in "tn" or name == "x":
        compare_request(compare, ("VLINKS", key, name), ("VLINKS", key, name, "withscores"))


@pytest.mark.parametrize(
    "words",
    [
        (), (1,), (2,), (4,), (100,), (-1,), (-7,), (0,), ("x",), ("",), ("1.5",), (HUGE,), (HUGE + 1,),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["v", "t", "n"])
def test_random_elements(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    compare_request(compare, shape("VRANDMEMBER", key, *words))


def test_all_elements_at_random(compare: Comparison) -> None:
    compare_request(compare, unordered("VRANDMEMBER", "v", 10))


# Searching


@pytest.mark.parametrize(
    "words",
    [
        ("ELE", "a"), ("ele", "b", "WITHSCORES"), ("ELE", "c", "WITHATTRIBS"), ("ELE", "b", "WITHSCORES", "WITHATTRIBS"),
        ("ELE", "b", "COUNT", 4, "EF", 10), ("VALUES", 3, 1, 1, 1), ("values", 3, 1, -1, 0.5, "withscores", "COUNT", 2), ("FP32", blob(3, 1, 2), "WITHSCORES"),
        ("VALUES", 3, 1, 1, 1, "TRUTH"), ("VALUES", 3, 1, 1, 1, "NOTHREAD", "WITHSCORES"), ("ELE", "a", "EPSILON", 0.3), ("ELE", "a", "EPSILON", 0.5),
        ("ELE", "a", "EPSILON", "inf"), ("ELE", "a", "EPSILON", 1e-9), ("ELE", "a", "EF", 1), ("ELE", "a", "FILTER-EF", 1), ("ELE", "a", "COUNT", 1),
        ("ELE", "a", "COUNT", 100), ("ELE", "x"), ("FOO", "a"), ("VALUES", 2, 1, 1), ("VALUES", 4, 1, 1, 1, 1), ("FP32", "abc"), ("FP32", blob(1, 2)),
        ("VALUES", 3, 1, 1), ("VALUES", "x", 1, 1), ("VALUES", 3), ("ELE", "a", "FOO"), ("ELE", "a", "COUNT"), ("ELE", "a", "COUNT", 0),
        ("ELE", "a", "COUNT", -1), ("ELE", "a", "COUNT", "x"), ("ELE", "a", "EPSILON"), ("ELE", "a", "EPSILON", 0), ("ELE", "a", "EPSILON", -1),
        ("ELE", "a", "EPSILON", "x"), ("ELE", "a", "EPSILON", "nan"), ("ELE", "a", "EF"), ("ELE", "a", "EF", 0), ("ELE", "a", "EF", "x"),
        ("ELE", "a", "FILTER"), ("ELE", "a", "FILTER-EF"), ("ELE", "a", "FILTER-EF", 0), ("ELE", "a", "COUNT", 0, "FOO"), ("ELE", "x", "FOO"),
        ("ELE", "a", "FILTER", "1"), ("ELE", "a", "WITHSCORES", "FILTER", "1", "COUNT", 1), ("REDUCE", 2, "VALUES", 3, 1, 1, 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["v", "f", "p", "t", "n"])
def test_searching(compare: Comparison, key: str, words: tuple[Word, ...]) -> None:
    compare_request(compare, close(1e-6, "VSIM", key, *words))


@pytest.mark.parametrize("option", ["WITHSCORES", "WITHATTRIBS", "TRUTH", "NOTHREAD"])
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_searching_signs(compare: Comparison, name: str, option: str) -> None:
    compare_request(compare, unordered("VSIM", "s", "ELE", name, option))


def test_scores_of_bytes_are_exact(compare: Comparison) -> None:
    chance = random.Random(1)
    case: list[tuple[Word, ...] | Step] = [
        ("VADD", "k", "FP32", blob(*[chance.gauss(0, 1) for _ in range(40)]), f"e{place}") for place in range(60)
    ]
    for _ in range(10):
        query = blob(*[chance.gauss(0, 1) for _ in range(40)])
        case.append(numbers("VSIM", "k", "FP32", query, "WITHSCORES", "TRUTH", "COUNT", 60))
    compare(case, oracles=REDIS)


def test_search_in_transactions(compare: Comparison) -> None:
    compare_request(
        compare,
        ("MULTI",),
        ("VSIM", "v", "ELE", "a", "WITHSCORES"),
        vadd("v", "d", (1, 1, 1), "CAS"),
        ("VCARD", "v"),
        ("EXEC",),
    )


def test_watched_keys(compare: Comparison) -> None:
    for request in (
        vadd("v", "d", (1, 1, 1)),
        vadd("v", "a", (1, 1, 1)),
        ("VREM", "v", "a"),
        ("VSETATTR", "v", "a", "1"),
    ):
        compare_request(compare, ("WATCH", "v"), request, ("MULTI",), ("PING",), ("EXEC",))
    compare_request(compare, ("WATCH", "v"), ("VSIM", "v", "ELE", "a"), ("MULTI",), ("PING",), ("EXEC",))


# Filters

FILTERS = [
    # operators and their order
    ".year > 1985", ".year >= 1984", ".year < 1990", ".year <= 1984", ".year == 1984", ".year != 1984", "not .ok", "!.ok", "! .ok", ".ok and .year > 1",
    ".ok && .year", ".ok or 1", ".ok || 0", "1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "2 ** 3 ** 2 == 512", "10 - 4 - 3 == 3", "7 % 4 == 3", "-7 % 4 == -3",
    "7 / 2 == 3.5", "1 / 0", "0 / 0", "-1 / 0 < 0", "5 % 0", "2 ** -1 == 0.5", "0 ** -1", "(-8) ** 0.5", "10 ** 400 > 1", "(-10) ** 401 < 0",
    "not 0 and 1", "not (0 and 1)", "1 or 0 and 0", ".year - 1 == 1983", ".year -1 == 1983", ".year == -1", "3 - -2 == 5", "(3) -2 == 1", "2*-1 == -2",
    # values
    "0", "1", "-1", "0.0", "1e2 == 100", "1.5E2 == 150", "''", "'a'", '"a"', "[]", "[1]", "'abc' == \"abc\"", "'1' == 1", "'x' == 0", "'' == 0", "'0x10' == 16",
    "' 1' == 1", "'1 ' == 1", "'1e1' + 1 == 11", "'inf' > 5", "'1_0' == 10", "'it\\'s' == 'it\\'s'", "'a' < 'b'", "'2' < '10'", "'' or 0", "'a' and 'b'",
    "null", "null == null", ".no == null", ".no", ".year == null", "not null", "null != 1", "nullx", "(null)", "[null]",
    # lists
    ".year in [1984, 1990]", ".year in [1985]", ".name in ['x', \"z\"]", "'p' in .tags", "3 in .tags", "'3' in .tags", ".tags", "not .tags", "1 in [1 , 2 ]",
    "1 in []", "'a' in 'abc'", "'bc' in 'abc'", "'' in 'abc'", "'' in ''", "'a' in ''", "'abcd' in 'abc'", "1 in '123'", "'x' in .name", "null in 'null'", "[1] in '1'", "1 in 1", "[1] == [1]", "[1] == 0", "-1 in [-1, -.5]", "-0.5 in [-1, -.5]", "1 in [ 1,]", ".name in [.name]", ".tags == 0", "[1, 'a'] in [1]",
    # selectors
    ".missing", ".missing or 1", "1 or .missing", ".year.x", ".name == 'x'", ".name == \"y\"", ".na-me", ".year_x", ".", ".year and .", ". year", ".1",
    ".Year", ".tags[0]", "1 .year",
    # what is no expression
    "", " ", "1 1", "1 +", "+ 1", "()", "(1", "1)", "((1)", ")(", "1 = 1", "1 == = 1", ".year = 1", "@", "1 @ 2", "'abc", '"abc', "[1", "[1 2]", "[a]", "[[1]]",
    "1.2.3", "1e", "1e-2", "1 & 1", "1 | 1", "not", "not not 1", "!!1", "! ! 1", "in", "1 in", "1 and", "and 1", "andy", "x", "1 xor 1", "notx", "not1", "1and 1",
    "1 and1", "1 or(0)", "1 === 1", "1 <> 1", "1 => 1", "-.year", "- 1", "--1", "1--1", "-(1)", "2 ** not 0", "*", "1 ** ** 1", "{}", "a == 1", "\x00", "1\x00)", "(\x001",
    "1\n+\t1", "(1\r\n+OK\r\n", "1 @\n", "é", "1 == 1 é", "9" * 300, "1" + "0" * 254 + " > 1", "'" + "1" * 300 + "' == 0", ".year == 1984 # c",
]  # fmt: skip


@pytest.mark.parametrize("expression", FILTERS, ids=repr)
def test_filters(compare: Comparison, expression: str) -> None:
    compare([*START, ("VSIM", "v", "VALUES", 3, 1, 1, 1, "FILTER", expression)], oracles=REDIS)


ATTRIBUTES = [
    '{"f": 1}', ' { "f" : 1 } ', '{"f":1', '{"f":1 garbage', '{"f":tru}', '{"f":true}', '{"f":truex}', '{"f":false}', '{"f":null}', '{"f":nul}', '{"f":"1"}',
    '{"f":"a\\"b"}', '{"f":"a\\nb"}', '{"f":"\\u0041"}', '{"f":""}', '{"f":"x}', '{"f":{"f":1}}', '{"g":{"f":2},"f":1}', '{"g":[1,{"f":2},"]"],"f":1}', '{"f":[1,2]}',
    '{"f":[1,"1",[1],true,null]}', '{"f":[1,]}', '{"f":[ ]}', '{"f":[{}]}', '{"f":[1', '{"f":-1}', '{"f":+1}', '{"f":1e0}', '{"f":.5}', '{"f":1.}', '{"f":1e}', '{"f":01}', '{"f":--1}',
    '{"f":1,"f":2}', '{"f":2,"f":1}', '{"g":tru,"f":1}', '{"g":true"f":1}', '{"g":1 "f":1}', '{"g":x,"f":1}', '{"g":"\\"","f":1}', '{"g":"x,"f":1}', '{"\\u0066":1}', '{f:1}', "{'f':1}",
    '{"f" 1}', '{"f":}', "{}", "[]", "1", "", '"f"', '[{"f":1}]', '{"g":nullx,"f":1}', '{"g":{"}":1},"f":1}', '{"g":{[},"f":1}', '{"g":1,,"f":1}', '{"g":1,"f":1,}', '{"F":1}', '{"f":NaN}', '{"f":Infinity}', '{"f":1}x',
    '\ufeff{"f":1}', '{"f":"é"}', "{\"f\":1\x00}", '{"g":{},"f":1}', '{"g":"a\\\\","f":1}', '{"f":"a\\\\"}', '{"f":"\\/"}',
]  # fmt: skip


@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=repr)
def test_attributes(compare: Comparison, attributes: str) -> None:
    case = [vadd("k", "a", (1, 2), "SETATTR", attributes.encode())]
    tests = (
        ".f",
        "not .f",
        ".f == 1",
        ".f == '1'",
        "1 in .f",
        ".f == null",
        ".f == 'a\"b'",
        ".f == 'A'",
        ".f == 'u0041'",
        ".f == 'é'",
        ".f == 'a\\\\'",
    )
    compare([*case, *[("VSIM", "k", "ELE", "a", "FILTER", test) for test in tests]], oracles=REDIS)


# Other commands


@pytest.mark.parametrize(
    "words",
    [
        ("GET", "v"), ("LPUSH", "v", "x"), ("SADD", "v", "x"), ("SORT", "v"), ("APPEND", "v", "x"), ("RENAME", "v", "w"), ("DEL", "v"), ("UNLINK", "v"), ("EXISTS", "v"),
        ("EXPIRE", "v", 100), ("PEXPIRE", "v", -1), ("MOVE", "v", 1), ("SET", "v", "x"), ("TOUCH", "v"), ("OBJECT", "REFCOUNT", "v"), ("FLUSHALL",), ("PERSIST", "v"),
        ("SCAN", 0, "TYPE", "vectorset", "MATCH", "v"), ("SINTERSTORE", "v", "n"),
    ],
)  # fmt: skip
def test_keys(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*START, words, ("TYPE", "v"), ("VCARD", "v") if words[0] != "SET" else ("GET", "v")], oracles=REDIS)


@pytest.mark.parametrize("words", [("COPY", "v", "w"), ("DUMP", "v")])
def test_what_differs(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*START, words], oracles=REDIS, differs={"redis-8.2": "it cannot copy them, but has payloads"})


# Sequences

ELEMENTS = st.sampled_from(["a", "b", "c", "d"])
VECTORS = st.tuples(*[st.sampled_from([-2, -1, 0, 1, 3])] * 2)
QUANTISATIONS = st.sampled_from(["Q8", "BIN", "NOQUANT"])
TEXTS = st.sampled_from(["", "{}", '{"x":1}'])


@generated
@given(
    steps=cases(
        st.builds(lambda key, values, name: step("VADD", key, "VALUES", 2, *values, name), KEYS, VECTORS, ELEMENTS),
        st.builds(
            lambda key, values, name, kind, text: step("VADD", key, "VALUES", 2, *values, name, kind, "SETATTR", text),
            KEYS, VECTORS, ELEMENTS, QUANTISATIONS, TEXTS,
        ),
        command("VADD", KEYS, "VALUES", 1, 1, ELEMENTS),
        command("VADD", KEYS, "REDUCE", 1, "VALUES", 2, 1, -1, ELEMENTS),
        command("VREM", KEYS, ELEMENTS),
        command("VSETATTR", KEYS, ELEMENTS, TEXTS),
        command("VGETATTR", KEYS, ELEMENTS),
        command("VISMEMBER", KEYS, ELEMENTS),
        command("VCARD", KEYS),
        command("VDIM", KEYS),
        command("VEMB", KEYS, ELEMENTS),
        command("VEMB", KEYS, ELEMENTS, "RAW"),
        command("VSIM", KEYS, "ELE", ELEMENTS, "TRUTH", "COUNT", 10).map(unordered),
        command("VSIM", KEYS, "VALUES", 2, 1, 2, "WITHATTRIBS", "FILTER", ".x").map(unordered),
        command("VRANDMEMBER", KEYS, 10).map(unordered),
        command("DEL", KEYS),
        command("RENAME", KEYS, KEYS),
        command("PEXPIRE", KEYS, -1),
        command("TYPE", KEYS),
    )
)  # fmt: skip
def test_any_vector_sets(compare: Comparison, steps: list[Step]) -> None:
    compare(steps, oracles=REDIS)
