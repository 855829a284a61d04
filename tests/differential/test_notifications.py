"""Keyspace notifications: what subscribers hear of every kind of change, in which order, and of which classes.

The requests whose events are compared stand in notification_rows.py, a line each.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.rdb.crc64 import crc64
from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, VALUES, cases, command, generated
from tests.differential.notification_rows import GROUPS, REDIS, Group
from tests.differential.steps import Step, Word, arrived, begin, elapse, expect, on, raw, replies, step, unordered

REPLY_FIRST = ("valkey-9.1", "redis-8.2")
"""Where a message to a client about its own request follows the reply; in Redis 7.0 it comes before."""


STRING = b"\x00\x01v\x09\x00"
PAYLOAD = STRING + crc64(STRING).to_bytes(8, "little")
"""A string as DUMP of Redis 5 wrote it, which all servers read."""

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


def test_restored_keys(compare: Comparison) -> None:
    start = [("MSET", "k", "v", "t", "v"), ("RPUSH", "l", "a")]
    case = [
        ("RESTORE", "new", 0, PAYLOAD),
        ("RESTORE", "k", 0, PAYLOAD),
        ("RESTORE", "k", 0, PAYLOAD, "REPLACE"),
        ("RESTORE", "l", 100_000, PAYLOAD, "REPLACE"),
        ("RESTORE", "t", 1, PAYLOAD, "REPLACE", "ABSTTL"),
        ("RESTORE", "gone", 1, PAYLOAD, "ABSTTL"),
        arrived("s"),
    ]
    compare([*start, *listening(), *case])
    compare([*start, *listening("KEAoc"), *case], oracles=("redis-8.2",))


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
