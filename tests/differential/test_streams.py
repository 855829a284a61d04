"""Streams without consumer groups: every command and option, and what is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word, arrived, begin, elapse, expect, on, shape

Words = tuple[Word, ...]

NEWER = ("valkey-9.1", "redis-8.2")
REDIS_8_2 = ("redis-8.2",)

START: list[Words] = [
    ("XADD", "s", "1-1", "f", "v"),
    ("XADD", "s", "1-2", "a", "1", "b", "2"),
    ("XADD", "s", "3-0", "f", "x", "f", "y"),
    ("XADD", "s", "5-5", "f", ""),
    ("XADD", "empty", "7-1", "f", "v"),
    ("XDEL", "empty", "7-1"),
    ("SET", "str", "string"),
]
INFO = [("XINFO", "STREAM", key) for key in ("s", "empty")]

MOST = 2**64 - 1


@pytest.mark.parametrize(
    "words",
    [
        ("XADD", "s", "6-0", "f", "v"), ("XADD", "s", "6", "f", "v"), ("XADD", "s", "6-*", "f", "v"), ("XADD", "s", "5-*", "f", "v"),
        ("XADD", "s", "4-*", "f", "v"), ("XADD", "s", "5-5", "f", "v"), ("XADD", "s", "0-0", "f", "v"), ("XADD", "new", "0-0", "f", "v"),
        ("XADD", "new", "0-*", "f", "v"), ("XADD", "new", "0", "f", "v"), ("XADD", "new", "0-1", "f", "v"), ("XADD", "s", "-", "f", "v"),
        ("XADD", "s", "+", "f", "v"), ("XADD", "s", "x", "f", "v"), ("XADD", "s", "6-x", "f", "v"), ("XADD", "s", "6-", "f", "v"),
        ("XADD", "s", "-6", "f", "v"), ("XADD", "s", "", "f", "v"), ("XADD", "s", f"{MOST}-{MOST}", "f", "v"), ("XADD", "s", f"{MOST}", "f", "v"),
        ("XADD", "s", f"{MOST + 1}", "f", "v"), ("XADD", "s", f"6-{MOST + 1}", "f", "v"), ("XADD", "s", f"{MOST}-*", "f", "v"),
        ("XADD", "s", "6-1-1", "f", "v"), ("XADD", "s", "06-01", "f", "v"), ("XADD", "s", " 6-1", "f", "v"), ("XADD", "s", "6- 1", "f", "v"),
        ("XADD", "s", "+6-+1", "f", "v"), ("XADD", "s", "6--1", "f", "v"), ("XADD", "s", "6--01", "f", "v"), ("XADD", "s", "6-1 ", "f", "v"),
        ("XADD", "s", b"6-1\x00x", "f", "v"), ("XADD", "s", "6-" + "0" * 125 + "7", "f", "v"), ("XADD", "s", "6-" + "0" * 126 + "7", "f", "v"),
        ("XADD", "s", "**", "f", "v"), ("XADD", "s", "(6-1", "f", "v"), ("XADD", "s", "6-**", "f", "v"), ("XADD", "s", "-*", "f", "v"),
        ("XADD", "s", "*"), ("XADD", "s", "*", "f"), ("XADD", "s", "*", "f", "v", "g"), ("XADD", "s", "6-6", "f"), ("XADD", "s", "x", "f", "v", "g"),
        ("XADD", "s", "MAXLEN", "2"), ("XADD", "s", "MAXLEN", "2", "6-6"), ("XADD", "s"), ("XADD", "str", "*", "f", "v"), ("XADD", "str", "x", "f", "v"),
        ("XADD", "str", "0-0", "f", "v"), ("XADD", "str", "6-6", "f", "v", "g"), ("XADD", b"\x00\xff", "1-1", b"\x00", b"\r\n"), ("XADD", "", "1-1", "", ""),
        ("XADD", "s", "NOMKSTREAM", "6-6", "f", "v"), ("XADD", "new", "nomkstream", "6-6", "f", "v"), ("XADD", "new", "NOMKSTREAM", "0-0", "f", "v"),
        ("XADD", "new", "NOMKSTREAM", "*", "f"), ("XADD", "str", "NOMKSTREAM", "6-6", "f", "v"), ("XADD", "s", "6-6", "NOMKSTREAM", "f", "v"),
        ("XADD", "s", "NOMKSTREAM", "NOMKSTREAM", "6-6", "f", "v"),
        ("XADD", "s", "MAXLEN", "2", "6-6", "f", "v"), ("XADD", "s", "maxlen", "=", "2", "6-6", "f", "v"), ("XADD", "s", "MAXLEN", "~", "2", "6-6", "f", "v"),
        ("XADD", "s", "MAXLEN", "0", "6-6", "f", "v"), ("XADD", "s", "MAXLEN", "~", "0", "6-6", "f", "v"), ("XADD", "s", "MAXLEN", "-1", "6-6", "f", "v"),
        ("XADD", "s", "MAXLEN", "x", "6-6", "f", "v"), ("XADD", "s", "MAXLEN", "~", "6-6", "f", "v"), ("XADD", "s", "MAXLEN", "=", "=", "2", "6-6", "f", "v"),
        ("XADD", "s", "MAXLEN", "2", "MAXLEN", "1", "6-6", "f", "v"), ("XADD", "s", "MAXLEN", "2", "MINID", "1", "6-6", "f", "v"),
        ("XADD", "s", "MINID", "1", "MAXLEN", "2", "6-6", "f", "v"), ("XADD", "s", "MINID", "3", "6-6", "f", "v"), ("XADD", "s", "MINID", "=", "1-2", "6-6", "f", "v"),
        ("XADD", "s", "MINID", "~", "3-0", "6-6", "f", "v"), ("XADD", "s", "MINID", "-", "6-6", "f", "v"), ("XADD", "s", "MINID", "+", "6-6", "f", "v"),
        ("XADD", "s", "MINID", "x", "6-6", "f", "v"), ("XADD", "s", "MINID", "9", "6-6", "f", "v"), ("XADD", "s", "MINID", "~", "9", "6-6", "f", "v"),
        ("XADD", "s", "MAXLEN", "~", "2", "LIMIT", "1", "6-6", "f", "v"), ("XADD", "s", "MAXLEN", "~", "0", "LIMIT", "0", "6-6", "f", "v"),
        ("XADD", "s", "MAXLEN", "2", "LIMIT", "1", "6-6", "f", "v"), ("XADD", "s", "MAXLEN", "2", "LIMIT", "0", "6-6", "f", "v"),
        ("XADD", "s", "LIMIT", "1", "6-6", "f", "v"), ("XADD", "s", "LIMIT", "0", "6-6", "f", "v"), ("XADD", "s", "LIMIT", "-1", "6-6", "f", "v"),
        ("XADD", "s", "LIMIT", "x", "6-6", "f", "v"), ("XADD", "s", "LIMIT", "10", "MAXLEN", "~", "2", "6-6", "f", "v"),
        ("XADD", "s", "MAXLEN", "~", "0", "LIMIT", "-1", "6-6", "f", "v"), ("XADD", "s", "MAXLEN", f"{2**63}", "6-6", "f", "v"),
        ("XADD", "s", "MAXLEN", f"{2**63 - 1}", "6-6", "f", "v"), ("XADD", "s", "FOO", "6-6", "f", "v"), ("XADD", "s", "MAXLEN"), ("XADD", "s", "MAXLEN", "~"),
        ("XADD", "new", "MAXLEN", "0", "1-1", "f", "v"), ("XADD", "new", "MINID", "9", "1-1", "f", "v"), ("XADD", "s", "MAXLEN", "~", "~", "6-6", "f", "v"),
        ("XTRIM", "s", "MAXLEN", "2"), ("XTRIM", "s", "MAXLEN", "=", "0"), ("XTRIM", "s", "MAXLEN", "~", "0"), ("XTRIM", "s", "MAXLEN", "~", "1"),
        ("XTRIM", "s", "MAXLEN", "9"), ("XTRIM", "s", "MINID", "1-2"), ("XTRIM", "s", "MINID", "~", "9"), ("XTRIM", "s", "MINID", "~", "3"), ("XTRIM", "s", "MINID", "9"),
        ("XTRIM", "s", "MINID", "=", "5-4"), ("XTRIM", "s", "MAXLEN", "~", "0", "LIMIT", "3"), ("XTRIM", "s", "MAXLEN", "~", "0", "LIMIT", "4"),
        ("XTRIM", "s", "MAXLEN", "0", "LIMIT", "4"), ("XTRIM", "s", "LIMIT", "4"), ("XTRIM", "s", "LIMIT", "0"), ("XTRIM", "s", "MAXLEN"), ("XTRIM", "s", "FOO", "1"),
        ("XTRIM", "s", "MAXLEN", "1", "FOO"), ("XTRIM", "s", "MAXLEN", "x"), ("XTRIM", "s", "MAXLEN", "-1"), ("XTRIM", "s", "MINID", "x"), ("XTRIM", "s", "MINID", "-"),
        ("XTRIM", "missing", "MAXLEN", "1"), ("XTRIM", "missing", "MAXLEN", "x"), ("XTRIM", "str", "MAXLEN", "1"), ("XTRIM", "str", "FOO", "1"), ("XTRIM", "s"),
        ("XTRIM", "s", "MAXLEN", "1", "MINID", "1"), ("XTRIM", "s", "NOMKSTREAM", "MAXLEN", "1"), ("XTRIM", "s", "MAXLEN", "~", "1", "LIMIT"), ("XTRIM", "s", "*", "1"),
        ("XTRIM", "empty", "MAXLEN", "0"), ("XTRIM", "s", "MAXLEN", "~"), ("XTRIM", "s", "MAXLEN", "=", "~"),
        ("XDEL", "s", "1-1"), ("XDEL", "s", "1-1", "5-5"), ("XDEL", "s", "1-1", "1-1", "9-9"), ("XDEL", "s", "1-1", "1-2", "3", "5-5"), ("XDEL", "s", "1"),
        ("XDEL", "s", "x"), ("XDEL", "s", "1-1", "x"), ("XDEL", "s", "-"), ("XDEL", "s", "1-*"), ("XDEL", "missing", "1-1"), ("XDEL", "missing", "x"), ("XDEL", "str", "1-1"),
        ("XDEL", "str", "x"), ("XDEL", "s"), ("XDEL", "empty", "7-1"), ("XDEL", "s", "0-0"),
        ("XLEN", "s"), ("XLEN", "empty"), ("XLEN", "missing"), ("XLEN", "str"), ("XLEN",), ("XLEN", "s", "x"),
        ("XSETID", "s", "9-9"), ("XSETID", "s", "9"), ("XSETID", "s", "5-5"), ("XSETID", "s", "5-4"), ("XSETID", "s", "x"), ("XSETID", "s", "-"), ("XSETID", "missing", "1-1"),
        ("XSETID", "missing", "x"), ("XSETID", "str", "1-1"), ("XSETID", "empty", "7-1"), ("XSETID", "empty", "7-0"), ("XSETID", "empty", "8-0"), ("XSETID", "s"),
        ("XSETID", "s", "9-9", "ENTRIESADDED", "7"), ("XSETID", "s", "9-9", "ENTRIESADDED", "3"), ("XSETID", "s", "9-9", "ENTRIESADDED", "-1"),
        ("XSETID", "s", "9-9", "ENTRIESADDED", "x"), ("XSETID", "s", "9-9", "ENTRIESADDED"), ("XSETID", "s", "9-9", "MAXDELETEDID", "2-2"),
        ("XSETID", "s", "9-9", "MAXDELETEDID", "9-10"), ("XSETID", "s", "9-9", "MAXDELETEDID", "x"), ("XSETID", "s", "9-9", "MAXDELETEDID"),
        ("XSETID", "s", "9-9", "ENTRIESADDED", "7", "MAXDELETEDID", "0-0"), ("XSETID", "s", "9-9", "FOO", "1"), ("XSETID", "s", "9-9", "maxdeletedid", "1", "entriesadded", "5"),
        ("XSETID", "empty", "9-9", "ENTRIESADDED", "0"),
    ],
)  # fmt: skip
def test_one_change(compare: Comparison, words: Words) -> None:
    compare([*START, words, *INFO], oracles=NEWER)


@pytest.mark.parametrize(
    "words",
    [
        ("XRANGE", "s", "-", "+"), ("XRANGE", "s", "1", "1"), ("XRANGE", "s", "1-2", "3-0"), ("XRANGE", "s", "(1-1", "(5-5"), ("XRANGE", "s", "(1", "(5"), ("XRANGE", "s", "+", "-"),
        ("XRANGE", "s", "1-1", "1-1"), ("XRANGE", "s", "2", "2"), ("XRANGE", "s", "-", "+", "COUNT", "2"), ("XRANGE", "s", "-", "+", "count", "0"), ("XRANGE", "s", "-", "+", "COUNT", "-1"),
        ("XRANGE", "s", "-", "+", "COUNT", "x"), ("XRANGE", "s", "-", "+", "COUNT"), ("XRANGE", "s", "-", "+", "FOO", "1"), ("XRANGE", "s", "-", "+", "COUNT", "1", "COUNT", "3"),
        ("XRANGE", "s", "x", "+"), ("XRANGE", "s", "-", "x"), ("XRANGE", "s", "(-", "+"), ("XRANGE", "s", "-", "(+"), ("XRANGE", "s", "(", "+"), ("XRANGE", "s", "(0-0", "(0-0"),
        ("XRANGE", "s", "-", "(0-0"), ("XRANGE", "s", f"({MOST}-{MOST}", "+"), ("XRANGE", "s", "-", f"({MOST}"), ("XRANGE", "s", "((1-1", "+"), ("XRANGE", "s", "-"),
        ("XRANGE", "missing", "-", "+"), ("XRANGE", "missing", "-", "+", "COUNT", "0"), ("XRANGE", "missing", "x", "+"), ("XRANGE", "str", "-", "+"), ("XRANGE", "str", "-", "+", "COUNT", "0"),
        ("XRANGE", "str", "x", "+"), ("XRANGE", "empty", "-", "+"), ("XRANGE", "empty", "-", "+", "COUNT", "0"), ("XRANGE", "s", "x", "+", "FOO"), ("XRANGE", "s", "$", "+"), ("XRANGE", "s", "1-*", "+"),
        ("XREVRANGE", "s", "+", "-"), ("XREVRANGE", "s", "3", "1-2"), ("XREVRANGE", "s", "(5-5", "(1-1"), ("XREVRANGE", "s", "+", "-", "COUNT", "2"), ("XREVRANGE", "s", "-", "+"),
        ("XREVRANGE", "s", "+", "-", "COUNT", "0"), ("XREVRANGE", "s", "x", "y"), ("XREVRANGE", "s", f"({MOST}-{MOST}", f"({MOST}-{MOST}"), ("XREVRANGE", "s", "(0", "(0"),
        ("XREVRANGE", "missing", "+", "-"), ("XREVRANGE", "str", "+", "-"), ("XREVRANGE", "s", "+"), ("XREVRANGE", "s", "1-1", "1-1"), ("XREVRANGE", "s", "4", "2"),
        ("XREAD", "STREAMS", "s", "0"), ("XREAD", "COUNT", "2", "STREAMS", "s", "0-0"), ("XREAD", "STREAMS", "s", "1-1"), ("XREAD", "STREAMS", "s", "5-5"), ("XREAD", "STREAMS", "s", "9"),
        ("XREAD", "STREAMS", "s", "$"), ("XREAD", "STREAMS", "missing", "$"), ("XREAD", "STREAMS", "missing", "0"), ("XREAD", "STREAMS", "empty", "0"), ("XREAD", "STREAMS", "empty", "$"),
        ("XREAD", "STREAMS", "s", "missing", "s", "1", "0", "3"), ("XREAD", "COUNT", "1", "STREAMS", "s", "s", "0", "0"), ("XREAD", "COUNT", "0", "STREAMS", "s", "0"),
        ("XREAD", "COUNT", "-5", "STREAMS", "s", "0"), ("XREAD", "COUNT", "x", "STREAMS", "s", "0"), ("XREAD", "COUNT", "STREAMS", "s", "0"), ("XREAD", "COUNT", "1", "s", "0"),
        ("XREAD", "BLOCK", "x", "STREAMS", "s", "0"), ("XREAD", "BLOCK", "-1", "STREAMS", "s", "0"), ("XREAD", "BLOCK", "1.5", "STREAMS", "s", "0"), ("XREAD", "BLOCK", "0", "STREAMS", "s", "0"),
        ("XREAD", "BLOCK", f"{2**63 - 1}", "STREAMS", "s", "0"), ("XREAD", "STREAMS", "s", "-"), ("XREAD", "STREAMS", "s", ">"), ("XREAD", "STREAMS", "s", "x"), ("XREAD", "STREAMS", "s", "1-*"),
        ("XREAD", "STREAMS", "s", "(1"), ("XREAD", "STREAMS", "str", "0"), ("XREAD", "STREAMS", "s", "str", "0", "0"), ("XREAD", "STREAMS", "str", "x"), ("XREAD", "STREAMS", "s", "str", "x", "0"),
        ("XREAD", "GROUP", "g", "c", "STREAMS", "s", "0"), ("XREAD", "NOACK", "STREAMS", "s", "0"), ("XREAD", "FOO", "STREAMS", "s", "0"), ("XREAD", "STREAMS", "STREAMS"), ("XREAD", "STREAMS"),
        ("XREAD", "COUNT", "1", "COUNT"), ("XREAD", "STREAMS", "s", f"{MOST}-{MOST}"), ("xread", "count", "1", "streams", "s", "0"), ("XREAD", "COUNT", "1", "COUNT", "2", "STREAMS", "s", "0"),
        ("XREAD", "a", "b", "c"),
        ("XINFO", "STREAM", "s"), ("XINFO", "STREAM", "empty"), ("XINFO", "STREAM", "missing"), ("XINFO", "STREAM", "str"), ("XINFO", "STREAM"), ("XINFO", "STREAM", "s", "FULL"),
        ("XINFO", "STREAM", "s", "FULL", "COUNT", "1"), ("XINFO", "STREAM", "s", "FULL", "COUNT", "0"), ("XINFO", "STREAM", "s", "FULL", "COUNT", "-1"), ("XINFO", "STREAM", "s", "FULL", "COUNT", "x"),
        ("XINFO", "STREAM", "s", "FULL", "COUNT"), ("XINFO", "STREAM", "s", "FOO"), ("XINFO", "STREAM", "s", "FULL", "FOO", "1"), ("XINFO", "STREAM", "s", "FULL", "COUNT", "1", "x"),
        ("XINFO", "STREAM", "missing", "FOO"), ("XINFO", "STREAM", "empty", "full"), ("XINFO", "GROUPS", "s"), ("XINFO", "GROUPS", "missing"), ("XINFO", "GROUPS", "str"), ("XINFO", "GROUPS"),
        ("XINFO", "GROUPS", "s", "x"), ("XINFO", "CONSUMERS", "s", "g"), ("XINFO", "CONSUMERS", "missing", "g"), ("XINFO", "CONSUMERS", "s"), ("XINFO", "CONSUMERS", "str", "g"),
        ("XINFO", "NOSUCH", "s"), ("XINFO",), ("TYPE", "s"), ("TYPE", "empty"), ("EXISTS", "empty"), ("SCAN", "0", "TYPE", "stream", "COUNT", "0"), ("GET", "s"), ("LPUSH", "s", "x"),
    ],
)  # fmt: skip
def test_one_look(compare: Comparison, words: Words) -> None:
    compare([*START, words], oracles=NEWER)


def test_words_that_are_no_ids_for_xread(compare: Comparison) -> None:
    compare([*START, ("XREAD", "STREAMS", "s", "+"), ("XREAD", "STREAMS", "missing", "empty", "+", "+")], oracles=NEWER)
    differs = {"valkey-9.1": "finds nothing once the entry with the greatest id was deleted"}
    compare([*START, ("XDEL", "s", "5-5"), ("XREAD", "STREAMS", "s", "+")], oracles=NEWER, differs=differs)
    differs = {"valkey-9.1": "does not name the id + in the error"}
    compare([("XREAD", "STREAMS", "a", "b", "c")], oracles=NEWER, differs=differs)


def test_generated_ids(compare: Comparison) -> None:
    """The id of now is greater than those before; it does not go back behind one in the future."""
    compare([shape("XADD", "s", "*", "f", "v"), shape("XADD", "s", "*", "f", "v"), ("XLEN", "s"), ("DEL", "s")])
    future = 4102444800000
    more = [
        ("XADD", "s", "*", "f", "v"),
        ("XADD", "s", f"{future}-*", "f", "v"),
        ("XADD", "s", f"{future + 1}-*", "f", "v"),
    ]
    compare([("XADD", "s", f"{future}-7", "f", "v"), *more], oracles=NEWER)
    compare([("XADD", "s", f"{future}-{MOST}", "f", "v"), *more], oracles=NEWER)
    compare([("XADD", "s", f"{MOST}-{MOST - 1}", "f", "v"), *more[:1], *more], oracles=NEWER)


# Nodes: what is trimmed with ~


def entries(count: int, *fields: Word, first: int = 1) -> list[Words]:
    return [("XADD", "s", f"{number}-0", *fields) for number in range(first, first + count)]


LOOK: list[Words] = [("XINFO", "STREAM", "s"), ("XLEN", "s")]

#: Kinds of entries: those of which a hundred fit into a node, and those of which the bytes decide.
KINDS: dict[str, list[Words]] = {
    "small": entries(230, "f", "v"),
    "integers": entries(230, "field", 1234567890123),
    "negative": entries(230, "field", -4097, "other", "-0", "more", "007"),
    "other fields": [("XADD", "s", f"{n}-{n % 7}", f"field{n % 2}", n * 1_000_003) for n in range(1, 231)],
    "medium": entries(150, "field", "v" * 60),
    "long": entries(60, "field", "v" * 130),
    "longer": entries(10, "field", "v" * 4100),
    "longest": entries(3, "field", "v" * 20_000, "other", "w" * 70_000),
    "mixed": [("XADD", "s", f"{n}-0", "a", "x" * (n * 37 % 211), "b", n) for n in range(1, 150)],
    "many fields": [("XADD", "s", f"{n}-0", *[f"f{m}" for m in range(140)]) for n in range(1, 20)],
    "times": [("XADD", "s", f"{1526919030474 + n * n * 977}-{n % 3}", "name", "x", "age", n) for n in range(1, 250)],
    "sequences": [("XADD", "s", f"1526919030474-{n * 33}", "f", n) for n in range(1, 250)],
    "going back": [("XADD", "s", f"{1000 + n}-{MOST - n * 7}", "f", n) for n in range(1, 200)],
}
TRIMS: list[Words] = [
    ("MAXLEN", "~", 100), ("MAXLEN", "~", 3), ("MAXLEN", "~", 0), ("MAXLEN", 77), ("MINID", "~", 101), ("MINID", "~", 1526919030474), ("MINID", 55), ("MAXLEN", "~", 0, "LIMIT", 120),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_nodes(compare: Comparison, kind: str) -> None:
    """The nodes begin at the same entries: they are as many after each trimming, and the same entries are left."""
    for trim in TRIMS[:3] if kind == "longest" else TRIMS:
        compare([*KINDS[kind], *LOOK, ("XTRIM", "s", *trim), *LOOK], oracles=NEWER)


@pytest.mark.parametrize("most", [(10, 4096), (0, 100), (0, 0), (7, 0), (1, 1), (100, 60), (1000, 100_000)])
def test_configured_nodes(compare: Comparison, most: tuple[int, int]) -> None:
    configured = ("CONFIG", "SET", "stream-node-max-entries", most[0], "stream-node-max-bytes", most[1])
    trims = [("XTRIM", "s", "MAXLEN", "~", 60), *LOOK, ("XTRIM", "s", "MAXLEN", "~", 0, "LIMIT", 30), *LOOK]
    compare([configured, *entries(140, "f", "value"), *LOOK, *trims], oracles=NEWER)


def test_deleted_entries_take_room(compare: Comparison) -> None:
    """A node keeps the place of what was deleted from it, and goes with its last entry."""
    deleted = [("XDEL", "s", *[f"{n}-0" for n in range(20, 90)]), ("XTRIM", "s", "MAXLEN", 40)]
    compare([*entries(95, "f", "v"), *deleted, *entries(50, "f", "v", first=100), *LOOK], oracles=NEWER)
    whole = [("XDEL", "s", *[f"{n}-0" for n in range(101, 201)]), *LOOK]
    compare([*entries(250, "f", "v"), *whole, ("XTRIM", "s", "MAXLEN", "~", 60), *LOOK], oracles=NEWER)


def test_the_node_before_is_filled_up(compare: Comparison) -> None:
    """Once the last node has gone with its last entry, the one before takes entries again if it has room."""
    full = [*entries(30, "f", "v" * 130), ("XADD", "s", "40-0", "f", "v" * 300), *LOOK, ("XDEL", "s", "40-0"), *LOOK]
    compare([*full, ("XADD", "s", "50-0", "f", "v"), *LOOK, ("XADD", "s", "51-0", "f", "v" * 90), *LOOK], oracles=NEWER)
    compare([*entries(101, "f", "v"), ("XDEL", "s", "101-0"), *entries(3, "f", "v", first=200), *LOOK], oracles=NEWER)
    compare([*entries(3, "f", "v" * 2000), ("XDEL", "s", "3-0"), *entries(2, "f", 5, first=5), *LOOK], oracles=NEWER)


def test_nothing_but_deleted_entries(compare: Comparison) -> None:
    case = [*entries(5, "f", "v"), ("XDEL", "s", "5-0"), ("XTRIM", "s", "MINID", "5-0"), *LOOK]
    compare([*case, ("XADD", "s", "6-0", "f", "v"), *LOOK], oracles=NEWER)
    compare([*case, ("XTRIM", "s", "MINID", "9-0"), *LOOK], oracles=NEWER)


def test_ids_go_back(compare: Comparison) -> None:
    """Behind entries that are gone, XSETID lets ids be given again."""
    back = [
        ("XSETID", "s", "9-0", "MAXDELETEDID", "1-0"),
        ("XSETID", "s", "4-5"),
        ("XADD", "s", "4-6", "f", "v"),
        *LOOK,
    ]
    more = [*entries(200, "f", "v", first=5), ("XTRIM", "s", "MAXLEN", "~", 120), *LOOK, ("XRANGE", "s", "4", "6")]
    compare([*entries(5, "f", "v"), ("XDEL", "s", "5-0"), *back, *more], oracles=NEWER)
    compare([*entries(5, "f", "v"), ("XTRIM", "s", "MAXLEN", 0), *back, *more], oracles=NEWER)


def test_trimming_while_adding(compare: Comparison) -> None:
    for trim in [
        ("MAXLEN", "~", 120),
        ("MAXLEN", 120),
        ("MINID", "~", 150),
        ("MINID", 150),
        ("MAXLEN", "~", 0, "LIMIT", 100),
    ]:
        steps = [("XADD", "s", *trim, f"{number}-0", "f", number) for number in range(1, 330)]
        compare([*steps, *LOOK, ("XTRIM", "s", "MAXLEN", "~", 10), *LOOK], oracles=NEWER)


def test_many_entries_are_read(compare: Comparison) -> None:
    reads: list[Words] = [
        ("XRANGE", "s", "-", "+"), ("XREVRANGE", "s", "+", "-"), ("XRANGE", "s", "99", "203", "COUNT", 102), ("XREVRANGE", "s", "203", "(99", "COUNT", 102), ("XREAD", "COUNT", 150, "STREAMS", "s", "150"),
        ("XRANGE", "s", "100-1", "100-9"), ("XRANGE", "s", "(100", "(102"), ("XREVRANGE", "s", "101-0", "100-0"), ("XRANGE", "s", "351", "+"), ("XREVRANGE", "s", "0", "-"),
    ]  # fmt: skip
    compare(
        [*entries(350, "f", "v"), ("XDEL", "s", "100-0", "101-0", "350-0"), *reads, ("COPY", "s", "t"), ("DEL", "s")]
    )


# Waiting


@pytest.mark.parametrize(
    "words",
    [
        ("XREAD", "BLOCK", 0, "STREAMS", "s", "$"), ("XREAD", "BLOCK", 0, "STREAMS", "s", "0"), ("XREAD", "COUNT", 1, "BLOCK", 0, "STREAMS", "s", "t", "$", "$"), ("XREAD", "BLOCK", 0, "STREAMS", "t", "s", "$", "0"),
        ("XREAD", "BLOCK", 0, "STREAMS", "s", "s", "0", "$"), ("XREAD", "BLOCK", 0, "STREAMS", "s", "+"), ("XREAD", "BLOCK", 0, "STREAMS", "s", "1-1"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "cause",
    [
        [("XADD", "s", "1-1", "f", "v"), ("XADD", "s", "1-2", "f", "v"), ("XADD", "s", "9-9", "f", "v")],
        [("MULTI",), ("XADD", "s", "1-1", "f", "v"), ("XADD", "s", "1-2", "f", "v"), ("EXEC",)],
        [("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"), ("XSETID", "s", "1-1"), ("XADD", "s", "1-2", "f", "v")],
        [("SET", "s", "x"), ("DEL", "s"), ("LPUSH", "s", "x"), ("DEL", "s"), ("XADD", "s", "1-2", "f", "v")],
        [("XADD", "u", "1-2", "f", "v"), ("RENAME", "u", "s")],
        [("XADD", "u", "1-2", "f", "v"), ("COPY", "u", "s")],
        [("MULTI",), ("XADD", "s", "1-1", "f", "v"), ("DEL", "s"), ("EXEC",), ("XADD", "s", "1-2", "f", "v")],
    ],
)
def test_waiting(compare: Comparison, words: Words, cause: list[Words]) -> None:
    compare([begin(*words), *[on("b", *each) for each in cause], expect()], oracles=NEWER)


def test_what_is_there_is_not_new(compare: Comparison) -> None:
    """The id `$` is that of the moment at which the client is blocked."""
    new = [on("b", "XADD", "s", "6-6", "f", "v"), expect()]
    compare([*START, begin("XREAD", "BLOCK", 0, "STREAMS", "s", "$"), on("b", "XDEL", "s", "5-5"), arrived(), *new])
    compare(
        [*START, begin("XREAD", "BLOCK", 0, "STREAMS", "s", "$"), on("b", "XTRIM", "s", "MAXLEN", 0), arrived(), *new]
    )
    compare([*START, begin("XREAD", "BLOCK", 0, "STREAMS", "empty", "s", "7-1", "$"), *new])


def test_all_that_wait_get_the_entry(compare: Comparison) -> None:
    wait = begin("XREAD", "BLOCK", 0, "STREAMS", "s", "$")
    compare(
        [on("a", wait), on("b", wait), on("c", "XADD", "s", "1-1", "f", "v"), expect("a"), expect("b"), on("b", "PING")]
    )


def test_timeouts(compare: Comparison) -> None:
    compare([begin("XREAD", "BLOCK", 20, "STREAMS", "s", "$"), elapse(20), expect(), ("PING",)])
    compare(
        [
            begin("XREAD", "BLOCK", 20, "STREAMS", "s", "t", "0", "$"),
            elapse(20),
            expect(),
            ("XADD", "s", "1-1", "f", "v"),
        ]
    )
    compare([("XREAD", "BLOCK", "x", "STREAMS", "s", "$"), ("XREAD", "BLOCK", -1, "STREAMS", "str", "$")])
    compare(
        [("XREAD", "BLOCK", MOST, "STREAMS", "s", "$"), ("XREAD", "BLOCK", 2**63 - 1, "STREAMS", "s", "$")],
        oracles=NEWER,
    )
    compare([("MULTI",), ("XREAD", "BLOCK", 0, "STREAMS", "s", "$"), ("EXEC",)])


# Anything

NUMBERS = st.sampled_from([0, 1, 2, 3, 5])
IDS = st.one_of(
    st.builds("{}-{}".format, NUMBERS, NUMBERS),
    st.builds("{}-*".format, NUMBERS),
    st.sampled_from(["0", "1", "4", "7-0", "-", "+", "x", "(1-1", "(2"]),
)
ENDS = st.one_of(IDS, st.sampled_from(["-", "+"]))
COUNTS = st.integers(-1, 4)

CHANGES = [
    command("XADD", KEYS, IDS, "f", st.sampled_from("xyz")),
    command("XADD", KEYS, st.builds("{}-*".format, st.integers(4, 9)), "f", "x", "g", "y"),
    command("XADD", KEYS, "MAXLEN", COUNTS, st.builds("{}-*".format, st.integers(4, 9)), "f", "x"),
    command("XADD", KEYS, "NOMKSTREAM", "MINID", "~", IDS, IDS, "f", "x"),
    command("XDEL", KEYS, IDS, IDS),
    command("XTRIM", KEYS, "MAXLEN", st.sampled_from(["~", "="]), COUNTS),
    command("XTRIM", KEYS, "MINID", st.sampled_from(["~", "="]), IDS),
    command("XSETID", KEYS, IDS),
    command("XSETID", KEYS, IDS, "ENTRIESADDED", COUNTS, "MAXDELETEDID", IDS),
    command("XRANGE", KEYS, ENDS, ENDS, "COUNT", COUNTS),
    command("XREVRANGE", KEYS, ENDS, ENDS),
    command("XREAD", "COUNT", COUNTS, "STREAMS", KEYS, KEYS, IDS, st.one_of(IDS, st.just("$"))),
    command("XLEN", KEYS),
    command("XINFO", "STREAM", KEYS),
    command("SET", KEYS, "string"),
    command("DEL", KEYS),
    command("RENAME", KEYS, KEYS),
    command("COPY", KEYS, KEYS),
    command("EXPIREAT", KEYS, st.sampled_from([1, 4102444800])),
]


@generated
@given(steps=cases(*CHANGES))
def test_any_streams(compare: Comparison, steps: list[Step]) -> None:
    compare([*steps, *[("XINFO", "STREAM", key) for key in ("k1", "k2", "k3")]], oracles=NEWER)


@generated
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.integers(1, 60), st.sampled_from([1, 40, 150])).map(lambda many: ("add", *many)),
            st.tuples(st.integers(0, 200), st.integers(1, 90)).map(lambda part: ("delete", *part)),
            st.tuples(st.sampled_from(["MAXLEN", "MINID"]), st.sampled_from(["~", "="]), st.integers(0, 200)),
        ),
        max_size=12,
    )
)
def test_any_nodes(compare: Comparison, steps: list[Words]) -> None:
    case: list[Words] = [("CONFIG", "SET", "stream-node-max-entries", 20, "stream-node-max-bytes", 1000)]
    last = 0
    for first, second, *third in steps:
        if first == "add":
            case += [("XADD", "s", f"{last + n}-0", "f", "v" * third[0], "n", n) for n in range(1, int(second) + 1)]
            last += int(second)
        elif first == "delete":
            case.append(("XDEL", "s", *[f"{int(second) + n}-0" for n in range(third[0])]))
        else:
            case.append(("XTRIM", "s", first, second, third[0]))
        case.append(("XINFO", "STREAM", "s"))
    compare(case, oracles=NEWER)
