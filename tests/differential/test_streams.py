"""Streams without consumer groups: every command and option, and what is wrong with them."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import Word

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
