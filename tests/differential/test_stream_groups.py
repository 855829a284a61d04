"""Consumer groups of streams: every command and option, and what is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import command, generated
from tests.differential.steps import Step, Word, arrived, begin, elapse, expect, near, on, shape

Words = tuple[Word, ...]

#: Redis 7.0 counts and words some of this in other ways.
NEWER = ("valkey-9.1", "redis-8.2")
REDIS_8_2 = ("redis-8.2",)
NEVER_TRIMS = {"redis-8.2": "does not trim at all with ~ and DELREF or ACKED, later versions do"}

START: list[Words] = [
    ("XADD", "s", "1-1", "f", "1"),
    ("XADD", "s", "1-2", "f", "2"),
    ("XADD", "s", "3-0", "f", "3"),
    ("XADD", "s", "4-0", "f", "4"),
    ("XADD", "s", "5-5", "f", "5"),
    ("XGROUP", "CREATE", "s", "g", "0"),
    ("XGROUP", "CREATE", "s", "h", "$"),
    ("XREADGROUP", "GROUP", "g", "alice", "COUNT", "2", "STREAMS", "s", ">"),
    ("XREADGROUP", "GROUP", "g", "bob", "COUNT", "1", "STREAMS", "s", ">"),
    ("XDEL", "s", "1-2"),
    ("SET", "str", "string"),
]
#: How much time may show in what is compared.
SLOW = 5_000


def pending(group: str = "g") -> Step:
    return near(SLOW, "XPENDING", "s", group, "-", "+", "100")


LOOK: list[Words | Step] = [
    pending(),
    ("XPENDING", "s", "g"),
    ("XINFO", "GROUPS", "s"),
    near(SLOW, "XINFO", "CONSUMERS", "s", "g"),
    ("XINFO", "STREAM", "s"),
]


@pytest.mark.parametrize(
    "words",
    [
        ("XGROUP", "CREATE", "s", "new", "0"), ("XGROUP", "CREATE", "s", "new", "$"), ("XGROUP", "CREATE", "s", "new", "3"), ("XGROUP", "CREATE", "s", "new", "9-9"), ("XGROUP", "CREATE", "s", "g", "0"),
        ("XGROUP", "CREATE", "s", "new", "x"), ("XGROUP", "CREATE", "s", "new", "-"), ("XGROUP", "CREATE", "s", "new", "+"), ("XGROUP", "CREATE", "s", "new", ">"),
        ("XGROUP", "CREATE", "missing", "new", "0"), ("XGROUP", "CREATE", "missing", "new", "$", "MKSTREAM"), ("XGROUP", "CREATE", "missing", "new", "x", "MKSTREAM"), ("XGROUP", "CREATE", "missing", "new", "x"),
        ("XGROUP", "CREATE", "s", "new", "0", "mkstream"), ("XGROUP", "CREATE", "s", "new", "0", "ENTRIESREAD", "3"), ("XGROUP", "CREATE", "s", "new", "0", "ENTRIESREAD", "-1"),
        ("XGROUP", "CREATE", "s", "new", "0", "ENTRIESREAD", "-2"), ("XGROUP", "CREATE", "s", "new", "0", "ENTRIESREAD", "x"), ("XGROUP", "CREATE", "s", "new", "0", "ENTRIESREAD"),
        ("XGROUP", "CREATE", "s", "new", "0", "ENTRIESREAD", "0", "MKSTREAM"), ("XGROUP", "CREATE", "missing", "new", "$", "MKSTREAM", "ENTRIESREAD", "0"),
        ("XGROUP", "CREATE", "s", "new", "0", "MKSTREAM", "MKSTREAM", "MKSTREAM"), ("XGROUP", "CREATE", "s", "new", "0", "MKSTREAM", "MKSTREAM", "MKSTREAM", "MKSTREAM"),
        ("XGROUP", "CREATE", "missing", "new", "0", "MKSTREAM", "MKSTREAM", "MKSTREAM", "MKSTREAM"), ("XGROUP", "CREATE", "s", "new", "0", "FOO"), ("XGROUP", "CREATE", "missing", "new", "0", "FOO"),
        ("XGROUP", "CREATE", "str", "new", "0"), ("XGROUP", "CREATE", "str", "new", "0", "MKSTREAM"), ("XGROUP", "CREATE", "str", "new", "0", "FOO"), ("XGROUP", "CREATE", "s", "new"), ("XGROUP", "CREATE", "s"),
        ("XGROUP", "CREATE", "s", "", "0"), ("XGROUP", "CREATE", "s", b"\x00\xff", "0"),
        ("XGROUP", "SETID", "s", "g", "0"), ("XGROUP", "SETID", "s", "g", "$"), ("XGROUP", "SETID", "s", "g", "4"), ("XGROUP", "SETID", "s", "g", "x"), ("XGROUP", "SETID", "s", "g", "-"), ("XGROUP", "SETID", "s", "g", "+"),
        ("XGROUP", "SETID", "s", "nosuch", "0"), ("XGROUP", "SETID", "missing", "g", "0"), ("XGROUP", "SETID", "str", "g", "0"), ("XGROUP", "SETID", "s", "g", "0", "ENTRIESREAD", "2"),
        ("XGROUP", "SETID", "s", "g", "0", "ENTRIESREAD", "-1"), ("XGROUP", "SETID", "s", "g", "0", "ENTRIESREAD", "-2"), ("XGROUP", "SETID", "s", "g", "0", "MKSTREAM"), ("XGROUP", "SETID", "s", "g", "0", "ENTRIESREAD"),
        ("XGROUP", "SETID", "s", "g", "0", "ENTRIESREAD", "1", "ENTRIESREAD", "2"), ("XGROUP", "SETID", "s", "nosuch", "x"), ("XGROUP", "SETID", "s", "g"),
        ("XGROUP", "DESTROY", "s", "g"), ("XGROUP", "DESTROY", "s", "nosuch"), ("XGROUP", "DESTROY", "missing", "g"), ("XGROUP", "DESTROY", "str", "g"), ("XGROUP", "DESTROY", "s"), ("XGROUP", "DESTROY", "s", "g", "x"),
        ("XGROUP", "CREATECONSUMER", "s", "g", "carol"), ("XGROUP", "CREATECONSUMER", "s", "g", "alice"), ("XGROUP", "CREATECONSUMER", "s", "nosuch", "c"), ("XGROUP", "CREATECONSUMER", "missing", "g", "c"),
        ("XGROUP", "CREATECONSUMER", "str", "g", "c"), ("XGROUP", "CREATECONSUMER", "s", "g"), ("XGROUP", "CREATECONSUMER", "s", "g", ""),
        ("XGROUP", "DELCONSUMER", "s", "g", "alice"), ("XGROUP", "DELCONSUMER", "s", "g", "nobody"), ("XGROUP", "DELCONSUMER", "s", "nosuch", "c"), ("XGROUP", "DELCONSUMER", "missing", "g", "c"),
        ("XGROUP", "DELCONSUMER", "str", "g", "c"), ("XGROUP", "DELCONSUMER", "s", "g"), ("XGROUP", "NOSUCH", "s"), ("XGROUP",), ("xgroup", "create", "s", "new", "0"),
        ("XACK", "s", "g", "1-1"), ("XACK", "s", "g", "1-1", "1-1", "3-0", "9-9"), ("XACK", "s", "g", "1-1", "x"), ("XACK", "s", "g", "1"), ("XACK", "s", "nosuch", "1-1"), ("XACK", "s", "nosuch", "x"),
        ("XACK", "missing", "g", "x"), ("XACK", "str", "g", "1-1"), ("XACK", "s", "g"), ("XACK", "s", "g", "-"), ("XACK", "s", "g", "1-2"), ("XACK", "s", "h", "1-1"),
        ("XDEL", "s", "1-1"), ("XTRIM", "s", "MAXLEN", "2"), ("XADD", "s", "6-0", "f", "6"), ("XSETID", "s", "9-0"), ("XDEL", "s", "5-5"), ("XDEL", "s", "4-0"),
        ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", ">"), ("XREADGROUP", "GROUP", "g", "alice", "COUNT", "1", "STREAMS", "s", ">"), ("XREADGROUP", "GROUP", "g", "carol", "STREAMS", "s", ">"),
        ("XREADGROUP", "GROUP", "g", "carol", "NOACK", "STREAMS", "s", ">"), ("XREADGROUP", "GROUP", "h", "carol", "STREAMS", "s", ">"), ("XREADGROUP", "GROUP", "h", "carol", "STREAMS", "s", "0"),
        ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", "0"), ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", "1-1"), ("XREADGROUP", "GROUP", "g", "alice", "COUNT", "1", "STREAMS", "s", "0"),
        ("XREADGROUP", "GROUP", "g", "bob", "STREAMS", "s", "0"), ("XREADGROUP", "GROUP", "g", "bob", "STREAMS", "s", "3"), ("XREADGROUP", "GROUP", "g", "alice", "BLOCK", "0", "STREAMS", "s", "9"),
        ("XREADGROUP", "GROUP", "g", "alice", "NOACK", "STREAMS", "s", "0"), ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", "s", ">", "0"), ("XREADGROUP", "GROUP", "g", "alice", "COUNT", "1", "STREAMS", "s", "s", ">", ">"),
        ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", "$"), ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", "+"), ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", "-"),
        ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", "x"), ("XREADGROUP", "GROUP", "nosuch", "alice", "STREAMS", "s", ">"), ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "missing", ">"),
        ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "str", ">"), ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", "missing", ">", ">"), ("XREADGROUP", "GROUP", "nosuch", "alice", "STREAMS", "s", "x"),
        ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", "s", "x", ">"), ("XREADGROUP", "GROUP", "g", "carol", "STREAMS", "s", "s", ">", "x"),
        ("XREADGROUP", "COUNT", "1", "STREAMS", "s", "s", ">", ">"), ("XREADGROUP", "STREAMS", "s", "s", "s", ">", ">", ">"), ("XREADGROUP", "STREAMS", "s", "s", "s", ">", ">"), ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s"),
        ("XREADGROUP", "GROUP", "g", "alice", "COUNT", "1", "s", ">"), ("XREADGROUP", "GROUP", "g", "alice", "FOO", "STREAMS", "s", ">"), ("XREADGROUP", "GROUP", "g", "alice", "COUNT", "x", "STREAMS", "s", ">"),
        ("XREADGROUP", "GROUP", "g", "alice", "COUNT", "-1", "STREAMS", "s", ">"), ("XREADGROUP", "GROUP", "g", "alice", "BLOCK", "x", "STREAMS", "s", ">"), ("XREADGROUP", "GROUP", "g", "alice", "BLOCK", "-1", "STREAMS", "s", ">"),
        ("XREADGROUP", "COUNT", "1", "NOACK", "GROUP", "g", "alice", "STREAMS", "s", ">"), ("XREADGROUP", "GROUP", "g", "x", "GROUP", "g", "alice", "STREAMS", "s", ">"), ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", f"{2**64 - 1}-{2**64 - 1}"),
        ("XCLAIM", "s", "g", "bob", "0", "1-1"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "1-2", "3-0", "4-0"), ("XCLAIM", "s", "g", "carol", "0", "1-1", "JUSTID"), ("XCLAIM", "s", "g", "carol", "0", "9-9"),
        ("XCLAIM", "s", "g", "bob", "100000", "1-1"), ("XCLAIM", "s", "g", "bob", "-5", "1-1"), ("XCLAIM", "s", "g", "bob", "x", "1-1"), ("XCLAIM", "s", "g", "bob", "0", "x"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "x"),
        ("XCLAIM", "s", "g", "bob", "0", "1-1", "RETRYCOUNT", "7"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "RETRYCOUNT", "0"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "RETRYCOUNT", "-1"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "RETRYCOUNT", "x"),
        ("XCLAIM", "s", "g", "bob", "0", "1-1", "RETRYCOUNT"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "JUSTID", "RETRYCOUNT", "7"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "IDLE", "60000"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "IDLE", "-60000"),
        ("XCLAIM", "s", "g", "bob", "0", "1-1", "IDLE", "x"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "IDLE"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "IDLE", f"{2**62}"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "TIME", f"{2**62}"),
        ("XCLAIM", "s", "g", "bob", "0", "1-1", "TIME", "-1"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "TIME", "x"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "TIME", "1600000000000"), ("XCLAIM", "s", "g", "bob", "0", "4-0", "FORCE"), ("XCLAIM", "s", "g", "bob", "0", "4-0", "5-5", "FORCE", "JUSTID"),
        ("XCLAIM", "s", "g", "bob", "100000", "4-0", "FORCE"), ("XCLAIM", "s", "g", "bob", "0", "4-0", "FORCE", "RETRYCOUNT", "3"), ("XCLAIM", "s", "g", "bob", "0", "9-9", "1-2", "FORCE"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "LASTID", "5-0"),
        ("XCLAIM", "s", "g", "bob", "0", "9-9", "LASTID", "5-0"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "LASTID", "1-0"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "LASTID", "x"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "FOO"),
        ("XCLAIM", "s", "g", "bob", "0", "1-1", "FOO", "1"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "IDLE", "1", "3-0"), ("XCLAIM", "s", "g", "bob", "0", "JUSTID"), ("XCLAIM", "s", "nosuch", "bob", "0", "1-1"), ("XCLAIM", "s", "nosuch", "bob", "x", "1-1"),
        ("XCLAIM", "missing", "g", "bob", "0", "1-1"), ("XCLAIM", "str", "g", "bob", "0", "1-1"), ("XCLAIM", "s", "g", "bob", "0"), ("XCLAIM", "s", "g", "alice", "0", "1-1", "1-1"), ("XCLAIM", "s", "g", "bob", "0", "1-1", "force", "justid", "lastid", "9-9"),
        ("XAUTOCLAIM", "s", "g", "bob", "0", "0"), ("XAUTOCLAIM", "s", "g", "bob", "0", "-"), ("XAUTOCLAIM", "s", "g", "carol", "0", "0", "COUNT", "1"), ("XAUTOCLAIM", "s", "g", "carol", "0", "0", "COUNT", "2"), ("XAUTOCLAIM", "s", "g", "carol", "0", "0", "COUNT", "3", "JUSTID"),
        ("XAUTOCLAIM", "s", "g", "bob", "0", "(1-1"), ("XAUTOCLAIM", "s", "g", "bob", "0", "3"), ("XAUTOCLAIM", "s", "g", "bob", "0", "9"), ("XAUTOCLAIM", "s", "g", "bob", "100000", "0"), ("XAUTOCLAIM", "s", "g", "bob", "-1", "0", "JUSTID"), ("XAUTOCLAIM", "s", "g", "bob", "100000", "0", "COUNT", "1"),
        ("XAUTOCLAIM", "s", "g", "bob", "x", "0"), ("XAUTOCLAIM", "s", "g", "bob", "0", "x"), ("XAUTOCLAIM", "s", "g", "bob", "0", "(-"), ("XAUTOCLAIM", "s", "g", "bob", "0", f"({2**64 - 1}-{2**64 - 1}"), ("XAUTOCLAIM", "s", "g", "bob", "0", "0", "COUNT", "0"),
        ("XAUTOCLAIM", "s", "g", "bob", "0", "0", "COUNT", "-1"), ("XAUTOCLAIM", "s", "g", "bob", "0", "0", "COUNT", "x"), ("XAUTOCLAIM", "s", "g", "bob", "0", "0", "COUNT"), ("XAUTOCLAIM", "s", "g", "bob", "0", "0", "FOO"), ("XAUTOCLAIM", "s", "g", "bob", "0", "0", "COUNT", f"{2**63 - 1}"),
        ("XAUTOCLAIM", "s", "nosuch", "bob", "0", "0"), ("XAUTOCLAIM", "s", "nosuch", "bob", "x", "0"), ("XAUTOCLAIM", "missing", "g", "bob", "0", "0"), ("XAUTOCLAIM", "missing", "g", "bob", "0", "x"), ("XAUTOCLAIM", "str", "g", "bob", "0", "0"), ("XAUTOCLAIM", "str", "g", "bob", "x", "0"), ("XAUTOCLAIM", "s", "g", "bob", "0"),
        ("XPENDING", "s", "g"), ("XPENDING", "s", "h"), ("XPENDING", "s", "nosuch"), ("XPENDING", "missing", "g"), ("XPENDING", "str", "g"), ("XPENDING", "s"), ("XPENDING", "s", "g", "-"), ("XPENDING", "s", "g", "-", "+"), ("XPENDING", "s", "g", "-", "+", "x"),
        ("XPENDING", "s", "g", "-", "+", "0"), ("XPENDING", "s", "g", "-", "+", "-1"), ("XPENDING", "s", "g", "x", "+", "1"), ("XPENDING", "s", "g", "-", "x", "1"), ("XPENDING", "s", "g", "(-", "+", "1"), ("XPENDING", "s", "g", "-", "+", "1", "nobody"),
        ("XPENDING", "s", "g", "IDLE", "0"), ("XPENDING", "s", "g", "IDLE", "0", "-"), ("XPENDING", "s", "g", "IDLE", "0", "-", "+"), ("XPENDING", "s", "g", "IDLE", "x", "-", "+", "1"), ("XPENDING", "s", "g", "IDLE", "100000", "-", "+", "10"), ("XPENDING", "s", "g", "IDLE", "x", "-"),
        ("XPENDING", "s", "nosuch", "-", "+", "x"), ("XPENDING", "s", "g", "-", "(0-0", "1"), ("XPENDING", "s", "g", "IDLE", "0", "-", "+", "x"), ("XPENDING", "s", "g", "-", "+", "1", "IDLE", "1"),
        ("XINFO", "GROUPS", "s"), ("XINFO", "CONSUMERS", "s", "h"), ("XINFO", "CONSUMERS", "s", "nosuch"), ("XINFO", "STREAM", "s"), ("COPY", "s", "t"),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, words: Words) -> None:
    compare([*START, words, *LOOK], oracles=NEWER)


@pytest.mark.parametrize(
    "words",
    [
        ("XPENDING", "s", "g", "-", "+", "1", "alice", "x"), ("XPENDING", "s", "g", "IDLE", "0", "-", "+", "1", "alice", "x"),
        ("XPENDING", "s", "g", "-", "+", "1"), ("XPENDING", "s", "g", "-", "+", "10"), ("XPENDING", "s", "g", "(1-1", "3", "10"), ("XPENDING", "s", "g", "1-2", "(3", "10"), ("XPENDING", "s", "g", "-", "+", "10", "alice"),
        ("XPENDING", "s", "g", "-", "+", "1", "bob"), ("XPENDING", "s", "g", "IDLE", "0", "-", "+", "10"), ("XPENDING", "s", "g", "idle", "-5", "-", "+", "10", "alice"), ("XPENDING", "s", "g", "+", "-", "10"), ("XINFO", "CONSUMERS", "s", "g"), ("XINFO", "STREAM", "s", "FULL"), ("XINFO", "STREAM", "s", "FULL", "COUNT", "1"), ("XINFO", "STREAM", "s", "FULL", "COUNT", "0"),
    ],
)  # fmt: skip
def test_what_shows_time(compare: Comparison, words: Words) -> None:
    compare([*START, near(SLOW, *words)], oracles=NEWER)


def test_the_lag_of_an_empty_stream(compare: Comparison) -> None:
    differs = {"valkey-9.1": "the lag is not zero although nothing is left to read"}
    compare([*START, ("XTRIM", "s", "MAXLEN", "0"), *LOOK], oracles=NEWER, differs=differs)


@pytest.mark.parametrize(
    "words",
    [
        ("XTRIM", "s", "KEEPREF", "MAXLEN", "1"), ("XTRIM", "s", "DELREF", "MAXLEN", "1"), ("XTRIM", "s", "ACKED", "MAXLEN", "1"), ("XTRIM", "s", "MAXLEN", "1", "ACKED"), ("XTRIM", "s", "acked", "MINID", "4"),
        ("XTRIM", "s", "DELREF", "MINID", "4"), ("XTRIM", "s", "DELREF", "MAXLEN", "~", "1"), ("XTRIM", "s", "ACKED", "MAXLEN", "~", "0"), ("XTRIM", "s", "DELREF", "MAXLEN", "0"), ("XTRIM", "s", "KEEPREF", "DELREF", "MAXLEN", "1"),
        ("XTRIM", "s", "ACKED", "ACKED", "MAXLEN", "1"), ("XTRIM", "s", "ACKED"), ("XTRIM", "s", "DELREF", "MAXLEN", "~", "0", "LIMIT", "2"), ("XTRIM", "s", "DELREF", "MINID", "9"),
        ("XADD", "s", "KEEPREF", "MAXLEN", "1", "6-0", "f", "6"), ("XADD", "s", "DELREF", "MAXLEN", "1", "6-0", "f", "6"), ("XADD", "s", "MAXLEN", "0", "ACKED", "6-0", "f", "6"), ("XADD", "s", "ACKED", "6-0", "f", "6"),
        ("XADD", "s", "NOMKSTREAM", "DELREF", "MINID", "~", "9", "6-0", "f", "6"), ("XADD", "s", "ACKED", "KEEPREF", "6-0", "f", "6"), ("XADD", "new", "ACKED", "1-1", "f", "v"),
        ("XDELEX", "s", "IDS", "1", "1-1"), ("XDELEX", "s", "IDS", "4", "1-1", "1-2", "4-0", "9-9"), ("XDELEX", "s", "KEEPREF", "IDS", "2", "1-1", "1-1"), ("XDELEX", "s", "DELREF", "IDS", "2", "1-1", "1-2"),
        ("XDELEX", "s", "ACKED", "IDS", "4", "1-1", "1-2", "4-0", "9-9"), ("XDELEX", "s", "IDS", "1", "1-1", "ACKED"), ("XDELEX", "s", "ACKED", "KEEPREF", "IDS", "1", "1-1"), ("XDELEX", "s", "IDS", "2", "1-1"), ("XDELEX", "s", "IDS", "0", "1-1"),
        ("XDELEX", "s", "IDS", "-1", "1-1"), ("XDELEX", "s", "IDS", "x", "1-1"), ("XDELEX", "s", "IDS", "1", "x"), ("XDELEX", "s", "IDS", "1", "1-1", "3-0"), ("XDELEX", "s", "IDS", "1", "1-1", "IDS", "1", "3-0"), ("XDELEX", "s", "FOO", "IDS", "1", "1-1"),
        ("XDELEX", "s", "ACKED", "FOO", "1"), ("XDELEX", "missing", "IDS", "2", "1-1", "x"), ("XDELEX", "missing", "FOO", "1", "1"), ("XDELEX", "str", "IDS", "1", "1-1"), ("XDELEX", "str", "FOO", "1", "1"), ("XDELEX", "s", "IDS", "1"), ("XDELEX", "s", "ACKED", "ids", "1", "3"),
        ("XDELEX", "s", "ACKED", "KEEPREF", "x"), ("XDELEX", "s", "KEEPREF", "1-1", "1"),
        ("XACKDEL", "s", "g", "IDS", "1", "1-1"), ("XACKDEL", "s", "g", "IDS", "4", "1-1", "1-2", "4-0", "9-9"), ("XACKDEL", "s", "g", "KEEPREF", "IDS", "2", "1-1", "1-1"), ("XACKDEL", "s", "g", "DELREF", "IDS", "2", "1-1", "1-2"),
        ("XACKDEL", "s", "g", "ACKED", "IDS", "3", "1-1", "1-2", "3-0"), ("XACKDEL", "s", "h", "IDS", "1", "1-1"), ("XACKDEL", "s", "nosuch", "IDS", "2", "1-1", "x"), ("XACKDEL", "missing", "g", "IDS", "1", "1-1"), ("XACKDEL", "str", "g", "IDS", "1", "1-1"),
        ("XACKDEL", "s", "g", "IDS", "1", "x"), ("XACKDEL", "s", "g", "IDS", "2", "1-1"), ("XACKDEL", "s", "g", "IDS", "x", "1-1"), ("XACKDEL", "s", "g", "FOO", "1", "1-1"), ("XACKDEL", "s", "g", "IDS", "1", "1-1", "FOO"), ("XACKDEL", "str", "g", "FOO", "1", "1-1"),
        ("XACKDEL", "s", "g", "IDS", "1"), ("XACKDEL", "s", "nosuch", "FOO", "1", "1-1"), ("XACKDEL", "s", "g", "IDS", "1", "1-2"), ("XACKDEL", "s", "g", "KEEPREF", "ACKED", "1"),
    ],
)  # fmt: skip
def test_references(compare: Comparison, words: Words) -> None:
    differs = NEVER_TRIMS if "~" in words and "DELREF" in words and "LIMIT" not in words else None
    compare([*START, words, *LOOK], oracles=REDIS_8_2, differs=differs)


@pytest.mark.parametrize("references", ["KEEPREF", "DELREF", "ACKED"])
@pytest.mark.parametrize(
    "trim",
    [
        ("MAXLEN", 150),
        ("MAXLEN", "~", 150),
        ("MINID", 120),
        ("MINID", "~", 250),
        ("MAXLEN", "~", 0, "LIMIT", 120),
        ("MAXLEN", 0),
    ],
)
def test_references_over_several_nodes(compare: Comparison, references: str, trim: Words) -> None:
    compare(
        [
            *[("XADD", "s", f"{number}-0", "f", number) for number in range(1, 351)],
            ("XGROUP", "CREATE", "s", "g", 0),
            ("XGROUP", "CREATE", "s", "h", 60),
            shape("XREADGROUP", "GROUP", "g", "c", "COUNT", 300, "STREAMS", "s", ">"),
            ("XACK", "s", "g", *range(1, 99), *range(100, 180), *range(200, 290)),
            shape("XREADGROUP", "GROUP", "h", "c", "COUNT", 200, "STREAMS", "s", ">"),
            ("XACK", "s", "h", *range(60, 230)),
            ("XTRIM", "s", references, *trim),
            *LOOK,
            ("XADD", "s", "400-0", "f", "v"),
            ("XINFO", "STREAM", "s"),
        ],
        oracles=REDIS_8_2,
        differs=NEVER_TRIMS if "~" in trim and references != "KEEPREF" else None,
    )


# Waiting


WAITING: Words = ("XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "s", ">")
EMPTY: list[Words] = [("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")]


@pytest.mark.parametrize(
    "cause",
    [
        [("XADD", "s", "1-1", "f", "v")],
        [("DEL", "s")],
        [("UNLINK", "s")],
        [("XGROUP", "DESTROY", "s", "g")],
        [("SET", "s", "x")],
        [("FLUSHALL",)],
        [("RENAME", "s", "t")],
        [("XADD", "t", "1-1", "f", "v"), ("RENAME", "t", "s")],
        [("XADD", "t", "1-1", "f", "v"), ("XGROUP", "CREATE", "t", "g", "0"), ("COPY", "t", "s", "REPLACE")],
        [("MULTI",), ("DEL", "s"), ("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"), ("XADD", "s", "1-1", "f", "v"), ("EXEC",)],
        [("MULTI",), ("XADD", "s", "1-1", "f", "v"), ("XDEL", "s", "1-1"), ("EXEC",), ("XADD", "s", "1-2", "f", "v")],
        [("MULTI",), ("XADD", "s", "1-1", "f", "v"), ("XADD", "s", "1-2", "f", "v"), ("EXEC",)],
        [("SWAPDB", 0, 1)],
        [("MOVE", "s", 1)],
    ],
)  # fmt: skip
def test_what_ends_the_waiting_of_a_consumer(compare: Comparison, cause: list[Words]) -> None:
    compare([*EMPTY, begin(*WAITING), *[on("b", *words) for words in cause], expect(), on("b", "PING")], oracles=NEWER)


@pytest.mark.parametrize(
    "cause",
    [
        [("XGROUP", "SETID", "s", "g", "0")],
        [("XSETID", "s", "9-9")],
        [("XGROUP", "CREATE", "s", "h", "0")],
        [("XADD", "t", "1-1", "f", "v")],
        [("EXPIRE", "s", 100)],
        [("XACK", "s", "g", "1-1")],
    ],
)
def test_what_does_not_end_it(compare: Comparison, cause: list[Words]) -> None:
    read = shape("XREADGROUP", "GROUP", "g", "b", "STREAMS", "s", ">")
    start: list[Words | Step] = [("XADD", "s", "1-1", "f", "v"), *EMPTY, on("b", read)]
    later: list[Step] = [arrived(), on("b", "XADD", "s", "10-1", "f", "v"), expect()]
    compare([*start, begin(*WAITING), *[on("b", *words) for words in cause], *later], oracles=NEWER)


def test_an_expired_stream_ends_it(compare: Comparison) -> None:
    compare([*EMPTY, ("PEXPIRE", "s", 20), begin(*WAITING), elapse(200), expect()], oracles=NEWER)


def test_several_consumers_wait(compare: Comparison) -> None:
    compare(
        [
            *EMPTY,
            on("a", begin("XREADGROUP", "GROUP", "g", "alice", "COUNT", 1, "BLOCK", 0, "STREAMS", "s", ">")),
            on("b", begin("XREADGROUP", "GROUP", "g", "bob", "COUNT", 1, "BLOCK", 0, "STREAMS", "s", ">")),
            on("c", begin("XREAD", "BLOCK", 0, "STREAMS", "s", "$")),
            on("d", "XADD", "s", "1-1", "f", "v"),
            expect("a"),
            arrived("b"),
            expect("c"),
            on("d", "XADD", "s", "1-2", "f", "v"),
            expect("b"),
            on("d", pending()),
            on("d", near(SLOW, "XINFO", "CONSUMERS", "s", "g")),
        ],
        oracles=NEWER,
    )


def test_a_consumer_is_there_while_it_waits(compare: Comparison) -> None:
    look = [on("b", near(SLOW, "XINFO", "CONSUMERS", "s", "g"))]
    compare([*EMPTY, begin(*WAITING), *look, on("b", "XADD", "s", "1-1", "f", "v"), expect(), *look], oracles=NEWER)
    timeout = ("XREADGROUP", "GROUP", "g", "c", "BLOCK", 20, "STREAMS", "s", ">")
    compare([*EMPTY, begin(*timeout), elapse(20), expect(), *look], oracles=NEWER)


def test_nothing_waits_in_a_transaction(compare: Comparison) -> None:
    compare([*EMPTY, ("MULTI",), WAITING, ("XREAD", "BLOCK", 0, "STREAMS", "s", "$"), ("EXEC",)], oracles=NEWER)


def test_watching(compare: Comparison) -> None:
    """Transactions look at the entries, not at the groups."""
    for words in [
        ("XACK", "s", "g", "1-1"), ("XGROUP", "CREATE", "s", "new", "0"), ("XGROUP", "DESTROY", "s", "g"), ("XGROUP", "SETID", "s", "g", "0"), ("XGROUP", "CREATECONSUMER", "s", "g", "x"),
        ("XGROUP", "DELCONSUMER", "s", "g", "alice"), ("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", ">"), ("XCLAIM", "s", "g", "bob", "0", "1-1"), ("XAUTOCLAIM", "s", "g", "bob", "0", "0"), ("XSETID", "s", "9-9"),
        ("XDEL", "s", "1-1"), ("XADD", "s", "9-9", "f", "v"), ("XTRIM", "s", "MAXLEN", "1"), ("XTRIM", "s", "MAXLEN", "10"), ("XGROUP", "CREATE", "t", "g", "0", "MKSTREAM"),
    ]:  # fmt: skip
        compare([*START, ("WATCH", "s", "t"), on("b", *words), ("MULTI",), ("PING",), ("EXEC",)], oracles=NEWER)


STREAMS = st.sampled_from(["s", "t"])
GROUPS = st.sampled_from(["g", "h"])
CONSUMERS = st.sampled_from(["alice", "bob"])
IDS = st.builds("{}-{}".format, st.integers(0, 4), st.integers(0, 2))
COUNTS = st.integers(0, 3)
READ = st.sampled_from([">", ">", ">", "0", "1", "2-1"])
CLAIM = st.sampled_from(
    [(), ("JUSTID",), ("FORCE",), ("FORCE", "JUSTID"), ("RETRYCOUNT", 5), ("LASTID", "3-0"), ("IDLE", 30_000)]
)
AUTOCLAIM = st.sampled_from([(), ("JUSTID",), ("COUNT", 1), ("COUNT", 2, "JUSTID")])


def claims(*parts: st.SearchStrategy[Word] | Word, options: st.SearchStrategy[Words]) -> st.SearchStrategy[Step]:
    words = st.tuples(*[part if isinstance(part, st.SearchStrategy) else st.just(part) for part in parts])
    return st.builds(lambda first, more: as_step(*first, *more), words, options)


def as_step(*words: Word) -> Step:
    return near(SLOW, *words)


CHANGES = [
    command("XADD", STREAMS, IDS, "f", st.sampled_from("xyz")),
    command("XADD", STREAMS, "MAXLEN", COUNTS, st.integers(1, 5).map("{}-*".format), "f", "v"),
    command("XDEL", STREAMS, IDS, IDS),
    command("XTRIM", STREAMS, "MINID", IDS),
    command("XSETID", STREAMS, IDS),
    command("XGROUP", "CREATE", STREAMS, GROUPS, st.sampled_from(["0", "$", "1-1"]), "MKSTREAM"),
    command("XGROUP", "SETID", STREAMS, GROUPS, st.sampled_from(["0", "$", "1-1", "3-2"])),
    command("XGROUP", "SETID", STREAMS, GROUPS, IDS, "ENTRIESREAD", st.integers(-1, 4)),
    command("XGROUP", "DESTROY", STREAMS, GROUPS),
    command("XGROUP", "CREATECONSUMER", STREAMS, GROUPS, CONSUMERS),
    command("XGROUP", "DELCONSUMER", STREAMS, GROUPS, CONSUMERS),
    command("XREADGROUP", "GROUP", GROUPS, CONSUMERS, "COUNT", COUNTS, "STREAMS", STREAMS, READ),
    command("XREADGROUP", "GROUP", GROUPS, CONSUMERS, "STREAMS", STREAMS, ">"),
    command("XREADGROUP", "GROUP", GROUPS, CONSUMERS, "NOACK", "COUNT", COUNTS, "STREAMS", "s", "t", READ, ">"),
    command("XACK", STREAMS, GROUPS, IDS, IDS),
    claims("XCLAIM", STREAMS, GROUPS, CONSUMERS, 0, IDS, IDS, options=CLAIM),
    claims("XAUTOCLAIM", STREAMS, GROUPS, CONSUMERS, 0, IDS, options=AUTOCLAIM),
    command("XPENDING", STREAMS, GROUPS),
    command("XPENDING", STREAMS, GROUPS, "-", "+", 10, CONSUMERS).map(lambda step: near(SLOW, step)),
    command("XINFO", "STREAM", STREAMS, "FULL").map(lambda step: near(SLOW, step)),
    command("XINFO", "GROUPS", STREAMS),
    command("SET", STREAMS, "string"),
    command("DEL", STREAMS),
    command("RENAME", STREAMS, STREAMS),
    command("COPY", STREAMS, STREAMS, "REPLACE"),
    command("EXPIREAT", STREAMS, st.sampled_from([1, 4102444800])),
]
BEGIN: list[Step] = [as_step("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM")]
END: list[Step] = [as_step("XINFO", "STREAM", key, "FULL", "COUNT", 0) for key in ("s", "t")]


@generated
@given(steps=st.lists(st.one_of(CHANGES), min_size=5, max_size=25))
def test_any_groups(compare: Comparison, steps: list[Step]) -> None:
    compare([*BEGIN, *steps, *END], oracles=REDIS_8_2)


@generated
@given(
    steps=st.lists(
        st.one_of(
            *CHANGES[:14],
            command("XDELEX", "s", st.sampled_from(["KEEPREF", "DELREF", "ACKED"]), "IDS", 2, IDS, IDS),
            command("XACKDEL", "s", GROUPS, st.sampled_from(["KEEPREF", "DELREF", "ACKED"]), "IDS", 2, IDS, IDS),
            command("XTRIM", "s", st.sampled_from(["DELREF", "ACKED"]), "MAXLEN", COUNTS),
            command("XTRIM", "s", st.sampled_from(["DELREF", "ACKED"]), "MINID", IDS),
        ),
        min_size=5,
        max_size=25,
    )
)
def test_any_references(compare: Comparison, steps: list[Step]) -> None:
    compare([*BEGIN, *steps, *END], oracles=REDIS_8_2)
