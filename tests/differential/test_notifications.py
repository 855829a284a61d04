"""Keyspace notifications: what subscribers hear of every kind of change, in which order, and of which classes.

A group of rows is the keys that there are and the requests whose events are compared, a line each.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, VALUES, cases, command, generated
from tests.differential.steps import Step, Word, arrived, begin, elapse, expect, on, raw, replies, step, unordered

REDIS = ("redis-7.0", "redis-8.2")
EVERYBODY = ("valkey-9.1", *REDIS)
REPLY_FIRST = ("valkey-9.1", "redis-8.2")
"""Where a message to a client about its own request follows the reply; in Redis 7.0 it comes before."""


class Group(NamedTuple):
    """Requests, each sent to a server with the keys that `start` makes."""

    start: str
    requests: str
    oracles: tuple[str, ...] = EVERYBODY


STRINGS = Group(
    """
    SET k value
    SET n 10
    SET t volatile EX 1000
    RPUSH l a
    """,
    """
    SET k v
    SET l v
    SET new v
    SET t v KEEPTTL
    SET k v XX
    SET k v NX
    SET k v GET
    SET new v GET
    SET l v GET
    SET k v EX 100
    SET new v PX 100000 NX
    SET k v EXAT 4102444800 GET
    SETNX new v
    SETNX k v
    SETEX k 100 v
    SETEX l 100 v
    PSETEX new 100000 v
    GETSET k v
    GETSET new v
    GETDEL k
    GETDEL missing
    GETEX k EX 100
    GETEX t PERSIST
    GETEX k PERSIST
    GETEX k
    GETEX missing EX 1
    GETEX l EX 1
    GET missing
    GET l
    MGET k missing l
    MSET k 1 l 2 new 3 new 4
    MSETNX a 1 b 2 a 3
    MSETNX a 1 k 2
    STRLEN missing
    GETRANGE missing 0 1
    LCS k missing
    APPEND k more
    APPEND new more
    APPEND l x
    SETRANGE k 1 x
    SETRANGE new 1 x
    INCR n
    DECR new
    INCRBY k 1
    DECRBY n 5
    INCRBYFLOAT n 0.5
    INCRBYFLOAT new 1
    """,
)
STRINGS_OF_VALKEY = Group(
    STRINGS.start,
    """
    SET k v IFEQ value
    SET k v IFEQ other
    DELIFEQ k value
    DELIFEQ k other
    MSETEX 2 k v new v EX 100
    MSETEX 2 k v new v NX
    MSETEX 1 t v KEEPTTL
    """,
    ("valkey-9.1",),
)
LISTS = Group(
    """
    RPUSH l a b c d
    RPUSH one a
    SET k value
    """,
    """
    LPUSH l x y
    RPUSH new x
    LPUSHX l x
    RPUSHX new x
    LPUSH k x
    LINSERT l BEFORE b x
    LINSERT l AFTER x y
    LPOP l
    LPOP one
    LPOP missing
    RPOP l 2
    RPOP l 9
    RPOP l 0
    LMPOP 2 missing l LEFT COUNT 2
    LMPOP 1 one RIGHT
    LMPOP 1 missing RIGHT
    BLMPOP 0 1 l LEFT COUNT 9
    BLPOP missing one 0
    BRPOP l 0
    LMOVE l new LEFT RIGHT
    LMOVE one one RIGHT LEFT
    LMOVE one l RIGHT LEFT
    LMOVE missing l RIGHT LEFT
    BLMOVE l one LEFT RIGHT 0
    RPOPLPUSH l new
    RPOPLPUSH one one
    BRPOPLPUSH one l 0
    LLEN missing
    LRANGE missing 0 -1
    LINDEX missing 0
    LSET l 0 x
    LTRIM l 1 2
    LTRIM l 0 -1
    LTRIM l 9 9
    LREM l 0 a
    LREM one 0 a
    LREM l 0 x
    LPOS missing x
    """,
)
HASHES = Group(
    """
    HSET h f 1 g 2
    SET k value
    """,
    """
    HSET h f 2 x 3
    HSET new f 1
    HMSET h f 1
    HSETNX h x 1
    HSETNX h f 1
    HSETNX new f 1
    HDEL h f
    HDEL h f g missing
    HDEL h missing
    HINCRBY h f 1
    HINCRBY new f 1
    HINCRBYFLOAT h f 0.5
    HGET missing f
    HMGET missing f g
    HGETALL missing
    HKEYS missing
    HVALS missing
    HLEN missing
    HEXISTS missing f
    HSTRLEN missing f
    HRANDFIELD missing
    HSCAN missing 0
    """,
)
GENERIC = Group(
    """
    SET k value
    SET t volatile EX 1000
    RPUSH l a
    HSET h f v
    """,
    """
    DEL k l missing k
    UNLINK k h
    EXPIRE k 100
    PEXPIRE k 100000
    EXPIREAT k 4102444800
    PEXPIREAT k 4102444800000
    EXPIRE k 100 XX
    EXPIRE missing 100
    PERSIST t
    PERSIST k
    RENAME k new
    RENAME k l
    RENAME l t
    RENAME k k
    RENAMENX k new
    RENAMENX k l
    COPY k new
    COPY k l
    COPY k l REPLACE
    COPY t new
    COPY k k DB 3
    COPY missing new
    MOVE k 2
    MOVE t 2
    MOVE missing 2
    EXISTS k missing
    TOUCH missing k
    TYPE missing
    TTL missing
    PTTL missing
    EXPIRETIME missing
    KEYS *
    SCAN 0
    FLUSHDB
    FLUSHALL
    SWAPDB 0 1
    """,
)
PAST = Group(
    GENERIC.start,
    """
    EXPIRE k -1
    PEXPIREAT t 1
    EXPIREAT l 1
    GETEX k PXAT 1
    GETEX t EXAT 1
    """,
    REDIS,
)
"""Deadlines in the past: to Redis a deletion, to Valkey an expiry."""

GROUPS = (STRINGS, STRINGS_OF_VALKEY, LISTS, HASHES, GENERIC, PAST)
ROWS = [
    pytest.param(group, line.strip(), id=line.strip())
    for group in GROUPS
    for line in group.requests.splitlines()
    if line.strip()
]


def listening(letters: str = "KEAmn") -> list[Step]:
    """Let client `s` hear all events of some classes."""
    return [
        on("s", "CONFIG", "SET", "notify-keyspace-events", letters),
        on("s", "PSUBSCRIBE", "__key*__:*"),
    ]


def lines(text: str) -> list[Step]:
    return [step(*line.split()) for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(("group", "line"), ROWS)
def test_events_of_a_request(compare: Comparison, group: Group, line: str) -> None:
    case = [*lines(group.start), *listening(), unordered(*line.split()), arrived("s")]
    compare(case, oracles=group.oracles)


@pytest.mark.parametrize(("group", "line"), ROWS)
def test_overwritten_values(compare: Comparison, group: Group, line: str) -> None:
    """Redis 8.2 tells of each value that takes the place of another."""
    if "redis-8.2" in group.oracles:
        case = [*lines(group.start), *listening("KEg$lshztxoc"), unordered(*line.split()), arrived("s")]
        compare(case, oracles=("redis-8.2",))


@pytest.mark.parametrize("letter", "g$lshzxetdmnKEA")
@pytest.mark.parametrize("channels", ["K", "E", "KE", ""])
def test_classes(compare: Comparison, letter: str, channels: str) -> None:
    compare(
        [
            *listening(channels + letter),
            ("SET", "k", "v"),
            ("EXPIRE", "k", 100),
            ("RPUSH", "l", "a"),
            ("HSET", "h", "f", "v"),
            ("GET", "missing"),
            ("MULTI",),
            ("SET", "x", "v", "PXAT", 1),
            ("DEL", "x"),
            ("GET", "x"),
            ("LPOP", "l"),
            ("EXEC",),
            arrived("s"),
        ],
        oracles=REDIS,
    )


@pytest.mark.parametrize("letters", ["o", "c", "oc", "A"])
def test_classes_of_overwritten_values(compare: Comparison, letters: str) -> None:
    case = [("SET", "k", "v"), *listening("KE" + letters), ("MSET", "k", "w", "l", "v"), ("RENAME", "k", "l")]
    compare([*case, arrived("s")], oracles=("redis-8.2",))


@pytest.mark.parametrize(
    "letters",
    [
        "", "A", "K", "E", "KEA", "AKE", "EKA", "KK", "AA", "g$lshzxet", "g$lshzxetd", "dtexzhsl$g", "KEmn", "nmKE", "KEAmn",
        "KEg$lshzxetdmn", "mdn", "gA", "kea", "KEq", "KE A", " ", "KE,A", "\xe4", "x", "Ex", "K$", "Kg$", "KEd",
    ],
)  # fmt: skip
def test_setting(compare: Comparison, letters: str) -> None:
    setting = ("CONFIG", "SET", "notify-keyspace-events", letters)
    compare([("CONFIG", "SET", "notify-keyspace-events", "K$"), setting, ("CONFIG", "GET", "notify-*")])


@pytest.mark.parametrize("letters", ["o", "c", "KEoc", "KEAoc", "ocnmdtehsE", "g$lshzxetocd", "KEcons$"])
def test_setting_what_redis_8_2_added(compare: Comparison, letters: str) -> None:
    setting = ("CONFIG", "SET", "notify-keyspace-events", letters)
    compare([setting, ("CONFIG", "GET", "notify-*")], oracles=("redis-8.2",))


def test_channels(compare: Comparison) -> None:
    """A channel is named after the database, and the key as it is."""
    key = b"\x00 \r\n*"
    compare(
        [
            ("CONFIG", "SET", "notify-keyspace-events", "KEA"),
            replies(2, on("s", "SUBSCRIBE", b"__keyspace@11__:" + key, "__keyevent@0__:del")),
            on("t", "PSUBSCRIBE", "__keyspace@0__:u*r:*"),
            ("SET", "user:1", "v"),
            ("DEL", "user:1"),
            ("SELECT", 11),
            ("SET", key, "v"),
            ("DEL", key),
            ("MOVE", key, 0),
            arrived("s"),
            arrived("t"),
        ]
    )


def test_channels_come_before_patterns(compare: Comparison) -> None:
    compare(
        [
            ("CONFIG", "SET", "notify-keyspace-events", "KEA"),
            on("s", "PSUBSCRIBE", "*"),
            replies(2, on("s", "SUBSCRIBE", "__keyspace@0__:k", "__keyevent@0__:set")),
            ("SET", "k", "v", "EX", 100),
            arrived("s"),
        ]
    )


def test_it_can_be_turned_off_and_on(compare: Comparison) -> None:
    compare(
        [
            ("SET", "k", "v"),
            *listening("EA"),
            ("DEL", "k"),
            arrived("s"),
            ("CONFIG", "SET", "notify-keyspace-events", ""),
            ("SET", "k", "v"),
            arrived("s"),
            ("CONFIG", "SET", "notify-keyspace-events", "K$"),
            ("SET", "k", "v"),
            ("DEL", "k"),
            arrived("s"),
        ]
    )


@pytest.mark.parametrize("protocol", [3])
def test_messages_about_the_own_request_follow_the_reply(compare: Comparison) -> None:
    compare(
        [
            ("CONFIG", "SET", "notify-keyspace-events", "KEA"),
            ("PSUBSCRIBE", "__key*"),
            replies(5, "SET", "k", "v", "EX", 100),
            replies(3, "DEL", "k"),
            raw(b"MULTI\r\nRPUSH l a\r\nLPOP l\r\nEXEC\r\nPING\r\n", replies=11),
            raw(b"SET k v\r\nGET k\r\n", replies=4),
        ],
        oracles=REPLY_FIRST,
    )


def test_transactions(compare: Comparison) -> None:
    transaction = [("MULTI",), ("SET", "k", "v"), ("SELECT", 1), ("RPUSH", "k", "a"), ("LPOP", "k"), ("EXEC",)]
    compare([*listening(), *transaction, arrived("s"), ("MULTI",), ("SET", "k", "v"), ("DISCARD",), arrived("s")])


def test_an_expired_key_that_is_looked_at(compare: Comparison) -> None:
    """In a transaction nobody else removes it."""
    for request in ("GET x", "SET x v", "SET x v KEEPTTL", "RENAME x y", "DEL x", "EXISTS x", "RPUSH x a", "COPY x y"):
        case = [*listening(), ("MULTI",), ("SET", "x", "v", "PXAT", 1), tuple(request.split()), ("EXEC",), arrived("s")]
        compare(case, oracles=REDIS)


def test_an_expired_key_that_nobody_looks_at(compare: Comparison) -> None:
    compare([*listening(), ("SET", "k", "v", "PX", 1), expect("s", 6), elapse(200), expect("s", 2)])


@pytest.mark.parametrize(
    ("waits", "serves"),
    [
        (("BLPOP", "q", 0), ("RPUSH", "q", "a")),
        (("BLPOP", "q", 0), ("RPUSH", "q", "a", "b")),
        (("BRPOP", "p", "q", 0), ("LPUSH", "q", "a", "b")),
        (("BLMOVE", "q", "d", "LEFT", "RIGHT", 0), ("RPUSH", "q", "a")),
        (("BLMOVE", "q", "q", "LEFT", "RIGHT", 0), ("RPUSH", "q", "a")),
        (("BRPOPLPUSH", "q", "d", 0), ("RPUSH", "q", "a")),
        (("BLMPOP", 0, 1, "q", "LEFT", "COUNT", 5), ("RPUSH", "q", "a", "b")),
        (("BLPOP", "q", 0), ("RENAME", "other", "q")),
        (("BLPOP", "q", 0), ("COPY", "other", "q")),
        (("BLPOP", "q", 0), ("LMOVE", "other", "q", "LEFT", "LEFT")),
    ],
)
def test_a_blocked_client_is_served(compare: Comparison, waits: tuple[Word, ...], serves: tuple[Word, ...]) -> None:
    start = [("RPUSH", "other", "x"), *listening()]
    compare([*start, on("b", begin(*waits)), serves, expect("b"), arrived("s")])
    chain = on("c", begin("BLPOP", "d", 0))
    transaction = [("MULTI",), ("SET", "k", "v"), serves, ("SET", "k", "w"), ("EXEC",)]
    compare([*start, on("b", begin(*waits)), chain, *transaction, expect("b"), arrived("c"), arrived("s")])


@pytest.mark.parametrize("protocol", [3])
def test_a_blocked_client_hears_of_what_serves_it(compare: Comparison) -> None:
    """What others did comes before its reply, its own pop behind it."""
    compare(
        [
            ("CONFIG", "SET", "notify-keyspace-events", "KEA"),
            on("b", "PSUBSCRIBE", "__key*"),
            on("b", begin("BLPOP", "q", 0)),
            ("PSUBSCRIBE", "__keyevent*"),
            replies(4, "RPUSH", "q", "a"),
            expect("b", 7),
        ],
        oracles=REPLY_FIRST,
    )


@generated
@given(
    steps=cases(
        command("SET", KEYS, VALUES),
        command("SET", KEYS, VALUES, "GET"),
        command("SET", KEYS, VALUES, "EX", 1000),
        command("APPEND", KEYS, VALUES),
        command("INCR", KEYS),
        command("GETDEL", KEYS),
        command("MSET", KEYS, VALUES, KEYS, VALUES),
        command("RPUSH", KEYS, VALUES, VALUES),
        command("LPOP", KEYS, st.integers(0, 3)),
        command("LMOVE", KEYS, KEYS, "LEFT", "RIGHT"),
        command("LREM", KEYS, 0, VALUES),
        command("LTRIM", KEYS, 1, 1),
        command("HSET", KEYS, "f", VALUES),
        command("HDEL", KEYS, "f"),
        command("RENAME", KEYS, KEYS),
        command("COPY", KEYS, KEYS, "REPLACE"),
        command("MOVE", KEYS, 1),
        command("EXPIRE", KEYS, 100),
        command("PERSIST", KEYS),
        command("DEL", KEYS, KEYS),
        command("EXISTS", KEYS),
        command("FLUSHDB"),
    )
)
def test_any_changes(compare: Comparison, steps: list[Step]) -> None:
    heard = [each for it in steps for each in (it, arrived("s"))]
    compare([*listening(), *heard])
    compare([*listening("KEAmnoc"), *heard], oracles=("redis-8.2",))
