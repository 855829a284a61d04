"""Commands that wait for lists: who is served, in which order, and what ends the waiting."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import Step, Word, arrived, begin, elapse, expect, on, raw

BLOCKED: list[tuple[Word, ...]] = [
    ("BLPOP", "l", "m", 0),
    ("BRPOP", "l", 0),
    ("BLMOVE", "l", "d", "LEFT", "RIGHT", 0),
    ("BRPOPLPUSH", "l", "d", 0),
    ("BLMPOP", 0, 2, "l", "m", "LEFT"),
    ("BLMPOP", 0, 1, "l", "RIGHT", "COUNT", 2),
]


@pytest.mark.parametrize("words", BLOCKED)
def test_served_at_once(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([("RPUSH", "l", "1", "2", "3"), words])


@pytest.mark.parametrize("words", BLOCKED)
def test_served_by_a_push(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([begin(*words), on("b", "RPUSH", "l", "1", "2", "3"), expect()])


@pytest.mark.parametrize("words", BLOCKED)
def test_wrong_types(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([("SET", "l", "x"), words])


@pytest.mark.parametrize("words", BLOCKED)
def test_another_type_does_not_wake(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare(
        [begin(*words), on("b", "SET", "l", "x"), arrived(), on("b", "DEL", "l"), on("b", "LPUSH", "l", "y"), expect()]
    )


def test_a_destination_of_a_wrong_type(compare: Comparison) -> None:
    compare([("SET", "d", "x"), begin("BLMOVE", "l", "d", "LEFT", "LEFT", 0), on("b", "RPUSH", "l", "1"), expect()])
    compare([("SET", "d", "x"), ("RPUSH", "l", "1"), ("BRPOPLPUSH", "l", "d", 0)])


@pytest.mark.parametrize(
    "words",
    [
        ("BLPOP", "l", 0.02),
        ("BRPOP", "l", "0.02"),
        ("BLMOVE", "l", "d", "LEFT", "LEFT", 0.02),
        ("BRPOPLPUSH", "l", "d", 0.02),
        ("BLMPOP", 0.02, 1, "l", "LEFT"),
    ],
)
def test_timeout(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([begin(*words), elapse(20), expect(), ("PING",)])


@pytest.mark.parametrize("seconds", ["x", "-1", "nan", "", " 1", "1x", "-0.5"])
def test_bad_timeouts(compare: Comparison, seconds: str) -> None:
    compare(
        [("BLPOP", "l", seconds), ("BLMPOP", seconds, 1, "l", "LEFT"), ("BLMOVE", "l", "d", "LEFT", "LEFT", seconds)]
    )


@pytest.mark.parametrize("seconds", ["inf", "1e300", "9223372036854775807"])
def test_timeouts_that_are_too_long(compare: Comparison, seconds: str) -> None:
    compare([("BLPOP", "l", seconds)], oracles=("valkey-9.1",))


@pytest.mark.parametrize(
    "words",
    [
        ("BLPOP", "l"),
        ("BLPOP",),
        ("BLMPOP", 0, 0, "l", "LEFT"),
        ("BLMPOP", 0, 1, "l", "FOO"),
        ("BLMPOP", "x", 0, "l", "LEFT"),
        ("BLMPOP", 0, 1, "l", "LEFT", "COUNT", 0),
        ("BLMOVE", "l", "d", "FOO", "LEFT", "x"),
        ("BLMOVE", "l", "d", "LEFT", "LEFT"),
        ("BRPOPLPUSH", "l", "d"),
    ],
)
def test_bad_requests(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([words])


def test_in_the_order_of_arrival(compare: Comparison) -> None:
    compare(
        [
            on("a", begin("BLPOP", "l", 0)),
            on("b", begin("BRPOP", "l", 0)),
            on("c", begin("BLPOP", "m", "l", 0)),
            on("d", "RPUSH", "l", "1", "2"),
            expect("a"),
            expect("b"),
            arrived("c"),
            on("d", "RPUSH", "l", "3"),
            expect("c"),
        ]
    )


def test_the_first_key_that_is_ready(compare: Comparison) -> None:
    compare([("RPUSH", "m", "1"), ("BLPOP", "l", "m", "n", 0)])
    compare(
        [
            begin("BLPOP", "l", "m", 0),
            on("b", "MULTI"),
            on("b", "RPUSH", "m", "1"),
            on("b", "RPUSH", "l", "2"),
            on("b", "EXEC"),
            expect(),
        ],
        differs={
            "redis-7.0": "serves the key that became ready first; since 7.2 the request is tried again as a whole"
        },
    )


def test_the_same_key_twice(compare: Comparison) -> None:
    compare([begin("BLPOP", "l", "l", 0), on("b", "RPUSH", "l", "1", "2"), expect(), ("LRANGE", "l", 0, -1)])


def test_transactions(compare: Comparison) -> None:
    multi, execute = on("b", "MULTI"), on("b", "EXEC")
    compare([begin("BLPOP", "l", 0), multi, on("b", "RPUSH", "l", "1"), on("b", "LPUSH", "l", "0"), execute, expect()])
    compare([begin("BLPOP", "l", 0), multi, on("b", "RPUSH", "l", "1"), on("b", "DEL", "l"), execute, arrived()])


def test_chains(compare: Comparison) -> None:
    compare(
        [
            on("a", begin("BLMOVE", "l", "m", "LEFT", "RIGHT", 0)),
            on("b", begin("BLMOVE", "m", "n", "LEFT", "RIGHT", 0)),
            on("c", begin("BLPOP", "n", 0)),
            on("d", "RPUSH", "l", "1"),
            expect("a"),
            expect("b"),
            expect("c"),
        ]
    )
    compare([begin("BLMOVE", "l", "l", "LEFT", "RIGHT", 0), on("b", "RPUSH", "l", "1", "2"), expect()])


@pytest.mark.parametrize(
    "steps",
    [
        [("RENAME", "other", "l")],
        [("COPY", "other", "l")],
        [("SELECT", 1), ("RPUSH", "l", "1"), ("MOVE", "l", 0)],
        [("SELECT", 1), ("RPUSH", "l", "1"), ("SWAPDB", 0, 1)],
        [("LMOVE", "other", "l", "LEFT", "LEFT")],
        [("LINSERT", "other", "BEFORE", "1", "0"), ("RENAMENX", "other", "l")],
    ],
)
def test_other_ways_to_become_ready(compare: Comparison, steps: list[tuple[Word, ...]]) -> None:
    compare([on("b", "RPUSH", "other", "1"), begin("BLPOP", "l", 0), *[on("b", *words) for words in steps], expect()])


def test_requests_behind_a_blocking_one(compare: Comparison) -> None:
    pipeline: Step = raw(b"BLPOP l 0\r\nSET k v\r\nGET k\r\n", replies=0)
    compare([begin(pipeline), on("b", "GET", "k"), on("b", "RPUSH", "l", "1"), expect("a", 3)])


def test_client_unblock(compare: Comparison) -> None:
    for reason in ((), ("TIMEOUT",), ("ERROR",)):
        case: list[tuple[Word, ...] | Step] = [("CLIENT", "SETNAME", "me"), begin("BLPOP", "l", 0)]
        compare([*case, on("b", "CLIENT", "UNBLOCK", 0, *reason), on("b", "RPUSH", "l", "1"), expect()])
