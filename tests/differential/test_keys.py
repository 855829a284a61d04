"""Keys and whole databases: every command and option, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, VALUES, cases, command, generated
from tests.differential.steps import Step, Word, arrived, begin, expect, near, on, shape, unordered

VALKEY = ("valkey-9.1",)
FAR = 4102444800  # a Unix time in seconds that no test reaches
HUGE = 2**63 - 1

START: list[tuple[Word, ...]] = [
    ("SET", "k", "v"),
    ("SET", "t", "volatile", "EXAT", FAR),
    ("RPUSH", "l", "a", "b"),
    ("HSET", "h", "f", "v"),
    ("SADD", "members", "a"),
    ("ZADD", "z", 1, "a"),
    ("SET", b"\x00\xff\r\n", "binary"),
    ("SET", "", "empty"),
    ("SET", "gone", "x", "PXAT", 1),
]
"""One key of each kind, for requests that find something, and one that has expired."""

LIVE = START[:-1]
"""The same without the key that Redis may have removed by now, or not."""

BINARY = b"\x00\xff\r\n"


def compare_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*START, words])


@pytest.fixture
def compare(compare: Comparison) -> Callable[..., None]:
    """Compare with all three real servers."""
    return partial(compare, oracles=("redis-8.2", "valkey-9.1", "redis-7.0"))


# Existence


@pytest.mark.parametrize("name", ["DEL", "UNLINK", "EXISTS", "TOUCH"])
@pytest.mark.parametrize(
    "keys", [("k",), ("missing",), ("k", "l", "h", "missing"), ("k", "k"), ("t",), ("gone",), ("", BINARY), ()]
)
def test_several_keys(compare: Comparison, name: str, keys: tuple[Word, ...]) -> None:
    compare_request(compare, (name, *keys))


@pytest.mark.parametrize(
    "words",
    [
        ("TYPE", "k"), ("TYPE", "l"), ("TYPE", "h"), ("TYPE", "members"), ("TYPE", "z"), ("TYPE", "missing"), ("TYPE", "gone"), ("TYPE", ""),
        ("TYPE",), ("TYPE", "k", "l"),
        ("KEYS",), ("KEYS", "*", "*"), ("KEYS", "nosuch*"), ("KEYS", "h?"), ("KEYS", ""), ("KEYS", BINARY),
        ("RANDOMKEY", "x"), ("DBSIZE", "x"),
    ],
)  # fmt: skip
def test_types_names_and_numbers(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare_request(compare, words)


@pytest.mark.parametrize("pattern", ["*", "?", "[kl]", "[^k]", "**", "?*", "\\k"])
def test_keys_that_match(compare: Comparison, pattern: str) -> None:
    compare([*START, unordered("KEYS", pattern)])


def test_randomkey(compare: Comparison) -> None:
    compare([("RANDOMKEY",), ("SET", "k", "v"), ("RANDOMKEY",), ("SET", "l", "v"), shape("RANDOMKEY")])
    compare([*START, ("FLUSHDB",), ("RANDOMKEY",), ("RPUSH", "only", "x"), ("RANDOMKEY",)])


@generated
@given(
    pattern=st.text(alphabet="ab*?[]^-\\", max_size=6),
    names=st.lists(st.text(alphabet="ab-^]\\[*", max_size=4), min_size=1, max_size=4),
)
def test_any_patterns(compare: Comparison, pattern: str, names: list[str]) -> None:
    compare([*[("SET", name, "v") for name in names], unordered("KEYS", pattern)])


@generated
@given(
    pattern=st.lists(st.sampled_from([b"[", b"]", b"a", b"-", b"\xff", b"\n", b"^", b"*"]), max_size=7).map(b"".join),
    names=st.lists(st.binary(min_size=1, max_size=1), min_size=1, max_size=12),
)
def test_any_sets_of_bytes(compare: Comparison, pattern: bytes, names: list[bytes]) -> None:
    compare([*[("SET", name, "v") for name in names], unordered("KEYS", b"[" + pattern)])


# Scans


@pytest.mark.parametrize(
    "words",
    [
        ("SCAN",), ("SCAN", "x"), ("SCAN", "0x0"), ("SCAN", "0 "), ("SCAN", "1.5"), ("SCAN", 2**64),
        ("SCAN", "x", "FOO"), ("SCAN", 0, "COUNT", 0), ("SCAN", 0, "COUNT", -1), ("SCAN", 0, "COUNT", "x"),
        ("SCAN", 0, "COUNT", HUGE + 1), ("SCAN", 0, "COUNT"), ("SCAN", 0, "MATCH"), ("SCAN", 0, "TYPE"),
        ("SCAN", 0, "FOO"), ("SCAN", 0, "FOO", 1), ("SCAN", 0, "COUNT", 5, "FOO"), ("SCAN", 0, "COUNT", 0, "FOO"),
        ("SCAN", 0, "MATCH", "nosuch*"), ("SCAN", 0, "COUNT", 100, "MATCH", "h"),
        ("scan", 0, "count", 100, "match", "h"),
        ("SCAN", 0, "MATCH", "x", "MATCH", "h", "COUNT", 0, "COUNT", 100), ("SCAN", 0, "MATCH", "gone", "COUNT", 100),
        ("SCAN", 0, "MATCH", "l", "MATCH", "h", "COUNT", 1, "COUNT", 100),
        ("SCAN", 0, "TYPE", "list", "TYPE", "hash", "COUNT", 100),
        ("SCAN", 0, "TYPE", "list", "COUNT", 100), ("SCAN", 0, "TYPE", "HASH", "COUNT", 100),
        ("SCAN", 0, "TYPE", "zset", "COUNT", 100), ("SCAN", 0, "TYPE", "set", "COUNT", 100),
        ("SCAN", 0, "TYPE", "stream", "COUNT", 100),
        ("SCAN", 0, "TYPE", "hash", "MATCH", "l", "COUNT", 100),
    ],
)  # fmt: skip
def test_scan(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare_request(compare, words)


@pytest.mark.parametrize(
    "words",
    [
        ("SCAN", 0, "COUNT", 100), ("SCAN", "00", "COUNT", 100), ("SCAN", "+0", "COUNT", HUGE),
        ("SCAN", "-0", "COUNT", 100),
        ("SCAN", 0, "MATCH", "*", "COUNT", 100), ("SCAN", 0, "MATCH", "?", "COUNT", 100),
        ("SCAN", 0, "TYPE", "string", "COUNT", 100),
    ],
)  # fmt: skip
def test_scan_of_several_keys(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*START, unordered(*words)])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("SCAN", ""), "strtoull finds no digit, which is 0"),
        (("SCAN", -1), "strtoull takes negative numbers, and wraps them"),
        (("SCAN", "\n0"), "blanks before the number were refused"),
        (("SCAN", 0, "NOVALUES"), "the option is new"),
    ],
)
def test_what_redis_7_0_did_not_scan(compare: Comparison, words: tuple[Word, ...], reason: str) -> None:
    compare([words], differs={"redis-7.0": reason})


def test_scan_without_scores(compare: Comparison) -> None:
    compare([("SCAN", 0, "NOSCORES")], oracles=("valkey-9.1",))


@pytest.mark.parametrize(
    "words",
    [
        ("SCAN", 0, "TYPE", "nosuch"),
        ("SCAN", 0, "TYPE", "none"),
        ("SCAN", 0, "TYPE", "nosuch", "FOO"),
        ("SCAN", 0, "TYPE", "", "COUNT", 0),
        ("SCAN", 0, "TYPE", "module"),
    ],
)
def test_scan_for_a_type_that_there_is_not(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*LIVE, (*words, "COUNT", 100)], differs={"valkey-9.1": "it is an error"})


@pytest.mark.parametrize(
    "cursor",
    [-2, -(2**63), -(2**63) - 1, -(2**64) + 1, -(2**64), "0\0", "5\0x", "\0", "-0", "--0", "+-0", "0" * 39 + "7"],
)
def test_odd_cursors(compare: Comparison, cursor: Word) -> None:
    # Where a scan goes on in the middle depends on the layout of a hash table: without keys it goes nowhere.
    compare([("SCAN", cursor), ("HSCAN", "missing", cursor)], oracles=("redis-8.2", "valkey-9.1"))


# Time to live

EXPIRE = ("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT")
CONDITIONS = ("NX", "XX", "GT", "LT")


@pytest.mark.parametrize("name", EXPIRE)
@pytest.mark.parametrize("key", ["k", "t", "l", "missing", "gone", ""])
@pytest.mark.parametrize(
    "time", [0, -1, -HUGE - 1, HUGE, HUGE // 1000, HUGE // 1000 + 1, -HUGE // 1000, "x", "1.5", "", "+1", " 1"]
)
def test_any_times(compare: Comparison, name: str, key: str, time: Word) -> None:
    compare_request(compare, (name, key, time))


@pytest.mark.parametrize("options", [options for count in range(4) for options in combinations(CONDITIONS, count)])
@pytest.mark.parametrize("key", ["k", "t", "missing"])
@pytest.mark.parametrize("time", [FAR - 1, FAR, FAR + 1, 1])
def test_conditions(compare: Comparison, key: str, time: int, options: tuple[str, ...]) -> None:
    compare([*START, ("EXPIREAT", key, time, *options), ("EXPIRETIME", key)])
    compare([*START, ("PEXPIREAT", key, time * 1000, *options), ("PEXPIRETIME", key)])
    # The same deadlines, relative to now.
    compare([*START, ("EXPIRE", key, time, *options), near(60, "TTL", key)])
    compare([*START, ("PEXPIRE", key, time * 1000, *options), near(60_000, "PTTL", key)])


@pytest.mark.parametrize(
    "words",
    [
        ("EXPIRE", "k"), ("EXPIRE",), ("PEXPIREAT", "k"), ("EXPIRE", "k", "x", "FOO"), ("EXPIRE", "k", FAR, "FOO"),
        ("EXPIRE", "k", "x", "NX", "XX"), ("EXPIRE", "missing", HUGE), ("EXPIRE", "missing", 10, "GT", "LT"),
        ("EXPIREAT", "k", FAR, "nx"), ("EXPIREAT", "k", FAR, "nx", "NX"),
        ("EXPIREAT", "t", FAR + 1, "xx", "Gt", "XX", "gT"),
        ("EXPIREAT", "k", FAR, "NX", "FOO"), ("EXPIREAT", "k", FAR, ""), ("EXPIREAT", "k", FAR, b"\xff\r\n.0"), ("EXPIREAT", "k", FAR, "\r\nx\n\r\r\n"), ("EXPIREAT", "k", FAR, "\r\n"), ("EXPIREAT", "k", FAR, b"x\0y"),
        ("TTL", "k"), ("TTL", "missing"), ("TTL", "gone"), ("TTL",), ("TTL", "k", "t"),
        ("PTTL", "k"), ("PTTL", "missing"), ("EXPIRETIME", "k"), ("EXPIRETIME", "t"), ("EXPIRETIME", "missing"),
        ("PEXPIRETIME", "k"), ("PEXPIRETIME", "t"), ("PEXPIRETIME", "missing"), ("PEXPIRETIME", "gone"),
        near(60, "TTL", "t"), near(60_000, "PTTL", "t"),
        ("PERSIST", "k"), ("PERSIST", "t"), ("PERSIST", "missing"), ("PERSIST", "gone"), ("PERSIST",),
        ("PERSIST", "k", "t"),
    ],
)  # fmt: skip
def test_times(compare: Comparison, words: tuple[Word, ...] | Step) -> None:
    compare([*START, words])


@pytest.mark.parametrize("milliseconds", [499, 500, 999, 1499, 1500])
def test_seconds_are_rounded(compare: Comparison, milliseconds: int) -> None:
    compare([("SET", "k", "v", "PXAT", FAR * 1000 + milliseconds), ("EXPIRETIME", "k"), ("PEXPIRETIME", "k")])


# Names and copies


@pytest.mark.parametrize("name", ["RENAME", "RENAMENX"])
@pytest.mark.parametrize(
    "keys",
    [
        ("k", "l"), ("t", "new"), ("k", "t"), ("t", "k"), ("h", "new"), ("k", "k"), ("missing", "k"),
        ("missing", "missing"),
        ("gone", "k"), ("k", "gone"), ("k", ""), ("", BINARY), ("k",), (), ("k", "l", "h"),
    ],
)  # fmt: skip
def test_rename(compare: Comparison, name: str, keys: tuple[Word, ...]) -> None:
    compare_request(compare, (name, *keys))


@pytest.mark.parametrize(
    "words",
    [
        ("k", "new"), ("t", "new"), ("l", "new"), ("h", "new"), ("k", "l"), ("missing", "new"), ("missing", "k"),
        ("gone", "new"),
        ("k", "gone"), ("k", "l", "REPLACE"), ("k", "t", "REPLACE"), ("t", "k", "REPLACE"), ("missing", "k", "REPLACE"),
        ("k", "k"), ("missing", "missing"), ("k", "k", "REPLACE"), ("k", "k", "DB", 0), ("k", "k", "DB", 1),
        ("k", "k", "DB", 1, "DB", 0),
        ("t", "x", "DB", 1, "REPLACE"), ("k", "new", "replace", "db", 2), ("k", "new", "REPLACE", "REPLACE"),
        ("k", "", "DB", 1),
        ("k", "new", "DB"), ("k", "new", "DB", "x"), ("k", "new", "DB", ""), ("k", "new", "DB", 16),
        ("k", "new", "DB", -1),
        ("k", "new", "DB", 2**31 - 1), ("k", "new", "DB", 2**31), ("k", "new", "DB", HUGE + 1), ("k", "new", "FOO"),
        ("k", "new", "DB", 99, "FOO"), ("k", "k", "FOO"), ("k", "new", "REPLACE", "DB"),
        ("missing", "new", "DB", "x"), ("k",), (),
    ],
)  # fmt: skip
def test_copy(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare_request(compare, ("COPY", *words))


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (("APPEND", "k", "more"), ("APPEND", "copy", "other")),
        (("SETRANGE", "k", 0, "more"), ("SETRANGE", "copy", 1, "other")),
        (("RPUSH", "l", "c"), ("LPUSH", "copy", "d")),
        (("HSET", "h", "f", "w"), ("HDEL", "copy", "f")),
        (("SADD", "set", "1", "2"), ("SREM", "copy", "1")),
        (("SADD", "set", "a"), ("SADD", "copy", "b")),
        (("ZADD", "z", 1, "a", 2, "b"), ("ZINCRBY", "copy", 5, "a")),
        (("XADD", "x", "1-*", "f", "v"), ("XTRIM", "copy", "MAXLEN", 0)),
        (("SADD", "members", "b"), ("SREM", "copy", "a")),
        (("ZADD", "z", 2, "a"), ("ZREM", "copy", "a")),
    ],
)
def test_a_copy_is_independent(compare: Comparison, change: tuple[Word, ...], again: tuple[Word, ...]) -> None:
    compare([*START, change, ("COPY", change[1], "copy"), change, again, ("COPY", "copy", change[1], "REPLACE"), again])


@pytest.mark.parametrize(
    "words",
    [
        ("MOVE", "k", 1), ("MOVE", "t", 1), ("MOVE", "l", 15), ("MOVE", "", 1), ("MOVE", "missing", 1),
        ("MOVE", "gone", 1),
        ("MOVE", "k", 0), ("MOVE", "missing", 0), ("MOVE", "k", 16), ("MOVE", "k", -1), ("MOVE", "k", "x"),
        ("MOVE", "missing", "x"),
        ("MOVE", "k", ""), ("MOVE", "k", "01"), ("MOVE", "k", 2**31), ("MOVE", "k", -(2**31) - 1),
        ("MOVE", "k", HUGE + 1),
        ("MOVE", "k"), ("MOVE", "k", 1, 2),
    ],
)  # fmt: skip
def test_move(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare_request(compare, words)


def test_move_does_not_overwrite(compare: Comparison) -> None:
    compare(
        [*START, ("MOVE", "k", 1), ("SET", "k", "new"), ("MOVE", "k", 1), ("SELECT", 1), ("MOVE", "k", 0), ("GET", "k")]
    )
    compare([*START, on("b", "SELECT", 1), on("b", "SET", "k", "x", "PXAT", 1), ("MOVE", "k", 1), on("b", "GET", "k")])


# Whole databases


@pytest.mark.parametrize(
    "words",
    [
        ("FLUSHDB",), ("FLUSHDB", "ASYNC"), ("FLUSHDB", "sync"), ("FLUSHDB", "FOO"), ("FLUSHDB", "SYNC", "ASYNC"),
        ("FLUSHDB", ""),
        ("FLUSHALL",), ("FLUSHALL", "async"), ("FLUSHALL", "SYNC"), ("FLUSHALL", "FOO"), ("FLUSHALL", "SYNC", "SYNC"),
        ("SWAPDB", 0, 1), ("SWAPDB", 0, 0), ("SWAPDB", 3, 3), ("SWAPDB", "x", 0), ("SWAPDB", 0, "x"),
        ("SWAPDB", "x", "x"),
        ("SWAPDB", "x", 99), ("SWAPDB", 0, 16), ("SWAPDB", 16, 0), ("SWAPDB", -1, 0), ("SWAPDB", 99, "x"),
        ("SWAPDB", 2**31, 0), ("SWAPDB", 0, HUGE + 1), ("SWAPDB", 0), ("SWAPDB", 0, 1, 2),
    ],
)  # fmt: skip
def test_databases(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare(
        [
            *LIVE,
            on("b", "SELECT", 1),
            on("b", "SET", "k", "1"),
            words,
            ("DBSIZE",),
            on("b", "DBSIZE"),
            on("b", "GET", "k"),
        ]
    )


# What others notice

WATCHED: list[tuple[tuple[Word, ...], ...]] = [
    (("DEL", "k"),),
    (("DEL", "missing"),),
    (("TOUCH", "k"),),
    (("EXPIREAT", "k", FAR),),
    (("EXPIREAT", "k", FAR, "XX"),),
    (("EXPIRE", "k", -1),),
    (("PERSIST", "t"),),
    (("PERSIST", "k"),),
    (("RENAME", "k", "new"),),
    (("RENAME", "k", "k"),),
    (("RENAME", "l", "missing"),),
    (("RENAMENX", "l", "k"),),
    (("COPY", "k", "new"),),
    (("COPY", "l", "k"),),
    (("COPY", "l", "k", "REPLACE"),),
    (("COPY", "l", "missing"),),
    (("MOVE", "k", 1),),
    (("SELECT", 1), ("SET", "missing", "x"), ("MOVE", "missing", 0)),
    (("FLUSHDB",),),
    (("FLUSHALL",),),
    (("SELECT", 1), ("FLUSHDB",)),
    (("SWAPDB", 0, 1),),
    (("SWAPDB", 0, 0),),
    (("SWAPDB", 1, 2),),
    (("SELECT", 1), ("SET", "missing", "x"), ("SWAPDB", 1, 0)),
]


@pytest.mark.parametrize("keys", [("k",), ("t",), ("missing",), ("gone",)])
@pytest.mark.parametrize("changes", WATCHED)
def test_watched_keys(compare: Comparison, changes: tuple[tuple[Word, ...], ...], keys: tuple[str, ...]) -> None:
    compare(
        [
            *START,
            ("WATCH", *keys),
            *(on("b", *change) for change in changes),
            ("MULTI",),
            ("PING",),
            ("EXEC",),
        ]
    )


@pytest.mark.parametrize(
    "changes",
    [
        (("RENAME", "other", "wanted"),),
        (("RENAMENX", "other", "wanted"),),
        (("COPY", "other", "wanted"),),
        (("SET", "wanted", "x"), ("COPY", "other", "wanted", "REPLACE")),
        (("SET", "wanted", "x"), ("RENAME", "other", "wanted")),
        (("SELECT", 1), ("RPUSH", "wanted", "x"), ("MOVE", "wanted", 0)),
        (("SELECT", 1), ("RPUSH", "wanted", "x"), ("SWAPDB", 0, 1)),
        (("SELECT", 1), ("RPUSH", "wanted", "x"), ("SWAPDB", 1, 0)),
        (("SELECT", 1), ("RPUSH", "wanted", "x"), ("COPY", "wanted", "wanted", "DB", 0)),
    ],
)
def test_a_key_that_clients_are_blocked_on_appears(compare: Comparison, changes: tuple[tuple[Word, ...], ...]) -> None:
    compare(
        [
            begin("BLPOP", "wanted", 0),
            begin(on("b", "BRPOP", "wanted", 0)),
            on("c", "RPUSH", "other", "1", "2", "3"),
            *(on("c", *change) for change in changes),
            expect(),
            arrived("b"),
        ]
    )


@pytest.mark.parametrize(
    "change", [("RENAME", "s", "wanted"), ("COPY", "s", "wanted"), ("FLUSHALL",), ("SWAPDB", 0, 1), ("SWAPDB", 1, 2)]
)
def test_what_does_not_serve_blocked_clients(compare: Comparison, change: tuple[Word, ...]) -> None:
    compare(
        [
            begin("BLPOP", "wanted", 0),
            on("c", "SET", "s", "x"),
            on("c", *change),
            arrived(),
            on("c", "DEL", "wanted"),
            on("c", "RPUSH", "wanted", "y"),
            expect(),
        ]
    )


# Any sequences

DATABASES = st.sampled_from([0, 1, 2])


@generated
@given(
    steps=cases(
        command("SET", KEYS, VALUES),
        command("SET", KEYS, VALUES, "EXAT", FAR),
        command("RPUSH", KEYS, VALUES),
        command("HSET", KEYS, "f", VALUES),
        command("SADD", KEYS, VALUES),
        command("ZADD", KEYS, 1, VALUES),
        command("DEL", KEYS, KEYS),
        command("EXISTS", KEYS, KEYS),
        command("TYPE", KEYS),
        command("RENAME", KEYS, KEYS),
        command("RENAMENX", KEYS, KEYS),
        command("COPY", KEYS, KEYS, "DB", DATABASES),
        command("COPY", KEYS, KEYS, "REPLACE"),
        command("MOVE", KEYS, DATABASES),
        command("SELECT", DATABASES),
        command("SWAPDB", DATABASES, DATABASES),
        command("FLUSHDB"),
        command("EXPIREAT", KEYS, st.sampled_from([1, FAR, FAR + 1000]), st.sampled_from(CONDITIONS)),
        command("EXPIRETIME", KEYS),
        command("PERSIST", KEYS),
        command("DBSIZE"),
        command("KEYS", "*").map(unordered),
        command("SCAN", 0, "COUNT", 100, "TYPE", st.sampled_from(["string", "list", "set", "zset", "hash"])).map(
            unordered
        ),
    )
)
def test_any_keys(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
